"""Make working copies of the lessons, for `make lab`; the lessons themselves stay as they are.

python tools/working_copies.py FOLDER [--outputs]

FOLDER/lessons/    the copies, without outputs unless they are asked for
FOLDER/exercises/  copies of their exercises, without solutions
FOLDER/results     a link to the recorded runs: the lessons read ../results
FOLDER/build/      the lessons write their checkpoints to ../build

Several people can share one installation, each with a folder of their own. A copy in which somebody
has worked is never overwritten. If its lesson has changed since, the new version is put beside it.
"""

import argparse
import hashlib
import itertools
import json
import platform
import sys
from pathlib import Path

from editions import as_text, without_outputs, without_solutions
from writing import atomic_write, making

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "notebooks"
EXERCISES = ROOT / "exercises"
RESULTS = ROOT / "results"
# The net of lesson 06, which later lessons read, if `make run` has trained it.
TRAINED = ROOT / "build" / "alexnet_12000.checkpoint"

RECORD = ".copies.json"
# Cells with these tags are folded: assertions that hold the answer, and code that only draws.
GUARD, DRAWING = "guard", "drawing"
# JupyterLab shows the first line of a folded cell, and many guards have only one.
GUARD_LINE = "# Checks what is shown above.\n"


def working_copy(lesson, outputs=False, python=None):
    """Return the bytes of a lesson's copy, with guards and drawings folded and without outputs.

    Args:
        lesson: path of the lesson, or of a notebook of exercises, whose solutions are removed.
        outputs: whether to keep the outputs of a lesson.
        python: the version of Python to name in it. JupyterLab would write it when it opens the
            copy, which would count as work in it.
    """
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    if python is not None:
        notebook["metadata"].setdefault("language_info", {})["version"] = python
    if lesson.parent == EXERCISES:
        text = as_text(without_solutions(notebook))
        return text.replace(f"](../{LESSONS.name}/", "](../lessons/").encode()
    if not outputs:
        notebook = without_outputs(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        tags = cell["metadata"].get("tags", [])
        if GUARD in tags or DRAWING in tags:
            cell["metadata"]["jupyter"] = {"source_hidden": True}
        if GUARD in tags:
            cell["source"] = [GUARD_LINE, *cell["source"]]
    return as_text(notebook).encode()


def hand_over(lesson, folder, record, outputs=False):
    """Bring a folder up to date with one lesson, and return what to print about it, or None.

    Args:
        lesson: path of the lesson.
        folder: of the copies.
        record: what was handed over before; it is updated. For each lesson, by file name:
            "lesson", the hash of its last version, and "written", the hashes of all its files.
        outputs: whether to keep the outputs.
    """
    content = working_copy(lesson, outputs, platform.python_version())
    version = digest(working_copy(lesson))  # new outputs or another Python make no new version
    known = record.setdefault(lesson.name, {"lesson": None, "written": []})
    is_new = known["lesson"] != version
    known["lesson"] = version
    if digest(content) not in known["written"]:
        known["written"].append(digest(content))

    def is_free(path):
        return not path.exists() or digest(path.read_bytes()) in known["written"]

    path = folder / lesson.name
    if is_free(path):
        write(path, content)
        return None
    if not is_new:
        return None
    path = next(p for p in names_beside(path) if is_free(p))
    write(path, content)
    name = f"exercises/{lesson.stem}" if lesson.parent == EXERCISES else lesson.stem
    return f"{name} has changed. Your copy stays as it is; beside it: {path.name}"


def names_beside(path):
    """Yield names for a newer lesson: 06_training (new).ipynb, 06_training (new 2).ipynb, ..."""
    yield path.with_stem(f"{path.stem} (new)")
    for number in itertools.count(2):
        yield path.with_stem(f"{path.stem} (new {number})")


def digest(content):
    return hashlib.sha256(content).hexdigest()


def write(path, content):
    """Write a file completely or not at all, unless it holds these bytes already."""
    if path.exists() and path.read_bytes() == content:
        return
    with atomic_write(path) as partial:
        partial.write_bytes(content)


def link(path, target):
    """Make a path a link to a target, unless there is a file or a folder at the path."""
    if path.is_symlink():
        path.unlink()  # the course may have moved
    if not path.exists():
        path.symlink_to(target)


def prepare(work, outputs=False):
    """Make or update a folder to work in, and return what to print about its lessons.

    Args:
        work: path of the folder.
        outputs: whether new copies keep their outputs.
    """
    lessons, build = work / "lessons", work / "build"
    lessons.mkdir(parents=True, exist_ok=True)
    build.mkdir(exist_ok=True)
    link(work / "results", RESULTS)
    if TRAINED.exists():
        # A lesson that trains this net replaces the link, not the file behind it.
        link(build / TRAINED.name, TRAINED)

    paths = sorted(LESSONS.glob("[0-9][0-9]_*.ipynb"))
    messages = hand_over_all(paths, lessons, outputs)
    return messages + hand_over_all(sorted(EXERCISES.glob("*.ipynb")), work / "exercises")


def hand_over_all(paths, folder, outputs=False):
    """Bring a folder up to date with some notebooks, and return what to print about them.

    Args:
        paths: of the lessons, or of the notebooks of exercises.
        folder: of the copies; it is created if it is missing.
        outputs: whether new copies keep their outputs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record_path = folder / RECORD
    record = json.loads(record_path.read_text()) if record_path.exists() else {}
    messages = [hand_over(path, folder, record, outputs) for path in paths]
    write(record_path, json.dumps(record, indent=1).encode())
    return [line for line in messages if line]


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--outputs", action="store_true", help="keep the outputs of the lessons")
    arguments = parser.parse_args(arguments)
    with making(arguments.folder / "lessons"):
        try:
            messages = prepare(arguments.folder, arguments.outputs)
        except OSError as error:
            sys.exit(
                f"The working copies of the lessons cannot be written: {error}\n"
                "Choose a folder of your own: make lab WORK=~/alexnet"
            )
    print("Working copies of the lessons:", arguments.folder / "lessons")
    print(*messages, sep="\n", end="\n" if messages else "")


if __name__ == "__main__":
    main()
