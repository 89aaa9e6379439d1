"""The `>>>` prompt over a script's variables."""

import _ast
import code
import importlib.machinery
import importlib.util
import os
import signal
import sys

from . import line_editing, open_files, reserve, system

# Without the library of line editing; it comes in with `edit_lines`.
sys.modules["readline"] = None
import rlcompleter  # noqa: E402

del sys.modules["readline"], sys.modules["rlcompleter"]

_READLINE = importlib.machinery.PathFinder.find_spec("readline")
_loaded = []
_PASTE_AS_LINES = "set enable-bracketed-paste off"
_PASTE_AS_BLOCK = "set enable-bracketed-paste on"


def prepare_line_editing():
    """Have the library of line editing in memory, with its tables of keys, before anybody needs it.

    Programs load it again, when they do; until then they are as without it.
    """
    if edit_lines() is not None:
        line_editing.install(_READLINE.origin)
        _loaded.clear()
        system.have_no_line_editing()
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)


def edit_lines():
    """Give `input()` arrow keys and a history; return the library, or None where Python has none.

    Whatever the student's own files are called: it does not go through `sys.modules`.
    """
    if not _loaded and _READLINE is not None:
        readline = importlib.util.module_from_spec(_READLINE)
        _READLINE.loader.exec_module(readline)
        # `input()` gets a paste line by line. The prompt takes it as one block: see `_Console`.
        readline.parse_and_bind(_PASTE_AS_LINES)
        # Pasted text is not highlighted.
        readline.parse_and_bind("set enable-active-region off")
        # This is another terminal than the one it was prepared at.
        system.measure_terminal(_READLINE.origin)
        _loaded.append(readline)
    return _loaded[0] if _loaded else None


def own_streams():
    """Undo what the script did to the standard streams: the prompt speaks to the terminal."""
    for name, descriptor, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if not os.isatty(descriptor):
            terminal = os.open("/dev/tty", os.O_RDWR)
            if terminal == descriptor:
                os.set_inheritable(terminal, True)
            else:
                os.dup2(terminal, descriptor)
                os.close(terminal)
        stream = getattr(sys, f"__{name}__")
        if stream is None or stream.closed:
            stream = open(descriptor, mode, encoding="utf-8", errors="replace", closefd=False)
        setattr(sys, name, stream)


def talk(variables, explain):
    """Read and run lines until the student leaves with `exit()` or Ctrl-D; return the exit status.

    The streams are those of `own_streams`. `explain` is called with each exception after its traceback is printed.
    """
    readline = edit_lines()
    if readline is not None:
        readline.set_completer(rlcompleter.Completer(variables).complete)
        readline.parse_and_bind("tab: complete")
    try:
        _Console(variables, explain, readline).interact(banner="", exitmsg="")
    except SystemExit as exit:
        if exit.code is None or isinstance(exit.code, int):
            return (exit.code or 0) & 0xFF
        print(exit.code, file=sys.stderr)
        return 1
    return 0


class _Console(code.InteractiveConsole):
    """Run typed lines as `python3 -i` does, and a paste as one block.

    The statements of a paste run in order until one fails. A blank line does not end a function or a
    class in it.
    """

    def __init__(self, variables, explain, readline):
        super().__init__(variables)
        self._explain = explain
        self._readline = readline
        self._has_paste = False
        self._has_failed = False

    def raw_input(self, prompt=""):
        if self._readline is None:
            return super().raw_input(prompt)
        self._readline.parse_and_bind(_PASTE_AS_BLOCK)
        try:
            return super().raw_input(prompt)
        finally:
            self._readline.parse_and_bind(_PASTE_AS_LINES)

    def push(self, line, *arguments, **named):
        # Only pasted text has line breaks within a line.
        self._has_paste = "\n" in line or (self._has_paste and bool(self.buffer))
        return super().push(line, *arguments, **named)

    def runsource(self, source, filename="<input>", symbol="single"):
        if not self._has_paste:
            return super().runsource(source, filename, symbol)
        # The line break ends the last block.
        source += "\n"
        compiler = self.compile.compiler
        try:
            # Compiled whole first: nothing of a paste with a syntax error runs.
            if self.compile(source, filename, "exec") is None:
                return True
            flags = compiler.flags | _ast.PyCF_ONLY_AST
            block = compile(source, filename, "exec", flags, dont_inherit=True)
        except (OverflowError, SyntaxError, ValueError):
            self.showsyntaxerror(filename)
            return False
        self._has_failed = False
        for statement in block.body:
            self.runcode(compiler(_ast.Interactive([statement]), filename, "single"))
            if self._has_failed:
                break
        return False

    def runcode(self, code):
        reserve.keep()
        super().runcode(code)
        reserve.release()
        open_files.report(open_files.flush())

    def showtraceback(self):
        self._has_failed = True
        reserve.release()
        super().showtraceback()
        self._explain(sys.last_value)

    def showsyntaxerror(self, filename=None):
        super().showsyntaxerror(filename)
        self._explain(sys.last_value)
