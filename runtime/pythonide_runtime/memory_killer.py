"""In which order the kernel ends processes when memory runs out in spite of all: programs first, then zygotes.

Servers, host and keeper keep what they were started with. The values are those of `oom_score_adj`, of which each counts as
a thousandth of all memory.
"""

ZYGOTE = 500
PROGRAM = 1000


def end_before_others(score):
    """Raise the score of this process, and of all it will start, to `score` at least."""
    with open("/proc/self/oom_score_adj", "r+") as file:
        # Lowering takes a right that nobody here has: a container may have begun with more.
        if int(file.read()) < score:
            file.seek(0)
            file.write(str(score))
