"""Tests of the runtime that need no product. Run by `python3 -m unittest discover -s runtime`."""
