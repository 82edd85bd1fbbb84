"""What a block with a forward of its own does: one image is sent through a copy of it."""

import contextlib
import copy
import io
import re
from collections import OrderedDict

from d2l_helpers.inspection.receptive_field import largest, read_graph

import numpy
from mxnet import autograd, init, np
from mxnet.base import MXNetError
from mxnet.context import current_context
from mxnet.gluon import Block, HybridBlock, Parameter, ParameterDict, SymbolBlock, nn
from mxnet.ndarray import NDArray


class TraceError(Exception):
    """A block cannot take an image.

    Attributes:
        call: the innermost `Call` that was not finished; None if none was begun.
    """

    def __init__(self, call, reason):
        super().__init__(reason)
        self.call = call


class Call:
    """A block that is called on the way of an image.

    Attributes:
        block: the block, one of the copy.
        parent: the `Call` inside of which it is called, or None.
        in_shape, out_shape: of its first input and of its output, with a batch of one image; a
            list of shapes where there are several arrays.
        reach: of its output, as in `receptive_field`.
        products: a dict of the `Product`s that are computed in it, its parts included.
        multiply_adds: of one image, of these products.
    """

    def __init__(self, block, parent, in_shape):
        self.block, self.parent, self.in_shape = block, parent, in_shape
        self.out_shape, self.reach, self.products, self.multiply_adds = None, None, {}, 0


def is_sequence(block):
    """Return whether a block only sends its input through its children, one after the other."""
    kind = type(block)
    if isinstance(block, nn.HybridSequential):
        own = nn.HybridSequential
        return (kind.forward, kind.hybrid_forward) == (own.forward, own.hybrid_forward)
    return isinstance(block, nn.Sequential) and kind.forward is nn.Sequential.forward


def is_gluon_layer(block):
    """Return whether a block computes as one of the layers of `gluon.nn` does."""
    return (
        isinstance(block, HybridBlock)
        and not is_sequence(block)
        and type(block).forward is HybridBlock.forward
        and type(block).hybrid_forward.__module__.startswith(nn.__name__ + ".")
    )


def blocks_below(block):
    """Return the blocks below a block, at any depth."""
    found = []
    block.apply(found.append)
    return [part for part in found if part is not block]


def trace(block, in_shape, start, image_size):
    """Send one image through a copy of a block, and return what is called on its way.

    The image and the weights of the copy are zeros, so that no random numbers are drawn, and it
    computes as in prediction. The block itself stays as it is.

    Args:
        block: any Gluon block, initialized or not.
        in_shape: of its input; the first axis is the batch, of which one image is taken.
        start: the `ReceptiveField` of the input.
        image_size: as in `read_graph`.

    Returns:
        A list of `Call`s in the order in which they begin; the first is the block's own.
        Sequentials are opened up, layers of `gluon.nn` are not looked into.

    Raises:
        TraceError: the block cannot take the input.
    """
    tracer = None
    try:
        device = _device(block)
        copied = _copy(block, device)
        X = np.zeros((1, *in_shape[1:]), dtype=_dtype(block), ctx=device)
        X.attach_grad()
        tracer = _Tracer(copied, autograd.get_symbol(X).name, start, image_size)
        # MXNet prints the arguments of a failed inference before it raises.
        with contextlib.redirect_stdout(io.StringIO()), autograd.record(train_mode=False):
            copied(X)
    except Exception as error:
        innermost = tracer.unfinished[-1] if tracer and tracer.unfinished else None
        raise TraceError(innermost, _reason(error)) from error
    tracer.count_multiply_adds(_num_weights(copied))
    return tracer.calls


class _Tracer:
    """Notes the calls of a block's parts, by hooks on them."""

    def __init__(self, block, image, start, image_size):
        self.image, self.start, self.image_size = image, start, image_size
        self.calls, self.unfinished, self.finished = [], [], []
        for part in _traced(block):
            part.register_forward_pre_hook(self.enter)
            part.register_forward_hook(self.leave)

    def enter(self, block, inputs):
        if not _arrays(inputs):  # but symbols, with which MXNet infers the shapes of parameters
            return
        call = Call(block, self.unfinished[-1] if self.unfinished else None, _shape(inputs[0]))
        _, call.products = self.read(inputs)  # of those before it, until it ends
        self.calls.append(call)
        self.unfinished.append(call)

    def leave(self, block, inputs, output):
        if not _arrays(inputs):
            return
        call = self.unfinished.pop()
        call.out_shape = _shape(output)
        call.reach, products = self.read(output)
        call.products = {name: products[name] for name in products.keys() - call.products.keys()}
        self.finished.append(call)

    def read(self, arrays):
        """Return the reach of arrays, and all products that they are made of."""
        reaches, products = [], {}
        for array in _arrays(arrays):
            with contextlib.suppress(MXNetError):  # it is not made of the image or of weights
                symbol = autograd.get_symbol(array)
                reading = read_graph(symbol, self.image, self.start, self.image_size)
                reaches.append(reading.reach)
                products |= reading.products
        return largest(reaches) or self.start, products

    def count_multiply_adds(self, num_weights):
        """Give each call its multiply-adds: a product is of the innermost call it was made in."""
        costs = {}
        for call in self.finished:
            for name in call.products.keys() - costs.keys():
                costs[name] = call.products[name].multiply_adds(num_weights, call.out_shape)
            call.multiply_adds = sum(costs[name] for name in call.products)


def _reason(error):
    """Return what an error says, in one line, without MXNet's own time, file and line."""
    lines = str(error).strip().splitlines() or ["no reason given"]
    line = lines[-1 if isinstance(error, MXNetError) else 0]  # MXNet begins with a traceback
    if "MXNetError: " in line:
        return re.sub(r".*(Check failed: |\[\d\d:\d\d:\d\d\] |MXNetError: )", "", line)
    return f"{type(error).__name__}: {line}"


def _traced(block):
    """Return the blocks that become `Call`s: all but Sequentials and the insides of layers."""
    found = [block, *blocks_below(block)]
    if any(isinstance(part, SymbolBlock) for part in found):
        raise TypeError("a SymbolBlock is compiled, and cannot be looked into")
    inside = {id(part) for layer in found if is_gluon_layer(layer) for part in blocks_below(layer)}
    return [part for part in found if id(part) not in inside and not is_sequence(part)]


def _copy(block, device):
    """Return a copy of a block on a device, not hybridized, with weights of zero.

    What is no part of a net (a trainer, a compiled graph, a plot) is shared. Hooks stay behind:
    who set them does not expect this image.
    """
    memo = {id(p): copy.copy(p) for p in block.collect_params().values()}
    copied_types = (Block, Parameter, ParameterDict, NDArray, numpy.ndarray, list, tuple, dict, set)
    for part in [block, *blocks_below(block)]:
        memo |= {id(v): v for v in vars(part).values() if not isinstance(v, copied_types)}
        memo[id(part._forward_hooks)] = OrderedDict()
        memo[id(part._forward_pre_hooks)] = OrderedDict()
    copied = copy.deepcopy(block, memo)
    for part in [copied, *blocks_below(copied)]:
        if isinstance(part, HybridBlock):  # a Sequential would advise to hybridize
            part.hybridize(False)
    for parameter in copied.collect_params().values():
        parameter.init = init.Zero()
        parameter.grad_req = "null"  # saves the memory of the gradients
        parameter.initialize(ctx=device, force_reinit=True)
    return copied


def _device(block):
    """Return the first device of an initialized block, or the current one."""
    for parameter in block.collect_params().values():
        with contextlib.suppress(RuntimeError):  # not initialized
            return parameter.list_ctx()[0]
    return current_context()


def _dtype(block):
    return next((p.dtype for p in block.collect_params().values()), "float32")


def _num_weights(block):
    """Return how many weights each parameter has that was used, by its name in the graph."""
    sizes = {}
    for parameter in block.collect_params().values():
        with contextlib.suppress(MXNetError):  # it was not used
            sizes[autograd.get_symbol(parameter.data()).name] = parameter.data().size
    return sizes


def _arrays(values):
    """Return the arrays in an array, or in a nested list or tuple."""
    if isinstance(values, (list, tuple)):
        return [array for value in values for array in _arrays(value)]
    return [values] if isinstance(values, NDArray) else []


def _shape(values):
    """Return the shape of an array, or a list of the shapes of several."""
    arrays = _arrays(values)
    return arrays[0].shape if len(arrays) == 1 else [array.shape for array in arrays]
