"""Repair a submission whose cells were copied, split, moved, deleted or retyped; runs none of them.

nbgrader knows a cell by its metadata: `grade_id`, which is the id of the cell in exercises/. If two
cells have the same one, nbgrader gives the whole submission 0 points. A cell without one is not
graded. What is repaired, and why:

Copies of an answer. All stay and run in their order, as when the student runs the notebook from top
to bottom, so the last one before the check counts. Two exceptions: a copy that is still as it was
handed out goes, since it would reset the answer. And where the check printed "right", the copy that
ran last before it comes last, since that is the answer that the student saw accepted.
Copies of an answer in words are joined: a person reads them all.
Copies of a check. The one that printed "right" is graded, else the last one, as in nbgrader. The
others stay as ordinary cells. The printed word only chooses among a student's own cells; points
come from nbgrader's own run.
Splits. Neighbouring cells are joined where they are Python only together.
Lost metadata. A cell is known by its id, then by a call of a check, then by the text that was
handed out, then by its place and by the names that it assigns.
Changed cells that are locked. They are restored; lines that the student added get a cell of their
own, since an import that was added to the first cell may be needed.
Order. It is restored only where a check or an answer comes before what it needs.
"""

import ast
import itertools
import re
import warnings
from dataclasses import dataclass
from typing import Optional

MISSING_ANSWER = "# There was no answer cell here when this notebook was handed in.\n"
FLAGS = ("grade", "solution", "locked", "task", "points")  # of nbgrader, which decide on points
ROUNDS = 4  # where the order is restored, cells meet that were split; most need one round
MOST_NAMES = 6  # in one line
LONGEST_SPLIT = 4  # neighbouring cells that are tried together


@dataclass(eq=False)  # two parts may hold the same
class Part:
    """A cell of a submission, and the name of the released cell that it is; None if it is extra."""

    cell: dict
    name: Optional[str] = None

    @property
    def is_code(self):
        return self.cell["cell_type"] == "code"

    @property
    def text(self):
        return text_of(self.cell)


class Release:
    """A notebook as it is handed out.

    Attributes:
        cells: by name, in their order.
        place: by name, the number of a cell.
        exercise: by name, the number of its exercise, such as "05.1"; None before the first one.
        checks: by number of an exercise, the name of its check.
    """

    def __init__(self, notebook):
        self.minor = notebook["nbformat_minor"]
        cells = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
        self.cells = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells}
        self.place = {name: number for number, name in enumerate(self.cells)}
        self.exercise, number = {}, None
        for name, cell in self.cells.items():
            number = cell["metadata"].get("exercise", {}).get("id", number)
            self.exercise[name] = number
        self.checks = {self.exercise[name]: name for name in self.cells if self.is_check(name)}

    def is_code(self, name):
        return self.cells[name]["cell_type"] == "code"

    def is_answer(self, name):
        return self.cells[name]["metadata"]["nbgrader"]["solution"]

    def is_check(self, name):
        return self.is_code(name) and self.cells[name]["metadata"]["nbgrader"]["grade"]

    def is_task(self, name):
        return "exercise" in self.cells[name]["metadata"]

    def is_blank(self, part):
        """Whether an answer is still as it was handed out."""
        return same_text(part.text, text_of(self.cells[part.name]))

    def title(self, name):
        """Return what a teacher calls a cell, such as "the check of 05.1"."""
        kinds = {"answer": self.is_answer, "check": self.is_check, "task": self.is_task}
        kind = next((kind for kind, is_it in kinds.items() if is_it(name)), None)
        return f"the {kind} of {self.exercise[name]}" if kind else f"the cell {name}"

    def titles(self, names):
        shown = [*map(self.title, names[:MOST_NAMES])]
        more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
        return ", ".join(shown + more)


def repair(notebook, release):
    """Return a submission as nbgrader can grade it, and notes for the teacher.

    Args:
        notebook: the submission, as `json.loads` returns it; it is not changed.
        release: the notebook that was handed out, likewise.

    Returns:
        A notebook and a list of lines, one for each change. Without any change the list is empty.
    """
    release, notes = Release(release), []
    for _ in range(ROUNDS):
        notebook, new = _repair_once(notebook, release)
        notes += new
        if not new:
            break
    return notebook, list(dict.fromkeys(notes))


def _repair_once(notebook, release):
    notes = []
    parts = [Part(_complete(cell)) for cell in notebook["cells"]]
    _recognise(parts, release, notes)
    _join_splits(parts, release, notes)
    _choose_among_copies(parts, release, notes)
    _restore_locked(parts, release, notes)
    for name in release.cells:
        if release.is_answer(name):
            find = _find_code_answer if release.is_code(name) else _find_answer_in_words
            find(name, parts, release, notes)
    _put_back_missing(parts, release, notes)
    _restore_order(parts, release, notes)
    cells = _with_metadata(parts, release, notes)
    if not notes:
        return notebook, []
    minor = max(notebook.get("nbformat_minor", 0), release.minor)
    return {**notebook, "cells": cells, "nbformat_minor": minor}, notes


# What a cell is


def text_of(cell):
    return "".join(cell["source"])


def same_text(first, second):
    """Whether two texts differ in nothing but spaces at the ends of lines and of the whole."""
    return _lines(first) == _lines(second)


def _lines(text):
    return [line.rstrip() for line in text.strip().splitlines()]


def is_python(text):
    """Whether a text is Python, perhaps with IPython's commands; it is only parsed."""
    if text.lstrip().startswith("%%"):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the students' business
            compile(_without_magics(text), "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_magics(text):
    """Return a text of Python with `pass` in place of IPython's commands."""
    return re.sub(r"^([ \t]*)[%!].*", r"\1pass", text, flags=re.MULTILINE)


def assigned_names(text):
    """Return the names that a text of Python assigns or defines, outside of its functions."""
    if not is_python(text):
        return set()
    names, todo = set(), [ast.parse(_without_magics(text))]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name):
            names |= {node.id} if isinstance(node.ctx, ast.Store) else set()
        elif not isinstance(node, (ast.Lambda, ast.AsyncFunctionDef)):
            todo += ast.iter_child_nodes(node)
    return names


def checked_exercise(text):
    """Return the exercise of a text that is nothing but a call of a check; None for others.

    A variant is practice, and not the exercise.
    """
    try:
        (statement,) = ast.parse(text).body
        call = statement.value
        called, number = call.func, call.args[0].value
    except (SyntaxError, ValueError, RecursionError, MemoryError, AttributeError, IndexError):
        return None
    if any(keyword.arg == "variant" for keyword in call.keywords):
        return None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
    return number if name == "check" and isinstance(number, str) else None


def _said_right(part, exercise):
    """Whether the stored output of a check is that the answer is right."""
    said = ("".join(output.get("text", "")) for output in part.cell.get("outputs", []))
    return any(f"{exercise}: right" in text.splitlines() for text in said)


def _complete(cell):
    """Return a copy of a cell with all that the format asks for."""
    cell = {**cell, "metadata": cell.get("metadata", {})}
    if cell["cell_type"] == "code":
        return {"outputs": [], "execution_count": None, **cell}
    return {key: value for key, value in cell.items() if key not in ("outputs", "execution_count")}


def _recognise(parts, release, notes):
    """Name each part that is a cell of the release."""
    foreign = 0
    for part in parts:
        marks = part.cell["metadata"].get("nbgrader", {})
        if marks.get("grade_id") in release.cells:
            part.name = marks["grade_id"]
        elif "nbgrader" in part.cell["metadata"]:
            foreign += 1
    if foreign:
        notes.append(f"{foreign} with the metadata of another notebook: now ordinary cells")

    marked = {part.name for part in parts}
    lost = [name for name in release.cells if name not in marked]
    known = _known_texts(lost, release)
    for part in parts:
        if part.name is None:
            part.name = _lost_name(part, lost, known, release)
    found = [name for name in lost if any(part.name == name for part in parts)]
    if found:
        notes.append(f"metadata was lost and is restored: {release.titles(found)}")


def _known_texts(names, release):
    """Return names of cells by the texts that only they have, and by their headings."""
    texts = ["\n".join(_lines(text_of(release.cells[name]))) for name in names]
    known = {text: name for text, name in zip(texts, names) if texts.count(text) == 1}
    headings = {
        text.splitlines()[0]: name
        for text, name in known.items()
        if text.startswith("#") and not release.is_code(name)
    }
    return {**headings, **known}


def _lost_name(part, lost, known, release):
    """Return which of the lost cells a part is; None if it is none of them."""
    if part.cell.get("id") in lost:
        return part.cell["id"]
    lines = _lines(part.text)
    if not part.is_code:
        heading = lines[0] if lines else ""
        return known.get("\n".join(lines), known.get(heading))
    check = release.checks.get(checked_exercise(part.text))
    return check if check in lost else known.get("\n".join(lines))


# Copies and splits


def _join_splits(parts, release, notes):
    """Join neighbouring cells of code that are Python only together."""
    start = 0
    while start < len(parts):
        for length in range(2, LONGEST_SPLIT + 1):
            run = parts[start : start + length]
            text = _joined(run, release) if len(run) == length else None
            if text is not None:
                name = next((part.name for part in run if part.name), None)
                where = release.title(name) if name else f"cell {start + 1}"
                notes.append(f"{where} was split into {length} cells: joined")
                run[0].name, run[0].cell["source"] = name, text.splitlines(keepends=True)
                del parts[start + 1 : start + length]
                start = max(start - LONGEST_SPLIT, -1)  # what is before it may belong to it
                break
        start += 1


def _joined(run, release):
    """Return the text of cells that were one before they were split; None if they were not."""
    names = {part.name for part in run if part.name}
    are_answers = all(part.is_code for part in run) and all(map(release.is_answer, names))
    if not are_answers or len(names) > 1 or all(is_python(part.text) for part in run):
        return None
    if any(part.name and is_python(part.text) for part in run[1:]):
        return None  # an answer that is whole, behind something unfinished
    # A split behind the indentation of a line leaves the line's start in the first cell.
    texts = (between.join(part.text for part in run) for between in ("\n", ""))
    return next((text for text in texts if is_python(text)), None)


def _choose_among_copies(parts, release, notes):
    """Leave one part for each locked cell; its copies become ordinary cells."""
    for name in release.cells:
        copies = [part for part in parts if part.name == name]
        if len(copies) < 2 or release.is_answer(name):
            continue
        chosen = copies[0]  # code that others need comes early
        if release.is_check(name):
            right = [part for part in copies if _said_right(part, release.exercise[name])]
            chosen = (right or copies)[-1]
        for part in copies:
            part.name = name if part is chosen else None
        notes.append(f"{release.title(name)} was there {len(copies)} times: one of them counts")


# Cells that students do not write


def _restore_locked(parts, release, notes):
    """Give locked cells their text back, and lines that a student added a cell of their own."""
    for part in list(parts):
        if part.name is None or release.is_answer(part.name):
            continue
        handed_out, kind = release.cells[part.name], part.cell["cell_type"]
        changed = not same_text(part.text, text_of(handed_out))
        added = _added_lines(part.text, text_of(handed_out)) if changed else ""
        part.cell["source"] = handed_out["source"]
        if not changed:
            continue
        what = f"{release.title(part.name)} was changed: restored"
        if added and (kind != "code" or is_python(added)):
            extra = Part(_complete({"cell_type": kind, "source": added}))
            parts.insert(parts.index(part) + (not release.is_check(part.name)), extra)
            what += ", with the added lines in a cell of their own"
        notes.append(what)


def _added_lines(text, handed_out):
    """Return what was added to a text; nothing if something of it is gone."""
    added, left = [], _lines(handed_out)
    for line in text.splitlines():
        if left and line.rstrip() == left[0]:
            left.pop(0)
        else:
            added.append(line)
    return "" if left else "\n".join(added).strip("\n")


def _put_back_missing(parts, release, notes):
    """Add the cells that were deleted."""
    missing = [name for name in release.cells if not any(part.name == name for part in parts)]
    for name in missing:
        cell = dict(release.cells[name])
        if release.is_answer(name) and release.is_code(name):
            # What was handed out would reset an answer that is somewhere else.
            cell["source"] = [MISSING_ANSWER]
        place = release.place[name]
        if release.is_check(name):  # after all that could be the answer
            later = (i for i, p in enumerate(parts) if p.name and release.place[p.name] > place)
            index = next(later, len(parts))
        else:
            earlier = (i for i, p in enumerate(parts) if p.name and release.place[p.name] < place)
            index = max(earlier, default=-1) + 1
        parts.insert(index, Part(_complete(cell), name))
    if missing:
        notes.append(f"missing, put back: {release.titles(missing)}")


def _restore_order(parts, release, notes):
    """Restore the order if an answer or a check comes before code that it needs."""
    order = [p.name for p in parts if p.name and release.is_code(p.name)]
    begins = [name for name in order if release.exercise[name] is None]
    in_order = order[: len(begins)] == begins  # such as the imports
    for _, group in itertools.groupby(
        sorted(order, key=lambda name: release.exercise[name] or ""), key=release.exercise.get
    ):
        places = [release.place[name] for name in group]
        in_order = in_order and places == sorted(places)
    if in_order:
        return
    chunks, extra = [], []
    for part in parts:
        extra.append(part)
        if part.name:  # an extra cell stays before the one that it was before
            chunks.append(extra)
            extra = []
    chunks.sort(key=lambda chunk: release.place[chunk[-1].name])
    parts[:] = [part for chunk in [*chunks, extra] for part in chunk]
    notes.append("cells were moved: the order is restored")


# Answers


def _in_place(name, parts, release):
    """Return the extra parts that are where an answer belongs."""
    place, found, before, waiting = release.place[name], [], -1, []
    for part in parts:
        if part.name is None:
            waiting.append(part)
            continue
        if before <= place <= release.place[part.name]:
            found += waiting
        before, waiting = release.place[part.name], []
    return found + (waiting if before <= place else [])


def _find_code_answer(name, parts, release, notes):
    """Leave one part for an answer in code: see the top of this file."""
    marked = [part for part in parts if part.name == name]
    blank = [part for part in marked if release.is_blank(part)]
    wanted = assigned_names(text_of(release.cells[name]))
    extra = [
        part
        for part in _in_place(name, parts, release)
        if part.is_code and part.text.strip() and (not wanted or wanted & assigned_names(part.text))
    ]
    written = [part for part in parts if part in marked or part in extra]
    written = [part for part in written if part not in blank]
    resets = blank and written and parts.index(written[0]) < parts.index(blank[-1])
    if len(marked) == 1 and not resets:
        return
    if not marked and not extra:
        return  # it is missing
    for part in blank if written else blank[1:]:
        parts.remove(part)
    if written:
        chosen = _put_tested_last(name, written, parts, release)
        for part in marked:
            part.name = None
        chosen.name = name
    if len(marked) > 1:
        notes.append(
            f"{release.title(name)} was there {len(marked)} times"
            + (f", {len(written)} of them with an answer" if blank else "")
            + (": please look at which one is meant" if len(written) > 1 else "")
        )
    else:
        notes.append(f"{release.title(name)} is taken from a cell without its metadata")


def _put_tested_last(name, written, parts, release):
    """Move the answer that a check accepted behind the others, and return the one that counts."""
    exercise = release.exercise[name]
    check = next((part for part in parts if part.name == release.checks.get(exercise)), None)
    if check is None:
        return written[-1]
    end = parts.index(check)
    last = ([part for part in written if parts.index(part) < end] or written)[-1]
    if not _said_right(check, exercise):
        return last
    run_before = [part for part in written if 0 < _run_number(part) < _run_number(check)]
    tested = max(run_before, key=_run_number, default=last)
    if tested is not last:
        parts.remove(tested)
        parts.insert(parts.index(last) + 1, tested)
    return tested


def _run_number(part):
    """Return when a cell was run last, counted by its kernel; 0 if it was not."""
    number = part.cell.get("execution_count")
    return number if isinstance(number, int) else 0


def _find_answer_in_words(name, parts, release, notes):
    """Join what belongs to an answer in words into one part."""
    marked = [part for part in parts if part.name == name]
    written = [part for part in marked if not release.is_blank(part)]
    extra = [
        part
        for part in _in_place(name, parts, release)
        if part.text.strip() and not (part.is_code and is_python(part.text))
    ]
    found = written or extra
    if len(marked) == 1 and (written or not extra):
        return
    if not marked and not extra:
        return  # it is missing
    first = (found or marked)[0]
    texts = dict.fromkeys(part.text for part in found or marked[:1])  # each once
    first.cell["source"] = "\n\n".join(texts).splitlines(keepends=True)
    parts[:] = [p for p in parts if p is first or not (p in marked or p in found)]
    first.name = name
    if len(marked) > 1:
        notes.append(f"{release.title(name)} was there {len(marked)} times: joined")
    else:
        notes.append(f"{release.title(name)} is taken from a cell without its metadata")


# Metadata


def _with_metadata(parts, release, notes):
    """Return the cells of the parts with the metadata, kinds and ids that they need."""
    cells, changed, taken = [], [], set(release.cells)
    for part in parts:
        cell, metadata = part.cell, part.cell["metadata"]
        if part.name is None:
            ours = ("nbgrader", "deletable", "editable")
            metadata = {key: value for key, value in metadata.items() if key not in ours}
            own = _free_id(cell.get("id"), taken)
            taken.add(own)
            cells.append({**cell, "metadata": metadata, "id": own})
            continue
        handed_out = release.cells[part.name]
        marks, wanted = metadata.get("nbgrader", {}), handed_out["metadata"]["nbgrader"]
        if "grade_id" in marks and (
            cell["cell_type"] != handed_out["cell_type"]
            or any(marks.get(flag) != wanted.get(flag) for flag in FLAGS)
        ):
            changed.append(part.name)
        metadata = {**metadata, **handed_out["metadata"]}
        cell = {**cell, "cell_type": handed_out["cell_type"], "metadata": metadata}
        cells.append({**_complete(cell), "id": handed_out["id"]})
    if changed:
        notes.append(f"kind or metadata was changed and is restored: {release.titles(changed)}")
    own = [part.cell["id"] for part in parts if "id" in part.cell]
    if len(set(own)) < len(own):
        notes.append(f"{len(own) - len(set(own))} with the id of another cell: renewed")
    return cells


def _free_id(own, taken):
    """Return a cell's own id, or another one where it has none or a cell before it has the same."""
    if isinstance(own, str) and own not in taken:
        return own
    return next(name for n in itertools.count(1) if (name := f"extra-{n}") not in taken)
