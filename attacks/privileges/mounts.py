"""Nothing can be mounted, unmounted, or made the root.

must: hold
"""
import ctypes, errno, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
numbers = dict(
    mount=40, umount2=39, pivot_root=41, chroot=51, open_tree=428, move_mount=429, fsopen=430, fsconfig=431,
    fsmount=432, fspick=433, mount_setattr=442, quotactl=60, swapon=224, swapoff=225, fanotify_init=262,
    quotactl_fd=443, open_tree_attr=467,
)  # fmt: skip
if not ARM:
    numbers |= dict(mount=165, umount2=166, pivot_root=155, chroot=161, quotactl=179, swapon=167, swapoff=168, fanotify_init=300)
here, root, kind = (ctypes.create_string_buffer(text) for text in (b".", b"/", b"tmpfs"))
at = ctypes.addressof
for name, arguments in dict(
    mount=(at(kind), at(here), at(kind), 0, 0),
    umount2=(at(here), 2),
    pivot_root=(at(here), at(here)),
    chroot=(at(here),),
    open_tree=(-100, at(here), 1),
    move_mount=(-100, at(here), -100, at(root), 0),
    fsopen=(at(kind), 0),
    fsconfig=(0, 6, 0, 0, 0),
    fsmount=(0, 0, 0),
    fspick=(-100, at(here), 0),
    mount_setattr=(-100, at(here), 0, 0, 0),
    quotactl=(0x800002 << 8, 0, 0, 0),
    quotactl_fd=(0, 0, 0, 0),
    swapon=(at(here), 0),
    swapoff=(at(here),),
    fanotify_init=(0x200, 0),
    open_tree_attr=(-100, at(here), 1, 0, 0),
).items():
    if libc.syscall(*map(ctypes.c_long, (numbers[name], *arguments))) != -1:
        sys.exit(f"BROKEN: {name}")
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit(f"BROKEN: {name} was looked at: {os.strerror(ctypes.get_errno())}")
print("HELD")
