"""Make a course folder for nbgrader from the exercises.

python tools/grading.py FOLDER

FOLDER/source/     the exercises with solutions, points and hidden tests; an assignment per lesson
FOLDER/release/    what to hand out: made from it by nbgrader
FOLDER/submitted/  the place for a class's answers: submitted/STUDENT/05_shapes/05_shapes.ipynb
FOLDER/nbgrader_config.py, gradebook.db

When it is run again, it remakes source and release and keeps the gradebook and the submissions.
nbgrader has an environment of its own and runs the notebooks with the course's kernel.
"""

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from d2l_helpers.export.environments import Environment, OwnEnvironmentError
from d2l_helpers.utils.files import atomic_write
from editions import BLANK_TEXT, as_text, without_answer_metadata, without_outputs
from writing import making

ROOT = Path(__file__).resolve().parent.parent
EXERCISES = ROOT / "exercises"
NBGRADER = Environment(
    "nbgrader",
    ROOT / "build" / "nbgrader-venv",
    ROOT / "requirements-nbgrader.lock",
    "make nbgrader",
)
RECORDED = re.compile(r"\.\./(results/[\w.-]+)")  # recorded runs that an exercise reads
NOTE = "note"  # the tag of a cell to write in that is not graded
RUBRIC = "<!-- BEGIN MARK SCHEME -->\n{}\n<!-- END MARK SCHEME -->"
CONFIG = f'''\
"""What nbgrader does in this folder: see docs/teaching/README.md of the course."""

c = get_config()  # noqa: F821, nbgrader brings it

c.CourseDirectory.course_id = "alexnet"
c.ClearSolutions.code_stub = {{"python": {BLANK_TEXT!r}}}
c.ClearSolutions.text_stub = "*Your answer:*"
# A task in words holds its rubric, for the person who grades it. nbgrader's own place for rubrics
# is a kind of cell that does not get 0 points by itself when the answer was left empty.
c.ClearMarkScheme.enforce_metadata = False
# A check that somebody deleted is restored, and run.
c.OverwriteCells.add_missing_cells = True
# Seconds that a cell may take; then an endless loop is ended, and the next submission is graded.
c.Execute.timeout = 600
'''


def for_nbgrader(notebook):
    """Return a notebook of exercises as nbgrader's source.

    An answer is a solution of nbgrader, and a check a test with the points of its exercise. An
    answer in words is graded by a person, who finds the model answer and the rubric in the task.

    Args:
        notebook: as `json.loads` returns it; it is not changed.
    """
    cells, task, points = [], None, 0
    for cell in without_outputs(notebook)["cells"]:
        tags = cell["metadata"].get("tags", [])
        if "solution" not in tags:
            points = cell["metadata"].get("exercise", {}).get("points", points)
            cells.append(_graded(cell, tags, points))
            task = cells[-1] if "exercise" in cell["metadata"] else task
        elif "**Points.**" in "".join(cell["source"]):
            task["source"] += ["\n\n" + RUBRIC.format("".join(cell["source"]))]
    return {**notebook, "cells": cells}


def _graded(cell, tags, points):
    """Return a cell with the metadata that nbgrader needs; a note is none of its cells."""
    if NOTE in tags:
        return cell
    source, answer, check = "".join(cell["source"]), "answer" in tags, "check" in tags
    by_hand = answer and cell["cell_type"] == "markdown"
    grader = {
        "schema_version": 3,
        "grade_id": cell["id"],
        "solution": answer,
        "grade": check or by_hand,
        "locked": not answer,
        "task": False,
    }
    if grader["grade"]:
        grader["points"] = points
    if check:
        source += hidden_test(source)
    source = RECORDED.sub(r"\1", source)
    metadata = {**without_answer_metadata(cell["metadata"]), "nbgrader": grader}
    return {**cell, "metadata": metadata, "source": source.splitlines(keepends=True)}


def hidden_test(check):
    """Return the hidden test that follows a check such as `dh.check("05.2", widths, values)`."""
    call = ast.parse(check).body[-1].value
    function = ast.get_source_segment(check, call.func)
    arguments = ast.get_source_segment(check, call)[len(function) :]
    return (
        "\n### BEGIN HIDDEN TESTS\n"
        "from d2l_helpers.exercises.check import mistake\n\n"
        f"feedback = mistake{arguments}\n"
        "assert feedback is None, feedback\n"
        "### END HIDDEN TESTS"
    )


def write_source(path, folder):
    """Write an assignment from a notebook of exercises, with the recorded runs that it reads."""
    assignment = folder / "source" / path.stem
    shutil.rmtree(assignment, ignore_errors=True)
    assignment.mkdir(parents=True)
    text = path.read_text(encoding="utf-8")
    for name in RECORDED.findall(text):
        (assignment / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, assignment / name)
    with atomic_write(assignment / path.name) as partial:
        partial.write_text(as_text(for_nbgrader(json.loads(text))), encoding="utf-8")


def install():
    """Install nbgrader, unless it is there, and this environment as the kernel that it runs.

    Raises:
        OwnEnvironmentError: they cannot be installed.
    """
    NBGRADER.install()
    command = [sys.executable, "-m", "ipykernel", "install"]
    command += ["--prefix", NBGRADER.folder, "--name", "python3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OwnEnvironmentError(f"the course's kernel cannot be installed: {done.stderr}")


def make(folder, notebooks=None):
    """Write the course folder, and let nbgrader make what is handed out.

    Args:
        folder: path; all but source, release and the settings in it stays as it is.
        notebooks: paths of the notebooks of exercises; all by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_write(folder / "nbgrader_config.py") as partial:
        partial.write_text(CONFIG, encoding="utf-8")
    for path in notebooks or sorted(EXERCISES.glob("*.ipynb")):
        write_source(path, folder)
        run("generate_assignment", path.stem, "--create", "--force", folder=folder)


def run(*words, folder):
    """Run a command of nbgrader in a course folder.

    Raises:
        OwnEnvironmentError: it failed.
    """
    programs = NBGRADER.python.parent  # nbgrader calls alembic by its name
    done = subprocess.run(
        [programs / "nbgrader", *words],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OwnEnvironmentError(f"nbgrader {' '.join(words)}:\n{done.stderr}")
    return done.stderr


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.resolve()
    try:
        install()
        with making(folder):
            make(folder)
    except OwnEnvironmentError as error:
        sys.exit(str(error))
    print("nbgrader's course folder:", folder)


if __name__ == "__main__":
    main()
