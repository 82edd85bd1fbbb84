"""The training loop: d2l's `train_ch6`, which can be stopped, resumed and shared (lesson 06)."""

import contextlib
import math

from d2l_helpers.evaluation.accuracy import accuracy, evaluate_accuracy_gpu
from d2l_helpers.inspection.layer_table import naming_the_layer
from d2l_helpers.training.config import Config
from d2l_helpers.training.diagnosis import TrainingDiverged, divergence
from d2l_helpers.training.run import Run
from d2l_helpers.utils.out_of_memory import naming_the_batch
from d2l_helpers.utils.validation import (
    check_arrays,
    check_batch,
    check_finite_images,
    checked_batches,
)
from mxnet_today import memory

from mxnet import autograd, gluon


def train_ch6(
    net,
    train_iter,
    test_iter,
    num_epochs,
    lr,
    device,
    *,
    optimizer="sgd",
    optimizer_params=None,
    initializer=None,
    schedule=None,
    patience=None,
    hybridize=False,
    dtype="float32",
    seed=None,
    checkpoint=None,
    kvstore=None,
):
    """Train a classifier, as `d2l.train_ch6` does, and return its history.

    The six positional arguments mean what they mean in d2l: the net is initialized afresh with
    Xavier's method and trained with plain SGD on the cross-entropy. At the end the curves are
    shown in a notebook, and d2l's two lines are printed. A person who watches, in Jupyter or a
    terminal, sees the progress.

    Args:
        net: a net, initialized or not; its weights are replaced, and if it was trained before, or
            loaded with a function of this package, that is printed.
        train_iter, test_iter: sized iterables of (X, y), a list of batches for example.
        num_epochs: how many times to go through train_iter.
        lr: learning rate; with a schedule, its peak.
        device: where to train, for example `try_gpu()`.
        optimizer: name of a Gluon optimizer.
        optimizer_params: dict of its parameters other than the learning rate.
        initializer: of the weights; default Xavier.
        schedule: function from the share of steps done (0 to 1) to a factor of lr, such as
            `one_cycle`; default: constant.
        patience: after so many epochs without a better accuracy on test_iter, which should then be
            held-out training images, the learning rate is divided by ten; default: never.
        hybridize: whether to compile the net's graph.
        dtype: 'float32'; 'bfloat16' to compute in it where `choose_dtype` measures that it is
            faster, and in float32, with the reason printed, where it is not (training and
            evaluation are decided separately, and the graph is compiled); 'auto' for the same
            without a word. The weights and their updates are float32 in either. A run that is
            resumed keeps its types.
        seed: of initialization and dropout, a whole number from 0; default: drawn from MXNet's
            random numbers.
        checkpoint: a file that is written after each epoch, and after Ctrl-C; its folder is made.
            If it is there already, training resumes from it and ends with the weights of an
            uninterrupted run, to the last bit on a CPU: within an epoch not with SGLD, whose
            steps are random, and only with batches that come in the same order again, as those
            of `BatchLoader` do and those of a shuffled DataLoader do not. The net's layers, the
            arguments from lr to seed, the number of batches, the size of the images, and the
            loader's seed, shuffle and augment must be the same then; functions and objects are
            compared as `checkpoints.checkpoint.stable_repr` writes them.
        kvstore: 'dist_sync', or what `connect_workers` returns, in a worker among several. All are
            given the same arguments. Each takes its share of each batch, which ends as in one
            process with the whole batch, but for rounding, and for what layers do with a batch:
            dropout draws, and batch normalization takes the mean of, the share. The first worker
            prints and writes the checkpoint, which all must see. Ctrl-C then ends the run with the
            last checkpoint, and not within an epoch.

    Returns:
        A `History`. Ctrl-C ends the run after the step that it comes in. The net keeps what it has
        learned, the steps of the unfinished epoch are the last row, marked as `History` says, and
        the same call resumes from the checkpoint.

    Raises:
        ValueError: no batches, images or labels that do not fit the net or are not finite, nothing
            to train, frozen weights, a GPU that MXNet does not see, or an argument with a value
            that no run can have, see `Config`.
        TypeError: no net, no device, arrays that are not MXNet's, an argument of another kind.
        TrainingDiverged: the loss is not finite, or far from anything that learns.
        KeyboardInterrupt: Ctrl-C before the first step was done.
        CheckpointError: the checkpoint is damaged, or of another net or run, or in use by another
            process, or cannot hold what the optimizer keeps or is given. Before the first epoch.
        CannotWrite: the checkpoint cannot be written, as far as that is known before the first
            epoch. Later it is a `NotSaved`, which has the history so far; the net keeps what it
            has learned, and the older file is still there.
    """
    config = Config(
        num_epochs=num_epochs,
        lr=lr,
        optimizer=optimizer,
        optimizer_params=optimizer_params or {},
        initializer=initializer,
        schedule=schedule,
        patience=patience,
        hybridize=hybridize,
        dtype=dtype,
        seed=seed,
    )
    with Run(net, train_iter, test_iter, config, device, checkpoint, kvstore) as run:
        for epoch in run.epochs():
            for X, y in run.batches(epoch):
                run.end_step(*train_step(run.train_net, X, y, run.trainer, device))
            run.end_epoch(evaluate_accuracy_gpu(run.eval_net, test_iter, device))
    return run.history


def train_step(net, X, y, trainer, device):
    """Train on one batch, and return the sum of its losses, how many were right, and its size.

    Raises:
        ValueError: images that the net cannot take or that are not finite, or labels that do not
            fit them, see `check_batch`; the weights stay as they are.
        TypeError: arrays that are not MXNet's.
        TrainingDiverged: the loss is not finite; the weights stay as they are.
        OutOfMemory: the memory is not enough for the batch.
    """
    check_arrays(X, y)
    with naming_the_batch(len(X)):
        X, y = X.as_in_ctx(device), y.as_in_ctx(device)
        check_finite_images(X)  # one NaN would spoil every weight
        with autograd.record():
            with naming_the_layer(net, X):
                y_hat = net(X)  # (batch, classes)
            check_batch(X, y, y_hat)
            l = gluon.loss.SoftmaxCrossEntropyLoss()(y_hat, y)  # (batch,)
        l.backward()
        loss_sum = float(l.sum())
        if not math.isfinite(loss_sum):
            raise TrainingDiverged(divergence(loss_sum, trainer.learning_rate, X))
        trainer.step(len(X))  # divides the gradients, which are sums over the batch
        return loss_sum, accuracy(y_hat, y), len(X)


def train_steps(net, batches, trainer, device, lr=None):
    """Train on batches, and yield after each step what `train_step` returns.

    For loops of one's own, without a history and checkpoints.

    Args:
        net: an initialized net.
        batches: sized iterable of (X, y).
        trainer: of the net's parameters.
        device: where the net is.
        lr: function from the share of the batches that are done (0 to 1) to the learning rate of
            the next step; default: the trainer's own.
    """
    with contextlib.ExitStack() as settings:
        for step, (X, y) in enumerate(checked_batches("batches", batches)):
            if lr:
                trainer.set_learning_rate(lr(step / len(batches)))
            yield train_step(net, X, y, trainer, device)
            if step == 0:  # from now on gradients and momenta are there
                settings.enter_context(memory.kept())
