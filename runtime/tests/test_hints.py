"""Hints explain errors of the interpreter and of libraries, and never the student's own."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

from pythonide_runtime import hints

# Each case: the script, the beginning of its hint or None, and further files of the folder.
CASES = (
    # Errors that the script raises itself.
    ("raise KeyError('no such student')", None),
    ("raise EOFError()", None),
    ("raise ConnectionError('bad')", None),
    ("raise IndexError('list index out of range')", None),
    ("raise ValueError('math domain error')", None),
    ("raise ValueError(\"invalid literal for int() with base 10: 'a'\")", None),
    ("raise ZeroDivisionError('division by zero')", None),
    ("raise TypeError(\"'int' object is not callable\")", None),
    ("raise NameError('x', name='x')", None),
    ("raise UnboundLocalError(\"variable 'x'\")", None),
    ("raise AttributeError('no size')", None),
    ("raise ImportError(\"cannot import name 'x'\", name='os')", None),
    ("raise ModuleNotFoundError('x', name='x')", None),
    ("raise FileNotFoundError(2, 'No such file', 'x.txt')", None),
    ("raise IsADirectoryError(21, 'Is a directory', 'x')", None),
    ("raise PermissionError(13, 'Permission denied', 'x')", None),
    ("raise PermissionError('not for you')", None),
    ("raise FileExistsError(17, 'File exists', 'x')", None),
    ("raise OSError(28, 'No space left on device')", None),
    ("raise RecursionError('maximum recursion depth exceeded')", None),
    ("raise MemoryError()", None),
    ("raise OverflowError('math range error')", None),
    ("raise StopIteration()", None),
    ("raise AssertionError('must be positive')", None),
    ("raise SyntaxError(\"expected ':'\")", None),
    ("raise IndentationError('unexpected indent')", None),
    ("raise UnicodeDecodeError('utf-8', b'a', 0, 1, 'bad')", None),
    ("assert True\nraise AssertionError()", None),
    ("class Missing(KeyError): pass\nraise Missing('a')", None),
    ("def find(name):\n    raise KeyError(name)\nfind('Ana')", None),
    ("try:\n    {}['a']\nexcept KeyError as error:\n    raise KeyError('other') from error", None),
    ("class Box:\n    def __getattr__(self, name): raise AttributeError(name)\nBox().size", None),
    ("import box\nbox.find()", None, {"box.py": "def find(): raise KeyError('a')"}),
    # An error that is raised again is still the interpreter's.
    ("try:\n    {}['a']\nexcept KeyError:\n    raise", "The dictionary has no key 'a'."),
    ("try:\n    {}['a']\nfinally:\n    print()", "The dictionary has no key 'a'."),
    # Names.
    ("colour = 1\nprint(color)", "There is no “color” here. Did you mean “colour”?"),
    ("print(random)", "“random” is a module: write “import random”"),
    ("print(zzz)", "Nothing is called “zzz” here yet."),
    ("import string\nstring.Template('$a').substitute()", None),
    ("def f():\n    print(x)\n    x = 1\nf()", "Inside this function “x” is used before it has a value."),
    ("def f():\n    return None\nf().size", "This value is None"),
    ("None.size = 1", "This value is None"),
    ("'a'.uper()", "A value of type str has no “uper”. Did you mean “upper”?"),
    ("(1).real = 2", None),
    ("import math\nmath.sqr", "The module math has no “sqr”. Did you mean “sqrt”?"),
    ("import xml\nxml.sax", "“sax” is a module inside xml: write “import xml.sax”"),
    ("import numpy\nnumpy.arrray", "The module numpy has no “arrray”. Did you mean “array”?"),
    ("import random\nrandom.randint(1, 2)", "Your own file random.py is used in place of Python's module random", {"random.py": ""}),
    ("import email\nemail.sned()", "Your own file email.py is used in place of Python's module email, and has no “sned”. Did you mean “send”?", {"email.py": "def send(): pass"}),
    ("import numpy\nnumpy.array", "Your own file numpy.py is used in place of the package numpy", {"numpy.py": ""}),
    ("from numpy import array", "Your own file numpy.py is used in place of the package numpy", {"numpy.py": ""}),
    ("import numpy.linalg", "Your own file numpy.py is used in place of the package numpy, and has no module “linalg”.", {"numpy.py": ""}),
    ("import email.message", "Your own file email.py is used in place of Python's module email, and has no module “message”.", {"email.py": ""}),
    ("from email import send", "Your own file email.py is used in place of Python's module email, and has no “send”.", {"email.py": ""}),
    ("import turtle\nturtle.jump()", "Your own file turtle.py is used in place of Python's module turtle", {"turtle.py": ""}),
    ("import graphics\ngraphics.Window", "The module graphics has no “Window”.", {"graphics.py": ""}),
    ("from helpers import a", "Two files import each other", {"helpers.py": "import other", "other.py": "from helpers import a"}),
    # Modules.
    ("import helpr", "There is no module “helpr” here. Did you mean “helper”, your own file?", {"helper.py": ""}),
    ("import maths", "There is no module “maths” here. Did you mean “math”?"),
    ("import zzzqqq", "The package “zzzqqq” is not installed in this class's Python"),
    ("import os.nothing", "The package os has no module “nothing”."),
    ("from math import sqr", "The module math has no “sqr”. Did you mean “sqrt”?"),
    ("import turtle", "turtle opens a window, and programs here have none."),
    ("from turtle import *", "turtle opens a window, and programs here have none."),
    ("from tkinter import messagebox", "tkinter opens a window, and programs here have none."),
    ("import tkinter\ntkinter.Tk()", "tkinter opens a window, and programs here have none."),
    ("import drawing", "turtle opens a window, and programs here have none.", {"drawing.py": "import turtle"}),
    ("import pygame", "pygame opens a window, and programs here have none."),
    ("from PyQt5.QtWidgets import QApplication", "PyQt5 opens a window, and programs here have none."),
    # Values.
    ("'1' + 2", "“+” joins text with text or adds numbers."),
    ("'1' + []", "“+” joins text only with text."),
    ("'1' - 2", "“-” does not work between str and int. Text that came from input()"),
    ("[] - {}", "“-” does not work between list and dict."),
    ("'1' ** 2", "“** or pow()” does not work between str and int."),
    ("'1' < 2", "str and int cannot be compared with “<”. Text that came from input()"),
    ("{} < []", "dict and list cannot be compared with “<”."),
    ("for n in 3: pass", "A value of type int cannot be gone through one by one. To count"),
    ("for n in len: pass", "A value of type builtin_function_or_method cannot be gone through one by one."),
    ("def f(a, b): pass\nf(1)", "The function needs 1 more of its arguments."),
    ("import json\njson.dumps({1: set()})", None),
    ("int('3.5')", "int(…) takes whole numbers only; for '3.5'"),
    ("int('')", "int(…) was given an empty text."),
    ("int('fourteen')", "int(…) needs a text of digits, like '14', and was given 'fourteen'."),
    ("float('3,5')", "A text becomes a float only if it is a number"),
    ("import statistics\nstatistics.mean(['a', 'b'])", None),
    ("[1, 2][5]", "There is no element at this place"),
    ("[].pop()", "The list is empty"),
    ("import random\nrandom.choice([])", None),
    ("'{} {}'.format(1)", None),
    ("import re\nre.match('a', 'a')['b']", None),
    ("{}['a']", "The dictionary has no key 'a'."),
    ("d = {}\nd.pop('a')", "The dictionary has no key 'a'."),
    ("del {}['a']", "The dictionary has no key 'a'."),
    ("{}[1, 2]", "The dictionary has no such key."),
    ("{1}.remove(2)", None),
    ("set().pop()", None),
    ("{}.popitem()", None),
    ("'{a}'.format(b=1)", None),
    ("'%(a)s' % {}", None),
    ("import os\nos.environ['NOT_SET_HERE']", None),
    ("1 / 0", "Nothing can be divided by 0."),
    ("0.0 ** -1", None),
    ("def f(n):\n    return f(n + 1)\nf(0)", "“f” calls itself again and again."),
    ("import copy\na = []\nfor _ in range(9999): a = [a]\ncopy.deepcopy(a)", None),
    ("import io, sys\nsys.stdin = io.StringIO()\ninput()", "input() was waiting"),
    ("import pickle, io\npickle.load(io.BytesIO())", None),
    ("import math\nmath.exp(9999)", "The result is too large"),
    ("2.0 ** 99999", "The result is too large"),
    ("int(float('inf'))", None),
    ("[0] * 10 ** 30", None),
    ("x = 1\nassert x == 2", "The condition after “assert” was not true."),
    ("x = 1\nassert x == 2, 'must be two'", "The condition after “assert” was not true."),
    ("next(iter([]))", "next(…) was called but nothing is left."),
    ("def f():\n    yield\ng = f()\ng.send(None)\ng.send(None)", None),
    # Files and the system.
    ("open('scors.txt')", "There is no “scors.txt” in the folder. Did you mean “scores.txt”?", {"scores.txt": ""}),
    ("import os\nos.listdir('lessons')", "There is no “lessons” in the folder."),
    ("open('new/a.txt', 'w')", "There is no folder "),
    ("open('/etc/no-such-file')", "There is no “no-such-file” in /etc."),
    ("import os\nos.rename('main.py', 'new/main.py')", None),
    ("import subprocess\nsubprocess.run(['no-such-program'])", "There is no program called “no-such-program” here."),
    ("import os\nos.mkdir('a')\nopen('a')", "That is a folder"),
    ("import os\nos.mkdir('a')\nos.remove('a')", "That is a folder"),
    ("import os\nos.mkdir('a')\nos.mkdir('a')", "Something of that name is there already."),
    ("open('old.txt', encoding='utf-8').read()", "The file is not text in UTF-8.", {"old.txt": b"caf\xe9"}),
    ("b'caf\\xe9'.decode()", None),
    ("open('old.txt', encoding='ascii').read()", None, {"old.txt": b"caf\xe9"}),
    ("from urllib.request import urlopen\nurlopen('nothing://here')", None),
    ("from urllib.request import urlopen\nurlopen('file:///no-such-file')", None),
    # Source.
    ("if True\n    pass", "A “:” is missing at the end of this line."),
    ("if True  # always\n    pass", "A “:” is missing at the end of this line."),
    ("def f() return 1", "A “:” is missing on this line, before “return”."),
    ("print('a)", "A text is not closed on this line"),
    ("print(“a”)", "““” is a curly quote."),
    ("import broken", "A “:” is missing at the end of this line.", {"broken.py": "if True\n    pass"}),
    ("eval('if True')", None),
    ("import ast\nast.parse('print(')", None),
    ("if True:\nprint(1)", "The line after a “:” must be indented"),
)


def raised_by(source, folder):
    """The error that `source` ends with as a script of `folder`."""
    path = os.path.join(folder, "main.py")
    with open(path, "w") as file:
        file.write(source)
    state = sys.path[:], os.getcwd(), dict(sys.modules), sys.stdin
    for name in os.listdir(folder):
        sys.modules.pop(name.partition(".")[0], None)
    sys.path.insert(0, folder)
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, path, "exec"), {"__name__": "__main__"})
    except Exception as error:
        # The first frame is this function's.
        yield error.with_traceback(error.__traceback__.tb_next)
    finally:
        sys.path[:], directory, modules, sys.stdin = state
        os.chdir(directory)
        sys.modules.clear()
        sys.modules.update(modules)


class Hints(unittest.TestCase):
    def test_each_case_has_its_hint(self):
        for source, expected, *more in CASES:
            files = more[0] if more else {}
            with self.subTest(source=source), tempfile.TemporaryDirectory() as folder:
                folder = os.path.realpath(folder)
                for name, text in files.items():
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(text if isinstance(text, bytes) else text.encode())
                self.check(source, folder, expected)

    def check(self, source, folder, expected):
        is_raised = False
        for error in raised_by(source, folder):
            is_raised = True
            hint = hints.explain(error, folder)
            if expected is None:
                self.assertIsNone(hint, repr(error))
            else:
                self.assertIsNotNone(hint, repr(error))
                self.assertTrue(hint.startswith(expected), hint)
        self.assertTrue(is_raised)


if __name__ == "__main__":
    unittest.main()
