"""Runs one student's file and then, in the same process, the prompt over its variables."""

import os
import sys
import termios

from . import events, prompt, script

WITHOUT_PROMPT = "PYTHONIDE_WITHOUT_PROMPT"


def run(path):
    """Run the file and the prompt; return the exit status of the process."""
    with_prompt = os.environ.pop(WITHOUT_PROMPT, None) is None
    host = events.Host()
    terminal = termios.tcgetattr(0)
    main = script.prepare(path)
    outcome = script.execute(main)
    if not with_prompt:
        return outcome.exit_code
    # The script may have left the terminal as a full-screen program needs it.
    termios.tcsetattr(0, termios.TCSADRAIN, terminal)
    host.tell_script_ended(outcome)
    prompt.talk(vars(main))
    return 0
