"""Errors in a notebook: one short message in place of MXNet's long traceback; `%tb` shows all.

What d2l_helpers itself refuses is said where it is refused, see `utils.validation`. Here is what MXNet
raises when code in a notebook uses it directly.
"""

import inspect
import linecache
import re
import sys
import traceback
from pathlib import Path

from d2l_helpers.inspection.layer_table import why_input_fails
from d2l_helpers.notebook.session import in_notebook
from d2l_helpers.utils.validation import did_you_mean

import mxnet
from IPython import get_ipython
from mxnet import np
from mxnet.gluon import Block
from mxnet.symbol import symbol

ALL = "%tb shows the whole traceback."
FOLDED = [str(Path(mxnet.__file__).parent), str(Path(__file__).parents[1])]


# What to say. Each function gets the match of its pattern, and the frames of the traceback from
# the notebook's inwards; it returns a sentence, or None if it has nothing to say.


def _not_initialized(match, frames):
    return (
        "The net is not initialized, it has no weights yet. Call net.initialize(), or train it "
        "with dh.train_ch6."
    )


def _not_mxnets_array(match, frames):
    return (
        "These are not MXNet's arrays, which nets and losses take. np.array(X), where np is from "
        "mxnet, makes one of a NumPy array."
    )


def _no_such_value(match, frames):
    wrong, values = match[1], re.findall(r"'(\w+)'", match[2])
    return f"There is no {wrong!r}.{did_you_mean(wrong, values)} There are {', '.join(values)}."


def _no_such_name(match, frames):
    names = [name for name in dir(sys.modules[match["module"]]) if not name.startswith("_")]
    return f"{match['module']} has no {match['name']}.{did_you_mean(match['name'], names)}"


def _no_such_argument(match, frames):
    makers = [frame.f_locals["self"] for frame in frames if frame.f_code.co_name == "__init__"]
    function = (
        type(makers[0]) if makers else getattr(sys.modules["d2l_helpers"], match["function"], None)
    )
    if function is None:
        return None
    names = [name for name in inspect.signature(function).parameters if name != "kwargs"]
    wrong = match["name"]
    return f"{function.__name__} has no argument {wrong}.{did_you_mean(wrong, names)}"


def _device_as_text(match, frames):
    return "A device is given without quotes: dh.try_gpu(), npx.cpu() or npx.gpu(0)."


def _other_device(match, frames):
    return "The images are not on the device where the net is. Move them: X.as_in_ctx(device)."


def _no_gpu(match, frames):
    return "MXNet can use no GPU here. dh.try_gpu() gives a device that is there, and says why."


def _no_parentheses(match, frames):
    return (
        "This is the function that makes a net, not a net. Write parentheses behind its name, as "
        "in dh.alexnet()."
    )


def _one_hot(match, frames):
    return (
        f"These labels, of shape ({match[1]}, {match[2]}), look one-hot. The loss takes class "
        "numbers: y.argmax(axis=1)."
    )


def _image_does_not_fit(match, frames):
    """Return which layer of the net cannot take what, for a call such as net(X)."""
    for frame in frames:
        net, inputs = (frame.f_locals.get(name) for name in ("self", "args"))
        if isinstance(net, Block) and inputs and isinstance(inputs[0], np.ndarray):
            return why_input_fails(net, inputs[0].shape)
    return None


OURS = r"(?P<module>(?:mxnet|d2l_helpers)[\w.]*)"
# (what is recognized, in the text of the error; what to say). The first that says something counts.
ADVICE = (
    (r"Parameter '.*' has not been initialized", _not_initialized),
    (r"there must be one NDArray or one Symbol in the input", _not_mxnets_array),
    (r"must have NDArray type, but got", _not_mxnets_array),
    (r"Invalid Input: '(\w+)', valid values are: \{(.*?)\}", _no_such_value),
    (rf"module '{OURS}' has no attribute '(?P<name>\w+)'", _no_such_name),
    (rf"cannot import name '(?P<name>\w+)' from '{OURS}'", _no_such_name),
    (
        r"(?P<function>\w+)\(\) got an unexpected keyword argument '(?P<name>\w+)'",
        _no_such_argument,
    ),
    (r"'str' object has no attribute 'device_typeid'", _device_as_text),
    (r"Invalid context string", _device_as_text),
    (r"copyto does not support type <class 'str'>", _device_as_text),
    (r"requires all inputs to live on the same context", _other_device),
    (r"GPU is not enabled", _no_gpu),
    (
        r"'function' object has no attribute '(initialize|collect_params|hybridize)'",
        _no_parentheses,
    ),
    (
        r"(?:pick\d*|MXNetError): Shape inconsistent, Provided = \[(\d+),(\d+)\], "
        r"inferred shape=\[\1,1\]",
        _one_hot,
    ),
    (r"MXNetError", _image_does_not_fit),
)


def advice(error):
    """Return what was wrong and what to do about an error, in a sentence or two; None if unknown.

    Args:
        error: an exception that was raised, with its traceback.
    """
    text = f"{type(error).__name__}: {error}"
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if _is_folded(frame)]
    for pattern, say in ADVICE:
        match = re.search(pattern, text)
        sentence = match and say(match, frames)
        if sentence:
            return sentence
    return None


def _is_folded(frame):
    """Return whether a frame is one of MXNet or d2l_helpers."""
    return frame.f_code.co_filename.startswith(tuple(FOLDED))


def short(error):
    """Return an error as the lines of a short message; None if it is not MXNet's nor ours.

    The lines of the notebook that led to it, then the kind of error and what to do.
    """
    steps = list(traceback.walk_tb(error.__traceback__))
    sentence = advice(error)
    lines = [line for frame, number in steps for line in _cell_line(frame, number)]
    if not lines or not (sentence or any(_is_folded(frame) for frame, _ in steps)):
        return None
    reason = sentence or str(error)
    if sentence is None and isinstance(error, mxnet.MXNetError):
        reason = reason.strip().splitlines()[-1]  # behind a trace of its C++ functions
    kind = type(error).__name__
    return [*lines, "", f"{kind}: {reason.removeprefix(f'{kind}: ')}", "", ALL]


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
        again = error is shell.folded_error  # as `%tb` shows it
        message = short(error) if isinstance(error, Exception) and not again else None
        if message:
            shell.folded_error = error
        show_all(kind, error, message or lines)

    shell._showtraceback = show  # the one that every message of an error goes through
    # What this module prints is the arguments of an inference that fails, above its error.
    symbol.print = lambda *values: None
