"""The training of T4, on few images of Fashion-MNIST in place of its digits.

python experiments/t4.py

T4's net with its own LRN, and its recipe: Adam at 0.001, batches of 64, Keras's first weights,
five epochs, images enlarged to 224 x 224, and the last 2,000 training images for validation.
What differs from T4: clothes in place of digits, 4,000 training images in place of 58,000 (so 63
steps an epoch in place of 907), and three details of the frameworks: conv1's border is 4 zeros on
each side and not 3 and 4, Adam adds 1e-8 and not 1e-7, and the chance is another.
Writes results/t4-seed0.csv, one row per finished epoch, with all that T4 prints of it: loss and
accuracy in training (means over the epoch, as Keras takes them) and on the validation images. The
last row has the test set's accuracy and loss too. Started again after an interruption, it resumes
after the last finished epoch.
"""

import d2l_helpers as dh
from d2l_helpers.evaluation.accuracy import accuracy
from recording import ROOT, options, recorded, unrecorded_epochs, without_times, write

import numpy
from mxnet import gluon, init, npx
from mxnet.gluon import nn

NUM_EPOCHS = 5


class RepeatChannel(gluon.HybridBlock):
    """Makes three equal channels of one, as T4's net does at its input."""

    def hybrid_forward(self, F, x):
        return F.np.repeat(x, 3, axis=1)


def t4(seed=0, *, make_net=dh.alexnet_t4, resize=224, root=ROOT, **fewer):
    """Train and record; see `data` for what can be fewer."""
    train_iter, validation_iter, test_iter = data(seed, resize, **fewer)
    net, name = nn.HybridSequential(), f"t4-seed{seed}"
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

    for history in unrecorded_epochs(train, name, NUM_EPOCHS, root):
        earlier = recorded(f"{name}.csv", root)["validation loss"] if len(history) > 1 else []
        table = without_times(history).rename(columns={"test acc": "validation acc"})
        validation_loss, _ = loss_and_accuracy(net, validation_iter)
        table.insert(3, "validation loss", [*earlier, validation_loss])
        if len(history) == NUM_EPOCHS:
            tested = loss_and_accuracy(net, test_iter)
            table.loc[table.index[-1], ["test loss", "test acc"]] = tested
        write(table, f"{name}.csv", root, resumed=len(history) > 1)


def data(seed, resize=224, *, num_train=4_000, num_validation=2_000, num_test=10_000):
    """Return T4's three iterators, of images with a border of 2 zeros.

    The first training images, the last ones for validation, and the first test images.
    """
    images, labels = dh.fashion_mnist_arrays(True)
    test_images, test_labels = dh.fashion_mnist_arrays(False)
    parts = [
        (images[:num_train], labels[:num_train]),
        (images[-num_validation:], labels[-num_validation:]),
        (test_images[:num_test], test_labels[:num_test]),
    ]
    border = ((0, 0), (2, 2), (2, 2))
    return [
        dh.BatchLoader(
            numpy.pad(images, border), labels, 64, resize=resize, shuffle=i == 0, seed=seed
        )
        for i, (images, labels) in enumerate(parts)
    ]


def loss_and_accuracy(net, data_iter):
    """Return the mean cross-entropy of a net's answers, and the share of right ones."""
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    sums = dh.Accumulator(2)
    for X, y in data_iter:
        scores = net(X)
        sums.add(float(loss(scores, y).sum()), accuracy(scores, y))
    return sums[0] / data_iter.num_examples, sums[1] / data_iter.num_examples


if __name__ == "__main__":
    t4(**options(__doc__, seed=0))
