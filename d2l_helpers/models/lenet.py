"""LeNet, and a wider net like the one that tutorial T2 calls LeNet (lessons 03, 06)."""

from d2l_helpers.models.layers import made_for_grey_images
from d2l_helpers.utils.validation import check_activation, check_whole_number

from mxnet.gluon import nn


def lenet(num_classes=10, activation="sigmoid"):
    """Return LeNet as d2l builds it, for 1 x 28 x 28 images.

    Simpler than LeNet-5 (LeCun et al. 1998), which had a scaled tanh, poolings with weights, a
    second convolution of which each map read only some of the first maps, and fixed patterns in
    place of the last layer: see lesson 03.

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
        nn.Conv2D(6, kernel_size=5, padding=2, activation=activation),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation=activation),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation=activation),
        nn.Dense(84, activation=activation),
        nn.Dense(num_classes),
    )
    return made_for_grey_images(net)


def lenet_wide(num_classes=10):
    """Return a wider "LeNet", nearly that of tutorial T2: ReLU, max pooling, 20 and 50 channels.

    Both kernels are 5 x 5; T2's second one is 3 x 3.
    """
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(20, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(50, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Dense(128, activation="relu"),
        nn.Dense(num_classes),
    )
    return made_for_grey_images(net)
