"""Nets compared by what they compute, whatever they are written like (lesson 00)."""

import collections

from d2l_helpers.inspection.layer_table import (
    CONVOLUTIONS,
    POOLINGS,
    activation_name,
    conv_settings,
    leaf_layers,
    numbered_name,
)
from d2l_helpers.inspection.tracing import copy_and_input, is_gluon_layer, with_blocks_below
from d2l_helpers.models.parameters import named_parameters

import numpy
from mxnet import autograd, np
from mxnet.gluon import nn

MAX_IMAGES = 2  # that the outputs are compared for
MAX_OUTPUTS = 20
TOLERANCE = 1e-3  # of the largest output: processors round differently
POOLING_SETTINGS = ("kernel", "stride", "padding")


def layers(net):
    """Return a dict for each layer of a Sequential: its kind, and what it was made with.

    An activation that a layer ends with is a layer of its own. `Flatten`, which a dense layer does
    itself, is left out. A block with a forward of its own is one layer without settings.
    """
    found = []
    for layer in leaf_layers(net):
        if isinstance(layer, nn.Flatten):
            continue
        found.append({"kind": type(layer).__name__, **_settings(layer)})
        if is_gluon_layer(layer) and not isinstance(layer, nn.Activation):
            activation = activation_name(layer)
            found += [{"kind": "Activation", "function": activation}] if activation else []
    return found


def _settings(layer):
    if not is_gluon_layer(layer):
        return {}
    if isinstance(layer, CONVOLUTIONS):
        named = {"channels": layer._channels, **conv_settings(layer)}
        return {**named, "bias": layer.bias is not None}
    if isinstance(layer, POOLINGS):
        named = {k: v for k, v in conv_settings(layer).items() if k in POOLING_SETTINGS}
        return {**named, "rounding": layer._kwargs["pooling_convention"]}
    if isinstance(layer, nn.Dense):
        return {"units": layer._units, "bias": layer.bias is not None}
    if isinstance(layer, nn.Dropout):
        return {"rate": layer._rate}
    if isinstance(layer, nn.Activation):
        return {"function": layer._act_type}
    return {}


def names_of(found):
    """Return the names of layers that `layers` found, such as conv1 and activation2."""
    counts = collections.Counter()
    return [numbered_name(layer["kind"], counts) for layer in found]


def dropouts(net, input_shape):
    """Return the place and the rate of each dropout of a net, as a list; 0 is no dropout.

    The place is the number of layers with weights that have computed before it.
    """
    copied, zeros = copy_and_input(net, (1, *input_shape[1:]))
    copied(zeros)  # gives the parameters their shapes
    found, num_before = [], 0

    def note(block, inputs, output):
        nonlocal num_before
        if not isinstance(block, nn.Dropout):
            num_before += 1
        elif rates[block]:
            found.append((num_before, rates[block]))

    rates = {}
    for block in with_blocks_below(copied):
        if isinstance(block, nn.Dropout) or block._reg_params:
            block.register_forward_hook(note)
        if isinstance(block, nn.Dropout):
            rates[block], block._rate = rates.get(block, block._rate), 0  # draws no random numbers
    with autograd.train_mode():  # some forwards call their dropout in training alone
        copied(zeros)
    return found


def outputs(net, input_shape):
    """Return some outputs of a copy of a net for fixed images and weights, in evaluation.

    Parameters of one shape get their values in the order in which they come; so blocks may register
    their layers in another order as long as their shapes differ.
    """
    shape = (min(input_shape[0], MAX_IMAGES), *input_shape[1:])
    copied, zeros = copy_and_input(net, shape)
    copied(zeros)  # gives the parameters their shapes
    counts = collections.Counter()
    for name, parameter in named_parameters(copied).items():
        kind = name.rpartition(".")[2]
        counts[kind, parameter.shape] += 1
        parameter.set_data(np.array(_values(kind, parameter.shape, counts[kind, parameter.shape])))
    images = numpy.random.default_rng(0).normal(size=shape).astype("float32")
    scores = copied(np.array(images)).asnumpy().ravel()[:MAX_OUTPUTS]
    return [float(f"{score:.6g}") for score in scores]


def _values(kind, shape, count):
    rng = numpy.random.default_rng([count, *shape])
    drawn = rng.normal(size=shape)
    if kind == "weight":
        drawn *= (2 / numpy.prod(shape[1:])) ** 0.5  # keeps the outputs of ReLU layers in range
    if kind == "running_var":
        drawn = 1 + abs(drawn)
    return drawn.astype("float32")


def same_outputs(found, expected):
    """Return whether the outputs of two nets are the same, but for rounding."""
    found, expected = numpy.array(found), numpy.array(expected)
    return found.shape == expected.shape and bool(
        abs(found - expected).max() <= TOLERANCE * abs(expected).max()
    )
