"""Shape arithmetic, and the table of a net's layers."""

import collections
import contextlib
import io
import math

import pandas as pd
from mxnet import sym
from mxnet.base import MXNetError
from mxnet.gluon import nn

CONVOLUTIONS = (nn.Conv2D,)
POOLINGS = (nn.MaxPool2D, nn.AvgPool2D)
SHORT_NAMES = {"Conv2D": "conv", "MaxPool2D": "pool", "AvgPool2D": "pool"}
SEES_EVERYTHING = (nn.Dense, nn.GlobalMaxPool2D, nn.GlobalAvgPool2D)


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


def leaf_layers(net):
    """Return the layers of a Sequential in order, with nested Sequentials opened up."""
    layers = []
    for layer in net:
        is_nested = isinstance(layer, (nn.Sequential, nn.HybridSequential))
        layers.extend(leaf_layers(layer) if is_nested else [layer])
    return layers


def layer_table(net, input_shape):
    """Return a table of the layers of a net: what each makes of its input, and what it costs.

    The shapes are inferred from the layers' definitions: nothing is computed or initialized, and
    the net's parameters stay as they are, initialized or not.

    Args:
        net: a Sequential or HybridSequential, nested ones included.
        input_shape: (batch, channel, height, width).

    Returns:
        A pandas DataFrame with a row a layer and a last row of totals. Columns: layer (conv1,
        pool1 and so on), type, output_shape, parameters, multiply_adds (of one image),
        receptive_field (pixels of the input, along one axis, that one output value sees; the
        whole image from the first dense layer or global pooling on).

    Raises:
        ValueError: input_shape does not have four axes, or a layer cannot take its input, as its
            map vanishes or its weights are made for other channels; the layer is named.
    """
    if len(input_shape) != 4:
        raise ValueError(f"input_shape must be (batch, channel, height, width), not {input_shape}")
    rows, shape = [], tuple(input_shape)
    counts = collections.Counter()
    receptive_field, jump = 1, 1
    for number, layer in enumerate(leaf_layers(net)):
        name = type(layer).__name__
        short_name = SHORT_NAMES.get(name, name.lower())
        counts[short_name] += 1
        shape, parameter_shapes = _infer(layer, number, shape)
        if isinstance(layer, CONVOLUTIONS + POOLINGS):
            kernel, stride = layer._kwargs["kernel"][0], layer._kwargs["stride"][0]
            receptive_field += (kernel - 1) * jump
            jump *= stride
        elif isinstance(layer, SEES_EVERYTHING):
            receptive_field = max(input_shape[2:])
        rows.append(
            {
                "layer": f"{short_name}{counts[short_name]}",
                "type": name,
                "output_shape": shape,
                "parameters": sum(math.prod(s) for s in parameter_shapes),
                "multiply_adds": _multiply_adds(layer, shape, parameter_shapes),
                "receptive_field": receptive_field,
            }
        )
    table = pd.DataFrame(rows)
    table.loc[len(table)] = {
        "layer": "total",
        "type": "",
        "output_shape": shape,
        "parameters": table["parameters"].sum(),
        "multiply_adds": table["multiply_adds"].sum(),
        "receptive_field": receptive_field,
    }
    return table


def _infer(layer, number, in_shape):
    """Return the output shape of one layer and the shapes of its parameters."""
    output = layer(sym.var("data").as_np_ndarray())
    try:
        # MXNet prints the arguments of a failed inference before it raises.
        with contextlib.redirect_stdout(io.StringIO()):
            arg_shapes, out_shapes, aux_shapes = output.infer_shape(data=in_shape)
    except MXNetError as error:
        raise ValueError(
            f"layer {number}, {layer}, cannot take an input of shape {in_shape}. If the feature "
            "map has become smaller than the kernel, the image is too small for this net; also "
            "check the number of channels and the order of the axes, (batch, channel, height, "
            "width)."
        ) from error
    inferred = dict(zip(output.list_arguments(), arg_shapes))
    inferred |= zip(output.list_auxiliary_states(), aux_shapes)
    del inferred["data"]
    for name, parameter in layer.collect_params().items():
        known = parameter.shape or ()
        if min(known, default=0) > 0 and known != inferred[name]:
            raise ValueError(
                f"layer {number}, {layer}, has weights of shape {known}, but an input of shape "
                f"{in_shape} takes {inferred[name]}: the net is made for images with another "
                "number of channels, or of another size."
            )
    return out_shapes[0], list(inferred.values())


@contextlib.contextmanager
def naming_the_layer(net, X):
    """If MXNet cannot send X through a Sequential net, say at which layer, as `layer_table`."""
    try:
        yield
    except MXNetError:
        if isinstance(net, (nn.Sequential, nn.HybridSequential)):
            layer_table(net, X.shape)
        raise


def _multiply_adds(layer, out_shape, parameter_shapes):
    """Return the multiply-adds of one image: each weight is used once a position of the map."""
    if isinstance(layer, nn.Dense):
        return math.prod(parameter_shapes[0])
    if isinstance(layer, CONVOLUTIONS):
        return math.prod(parameter_shapes[0]) * math.prod(out_shape[2:])
    return 0
