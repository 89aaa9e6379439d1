"""Runs one student's file and then, in the same process, the prompt over its variables."""

import os
import sys
import termios

from . import events, prompt, script

# The interpreter itself looks these up by name, so they cannot be away for a moment.
NEVER_HIDDEN = {"warnings"}


def run(path, loaded):
    """Run the file and the prompt; return the exit status of the process.

    `loaded` names the modules that Python had loaded by itself.
    """
    process = os.getpid()
    host = events.Host()
    terminal = termios.tcgetattr(0)
    own = _hide_own_modules(loaded)
    main = script.prepare(path)
    outcome = script.execute(main)
    if os.getpid() != process:
        # A child that the script forked has come to the script's end too. The prompt is its parent's.
        return outcome.exit_code
    for name, module in own.items():
        sys.modules.setdefault(name, module)
    # The script may have left the terminal as a full-screen program needs it.
    termios.tcsetattr(0, termios.TCSADRAIN, terminal)
    try:
        host.tell_script_ended(outcome)
    except OSError:
        # The script has closed the descriptor: it ends as it would by itself, without a prompt.
        return outcome.exit_code
    prompt.talk(vars(main))
    return 0


def _hide_own_modules(loaded):
    """Take out of `sys.modules` what this package imported for itself, and return it.

    Otherwise `import code` would find the library's module and not the student's own `code.py`, as
    it does for `python3 FILE`.
    """
    own = [
        name
        for name, module in sys.modules.items()
        if name not in loaded
        and name not in NEVER_HIDDEN
        and not name.startswith(__name__)
        and getattr(module, "__file__", None)
    ]
    return {name: sys.modules.pop(name) for name in own}
