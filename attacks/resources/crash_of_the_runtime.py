"""A program that breaks the interpreter beneath it ends alone.

must: end finished|error
"""
import builtins, io, json, os, sys, termios

for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").startswith("pythonide_runtime"):
        for name in list(vars(module)):
            if not name.startswith("__"):
                setattr(module, name, None)
json.dumps = os._exit = sys.excepthook = builtins.print = builtins.open = termios.tcsetattr = None
sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = 7
sys.modules.clear()
