"""Whether the code runs in a Jupyter kernel, and whether somebody is watching."""

import sys

from IPython import get_ipython


def in_notebook():
    """Return whether the code runs in a Jupyter kernel, so that figures have a place to go."""
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def watched():
    """Return how a person is watching the run: 'jupyter', 'terminal', or None for nobody.

    A front end (JupyterLab, VS Code, Colab) tells the kernel with each cell whether it could ask
    for input. nbval and nbclient, which runs the cells for nbconvert, papermill and nbgrader, say
    that they can't: nobody is there.
    """
    if in_notebook():
        asked = get_ipython().kernel.get_parent().get("content", {})
        return "jupyter" if asked.get("allow_stdin", True) else None
    return "terminal" if sys.stderr.isatty() else None
