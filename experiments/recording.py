"""What the experiments share: their options, and how they resume where they were cut off.

`root` is the folder in which results/ and build/ lie: the course, except in the tests.
"""

import argparse
import itertools

import d2l_helpers as dh
from d2l_helpers.evaluation.accuracy import accuracy
from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.locks import locked
from d2l_helpers.utils.results import recorded, start_of_run, write

import numpy
import pandas as pd
from mxnet import np


def options(doc, **defaults):
    """Return the whole numbers that the command line gives, as {name: number}.

    Each experiment begins with it, so it also notes the day and the commit.

    Args:
        doc: what --help says.
        defaults: of the options, by name.
    """
    start_of_run()
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default, help="default: %(default)s")
    return vars(parser.parse_args())


def first_of_each(labels, num):
    """Return the places of the first labels of each class."""
    return numpy.concatenate([numpy.flatnonzero(labels == c)[:num] for c in range(10)])


def checkpoint_of(name, root=ROOT):
    """Return where an unfinished training is kept."""
    return root / "build" / f"{name}.checkpoint"


def record_finished(history, net, test_iter, name, root=ROOT, max_shift=None):
    """Record a training, and remove its checkpoint; one that was interrupted keeps it instead.

    Args:
        history, net: of the training.
        test_iter: its `BatchLoader` of test images.
        name: of the file in results/, without .csv.
        max_shift: of `flip_and_shift` in the training. If given, the last row also tells the
            accuracies of mean scores: for an image and its mirror image, and for all views.
    """
    if history.interrupted:
        return
    table = with_type(history)
    if max_shift:
        testing_net = dh.to_bfloat16(net) if history.types[1] == "bfloat16" else net
        for column, shift in {
            "test acc with mirrors": 0,
            "test acc of all views": max_shift,
        }.items():
            acc = accuracy_of_all_views(testing_net, test_iter, shift)
            table.loc[table.index[-1], column] = acc
    write(table, f"{name}.csv", root)
    checkpoint_of(name, root).unlink()


def accuracy_of_all_views(net, loader, max_shift):
    """Return the accuracy of the mean of a net's scores for all that `flip_and_shift` can make.

    Args:
        net: an initialized net.
        loader: a `BatchLoader` without augmentation.
        max_shift: in pixels; 0 for an image and its mirror image alone.
    """
    height, width = loader.images.shape[1:]
    framed = numpy.pad(loader.images, ((0, 0), (max_shift, max_shift), (max_shift, max_shift)))
    scores = 0
    for top, left in itertools.product(range(2 * max_shift + 1), repeat=2):
        moved = framed[:, top : top + height, left : left + width]
        for view in (moved, moved[:, :, ::-1]):
            batches = dh.BatchLoader(view, loader.labels, loader.batch_size, resize=loader.resize)
            scores = scores + np.concatenate([net(X) for X, _ in batches])
    return accuracy(scores, np.array(loader.labels)) / loader.num_examples


def unrecorded_epochs(train, name, num_epochs, root=ROOT):
    """Train, and give the history after each epoch that is not in results/ yet.

    Args:
        train: function of a number of epochs and a checkpoint that calls `train_ch6` with them,
            and returns its history.
        name: of the file in results/, without .csv.
        num_epochs: how many epochs to train in the end.

    Raises:
        InUse: another process does so.
    """
    checkpoint, file = checkpoint_of(name, root), root / "results" / f"{name}.csv"
    with locked(file):
        resumed = checkpoint.exists() and file.exists()
        finished = len(recorded(file.name, root)) if resumed else 0
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

    Raises:
        InUse: another process does so.
    """
    with locked(root / "results" / f"{name}.csv"):  # else each would leave out the other's rows
        _record_missing(train, name, runs, root)


def _record_missing(train, name, runs, root):
    exists = (root / "results" / f"{name}.csv").exists()
    table = recorded(f"{name}.csv", root) if exists else pd.DataFrame()
    for run in runs:
        if len(table) and (table[list(run)] == pd.Series(run)).all(axis=1).any():
            continue
        rows = list(train(**run))
        print(rows[-1], flush=True)
        resumed = len(table) > 0
        table = pd.concat([table, pd.DataFrame(rows)])
        write(table, f"{name}.csv", root, resumed=resumed)
