"""What nohup, setsid and a shell leave in the background does not outlive its program.

must: end finished
"""
import subprocess

null = subprocess.DEVNULL
for command in ("nohup sleep 30 &", "setsid sleep 30 &", "(trap '' HUP TERM INT; sleep 30) &", "setsid nohup sh -c 'sleep 30 & wait' &"):
    subprocess.run(["sh", "-c", command], stdin=null, stdout=null, stderr=null)
subprocess.Popen(["sleep", "30"], start_new_session=True)
