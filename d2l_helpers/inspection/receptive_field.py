"""How many pixels of the input an output value sees (lesson 05)."""

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


NOTHING = ReceptiveField(
    numpy.zeros(1), numpy.zeros(1)
)  # of weights, which are no part of an image


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
    is_transposed = "adj" in settings
    if is_transposed or not settings.get("layout", "").startswith("NC"):
        return None
    reach = (numpy.array(settings["kernel"]) - 1) * settings.get("dilate", 1)
    return ReceptiveField(field.size + reach * field.jump, field.jump * settings["stride"])


def merged(maps):
    """Return the `ReceptiveField` where maps meet: the largest; None if it cannot be known.

    Args:
        maps: (`ReceptiveField` or None, (height, width)) of each.
    """
    maps = [(field, size) for field, size in maps if field is not NOTHING]
    fields = [field for field, _ in maps]
    if not fields or None in fields:
        return None
    whole = [field for field in fields if not field.jump.any()]
    if whole:
        return whole[0]
    jumps = [tuple(field.jump) for field in fields]
    if len(set(jumps)) > 1 or len({size for _, size in maps}) > 1:
        return None  # the values at one place do not belong together
    return ReceptiveField(numpy.max([field.size for field in fields], axis=0), fields[0].jump)


def _lengths(input_shape):
    """Return the height and width of (batch, channel, height, width), or (batch, features)."""
    return numpy.array(input_shape[2:] or input_shape[1:])
