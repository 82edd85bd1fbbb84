"""Small questions to MXNet, and the answers of the classic stack (../classic.json).

On the stack that MXNet 1.9.1 was made for (NumPy 1.23.5, Python 3.11) `python tests/probes` writes
the answers down. On any other it says which probes answer differently there.

A probe is a function, or one line that is its own name. Each is asked in MXNet's NumPy interface or
in the legacy one, with seeds and layer names that do not depend on what ran before.
"""

import contextlib
import functools
import importlib
import json
import math
import os
import random
import re
import tempfile
import warnings
from pathlib import Path

import mxnet_today  # noqa: F401  (before MXNet)

os.environ.update(MXNET_SUBGRAPH_VERBOSE="0", MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0")

import mxnet as mx
import numpy
from mxnet import npx

CLASSIC = Path(__file__).parents[1] / "classic.json"
ROOMS = ("arrays", "dispatch", "indexing", "legacy", "nets", "training", "images", "data", "text")
PROBES = {}  # {name: (function, whether it is in the legacy interface)}


def probe(function=None, *, legacy=False, name=None):
    """Register a function without arguments that asks MXNet something."""
    if function is None:
        return lambda function: probe(function, legacy=legacy, name=name)
    name = name or function.__name__.replace("_", " ")
    name = f"{function.__module__.rpartition('.')[2]}: {name}"
    assert name not in PROBES, f"two probes are called {name}"
    PROBES[name] = function, legacy
    return function


def probe_each(values, *, legacy=False):
    """Register a function of one argument, as a probe for each value."""

    def register(function):
        for value in values:
            name = f"{function.__name__.replace('_', ' ')} {value}"
            asked = functools.wraps(function)(functools.partial(function, value))
            probe(asked, legacy=legacy, name=name)
        return function

    return register


def probe_lines(lines, names, *, legacy=False):
    """Register each line of a text as a probe.

    Args:
        lines: Python expressions, one a line; empty lines and comments are passed over.
        names: a function that returns what the expressions may use, made afresh for each.
    """
    for line in map(str.strip, lines.splitlines()):
        if line and not line.startswith("#"):
            asked = functools.wraps(names)(lambda line=line: eval(line, names()))
            probe(asked, legacy=legacy, name=line)


def load():
    """Return all probes, as {name: (function, whether it is in the legacy interface)}."""
    for room in ROOMS:
        importlib.import_module(f"{__name__}.{room}")
    return PROBES


def answer(name):
    """Ask one probe.

    Returns:
        what can be written as JSON, and a sorted list of how the warnings that came with it begin.
    """
    function, legacy = PROBES[name]
    random.seed(0)
    numpy.random.seed(0)
    mx.random.seed(0)
    npx.set_np()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mx.util.np_array(not legacy))
        stack.enter_context(mx.util.np_shape(not legacy))
        stack.enter_context(mx.name.NameManager())
        stack.enter_context(numpy.printoptions())
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        try:
            answered = function()
            mx.nd.waitall()  # an error of this probe shall not be the next one's
        except Exception as error:
            answered = {"raises": raised(error)}
            with contextlib.suppress(Exception):
                mx.nd.waitall()
        answered = plain(answered)
    return answered, sorted({said for w in caught if (said := _said(w))})


def _said(warning):
    """Return the kind of a warning and how it begins; "" where it is not about MXNet or NumPy."""
    kind, text = warning.category.__name__, str(warning.message)
    # That a process with threads forks is what Python says of all workers since 3.12. What SciPy
    # says of scipy.sparse.csr it says in other words from version to version.
    if kind == "ResourceWarning" or "use of fork()" in text or "scipy.sparse" in text:
        return ""
    return f"{kind}: {' '.join(text.split()[:6])}"


def raised(error):
    """Return what an exception says, without what depends on the machine: "TypeError: why"."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    if isinstance(error, mx.MXNetError):  # a stack of C++ with the reason at its end
        reasons = [line for line in lines if "Error:" in line or "Check failed" in line]
        lines = [re.sub(r"^.*?\.(cc|h|cu):\d+: ", "", (reasons or lines)[-1])]
    text = lines[0].strip().replace("a real number", "a number")  # Python 3.10's word for it
    return f"{type(error).__name__}: {text}"


def plain(value):
    """Return a value of MXNet or NumPy as something that JSON can hold, its type with it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, numpy.generic):
        return {f"numpy {value.dtype.name}": plain(value.item())}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    if isinstance(value, mx.nd.sparse.BaseSparseNDArray):
        return {f"{value.stype} {numpy.dtype(value.dtype).name}": plain(value.asnumpy().tolist())}
    if isinstance(value, (mx.nd.NDArray, numpy.ndarray)):
        kind = {mx.np.ndarray: "np", mx.nd.NDArray: "nd"}.get(type(value), type(value).__name__)
        array = value if isinstance(value, numpy.ndarray) else value.asnumpy()
        kind = f"{kind.replace('ndarray', 'numpy')} {array.dtype.name} {array.shape}"
        if array.size > 60:  # the first ones and the sum speak for all
            sum_ = float(array.astype("float64").sum())
            return {kind: plain([*array.ravel()[:12].tolist(), sum_])}
        return {kind: plain(array.tolist())}
    if isinstance(value, tuple):
        return {"tuple": [plain(item) for item in value]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (type, numpy.dtype)):
        return f"type {numpy.dtype(value).name}"
    if isinstance(value, complex):
        return {"complex": [plain(value.real), plain(value.imag)]}
    if isinstance(value, mx.sym.Symbol):
        return {"symbol": plain(json.loads(value.tojson())["nodes"])}
    raise TypeError(f"a probe answered with a {type(value)}")


def same(value, classic):
    """Return whether two answers agree: exactly, but for floats to four digits."""
    if type(value) is not type(classic):
        return False
    if isinstance(value, dict):
        return value.keys() == classic.keys() and all(same(value[k], classic[k]) for k in classic)
    if isinstance(value, list):
        return len(value) == len(classic) and all(map(same, value, classic))
    if isinstance(value, float):
        return math.isclose(value, classic, rel_tol=1e-4, abs_tol=2e-6)
    return value == classic


def classic_answers():
    """Return the answers of the classic stack: {name: [answer, warnings]}."""
    return json.loads(CLASSIC.read_text())


def is_classic():
    """Return whether this is the stack that MXNet 1.9.1 was made for."""
    return numpy.__version__.startswith("1.23.")


def write(answers):
    """Write the answers of the classic stack, a probe a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(answers[name])}" for name in sorted(answers))
    CLASSIC.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def folder():
    """Return a new folder, for use in a with statement."""
    return tempfile.TemporaryDirectory(prefix="probe-")
