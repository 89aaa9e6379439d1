"""The orderly end of a program: files are written out, exit handlers run.

The host asks for it with a signal of its own and ends the process by force if that takes too long.
"""

import atexit
import gc
import os
import signal
import sys

from . import open_files, reserve, script

# Linux never sends it, so no program listens for it. `Run::terminate` of the keeper sends it.
SIGNAL = signal.SIGSTKFLT

# The script runs; it gets SystemExit; it is on its way out.
_SCRIPT, _PROMPT, _ENDING = range(3)
_phase = _SCRIPT


def prepare():
    """Handle the host's signal, in this process and in those that are forked from it."""
    signal.signal(SIGNAL, _leave)


def script_is_over():
    """From now on the signal raises SystemExit: nothing of the script would swallow it."""
    global _phase
    _phase = _PROMPT


def wait_for_next():
    """Act on the host's next signal, for the SystemExit of this one is lost; return whether it was the host's."""
    global _phase
    if _phase != _ENDING:
        return False
    _phase = _PROMPT
    return True


def end(main, status):
    """End as Python does, but for the warm modules: nobody waits for their thousands of objects."""
    global _phase
    _phase = _ENDING
    reserve.release()
    # First, for the rest may hang.
    open_files.report(open_files.flush())
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit._run_exitfuncs()
    script.flush()
    for name in [name for name in vars(main) if name != "__builtins__"]:
        vars(main)[name] = None
    gc.collect()
    open_files.report(open_files.flush())
    script.flush()
    os._exit(status)


def _leave(number, frame):
    global _phase
    phase = _phase
    # The host asks until the program has ended; one answer is enough.
    if phase == _ENDING:
        return
    _phase = _ENDING
    reserve.release()
    # Here, because what the program catches next may keep it from its end.
    open_files.report(open_files.flush())
    if phase == _PROMPT:
        raise SystemExit
    # A stopped script had its KeyboardInterrupt; one that met a limit gets none.
    script.flush()
    os.kill(os.getpid(), signal.SIGKILL)
