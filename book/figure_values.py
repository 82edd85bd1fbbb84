"""Write values.js: what the figures that move show, taken from the package and from results/.

.venv/bin/python book/figure_values.py

The book is built where MXNet is not installed, so the file is stored, and a test says when it is
out of date.
"""

import json
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.inspection.layer_table import (
    CONVOLUTIONS,
    activation_name,
    conv_settings,
    leaf_layers,
)
from d2l_helpers.training.diagnosis import DIVERGED
from d2l_helpers.utils.files import ROOT, atomic_write
from d2l_helpers.utils.results import recorded

import numpy
from mxnet.gluon import nn

FILE = ROOT / "book" / "static" / "figures" / "values.js"
HEAD = "// Made by book/figure_values.py; see there.\nconst FIGURE_VALUES = {\n"

# The picture and the kernel of lesson 02, section 1.
FIVE = ((0, 0, 0, 2, 3), (0, 0, 1, 3, 3), (0, 0, 2, 3, 3), (0, 1, 3, 3, 3), (0, 2, 3, 3, 3))
GARMENTS = ("trouser", "pullover", "ankle boot")  # the first training image of each

NETS = {
    "AlexNet of T1 and T2: dh.alexnet()": (dh.alexnet, (1, 224)),
    "the 2012 paper: dh.alexnet_2012()": (dh.alexnet_2012, (3, 227)),
    "half the channels: dh.alexnet_reduced()": (dh.alexnet_reduced, (1, 67)),
    "one tower, 2014: dh.alexnet_one_tower()": (dh.alexnet_one_tower, (3, 224)),
    "after T3: dh.alexnet_padded()": (dh.alexnet_padded, (3, 227)),
    "T4: dh.alexnet_t4()": (dh.alexnet_t4, (3, 224)),
    "T5: dh.alexnet_batchnorm()": (dh.alexnet_batchnorm, (3, 32)),
    "LeNet: dh.lenet()": (dh.lenet, (1, 28)),
    "a wider LeNet: dh.lenet_wide()": (dh.lenet_wide, (1, 28)),
}


def values():
    """Return what the figures show, as {name: what can be written as JSON}."""
    return {
        "pictures": pictures(),
        "kernels": kernels(),
        "nets": nets(),
        "curves": curves(),
        "diverged_above": DIVERGED,
    }


def pictures():
    """Return the pictures of the convolution; a pixel is its value divided by the largest one."""
    images, labels = dh.fashion_mnist_arrays()
    found = [{"name": "5 x 5, of lesson 02", "largest": 1, "pixels": FIVE}]
    for name in GARMENTS:
        first = images[labels == dh.CLASS_NAMES.index(name)][0]
        found.append({"name": name, "largest": 255, "pixels": first.tolist()})
    return found


def kernels():
    """Return the ready-made kernels, each by the sizes that it can have."""
    vertical = {n: numpy.outer(numpy.ones(n), _ends(n)) for n in (2, 3, 4, 5)}
    sharpen = {n: _cross(n) for n in (3, 5)}
    found = {
        "K: vertical edges": vertical,
        "K.T: horizontal edges": {n: kernel.T for n, kernel in vertical.items()},
        "blur: the mean of the window": {n: numpy.full((n, n), n**-2) for n in (2, 3, 4, 5)},
        "sharpen": sharpen,
    }
    return [
        {"name": name, "sizes": {n: kernel.tolist() for n, kernel in by_size.items()}}
        for name, by_size in found.items()
    ]


def _ends(n):
    """Return n numbers: -1, zeros, and 1."""
    ends = numpy.zeros(n)
    ends[[0, -1]] = -1, 1
    return ends


def _cross(n):
    """Return an n x n kernel, n odd: five times the centre, less its four neighbours."""
    cross, centre = numpy.zeros((n, n)), n // 2
    for row, column in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        cross[centre + row, centre + column] = -1
    cross[centre, centre] = 5
    return cross


def nets():
    """Return the course's nets, each with its input and the settings of its layers."""
    return [
        {
            "name": name,
            "channels": channels,
            "size": size,
            "layers": [settings(layer) for layer in leaf_layers(make_net())],
        }
        for name, (make_net, (channels, size)) in NETS.items()
    ]


def settings(layer):
    """Return the type of a Gluon layer and the settings that the figure needs, in a dict.

    Raises:
        ValueError: a window that is not square, or dilated; the figure has none.
    """
    found = {"type": type(layer).__name__}
    if isinstance(layer, nn.Dense):
        found["units"] = layer._units
    elif hasattr(layer, "_kwargs") and "kernel" in layer._kwargs:
        window = conv_settings(layer)
        if window["dilation"] != (1, 1):
            raise ValueError(f"{layer} is dilated, and the figure has no dilation")
        for name in ("kernel", "stride", "padding"):
            height, width = window[name]
            if height != width:
                raise ValueError(f"the {name} of {layer} is not square")
            found[name] = height
        if isinstance(layer, CONVOLUTIONS):
            found |= {"channels": layer._channels, "groups": window["groups"]}
    if activation_name(layer):
        found["activation"] = activation_name(layer)
    return found


def curves():
    """Return the recorded runs; `diverged` is the step at which one left all bounds, or null."""
    found = []
    for (net, lr), run in recorded("learning-rates.csv").groupby(["net", "lr"], sort=False):
        finite = run.dropna()
        found.append(
            {
                "net": net,
                "lr": lr,
                "steps": finite["step"].tolist(),
                "losses": [float(f"{loss:.4g}") for loss in finite["validation loss"]],
                "accuracy": None if len(finite) < len(run) else float(finite.iloc[-1, -1]),
                "diverged": None if len(finite) == len(run) else int(run["step"].iloc[-1]),
            }
        )
    return found


def script(values):
    """Return the script that assigns the values, with a line per picture, kernel, net and curve."""

    def text(value):
        if not isinstance(value, list):
            return json.dumps(value, separators=(",", ":"))
        return "[\n" + ",\n".join(json.dumps(item, separators=(",", ":")) for item in value) + "\n]"

    parts = (f'"{name}": {text(value)}' for name, value in values.items())
    return HEAD + ",\n".join(parts) + "\n};\n"


def main():
    with atomic_write(FILE) as partial:
        Path(partial).write_text(script(values()), encoding="utf-8")
    print(f"Wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
