"""How figures, measured numbers and what is expected of them appear in a notebook."""

import contextlib
import io

from d2l_helpers.figures.alt_text import describe
from d2l_helpers.notebook.session import in_notebook

import matplotlib.pyplot as plt
from IPython.display import display

FIGURE_DPI = 100


@contextlib.contextmanager
def figure(alt, nrows=1, ncols=1, *, measured="", **settings):
    """Open a figure, lend its axes, lay it out and show it: `with dh.figure("...") as ax:`.

    Args:
        alt: what the figure shows, for those who cannot see it. What can be told from the figure
            itself, such as labels and ranges, is added: see `alt_text.describe`. Both are
            stored with the picture and compared by the regression.
        nrows, ncols: of its axes: one, or an array of them, as `plt.subplots` gives.
        measured: which of its numbers were measured on this machine, so that the regression must
            pass over them: those along "x" or "y" ("xy": both), the values of images, "v".
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
    """Return a figure as the data and metadata of a notebook output: PNG, with its text."""
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=FIGURE_DPI, bbox_inches="tight", metadata={"Software": None})
    text = "\n".join([alt, *describe(fig, measured)])
    data = {"image/png": png.getvalue(), "text/plain": f"Figure: {text}"}
    return data, {"image/png": {"alt": text}}
