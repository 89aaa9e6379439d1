"""Operations that a value does not allow."""

import collections
import re
import sys

from .words import message

_FROM_INPUT = " Text that came from input() becomes a number with int(…) or float(…)."
_NUMBERS = {"int", "float"}
# Calls of one function that are no accident.
_MANY_CALLS = 100

_TYPES = (
    (r'can only concatenate str \(not "(int|float)"\) to str', "“+” joins text with text or adds numbers. To calculate, turn the text into a number with int(…) or float(…); to join, turn the number into text with str(…)."),
    (r'can only concatenate str \(not "(\w+)"\) to str', "“+” joins text only with text. Turn the {0} into text with str(…), or use an f-string: f\"… {{value}}\"."),
    (r"'NoneType' object is not (\w+)", "This value is None. Often it comes from a function that has no “return”."),
    (r"'(\w+)' object is not callable", "This is a value of type {0}, not a function: are the parentheses after it meant to be there, or has a name been given away?"),
    (r"'(\w+)' object is not subscriptable", "A value of type {0} has no parts to take with [ ]."),
    (r"'(int|float)' object is not iterable", "A value of type {0} cannot be gone through one by one. To count, use range(…)."),
    (r"'(\w+)' object is not iterable", "A value of type {0} cannot be gone through one by one."),
    (r"missing (\d+) required positional", "The function needs {0} more of its arguments."),
    (r"takes (.+) positional arguments? but (\d+) (?:was|were) given", "The function takes {0} and was given {1}."),
    (r"unexpected keyword argument '(\w+)'", "The function has no parameter called “{0}”."),
    (r"'str' object does not support item assignment", "A text cannot be changed in place: make a new one."),
    (r"'tuple' object does not support item assignment", "A tuple cannot be changed: use a list, written with [ ]."),
    (r"list indices must be integers or slices, not (\w+)", "A place in a list is a whole number, and this is a value of type {0}."),
)


def types(error, origin):
    if not origin.is_own():
        return None
    text = message(error)
    found = re.match(r"unsupported operand type\(s\) for (.+): '(\w+)' and '(\w+)'", text)
    if found:
        return f"“{found[1]}” does not work between {found[2]} and {found[3]}.{_from_input(found[2], found[3])}"
    found = re.match(r"'(\S+)' not supported between instances of '(\w+)' and '(\w+)'", text)
    if found:
        return f"{found[2]} and {found[3]} cannot be compared with “{found[1]}”.{_from_input(found[2], found[3])}"
    for pattern, sentence in _TYPES:
        found = re.search(pattern, text)
        if found:
            return sentence.format(*found.groups())
    return None


def _from_input(*kinds):
    return _FROM_INPUT if "str" in kinds and not _NUMBERS.isdisjoint(kinds) else ""


def value(error, origin):
    if not origin.is_own():
        return None
    text = message(error)
    found = re.match(r"invalid literal for int\(\) with base 10: (.*)", text, re.DOTALL)
    if found:
        given = found[1]
        if re.fullmatch(r"'\s*-?\d+\.\d*\s*'", given):
            return f"int(…) takes whole numbers only; for {given} use float(…)."
        if given == "''":
            return "int(…) was given an empty text. input() returns one when nothing is typed."
        return f"int(…) needs a text of digits, like '14', and was given {given[:60]}."
    if text.startswith("could not convert string to float"):
        return "A text becomes a float only if it is a number, with a point and not a comma."
    found = re.fullmatch(r"not enough values to unpack \(expected (\d+), got (\d+)\)", text)
    if found:
        return f"There are {found[1]} names on the left but only {found[2]} values on the right."
    found = re.match(r"too many values to unpack \(expected (\d+)", text)
    if found:
        return f"There are {found[1]} names on the left but more values on the right."
    if text == "math domain error":
        return "This has no result for the number given, like the square root of a negative number."
    if text == "list.remove(x): x not in list":
        return "The list does not hold the value that is to be removed."
    return None


def index(error, origin):
    if not origin.is_own():
        return None
    text = message(error)
    if text == "pop from empty list":
        return "The list is empty, so pop() has nothing to take out."
    if not re.fullmatch(r"(list|string|tuple|pop|list assignment) index out of range", text):
        return None
    return (
        "There is no element at this place: the list or text is shorter. Places are counted from 0, so the "
        "last one is len(…) - 1."
    )


def key(error, origin):
    wanted = error.args[0] if len(error.args) == 1 else None
    if origin.is_call():
        call = origin.text()
        if not re.search(r"\.pop\([^()]+\)$", call):
            return None
    elif not origin.is_subscript():
        return None
    if type(wanted) not in (str, int, float, bool):
        return "The dictionary has no such key."
    return f"The dictionary has no key {wanted!r}. Check with “in” first, or use .get(…)."


def zero(error, origin):
    if not origin.is_own() or not re.search("division|modulo", message(error)):
        return None
    return "Nothing can be divided by 0. Check the number before dividing."


def recursion(error, origin):
    if not message(error).startswith("maximum recursion depth exceeded"):
        return None
    calls = collections.Counter(origin.own_functions()).most_common(1)
    if not calls or calls[0][1] < min(_MANY_CALLS, sys.getrecursionlimit() // 4):
        return None
    return (
        f"“{calls[0][0].co_name}” calls itself again and again. It needs a case in which it returns without calling "
        "itself, and every call must come closer to that case."
    )


def end_of_input(error, origin):
    # `pickle` and others raise the same error with words of their own.
    if error.args not in ((), ("EOF when reading a line",)) or not origin.is_call():
        return None
    return "input() was waiting, but the input has ended." if "input" in origin.names() else None


def memory(error, origin):
    return (
        "The program wanted more memory than it may use. Look for a very large value, or for a list or text that keeps "
        "growing."
    )


def overflow(error, origin):
    is_too_large = message(error) in (
        "math range error",
        "int too large to convert to float",
        "integer division result too large for a float",
    ) or error.args == (34, "Numerical result out of range")
    if not is_too_large or not origin.is_own():
        return None
    return "The result is too large for a number with a decimal point."


def assertion(error, origin):
    return "The condition after “assert” was not true." if origin.is_assert() else None


def stop(error, origin):
    if not origin.is_call() or "next" not in origin.names():
        return None
    return "next(…) was called but nothing is left. Use a for loop, or next(…, default)."
