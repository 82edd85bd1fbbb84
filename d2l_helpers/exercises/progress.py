"""`progress`, which shows the exercises solved so far, and the file that keeps them (lesson 00).

The file is progress.jsonl in the folder of the working copies (tools/working_copies.py). It holds
one line of JSON for each exercise, and stays on this machine. The learner can read or delete it.
"""

import datetime
import errno
import json
import os
from pathlib import Path

from d2l_helpers.exercises.entries import can_be_checked, entries
from d2l_helpers.exercises.messages import print_wrapped
from d2l_helpers.exercises.variants import variants
from d2l_helpers.utils.files import DataFileError
from d2l_helpers.utils.untrusted import why_not_read

import pandas as pd

COPIES = Path(".copies.json")  # in each folder of working copies, and nowhere else
PROGRESS = Path("..", "progress.jsonl")  # a notebook runs in its own folder
WHERE = f"{PROGRESS.name} in the folder above this notebook's"  # for messages

LARGEST = 10_000_000  # bytes; a line has about a hundred

_printed = set()  # what this process has printed about a file that cannot be written


def record(exercise, variant=None):
    """Note in progress.jsonl that an exercise is solved, unless it is noted there already.

    Outside of the working copies nothing is written. A file that cannot be written is no error:
    one line is printed about it, once.

    Args:
        exercise: its number, such as "05.1".
        variant: the number of its variant, or None for the exercise itself.
    """
    try:
        if not os.path.exists(COPIES):
            return
        content = _content()
        solved, _ = _solved(content)
        if (exercise, variant) not in solved:
            # A last line that was cut off stays as it is, and the new one begins after it.
            start = "\n" if content and not content.endswith(b"\n") else ""
            _append(start + _line(exercise, variant))
    except OSError as error:
        _print_once(
            f"The answer is right, but {WHERE} cannot hold it: {error.strerror}. See what is in "
            "that place and whether it can be written to, and check the answer again."
        )


def progress(lesson=None):
    """Return a table of the exercises that are solved and of those that are open.

    `dh.check` notes each right answer in progress.jsonl, in the folder of the working copies that
    `make lab` makes. To begin anew, delete that file.

    Args:
        lesson: such as "05"; None for all lessons.

    Returns:
        A DataFrame with one row per lesson: how many exercises `dh.check` can check, how many of
        them are right, the numbers of those that are open, and of those that a person reads. With
        `lesson`, one row per exercise: who checks it, the date of its first right answer, empty
        if there is none, and how many of its variants are right, empty if it has none. A right
        variant leaves the exercise itself open.

    Raises:
        ValueError: there is no such lesson.
        DataFileError: progress.jsonl cannot be read.
    """
    lessons = _lessons()
    if lesson is not None and lesson not in lessons:
        raise ValueError(
            f"there is no lesson {lesson!r}. Write one of these, as text, in quotes: "
            f"{', '.join(lessons)}."
        )
    solved = _read()
    if lesson is not None:
        rows = [_exercise_row(name, solved) for name in lessons[lesson]]
        return pd.DataFrame(rows).set_index("exercise")
    rows = [_lesson_row(name, lessons[name], solved) for name in lessons]
    return pd.DataFrame(rows).set_index("lesson")


def _line(exercise, variant):
    """Return the line of an exercise that is solved now."""
    entry = {"exercise": exercise}
    if variant is not None:
        entry["variant"] = variant
    entry["time"] = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    return json.dumps(entry) + "\n"


def _append(text):
    """Append some text to progress.jsonl in a single write.

    With O_APPEND the system finds the end of the file and writes there in one step. Two kernels
    therefore never write over each other's lines, and no lock is needed. If both note the same
    exercise at the same moment it has two lines, and the first one counts.
    """
    content = text.encode()
    descriptor = os.open(PROGRESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        if os.write(descriptor, content) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)  # else a power cut could take the line
    finally:
        os.close(descriptor)


def _solved(content):
    """Return what the bytes of progress.jsonl say, and the numbers of its damaged lines.

    Returns:
        {(exercise, variant): date of its first line}, and a list that counts from 1.
    """
    solved, damaged = {}, []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            date = datetime.date.fromisoformat(entry["time"][:10])
            solved.setdefault((entry["exercise"], entry.get("variant")), date.isoformat())
        except (ValueError, KeyError, TypeError, RecursionError):
            damaged.append(number)
    return solved, damaged


def _read():
    """Return what is solved, see `_solved`, and print what a reader has to know about the file."""
    if not os.path.exists(COPIES):
        print_wrapped(
            "Your progress is kept in working copies only, and this notebook does not run in their "
            "folder. Type `make lab` in a terminal, and work in the copies that it opens. If you "
            "are in one and have changed the folder, with `%cd` or `os.chdir`, restart the kernel."
        )
        return {}
    try:
        content = _content()
    except OSError as error:
        raise DataFileError(
            f"{WHERE} cannot be read: {error.strerror}. Make that file readable, or delete it to "
            "begin anew."
        ) from None
    solved, damaged = _solved(content)
    if damaged:
        print_wrapped(
            f"{WHERE} has damaged lines, which do not count: {', '.join(map(str, damaged))}. "
            "Repair or delete them (in JupyterLab: a right click on the file, Open With, Editor), "
            "and check again what is missing in the table."
        )
    return solved


def _content():
    """Return the bytes of progress.jsonl, none if it does not exist."""
    try:
        if reason := why_not_read(PROGRESS, LARGEST):
            raise OSError(errno.EINVAL, f"it {reason}")
        return PROGRESS.read_bytes()
    except FileNotFoundError:
        return b""


def _print_once(text):
    if text not in _printed:
        _printed.add(text)
        print_wrapped(text)


def _lessons():
    """Return {lesson: the numbers of its exercises}."""
    lessons = {}
    for exercise in entries():
        lessons.setdefault(exercise.split(".")[0], []).append(exercise)
    return lessons


def _lesson_row(lesson, exercises, solved):
    checked = [name for name in exercises if can_be_checked(entries()[name])]
    still_open = [name for name in checked if (name, None) not in solved]
    return {
        "lesson": lesson,
        "checked by dh.check": len(checked),
        "right": len(checked) - len(still_open),
        "open": _numbers(still_open),
        "read by a person": _numbers(name for name in exercises if name not in checked),
    }


def _numbers(exercises):
    """Return the numbers of exercises within their lesson, as text: "1, 3"."""
    return ", ".join(name.split(".")[1] for name in exercises)


def _exercise_row(exercise, solved):
    num_right = sum(e == exercise and v is not None for e, v in solved)
    return {
        "exercise": exercise,
        "checked by": "dh.check" if can_be_checked(entries()[exercise]) else "a person",
        "right since": solved.get((exercise, None), ""),
        "variants right": num_right if exercise in variants() else "",
    }
