"""ONNX: a net as a file that other programs run, in other languages (lesson 12).

The course's environment has no onnx; tools/onnx_graph.py writes, checks and runs the file in the
one that `make onnx` makes. Here a net is expressed in ONNX's operators.
"""

import json
import tempfile
from pathlib import Path

from d2l_helpers.export.environments import ONNX, OwnEnvironmentError
from d2l_helpers.export.safetensors import weights_of
from d2l_helpers.inspection.layer_table import layer_table, named_layers
from d2l_helpers.models.layers import LRN
from d2l_helpers.models.parameters import net_device
from d2l_helpers.utils.files import ROOT, atomic_write
from d2l_helpers.utils.untrusted import why_not_read

import numpy
from mxnet import np
from mxnet.gluon import nn

PROGRAM = ROOT / "tools" / "onnx_graph.py"
IMAGE, SCORES = "image", "scores"
ACTIVATIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "softrelu": "Softplus",
    "softsign": "Softsign",
    "tanh": "Tanh",
}


class CannotExport(ValueError):
    """A net has a layer that is not known here."""


def to_onnx(net, input_shape, path, *, also=()):
    """Write a net to an ONNX file, which takes any number of images and gives their scores.

    The file's input is called image, its output scores. Dropout, which does nothing when a net
    predicts, is left out. onnx's own checker has found the file right before it is kept.

    Args:
        net: an initialized Sequential of the layers that the course's nets have.
        input_shape: (batch, channel, height, width); the batch does not matter.
        path: the file; its folder is made.
        also: names of layers, as in `layer_table`, whose outputs the file gives too.

    Raises:
        TypeError: no net.
        CannotExport: a layer is not known here; it is named.
        ValueError: the net cannot take this input, or has no layer of a name in `also`.
        RuntimeError: the net is not initialized.
        OwnEnvironmentError: `make onnx` was not run, or onnx refuses the graph.
    """
    device = net_device(net)  # raises what is wrong with the net
    graph = onnx_graph(net, input_shape, also)
    net(np.zeros((1, *input_shape[1:])).as_in_ctx(device))  # decides all shapes
    used = {name for node in graph["nodes"] for name in node["inputs"]}
    with tempfile.TemporaryDirectory() as folder:
        graph_file, weights_file = Path(folder, "graph.json"), Path(folder, "weights.npz")
        graph_file.write_text(json.dumps(graph))
        kept = {name: value for name, value in weights_of(net).items() if name in used}
        numpy.savez(weights_file, **kept)
        with atomic_write(path) as partial:
            ONNX.run(PROGRAM, "write", graph_file, weights_file, partial)


def run_onnx(path, X):
    """Return the outputs of an ONNX file for images, as onnxruntime computes them.

    Args:
        path: the file.
        X: images, (batch, channel, height, width), of MXNet or NumPy.

    Returns:
        A dict of float32 NumPy arrays by the names of the outputs.

    Raises:
        OwnEnvironmentError: `make onnx` was not run, the file takes images of another shape, or
            onnxruntime refuses it.
    """
    if Path(path).exists() and (reason := why_not_read(path)):
        raise OwnEnvironmentError(f"{path} {reason}")
    with tempfile.TemporaryDirectory() as folder:
        images_file, outputs_file = Path(folder, "images.npy"), Path(folder, "outputs.npz")
        images = X.asnumpy() if isinstance(X, np.ndarray) else X
        numpy.save(images_file, numpy.asarray(images, dtype="float32"))
        ONNX.run(PROGRAM, "run", path, images_file, outputs_file)
        with numpy.load(outputs_file, allow_pickle=False) as outputs:
            return dict(outputs)


def onnx_graph(net, input_shape, also=()):
    """Return a net in ONNX's operators, ready for JSON.

    Args:
        net, input_shape, also: as for `to_onnx`.

    Returns:
        A dict. inputs and outputs: shapes by name; nodes: in order, each with its op, inputs
        (names of nodes, weights, or the image), output (its own name) and attributes.
    """
    layers = named_layers(net)
    shapes = dict(layer_table(net, input_shape)[["layer", "output_shape"]].values)
    nodes, ends, last = [], {}, IMAGE
    for name, layer in layers.items():
        for op, weights, attributes in _operators(name, layer):
            own = f"{name}.{op}"
            inputs = [last, *(f"{name}.{weight}" for weight in weights)]
            nodes.append({"op": op, "inputs": inputs, "output": own, "attributes": attributes})
            last = own
        if not isinstance(layer, nn.Dropout):
            ends[name] = last
    ends.popitem()  # the last layer's output is the scores
    for name in also:
        if name not in ends:
            raise ValueError(f"no output {name} can be had; there are {', '.join(ends)}")
    renamed = {last: SCORES, **{ends[name]: name for name in also}}
    for node in nodes:
        node["inputs"] = [renamed.get(i, i) for i in node["inputs"]]
        node["output"] = renamed.get(node["output"], node["output"])
    outputs = {SCORES: shapes["total"], **{name: shapes[name] for name in also}}
    return {"inputs": {IMAGE: tuple(input_shape)}, "outputs": outputs, "nodes": nodes}


def _operators(name, layer):
    """Give a layer as operators: (op, names of weights, attributes)."""
    reason = _reason_against(layer)
    if reason:
        raise CannotExport(f"{name}, {layer}, cannot be exported: {reason}")
    yield from OPERATORS[type(layer)](layer)
    activation = getattr(layer, "act", None)
    if activation is not None:
        yield from _activation(activation)


def _reason_against(layer):
    """Return why a layer cannot be expressed in ONNX's operators here, or None."""
    if type(layer) not in OPERATORS:
        known = ", ".join(kind.__name__ for kind in OPERATORS)
        return f"the export knows {known}"
    if isinstance(layer, nn.Dense) and not layer._flatten:
        return "the export knows Dense with flatten=True alone"
    if isinstance(layer, nn.BatchNorm) and (
        layer._kwargs["axis"] != 1 or layer._kwargs["fix_gamma"]
    ):
        return "the export knows BatchNorm with axis=1 and scale=True alone"
    return None


def _convolution(layer):
    settings = layer._kwargs
    yield (
        "Conv",
        ["weight"] if layer.bias is None else ["weight", "bias"],
        {
            "kernel_shape": settings["kernel"],
            "strides": settings["stride"],
            "pads": settings["pad"] * 2,
            "dilations": settings["dilate"],
            "group": settings["num_group"],
        },
    )


def _pooling(layer):
    settings = layer._kwargs
    is_max = settings["pool_type"] == "max"
    yield (
        "MaxPool" if is_max else "AveragePool",
        [],
        {
            "kernel_shape": settings["kernel"],
            "strides": settings["stride"],
            "pads": settings["pad"] * 2,
            "ceil_mode": int(settings["pooling_convention"] == "full"),
            **({} if is_max else {"count_include_pad": int(settings["count_include_pad"])}),
        },
    )


def _dense(layer):
    yield "Flatten", [], {"axis": 1}
    weights = ["weight"] if layer.bias is None else ["weight", "bias"]
    yield "Gemm", weights, {"transB": 1}


def _normalization(layer):
    weights = ["gamma", "beta", "running_mean", "running_var"]
    yield "BatchNormalization", weights, {"epsilon": layer._kwargs["eps"]}


def _lrn(layer):
    settings = layer._settings
    yield (
        "LRN",
        [],
        {
            "size": settings["nsize"],
            "alpha": settings["alpha"],
            "beta": settings["beta"],
            "bias": settings["knorm"],
        },
    )


def _activation(layer):
    yield ACTIVATIONS[layer._act_type], [], {}


def _flatten(layer):
    yield "Flatten", [], {"axis": 1}


def _nothing(layer):
    return ()


OPERATORS = {
    nn.Conv2D: _convolution,
    nn.MaxPool2D: _pooling,
    nn.AvgPool2D: _pooling,
    nn.Dense: _dense,
    nn.BatchNorm: _normalization,
    LRN: _lrn,
    nn.Activation: _activation,
    nn.Flatten: _flatten,
    nn.Dropout: _nothing,
}
