"""What programs do with the class's packages, done once beforehand.

Packages load much of themselves when they are first used. What a zygote has used its children share, in
memory and in time.
"""

import io
import sys


def use(name):
    """Use the module `name`, which is loaded, as a program would. Leaves nothing behind but what is kept anyway."""
    exercise = _EXERCISES.get(name)
    if exercise is None:
        return
    try:
        exercise()
    except Exception as error:
        # Of another version than this was written for: its programs start all the same.
        print(f"{name} could not be tried: {error!r}", file=sys.stderr)


def _pandas():
    import pandas

    table = pandas.read_csv(io.StringIO("name,count\na,1\nb,2\nb,3\n"))
    table["half"] = table["count"] / 2
    for shown in (table, table.describe(), table["count"], table.groupby("name")["count"].mean()):
        repr(shown)
    table.to_csv(io.StringIO())


def _pyplot():
    from matplotlib import font_manager, pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2], [1, 3], label="a")
    axes.bar([1, 2], [1, 3])
    axes.set_title("a")
    axes.legend()
    for kind in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=kind)
    pyplot.close(figure)
    # It does this at each fork, and a child would write to the memory of every font.
    font_manager._get_font.cache_clear()


_EXERCISES = {"pandas": _pandas, "matplotlib.pyplot": _pyplot}
