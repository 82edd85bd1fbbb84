"""Whether the code runs in a Jupyter kernel, and whether somebody is watching (lesson 00)."""

import sys

from IPython import get_ipython


def in_notebook():
    """Return whether the code runs in a Jupyter kernel, where outputs can be shown."""
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def watched():
    """Return how a person is watching the run: 'jupyter', 'terminal', or None for nobody.

    With each cell a front end (JupyterLab, VS Code, Colab) sends whether the kernel may ask for
    input. nbval and nbclient, which runs the cells for nbconvert, papermill and nbgrader, send
    that it may not: nobody is there.
    """
    if in_notebook():
        asked = get_ipython().kernel.get_parent().get("content", {})
        return "jupyter" if asked.get("allow_stdin", True) else None
    return "terminal" if sys.stderr.isatty() else None
