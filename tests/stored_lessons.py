"""What the tests of the lessons share: where the lessons are, and how one is read."""

import functools
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@functools.cache
def read(path):
    """Return the notebook of a path; all callers share it, so it must stay as it is."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    """Return the code cells of a notebook that are not empty."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
