"""The training of T4, on Fashion-MNIST in place of its digits: 35 to 40 minutes for each epoch.

python experiments/t4.py

Writes results/t4-seed0.csv, one row per finished epoch; the last one has the test set's accuracy
and loss too. Started again after an interruption, it resumes after the last finished epoch.
"""

import d2l_helpers as dh
from recording import ROOT, options, unrecorded_epochs, without_times, write

import numpy
from mxnet import gluon, init, npx
from mxnet.gluon import nn


class RepeatChannel(gluon.HybridBlock):
    """Makes three equal channels of one, as T4's net does at its input."""

    def hybrid_forward(self, F, x):
        return F.np.repeat(x, 3, axis=1)


def t4(seed=0, *, make_net=dh.alexnet_strided, resize=224, most=None, root=ROOT):
    train_iter, validation_iter, test_iter = data(seed, resize, most)
    net, name, num_epochs = nn.HybridSequential(), f"t4-seed{seed}", 5
    net.add(RepeatChannel(), make_net())

    def train(num_epochs, checkpoint):
        return dh.train_ch6(
            net,
            train_iter,
            validation_iter,
            num_epochs,
            0.001,
            npx.cpu(),
            optimizer="adam",
            initializer=init.Xavier(),
            hybridize=True,
            seed=seed,
            checkpoint=checkpoint,
        )

    for history in unrecorded_epochs(train, name, num_epochs, root):
        table = without_times(history).rename(columns={"test acc": "validation acc"})
        if len(history) == num_epochs:
            table.loc[table.index[-1], "test acc"] = dh.evaluate_accuracy_gpu(net, test_iter)
            table.loc[table.index[-1], "test loss"] = mean_loss(net, test_iter)
        write(table, f"{name}.csv", root, resumed=len(history) > 1)


def data(seed, resize=224, most=None):
    """Return T4's three iterators: 58,000, 2,000 and 10,000 images with a border of 2 zeros.

    With `most`, each has the first so many images alone.
    """
    images, labels = dh.fashion_mnist_arrays(True)
    test_images, test_labels = dh.fashion_mnist_arrays(False)
    num = 58_000
    parts = [(images[:num], labels[:num]), (images[num:], labels[num:]), (test_images, test_labels)]
    border = ((0, 0), (2, 2), (2, 2))
    return [
        dh.BatchLoader(
            numpy.pad(images[:most], border),
            labels[:most],
            64,
            resize=resize,
            shuffle=i == 0,
            seed=seed,
        )
        for i, (images, labels) in enumerate(parts)
    ]


def mean_loss(net, data_iter):
    """Return the cross-entropy of a net's answers, a mean over all examples."""
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    sums = [float(loss(net(X), y).sum()) for X, y in data_iter]
    return sum(sums) / data_iter.num_examples


if __name__ == "__main__":
    t4(**options(__doc__, seed=0))
