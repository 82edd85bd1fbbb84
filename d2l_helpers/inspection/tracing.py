"""What a block with a forward of its own computes, noted by hooks on its parts (lesson 05)."""

import contextlib
import copy
import io
import json
import math
import re
from collections import OrderedDict

from d2l_helpers.inspection import receptive_field

import numpy
import pandas as pd
from mxnet import autograd, init, np, sym
from mxnet.base import MXNetError
from mxnet.context import current_context
from mxnet.gluon import Block, HybridBlock, Parameter, ParameterDict, nn
from mxnet.ndarray import NDArray

# MXNet's operators that compute each value from the values at its place, and with them all that
# take no multiply-adds. A sum or a mean does: behind a product of values it makes a product of
# matrices. Around these names MXNet puts others, as in _npi_add_scalar and broadcast_add.
NAMES = r"(_npi_|_npx_|_np_|broadcast_|elemwise_|_)?({})(_scalar)?"
POINTWISE = (
    "abs|absolute|activation|add|batchnorm|clip|concat(enate)? along 1|copyto|dropout|elu|exp|"
    "flatten|leakyrelu|log|lrn|maximum|minimum|mul|multiply|negative|plus|r?div|r?minus|r?power|"
    "r?subtract|r?true_divide|relu|sigmoid|softsign|sqrt|square|tanh"
)
FREE = (
    f"{POINTWISE}|argmax|concat(enate)? along .*|embedding|expand_dims|flip|layernorm|log_softmax|"
    "max|min|pad|pooling|repeat|reshape|roll|slice|softmax|split|split_v2|squeeze|stack|swapaxis|"
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
        and not is_sequence(block)
        and type(block).forward is HybridBlock.forward
        and type(block).hybrid_forward.__module__.startswith(nn.__name__ + ".")
    )


def with_blocks_below(block):
    """Return a block and those below it, at any depth."""
    found = []
    block.apply(found.append)
    return found


def symbol_of(block):
    """Return the symbol of a layer, or of another block without parts; None if it has none."""
    is_alone = isinstance(block, HybridBlock) and len(with_blocks_below(block)) == 1
    if not (is_alone or is_gluon_layer(block)):
        return None
    try:
        output = block(sym.var("data").as_np_ndarray())
    except Exception:  # the forward asks for a shape or for values, which a symbol does not have
        return None
    return output if isinstance(output, sym.Symbol) else None


class Part:
    """A layer of a net, or a block that is called while another one, its `parent`, computes.

    Attributes:
        block, parent: the block (of a copy, if it was traced), and a `Part` or None.
        in_shape, out_shape: of its first input and of its output; lists where these are lists.
        parameters: {name: size}, which `layer_table` adds.
        multiply_adds: of one image, in all its calls; pandas.NA if they cannot be known.
        field: the `ReceptiveField` of its last output, None if it cannot be known.
    """

    def __init__(self, block, parent=None):
        self.block, self.parent, self.multiply_adds = block, parent, 0


def measure(layer, symbol, num_weights, in_shape, out_shape, field, input_shape):
    """Return the multiply-adds of a block without parts, for one image, and its `ReceptiveField`.

    Args:
        layer, symbol: the block, and what `symbol_of` gives.
        num_weights: of its kernels or its matrix, without the biases.
        in_shape, field: of its input.
        out_shape, input_shape: of its output, and of the input of the whole net.
    """
    settings = getattr(layer, "_kwargs", {})
    if is_gluon_layer(layer) and isinstance(layer, nn.Dense):
        positions = math.prod(out_shape[:-1])
    elif is_gluon_layer(layer) and "kernel" in settings:
        # A transposed convolution, which has an adj, uses each weight at each value of its input.
        shape = in_shape if "adj" in settings else out_shape
        positions = math.prod(n for n, axis in zip(shape, settings["layout"]) if axis != "C")
    else:
        pointwise = _has_only(POINTWISE, symbol)
        return 0 if _has_only(FREE, symbol) else pd.NA, field if pointwise else None
    per_image, rest = divmod(num_weights * positions, input_shape[0])
    # No whole number if the batch was averaged before.
    return pd.NA if rest else per_image, receptive_field.behind(layer, field, input_shape)


def _has_only(names, symbol):
    """Return whether all operators of a graph have these names, POINTWISE or FREE."""
    pattern = re.compile(NAMES.format(names))
    for node in _nodes(symbol):
        name, settings = node["op"].lower(), node.get("attrs", {})
        if name.endswith(("concat", "concatenate")):
            name += f" along {settings.get('axis', settings.get('dim', 1))}"
        if name != "null" and not pattern.fullmatch(name):
            return False
    return True


def _nodes(symbol):
    return json.loads(symbol.tojson())["nodes"]


class TraceError(Exception):
    """A block fails on an input: `part` is the innermost one at work, None if it is in no part."""

    def __init__(self, error, part):
        first_line = reason(error).partition("\n")[0]
        super().__init__(f"{type(error).__name__}: {first_line}")
        self.part = part


def trace(block, in_shape, field, input_shape):
    """Send zeros through a copy of a block, and return it and what it calls, as `Part`s.

    The weights are zeros too, so that no random numbers are drawn, and it computes as in
    prediction. Sequentials are opened up, layers of `gluon.nn` are not looked into.

    Args:
        block: any Gluon block, initialized or not.
        in_shape, field: of its input; a list of shapes if it takes a list of arrays.
        input_shape: of the net's input.

    Raises:
        TraceError: the block cannot take the input, or cannot be copied.
    """
    # While MXNet records, nothing can be changed in place, which is fine in prediction.
    for mode in (autograd.record(train_mode=False), autograd.pause(train_mode=False)):
        try:
            return _trace(block, in_shape, field, input_shape, mode)
        except TraceError as error:
            failure = error
    raise failure


def _trace(block, in_shape, field, input_shape, mode):
    at_work = []
    try:
        copied, X = copy_and_input(block, in_shape)
        tracer = _Tracer(copied, X, field, input_shape, at_work)
        # MXNet prints the arguments of a failed inference before it raises.
        with contextlib.redirect_stdout(io.StringIO()), mode:
            copied(X)
    except Exception as error:
        raise TraceError(error, at_work[-1] if at_work else None) from error
    return list(tracer.parts.values())


class _Tracer:
    """Notes the calls of a block's parts, by hooks on them.

    The graph that autograd records is cut where a part begins and ends. So the graph of an array
    shows what a block's own forward has computed since, from arrays of known receptive fields.
    """

    def __init__(self, block, X, field, input_shape, at_work):
        self.block, self.input_shape, self.at_work = block, input_shape, at_work
        self.parts, self.known = {}, {}
        for array in _arrays(X):
            self.cut(array, field)
        blocks = with_blocks_below(block)
        layers = [part for part in blocks if is_gluon_layer(part)]
        for array in _own_arrays(block, blocks, layers):
            self.cut(array, receptive_field.NOTHING)
        inside = [part for layer in layers for part in layer._children.values()]
        for part in blocks:
            if part not in inside and not is_sequence(part):
                part.register_forward_pre_hook(self.enter)
                part.register_forward_hook(self.leave)

    def enter(self, block, inputs):
        if not _arrays(inputs):  # but symbols, with which MXNet infers the shapes of parameters
            return
        fields = [self.count_and_cut(array) for array in _arrays(inputs)]
        part = self.parts.setdefault(block, Part(block, self.at_work[-1] if self.at_work else None))
        part.in_shape, part.field = _shape(inputs[0]), fields[0]
        self.at_work.append(part)

    def leave(self, block, inputs, output):
        if not _arrays(inputs):
            return
        part = self.at_work[-1]
        part.out_shape = _shape(output)
        symbol = symbol_of(block)
        if symbol is None:
            fields = [self.count_and_cut(array) for array in _arrays(output)]
            part.field = fields[0] if len(fields) == 1 else None
        else:
            weights = block.weight.data().size if hasattr(block, "weight") else 0
            shapes = part.in_shape, part.out_shape
            number, part.field = measure(
                block, symbol, weights, *shapes, part.field, self.input_shape
            )
            self.count(number)
            self.cut(output, part.field)
        self.at_work.pop()

    def count_and_cut(self, array):
        """Count what was computed by no layer since the last cuts, and return its field."""
        number, field = pd.NA, None
        with contextlib.suppress(MXNetError):  # it was not recorded
            symbol = autograd.get_symbol(array)
            variables = {node["name"] for node in _nodes(symbol) if node["op"] == "null"}
            # Others may have been computed where MXNet does not record, as in NumPy.
            if variables <= self.known.keys():
                maps = [self.known[name] for name in variables]
                number = 0 if _has_only(FREE, symbol) else pd.NA
                field = receptive_field.merged(maps) if _has_only(POINTWISE, symbol) else None
        self.count(number)
        self.cut(array, field)
        return field

    def count(self, number):
        for part in self.at_work:
            part.multiply_adds += number

    def cut(self, array, field):
        array.attach_grad()
        self.known[autograd.get_symbol(array).name] = field, array.shape[2:]


def _own_arrays(block, blocks, layers):
    """Return the arrays that a forward may use itself: those of blocks which are no layers."""
    of_layers = {p for layer in layers for p in layer.collect_params().values()}
    parameters = [p for p in block.collect_params().values() if p not in of_layers]
    # Such as the running means of a batch normalization by hand.
    held = [value for part in blocks for value in vars(part).values() if isinstance(value, NDArray)]
    return held + [p.data() for p in parameters if p._data is not None]


def copy_and_input(block, in_shape):
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
    dtype = next((p.dtype for p in parameters), "float32")
    devices = [p.list_ctx()[0] for p in parameters if p._data or p._deferred_init]
    device = devices[0] if devices else current_context()
    for parameter in copied.collect_params().values():
        parameter.init = init.Zero()
        parameter.grad_req = "null"  # saves the memory of the gradients
        parameter.initialize(ctx=device, force_reinit=True)
    shapes = in_shape if isinstance(in_shape, list) else [in_shape]
    X = [np.zeros(shape, dtype=dtype, ctx=device) for shape in shapes]
    return copied, X if isinstance(in_shape, list) else X[0]


def reason(error):
    """Return what an error says, without MXNet's C++ functions, files and times of day."""
    text = re.sub(r"\ATraceback .*\n(  .*\n)*", "", str(error).strip())
    text = re.sub(r"\[\d\d:\d\d:\d\d\] \S+: ", "", text)
    return text.removeprefix(f"{type(error).__name__}: ")


def _arrays(values):
    """Return the arrays in an array, or in a nested list or tuple."""
    if isinstance(values, (list, tuple)):
        return [array for value in values for array in _arrays(value)]
    return [values] if isinstance(values, NDArray) else []


def _shape(values):
    """Return the shape of an array, or a list of the shapes of several."""
    arrays = _arrays(values)
    return arrays[0].shape if len(arrays) == 1 else [array.shape for array in arrays]
