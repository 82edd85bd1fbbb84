"""A small notebook of exercises as nbgrader hands it out, and points for copies of it."""

import contextlib
import copy
import types

SETUP = "import math\nlargest = 10"
RIGHT = {"1.1": (16.0,), "1.2": (3, [1, 2]), "1.4": (5.0,)}
GIVEN = "numbers = [2, 1]"
BLANK = "# your code\nraise NotImplementedError"
ANSWERS = {
    "first": "side = 4\nroot = math.sqrt(side * side) * side",
    "second": "def ordered(numbers):\n    copied = list(numbers)\n    return sorted(copied)",
    "words": "*Your answer:*\n\nBecause it is larger.",
    "third": "root = math.sqrt(25)\nroot = min(root, largest)",
}


def _cell(name, kind, source, exercise=None, answer=False, check=False):
    marks = {
        "grade_id": name,
        "solution": answer,
        "grade": check or (answer and kind == "markdown"),
        "locked": not answer,
        "task": False,
        "schema_version": 3,
    }
    if marks["grade"]:
        marks["points"] = 2
    metadata = {"nbgrader": marks, "deletable": False}
    if exercise:
        metadata["exercise"] = {"id": exercise}
    cell = {"id": name, "cell_type": kind, "metadata": metadata, "source": source}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def handed_out():
    """Return the notebook as students get it."""
    cells = [
        _cell("title", "markdown", "# Exercises"),
        _cell("setup", "code", SETUP),
        _cell("task1", "markdown", "## 1.1  A root\n\nWhat is it?", "1.1"),
        _cell("first", "code", f"root = None\n{BLANK}", answer=True),
        _cell("check1", "code", 'dh.check("1.1", root)', check=True),
        _cell("task2", "markdown", "## 1.2  A function\n\nWrite it.", "1.2"),
        _cell("given", "code", GIVEN),
        _cell("second", "code", f"def ordered(numbers):\n    {BLANK[:11]}", answer=True),
        _cell("check2", "code", 'dh.check("1.2", 3, ordered(numbers))', check=True),
        _cell("task3", "markdown", "## 1.3  Why\n\nSay it.", "1.3"),
        _cell("words", "markdown", "*Your answer:*", answer=True),
        _cell("task4", "markdown", "## 1.4  Another root\n\nWhat is it?", "1.4"),
        _cell("third", "code", f"root = None\n{BLANK}", answer=True),
        _cell("check4", "code", 'dh.check("1.4", root)', check=True),
    ]
    cells[7]["source"] = "def ordered(numbers):\n    # your code\n    raise NotImplementedError"
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def solved():
    """Return the notebook with right answers."""
    notebook = handed_out()
    for cell in notebook["cells"]:
        cell["source"] = ANSWERS.get(cell["id"], cell["source"])
    return notebook


def marks(cell):
    return cell["metadata"].get("nbgrader", {})


def position(notebook, name):
    """Return where the first cell of a name is."""
    return next(i for i, c in enumerate(notebook["cells"]) if marks(c).get("grade_id") == name)


def extra(source, kind="code", **changes):
    """Return a cell without nbgrader's metadata."""
    cell = {"id": "own", "cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    return {**cell, **changes}


def copied(cell, **changes):
    """Return a cell as JupyterLab copies it: with all of its metadata, and another id."""
    return {**copy.deepcopy(cell), "id": f"{cell['id']}-copy", **changes}


def points(notebook):
    """Return what nbgrader would give: for each check that passes, and each answer in words.

    The cells run in their order; one that fails stops no other. Locked cells have the text that was
    handed out. Where a cell has nbgrader's metadata and no name, or the name of another cell, it
    gives nothing, as nbgrader does.
    """
    names = [marks(cell).get("grade_id") for cell in notebook["cells"] if marks(cell) != {}]
    empty = any(cell["metadata"].get("nbgrader") == {} for cell in notebook["cells"])
    if empty or None in names or len(set(names)) < len(names):
        return 0
    originals = {cell["id"]: cell for cell in handed_out()["cells"]}
    reached, right = 0, []
    check = types.SimpleNamespace(check=lambda number, *a: right.append(RIGHT[number] == a))
    space = {"dh": check}
    for cell in notebook["cells"]:
        source, marked = "".join(cell["source"]), marks(cell)
        if marked.get("locked"):
            source = originals[marked["grade_id"]]["source"]
        if cell["cell_type"] == "code":
            right.clear()
            with contextlib.suppress(Exception):
                exec(source, space)
            reached += 2 * (marked.get("grade", False) and right == [True])
        elif marked.get("grade"):
            reached += 2 * (source.strip() != originals[marked["grade_id"]]["source"])
    return reached
