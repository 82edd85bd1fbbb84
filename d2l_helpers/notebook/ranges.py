"""`seen`, which says of a measured result what other runs gave, and what the lesson needs."""

import csv
import functools
import os

from d2l_helpers.notebook.outputs import readable
from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.results import recorded
from d2l_helpers.utils.validation import check_number

import pandas as pd

RANGES = ROOT / "results" / "ranges.csv"  # tools/ranges.py adds to it
RECORD = "COURSE_RECORD"  # environment variable: a file to which each result is appended
STRICT = "COURSE_STRICT"  # environment variable: a result beyond its bound is an error then
REASONS = (
    "a cell above was changed or left out",
    "another version of MXNet or of its data",
    "a processor that rounds in another way than those that were tried",
)


def seen(name, value, *, at_least=None, at_most=None):
    """Print a result of a training run beside those that other runs gave, and judge it.

    What was seen elsewhere is no limit: a result outside of it is reported, with possible reasons.
    The bounds are what the lesson's conclusion needs. Where `make test` runs the lesson, a result
    beyond them is an error; for a reader it is a note. The regression ignores the whole text, in
    which each line begins with a ~.

    Args:
        name: of the result, with its lesson, such as "00 test accuracy"; as in results/ranges.csv.
        value: what was measured here.
        at_least, at_most: what the lesson needs; one of them, both or neither.

    Raises:
        TypeError, ValueError: the value is no finite number.
        AssertionError: it is beyond a bound, in `make test`.
    """
    value = check_number("value", value)
    if RECORD in os.environ:
        with open(os.environ[RECORD], "a", newline="") as file:
            csv.writer(file).writerow([name, _written(value)])
    print(f"~ {name}: {readable(value)}; {_compared(name, value)}")
    broken = [
        f"{words} {readable(bound)}"
        for words, bound, holds in (
            ("at least", at_least, at_least is None or value >= at_least),
            ("at most", at_most, at_most is None or value <= at_most),
        )
        if not holds
    ]
    if broken:
        text = f"{name}: {readable(value)}; what the lesson says next needs {broken[0]}."
        if STRICT in os.environ:
            raise AssertionError(text)
        print(f"~ Note: {text} {_reasons()}")


def _written(value):
    """Return a value as it is recorded."""
    return f"{value:.6g}"


def _compared(name, value):
    """Return how a value compares with those of the recorded runs, in words."""
    runs, value = _runs(name), float(_written(value))  # rounded, as the recorded ones are
    if runs.empty:
        return "no other run is recorded"
    low, high = runs["value"].min(), runs["value"].max()
    num, sets = len(runs), runs["machine"].nunique()
    where = f"{readable(low)} to {readable(high)} in {num} run{'s' * (num > 1)} with "
    where += f"{sets} set{'s' * (sets > 1)} of processor instructions"
    if low <= value <= high:
        return f"as seen elsewhere: {where}"
    side = "below" if value < low else "above"
    return f"{side} what was seen elsewhere: {where}. {_reasons()}"


def _reasons():
    return f"Possible reasons: {'; '.join(REASONS)}."


@functools.cache
def _table():
    if not RANGES.exists():  # the package can be alone
        return pd.DataFrame({"name": [], "value": [], "machine": [], "threads": []})
    return recorded(RANGES.name)


def _runs(name):
    """Return the recorded runs of a result, each calculation once."""
    table = _table()
    return table[table["name"] == name].drop_duplicates(["value", "machine", "threads"])
