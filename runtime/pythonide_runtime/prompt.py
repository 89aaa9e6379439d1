"""The `>>>` prompt over a script's variables."""

import code
import readline
import rlcompleter
import sys


def talk(variables):
    """Read and run lines until the student leaves with `exit()` or Ctrl-D."""
    _own_streams()
    readline.set_completer(rlcompleter.Completer(variables).complete)
    readline.parse_and_bind("tab: complete")
    # Pasted text comes as it is, without the marks that terminals put around it.
    readline.parse_and_bind("set enable-bracketed-paste off")
    code.InteractiveConsole(variables).interact(banner="", exitmsg="")


def _own_streams():
    """Undo what the script did to the standard streams: the prompt speaks to the terminal."""
    for name, descriptor, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = getattr(sys, f"__{name}__")
        if stream is None or stream.closed:
            stream = open(descriptor, mode, encoding="utf-8", errors="replace", closefd=False)
        setattr(sys, name, stream)
