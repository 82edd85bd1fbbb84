"""Measured numbers in a notebook's outputs, and verdicts on them (lessons 00 and 01)."""

import contextlib
import os

from mxnet_today import cpu

import pandas as pd


def measured(value, spec=".3f"):
    """Return numbers or words as text with a leading ~.

    The ~ means: measured on this machine; another machine may give a slightly different value. The
    regression compares everything but what a ~ marks. Claims about marked numbers are asserted,
    except claims about speed: see `verdict`.

    Args:
        value: a number or word, a Series of them, or a DataFrame, whose columns of other types
            than float are not changed.
        spec: format specification, "" for words. For a DataFrame also {column: specification},
            which changes these columns, whatever their type, and no others.
    """
    if isinstance(value, pd.DataFrame):
        floats = value.select_dtypes("floating").columns
        specs = spec if isinstance(spec, dict) else dict.fromkeys(floats, spec)
        result = value.copy()
        for column, column_spec in specs.items():
            result[column] = measured(value[column], column_spec)
        return result
    if isinstance(value, pd.Series):
        return value.map(lambda item: measured(item, spec))
    return f"~{value:{spec}}"


def verdict(what, value, *, at_least=None, at_most=None, unit="times"):
    """Print whether a measured speed is as expected, and if it is not, possible reasons.

    An unexpected speed is not an error: it may come from a slow or busy machine. The regression
    ignores the whole text, in which each line begins with a ~.

    Args:
        what: the quantity, such as "images/s at 28 pixels compared with 224".
        value: what was measured.
        at_least, at_most: the bounds of the expected range; one of them, or both.
        unit: of the value.

    Raises:
        ValueError: neither bound is given.
    """
    bounds = {"at least": at_least, "at most": at_most}
    bounds = {words: bound for words, bound in bounds.items() if bound is not None}
    if not bounds:
        raise ValueError("a verdict needs at_least, at_most, or both")
    digits = next(d for d in (3, 6, 17) if _tells_apart(value, bounds.values(), d))
    expected = " and ".join(f"{words} {readable(bound)}" for words, bound in bounds.items())
    fits = value >= bounds.get("at least", value) and value <= bounds.get("at most", value)
    judged = "As expected" if fits else "Not as expected"
    print(f"~ {judged}: {what}: {readable(value, digits)} {unit}; expected: {expected}")
    if not fits:
        print(*(f"~ A possible reason: {reason}." for reason in _slowing()), sep="\n")
        print("~ To measure again, close other programs and run the cells of this section again.")


def readable(number, digits=3):
    """Return a number as text: rounded to some digits, a large one whole, such as 13,584."""
    if abs(number) >= 100 and digits == 3:
        return f"{number:,.0f}"
    return f"{number:.{digits}g}"


def _tells_apart(value, bounds, digits):
    """Return whether a value, rounded to some digits, differs from the bounds it misses."""
    return all(value == b or readable(value, digits) != readable(b) for b in bounds) or digits > 6


def _slowing():
    """Return possible reasons why a measurement on this machine is not as expected."""
    reasons = ["other programs took the processor in some of the moments that were measured"]
    with contextlib.suppress(OSError, AttributeError):  # not every system has it
        load, cores = os.getloadavg()[0], os.cpu_count() or 1
        if load > cores + 0.5:
            reasons = [f"other programs are running (a load of {load:.1f}, cores: {cores})"]
    if cpu.threads_in_use() < 2:
        reasons.append("MXNet computes with a single thread here, and two were expected")
    if "avx2" in cpu.features() and "avx512f" not in cpu.features():
        reasons.append("this processor has no AVX-512, which the fastest kernels use")
    return reasons


@contextlib.contextmanager
def expect_error(kind):
    """Run code that must fail, and print why it did: `with dh.expect_error(ValueError):`.

    Args:
        kind: the type of the error, or a tuple of several.

    Raises:
        AssertionError: there was no error.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    try:
        yield
    except kinds as error:
        name = next(kind.__name__ for kind in kinds if isinstance(error, kind))
        # MXNet prints a trace of its C++ functions before the reason. An assert has no text.
        _, _, last_line = str(error).strip().rpartition("\n")
        reason, _, _ = last_line.removeprefix(f"{name}: ").partition(". ")
        print(f"{name}: {reason}" if reason else name)
    else:
        raise AssertionError(f"no {' or '.join(kind.__name__ for kind in kinds)} was raised")
