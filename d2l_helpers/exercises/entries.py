"""The exercises that the package knows, from answer_hashes.json (lesson 00)."""

import functools
import json
from pathlib import Path

from d2l_helpers.utils.validation import did_you_mean

ANSWER_HASHES = Path(__file__).with_name("answer_hashes.json")


@functools.cache
def entries():
    """Return {number of the exercise: its entry}, in the order of the lessons."""
    return json.loads(ANSWER_HASHES.read_text(encoding="utf-8"))


def can_be_checked(entry):
    """Return whether `dh.check` can judge an exercise; a person reads the others."""
    return "answers" in entry


def find(numbers, exercise):
    """Return the entry of an exercise.

    Args:
        numbers: what `entries` returns.
        exercise: its number, such as "05.1".

    Raises:
        ValueError: there is no such exercise.
    """
    if exercise not in numbers:
        lesson = str(exercise).split(".")[0]
        known = [number for number in numbers if number.split(".")[0] == lesson]
        there_are = f"There are {known[0]} to {known[-1]}." if known else ""
        question = did_you_mean(str(exercise), numbers) if not known else ""
        raise ValueError(
            f"there is no exercise {exercise!r}.{question} {there_are}".rstrip()
            + (" Write its number as text, in quotes." if not isinstance(exercise, str) else "")
        )
    return numbers[exercise]
