"""A figure that is announced and never comes makes nobody wait.

must: end finished
"""
import os

os.write(3, b'{"event":"plot","media_type":"image/png","bytes":4194304}\nthe beginning')
os.close(3)
