"""Shape arithmetic, and the table of a net's layers."""

import collections
import contextlib
import io
import math

from d2l_helpers.inspection.receptive_field import ReceptiveField, read_graph
from d2l_helpers.inspection.tracing import (
    TraceError,
    blocks_below,
    is_gluon_layer,
    is_sequence,
    trace,
)
from d2l_helpers.utils.validation import check_net

import pandas as pd
from mxnet import sym
from mxnet.base import MXNetError
from mxnet.gluon import HybridBlock, nn

CONVOLUTIONS = (nn.Conv2D,)
POOLINGS = (nn.MaxPool2D, nn.AvgPool2D)
SHORT_NAMES = {"Conv2D": "conv", "MaxPool2D": "pool", "AvgPool2D": "pool"}
LOOK_AT = (
    "If the feature map has become smaller than the kernel, the image is too small for this net; "
    "also check the number of channels and the order of the axes, (batch, channel, height, width)."
)
CHANNELS_LAST = (
    "The channels seem to be last; MXNet wants (batch, channel, height, width): "
    "X.transpose(0, 3, 1, 2)."
)


def conv_output_size(size, kernel, stride=1, padding=0):
    """Return the output length along one axis of a convolution or pooling, in pixels.

    floor((size + 2 * padding - kernel) / stride) + 1: how many positions the kernel can take.

    Args:
        size: length of the input along the axis.
        kernel: length of the kernel.
        stride: pixels between two positions of the kernel.
        padding: zeros added on each side.

    Raises:
        ValueError: the kernel is longer than the padded input, so the map vanishes.
    """
    padded = size + 2 * padding
    if kernel > padded:
        raise ValueError(
            f"a kernel of {kernel} does not fit into {size} pixels with padding {padding}: "
            "the feature map vanishes"
        )
    return (padded - kernel) // stride + 1


class CannotTakeInput(ValueError):
    """A layer cannot take its input."""


def conv_settings(layer):
    """Return what a convolution or a pooling was made with, as a dict.

    Args:
        layer: a Gluon layer such as Conv2D, MaxPool2D or AvgPool2D.

    Returns:
        kernel, stride, padding and dilation, each (height, width) in pixels; and groups, the
        number that the channels are divided into. Dilation and groups of a pooling are 1.
    """
    settings = layer._kwargs
    return {
        "kernel": settings["kernel"],
        "stride": settings["stride"],
        "padding": settings["pad"],
        "dilation": settings.get("dilate", (1, 1)),
        "groups": settings.get("num_group", 1),
    }


def activation_name(layer):
    """Return the activation that a layer ends with, such as 'relu'; None if there is none."""
    activation = getattr(layer, "act", None)
    return None if activation is None else activation._act_type


def leaf_layers(net):
    """Return the layers of a Sequential in order, with nested Sequentials opened up.

    A net that is not a Sequential counts as one layer.
    """
    if not is_sequence(net):
        return [net]
    return [layer for child in net for layer in leaf_layers(child)]


def named_layers(net):
    """Return the layers of a net, nested Sequentials opened up, by their names: conv1, dense2.

    The names are those of `layer_table`.
    """
    counts = collections.Counter()
    return {_name(layer, counts): layer for layer in leaf_layers(net)}


def layer_table(net, input_shape):
    """Return a table of the layers of a net: what each makes of its input, and what it costs.

    The shapes are inferred from the layers' definitions: nothing is computed or initialized, and
    the net's parameters stay as they are, initialized or not.

    A block with a forward of its own is measured: one image is sent through a copy of it, all
    zeros. The rows of the parts that are called on the way follow the block's own: residual1, then
    residual1.conv1 and so on. Parameters and multiply-adds of the block are those of its parts
    and its own; its receptive field is the largest of its branches.

    Args:
        net: a Gluon net, such as a Sequential or HybridSequential, nested ones included.
        input_shape: (batch, channel, height, width).

    Returns:
        A pandas DataFrame with a row a layer and a last row of totals, in which parts do not count
        again. Columns: layer (conv1, pool1 and so on), type, output_shape, parameters,
        multiply_adds (of one image, in convolutions and products of matrices), receptive_field
        (pixels of the input, along one axis, that one output value sees; the whole image from the
        first dense layer, global pooling or mean of a map on).

    Raises:
        TypeError: no net.
        ValueError: input_shape does not have four axes, or a layer cannot take its input, as its
            map vanishes or its weights are made for other channels; the layer is named, as
            `why_input_fails` does.
    """
    table = pd.DataFrame(_rows(net, input_shape))
    layers = without_parts(table)
    table.loc[len(table)] = {
        "layer": "total",
        "type": "",
        "output_shape": layers["output_shape"].iloc[-1],
        "parameters": layers["parameters"].sum(),
        "multiply_adds": layers["multiply_adds"].sum(),
        "receptive_field": layers["receptive_field"].iloc[-1],
    }
    return table


def without_parts(table):
    """Return the rows of a layer table that are not parts of a block."""
    return table[~table["layer"].str.contains(".", regex=False)]


def why_input_fails(net, input_shape):
    """Return why a net cannot take an input, in a sentence that names the layer; None if it can.

    Args:
        net, input_shape: as for `layer_table`.
    """
    try:
        _rows(net, input_shape)
    except CannotTakeInput as error:
        if _channels_last(input_shape):
            return f"{str(error).removesuffix(LOOK_AT).strip()} {CHANNELS_LAST}"
        return str(error)
    return None


def _channels_last(shape):
    """Return whether this looks like images with their channels, 1 or 3, as the last axis."""
    return len(shape) == 4 and shape[3] in (1, 3) and shape[1] > 3


@contextlib.contextmanager
def naming_the_layer(net, X):
    """If MXNet cannot send X through a Sequential net, say at which layer, as `why_input_fails`."""
    try:
        yield
    except (MXNetError, ValueError) as error:  # ValueError: at the first images
        is_sequential = isinstance(net, (nn.Sequential, nn.HybridSequential))
        reason = why_input_fails(net, X.shape) if is_sequential else None
        if reason is None:
            raise
        raise ValueError(reason) from error


def _rows(net, input_shape):
    """Return the rows of a net's layers and their parts, without the totals."""
    check_net(net)
    if len(input_shape) != 4:
        raise CannotTakeInput(
            f"input_shape must be (batch, channel, height, width), not {input_shape}"
        )
    rows, shape, reach = [], tuple(input_shape), ReceptiveField()
    image_size, counts = max(input_shape[2:]), collections.Counter()
    for number, layer in enumerate(leaf_layers(net)):
        if isinstance(shape, list):
            raise CannotTakeInput(
                f"layer {number}, {layer}, is given {len(shape)} arrays; only one can be followed"
            )
        symbol = _symbol(layer)
        if symbol is None:
            new_rows, reach = _measured_rows(layer, number, shape, reach, image_size, counts)
        else:
            row, reach = _inferred_row(layer, symbol, number, shape, reach, image_size, counts)
            new_rows = [row]
        rows += new_rows
        shape = new_rows[0]["output_shape"]
    return rows


def _symbol(layer):
    """Return the symbol of a layer whose definition says all, None for other blocks."""
    if not isinstance(layer, HybridBlock):
        return None
    has_parts = blocks_below(layer) or layer.collect_params().keys()
    if has_parts and not is_gluon_layer(layer):
        return None
    try:
        output = layer(sym.var("data").as_np_ndarray())
    except Exception:  # the forward asks for a shape or for values, which a symbol does not have
        return None
    return output if isinstance(output, sym.Symbol) else None


def _name(block, counts, parent=""):
    """Return the name of a block in the table: its kind, counted within its parent."""
    kind = type(block).__name__
    name = parent + SHORT_NAMES.get(kind, kind.lower())
    counts[name] += 1
    return f"{name}{counts[name]}"


def _inferred_row(layer, symbol, number, in_shape, reach, image_size, counts):
    """Return the row of a layer, from its symbol, and the reach behind it."""
    shape, weight_shapes = _infer(layer, symbol, number, in_shape)
    sizes = {name: math.prod(s) for name, s in weight_shapes.items()}
    reading = read_graph(symbol, "data", reach, image_size)
    reach = reading.reach or reach
    row = {
        "layer": _name(layer, counts),
        "type": type(layer).__name__,
        "output_shape": shape,
        "parameters": sum(sizes.values()),
        "multiply_adds": sum(p.multiply_adds(sizes, shape) for p in reading.products.values()),
        "receptive_field": reach.field,
    }
    return row, reach


def _infer(layer, symbol, number, in_shape):
    """Return the output shape of one layer, and the shapes of its parameters by name."""
    try:
        # MXNet prints the arguments of a failed inference before it raises.
        with contextlib.redirect_stdout(io.StringIO()):
            arg_shapes, out_shapes, aux_shapes = symbol.infer_shape(data=in_shape)
    except MXNetError as error:
        raise CannotTakeInput(
            f"layer {number}, {layer}, cannot take an input of shape {in_shape}. {LOOK_AT}"
        ) from error
    inferred = dict(zip(symbol.list_arguments(), arg_shapes))
    inferred |= zip(symbol.list_auxiliary_states(), aux_shapes)
    del inferred["data"]
    for name, parameter in layer.collect_params().items():
        known = parameter.shape or ()
        if min(known, default=0) > 0 and known != inferred[name]:
            raise CannotTakeInput(
                f"layer {number}, {layer}, has weights of shape {known}, but an input of shape "
                f"{in_shape} takes {inferred[name]}: the net is made for images with another "
                "number of channels, or of another size."
            )
    return out_shapes[0], inferred


def _measured_rows(block, number, in_shape, reach, image_size, counts):
    """Return the rows of a block and its parts, by a forward pass, and the reach behind it."""
    try:
        calls = trace(block, in_shape, reach, image_size)
    except TraceError as error:
        raise CannotTakeInput(_sentence(block, number, in_shape, error)) from error
    rows = {}
    for call in calls:
        if call.block not in rows:
            parent = f"{rows[call.parent.block]['layer']}." if call.parent else ""
            rows[call.block] = {
                "layer": _name(call.block, counts, parent),
                "type": type(call.block).__name__,
                "output_shape": None,
                "parameters": _num_parameters(call.block),
                "multiply_adds": 0,
                "receptive_field": None,
            }
        row = rows[call.block]  # if a part is called again, its last output counts
        row["output_shape"] = _with_batch(call.out_shape, in_shape[0])
        row["multiply_adds"] += call.multiply_adds
        row["receptive_field"] = call.reach.field
    return list(rows.values()), calls[0].reach


def _num_parameters(block):
    """Return the number of parameters, without those whose shape nothing has decided yet."""
    shapes = [p.shape for p in block.collect_params().values()]
    return sum(math.prod(s) for s in shapes if s is not None and min(s, default=1) > 0)


def _with_batch(shape, batch):
    """Return what the shape of one image's values is for a batch; for a list, of each."""
    if isinstance(shape, list):
        return [_with_batch(s, batch) for s in shape]
    return (batch * shape[0], *shape[1:]) if shape else shape


def _sentence(block, number, in_shape, error):
    """Return why a block could not be measured, and in which of its parts."""
    sentence = f"layer {number}, {type(block).__name__}, cannot take an input of shape {in_shape}"
    if error.call and error.call.parent:
        part = error.call.block
        name = part if is_gluon_layer(part) else type(part).__name__
        given = _with_batch(error.call.in_shape, in_shape[0])
        sentence += f": its part {name} is given {given}"
    return f"{sentence} ({error}). {LOOK_AT}"
