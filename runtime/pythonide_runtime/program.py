"""One program: the student's file, and then, in the same process, the prompt over its variables."""

import os
import termios

from . import accounts, ending, events, hints, line_editing, open_files, plots, prompt, reserve, script


def set_environment(wanted):
    """Make the environment what `wanted` says, and leave alone what is so already: it lies in shared memory."""
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


class Program:
    """What a child of a zygote has become."""

    def __init__(self, order):
        self._path = order["script"]
        self._folder = os.getcwd()
        self._hints = order["hints"]
        self._process = os.getpid()
        environment = dict(order["environment"])
        set_environment(environment)
        accounts.become(environment["LOGNAME"], environment["HOME"])
        self._host = events.Host()
        line_editing.ask_with(self._host.current_line)
        plots.install(self._host.tell_plot)
        self._terminal = termios.tcgetattr(0)

    def run(self):
        """Run the file and the prompt; end this process."""
        main = script.prepare(self._path)
        outcome = script.execute(main, self._prepare_for, self._explain)
        try:
            status = self._after_script(main, outcome)
        except (SystemExit, KeyboardInterrupt):
            # Somebody asked for the end before there was a prompt.
            status = outcome.exit_code
        ending.end(main, status)

    def _after_script(self, main, outcome):
        """Report the script's end and talk at the prompt; return the exit status."""
        if os.getpid() != self._process:
            # A child that the script forked has come to the script's end too. The prompt is its parent's.
            return outcome.exit_code
        ending.script_is_over()
        reserve.release()
        errors = open_files.flush()
        open_files.report(errors)
        if errors and outcome.ending == "finished":
            outcome = script.not_written(errors)
        try:
            plots.show_open()
            prompt.own_streams()
            # The script may have left the terminal as a full-screen program needs it.
            termios.tcsetattr(0, termios.TCSADRAIN, self._terminal)
            self._host.tell_script_ended(outcome)
        except OSError:
            # The script has closed the descriptor: it ends as it would by itself, without a prompt.
            return outcome.exit_code
        return prompt.talk(vars(main), self._explain)

    @staticmethod
    def _prepare_for(source):
        # A script that never says so needn't wait for it.
        if b"input" in source:
            prompt.edit_lines()

    def _explain(self, error):
        """Tell in plain words what `error` means, beneath the traceback that was just printed."""
        if not self._hints:
            return
        hint = hints.explain(error, self._folder)
        if hint is None:
            return
        script.flush()
        try:
            self._host.tell_hint(hint)
        except OSError:
            # The student has closed the descriptor: it goes on without.
            self._hints = False
