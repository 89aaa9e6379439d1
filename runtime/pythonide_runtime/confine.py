"""Confines this process, layer by layer, as the keeper says. The keeper looks at the result."""

import fcntl
import os
import resource
import signal
import termios

from . import memory_killer, system

# The descriptor on which the program tells the host of events.
EVENTS = 3

# Who is not nice has twice the share of who is by three; the keeper lowers further who uses much.
_NICENESS = 3

# `RLIMIT_LOCKS`, for which Python has no name.
_LIMIT_OF_LOCKS = 10


class LayerError(Exception):
    """A layer that could not be set up."""

    def __init__(self, layer, cause, errno):
        super().__init__(layer, cause, errno)
        self.layer = layer
        self.cause = cause
        self.errno = errno


def prepare(tag, filter, memory):
    """Take on what is the same for all programs, long before this process knows what it becomes.

    `tag` tells whose process this is and all it will start; `filter` keeps it from being changed. `memory` holds the mount
    of its own shared memory, where it has one.
    """
    for descriptor in memory:
        system.unshare_mounts()
        system.mount(descriptor, "/dev/shm")
        os.close(descriptor)
    os.setsid()
    _let_servers_go_first()
    resource.setrlimit(_LIMIT_OF_LOCKS, (tag, tag))
    filter.put_on()


def _let_servers_go_first():
    """Be nice, with all that will be started: what answers students has the processor before what they run."""
    os.nice(_NICENESS)
    try:
        # Where sessions share the processor, whatever is in them.
        with open("/proc/self/autogroup", "w") as file:
            file.write(str(_NICENESS))
    except OSError:
        # The kernel has none, or takes no more changes at this moment from who is not root.
        pass


def confine(order, keeper, descriptors):
    """Become what `order` says, in addition to what `prepare` has done.

    `descriptors` are the terminal, the events' socket, where the process has its own mounts that of the terminal, and
    where the kernel has Landlock its rules.
    Afterwards nothing is open but 0 to 3 and `keeper`.

    Raises LayerError: nothing of the student's may run then.
    """
    terminal, events, *rules = descriptors
    if order["terminal"] is not None:
        _layer("terminal", system.mount, rules.pop(0), order["terminal"])
    _layer("terminal", _take_terminal, terminal, events, sorted([*rules, keeper]))
    _layer("limits", _set_limits, order["limits"])
    if order["identity"] is not None:
        _layer("identity", _become_somebody, *order["identity"])
    # A user other than root may have kept the right to mount.
    _layer("capabilities", system.drop_capabilities)
    # After the identity, for a change of it takes both back.
    _layer("memory", system.be_dumpable)
    # Landlock closes the file.
    _layer("limits", memory_killer.end_before_others, memory_killer.PROGRAM)
    _layer("keeper", _stay_with, order["keeper"])
    _layer("directory", os.chdir, order["directory"])
    for descriptor in rules:
        _layer("landlock", system.put_on_landlock, descriptor)
        os.close(descriptor)


def _layer(name, set_up, *arguments):
    try:
        return set_up(*arguments)
    except (OSError, ValueError) as error:
        raise LayerError(name, str(error), getattr(error, "errno", None)) from error


def _take_terminal(terminal, events, kept):
    """The terminal for the session of this process, and nothing open but that, the events and `kept`."""
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for standard in (0, 1, 2):
        os.dup2(terminal, standard)
    # They came in one message, in this order, so the terminal's number is below the events', and that
    # below those of the rules: what is replaced here is needed no more.
    os.dup2(events, EVENTS, inheritable=False)
    low = EVENTS + 1
    for descriptor in kept:
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, 1 << 20)
    os.umask(0o022)


def _set_limits(limits):
    for number, soft, hard in limits:
        resource.setrlimit(number, (soft, hard))


def _become_somebody(user, group):
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def _stay_with(keeper):
    system.die_with_parent()
    if os.getppid() != keeper:
        # It died before the line above: nobody would end us.
        os.kill(os.getpid(), signal.SIGKILL)
