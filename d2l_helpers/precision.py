"""bfloat16: float32 with 8 bits of precision in place of 24, for CPUs with AMX.

MXNet's own `amp.init()` does nothing for the NumPy interface, so the nets are converted here, as
graphs.
"""

import json
import warnings

import mxnet as mx
import numpy
from mxnet import gluon
from mxnet.contrib import amp

# The operators that compute in bfloat16; activations and pooling pass it on, the rest is float32.
BFLOAT16_OPERATORS = ("Convolution", "FullyConnected")
FLOAT32_BITS_DROPPED = 16  # of its 24 bits of precision, bfloat16 keeps 8


def to_bfloat16(net):
    """Return a net that computes in bfloat16 with the parameters of this one.

    The parameters stay in float32 and are shared: training either net trains both. Convolutions
    and dense layers read numbers rounded to bfloat16, sum in float32, and round the result.
    Inputs and outputs are float32.

    The result runs only where oneDNN has such kernels: see `mxnet_today.cpu.bfloat16_support`.
    `round_to_bfloat16` shows the numbers anywhere.

    Args:
        net: a HybridBlock of one input whose parameters have their shapes, as after a forward
            pass.

    Raises:
        ValueError: a parameter of the net has no shape yet, or is not float32.
    """
    return _block(_bfloat16_symbol(net), net)


def round_to_bfloat16(net):
    """Return a net that rounds as `to_bfloat16` does, but computes in float32, on any CPU.

    It is slower than either and is meant for learning and testing what the rounding does.
    Gradients are rounded on their way back in the same places.

    Args, Raises: as `to_bfloat16`.
    """
    return _block(_with_float32_arithmetic(_bfloat16_symbol(net)), net)


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
    symbol = net(mx.sym.var("data").as_np_ndarray())
    return amp.convert_symbol(symbol, target_dtype="bfloat16", cast_optional_params=False)


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


def _block(symbol, net):
    """Return the block that computes a symbol with the parameters of a net."""
    with warnings.catch_warnings():
        # SymbolBlock cannot tell the type of "data" behind a cast, and need not.
        warnings.filterwarnings("ignore", "Cannot decide type", UserWarning)
        return gluon.SymbolBlock(
            symbol.as_np_ndarray(), mx.sym.var("data").as_np_ndarray(), params=net.collect_params()
        )
