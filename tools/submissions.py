"""Repair what students handed in, before nbgrader grades it.

python tools/submissions.py FOLDER

FOLDER is the course folder of tools/grading.py. A submission in which cells were copied, split,
moved, deleted or retyped gets 0 points from nbgrader, or loses points of right answers. Each such
notebook in FOLDER/submitted/ is replaced by a repaired one; no code of a student is run.

FOLDER/submitted/STUDENT/05_shapes/05_shapes (handed in).ipynb   what it replaces
FOLDER/repairs/STUDENT/05_shapes.txt                             what was changed, for the teacher

nbgrader grades only notebooks of a name that was handed out, so it passes over the first, and it
does not look into the second folder. When it is run again, it changes only what is new.
"""

import argparse
import itertools
import json
import sys
from pathlib import Path

from editions import as_text
from repair import repair
from writing import atomic_write, making, untrusted

LARGEST, MOST_CELLS = 50_000_000, 1000  # bytes and cells of a notebook


class NotASubmissionError(ValueError):
    """A file cannot be repaired, and the message says why and what to do."""


def read_notebook(path):
    """Return a submitted notebook.

    Raises:
        NotASubmissionError: it is none, or none that nbgrader can read.
    """
    if path.is_symlink():
        raise NotASubmissionError("is a link: put the file itself here")
    if reason := untrusted.why_not_read(path, LARGEST):
        raise NotASubmissionError(f"{reason}: ask for it again")
    content = path.read_bytes()
    if not content.strip():
        raise NotASubmissionError("is empty: ask for it again")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotASubmissionError("is no notebook, or a damaged one: ask for it again") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise NotASubmissionError("is no notebook: ask for it again")
    if notebook["nbformat"] != 4:
        raise NotASubmissionError("has another format: open it in JupyterLab and save it")
    if not _is_sound(notebook):
        raise NotASubmissionError("is a damaged notebook: ask for it again")
    if len(notebook["cells"]) > MOST_CELLS:
        raise NotASubmissionError(f"has over {MOST_CELLS} cells: ask for it again")
    return notebook


def _is_sound(notebook):
    """Whether a notebook has cells, each with the parts that a repair looks at."""
    cells = notebook.get("cells")
    return (
        isinstance(notebook.get("metadata"), dict)
        and isinstance(notebook.get("nbformat_minor"), int)
        and isinstance(cells, list)
        and all(isinstance(cell, dict) and _is_cell(cell) for cell in cells)
    )


def _is_cell(cell):
    metadata, outputs = cell.get("metadata", {}), cell.get("outputs", [])
    return (
        cell.get("cell_type") in ("code", "markdown", "raw")
        and _is_text(cell.get("source"))
        and isinstance(cell.get("id", ""), str)
        and isinstance(metadata, dict)
        and isinstance(metadata.get("nbgrader", {}), dict)
        and isinstance(metadata.get("nbgrader", {}).get("grade_id", ""), str)
        and isinstance(outputs, list)
        and all(isinstance(out, dict) and _is_text(out.get("text", "")) for out in outputs)
    )


def _is_text(value):
    lines = [value] if isinstance(value, str) else value
    return isinstance(lines, list) and all(isinstance(line, str) for line in lines)


def repair_file(path, release, note):
    """Repair a submitted notebook in its place.

    Args:
        path: of the notebook; the file that it replaces is kept beside it.
        release: path of the notebook that was handed out.
        note: path of the note for the teacher.

    Returns:
        Lines for the teacher: what was changed. None of them if nothing had to be.

    Raises:
        NotASubmissionError: it is left alone.
    """
    notebook = read_notebook(path)
    repaired, changes = repair(notebook, json.loads(release.read_text(encoding="utf-8")))
    if not changes:
        return []
    original = keep_original(path)
    lines = [f"{path.name} was repaired; as it was: {original.name}", *changes]
    keep_note(lines, note)
    with atomic_write(path) as partial:  # last: an interrupted repair is made again
        # A broken character of a student must not stop nbgrader, which writes it too.
        partial.write_bytes(as_text(repaired).encode("utf-8", "replace"))
    return lines


def keep_original(path):
    """Copy a notebook beside itself, unless a copy is there; return the path of the copy.

    Raises:
        NotASubmissionError: a student has put something else in the place of the copy.
    """
    content = path.read_bytes()
    for number in itertools.count(1):
        which = "handed in" if number == 1 else f"handed in {number}"
        original = path.with_name(f"{path.stem} ({which}).ipynb")
        there = original.exists() or original.is_symlink()
        if there and (original.is_symlink() or untrusted.why_not_read(original, LARGEST)):
            raise NotASubmissionError(f"cannot be kept as {original.name}: remove what is there")
        if not there:
            with atomic_write(original) as partial:
                partial.write_bytes(content)
        if original.read_bytes() == content:
            return original


def keep_note(lines, path):
    """Add lines to the note about a submission, unless they are there."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    text = "\n  ".join(map(untrusted.printable, lines)) + "\n"
    if text not in before:
        with atomic_write(path) as partial:
            partial.write_text(before + text, encoding="utf-8")


def repair_submission(submission, folder):
    """Repair the notebooks of one student and one assignment, and return lines for the teacher.

    Args:
        submission: path of the student's folder for the assignment.
        folder: the course folder.
    """
    student, assignment = submission.parts[-2:]
    note = folder / "repairs" / student / f"{assignment}.txt"
    released = sorted((folder / "release" / assignment).glob("*.ipynb"))
    repaired, left = [], []
    if not released:
        left.append(f"no assignment {assignment} was handed out: rename this folder")
    for release in released:
        path = submission / release.name
        try:
            if path.exists() or path.is_symlink():
                repaired += repair_file(path, release, note)
            else:
                there = ", ".join(sorted(other.name for other in submission.iterdir()))
                left.append(
                    f"there is no {path.name}, but: {there or 'nothing'}. "
                    "If one of them is the submission, give it that name"
                )
        except NotASubmissionError as error:
            left.append(f"{path.name} {error}")
        except OSError as error:  # the others are still repaired
            left.append(f"{path.name} cannot be read or replaced: {error}")
    for line in left:
        keep_note([line], note)
    if repaired and (folder / "autograded" / student / assignment).exists():
        again = f"nbgrader autograde {assignment} --student {student} --force"
        repaired.append(f"it was graded before; to grade it anew: {again}")
    return repaired + left


def repair_all(folder):
    """Repair all submissions of a course folder, and yield lines for the teacher."""
    for submission in sorted(folder.glob("submitted/*/*")):
        if not submission.is_dir() or submission.name.startswith("."):
            continue  # such as .ipynb_checkpoints
        student, assignment = submission.parts[-2:]
        if submission.is_symlink() or submission.parent.is_symlink():
            yield f"{student}, {assignment}: is a link: put the folder itself here"
            continue
        for line in repair_submission(submission, folder):
            yield f"{student}, {assignment}: {line}"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.resolve()
    if not (folder / "release").is_dir():
        sys.exit(f"{folder} has no release/: make the course folder first, with `make nbgrader`")
    with making(folder):
        try:
            lines = list(repair_all(folder))
        except OSError as error:
            sys.exit(f"{error}\nWhat was repaired before stays so.")
    lines = lines or ["All submissions are as nbgrader needs them."]
    print(*map(untrusted.printable, lines), sep="\n")


if __name__ == "__main__":
    main()
