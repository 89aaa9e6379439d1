"""A warm interpreter that makes children of its keeper, each of which waits to become a program."""

import fcntl
import gc
import importlib
import os
import sys

from . import confine, packets, plots, program, prompt, system
from .warm import WarmModules

# Where a child keeps its keeper's socket until it goes on.
_ASIDE = 64


def serve(descriptor, bare):
    """Fork whenever the keeper asks; return in the children, when they know what to become.

    `descriptor` is the keeper's socket, `bare` names the modules that Python had loaded by itself.
    """
    keeper = packets.Socket(descriptor)
    beginning, _ = keeper.receive()
    filters = [system.SeccompFilter(bytes.fromhex(steps)) for steps in beginning["seccomp"]]
    # When memory runs out on the machine, programs go before anything of ours.
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("900")
    for name in beginning["packages"]:
        _warm_up(name)
    plots.make_default()
    prompt.map_line_editing()
    warm = WarmModules()
    warm.hide(bare)
    # What is here now is never freed: the collector need not look at it, nor write to its pages.
    gc.collect()
    gc.freeze()
    keeper.send("ready")
    while True:
        asked, descriptors = keeper.receive()
        if asked is None:
            sys.exit()
        (own,) = descriptors
        pid = system.clone_beside()
        if pid == 0:
            keeper.close()
            return _become(own, filters, warm)
        os.close(own)
        keeper.send({"child": pid})


def _become(descriptor, filters, warm):
    _reseed(warm)
    # Out of the way of those that will have fixed numbers.
    keeper = packets.Socket(fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ASIDE))
    os.close(descriptor)
    order, descriptors = keeper.receive()
    if order is None:
        os._exit(0)
    try:
        confine.confine(order, keeper.descriptor(), descriptors, filters)
    except confine.LayerError as error:
        keeper.send({"failed": {"layer": error.layer, "cause": error.cause}})
        os._exit(1)
    keeper.send("confined")
    go_on, _ = keeper.receive()
    if go_on is None:
        os._exit(1)
    keeper.close()
    return program.Program(order)


def _warm_up(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise


def _reseed(warm):
    """Give this child random numbers of its own. Python's own module sees to itself at a fork."""
    numpy_random = warm.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
