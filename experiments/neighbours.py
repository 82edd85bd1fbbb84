"""Neighbours by the last hidden layer: what of it is the training, and what the architecture?

python experiments/neighbours.py --seeds 3

The search of lesson 09: for 300 test images the six closest of 2,000 training images, by plain
pixels and by the 4,096 values of AlexNet's last hidden layer, before training and after one epoch
of 12,000 images as in lesson 06. The test images are shifted to the right by 0 to 4 pixels.
Writes results/neighbours.csv, one row per shift: the share of neighbours of the right class, as
soon as a seed is done. Started again, it makes the seeds that are missing; --seeds 5 adds 3 and 4.
"""

import d2l_helpers as dh
import recording
from recording import ROOT, options, record_missing

import mxnet as mx
import numpy
from mxnet import np, npx

SHIFTS = (0, 1, 2, 3, 4)
NUM_NEIGHBOURS = 6


def neighbours(seeds=3, *, root=ROOT):
    record_missing(search, "neighbours", [{"seed": seed} for seed in range(seeds)], root)


def search(seed, *, make_net=dh.alexnet, last_hidden=11, resize=67, per_class=1200, num=(30, 200)):
    """Train a net, and return a row per shift, for pixels, the untrained and the trained net."""
    queries, query_labels = first_of_each(False, num[0])
    stock, stock_labels = first_of_each(True, num[1])
    recipe = {**dh.quick_recipe(), "seed": seed}
    net = make_net()

    def by_net(images):
        batches = dh.BatchLoader(images, numpy.zeros(len(images)), 100, resize=resize)
        return numpy.concatenate([net[:last_hidden](X).asnumpy() for X, _ in batches])

    def shares(name, features):
        stock_features = features(stock)
        for shift in SHIFTS:
            moved = numpy.roll(queries, shift, axis=2)
            found = stock_labels[nearest(features(moved), stock_features)]
            share = (found == query_labels[:, None]).mean()
            yield {"seed": seed, "features": name, "shift": shift, "right class": share}

    rows = list(shares("pixels", as_vectors))
    net.initialize(recipe["initializer"])
    mx.random.seed(seed)  # as train_ch6 does, so that the first weights are the same
    net(np.zeros((1, 1, resize, resize)))
    rows += shares("untrained net", by_net)
    train_iter, test_iter = dh.load_data_fashion_mnist(
        64, resize, per_class=per_class, test_per_class=100, seed=seed
    )
    history = dh.train_ch6(net, train_iter, test_iter, 1, 0.02, npx.cpu(), **recipe)
    if history.interrupted:
        raise KeyboardInterrupt
    return [*rows, *shares("trained net", by_net)]


def first_of_each(train, num):
    """Return the first images of each class, and their labels."""
    images, labels = dh.fashion_mnist_arrays(train)
    chosen = recording.first_of_each(labels, num)
    return images[chosen], labels[chosen]


def as_vectors(images):
    return images.reshape(len(images), -1).astype("float32") / 255


def nearest(queries, stock):
    """Return the places of the closest rows of stock for each query, by Euclidean distance."""
    squares = (queries**2).sum(axis=1)[:, None] - 2 * queries @ stock.T + (stock**2).sum(axis=1)
    return squares.argsort(axis=1)[:, :NUM_NEIGHBOURS]


if __name__ == "__main__":
    neighbours(**options(__doc__, seeds=3))
