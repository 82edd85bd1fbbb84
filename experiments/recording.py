"""What the experiments share: their options, and how they go on where they were cut off.

`root` is the folder in which results/ and build/ lie: the course, except in the tests.
"""

import argparse

import d2l_helpers as dh
from d2l_helpers.results import ROOT, recorded, write
from d2l_helpers.training import accuracy

import numpy
import pandas as pd
from mxnet import np, npx


def options(doc, **defaults):
    """Return the whole numbers that the command line gives, as {name: number}.

    Args:
        doc: what --help says.
        defaults: of the options, by name.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default, help="default: %(default)s")
    return vars(parser.parse_args())


def checkpoint_of(name, root=ROOT):
    """Return where an unfinished training is kept."""
    return root / "build" / f"{name}.checkpoint"


def record_finished(history, net, test_iter, name, root=ROOT, margin=None):
    """Record a training, and remove its checkpoint; one that was interrupted keeps it instead.

    With `margin` the last row also tells the accuracies of mean scores: for an image and its mirror
    image, and for ten crops, as `accuracy_with_ten_crops` makes them.
    """
    if not history.interrupted:
        table = with_type(history)
        if margin:
            last = table.index[-1]
            ten_crops = accuracy_with_ten_crops(net, test_iter, margin)
            table.loc[last, "test acc with mirrors"] = accuracy_with_mirrors(net, test_iter)
            table.loc[last, "test acc with ten crops"] = ten_crops
        write(table, f"{name}.csv", root)
        checkpoint_of(name, root).unlink()


def accuracy_with_mirrors(net, data_iter):
    """Return the accuracy of the mean of a net's scores for an image and for its mirror image."""

    def both(X):
        return net(X) + net(np.flip(X, axis=3))

    return dh.evaluate_accuracy_gpu(both, data_iter, npx.cpu())


def accuracy_with_ten_crops(net, loader, margin):
    """Return the accuracy of the mean of a net's scores for ten parts of an image.

    They are `ten_crops` of the image in a dark margin, so the image is moved into each corner, and
    not at all, and all five mirrored.

    Args:
        net: an initialized net.
        loader: a `BatchLoader` without augmentation.
        margin: in pixels.
    """
    size = loader.images.shape[1:]
    num_right = 0
    for start in range(0, loader.num_examples, loader.batch_size):
        batch = slice(start, start + loader.batch_size)
        framed = numpy.pad(loader.images[batch], ((0, 0), (margin, margin), (margin, margin)))
        parts = dh.ten_crops(framed, size).reshape(-1, *size)
        scores = net(np.array(dh.resize_images(parts, loader.resize)))
        means = scores.reshape(-1, 10, scores.shape[1]).mean(axis=1)
        num_right += accuracy(means, np.array(loader.labels[batch]))
    return num_right / loader.num_examples


def unrecorded_epochs(train, name, num_epochs, root=ROOT):
    """Train, and give the history after each epoch that is not in results/ yet.

    Args:
        train: function of a number of epochs and a checkpoint that calls `train_ch6` with them,
            and returns its history.
        name: of the file in results/, without .csv.
        num_epochs: how many epochs to train in the end.
    """
    checkpoint = checkpoint_of(name, root)
    goes_on = checkpoint.exists() and (root / "results" / f"{name}.csv").exists()
    finished = len(recorded(f"{name}.csv", root)) if goes_on else 0
    for epochs in range(finished + 1, num_epochs + 1):
        history = train(epochs, checkpoint)
        if history.interrupted:
            return
        yield history
    checkpoint.unlink()


def with_type(history):
    """Return a history as a DataFrame, with the type that the training was computed in."""
    return history.to_frame().assign(dtype=history.types[0])


def without_times(history):
    """Return `with_type`; a run of many hours shares the machine, so no times."""
    return with_type(history).drop(columns=["seconds", "images/s"])


def record_missing(train, name, runs, root=ROOT):
    """Make each run that is not in results/ yet, and add its rows there as soon as it is done.

    Args:
        train: function that takes what a run holds, and gives its rows: dicts that hold it too.
        name: of the file in results/, without .csv.
        runs: dicts.
    """
    exists = (root / "results" / f"{name}.csv").exists()
    table = recorded(f"{name}.csv", root) if exists else pd.DataFrame()
    for run in runs:
        if len(table) and (table[list(run)] == pd.Series(run)).all(axis=1).any():
            continue
        rows = list(train(**run))
        print(rows[-1], flush=True)
        goes_on = len(table) > 0
        table = pd.concat([table, pd.DataFrame(rows)])
        write(table, f"{name}.csv", root, goes_on=goes_on)
