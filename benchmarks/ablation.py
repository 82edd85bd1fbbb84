"""Make the long runs for lesson 07, and record them in results/.

python benchmarks/ablation.py parts         the paper's net with each of its ideas left out
python benchmarks/ablation.py activations   ReLU against tanh, as in the paper's Figure 1

Each finished run is recorded at once. Started again, the command goes on with those that are
missing; `--seeds 5` adds more of them.
"""

import argparse
import itertools

import d2l_helpers as dh
from d2l_helpers import training
from results import ROOT, recorded, write

import mxnet as mx
import pandas as pd
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn

RESIZE, BATCH_SIZE = 67, 64
# Few images and many epochs, so that there is something to overfit.
PER_CLASS, NUM_EPOCHS, LR = 300, 20, 0.02
PARTS = {
    "all parts": {},
    "without LRN": {"lrn_alpha": None},
    # What the paper's LRN does to pixels from 0 to 255, done to ours from 0 to 1.
    "stronger LRN": {"lrn_alpha": 1e-4 * 255**2},
    "without overlapping pooling": {"overlapping": False},
    "without dropout": {"dropout": 0},
    "without augmentation": {"augment": None},
}

# As in the paper's Figure 1: a net of four layers, without regularization, and for each activation
# the rate at which it is fastest. A start is what differs between 2012 and today: the pixels, from
# 0 to 255 and centred or from 0 to 1, and the first weights.
STARTS = {
    "2012": {"relu": init.Normal(0.01), "tanh": init.Normal(0.01)},
    "today": {"relu": init.MSRAPrelu(slope=0), "tanh": init.Xavier()},
}
LEARNING_RATES = {"2012": (0.001, 0.003, 0.01, 0.03, 0.1), "today": (0.01, 0.03, 0.1)}
RACE_PER_CLASS, MOST_EPOCHS, TARGET_ERROR = 600, 14, 0.10
POINTS_AN_EPOCH, NUM_WATCHED = 4, 1000  # the error is measured on so many training images


def train_part(part, seed):
    """Train the reduced net without a part, and return the row of what came out."""
    settings = {"augment": dh.flip_and_shift, **PARTS[part]}
    train_iter, test_iter = dh.load_data_fashion_mnist(
        BATCH_SIZE,
        resize=RESIZE,
        per_class=PER_CLASS,
        augment=settings.pop("augment"),
        seed=seed,
    )
    net = dh.alexnet_reduced(**settings)
    one_batch = [next(iter(test_iter))]  # the whole test set is asked once, at the end
    recipe = {**dh.quick_recipe(), "seed": seed}
    history = dh.train_ch6(net, train_iter, one_batch, NUM_EPOCHS, LR, npx.cpu(), **recipe)
    if history.interrupted:
        raise KeyboardInterrupt
    last = {name: history[-1][name] for name in ("train loss", "train acc")}
    test_acc = dh.evaluate_accuracy_gpu(net, test_iter)
    return [{"part": part, "seed": seed, **last, "test acc": test_acc}]


def train_activation(start, activation, lr, seed):
    """Train until the error is low enough, and return rows of it, several an epoch.

    If the training diverges, the last row has no error.
    """
    train_iter, _ = dh.load_data_fashion_mnist(BATCH_SIZE, per_class=RACE_PER_CLASS, seed=seed)
    mean_image = np.array(train_iter.images.mean(axis=0, dtype="float32") / 255)
    first, labels = (array[:NUM_WATCHED] for array in (train_iter.images, train_iter.labels))

    def pixels(X):
        return 255 * (X - mean_image) if start == "2012" else X

    watched = [(pixels(X), y) for X, y in dh.BatchLoader(first, labels, 250)]
    mx.random.seed(seed)
    net = four_layers(activation)
    net.initialize(STARTS[start][activation])
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr, "momentum": 0.9})
    run = {"start": start, "activation": activation, "lr": lr, "seed": seed}
    rows, steps_a_point = [], len(train_iter) // POINTS_AN_EPOCH
    for epoch in range(MOST_EPOCHS):
        train_iter.set_epoch(epoch)
        for step, (X, y) in enumerate(train_iter, start=1):
            try:
                training.train_step(net, pixels(X), y, trainer, npx.cpu())
            except dh.TrainingDiverged:
                return [*rows, {**run, "epoch": epoch + step / len(train_iter)}]
            if step % steps_a_point == 0:
                error = 1 - dh.evaluate_accuracy_gpu(net, watched)
                rows.append({**run, "epoch": epoch + step / len(train_iter), "train error": error})
                if error < TARGET_ERROR:
                    return rows
    return rows


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


def record(name, train, runs):
    """Train each run that the file in results/ does not hold yet, and add it there."""
    exists = (ROOT / "results" / name).exists()
    table = recorded(name) if exists else pd.DataFrame()
    for run in runs:
        if len(table) and (table[list(run)] == pd.Series(run)).all(axis=1).any():
            continue
        rows = train(**run)
        print(rows[-1], flush=True)
        table = pd.concat([table, pd.DataFrame(rows)])
        write(table, name)


def every(**choices):
    """Return the dicts of all combinations; the last name changes fastest."""
    return [dict(zip(choices, values)) for values in itertools.product(*choices.values())]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figure", choices=["parts", "activations"])
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 on")
    options = parser.parse_args()
    seeds = range(options.seeds)
    if options.figure == "parts":
        record("ablation-parts.csv", train_part, every(seed=seeds, part=PARTS))
    else:
        runs = [
            {"start": start, **run}
            for start, activations in STARTS.items()
            for run in every(activation=activations, lr=LEARNING_RATES[start], seed=seeds)
        ]
        record("activations.csv", train_activation, runs)


if __name__ == "__main__":
    main()
