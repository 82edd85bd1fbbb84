"""Calls of a function that an exercise asks for, with arguments that JSON can hold (lesson 00)."""

import copy
import itertools
import sysconfig
import traceback
from pathlib import Path
from typing import Any, NamedTuple

from d2l_helpers.inspection.tracing import reason

import numpy
import pandas as pd
from mxnet import autograd, np
from mxnet.base import MXNetError

MAX_TEXT = 60  # letters of an argument or of a line of code that are shown


class Called(NamedTuple):
    """What a call gives: its result, the result's type, and the gradient of its first argument."""

    result: Any
    type: str
    gradient: Any = None


def _table(columns):
    """Return a DataFrame; an entry that is a list is a tuple, such as a shape."""
    return pd.DataFrame(
        {
            k: [tuple(v) if isinstance(v, list) else v for v in column]
            for k, column in columns.items()
        }
    )


MAKERS = {
    "numpy": numpy.array,
    "float32": lambda values: numpy.array(values, dtype=numpy.float32),
    "uint8": lambda values: numpy.array(values, dtype=numpy.uint8),
    "mxnet": lambda values: np.array(values, dtype="float32"),
    "labels": lambda values: np.array(values, dtype="int32"),
    "tuple": tuple,
    "set": set,
    "table": _table,
    "rng": numpy.random.default_rng,
}


def arguments(case):
    """Return new arguments of a case: a dict {"numpy": ...} is an array, and so on, see `MAKERS`.

    Args:
        case: a list that came from JSON; the function may change what is made of it.
    """
    made = []
    for value in copy.deepcopy(case):
        if isinstance(value, dict) and len(value) == 1 and set(value) <= set(MAKERS):
            ((maker, value),) = value.items()
            value = MAKERS[maker](value)
        made.append(value)
    return made


def call(function, case, with_gradient=False):
    """Call a function with the arguments of a case; return a `Called`.

    Args:
        function, case: see `arguments`.
        with_gradient: whether to compute the gradient of the sum of its result, an array of MXNet,
            with respect to its first argument. It is None if the result does not know it.
    """
    made = arguments(case)
    gradient = None
    if with_gradient:
        made[0].attach_grad()
        with autograd.record():
            result = function(*made)
        gradient = _gradient(result, made[0])
    else:
        result = function(*made)
    return Called(result, str(getattr(result, "dtype", type(result).__name__)), gradient)


def _gradient(result, argument):
    try:
        result.backward()
    except (AttributeError, MXNetError):  # no array of MXNet, or not computed from the argument
        return None
    return argument.grad.asnumpy()


def as_text(function, case, case_name=None):
    """Return a call as text, shortened: f([1, 2], 3), or with what the case is called."""
    name = getattr(function, "__name__", type(function).__name__)
    return f"{name}({case_name or ', '.join(map(short, arguments(case)))})"


def short(argument):
    """Return an argument or a result as text, shortened."""
    shape = getattr(argument, "shape", None)
    if shape is not None:
        kind = type(argument).__name__.replace("ndarray", "array")
        if getattr(argument, "size", 0) > 12 or kind == "DataFrame":
            return f"{kind} of shape {shape}"
        array = argument.asnumpy() if isinstance(argument, np.ndarray) else numpy.asarray(argument)
        # As it was written: float32 knows 0.3 to seven digits.
        argument = (array.astype(float).round(6) if array.dtype == "float32" else array).tolist()
    text = repr(argument)
    if isinstance(argument, float) and len(text) > 10:
        text = f"{argument:.6g}"
    return _cut(text)


def _cut(text):
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}..."


def failure(error):
    """Return an error as text, with the line of the notebook's code where it occurs."""
    first_line, _, _ = reason(error).partition("\n")
    text = f"{type(error).__name__}: {first_line}"
    frames = traceback.extract_tb(error.__traceback__)
    calling = (f for f in frames if Path(f.filename).parent != Path(__file__).parent)
    own = list(itertools.takewhile(lambda frame: not _is_of_library(frame.filename), calling))
    line = own[-1].line if own else ""
    place = f" (line {own[-1].lineno}: {_cut(line)})" if line else ""
    return text.removesuffix(": ") + place


def _is_of_library(filename):
    folders = (Path(__file__).parent.parent, *map(sysconfig.get_path, ("stdlib", "platlib")))
    return any(Path(folder) in Path(filename).parents for folder in folders)
