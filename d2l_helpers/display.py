"""How figures and measured numbers appear in a notebook."""

import io
import os
import sys

import matplotlib.pyplot as plt
import pandas as pd
from IPython import get_ipython
from IPython.display import display

FIGURE_DPI = 100


def in_notebook():
    """Return whether the code runs in a Jupyter kernel, so that figures have a place to go."""
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def watched():
    """Return how a person is watching the run: 'jupyter', 'terminal', or None for nobody.

    Jupyter's server names the session of a kernel that it starts for a person; nbval and
    nbconvert start kernels without one.
    """
    if in_notebook():
        return "jupyter" if "JPY_SESSION_NAME" in os.environ else None
    return "terminal" if sys.stderr.isatty() else None


def figure_output(fig, alt):
    """Return a figure as the data and metadata of a notebook output: PNG, with its text."""
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=FIGURE_DPI, bbox_inches="tight", metadata={"Software": None})
    data = {"image/png": png.getvalue(), "text/plain": f"Figure: {alt}"}
    return data, {"image/png": {"alt": alt}}


def show(fig, alt):
    """Show a figure as PNG and close it; outside of a notebook, only close it.

    Args:
        fig: a matplotlib figure.
        alt: what the figure shows, for those who cannot see it. It is stored with the figure and
            compared by the regression, so it must not hold measured numbers.
    """
    if in_notebook():
        data, metadata = figure_output(fig, alt)
        display(data, metadata=metadata, raw=True)
    plt.close(fig)


def measured(value, spec=".3f"):
    """Return numbers or words as text with a leading ~.

    The ~ says: measured on this machine, another machine may give something slightly different.
    The regression compares everything except what a ~ marks; claims about these are asserted.

    Args:
        value: a number or word, a Series of them, or a DataFrame, of which columns that are not
            of floats stay as they are.
        spec: format specification, "" for words. For a DataFrame also {column: specification},
            which changes these columns, whatever they hold, and leaves the others.
    """
    if isinstance(value, pd.DataFrame):
        floats = value.select_dtypes("floating").columns
        specs = spec if isinstance(spec, dict) else dict.fromkeys(floats, spec)
        result = value.copy()
        for column, column_spec in specs.items():
            result[column] = measured(value[column], column_spec)
        return result
    if isinstance(value, pd.Series):
        return value.map(lambda item: measured(item, spec))
    return f"~{value:{spec}}"
