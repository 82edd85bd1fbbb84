"""How many pixels of the input an output value sees (lesson 04)."""

from typing import NamedTuple

import numpy
from mxnet.gluon import nn


class ReceptiveField(NamedTuple):
    """The receptive field of each value of a map, with one number per axis of the image.

    Attributes:
        size: pixels that one value sees.
        jump: pixels from one value to the next; 0 if all see the whole image.
    """

    size: numpy.ndarray
    jump: numpy.ndarray


def of_input(input_shape):
    """Return the `ReceptiveField` of the input itself: one pixel."""
    ones = numpy.ones_like(_lengths(input_shape))
    return ReceptiveField(ones, ones)


def behind(layer, field, input_shape):
    """Return the `ReceptiveField` behind a layer of `gluon.nn`, None if it cannot be known.

    Args:
        layer: a dense layer, or one with a kernel.
        field: of its input, or None.
        input_shape: of the net, which a dense layer and a global pooling see as a whole.
    """
    if field is None or not field.jump.any():
        return field
    lengths = _lengths(input_shape)
    settings = getattr(layer, "_kwargs", {})
    is_row = len(input_shape) == 2  # which a dense layer sees as a whole, flattened or not
    if settings.get("global_pool") or (isinstance(layer, nn.Dense) and (layer._flatten or is_row)):
        return ReceptiveField(lengths, 0 * lengths)
    transposed = getattr(layer, "_op_name", "") == "Deconvolution"
    if transposed or not settings.get("layout", "").startswith("NC"):
        return None
    reach = (numpy.array(settings["kernel"]) - 1) * settings.get("dilate", 1)
    return ReceptiveField(field.size + reach * field.jump, field.jump * settings["stride"])


def _lengths(input_shape):
    """Return the height and width of (batch, channel, height, width), or (batch, features)."""
    return numpy.array(input_shape[2:] or input_shape[1:])
