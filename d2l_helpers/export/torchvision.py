"""Weights of torchvision's AlexNet, to and from (lesson 12)."""

from d2l_helpers.export.safetensors import (
    WeightsError,
    check_same_weights,
    fill_from_file,
    first_of,
    read_shapes,
    weight_names,
    weights_of,
    write_weights,
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
        TypeError, ValueError, WeightsError: see `load_safetensors`.
    """
    held = read_shapes(path, TORCHVISION_HEAD)
    if TORCHVISION_HEAD not in held:
        raise WeightsError(
            f"{path} is not of torchvision's AlexNet: it has no {TORCHVISION_HEAD}, but "
            f"{first_of(held)}"
        )
    net = alexnet_one_tower(num_classes=held[TORCHVISION_HEAD][0])
    net.infer_shape(np.zeros((1, 3, 224, 224)))
    parameters = {_torchvision_name(name): p for name, p in weight_names(net).items()}
    fill_from_file(parameters, path, device or npx.cpu())
    return net


def to_torchvision(net, path):
    """Write the weights of a net with the layers of torchvision's AlexNet, under its names.

    In PyTorch: `model.load_state_dict(safetensors.torch.load_file(path))`.

    Args:
        net: as `alexnet_one_tower` makes it, initialized, for any number of classes.
        path: the file; its folder is made.

    Raises:
        RuntimeError, TypeError, ValueError: see `save_safetensors`.
        WeightsError: the net has other layers, or no weights yet.
        OSError: the file cannot be written.
    """
    weights = weights_of(net)
    expected = alexnet_one_tower(num_classes=list(weights.values())[-1].shape[0])
    expected.infer_shape(np.zeros((1, 3, 224, 224)))
    shapes = {name: parameter.shape for name, parameter in weight_names(expected).items()}
    check_same_weights("the net", {name: w.shape for name, w in weights.items()}, shapes)
    write_weights(path, {_torchvision_name(name): w for name, w in weights.items()})


def _torchvision_name(name):
    layer, _, kind = name.partition(".")
    return f"{TORCHVISION_LAYERS[layer]}.{kind}"
