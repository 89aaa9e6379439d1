"""The shell's famous fork bomb hurts nobody but its owner.

must: end finished|processes|forks|processor_time
must: within 40 s
"""
import subprocess

# Bounded: nine generations, 512 processes at most.
bomb = 'bomb() { [ "$1" -gt 9 ] && { sleep 5; return; }; bomb $(($1 + 1)) & bomb $(($1 + 1)) & wait; }; bomb 1'
said = subprocess.run(["sh", "-c", bomb], stderr=subprocess.PIPE, timeout=25).stderr
if b"fork" not in said:
    raise SystemExit("BROKEN: 512 shells")
