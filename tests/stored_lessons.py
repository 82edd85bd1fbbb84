"""What the tests of the lessons share: where they are, how they are read, their tools."""

import functools
import importlib.util
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL_STARTS = 600  # seconds; a busy machine needs more than nbclient's 60
EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))


@functools.cache
def read(path):
    """Return the notebook of a path; all callers share it, so it must stay as it is."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    """Return the code cells of a notebook that are not empty."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def tasks(notebook):
    """Return the cells of a notebook that each begin an exercise."""
    return [cell for cell in notebook.cells if "exercise" in cell.metadata]


def load_tool(name="lessons"):
    """Return the module tools/lessons.py, or another one, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
