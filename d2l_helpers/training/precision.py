"""bfloat16, float32 with 8 bits of precision, and the measurement where it pays (lesson 11).

MXNet's own `amp.init()` does nothing for the NumPy interface, so the nets are converted here, as
graphs.
"""

import json
import math
import time
import warnings
from typing import NamedTuple

from mxnet_today import memory
from mxnet_today.bfloat16 import problem

import mxnet as mx
import numpy
from mxnet import autograd, gluon, init, npx
from mxnet.contrib import amp

# The operators that compute in bfloat16; activations and pooling pass it on, the rest is float32.
BFLOAT16_OPERATORS = ("Convolution", "FullyConnected")
FLOAT32_BITS_DROPPED = 16  # of its 24 bits of precision, bfloat16 keeps 8
# How `hybridize` compiles a graph: memory and shapes planned once saves a tenth of a step.
STATIC = {"static_alloc": True, "static_shape": True}
TYPES = ("float32", "bfloat16")  # to compute in

PASS_SECONDS = 1.0  # of one measured pass in float32, if the batch is not smaller
MEASURED_SECONDS = 1.0
MIN_IMAGES = 8
_choices = {}  # of this process


class Choice(NamedTuple):
    """The type to compute in: 'float32' or 'bfloat16', and why."""

    dtype: str
    speedup: float  # how many times as fast bfloat16 is; not a number where it does not run
    why: str


def choose_dtype(net, X, training=True):
    """Measure whether a net is faster in bfloat16 or in float32 on this CPU, and choose.

    It takes about two seconds, with large nets six, and is measured once in a process for the same
    layers and images. Both types take turns on copies of the net, so its weights, gradients and
    running means stay as they are. Of a batch that takes long only some images are computed.

    Args:
        net: a HybridBlock of one input whose parameters have their shapes, as after a forward
            pass.
        X: a batch of images as the net will get them.
        training: whether to measure training (forward and backward) or inference.

    Returns:
        A `Choice`.
    """
    why_not = _problem_on(X.ctx)
    if why_not:
        return Choice("float32", math.nan, why_not)
    key = (repr(net), X.shape, training)
    if key not in _choices:
        _choices[key] = _measure(net, X, training)
    return _choices[key]


def _problem_on(device):
    """Return why bfloat16 cannot be used on a device, or None."""
    return problem() if device.device_type == "cpu" else "MXNet 1.9.1 has bfloat16 for CPUs only"


def _measure(net, X, training):
    """Return the Choice that the measured speeds ask for."""
    twin = _block(_symbol(net))
    twin.initialize(init.Constant(0.01))  # draws no random numbers
    blocks = twin, _block(_bfloat16_symbol(net), twin.collect_params())
    float32, bfloat16 = (_pass(block, training) for block in blocks)
    few = X[:MIN_IMAGES]
    float32(few)  # prepares the kernels
    num_images = int(len(few) * PASS_SECONDS / float32(few))
    X = X[: max(MIN_IMAGES, num_images)]
    float32(X), bfloat16(X)
    rounds, started = [], time.perf_counter()
    with memory.kept():  # as in a training run
        while len(rounds) < 2 or time.perf_counter() - started < MEASURED_SECONDS:
            rounds.append((float32(X), bfloat16(X)))
    # Other programs can only add to a time, so the least of each counts.
    speedup = numpy.divide(*numpy.min(rounds, axis=0))
    why = f"bfloat16 is {speedup:.2f} times as fast as float32 here"
    return Choice("bfloat16" if speedup > 1 else "float32", float(speedup), why)


def _pass(block, training):
    """Return a function that computes a block once for some images, and returns the seconds."""
    block.hybridize(**STATIC)

    def compute(images):
        start = time.perf_counter()
        with autograd.record(training):
            scores = block(images)
        if training:
            scores.backward()
        npx.waitall()
        return time.perf_counter() - start

    return compute


def check_dtype(dtype):
    """Raise ValueError unless a type can be asked for in a training."""
    if dtype not in (*TYPES, "auto"):
        raise ValueError(f"dtype must be 'float32', 'bfloat16' or 'auto', not {dtype!r}")


def check_saved_types(types):
    """Raise ValueError unless these are the types of a run, as `nets_in_dtype` returns them."""
    if not isinstance(types, list) or len(types) != 2 or any(t not in TYPES for t in types):
        raise ValueError(f"its types are {types!r}")


def nets_in_dtype(net, X, dtype, saved_types=None):
    """Return the nets to train and to test a net with, which share its parameters, and their types.

    Prints why 'bfloat16' was asked for and training stays in float32.

    Args:
        net: an initialized net.
        X: a batch of images as the net will get them.
        dtype: as in `train_ch6`.
        saved_types: the types in which a run was begun, if it is resumed.
    """
    if dtype == "float32":
        return [net, net], [dtype, dtype]
    net(X[:1])  # gives the parameters their shapes
    types, why = saved_types, "the run was begun in it"
    if not saved_types:
        choices = [choose_dtype(net, X, training) for training in (True, False)]
        types, why = [choice.dtype for choice in choices], choices[0].why
    if dtype == "bfloat16" and types[0] == "float32":
        print(f"Training in float32: {why}.")
    # A run that was begun in bfloat16 keeps its numbers where bfloat16 itself does not run.
    convert = round_to_bfloat16 if _problem_on(X.ctx) else to_bfloat16
    nets = [net if name == "float32" else convert(net) for name in types]
    for name, computing in zip(types, nets):
        if name == "bfloat16":
            computing.hybridize(**STATIC)
    return nets, types


def to_bfloat16(net):
    """Return a net that computes in bfloat16 with the parameters of this one.

    The parameters stay in float32 and are shared: training either net trains both. Convolutions
    and dense layers read numbers rounded to bfloat16, sum in float32, and round the result.
    Inputs and outputs are float32.

    The result runs only where oneDNN has such kernels (see `mxnet_today.bfloat16.problem`), and is
    not always faster: see `choose_dtype`. `round_to_bfloat16` shows the numbers anywhere.

    Args:
        net: a HybridBlock of one input whose parameters have their shapes, as after a forward
            pass.

    Raises:
        ValueError: a parameter of the net has no shape yet, or is not float32.
    """
    return _block(_bfloat16_symbol(net), net.collect_params())


def round_to_bfloat16(net):
    """Return a net that rounds as `to_bfloat16` does, but computes in float32, on any CPU.

    It is slower than either and is meant for learning and testing what the rounding does.
    Gradients are rounded on their way back in the same places.

    Args, Raises: as `to_bfloat16`.
    """
    return _block(_with_float32_arithmetic(_bfloat16_symbol(net)), net.collect_params())


def bfloat16(values):
    """Return numbers rounded to the nearest bfloat16, as a float32 NumPy array.

    bfloat16 is the upper half of float32: a sign, 8 bits of exponent, 7 bits after the point. Of
    two that are equally near, the one with an even last bit is taken.

    Args:
        values: a number or array of them; finite.
    """
    bits = numpy.atleast_1d(numpy.asarray(values, dtype=numpy.float32)).view(numpy.uint32)
    last_kept_bit = (bits >> 16) & 1
    rounded = (bits + 0x7FFF + last_kept_bit) & 0xFFFF0000
    return rounded.astype(numpy.uint32).view(numpy.float32).reshape(numpy.shape(values))


def _bfloat16_symbol(net):
    """Return the graph of a net, with casts to bfloat16 in front of what computes in it."""
    for name, parameter in net.collect_params().items():
        if not parameter.shape or min(parameter.shape) < 1:
            raise ValueError(f"{name} has no shape yet: initialize the net and call it once")
        if parameter.dtype not in ("float32", numpy.float32):
            raise ValueError(f"{name} is {parameter.dtype}; the net to convert must be float32")
    return amp.convert_symbol(_symbol(net), target_dtype="bfloat16", cast_optional_params=False)


def _symbol(net):
    """Return the graph of a net."""
    return net(mx.sym.var("data").as_np_ndarray())


def _with_float32_arithmetic(symbol):
    """Return a bfloat16 graph with float32 arithmetic, and rounding where the types were.

    Rounding takes the place of each cast to bfloat16, and comes behind each operator whose result
    would have been bfloat16.
    """
    graph = json.loads(symbol.tojson(remove_amp_cast=False))
    nodes, new_index = [], []
    for node in graph["nodes"]:
        node["inputs"] = [[new_index[source], *rest] for source, *rest in node["inputs"]]
        if node.get("attrs", {}).get("dtype") == "bfloat16":
            nodes += _rounding(node["name"], node["inputs"][0], len(nodes))
        else:
            nodes.append(node)
        if node["op"] in BFLOAT16_OPERATORS:
            nodes += _rounding(f"{node['name']}_result", [len(nodes) - 1, 0, 0], len(nodes))
        new_index.append(len(nodes) - 1)
    return mx.sym.load_json(
        json.dumps(
            {
                "nodes": nodes,
                "arg_nodes": [new_index[node] for node in graph["arg_nodes"]],
                "heads": [[new_index[node], *rest] for node, *rest in graph["heads"]],
                "attrs": graph["attrs"],
            }
        )
    )


def _rounding(name, source, index):
    """Return the nodes that round what comes from `source`; the first gets number `index`.

    Veltkamp's splitting (Dekker 1971) in float32: a = 65537 x, then a - (a - x) is x rounded to 8
    bits. The copy of x makes MXNet sum the gradients in the order in which they undergo the same
    splitting, so that they are rounded as well.
    """

    def node(op, suffix, *inputs, **attrs):
        return {"op": op, "name": f"{name}_{suffix}", "inputs": list(inputs), "attrs": attrs}

    copy, large, large_copy, rest = ([index + i, 0, 0] for i in range(4))
    factor = str(2.0**FLOAT32_BITS_DROPPED + 1)
    return [
        node("_copy", "copy", source),
        node("_mul_scalar", "large", source, scalar=factor),
        node("_mul_scalar", "large_copy", copy, scalar=factor),
        node("elemwise_sub", "rest", large_copy, copy),
        node("elemwise_sub", "rounded", large, rest),
    ]


def _block(symbol, params=None):
    """Return the block that computes a symbol, with parameters of its own or those given."""
    data = mx.sym.var("data").as_np_ndarray()
    with warnings.catch_warnings():
        # SymbolBlock cannot tell the type of "data" behind a cast, and need not.
        warnings.filterwarnings("ignore", "Cannot decide type", UserWarning)
        return gluon.SymbolBlock(symbol.as_np_ndarray(), data, params=params)
