"""Notebooks as the book shows them: folded cells, and hints and solutions to open."""

import copy
import json
import re

from editions import without_solutions

import nbformat
from nbformat.v4 import new_markdown_cell

# What the headers of folded cells say.
GUARD = "Checks: what proves it"
DRAWING = "Drawing code"
SOLUTION = '<details class="solution"><summary>Solution</summary>'
MARKERS = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
PREDICTION = re.compile(r"^\*\*Predict.*(?:\n.+)*", re.MULTILINE)


def lesson(notebook):
    """Return a lesson for the book: what proves its statements and what only draws is folded.

    Args:
        notebook: with its outputs; it is not changed.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            cell.source = with_boxes(cell.source)
        elif "guard" in tags:
            _fold(cell, "hide-cell", GUARD)
        elif "drawing" in tags:
            _fold(cell, "hide-input", DRAWING)
    return notebook


def with_boxes(text):
    """Return Markdown with a box around each question."""
    return PREDICTION.sub(r'<div class="predict">\n\n\g<0>\n\n</div>', text)


def _fold(cell, tag, prompt):
    cell.metadata["tags"] = [*cell.metadata["tags"], tag]
    cell.metadata["mystnb"] = {"code_prompt_show": prompt, "code_prompt_hide": prompt}


def students_exercises(notebook):
    """Return exercises without their solutions: tasks, hints, and the checks to run in Jupyter."""
    stripped = nbformat.reads(json.dumps(without_solutions(notebook)), as_version=4)
    return _with_hints(stripped, _hints(notebook))


def teachers_exercises(notebook):
    """Return exercises with their solutions and rubrics, to be opened below each task."""
    notebook = _with_hints(copy.deepcopy(notebook), _hints(notebook))
    cells, is_open = [], False
    for cell in notebook.cells:
        if is_open and "exercise" in cell.metadata:
            cells.append(_end_of_details(f"{cells[-1].id}-end"))
            is_open = False
        if not is_open and "answer" in cell.metadata.get("tags", []):
            cells.append(new_markdown_cell(SOLUTION, id=f"{cell.id}-begin"))
            is_open = True
        cell.source = MARKERS.sub("", cell.source)
        cells.append(cell)
    notebook.cells = [*cells, _end_of_details("last-end")] if is_open else cells
    return notebook


def _hints(notebook):
    """Return {id of a task's cell: its hints}."""
    return {cell.id: cell.metadata.get("exercise", {}).get("hints", []) for cell in notebook.cells}


def _with_hints(notebook, hints_of):
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        hints = hints_of[cell.id]
        for number, hint in enumerate(hints, start=1):
            title = "Hint" if len(hints) == 1 else f"Hint {number}"
            text = f'<details class="hint"><summary>{title}</summary>\n\n{hint}\n\n</details>'
            cells.append(new_markdown_cell(text, id=f"{cell.id}-hint-{number}"))
    notebook.cells = cells
    return notebook


def _end_of_details(name):
    return new_markdown_cell("</details>", id=name)
