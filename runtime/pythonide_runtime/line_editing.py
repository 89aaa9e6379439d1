"""Has the library of line editing know what stands on the line before the cursor.

The library moves the cursor from the column in which its prompt ends. A program may print a part of a line and then call
`input()`, and a prompt may have colours, which take no columns. So before each line is typed the library gets the
terminal's whole unfinished line as its prompt.
"""

import _signal
import _thread
import ctypes
import os
import re

from . import ending

_TAB = 8
_ESCAPE = re.compile(
    r"\x1b(?:\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])"
)
# Modes that neither print nor move the cursor: its form and visibility, reports of the mouse, bracketed paste.
_MODE = re.compile(r"\x1b\[\?(?:1|12|25|100[02346]|2004)[hl]")
# Around what takes no columns, in a prompt.
_INVISIBLE = "\x01{}\x02"
_wcwidth = ctypes.PyDLL(None).wcwidth
_wcwidth.argtypes = [ctypes.c_wchar]

_library = None
_ask = None
_hook = None


def install(path):
    """Have the library at `path` call this module before each line. Does nothing where the library is another."""
    global _library, _hook
    library = ctypes.PyDLL(path)
    try:
        prepare = ctypes.c_void_p.in_dll(library, "rl_prep_term_function")
        for name in ("rl_already_prompted", "rl_prompt"):
            ctypes.c_int.in_dll(library, name)
        library.rl_prep_terminal.restype = library.rl_set_prompt.restype = ctypes.c_int
    except (AttributeError, ValueError):
        return
    library.rl_set_prompt.argtypes = [ctypes.c_char_p]
    _library = library
    # The library does not hold the interpreter's lock.
    _hook = ctypes.CFUNCTYPE(None, ctypes.c_int)(_begin_line)
    prepare.value = ctypes.cast(_hook, ctypes.c_void_p).value


def ask_with(ask):
    """Have `ask()` return the bytes of the unfinished line; it may raise OSError."""
    global _ask
    _ask = ask


def _begin_line(meta):
    try:
        _library.rl_prep_terminal(meta)
        _set_prompt()
    except KeyboardInterrupt:
        _send_again(_signal.SIGINT)
    except SystemExit:
        if not ending.wait_for_next():
            raise
        _send_again(ending.SIGNAL)


def _send_again(number):
    """Have the library hear a signal when it waits for a key: nobody above this could catch what its handler raised."""
    _thread.start_new_thread(_signal.pthread_kill, (_thread.get_ident(), number))


def _set_prompt():
    is_prompted = ctypes.c_int.in_dll(_library, "rl_already_prompted")
    is_prompted.value = 0
    prompt = (ctypes.c_char_p.in_dll(_library, "rl_prompt").value or b"").decode(errors="surrogateescape")
    try:
        line = _ask().decode(errors="surrogateescape") if _ask is not None else ""
    except OSError:
        # The student has closed the descriptor.
        line = ""
    line = without_modes(line)
    columns = os.get_terminal_size(1).columns or 80
    shown = Line(columns)
    if not shown.print(line):
        # Only the terminal knows where its cursor is.
        line, shown = "", Line(columns)
    if line and line == shown.text() and _is_plain(line + prompt, columns):
        # The terminal shows the line already.
        _write(prompt)
        is_prompted.value = 1
    elif line:
        # The library prints the line again, over itself.
        rows = shown.rows_above()
        _write(f"\r\x1b[{rows}A" if rows else "\r")
    elif "\x1b" not in prompt:
        return
    _library.rl_set_prompt(_encode(shown.text() + mark_escapes(prompt)))


def _write(text):
    os.write(1, _encode(text))


def _encode(text):
    return text.encode(errors="surrogateescape")


def _is_plain(text, columns):
    """Whether the library can take `text` as printed: it counts bytes where it compares with the terminal's width."""
    return text.isprintable() and len(_encode(text)) < columns


def without_modes(line):
    """Remove what the library itself and programs switch on and off around a line, and the return that goes with it."""
    return _MODE.sub("", line).lstrip("\r")


def mark_escapes(prompt):
    """Mark what takes no columns in a prompt, unless the program has."""
    if "\x01" in prompt:
        return prompt
    return _ESCAPE.sub(lambda found: _INVISIBLE.format(found[0]), prompt)


class Line:
    """A line of a terminal with the given number of columns: what was printed since the last line end."""

    def __init__(self, columns):
        self._columns = columns
        # For each column the character, with those that are printed on top of it, and its colours. A wide character
        # has an empty one behind it.
        self._cells = []
        self._place = 0
        self._colours = ""

    def print(self, text):
        """Print `text`, and return whether all of it is understood."""
        position = 0
        while position < len(text):
            escape = _ESCAPE.match(text, position)
            if escape:
                position = escape.end()
                if not self._obey(escape):
                    return False
                continue
            if not self._put(text[position]):
                return False
            position += 1
        return True

    def text(self):
        """The line as a prompt that ends where the cursor is, with its colours marked."""
        parts, colours = [], ""
        for character, of_cell in [*self._cells[: self._place], ("", self._colours)]:
            if of_cell != colours:
                parts.append(_INVISIBLE.format("\x1b[0m" + of_cell))
                colours = of_cell
            parts.append(character)
        return "".join(parts)

    def rows_above(self):
        """The number of the terminal's rows above the cursor that the line takes."""
        return self._row()

    def _row(self):
        # After the last column the cursor waits there until something more is printed.
        return max(self._place - 1, 0) // self._columns

    def _obey(self, escape):
        final, parameters = escape["final"], escape["parameters"]
        if final == "m":
            is_reset = parameters in ("", "0")
            self._colours = "" if is_reset else self._colours + escape[0]
            return True
        if final == "K" and parameters in ("", "0"):
            del self._cells[self._place :]
            return True
        # Titles and the like; all else may move the cursor.
        return escape[0].startswith("\x1b]")

    def _put(self, character):
        if character == "\r":
            self._place = self._row() * self._columns
        elif character == "\b":
            self._place = max(self._place - 1, self._row() * self._columns)
        elif character == "\t":
            end = (self._row() + 1) * self._columns - 1
            target = min((self._place // _TAB + 1) * _TAB, max(end, self._place))
            while self._place < target:
                if self._place < len(self._cells):
                    self._place += 1
                else:
                    self._write(" ")
        elif character == "\a":
            pass
        elif character < " " or character == "\x7f":
            return False
        else:
            self._print_visible(character)
        return True

    def _print_visible(self, character):
        width = _wcwidth(character) if not "\ud800" <= character <= "\udfff" else 1
        if width <= 0:
            if self._place:
                base, colours = self._cells[self._place - 1]
                self._cells[self._place - 1] = base + character, colours
            return
        if width == 2 and self._place % self._columns == self._columns - 1:
            # It does not fit in this row.
            self._write("")
        self._write(character)
        if width == 2:
            self._write("")

    def _write(self, character):
        self._cells[self._place : self._place + 1] = [(character, self._colours)]
        self._place += 1
