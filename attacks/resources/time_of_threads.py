"""The processor time of all threads counts together, also while the first one waits.

must: end processor_time
must: within 60 s
"""
import hashlib, threading

data = bytes(1 << 20)


def work():
    while True:
        # Beside Python's lock.
        hashlib.sha256(data)


threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
threads[0].join()
