"""Threads count as processes do.

must: end error|processes
must: within 30 s
"""
import threading, time

threads = []
for _ in range(500):
    thread = threading.Thread(target=time.sleep, args=(10,), daemon=True)
    thread.start()
    threads.append(thread)
print("BROKEN: 500 threads")
