"""A small net, and small data that it learns in a moment: what many tests train."""

import numpy
from mxnet.gluon import nn

SIZE = 12  # pixels along each axis of the small images
NUM_CLASSES = 10


def small_net(activation="relu", dropout=0.0):
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, kernel_size=3, activation=activation),
        nn.Dense(32, activation=activation),
        nn.Dropout(dropout),
        nn.Dense(NUM_CLASSES),
    )
    return net


def bar_images(num_per_class, seed=0):
    """Return noisy uint8 images in which a bright column tells the class, and their labels."""
    rng = numpy.random.default_rng(seed)
    labels = numpy.tile(numpy.arange(NUM_CLASSES, dtype=numpy.int32), num_per_class)
    images = rng.integers(0, 50, (len(labels), SIZE, SIZE), dtype=numpy.uint8)
    images[numpy.arange(len(labels)), :, labels + 1] = 255
    return images, labels


class Interrupted:
    """Batches that end with Ctrl-C in the middle of an epoch; else as their loader."""

    def __init__(self, loader, epoch, after=2):
        self.loader, self.last_epoch, self.after = loader, epoch, after

    def __len__(self):
        return len(self.loader)

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def set_epoch(self, epoch):
        self.epoch = epoch
        self.loader.set_epoch(epoch)

    def __iter__(self):
        for i, pair in enumerate(self.loader):
            if self.epoch == self.last_epoch and i == self.after:
                raise KeyboardInterrupt
            yield pair


def parameters(net):
    """Return the values of a net's parameters, in order, as NumPy arrays."""
    return [p.data().asnumpy() for p in net.collect_params().values()]


def same_parameters(net, other):
    """Return whether two nets have the same parameters to the last bit."""
    return all(map(numpy.array_equal, parameters(net), parameters(other)))
