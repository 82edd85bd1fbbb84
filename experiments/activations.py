"""ReLU against tanh, as in the paper's Figure 1: which is first at a training error of 10 %?

python experiments/activations.py --seeds 3

A net of four layers, without regularization, on 6,000 images; for each activation three learning
rates, a factor of 3 apart, the middle one being the best, and for each rate the same seeds, so that
the ratio of epochs has a spread. A seed decides on the images, their order and the first weights.
It is run from two starts, one of 2012 and today's, which differ in the pixels, from 0 to 255 and
centred or from 0 to 1, and in the first weights. That of 2012 has the pixels of the paper's
section 2 and the weights of section 5, but biases of 0, not the ones of section 5; the paper does
not say how the net of Figure 1 started, nor which rates it was given.
Writes results/activations.csv as soon as a training run is done, four rows per epoch, with the
error on all 6,000 training images. A run ends at the target, and its last row then has the error on
all 10,000 test images too; or when it diverges; or after 10 epochs. Started again, it makes the
runs that are missing; --seeds 5 adds those of seeds 3 and 4.
"""

import d2l_helpers as dh
from d2l_helpers.training.loop import train_steps
from d2l_helpers.utils.validation import ScoresNotFinite
from recording import ROOT, options, record_missing

import mxnet as mx
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn

FIRST_WEIGHTS = {
    "2012": {"relu": init.Normal(0.01), "tanh": init.Normal(0.01)},
    "today": {"relu": init.MSRAPrelu(slope=0), "tanh": init.Xavier()},
}
LEARNING_RATES = {
    "2012": {"relu": (0.001, 0.003, 0.01), "tanh": (0.01, 0.03, 0.1)},
    "today": {"relu": (0.01, 0.03, 0.1), "tanh": (0.01, 0.03, 0.1)},
}
POINTS_AN_EPOCH = 4


def activations(seeds=3, *, root=ROOT):
    runs = [
        {"start": start, "activation": activation, "lr": lr, "seed": seed}
        for start in FIRST_WEIGHTS
        for activation in FIRST_WEIGHTS[start]
        for lr in LEARNING_RATES[start][activation]
        for seed in range(seeds)
    ]
    record_missing(train, "activations", runs, root)


def train(start, activation, lr, seed, *, per_class=600, most_epochs=10, target_error=0.10):
    """Train until the error is low enough, and give rows of it, several an epoch.

    If the training diverges, the last row has no error.
    """
    train_iter, test_iter = dh.load_data_fashion_mnist(64, per_class=per_class, seed=seed)
    mean_image = np.array(train_iter.images.mean(axis=0, dtype="float32") / 255)

    def prepared(batches):
        return [(255 * (X - mean_image) if start == "2012" else X, y) for X, y in batches]

    watched = prepared(dh.BatchLoader(train_iter.images, train_iter.labels, 250))
    mx.random.seed(seed)
    net = four_layers(activation)
    net.initialize(FIRST_WEIGHTS[start][activation])
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr, "momentum": 0.9})
    run = {"start": start, "activation": activation, "lr": lr, "seed": seed}
    for epoch in range(most_epochs):
        train_iter.set_epoch(epoch)
        batches = prepared(train_iter)
        done = epoch
        try:
            for step, _ in enumerate(train_steps(net, batches, trainer, npx.cpu()), start=1):
                done = epoch + step / len(batches)
                if step % (len(batches) // POINTS_AN_EPOCH) == 0:
                    row = {**run, "epoch": done, "train error": error(net, watched)}
                    if row["train error"] < target_error:
                        yield {**row, "test error": error(net, prepared(test_iter))}
                        return
                    yield row
        except (dh.TrainingDiverged, ScoresNotFinite):  # in the step after those that are done
            yield {**run, "epoch": done + 1 / len(batches)}
            return


def error(net, batches):
    """Return the share of wrong answers."""
    return 1 - dh.evaluate_accuracy_gpu(net, batches)


def four_layers(activation):
    """Return the net of the race: two convolutions and two dense layers, for 28 x 28 pixels."""
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(32, kernel_size=5, padding=2, activation=activation),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(64, kernel_size=5, padding=2, activation=activation),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(256, activation=activation),
        nn.Dense(10),
    )
    return net


if __name__ == "__main__":
    activations(**options(__doc__, seeds=3))
