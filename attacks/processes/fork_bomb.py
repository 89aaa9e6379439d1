"""A fork bomb hurts nobody but its owner.

must: end processes|forks|processor_time|error
must: within 40 s
"""
import os, sys, time

until = time.monotonic() + 20
made = 0
while time.monotonic() < until:
    try:
        if os.fork() == 0:
            # Each child makes one more that stays, too.
            try:
                os.fork()
            except OSError:
                pass
            time.sleep(20)
            os._exit(0)
        made += 1
        if made >= 250:
            print("BROKEN: 500 processes")
            sys.exit()
    except OSError:
        pass
sys.exit("no more could be made")
