"""The backend of matplotlib that shows figures in the page. See `plots`."""

import io

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from . import plots

# A drawing of a few lines is small and sharp as SVG; one of many points is smaller as pixels.
_MAX_SVG_BYTES = 256 << 10
_MAX_PNG_WIDTH = 1600
_MAX_PNG_BYTES = 4 << 20


class FigureManager(FigureManagerBase):
    """A figure that is shown by being sent, once, and is closed then."""

    def show(self):
        plots.send(*_picture(self.canvas.figure))
        Gcf.destroy(self)

    @classmethod
    def pyplot_show(cls, *, block=None):
        show_all()


class FigureCanvas(FigureCanvasAgg):
    """Draws pixels in memory, and knows how its figures are shown."""

    manager_class = FigureManager


def show_all():
    """Show all open figures, in the order in which they were made."""
    for manager in sorted(Gcf.get_all_fig_managers(), key=lambda manager: manager.num):
        manager.show()


def _picture(figure):
    """Return the figure as media type and bytes."""
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    if svg.tell() <= _MAX_SVG_BYTES:
        return "image/svg+xml", svg.getvalue()
    width, height = figure.get_size_inches()
    dpi = min(150, _MAX_PNG_WIDTH / max(width, height))
    while True:
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=dpi)
        if png.tell() <= _MAX_PNG_BYTES or dpi < 10:
            return "image/png", png.getvalue()
        dpi /= 2
