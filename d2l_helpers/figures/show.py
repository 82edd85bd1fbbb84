"""Figures in a notebook: PNG, with a text for those who cannot see it (lesson 01)."""

import contextlib
import io

from d2l_helpers.figures.alt_text import describe
from d2l_helpers.notebook.session import in_notebook

import matplotlib.pyplot as plt
from IPython.display import display

FIGURE_DPI = 100


@contextlib.contextmanager
def figure(alt, nrows=1, ncols=1, *, measured="", **settings):
    """Make a figure, draw on its axes and show it: `with dh.figure("...") as ax:`.

    Args:
        alt: what the figure shows, for those who cannot see it. Labels, ranges and whatever else
            can be read from the figure itself are added: see `alt_text.describe`. Both are stored
            with the picture and compared by the regression.
        nrows, ncols: of the grid of axes. As from `plt.subplots`, one axes or an array of them.
        measured: which of the numbers were measured on this machine, so that the regression
            ignores them: those along "x" or "y" ("xy": both), the values of images, "v".
        settings: of `plt.subplots`, such as figsize, in inches, and sharey.
    """
    fig, axes = plt.subplots(nrows, ncols, layout="tight", **settings)
    try:
        yield axes
        show(fig, alt, measured)
    finally:
        plt.close(fig)


def show(fig, alt, measured=""):
    """Show a figure as PNG and close it; outside of a notebook, only close it.

    Args:
        fig: a matplotlib figure.
        alt, measured: as in `figure`.
    """
    if in_notebook():
        data, metadata = figure_output(fig, alt, measured)
        display(data, metadata=metadata, raw=True)
    plt.close(fig)


def figure_output(fig, alt, measured=""):
    """Return the data and metadata of a notebook output for a figure: PNG, with its text."""
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=FIGURE_DPI, bbox_inches="tight", metadata={"Software": None})
    text = "\n".join([alt, *describe(fig, measured)])
    data = {"image/png": png.getvalue(), "text/plain": f"Figure: {text}"}
    return data, {"image/png": {"alt": text}}
