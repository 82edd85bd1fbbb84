"""AlexNet, as published and as taught, one function per net (lessons 03, 08, 09)."""

from d2l_helpers.models.layers import LRN, made_for_grey_images
from d2l_helpers.utils.validation import check_activation, check_whole_number

from mxnet.gluon import nn


def alexnet(num_classes=10, activation="relu"):
    """Return the one-tower AlexNet of tutorials T1 and T2.

    It is made for 1 x 224 x 224 images, where it has 46,764,746 parameters with 10 classes, and
    takes any image of at least 67 x 67 pixels; the first dense layer grows with the image.

    Args:
        num_classes: outputs of the last layer.
        activation: after every convolution and hidden dense layer: 'relu', 'sigmoid' or 'tanh'.

    Raises:
        ValueError: MXNet has no such activation.
        TypeError, ValueError: num_classes is not a whole number from 1.
    """
    check_activation(activation)
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    net.add(
        # A wide kernel and a stride of 4 shrink the image early; there are many more channels
        # than in LeNet.
        nn.Conv2D(96, kernel_size=11, strides=4, activation=activation),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation=activation),
        nn.MaxPool2D(pool_size=3, strides=2),
        # Three convolutions in a row, without pooling between them.
        nn.Conv2D(384, kernel_size=3, padding=1, activation=activation),
        nn.Conv2D(384, kernel_size=3, padding=1, activation=activation),
        nn.Conv2D(256, kernel_size=3, padding=1, activation=activation),
        nn.MaxPool2D(pool_size=3, strides=2),
        # Nearly all parameters are in these two dense layers; dropout keeps them from overfitting.
        nn.Dense(4096, activation=activation),
        nn.Dropout(0.5),
        nn.Dense(4096, activation=activation),
        nn.Dropout(0.5),
        nn.Dense(num_classes),
    )
    return made_for_grey_images(net)


def alexnet_2012(num_classes=1000, groups=2):
    """Return the network of the 2012 paper, for 3 x 227 x 227 images.

    With 1,000 classes it has 60,965,224 parameters, or 62,378,344 with groups=1. The biases start
    as in the paper (section 5): 1 in conv2, conv4, conv5 and the hidden dense layers, else 0.
    `init.Normal(0.01)` is its initialization of the weights.

    Source: the paper, section 3.5. Its images have 224 x 224 pixels: the authors' program rounds
    the sizes of maps up, and pixels beyond the border count as 0 there. MXNet rounds down, and
    makes maps of the same sizes from 227 x 227. Where the program does other things than the text
    says (lesson 08), the text is followed here.

    Args:
        num_classes: outputs of the last layer.
        groups: 2 splits conv2, conv4 and conv5 into halves that do not see each other, one for
            each of the paper's two GPUs; 1 does not split them.
    """
    ones = {"activation": "relu", "bias_initializer": "ones"}
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        LRN(),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, groups=groups, **ones),
        LRN(),
        nn.MaxPool2D(pool_size=3, strides=2),
        # The one convolution behind the first in which the two GPUs exchange their maps.
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, groups=groups, **ones),
        nn.Conv2D(256, kernel_size=3, padding=1, groups=groups, **ones),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, **ones),
        nn.Dropout(0.5),
        nn.Dense(4096, **ones),
        nn.Dropout(0.5),
        nn.Dense(num_classes),
    )
    return net


def alexnet_reduced(num_classes=10, *, lrn_alpha=1e-4, overlapping=True, dropout=0.5):
    """Return the paper's network with half of its channels and a quarter of its dense units.

    It is made for small images, of 67 x 67 pixels or more, on which its parts can be left out one
    by one and the rest trained many times: see lesson 09.

    Args:
        num_classes: outputs of the last layer.
        lrn_alpha: alpha of the `LRN` that follows conv1 and conv2 (the paper, section 3.3); None
            leaves it out.
        overlapping: pooling over 3 x 3 pixels in steps of 2 (section 3.4), or over 2 x 2.
        dropout: share of the hidden dense units that training switches off (section 4.2).
    """
    pooling = {"pool_size": 3 if overlapping else 2, "strides": 2}
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    for conv in (
        nn.Conv2D(48, kernel_size=11, strides=4, activation="relu"),
        nn.Conv2D(128, kernel_size=5, padding=2, activation="relu"),
    ):
        net.add(conv)
        if lrn_alpha is not None:
            net.add(LRN(alpha=lrn_alpha))
        net.add(nn.MaxPool2D(**pooling))
    net.add(
        nn.Conv2D(192, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(192, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(128, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(**pooling),
        nn.Dense(1024, activation="relu"),
        nn.Dropout(dropout),
        nn.Dense(1024, activation="relu"),
        nn.Dropout(dropout),
        nn.Dense(num_classes),
    )
    return net


def alexnet_one_tower(num_classes=1000):
    """Return the one-tower AlexNet of 2014, for 3 x 224 x 224 images: 61,100,840 parameters.

    It is the AlexNet of torchvision and of Gluon's model zoo. The net of 2014 (Krizhevsky;
    cuda-convnet2, layers-imagenet-1gpu.cfg) has the same channels and numbers of parameters, but
    two LRN, no padding in conv1, and dropout behind the hidden dense layers, not in front of them.
    Source: torchvision, and tutorial T5 for its weights.
    """
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(64, kernel_size=11, strides=4, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(192, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dense(num_classes),
    )
    return net
