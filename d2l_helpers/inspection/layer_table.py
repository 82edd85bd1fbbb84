"""Shape arithmetic, and the table of a net's layers (lessons 00 and 05)."""

import collections
import contextlib
import io
import math
import numbers

from d2l_helpers.inspection import receptive_field
from d2l_helpers.inspection.tracing import (
    Part,
    TraceError,
    is_gluon_layer,
    is_sequence,
    measure,
    reason,
    symbol_of,
    trace,
)
from d2l_helpers.utils.validation import check_image_type, check_net, check_whole_number

import pandas as pd
from mxnet.base import MXNetError
from mxnet.gluon import nn

CONVOLUTIONS = (nn.Conv2D,)
POOLINGS = (nn.MaxPool2D, nn.AvgPool2D)
SHORT_NAMES = {"Conv2D": "conv", "MaxPool2D": "pool", "AvgPool2D": "pool"}
COLUMNS = ["layer", "type", "output_shape", "parameters", "multiply_adds", "receptive_field"]
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
        TypeError, ValueError: an argument that is not a whole number; a kernel or stride
            below 1; a size or padding below 0.
        ValueError: the kernel is longer than the padded input, so the map vanishes.
    """
    size = check_whole_number("size", size, at_least=0)
    kernel = check_whole_number("kernel", kernel, at_least=1)
    stride = check_whole_number("stride", stride, at_least=1)
    padding = check_whole_number("padding", padding, at_least=0)
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

    Raises:
        TypeError: a layer without a kernel.
    """
    settings = getattr(layer, "_kwargs", {})
    if "kernel" not in settings:
        raise TypeError(
            f"the layer is a {type(layer).__name__}, without a kernel: give a convolution or a "
            "pooling"
        )
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
    return {numbered_name(type(layer).__name__, counts): layer for layer in leaf_layers(net)}


def layer_table(net, input_shape):
    """Return a table of the layers of a net: what each makes of its input, and what it costs.

    The shapes of Gluon's layers are inferred from their definitions: nothing is computed or
    initialized, and the net's parameters stay as they are, initialized or not.

    A block with a forward of its own is measured: an input of zeros is sent through a copy of it.
    The rows of the parts that are called on the way follow the block's own: residual1, then
    residual1.conv1 and so on. The parameters and multiply-adds of the block are those of its parts
    and its own; where its branches meet, the largest receptive field counts.

    A number that cannot be known is <NA>, pandas.NA, and so is a total that it belongs to:

    - multiply_adds of a block whose own forward may compute a convolution or a product of matrices:
      it calls an operator that is not in `tracing.FREE`, or makes arrays outside of MXNet;
    - receptive_field of such a block, of one that cuts out or moves values (a slice, a reshaping, a
      transposed convolution), and of all that follow;
    - parameters of a part that is not called, as long as nothing has decided their shapes.

    Args:
        net: a Gluon net, such as a Sequential or HybridSequential, nested ones included.
        input_shape: (batch, channel, height, width), or what else the net takes, such as
            (batch, features) for one of dense layers.

    Returns:
        A pandas DataFrame with one row per layer and a last row of totals, in which parts do not
        count again, nor do parameters that layers share. Columns: layer (conv1, pool1 and so on),
        type, output_shape, parameters, multiply_adds (of one image, in convolutions and products
        of matrices), receptive_field (pixels of the input, along the axis where it is longer, that
        one output value sees; the whole image from the first dense layer or global pooling on).

    Raises:
        TypeError: no net.
        ValueError: a net without layers, a shape that is none, or a layer that cannot take its
            input, as its map vanishes or its weights are made for other channels; the layer is
            named, as `why_input_fails` does.
    """
    parts = _parts(net, input_shape)
    if not parts:
        raise ValueError(f"the {type(net).__name__} has no layers: add them with net.add(...)")
    names, counts = {}, collections.Counter()
    for part in parts:
        prefix = f"{names[part.parent]}." if part.parent else ""
        names[part] = numbered_name(type(part.block).__name__, counts, prefix)
    layers = [part for part in parts if part.parent is None]
    last, work = layers[-1], sum(part.multiply_adds for part in layers)
    all_sizes = {name: size for part in layers for name, size in part.parameters.items()}
    rows = [
        (names[p], type(p.block).__name__, p.out_shape, p.parameters, p.multiply_adds, p.field)
        for p in parts
    ]
    rows.append(("total", "", last.out_shape, all_sizes, work, last.field))
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["parameters"] = [sum(sizes.values()) for sizes in table["parameters"]]
    fields = table["receptive_field"]
    table["receptive_field"] = [pd.NA if field is None else field.size.max() for field in fields]
    unknown = table.columns[table.isna().any()]
    return table.astype(dict.fromkeys(unknown, "Int64"))  # which has <NA> and stays whole


def without_parts(table):
    """Return the rows of a layer table that are not parts of a block."""
    return table[~table["layer"].str.contains(".", regex=False)]


def why_input_fails(net, input_shape):
    """Return why a net cannot take an input, in a sentence that names the layer; None if it can.

    None also if that cannot be found out, since a block can neither be inferred nor copied.

    Args:
        net, input_shape: as for `layer_table`.
    """
    try:
        _parts(net, input_shape)
    except CannotTakeInput as error:
        if _channels_last(input_shape):
            return f"{str(error).removesuffix(LOOK_AT).strip()} {CHANNELS_LAST}"
        return str(error)
    except ValueError:
        return None
    return None


def _channels_last(shape):
    """Return whether this looks like images with their channels, 1 or 3, as the last axis."""
    is_batch = isinstance(shape, (tuple, list)) and len(shape) == 4
    return is_batch and shape[3] in (1, 3) and shape[1] > 3


@contextlib.contextmanager
def naming_the_layer(net, X):
    """If MXNet cannot send X through a net, say at which layer, as `why_input_fails`."""
    try:
        yield
    except (MXNetError, ValueError) as error:  # ValueError: at the first images
        check_image_type(net, X)
        why = why_input_fails(net, X.shape)
        if why is None:
            raise
        raise ValueError(why) from error


def _parts(net, input_shape):
    """Return the layers of a net and their parts, as `Part`s."""
    check_net(net)
    shape = input_shape = _checked(input_shape)
    parts, field = [], receptive_field.of_input(input_shape)
    for number, layer in enumerate(leaf_layers(net)):
        where = f"layer {number}, {layer if is_gluon_layer(layer) else type(layer).__name__},"
        found = _inferred(layer, where, shape, field, input_shape)
        found = found or _traced(layer, where, shape, field, input_shape)
        shape, field = found[0].out_shape, found[0].field
        parts += found
    return parts


def _checked(input_shape):
    """Return a shape as a tuple of integers, if it is one with at least two axes."""
    if len(getattr(input_shape, "shape", ())) > 1:
        raise CannotTakeInput(
            f"input_shape is an array of shape {input_shape.shape}: give its shape, X.shape"
        )
    shape = tuple(input_shape) if hasattr(input_shape, "__iter__") else ()
    if len(shape) < 2 or not all(isinstance(n, numbers.Integral) and n > 0 for n in shape):
        raise CannotTakeInput(
            "input_shape must be (batch, channel, height, width), or (batch, features) for dense "
            f"layers, not {input_shape}"
        )
    return tuple(map(int, shape))


def numbered_name(kind, counts, parent=""):
    """Return the name of a block in the table: its kind, counted within its parent.

    Args:
        kind: name of its class.
        counts: a Counter of the names so far, which goes on counting.
        parent: what the name begins with.
    """
    name = parent + SHORT_NAMES.get(kind, kind.lower())
    counts[name] += 1
    return f"{name}{counts[name]}"


def _inferred(layer, where, in_shape, field, input_shape):
    """Return a block whose definition says all, as the one `Part` of a list; [] for others."""
    symbol = symbol_of(layer)
    if symbol is None or isinstance(in_shape, list):
        return []
    out_shape, shapes = _infer(layer, symbol, where, in_shape, input_shape)
    if out_shape is None:
        return []
    part = Part(layer)
    part.out_shape = out_shape
    part.parameters = {name: math.prod(shape) for name, shape in shapes.items()}
    weights = part.parameters[layer.weight.name] if hasattr(layer, "weight") else 0
    part.multiply_adds, part.field = measure(
        layer, symbol, weights, in_shape, out_shape, field, input_shape
    )
    return [part]


def _infer(layer, symbol, where, in_shape, input_shape):
    """Return the output shape of a layer and the shapes of its parameters, each None if unknown."""
    try:
        # MXNet prints the arguments of a failed inference before it raises.
        with contextlib.redirect_stdout(io.StringIO()):
            arg_shapes, out_shapes, aux_shapes = symbol.infer_shape(data=in_shape)
    except MXNetError as error:
        why = f"{where} cannot take an input of shape {in_shape}."
        advice = f"MXNet's reason: {reason(error)}"
        if _is_window(layer) and len(in_shape) == 4:
            advice = LOOK_AT
        elif _is_window(layer) and in_shape == input_shape:
            why = f"input_shape must be (batch, channel, height, width), not {in_shape}"
            advice = ""
        raise CannotTakeInput(f"{why} {advice}".strip()) from error
    if out_shapes is None:
        return None, None
    inferred = dict(zip(symbol.list_arguments(), arg_shapes))
    inferred |= zip(symbol.list_auxiliary_states(), aux_shapes)
    del inferred["data"]
    for name, parameter in layer.collect_params().items():
        known = parameter.shape or ()
        if min(known, default=0) > 0 and known != inferred[name]:
            other = "images with another number of channels, or of another size"
            raise CannotTakeInput(
                f"{where} has weights of shape {known}, but an input of shape {in_shape} takes "
                f"{inferred[name]}: the net is made for "
                f"{other if len(in_shape) == 4 else 'an input of another shape'}."
            )
    return out_shapes[0] if len(out_shapes) == 1 else out_shapes, inferred


def _traced(block, where, in_shape, field, input_shape):
    """Return a block and its parts, by what is called on the way of an input."""
    try:
        parts = trace(block, in_shape, field, input_shape)
    except TraceError as error:
        if error.part is None:
            raise ValueError(f"{where} cannot be looked into ({error}).") from error
        raise CannotTakeInput(_failure(where, in_shape, error)) from error
    for part in parts:
        part.parameters = _sizes(part.block)
    return parts


def _sizes(block):
    """Return how many numbers each parameter holds; pandas.NA if no part that ran has decided."""
    shapes = {name: p.shape or (0,) for name, p in block.collect_params().items()}
    return {k: math.prod(s) if min(s, default=1) > 0 else pd.NA for k, s in shapes.items()}


def _failure(where, in_shape, error):
    """Return at which of its parts a block fails, and why."""
    sentence, part = f"{where} cannot take an input of shape {in_shape}", error.part
    if part.parent:
        name = part.block if is_gluon_layer(part.block) else type(part.block).__name__
        sentence += f": its part {name} is given {part.in_shape}"
    advice = f" {LOOK_AT}" if _is_window(part.block) and len(part.in_shape) == 4 else ""
    return f"{sentence} ({error}).{advice}"


def _is_window(layer):
    """Return whether a layer is a convolution or a pooling of (batch, channel, height, width)."""
    return len(getattr(layer, "_kwargs", {}).get("kernel", ())) == 2
