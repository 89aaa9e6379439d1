"""No signal that a program sends to itself harms anybody else.

must: hold
"""
import os, signal, sys, time

for number in range(1, signal.NSIG):
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        os._exit(0)
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    elif os.WIFSIGNALED(status) and os.WCOREDUMP(status):
        sys.exit(f"BROKEN: a core dump of {number}")
left = [name for name in os.listdir(".") if name.startswith("core")]
if left:
    sys.exit(f"BROKEN: {left}")
print("HELD")
