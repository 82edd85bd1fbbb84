"""`exercise`, which sets a task of the exercises again with other numbers (lesson 00).

variants.json holds the task of an exercise, and for each of its variants the numbers and the hashes
of the right answers. tools/variants.py writes it; the solutions are in tools/ only.
"""

import functools
import json
from pathlib import Path

from d2l_helpers.exercises.entries import entries, find
from d2l_helpers.exercises.messages import listed, print_wrapped
from d2l_helpers.utils.files import ROOT

VARIANTS = Path(__file__).with_name("variants.json")


def exercise(number, variant=None):
    """Print the task of an exercise with other numbers, and the call that checks its answer.

    Args:
        number: of the exercise, such as "05.1".
        variant: which variant, from 1 to 20; None prints what there is.

    Raises:
        ValueError: there is no such exercise or no such variant.
    """
    if variant is None:
        print_wrapped(_overview(number))
        return
    numbers, stored = _stored(number, variant)["numbers"], variants()[number]
    print_wrapped(f"{number}, variant {variant}\n\n{stored['task'].format(**numbers)}\n")
    print("To check it:", check_call(number, stored["names"], variant))


def variant_entry(number, variant):
    """Return what `compare_all` needs to judge a variant of an exercise.

    Args, Raises: see `exercise`; the variant is not None.
    """
    answers = _stored(number, variant)["answers"]
    return {"salt": salt_of(number, variant), "answers": answers}


def check_call(number, names, variant=None, by=None):
    """Return the call of `dh.check` for an exercise, as text.

    Args:
        number: of the exercise.
        names: of its answers.
        variant: its variant, or None for the exercise itself.
        by: the name of the function that looks at the answers, or None.
    """
    with_variant = "" if variant is None else f", variant={variant}"
    with_by = f", by={by}" if by else ""
    return f'dh.check("{number}", {", ".join(names)}{with_by}{with_variant})'


@functools.cache
def variants():
    """Return {number of an exercise: its task and its variants}, in the order of the lessons."""
    return json.loads(VARIANTS.read_text(encoding="utf-8"))


def salt_of(number, variant):
    """Return the text with which the answers to a variant are hashed, and no others."""
    return f"alexnet course {number} variant {variant}"


def _stored(number, variant):
    """Return what is stored about a variant: its numbers and its answers."""
    find(entries(), number)  # raises for an unknown number
    if number not in variants():
        raise ValueError(f"exercise {number} has no variants. {_with_variants(number)}")
    stored = variants()[number]["variants"]
    if type(variant) is not int or variant not in range(1, len(stored) + 1):
        raise ValueError(
            f"exercise {number} has no variant {variant!r}. Give a whole number from 1 to "
            f"{len(stored)}, such as variant=1."
        )
    return stored[variant - 1]


def _with_variants(number):
    """Return which exercises of the same lesson have variants, in a sentence."""
    lesson = number.split(".")[0]
    others = [other for other in variants() if other.split(".")[0] == lesson]
    place = "the clinic" if lesson == "clinic" else f"lesson {lesson}"
    if not others:
        return f"No exercise of {place} has any."
    return f"In {place}, {listed(others)} {'has' if len(others) == 1 else 'have'} them."


def _overview(number):
    """Return where an exercise stands and which variants it has, in two sentences."""
    find(entries(), number)
    lesson = number.split(".")[0]
    notebooks = [path.name for path in (ROOT / "exercises").glob(f"{lesson}_*.ipynb")]
    # The package can be alone.
    place = f"exercises/{notebooks[0]}" if notebooks else f"the exercises of lesson {lesson}"
    if number not in variants():
        return f"{number} is in {place}. It has no variants. {_with_variants(number)}"
    last = len(variants()[number]["variants"])
    return (
        f"{number} is in {place}. It has variants 1 to {last}, the same task with other "
        f'numbers: dh.exercise("{number}", variant=1)'
    )
