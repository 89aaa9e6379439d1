"""The statement that raised an error."""

import linecache
import opcode
import os
import sys

# `NB_SUBSCR` of Python 3.14, where a subscript is an operator.
_NB_SUBSCR = 26

_INTERACTIVE = ("<stdin>", "<console>", "<input>", "<string>")
_RUNTIME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_LIBRARIES = tuple(
    os.path.join(folder, "")
    for folder in {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), _RUNTIME}
)


def is_own_file(name):
    """Whether code with the file name `name` is the student's. Compiled libraries have names like `parsers.pyx`."""
    if name.startswith("<"):
        return name in _INTERACTIVE
    return name.endswith(".py") and not name.startswith(_LIBRARIES)


class Origin:
    """The frames of an error, and the instruction that raised it."""

    def __init__(self, error, folder):
        self.folder = folder
        self._entries = []
        traceback = error.__traceback__
        while traceback is not None:
            self._entries.append(traceback)
            traceback = traceback.tb_next
        files = [entry.tb_frame.f_code.co_filename for entry in self._entries]
        self._is_own = [is_own_file(file) for file in files]

    def frame(self):
        """The innermost frame, or None if the error was raised by no Python code."""
        return self._entries[-1].tb_frame if self._entries else None

    def is_own(self):
        """Whether a statement of the student's raised the error, and no function of a library."""
        return bool(self._is_own) and self._is_own[-1]

    def library_frames(self):
        """The frames of libraries that the student's last statement called, the outermost first."""
        frames = [entry.tb_frame for entry in self._entries]
        for place in reversed(range(len(frames))):
            if self._is_own[place]:
                return frames[place + 1 :]
        return frames

    def own_functions(self):
        """The code of the student's frames, one entry for each call."""
        return [
            entry.tb_frame.f_code
            for entry, is_own in zip(self._entries, self._is_own)
            if is_own and entry.tb_frame.f_code.co_name != "<module>"
        ]

    def is_raised_by_student(self):
        """Whether a `raise` of the student's raised the error."""
        return self.is_own() and self._operation()[0] == "RAISE_VARARGS" and not self.is_assert()

    def is_assert(self):
        """Whether an `assert` statement of the student's raised the error."""
        if not self.is_own() or self._operation()[0] != "RAISE_VARARGS":
            return False
        code, last = self._instruction()
        for place in range(last - 2, -1, -2):
            name, argument = opcode.opname[code[place]], code[place + 1]
            if name == "RAISE_VARARGS":
                return False
            if name == "LOAD_ASSERTION_ERROR" or (name, argument) == ("LOAD_COMMON_CONSTANT", 0):
                return True
        return False

    def is_subscript(self):
        """Whether the student's `x[…]` or `del x[…]` raised the error."""
        name, argument = self._operation()
        is_operator = sys.version_info >= (3, 14) and (name, argument) == ("BINARY_OP", _NB_SUBSCR)
        return self.is_own() and (name in ("BINARY_SUBSCR", "DELETE_SUBSCR") or is_operator)

    def is_call(self):
        """Whether the student's call of a function without Python code raised the error."""
        return self.is_own() and self._operation()[0].startswith(("CALL", "PRECALL"))

    def names(self):
        """The global names and attributes that the innermost function uses."""
        return self.frame().f_code.co_names

    def text(self):
        """The source of the expression that raised the error, or "" if it is not known."""
        entry = self._entries[-1]
        code = entry.tb_frame.f_code
        if not hasattr(code, "co_positions"):
            return ""
        start, end, first, last = list(code.co_positions())[entry.tb_lasti // 2]
        if start is None or start != end:
            return ""
        line = linecache.getline(code.co_filename, start).encode()
        return line[first:last].decode()

    def _instruction(self):
        entry = self._entries[-1]
        return entry.tb_frame.f_code.co_code, entry.tb_lasti

    def _operation(self):
        code, place = self._instruction()
        return opcode.opname[code[place]], code[place + 1]
