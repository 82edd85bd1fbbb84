"""What a block with a forward of its own computes, noted by hooks on its parts (lesson 04)."""

import contextlib
import copy
import io
import json
import math
import re
from collections import OrderedDict

import numpy
import pandas as pd
from mxnet import autograd, init, np
from mxnet.base import MXNetError
from mxnet.context import current_context
from mxnet.gluon import Block, HybridBlock, Parameter, ParameterDict, nn
from mxnet.ndarray import NDArray

# MXNet's operators that compute each value from the values at its place, and with them all that
# take no multiply-adds. A sum or a mean does: behind a product of values it makes a product of
# matrices. Around these names MXNet puts others, as in _npi_add_scalar and broadcast_add.
NAMES = r"(_npi_|_npx_|_np_|broadcast_|elemwise_|_)?({})(_scalar)?"
POINTWISE = (
    "abs|absolute|activation|add|batchnorm|clip|copyto|dropout|elu|exp|flatten|leakyrelu|log|lrn|"
    "maximum|minimum|mul|multiply|negative|plus|r?div|r?minus|r?power|r?subtract|r?true_divide|"
    "relu|sigmoid|softsign|sqrt|square|tanh"
)
FREE = (
    f"{POINTWISE}|argmax|concat|concatenate|embedding|expand_dims|flip|layernorm|log_softmax|max|"
    "min|pad|pooling|repeat|reshape|roll|slice|softmax|split|split_v2|squeeze|stack|swapaxis|"
    "transpose"
)


def is_sequence(block):
    """Return whether a block only sends its input through its children, one after the other."""
    plain = nn.HybridSequential if isinstance(block, HybridBlock) else nn.Sequential
    return isinstance(block, plain) and all(
        getattr(type(block), name, None) is getattr(plain, name, None)
        for name in ("forward", "hybrid_forward")
    )


def is_gluon_layer(block):
    """Return whether a block computes as one of the layers of `gluon.nn` does."""
    return (
        isinstance(block, HybridBlock)
        and not isinstance(block, nn.HybridLambda)
        and not is_sequence(block)
        and type(block).forward is HybridBlock.forward
        and type(block).hybrid_forward.__module__.startswith(nn.__name__ + ".")
    )


def with_blocks_below(block):
    """Return a block and those below it, at any depth."""
    found = []
    block.apply(found.append)
    return found


def multiply_adds(layer, num_weights, in_shape, out_shape, batch):
    """Return the multiply-adds of a layer of `gluon.nn` for one image.

    Args:
        layer: a layer; those other than dense layers and convolutions have none.
        num_weights: of its kernels or its matrix, without the biases.
        in_shape, out_shape: of the layer's input and output.
        batch: number of images that these are for.
    """
    settings = getattr(layer, "_kwargs", {})
    if isinstance(layer, nn.Dense):
        positions = math.prod(out_shape[:-1])
    elif "num_filter" in settings:
        # A transposed convolution uses each weight once for each value of its input.
        shape = in_shape if layer._op_name == "Deconvolution" else out_shape
        positions = math.prod(n for n, axis in zip(shape, settings["layout"]) if axis != "C")
    else:
        return 0
    per_image, rest = divmod(num_weights * positions, batch)
    return pd.NA if rest else per_image  # no whole number if the batch was averaged before


def only(names, symbol):
    """Return whether all operators of a graph have these names, POINTWISE or FREE."""
    pattern = re.compile(NAMES.format(names))
    return all(n["op"] == "null" or pattern.fullmatch(n["op"].lower()) for n in _nodes(symbol))


def _nodes(symbol):
    return json.loads(symbol.tojson())["nodes"]


class Part:
    """A layer of a net, or a block that is called while another one, its `parent`, computes.

    Attributes:
        block, parent: the block (of a copy, if it was traced), and a `Part` or None.
        in_shape, out_shape: of its first input and of its output; lists where these are lists.
        multiply_adds: of one image, in all its calls; pandas.NA if they cannot be known.
        field: the `ReceptiveField` of its output, None if it cannot be known.
    """

    def __init__(self, block, parent=None):
        self.block, self.parent = block, parent
        self.multiply_adds, self.field = 0, None


class TraceError(Exception):
    """A block fails on an input: `part` is the innermost one at work, None if it is in no part."""

    def __init__(self, error, part):
        super().__init__(reason(error))
        self.part = part


def trace(block, in_shape):
    """Send zeros through a copy of a block, and return it and what it calls, as `Part`s.

    The weights are zeros too, so that no random numbers are drawn, and it computes as in
    prediction. Sequentials are opened up, layers of `gluon.nn` are not looked into.

    Args:
        block: any Gluon block, initialized or not.
        in_shape: of its input; a list of shapes if it takes a list of arrays.

    Raises:
        TraceError: the block cannot take the input, or cannot be copied.
    """
    try:
        return _trace(block, in_shape, autograd.record(train_mode=False))
    except TraceError:
        # While MXNet records, nothing can be changed in place, which is fine in prediction.
        return _trace(block, in_shape, autograd.predict_mode())


def _trace(block, in_shape, mode):
    at_work = []
    try:
        copied, X = _copy_and_input(block, in_shape)
        tracer = _Tracer(copied, X, at_work)
        # MXNet prints the arguments of a failed inference before it raises.
        with contextlib.redirect_stdout(io.StringIO()), mode:
            copied(X)
    except Exception as error:
        raise TraceError(error, at_work[-1] if at_work else None) from error
    return list(tracer.parts.values())


class _Tracer:
    """Notes the calls of a block's parts, by hooks on them.

    The graph that autograd records is cut where a part begins and ends, so that the graph of an
    array shows what a block's own forward has computed since.
    """

    def __init__(self, block, X, at_work):
        self.batch, self.at_work, self.parts, self.cuts = len(_arrays(X)[0]), at_work, {}, set()
        self.cut(X)
        blocks = with_blocks_below(block)
        inside = [b for layer in blocks if is_gluon_layer(layer) for b in layer._children.values()]
        for part in blocks:
            if part not in inside and not is_sequence(part):
                part.register_forward_pre_hook(self.enter)
                part.register_forward_hook(self.leave)

    def enter(self, block, inputs):
        if not _arrays(inputs):  # but symbols, with which MXNet infers the shapes of parameters
            return
        self.count_own(inputs)
        parent = self.at_work[-1] if self.at_work else None
        part = self.parts.setdefault(block, Part(block, parent))
        part.in_shape = _shape(inputs[0])
        self.at_work.append(part)

    def leave(self, block, inputs, output):
        if not _arrays(inputs):
            return
        part = self.at_work[-1]
        part.out_shape = _shape(output)
        if is_gluon_layer(block):
            weights = block.weight.data().size if hasattr(block, "weight") else 0
            self.add(multiply_adds(block, weights, part.in_shape, part.out_shape, self.batch))
            self.cut(output)
        else:
            self.count_own(output)
        self.at_work.pop()

    def count_own(self, arrays):
        """Count what was computed for these arrays by no layer, since the last cuts."""
        if not all(map(self.is_free, _arrays(arrays))):
            self.add(pd.NA)
        self.cut(arrays)

    def is_free(self, array):
        """Return whether it is known that an array took no multiply-adds since the last cuts.

        It is not if other arrays took part: weights, or what NumPy has made of the input.
        """
        try:
            symbol = autograd.get_symbol(array)
        except MXNetError:  # it was not recorded
            return False
        variables = {node["name"] for node in _nodes(symbol) if node["op"] == "null"}
        return variables <= self.cuts and only(FREE, symbol)

    def add(self, number):
        for part in self.at_work:
            part.multiply_adds += number

    def cut(self, arrays):
        for array in _arrays(arrays):
            array.attach_grad()
            self.cuts.add(autograd.get_symbol(array).name)


def _copy_and_input(block, in_shape):
    """Return a copy of a block with weights of zero, not hybridized, and an input of zeros.

    What is no part of a net (a trainer, a compiled graph, a plot) is shared. Hooks stay behind:
    who set them does not expect this input.
    """
    parameters = block.collect_params().values()
    memo = {id(p): copy.copy(p) for p in parameters}
    copied_types = (Block, Parameter, ParameterDict, NDArray, numpy.ndarray, list, tuple, dict, set)
    for part in with_blocks_below(block):
        memo |= {id(v): v for v in vars(part).values() if not isinstance(v, copied_types)}
        memo |= {id(h): OrderedDict() for h in (part._forward_hooks, part._forward_pre_hooks)}
    copied = copy.deepcopy(block, memo)
    for part in with_blocks_below(copied):
        if isinstance(part, HybridBlock):  # a Sequential would advise to hybridize
            part.hybridize(False)
    device, dtype = _device(parameters), next((p.dtype for p in parameters), "float32")
    for parameter in copied.collect_params().values():
        parameter.init = init.Zero()
        parameter.grad_req = "null"  # saves the memory of the gradients
        parameter.initialize(ctx=device, force_reinit=True)
    if isinstance(in_shape, list):
        return copied, [np.zeros(shape, dtype=dtype, ctx=device) for shape in in_shape]
    return copied, np.zeros(in_shape, dtype=dtype, ctx=device)


def _device(parameters):
    """Return the first device of initialized parameters, or the current one."""
    for parameter in parameters:
        with contextlib.suppress(RuntimeError):  # not initialized
            return parameter.list_ctx()[0]
    return current_context()


def reason(error):
    """Return what an error says, in one line, without MXNet's own time, file and line."""
    lines = str(error).strip().splitlines() or ["no reason given"]
    line = lines[-1 if isinstance(error, MXNetError) else 0]  # MXNet begins with a traceback
    if "MXNetError: " in line:
        return re.sub(r".*(Check failed: |\[\d\d:\d\d:\d\d\] |MXNetError: )", "", line)
    return f"{type(error).__name__}: {line}"


def _arrays(values):
    """Return the arrays in an array, or in a nested list or tuple."""
    if isinstance(values, (list, tuple)):
        return [array for value in values for array in _arrays(value)]
    return [values] if isinstance(values, NDArray) else []


def _shape(values):
    """Return the shape of an array, or a list of the shapes of several."""
    arrays = _arrays(values)
    return arrays[0].shape if len(arrays) == 1 else [array.shape for array in arrays]
