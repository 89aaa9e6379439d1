"""Whatever is not needed is refused: every system call that privileges are for says no before it looks.

must: hold
"""
import ctypes, errno, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
# The arguments are nonsense, so that none does anything even where it is allowed.
x86 = dict(
    reboot=169, kexec_load=246, kexec_file_load=320, init_module=175, finit_module=313, delete_module=176, acct=163,
    settimeofday=164, clock_settime=227, adjtimex=159, clock_adjtime=305, syslog=103, sethostname=170, setdomainname=171,
    ioprio_set=251, sched_setattr=314, msgget=68, msgsnd=69, semget=64, semop=65, shmget=29, shmat=30, shmctl=31,
    mq_open=240, mq_unlink=241, io_setup=206, name_to_handle_at=303, open_by_handle_at=304, socket=41, bind=49,
    fanotify_mark=301, kcmp=312, pidfd_getfd=438, process_madvise=440, process_mrelease=448,
    lsm_set_self_attr=460, file_setattr=469,
)  # fmt: skip
arm = dict(
    reboot=142, kexec_load=104, kexec_file_load=294, init_module=105, finit_module=273, delete_module=106, acct=89,
    settimeofday=170, clock_settime=112, adjtimex=171, clock_adjtime=266, syslog=116, sethostname=161, setdomainname=162,
    ioprio_set=30, sched_setattr=274, msgget=186, msgsnd=189, semget=190, semop=193, shmget=194, shmat=196, shmctl=195,
    mq_open=180, mq_unlink=181, io_setup=0, name_to_handle_at=264, open_by_handle_at=265, socket=198, bind=200,
)  # fmt: skip
for name, number in (arm if platform.machine() == "aarch64" else x86).items():
    if libc.syscall(*map(ctypes.c_long, (number, -1, -1, -1, -1, -1, -1))) != -1:
        sys.exit(f"BROKEN: {name}")
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit(f"BROKEN: {name} was looked at: {os.strerror(ctypes.get_errno())}")
# And numbers that the kernel does not have yet.
for number in (*range(480, 600), 0x7FFF_FFFF, -5):
    if libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        sys.exit(f"BROKEN: {number}")
print("HELD")
