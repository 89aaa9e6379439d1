"""The Python side of pythonide: warm interpreters, and what makes programs of their children."""
