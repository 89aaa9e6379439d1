"""What the host is told: JSON lines on the socket that it left at descriptor 3."""

import _signal
import _thread
import json
import os
import resource

from .confine import EVENTS


class Host:
    """The host's end of this run.

    Each thing told is answered with a line when the host has marked the place in the output, so that
    nothing that is printed later comes before it. Raises OSError when the student has closed the
    descriptor.
    """

    def __init__(self):
        self._lock = _thread.allocate_lock()
        self._process = os.getpid()
        # What the warm interpreter had is no doing of the program's.
        self._memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._socket = os.fstat(EVENTS).st_ino

    def tell_hint(self, text):
        """Tell what the error printed last means."""
        self._tell({"event": "hint", "text": text})

    def tell_plot(self, media_type, data):
        """Show a figure: `data` of `media_type`, which is `image/svg+xml` or `image/png`."""
        self._tell({"event": "plot", "media_type": media_type, "bytes": len(data)}, data)

    def tell_script_ended(self, outcome):
        """Tell how the script ended."""
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
        self._tell(
            {
                "event": "script_ended",
                "ending": outcome.ending,
                "exit_code": outcome.exit_code,
                "line": outcome.line,
                "cpu_ms": round(seconds * 1000),
                "peak_memory_bytes": self._peak_memory(own, children),
            }
        )

    def current_line(self):
        """Return the bytes on the terminal after the last line end, whoever printed them."""
        # The answers are this process's, and not those of children that the program forks.
        return self._tell({"event": "input"}) if os.getpid() == self._process else b""

    def _peak_memory(self, own, children):
        taken = own.ru_maxrss - self._memory_before
        return max(taken, children.ru_maxrss - self._memory_before, 0) * 1024

    def _tell(self, event, data=b""):
        rest = memoryview(json.dumps(event).encode() + b"\n" + data)
        # An interrupt waits: the next event would take an answer that was not read for its own.
        before = _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGINT])
        try:
            with self._lock:
                if os.fstat(EVENTS).st_ino != self._socket:
                    raise OSError("the descriptor is the student's now")
                while rest:
                    rest = rest[os.write(EVENTS, rest) :]
                return self._answer()
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)

    @staticmethod
    def _answer():
        answer = b""
        while not answer.endswith(b"\n"):
            more = os.read(EVENTS, 1 << 14)
            if not more:
                # The host hears nothing more of this program.
                return answer
            answer += more
        return answer[:-1]
