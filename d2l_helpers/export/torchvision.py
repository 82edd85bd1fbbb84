"""Weights of torchvision's AlexNet, to and from."""

from d2l_helpers.export.safetensors import (
    WeightsError,
    _check_shapes,
    _load,
    _shapes,
    _some,
    _values,
    _write,
    weight_names,
)
from d2l_helpers.models.alexnet import alexnet_one_tower

from mxnet import np, npx

# The names of torchvision's AlexNet, in the order of `alexnet_one_tower`. What they count are all
# of its modules, ReLU, pooling and dropout among them.
TORCHVISION_LAYERS = {
    "conv1": "features.0",
    "conv2": "features.3",
    "conv3": "features.6",
    "conv4": "features.8",
    "conv5": "features.10",
    "dense1": "classifier.1",
    "dense2": "classifier.4",
    "dense3": "classifier.6",
}
TORCHVISION_HEAD = "classifier.6.weight"


def from_torchvision(path, device=None):
    """Return an `alexnet_one_tower` with weights that have torchvision's names.

    Args:
        path: a safetensors file. `make weights FILE=alexnet-owt-7be5be79.pth` makes one of the
            published file.
        device: where the weights shall be; default: the CPU.

    Returns:
        The net, with as many classes as the file's last layer has. It takes images that are
        prepared as in `data.imagenet.imagenet_preprocess`.

    Raises:
        WeightsError: see `load_safetensors`.
    """
    held = _shapes(path)
    if TORCHVISION_HEAD not in held:
        raise WeightsError(
            f"{path} is not of torchvision's AlexNet: it has no {TORCHVISION_HEAD}, but "
            f"{_some(held)}"
        )
    net = alexnet_one_tower(num_classes=held[TORCHVISION_HEAD][0])
    net.infer_shape(np.zeros((1, 3, 224, 224)))
    _load(_torchvision_names(net), path, device or npx.cpu())
    return net


def to_torchvision(net, path):
    """Write the weights of a net with the layers of torchvision's AlexNet, under its names.

    In PyTorch: `model.load_state_dict(safetensors.torch.load_file(path))`.

    Args:
        net: as `alexnet_one_tower` makes it, initialized, for any number of classes.
        path: the file; its folder is made.

    Raises:
        TypeError: no net.
        WeightsError: the net has other layers, or no weights yet.
        OSError: the file cannot be written.
    """
    values = _values(net)
    expected = alexnet_one_tower(num_classes=list(values.values())[-1].shape[0])
    expected.infer_shape(np.zeros((1, 3, 224, 224)))
    shapes = {name: parameter.shape for name, parameter in weight_names(expected).items()}
    _check_shapes("the net", {name: value.shape for name, value in values.items()}, shapes)
    _write(path, {_torchvision_name(name): value for name, value in values.items()})


def _torchvision_name(name):
    layer, _, kind = name.partition(".")
    return f"{TORCHVISION_LAYERS[layer]}.{kind}"


def _torchvision_names(net):
    return {_torchvision_name(name): parameter for name, parameter in weight_names(net).items()}
