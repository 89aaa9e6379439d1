"""A program that has sent itself to the terminal's background, or its children to the front, can be ended.

must: end finished
"""
import json, os, signal, time

signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.signal(signal.SIGTTIN, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    time.sleep(30)
    os._exit(0)
time.sleep(0.2)
os.tcsetpgrp(0, child)
if os.fork() == 0:
    os.setsid()
    time.sleep(30)
    os._exit(0)
