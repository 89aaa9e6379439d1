"""A warm interpreter that makes children of its keeper, each of which waits to become a program."""

import _socket
import fcntl
import gc
import os
import sys

from . import (
    accounts,
    confine,
    ending,
    exercise,
    heap,
    line_editing,
    memory_killer,
    packets,
    plots,
    program,
    prompt,
    reserve,
    script,
    system,
)
from .warm import WarmModules

# Where a child keeps its keeper's socket until it goes on.
_ASIDE = 64

_REHEARSAL = os.path.join(os.path.dirname(__file__), "rehearsal.py")


def serve(descriptor, bare):
    """Fork whenever the keeper asks; return in the children, when they know what to become.

    `descriptor` is the keeper's socket, `bare` names the modules that Python had loaded by itself.
    """
    keeper = packets.Socket(descriptor)
    beginning, _ = keeper.receive()
    # Before it is hidden, which gives its files in /proc to root.
    memory_killer.end_before_others(memory_killer.ZYGOTE)
    # Programs read the list of fonts that matplotlib writes here.
    os.umask(0o022)
    # Children that become programs take it back: those are to be seen by who is to look at them.
    system.hide()
    warm = WarmModules()
    for name in beginning["packages"]:
        _warm_up(warm, name)
    plots.make_default()
    accounts.prepare()
    prompt.prepare_line_editing()
    ending.prepare()
    warm.hide(bare)
    # What is here now is never freed: the collector need not look at it, nor write to its pages.
    gc.collect()
    gc.freeze()
    heap.fill_holes()
    # The kernel translates a filter when it is put on; children share what is here.
    system.set_no_new_privileges()
    for steps in beginning["inherited"]:
        system.SeccompFilter(bytes.fromhex(steps)).put_on()
    own_filter = system.SeccompFilter(bytes.fromhex(beginning["own"]))
    keeper.send("ready")
    while True:
        tag, descriptors = keeper.receive()
        if tag is None:
            sys.exit()
        own, *memory = descriptors
        pid = system.clone_beside()
        if pid == 0:
            keeper.close()
            confine.prepare(tag, own_filter, memory)
            return _become(own, warm)
        for descriptor in descriptors:
            os.close(descriptor)
        keeper.send({"child": pid})


def _become(descriptor, warm):
    _reseed(warm)
    # Out of the way of those that will have fixed numbers.
    keeper = packets.Socket(fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ASIDE))
    os.close(descriptor)
    _rehearse()
    reserve.keep()
    order, descriptors = keeper.receive()
    if order is None:
        os._exit(0)
    try:
        confine.confine(order, keeper.descriptor(), descriptors)
    except confine.LayerError as error:
        failed = {"layer": error.layer, "cause": error.cause, "errno": error.errno}
        keeper.send({"failed": failed})
        os._exit(1)
    keeper.send("confined")
    go_on, _ = keeper.receive()
    if go_on is None:
        os._exit(1)
    keeper.close()
    return program.Program(order)


def _rehearse():
    """Do what a start does, with nothing in it.

    What a child writes to for the first time the kernel copies for it, page by page, and that takes
    longer than all else a start does; now nobody waits for it.
    """
    here, there = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    sender, receiver = packets.Socket(here.detach()), packets.Socket(there.detach())
    sender.send({"limits": [[0, 0, 0]] * 10, "environment": [["A", "a"]] * 10, "identity": [0, 0]})
    receiver.receive()
    sender.close()
    receiver.close()
    environment = dict(os.environ)
    program.set_environment(environment | {"HOME": "/home", "USER": "user"})
    program.set_environment(environment)
    accounts.become("user", "/home")
    line_editing.ask_with(None)
    with open(os.devnull, "w") as nowhere:
        main = script.prepare(__file__)
        vars(main)["nowhere"] = nowhere
        system.run_file(os.open(_REHEARSAL, os.O_RDONLY), "rehearsal.py", vars(main))
    script.forget()


def _warm_up(warm, name):
    try:
        warm.load(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        return
    exercise.use(name)


def _reseed(warm):
    """Give this child random numbers of its own. Python's own module sees to itself at a fork."""
    numpy_random = warm.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
