"""Weights for other frameworks, and from them: safetensors files, and torchvision's AlexNet.

A safetensors file holds names, shapes and numbers and nothing else, so that none can run code.
"""

from pathlib import Path

from d2l_helpers.inspection.layer_table import named_layers
from d2l_helpers.models.parameters import (
    fill_parameters,
    named_parameters,
    net_device,
    shape_fits,
)
from d2l_helpers.utils.files import atomic_write
from d2l_helpers.utils.validation import check_net

import numpy
from mxnet import npx
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

FLOATS = {"F16", "F32", "F64"}  # what safetensors calls the types that become float32
PICKLES = {".pth", ".pt", ".bin", ".ckpt"}


class WeightsError(RuntimeError):
    """A file of weights is missing, damaged, or of another net, or a net has none to write."""


def weight_names(net):
    """Return the parameters of a net by names that say the layer, "conv1.weight", "dense2.bias".

    The layers are called as in `layer_table`. Within a block with a forward of its own the names
    go on with the path inside of it, "residual1.conv1.weight". A shared parameter comes once.
    """
    names = {}
    for layer_name, layer in named_layers(net).items():
        for name, parameter in named_parameters(layer).items():
            names.setdefault(parameter, f"{layer_name}.{name}")
    return {name: parameter for parameter, name in names.items()}


def save_safetensors(net, path):
    """Write the weights of a net to a safetensors file, whole or not at all.

    Args:
        net: an initialized net that has seen an image, so that all its shapes are decided.
        path: the file; its folder is made.

    Raises:
        TypeError: no net.
        WeightsError: the net has no weights yet.
        OSError: the file cannot be written.
    """
    _write(path, _values(net))


def load_safetensors(net, path, device=None):
    """Load the weights of a safetensors file into a net, initialized or not.

    Args:
        net: a net of the same layers.
        path: the file, with the names that `save_safetensors` gives. Half and double precision
            becomes float32.
        device: where the weights shall be; default: where the net's are, the CPU if it has none.

    Raises:
        TypeError: no net.
        WeightsError: the file is missing, damaged, no safetensors file, or of another net. The net
            stays as it was.
    """
    check_net(net)
    _load(weight_names(net), path, device or _device_of(net))


def _values(net):
    """Return the weights of a net as NumPy arrays, by name."""
    check_net(net)
    net_device(net)  # says so if there are none
    values = {}
    for name, parameter in weight_names(net).items():
        if parameter._data is None:
            raise WeightsError(
                f"{name} has no values yet, since no image has decided its shape: send one through "
                "the net first, net(X)"
            )
        values[name] = parameter.data(parameter.list_ctx()[0]).asnumpy()
    return values


def _write(path, values):
    with atomic_write(path) as partial:
        save_file(values, partial)


def _device_of(net):
    """Return where a net is, or the CPU for one that is not initialized."""
    first = next(iter(net.collect_params().values()))
    initialized = first._data is not None or first._deferred_init
    return first.list_ctx()[0] if initialized else npx.cpu()


def _load(parameters, path, device):
    """Load a file into parameters, given by the names that the file must have."""
    expected = {name: parameter.shape for name, parameter in parameters.items()}
    _check_shapes(path, _shapes(path), expected)
    with _opened(path) as file:
        arrays = {name: file.get_tensor(name).astype(numpy.float32) for name in parameters}
    fill_parameters(parameters, arrays, device)


def _opened(path):
    path = Path(path)
    if path.suffix in PICKLES:
        raise WeightsError(
            f"{path} is a file of PyTorch's own kind, which can run code when it is read, so the "
            f"course does not read it. `make weights FILE={path}` makes data/weights/"
            f"{path.stem}.safetensors of it"
        )
    if not path.is_file():
        raise WeightsError(f"there is no file {path}")
    try:
        return safe_open(path, framework="numpy")
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} is damaged, or no safetensors file: {error}. Fetch or write it again"
        ) from error


def _shapes(path):
    """Return the shapes in a file by name; the values are not read."""
    with _opened(path) as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - no dict
        for name, part in slices.items():
            if part.get_dtype() not in FLOATS:
                raise WeightsError(
                    f"{path} holds {name} as {part.get_dtype()}; weights are read as 16, 32 or 64 "
                    "bit floating point (F16, F32, F64)"
                )
        return {name: tuple(part.get_shape()) for name, part in slices.items()}


def _check_shapes(what, held, expected):
    """Raise WeightsError unless the names are the same, and the shapes, as far as decided."""
    for name in expected:
        if name not in held:
            raise WeightsError(
                f"{what} has the weights of another net: there is no {name}, but {_some(held)}"
            )
    for name in held:
        if name not in expected:
            raise WeightsError(
                f"{what} has the weights of another net: {name} has no place in this one"
            )
    for name, shape in expected.items():
        if not shape_fits(held[name], shape):
            raise WeightsError(
                f"{what} has the weights of another net: {name} is {held[name]} there and {shape} "
                "in this one"
            )


def _some(names):
    """Return the first of some names as text."""
    names = list(names)
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "") or "nothing"
