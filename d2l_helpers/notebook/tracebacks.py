"""Errors in a notebook: one short message in place of MXNet's long traceback (lesson 00).

What d2l_helpers itself refuses is said where it is refused, see `utils.validation`. Here is what
MXNet raises when code in a notebook uses it directly. Errors that come out of the reader's own code
are shown as ever, but for wrong names and arguments of what MXNet and d2l_helpers offer.
"""

import ast
import contextlib
import inspect
import linecache
import os
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType

import mxnet_today
from d2l_helpers.inspection.layer_table import why_input_fails
from d2l_helpers.inspection.tracing import reason
from d2l_helpers.notebook.session import in_notebook
from d2l_helpers.utils.out_of_memory import RESTART, USED_UP
from d2l_helpers.utils.validation import did_you_mean

import mxnet
from IPython import get_ipython
from mxnet import np
from mxnet.gluon import Block
from mxnet.symbol import symbol

ALL = "%tb shows the whole traceback."
PACKAGES = ("mxnet", "d2l_helpers", "mxnet_today")
ROOTS = (mxnet.__file__, mxnet_today.__file__, Path(__file__).parent)
FOLDED = tuple(f"{Path(root).parent}{os.sep}" for root in ROOTS)
# What is neither ours nor the reader's: Python, its packages, code that these make up.
OTHERS = (*map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), "<string>", "<frozen", "<__")
MAX_LINES = 5  # of a reason: MXNet may list all arguments of an operator


# What to say. Each function gets the match of its pattern and the steps of the traceback from the
# notebook's inwards, (frame, line number); it returns a sentence, or None if it has none.


def _not_initialized(match, steps):
    return (
        f"{match['name']} is not initialized, it has no values yet. Call net.initialize(), or "
        "train the net with dh.train_ch6."
    )


def _no_batch_yet(match, steps):
    return (
        f"The net is initialized, but it has not seen a batch, which decides the shape of "
        f"{match['name']}. Send one through the net first: net(X)."
    )


def _not_mxnets_array(match, steps):
    return (
        "These are not MXNet's arrays, which nets and losses take. np.array(X), where np is from "
        "mxnet, makes one of a NumPy array."
    )


def _no_such_value(match, steps):
    wrong, values = match[1], re.findall(r"'(\w+)'", match[2])
    return f"There is no {wrong!r}.{did_you_mean(wrong, values)} There are {', '.join(values)}."


def _no_such_setting(match, steps):
    names = re.findall(r"^(\w+) : ", match["all"], re.MULTILINE)
    return f"There is no argument {match['name']}.{did_you_mean(match['name'], names)}"


def _no_such_name(match, steps):
    names = [name for name in dir(sys.modules[match["module"]]) if not name.startswith("_")]
    return f"{match['module']} has no {match['name']}.{did_you_mean(match['name'], names)}"


def _no_such_argument(match, steps):
    frame, number = _readers_step(steps)
    calls = _on_line(ast.Call, frame, number)
    named = [c for c in calls if any(keyword.arg == match["name"] for keyword in c.keywords)]
    called = [_value(call.func, frame) for call in named]
    names = {"__init__" if isinstance(c, type) else getattr(c, "__name__", None) for c in called}
    if names != {match["function"]} or not all(map(_is_ours, called)):
        return None
    meant = did_you_mean(match["name"], _arguments(called[0]))
    return f"{called[0].__name__} has no argument {match['name']}.{meant}"


def _arguments(thing):
    """Return the names of the arguments of a function, or of a class and those above it."""
    functions = [c.__init__ for c in thing.__mro__[:-1]] if isinstance(thing, type) else [thing]
    parameters = [p for f in functions for p in inspect.signature(f).parameters.values()]
    return [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _on_line(kind, frame, number):
    """Return the nodes of a kind, such as ast.Call, in the code that a frame has on a line."""
    tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
    nodes = [node for node in ast.walk(tree) if isinstance(node, kind)]
    return [node for node in nodes if node.lineno <= number <= node.end_lineno]


def _value(node, frame):
    """Return what a name, or a name in a module, stands for in a frame; None for what is more."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    module = _value(node.value, frame) if isinstance(node, ast.Attribute) else None
    return getattr(module, node.attr, None) if isinstance(module, ModuleType) else None


def _is_ours(thing):
    return (getattr(thing, "__module__", None) or "").partition(".")[0] in PACKAGES


def _device_as_text(match, steps):
    return "A device is given without quotes: dh.try_gpu(), npx.cpu() or npx.gpu(0)."


def _other_device(match, steps):
    return "The images are not on the device where the net is. Move them: X.as_in_ctx(device)."


def _no_gpu(match, steps):
    return "MXNet can use no GPU here. dh.try_gpu() gives a device that is there, and says why."


def _no_parentheses(match, steps):
    frame, number = _readers_step(steps)
    nodes = [n for n in _on_line(ast.Attribute, frame, number) if n.attr == match["name"]]
    if not nodes or not all(_is_ours(_value(node.value, frame)) for node in nodes):
        return None
    name = ast.unparse(nodes[0].value)
    return f"{name} is the function that makes a net, not a net. Write parentheses: {name}()."


def _one_hot(match, steps):
    return (
        f"These labels, of shape ({match['n']}, {match['k']}), look one-hot. The loss takes class "
        "numbers: y.argmax(axis=1)."
    )


def _no_memory(match, steps):
    return f"The memory is used up. Take smaller batches or smaller images. {RESTART}"


def _input_does_not_fit(match, steps):
    """Return which layer of the net cannot take what, for a call such as net(X)."""
    calls = [f for f, _ in steps if f.f_code is Block.__call__.__code__]
    for net, inputs in ((frame.f_locals["self"], frame.f_locals["args"]) for frame in calls):
        # A loss takes two arrays. It has no layers that could be named.
        if len(inputs) == 1 and isinstance(inputs[0], np.ndarray):
            return why_input_fails(net, inputs[0].shape)
    return None


OURS = r"(?P<module>(?:mxnet|d2l_helpers)(?:\.\w+)*)"
ONE_HOT = r"Provided = \[(?P<n>\d+),(?P<k>\d+)\], inferred shape=\[(?P=n),1\]"
NO_ARGUMENT = r"(?P<function>\w+)\(\) got an unexpected keyword argument '(?P<name>\w+)'"
NO_NET = r"'function' object has no attribute '(?P<name>initialize|collect_params|hybridize)'"
# (what is recognized, in the text of the error; what to say). The first that says something counts.
# Wrong names and arguments, which Python finds in the reader's own line:
USES = (
    (rf"module '{OURS}' has no attribute '(?P<name>\w+)'", _no_such_name),
    (rf"cannot import name '(?P<name>\w+)' from '{OURS}'", _no_such_name),
    (NO_ARGUMENT, _no_such_argument),
    (NO_NET, _no_parentheses),
)
# What comes out of MXNet's code:
FAILURES = (
    (r"'(?P<name>\S+)' has not been initialized yet because .* was deferred", _no_batch_yet),
    (r"'(?P<name>\S+)' (because it )?has not been initialized", _not_initialized),
    (r"there must be one NDArray or one Symbol in the input", _not_mxnets_array),
    (r"must have NDArray type, but got", _not_mxnets_array),
    (r"Invalid Input: '(\w+)', valid values are: \{(.*?)\}", _no_such_value),
    (r"(?s)Cannot find argument '(?P<name>\w+)', Possible Arguments:(?P<all>.*)", _no_such_setting),
    (r"'str' object has no attribute 'device_typeid'", _device_as_text),
    (r"Invalid context string", _device_as_text),
    (r"copyto does not support type <class 'str'>", _device_as_text),
    (r"requires all inputs to live on the same context", _other_device),
    (r"GPU is not enabled|is not implemented for GPU", _no_gpu),
    (USED_UP.pattern, _no_memory),
    (r"(pick\d*|MXNetError): Shape inconsistent, " + ONE_HOT, _one_hot),
    (r"MXNetError", _input_does_not_fit),
)


def advice(error):
    """Return what was wrong and what to do about an error, in a sentence or two; None if unknown.

    Args:
        error: an exception that was raised, with its traceback.
    """
    text = f"{type(error).__name__}: {error}"
    steps = list(traceback.walk_tb(error.__traceback__))
    for pattern, say in USES + (FAILURES if _is_from_ours(steps) else ()):
        match = re.search(pattern, text)
        sentence = match and say(match, steps)
        if sentence:
            return sentence
    return None


def _is_folded(frame):
    """Return whether a frame is one of MXNet or d2l_helpers."""
    return frame.f_code.co_filename.startswith(FOLDED)


def _is_readers(frame):
    """Return whether a frame is one of the reader's, in a cell or in a file."""
    return not frame.f_code.co_filename.startswith(FOLDED + OTHERS)


def _readers_step(steps):
    return next(step for step in reversed(steps) if _is_readers(step[0]))


def _is_from_ours(steps):
    """Return whether an error came out of MXNet or d2l_helpers, not out of the reader's code."""
    frames = [frame for frame, _ in steps if _is_folded(frame) or _is_readers(frame)]
    return bool(frames) and _is_folded(frames[-1])


def short(error):
    """Return an error as the lines of a short message; None if it is not MXNet's nor ours.

    The lines of the notebook that led to it, the kind of error and what to do, and the reason that
    MXNet itself gives.
    """
    steps = list(traceback.walk_tb(error.__traceback__))
    sentence = advice(error)
    lines = [line for frame, number in steps for line in _cell_line(frame, number)]
    if not lines or not (sentence or _is_from_ours(steps)):
        return None
    kind, told = type(error).__name__, sentence or _first_lines(error)
    cause = error if sentence else error.__cause__
    if cause is not None and reason(cause) not in told:
        told += f"\n({_first_lines(cause)})"
    return [*lines, "", f"{kind}: {told}", "", ALL]


def _first_lines(error):
    lines = reason(error).splitlines()
    return "\n".join([*lines[:MAX_LINES], "..."] if len(lines) > MAX_LINES else lines)


def _cell_line(frame, number):
    """Give the line of a notebook's cell that a frame is in; nothing for a frame elsewhere."""
    filename = frame.f_code.co_filename
    line = linecache.getline(filename, number).strip()
    if line and not Path(filename).is_file():
        yield f"----> {number} {line}"


def fold_tracebacks():
    """Have the kernel that this runs in show MXNet's errors, and ours, as `short` does.

    The error is sent to JupyterLab, nbval or nbconvert as ever, and only the text of its
    traceback is another. Elsewhere than in a kernel nothing happens.
    """
    if not in_notebook() or hasattr(get_ipython(), "folded_error"):
        return
    shell = get_ipython()
    show_all, shell.folded_error = shell._showtraceback, None

    def show(kind, error, lines):
        message = None
        again = error is shell.folded_error  # as `%tb` shows it
        if isinstance(error, Exception) and not again:
            # A fault in this module must not take the place of the reader's.
            with contextlib.suppress(Exception):
                message = short(error)
        if message:
            shell.folded_error = error
        show_all(kind, error, message or lines)

    shell._showtraceback = show  # the one that every message of an error goes through
    # What this module prints is the arguments of an inference that fails, above its error.
    symbol.print = lambda *values: None
