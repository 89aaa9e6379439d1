"""What the host is told: JSON lines on the socket that it left at descriptor 3."""

import json
import os
import resource

DESCRIPTOR = 3


class Host:
    """The host's end of this run."""

    def __init__(self):
        # The programs that the student's program starts have nothing to tell.
        os.set_inheritable(DESCRIPTOR, False)

    def tell_script_ended(self, outcome):
        """Tell how the script ended and wait until the host has marked the place in the output.

        Without the wait the prompt could be printed before the mark that it follows.
        """
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
        self._send(
            event="script_ended",
            ending=outcome.ending,
            exit_code=outcome.exit_code,
            line=outcome.line,
            cpu_ms=round(seconds * 1000),
            peak_memory_bytes=max(own.ru_maxrss, children.ru_maxrss) * 1024,
        )
        os.read(DESCRIPTOR, 1)

    def _send(self, **event):
        os.write(DESCRIPTOR, json.dumps(event).encode() + b"\n")
