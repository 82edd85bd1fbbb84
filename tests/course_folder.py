"""What the tests of nbgrader's course folder share: notebooks of it, submissions, scores."""

import csv
import json
import os
from copy import deepcopy

import pytest

with_nbgrader = pytest.mark.skipif(
    os.environ.get("TEST_GRADING") != "1",
    reason="installs nbgrader and takes minutes: make test-grading",
)


def handed_out(course, name):
    return json.loads((course / "release" / name / f"{name}.ipynb").read_text())


def solved(course, name):
    """Return an assignment as it is handed out, with our solutions put back."""
    source = json.loads((course / "source" / name / f"{name}.ipynb").read_text())
    solutions = {c["id"]: c["source"] for c in source["cells"]}
    notebook = handed_out(course, name)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = solutions[cell["id"]]
    return notebook


def submit(course, student, name, notebook):
    path = course / "submitted" / student / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def scores(tool, course, name):
    """Return the scores of an assignment by student, and the most that could be reached."""
    tool.run("export", "--to", "grades.csv", folder=course)
    with open(course / "grades.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == name]
    return {row["student_id"]: float(row["score"]) for row in rows}, float(rows[0]["max_score"])


def with_cell(notebook, name, source):
    """Return a notebook with another text in a cell, or without that cell."""
    changed = deepcopy(notebook)
    (cell,) = (cell for cell in changed["cells"] if cell["id"] == name)
    cell["source"] = source
    if source is None:
        changed["cells"].remove(cell)
    return changed
