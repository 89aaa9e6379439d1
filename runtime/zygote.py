"""Makes a zygote of this interpreter: `zygote.py WARMTH SOCKET`. The package beside this file does the work.

What comes after the first call happens in its children alone, each of which becomes a program.
"""

import sys

bare = frozenset(sys.modules)
from pythonide_runtime import zygote  # noqa: E402

del sys.path[0]
program = zygote.serve(int(sys.argv[2]), bare)
program.run()
