"""Weights in safetensors files, which other frameworks read and write too (lesson 12).

A safetensors file holds names, shapes and numbers and nothing else, so it cannot run code.
"""

from pathlib import Path

from d2l_helpers.export.file_kinds import SAFETENSORS, file_kind, what_it_is
from d2l_helpers.inspection.layer_table import named_layers
from d2l_helpers.models.parameters import (
    fill_parameters,
    named_parameters,
    net_device,
    shape_fits,
)
from d2l_helpers.utils.arrays import save_arrays
from d2l_helpers.utils.files import atomic_write
from d2l_helpers.utils.untrusted import printable, why_not_read
from d2l_helpers.utils.validation import check_has_parameters

import numpy
from mxnet import npx
from safetensors import SafetensorError, safe_open

FLOATS = {"F16", "F32", "F64"}  # what safetensors calls the types that become float32


class WeightsError(RuntimeError):
    """A file of weights is missing, damaged, or of another net, or a net has none to write."""

    def __init__(self, message):
        super().__init__(printable(message))  # the names in a file are whatever its maker wrote


def save_safetensors(net, path):
    """Write the weights of a net to a safetensors file, whole or not at all.

    Args:
        net: an initialized net that has seen an image, so that all its shapes are decided.
        path: the file; its folder is made.

    Raises:
        TypeError: no net.
        ValueError: a net without parameters.
        RuntimeError: the net is not initialized.
        WeightsError: some of its weights have no values yet.
        CannotWrite: the file cannot be written.
    """
    write_weights(path, weights_of(net))


def load_safetensors(net, path, device=None):
    """Load the weights of a safetensors file into a net, initialized or not.

    Args:
        net: a net of the same layers.
        path: the file, with the names that `save_safetensors` gives; a prefix that all of them
            have, such as "module.", is left out. Half and double precision becomes float32.
        device: where the weights shall be; default: where the net's are, the CPU if it has none.

    Raises:
        TypeError: no net, or no device.
        ValueError: a net without parameters, or a GPU that MXNet does not see.
        WeightsError: the file is missing, damaged, no safetensors file, or of another net, or has
            weights that are not finite. The net stays as it was, after any of these.
    """
    check_has_parameters(net)
    fill_from_file(weight_names(net), path, device or _device_of(net))


# For nets and files whose names differ, as in torchvision.py


def weight_names(net):
    """Return the parameters of a net by names that say the layer, "conv1.weight", "dense2.bias".

    The layers are called as in `layer_table`. Within a block with a forward of its own the path
    inside of it follows, "residual1.conv1.weight". A shared parameter comes once.
    """
    names = {}
    for layer_name, layer in named_layers(net).items():
        for name, parameter in named_parameters(layer).items():
            names.setdefault(parameter, f"{layer_name}.{name}")
    return {name: parameter for parameter, name in names.items()}


def weights_of(net):
    """Return the weights of a net as NumPy arrays, by name.

    Raises:
        RuntimeError, TypeError, ValueError, WeightsError: see `save_safetensors`.
    """
    net_device(net)  # raises what is wrong with the net
    weights = {}
    for name, parameter in weight_names(net).items():
        if parameter._data is None:
            raise WeightsError(
                f"{name} has no values yet, since no image has decided its shape: send one through "
                "the net first, net(X)"
            )
        weights[name] = parameter.data(parameter.list_ctx()[0]).asnumpy()
    return weights


def write_weights(path, weights):
    """Write NumPy arrays by name to a safetensors file, whole or not at all."""
    with atomic_write(path) as partial:
        save_arrays(partial, weights)


def read_shapes(path, known):
    """Return the shapes in a safetensors file by name; the values are not read.

    Args:
        path: the file.
        known: a name that it should have. A prefix of it that all names in the file have, such as
            "module.", is left out.

    Raises:
        WeightsError: see `load_safetensors`.
    """
    with _opened(path) as file:
        return _shapes(path, file, _prefix(file, known))


def fill_from_file(parameters, path, device):
    """Load a safetensors file into parameters, given by the names that the file must have.

    Raises:
        TypeError, ValueError, WeightsError: see `load_safetensors`.
    """
    with _opened(path) as file:
        prefix = _prefix(file, next(iter(parameters)))
        expected = {name: parameter.shape for name, parameter in parameters.items()}
        check_same_weights(path, _shapes(path, file, prefix), expected)
        arrays = {name: file.get_tensor(prefix + name) for name in parameters}
    with numpy.errstate(over="ignore"):  # of double precision; the check below finds it
        arrays = {name: array.astype("float32") for name, array in arrays.items()}
    for name, array in arrays.items():
        if not numpy.isfinite(array).all():
            raise WeightsError(
                f"{path} holds NaN or infinite values in {name}, with which every score would be "
                "NaN: take weights from before the training diverged"
            )
    fill_parameters(parameters, arrays, device)


def check_same_weights(what, held, expected):
    """Raise WeightsError unless the names are the same, and the shapes, as far as decided.

    Args:
        what: that holds the weights, for the message.
        held, expected: shapes by name.
    """
    for name in expected:
        if name not in held:
            raise WeightsError(
                f"{what} has the weights of another net: there is no {name}, but {first_of(held)}"
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


def first_of(names):
    """Return the first of some names as text."""
    names = list(names)
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "") or "nothing"


def _device_of(net):
    """Return where a net is, or the CPU for one that is not initialized."""
    first = next(iter(net.collect_params().values()))
    initialized = first._data is not None or first._deferred_init
    return first.list_ctx()[0] if initialized else npx.cpu()


def _opened(path):
    path = Path(path)
    if not path.exists():
        raise WeightsError(f"there is no file {path}")
    if reason := why_not_read(path):
        raise WeightsError(f"{path} {reason}: give the name of a safetensors file")
    try:
        file = safe_open(path, framework="numpy")
    except (SafetensorError, OSError) as error:
        kind = file_kind(path)
        raise WeightsError(
            f"{path} is damaged, or no safetensors file: {error}. Fetch or write it again"
            if kind in (SAFETENSORS, None)
            else what_it_is(path, kind)
        ) from error
    if "header" in (file.metadata() or {}):
        raise WeightsError(f"{path} is a checkpoint of a training run: dh.load_weights reads it")
    return file


def _prefix(file, known):
    """Return what comes before a known name, if all names in a file begin with it, or "".

    PyTorch puts the way to the net there: "module." for DataParallel, "model." for one that is an
    attribute of another, "_orig_mod." for a compiled one.
    """
    for name in file.keys():  # noqa: SIM118 - no dict
        if name.endswith(f".{known}"):
            prefix = name[: -len(known)]
            if all(other.startswith(prefix) for other in file.keys()):  # noqa: SIM118
                return prefix
    return ""


def _shapes(path, file, prefix):
    """Return the shapes in an open file by name, without the prefix of the names."""
    shapes = {}
    for name in file.keys():  # noqa: SIM118 - no dict
        part = file.get_slice(name)
        if part.get_dtype() not in FLOATS:
            raise WeightsError(
                f"{path} holds {name} as {part.get_dtype()}; weights are read as 16, 32 or 64 bit "
                "floating point (F16, F32, F64)"
            )
        shapes[name[len(prefix) :]] = tuple(part.get_shape())
    return shapes
