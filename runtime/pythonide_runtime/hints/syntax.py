"""Source that is not Python."""

import re

from .origin import is_own_file

# Texts that the program made itself have no lines that the student sees.
_TEXTS = ("<string>", "<unknown>")

_SENTENCES = (
    (r"^Non-UTF-8 code", "The file is not text in UTF-8. Save it as UTF-8 where it was written, and upload it again."),
    (r"invalid syntax\. Maybe you meant '=='", "To compare two values write “==”; a single “=” gives a value to a name."),
    (r"Maybe you meant '==' ", "To compare two values write “==”; a single “=” gives a value to a name."),
    (r"unterminated string literal", "A text is not closed on this line: it needs the same quote at its end as at its beginning."),
    (r"unterminated triple-quoted", "A text that began with three quotes is never closed."),
    (r"'(.)' was never closed", "The “{0}” on this line has no partner: close the bracket."),
    (r"unmatched '(.)'", "There is a “{0}” too many: nothing before it was opened."),
    (r"Missing parentheses in call to 'print'", "In Python 3 print is a function: write print(…) with parentheses."),
    (r"Perhaps you forgot a comma", "Between two values stands a comma: perhaps it is missing here."),
    (r"cannot assign to (?:literal|expression|function call)", "On the left of “=” must be a name. To compare two values write “==”."),
    (r"'(return|await)' outside function", "“{0}” belongs into a function: is the line indented as it should be?"),
    (r"'(break)' outside loop|'(continue)' not properly in loop", "“break” and “continue” belong into a loop."),
    (r"invalid decimal literal", "A name cannot begin with a digit, and between a number and a name there must be something."),
    (r"invalid character '([“”„‘’])'", "“{0}” is a curly quote. Write a straight one: \" or '."),
    (r"invalid character '(.)'", "Python does not understand “{0}” here. It may have been copied from a text."),
)


def indentation(error, origin):
    if not _is_of_students_file(error):
        return None
    if "expected an indented block" in error.msg:
        return "The line after a “:” must be indented, usually by four spaces."
    if "unexpected indent" in error.msg:
        return "This line is indented but the line before did not end with “:”. Remove the spaces at its beginning."
    if "unindent does not match" in error.msg:
        return "This line's indentation matches none of the lines above. Use the same number of spaces as before."
    return None


def tabs(error, origin):
    if not _is_of_students_file(error):
        return None
    return "Tabs and spaces are mixed at the beginning of these lines. Use spaces only."


def syntax(error, origin):
    if not _is_of_students_file(error):
        return None
    if error.msg.startswith("expected ':'"):
        return f"A “:” is missing {_place(error)}."
    for pattern, sentence in _SENTENCES:
        found = re.search(pattern, error.msg)
        if found:
            return sentence.format(*(group for group in found.groups() if group))
    return None


def _is_of_students_file(error):
    if type(error.msg) is not str:
        return False
    # The message alone has the file's name if the file is not text.
    name = error.filename
    if name is None:
        return error.msg.startswith("Non-UTF-8 code")
    return type(name) is str and name not in _TEXTS and is_own_file(name)


def _place(error):
    text, place = error.text, error.offset
    if type(text) is str and type(place) is int and text[place - 1 :].partition("#")[0].strip():
        return f"on this line, before “{text[place - 1 :].split()[0]}”"
    return "at the end of this line"
