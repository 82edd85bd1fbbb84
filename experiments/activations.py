"""ReLU against tanh, as in the paper's Figure 1: which is first at a training error of 10 %?

python experiments/activations.py --seeds 3

A net of four layers, without regularization, on 6,000 images; for each activation the rates among
which it is fastest. It is run from two starts, that of 2012 and today's, which differ in the
pixels, from 0 to 255 and centred or from 0 to 1, and in the first weights.
Writes results/activations.csv, four rows an epoch, as soon as a training is done. Started again,
it makes the runs that are missing; --seeds 5 adds those of seeds 3 and 4.
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
LEARNING_RATES = {"2012": (0.001, 0.003, 0.01, 0.03, 0.1), "today": (0.01, 0.03, 0.1)}
POINTS_AN_EPOCH, NUM_WATCHED = 4, 1000  # the error is measured on so many training images


def activations(seeds=3, *, root=ROOT):
    runs = [
        {"start": start, "activation": activation, "lr": lr, "seed": seed}
        for start in FIRST_WEIGHTS
        for activation in FIRST_WEIGHTS[start]
        for lr in LEARNING_RATES[start]
        for seed in range(seeds)
    ]
    record_missing(train, "activations", runs, root)


def train(start, activation, lr, seed, *, per_class=600, most_epochs=14, target_error=0.10):
    """Train until the error is low enough, and give rows of it, several an epoch.

    If the training diverges, the last row has no error.
    """
    train_iter, _ = dh.load_data_fashion_mnist(64, per_class=per_class, seed=seed)
    mean_image = np.array(train_iter.images.mean(axis=0, dtype="float32") / 255)

    def pixels(X):
        return 255 * (X - mean_image) if start == "2012" else X

    first, labels = train_iter.images[:NUM_WATCHED], train_iter.labels[:NUM_WATCHED]
    watched = [(pixels(X), y) for X, y in dh.BatchLoader(first, labels, 250)]
    mx.random.seed(seed)
    net = four_layers(activation)
    net.initialize(FIRST_WEIGHTS[start][activation])
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr, "momentum": 0.9})
    run = {"start": start, "activation": activation, "lr": lr, "seed": seed}
    for epoch in range(most_epochs):
        train_iter.set_epoch(epoch)
        batches = [(pixels(X), y) for X, y in train_iter]
        done = epoch
        try:
            for step, _ in enumerate(train_steps(net, batches, trainer, npx.cpu()), start=1):
                done = epoch + step / len(batches)
                if step % (len(batches) // POINTS_AN_EPOCH) == 0:
                    error = 1 - dh.evaluate_accuracy_gpu(net, watched)
                    yield {**run, "epoch": done, "train error": error}
                    if error < target_error:
                        return
        except (dh.TrainingDiverged, ScoresNotFinite):  # in the step after those that are done
            yield {**run, "epoch": done + 1 / len(batches)}
            return


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
