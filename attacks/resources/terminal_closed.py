"""A program that closes all that it was given ends alone.

must: end finished|error
"""
import os

os.closerange(0, 64)
