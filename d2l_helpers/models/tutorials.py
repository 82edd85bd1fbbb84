"""The nets of the tutorials that differ from the paper's (lesson 10)."""

from d2l_helpers.models.layers import tensorflow_lrn
from d2l_helpers.utils.validation import check_whole_number

from mxnet.gluon import nn


def alexnet_padded(num_classes=1000):
    """Return tutorial T3's AlexNet, repaired, for 3 x 227 x 227 images: 28,823,912 parameters.

    T3 pads and pools along the wrong axes, and leaves out the first stride of 4; here the axes are
    right and the stride is there. T3's other choices are kept: a border of one zero around the
    input of every convolution, whatever its kernel, and a fourth pooling, after conv4.

    Args:
        num_classes: outputs of the last layer; T3 has 1,000 for six signs.
    """
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        # The paper has no pooling here. It leaves conv5 5 x 5 pixels, and the dense layers 2 x 2.
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(num_classes),
    )
    return net


def alexnet_t4(num_classes=10):
    """Return tutorial T4's AlexNet, for 3 x 224 x 224 images: 21,622,154 parameters.

    It repeats T4's slip: each convolution has the first one's stride of 4, so that from conv3 on
    the map is a single pixel. LRN, with TensorFlow's settings, comes before ReLU, and conv5 has no
    pooling after it.

    T4 pads "same": conv1 gets 3 zeros before and 4 behind the image. Gluon pads both sides alike,
    with 4 here: the maps have T4's size, and lie one pixel further to the left and top.
    """
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, padding=4),
        tensorflow_lrn(),
        nn.Activation("relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, strides=4, padding=1),
        tensorflow_lrn(),
        nn.Activation("relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        # 3 x 3 pixels come in and one goes out, so conv4 and conv5 see one pixel and their padding.
        nn.Conv2D(384, kernel_size=3, strides=4, activation="relu"),
        nn.Conv2D(384, kernel_size=3, strides=4, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, strides=4, padding=1, activation="relu"),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(num_classes),
    )
    return net


def alexnet_batchnorm(num_classes=10):
    """Return tutorial T5's Keras AlexNet with batch normalization, for 3 x 32 x 32 images.

    It repeats what T5 left over: a hidden layer of ImageNet's 1,000 in front of the last one, and
    batch normalization on the scores. conv1 pads "same", as `alexnet_t4` says.
    """
    num_classes = check_whole_number("num_classes", num_classes, at_least=1)
    net = nn.HybridSequential()
    for channels, kernel, stride, padding, pooled in (
        (96, 11, 4, 4, True),
        (256, 5, 1, 2, True),
        (384, 3, 1, 1, False),
        (384, 3, 1, 1, False),
        (256, 3, 1, 1, True),
    ):
        net.add(
            nn.Conv2D(channels, kernel_size=kernel, strides=stride, padding=padding),
            nn.BatchNorm(),
            nn.Activation("relu"),
        )
        if pooled:
            net.add(nn.MaxPool2D(pool_size=2, strides=2))
    for units in (4096, 4096, 1000):
        net.add(nn.Dense(units), nn.BatchNorm(), nn.Activation("relu"), nn.Dropout(0.4))
    net.add(nn.Dense(num_classes), nn.BatchNorm())
    return net
