"""LeNet and AlexNet, one function each, built but not initialized."""

from mxnet.gluon import nn


def lenet(num_classes=10, activation="sigmoid"):
    """Return LeNet as d2l builds it, for 1 x 28 x 28 images.

    Sigmoid and average pooling, as in the 1990s. Source: LeCun et al. 1998, with a plain softmax
    head in place of the Gaussian connections.

    Args:
        num_classes: outputs of the last layer.
        activation: after every convolution and hidden dense layer: 'relu', 'sigmoid' or 'tanh'.
    """
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
    return net


def lenet_wide(num_classes=10):
    """Return the wider "LeNet" of tutorial T2: ReLU, max pooling, 20 and 50 channels."""
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(20, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(50, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Dense(128, activation="relu"),
        nn.Dense(num_classes),
    )
    return net


def alexnet(num_classes=10, activation="relu"):
    """Return the one-tower AlexNet of tutorials T1 and T2.

    It is made for 1 x 224 x 224 images, where it has 46,764,746 parameters with 10 classes, and
    takes any image of at least 67 x 67 pixels; the first dense layer grows with the image.

    Args:
        num_classes: outputs of the last layer.
        activation: after every convolution and hidden dense layer: 'relu', 'sigmoid' or 'tanh'.
    """
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
    return net
