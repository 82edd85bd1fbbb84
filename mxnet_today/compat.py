"""What MXNet 1.9.1 misses on today's Python and NumPy, and what it gets in its place.

Only MXNet's own modules meet these stand-ins, when they import numpy, distutils or multiprocessing
(importing.py sees to it). The real modules stay as they are: `hasattr(numpy, "float")` has today's
answer for everybody else. On NumPy 1.23 and Python 3.11 there is nothing to stand in for.
"""

import contextvars
import functools
import multiprocessing
import re
import sys
import types
from typing import Any, NamedTuple

import numpy


def version_tuple(text):
    """Return the first two numbers of a version: (2, 5) for "2.5.0rc1"."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


NUMPY, PYTHON = version_tuple(numpy.__version__), sys.version_info[:2]


class Missing(NamedTuple):
    """A name that a module no longer has, or that means something else there.

    Attributes:
        name: the attribute of the module.
        stand_in: what MXNet gets.
        gone_in: the version of NumPy or Python that took it away, as a tuple.
        needed_by: the modules of MXNet that use it.
    """

    name: str
    stand_in: Any
    gone_in: tuple
    needed_by: str


def _calling(name, function):
    """Return a function of its own that calls another one.

    MXNet keeps NumPy's functions as keys of a dictionary, so two names must not share a function.
    Like them it first asks an array of MXNet's what to do with it.
    """

    def stand_in(*args, **kwargs):
        for array in args:
            kind = type(array)
            if hasattr(kind, "__array_function__") and kind is not numpy.ndarray:
                return kind.__array_function__(array, stand_in, (kind,), args, kwargs)
        return function(*args, **kwargs)

    stand_in.__name__ = stand_in.__qualname__ = name
    return stand_in


def _in1d(ar1, ar2, assume_unique=False, invert=False):
    return numpy.isin(numpy.ravel(ar1), ar2, assume_unique=assume_unique, invert=invert)


def _trapz(y, x=None, dx=1.0, axis=-1):
    return numpy.trapezoid(y, x, dx, axis)


def _msort(a):
    return numpy.sort(a, axis=0)


def _normalize_axis_tuple(axis, ndim):
    return numpy.lib.array_utils.normalize_axis_tuple(axis, ndim)


def _financial(name):
    """Return what NumPy 1.20 to 1.26 have under this name: a function that refuses."""

    def refuse(*args, **kwargs):
        raise RuntimeError(
            f"In accordance with NEP 32, the function {name} was removed from NumPy version 1.20.  "
            "A replacement for this function is available in the numpy_financial library: "
            "https://pypi.org/project/numpy-financial"
        )

    return _calling(name, refuse)


_COMPAT = types.SimpleNamespace(basestring=str)
_NUMERIC = types.SimpleNamespace(normalize_axis_tuple=_normalize_axis_tuple)

MISSING_IN_NUMPY = (
    # NumPy 2.0 has a `bool` again, but it is numpy.bool_, and MXNet means Python's.
    Missing("bool", bool, (1, 24), "mxnet.numpy.utils, mxnet.numpy.multiarray, mxnet.test_utils"),
    Missing("int", int, (1, 24), "mxnet.test_utils"),
    Missing("PZERO", 0.0, (2, 0), "mxnet.numpy.utils"),
    Missing("NZERO", -0.0, (2, 0), "mxnet.numpy.utils"),
    Missing("PINF", numpy.inf, (2, 0), "mxnet.numpy.utils"),
    Missing("NINF", -numpy.inf, (2, 0), "mxnet.numpy.utils"),
    Missing("NAN", numpy.nan, (2, 0), "mxnet.numpy.utils"),
    Missing("NaN", numpy.nan, (2, 0), "mxnet.numpy.utils"),
    Missing("Inf", numpy.inf, (2, 0), "mxnet.gluon.contrib.estimator"),
    Missing("product", _calling("product", numpy.prod), (2, 0), "mxnet.numpy_dispatch_protocol"),
    Missing("sometrue", _calling("sometrue", numpy.any), (2, 0), "mxnet.numpy_dispatch_protocol"),
    Missing("round_", _calling("round_", numpy.around), (2, 0), "mxnet.numpy_dispatch_protocol"),
    Missing("alltrue", _calling("alltrue", numpy.all), (2, 0), "mxnet.numpy.fallback"),
    Missing("msort", _calling("msort", _msort), (2, 0), "mxnet.numpy.fallback"),
    *(
        Missing(name, _financial(name), (2, 0), "mxnet.numpy.fallback")
        for name in ("mirr", "npv", "pmt", "ppmt", "pv", "rate")
    ),
    Missing("compat", _COMPAT, (2, 0), "pad of mxnet.ndarray.numpy and mxnet.symbol.numpy"),
    Missing("core", types.SimpleNamespace(numeric=_NUMERIC), (2, 0), "moveaxis of mxnet.ndarray"),
    Missing("in1d", _calling("in1d", _in1d), (2, 4), "mxnet.numpy.fallback"),
    Missing("trapz", _calling("trapz", _trapz), (2, 4), "mxnet.numpy.fallback"),
)


@functools.total_ordering
class Version:
    """A version that can be compared: as much of distutils.version as MXNet uses."""

    def __init__(self, text):
        self.numbers = version_tuple(text)

    def __eq__(self, other):
        return self.numbers == other.numbers

    def __lt__(self, other):
        return self.numbers < other.numbers


_DISTUTILS_VERSION = types.SimpleNamespace(LooseVersion=Version, StrictVersion=Version)
_FORKING = multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing

MISSING_IN_PYTHON = (
    Missing(
        "distutils.version",
        _DISTUTILS_VERSION,
        (3, 12),
        "mxnet.numpy_dispatch_protocol, mxnet.numpy_op_fallback",
    ),
    # Workers of a DataLoader fork from the process. Since 3.14 Linux has them start afresh, where
    # MXNet is imported without this package before it.
    Missing("multiprocessing", _FORKING, (3, 14), "mxnet.gluon.data.dataloader"),
)


class Replaced(NamedTuple):
    """Text of MXNet's modules that means something else today: no module can stand in for it.

    Attributes:
        pattern: a regular expression.
        text: what replaces it; no lines more or fewer, so that tracebacks stay right.
        gone_in: the version of NumPy that took its meaning away, as a tuple.
        needed_by: the modules, as a tuple.
    """

    pattern: str
    text: str
    gone_in: tuple
    needed_by: tuple


REPLACED_TEXT = (
    Replaced(r"\.tostring\(\)", ".tobytes()", (2, 3), ("mxnet.recordio",)),
    # Sums over an epoch: Python's 0.0 plus a float32 of NumPy was a float64 and is a float32.
    Replaced(r"sum_metric = 0\.0?$", "sum_metric = numpy.float64(0)", (2, 0), ("mxnet.metric",)),
    # NumPy's functions in linalg answer with named tuples, which are made from so many values.
    Replaced(
        r"object\.__class__\(tmp\)",
        "getattr(object, '_make', object.__class__)(tmp)",
        (1, 25),
        ("mxnet.numpy.multiarray",),
    ),
    # An array of one number no longer counts as a number.
    Replaced(
        r"(threshold|divergence)\.asnumpy\(\)",
        r"\1.asscalar()",
        (2, 4),
        ("mxnet.contrib.quantization",),
    ),
    # Whether a number of NumPy == () was false. It is an error, also for the sizes of samples.
    Replaced(
        r"\b(\w+) (==|!=) \(\):",
        r"(isinstance(\1, tuple) and \1) \2 ():",
        (2, 2),
        (
            "mxnet.numpy.multiarray",
            "mxnet.ndarray.numpy.random",
            "mxnet.ndarray.numpy_extension.random",
            "mxnet.symbol.numpy.random",
            "mxnet.symbol.numpy_extension.random",
        ),
    ),
)


class StandIn(types.ModuleType):
    """A module's names, some of them replaced; the module itself stays as it is."""

    def __init__(self, module, replaced):
        super().__init__(module.__name__)
        self.__dict__.update({**vars(module), **replaced})
        self.__dict__["_stands_in_for"] = module

    def __getattr__(self, name):  # what the module makes or loads only when it is asked for
        return getattr(self._stands_in_for, name)


def stand_ins(numpy_version=NUMPY, python=PYTHON):
    """Return the modules that MXNet gets in place of others, as {name: module}.

    Args:
        numpy_version, python: as tuples; default: the running ones.
    """
    found = {m.name: m.stand_in for m in MISSING_IN_PYTHON if python >= m.gone_in}
    if "multiprocessing" in found:
        forking = {name: getattr(_FORKING, name) for name in ("Pool", "Process", "get_context")}
        found["multiprocessing"] = StandIn(multiprocessing, forking)
    missing = {m.name: m.stand_in for m in MISSING_IN_NUMPY if numpy_version >= m.gone_in}
    if missing:
        found["numpy"] = StandIn(numpy, missing)
    return found


def is_replaced(module, numpy_version=NUMPY):
    """Return whether the source of a module of MXNet is patched."""
    return any(
        module in replaced.needed_by and numpy_version >= replaced.gone_in
        for replaced in REPLACED_TEXT
    )


def replaced_source(module, source, numpy_version=NUMPY):
    """Return the source of a module of MXNet, patched where NumPy took a meaning away."""
    for pattern, text, gone_in, needed_by in REPLACED_TEXT:
        if module in needed_by and numpy_version >= gone_in:
            source = re.sub(pattern, text, source, flags=re.MULTILINE)
    return source


def print_numbers_as_before():
    """Have NumPy print a number as 10, not as np.int64(10).

    MXNet writes the shapes and numbers that it hands to its operators as text.
    """
    if NUMPY < (2, 0):
        return
    numpy.set_printoptions(legacy="1.25")
    try:
        from numpy._core.printoptions import format_options
    except ImportError:  # NumPy 2.0 has one set of options for all threads
        return
    # What is set holds for this thread (and context) alone. What holds where nothing is set:
    contextvars.Context().run(format_options.get)["legacy"] = 125
