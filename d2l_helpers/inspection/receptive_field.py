"""The graph of a computation: how much of an image an output value sees, what is multiplied."""

import ast
import json
from typing import NamedTuple, Optional

# The last words of MXNet's names of operators, such as _np_sum, _npi_mean, batch_dot.
MATRIX_PRODUCTS = {"FullyConnected", "dot", "matmul", "tensordot", "einsum"}
REDUCTIONS = {"mean", "average", "sum", "prod", "max", "min", "var", "std", "norm"}
SPATIAL_AXES = {2, 3, -1, -2}


class ReceptiveField(NamedTuple):
    """Along one axis: the pixels that an output value sees, and from one value to the next."""

    field: int = 1
    jump: int = 1


class Product(NamedTuple):
    """A product with weights: the names of their variables, and whether a kernel moves."""

    weights: list
    is_convolution: bool

    def multiply_adds(self, sizes, out_shape):
        """Return the multiply-adds of one image: each weight is used once a position.

        Args:
            sizes: dict of the numbers of weights; variables that it lacks are no parameters.
            out_shape: of what is made: (batch, channel, height, width) of a convolution, else the
                units come last.
        """
        positions = 1
        for length in out_shape[2:] if self.is_convolution else out_shape[1:-1]:
            positions *= length
        return positions * sum(sizes.get(name, 0) for name in self.weights)


class Reading(NamedTuple):
    """What is read from a graph: the reach of its output, None if it does not depend on the image,
    and its products by name."""

    reach: Optional[ReceptiveField]
    products: dict


def read_graph(symbol, image, start, image_size):
    """Follow an image through a graph.

    Where branches meet, the largest receptive field counts.

    Args:
        symbol: of one output, or of several.
        image: name of the variable that the image is.
        start: its `ReceptiveField`.
        image_size: pixels of the whole image, which all values see that a dense layer, another
            product of matrices, a global pooling or a mean over the image makes.

    Returns:
        A `Reading`.
    """
    graph = json.loads(symbol.tojson())
    reaches = []  # of each node
    variables = []  # that each node is made of, if the image is not among them
    products = {}
    for node in graph["nodes"]:
        inputs = [number for number, *_ in node["inputs"]]
        if node["op"] == "null":
            reaches.append(start if node["name"] == image else None)
            variables.append([node["name"]])
            continue
        reach = largest(reaches[i] for i in inputs)
        reaches.append(reach and _through(node, reach, image_size))
        variables.append([] if reach else [name for i in inputs for name in variables[i]])
        is_convolution = node["op"] == "Convolution"
        if reach and (is_convolution or _last_word(node) in MATRIX_PRODUCTS):
            # The third input is the bias.
            weights = [name for i in inputs[:2] if not reaches[i] for name in variables[i]]
            products[node["name"]] = Product(weights, is_convolution)
    return Reading(largest(reaches[number] for number, *_ in graph["heads"]), products)


def largest(reaches):
    """Return the largest field and jump of some, without None; None if none is left."""
    seen = [reach for reach in reaches if reach]
    return ReceptiveField(*map(max, zip(*seen))) if seen else None


def _through(node, reach, image_size):
    """Return the reach behind an operator."""
    settings = node.get("attrs", {})
    if _sees_everything(node, settings):
        return ReceptiveField(image_size, reach.jump)
    if node["op"] not in ("Convolution", "Pooling"):
        return reach
    kernel, stride, dilation = (
        next(iter(ast.literal_eval(settings.get(name, "()"))), 1)
        for name in ("kernel", "stride", "dilate")
    )
    return ReceptiveField(reach.field + (kernel - 1) * dilation * reach.jump, reach.jump * stride)


def _sees_everything(node, settings):
    if node["op"] == "Pooling":
        return settings.get("global_pool") in ("True", "1")
    if _last_word(node) in REDUCTIONS:
        axes = ast.literal_eval(settings.get("axis", "None"))
        if isinstance(axes, int):
            axes = (axes,)
        return not axes or bool(SPATIAL_AXES & set(axes))
    return _last_word(node) in MATRIX_PRODUCTS


def _last_word(node):
    return node["op"].rpartition("_")[2]
