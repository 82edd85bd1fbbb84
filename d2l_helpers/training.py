"""Training and evaluation: d2l's `train_ch6` with a history, recipes, and checkpoints."""

import math
from pathlib import Path

from d2l_helpers import checkpoints
from d2l_helpers.display import watched
from d2l_helpers.plotting import Animator
from d2l_helpers.precision import to_bfloat16
from d2l_helpers.shapes import naming_the_layer
from mxnet_today.cpu import bfloat16_support

import mxnet as mx
import pandas as pd
from d2l.mxnet import Accumulator, Timer
from mxnet import autograd, gluon, init, np
from tqdm.auto import tqdm

CURVES_ALT = "Training loss, training accuracy and test accuracy against the epoch."


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number."""


class History:
    """What a training did: a row a finished epoch.

    Attributes:
        rows: list of dicts with the keys epoch, train loss, train acc, test acc, seconds (of the
            training steps, without the evaluation) and images/s. Loss and accuracy in training
            are means over an epoch in which the net changes; the test accuracy is the net's at
            the end of it.
        interrupted: whether Ctrl-C ended the training.
    """

    def __init__(self, rows=()):
        self.rows = list(rows)
        self.interrupted = False

    def add(self, epoch, train_loss, train_acc, test_acc, seconds, num_images):
        """Add the row of a finished epoch."""
        self.rows.append(
            {
                "epoch": epoch,
                "train loss": train_loss,
                "train acc": train_acc,
                "test acc": test_acc,
                "seconds": seconds,
                "images/s": num_images / seconds,
            }
        )

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, epoch):
        return self.rows[epoch]

    def to_frame(self):
        """Return the rows as a pandas DataFrame."""
        columns = ["epoch", "train loss", "train acc", "test acc", "seconds", "images/s"]
        return pd.DataFrame(self.rows, columns=columns)


def accuracy(y_hat, y):
    """Return how many rows of scores (batch, classes) have their maximum at the label."""
    return float((y_hat.argmax(axis=1).astype(y.dtype) == y).sum())


def evaluate_accuracy_gpu(net, data_iter, device=None):
    """Return the accuracy over all examples of an iterator, as `d2l.evaluate_accuracy_gpu`.

    Batches are moved to the net's device, and each example counts the same: two things that T2's
    evaluation leaves out.

    Args:
        net: an initialized net.
        data_iter: iterable of (X, y).
        device: where to compute; default: where the net's parameters are.

    Raises:
        ValueError: no examples, images that the net cannot take, or a batch that `check_batch`
            refuses.
    """
    device = device or net_device(net)
    correct, total = 0.0, 0
    for X, y in data_iter:
        X, y = X.as_in_ctx(device), y.as_in_ctx(device)
        with naming_the_layer(net, X):
            y_hat = net(X)
        check_batch(X, y, y_hat)
        correct += accuracy(y_hat, y)
        total += len(y)
    if not total:
        raise ValueError("there are no examples to evaluate: the iterator gave no batch")
    return correct / total


def net_device(net):
    """Return the device where the first of an initialized net's parameters is."""
    return next(iter(net.collect_params().values())).list_ctx()[0]


def check_batch(X, y, y_hat):
    """Raise ValueError for labels that do not fit the batch or the net's outputs.

    MXNet itself clips labels that are out of range, without a word.
    """
    if y.ndim != 1 or len(y) != len(X):
        raise ValueError(f"labels of shape {y.shape} do not go with images of shape {X.shape}")
    lowest, highest = int(y.min()), int(y.max())
    if lowest < 0 or highest >= y_hat.shape[1]:
        raise ValueError(
            f"labels go from {lowest} to {highest}, but the net has {y_hat.shape[1]} outputs, "
            f"for labels 0 to {y_hat.shape[1] - 1}"
        )


def one_cycle(progress):
    """Return the learning rate of a one-cycle schedule, as a fraction of its peak.

    A warm-up over the first 30 % of the training, from 4 % to the peak, then a cosine down to 0.
    Source: Smith and Topin 2018.

    Args:
        progress: the share of the training steps that are done, from 0 to 1.
    """
    if progress < 0.3:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / 0.3)) / 2
    return (1 + math.cos(math.pi * (progress - 0.3) / 0.7)) / 2


def plateau_factor(accuracies, patience):
    """Return what the learning rate is multiplied with after epochs of these accuracies.

    It is divided by ten whenever the accuracy has not become better for `patience` epochs, as the
    paper did by hand (section 5).

    Args:
        accuracies: of the finished epochs, in order.
        patience: in epochs, at least 1.
    """
    factor, best, waited = 1.0, -math.inf, 0
    for acc in accuracies:
        best, waited = (acc, 0) if acc > best else (best, waited + 1)
        if waited == patience:
            factor, waited = factor / 10, 0
    return factor


def quick_recipe():
    """Return the keyword arguments of `train_ch6` with which AlexNet learns in few steps.

    He initialization starts AlexNet above chance at once, momentum and a one-cycle learning rate
    make each step count: see lesson 05. The learning rate to give beside it is 0.02 with batches
    of 64 or 128.
    """
    return dict(
        optimizer="sgd",
        optimizer_params={"momentum": 0.9, "wd": 5e-4},
        initializer=init.MSRAPrelu("in", slope=0),
        schedule=one_cycle,
        hybridize=True,
        seed=0,
    )


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
):
    """Train a classifier, as `d2l.train_ch6` does, and return its history.

    The six positional arguments mean what they mean in d2l: the net is initialized afresh with
    Xavier's method and trained with plain SGD on the cross-entropy. At the end the curves are
    shown in a notebook, and d2l's two lines are printed. A person who watches, in Jupyter or a
    terminal, sees the progress.

    Args:
        net: a net, initialized or not; what it had learned is lost.
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
        dtype: 'float32', or 'bfloat16' to compute in it where it is fast (see `to_bfloat16`; the
            graph is compiled then) and in float32, saying why, where it is not. The weights and
            their updates are float32 in either.
        seed: of initialization and dropout; default: drawn from MXNet's random numbers.
        checkpoint: a file that is written after each epoch. If it is there already, the
            training goes on from it and ends with the weights of an uninterrupted one.

    Returns:
        A `History`. After Ctrl-C it holds the epochs that were finished.

    Raises:
        ValueError: no batches, images or labels that do not fit the net, a patience below 1, or
            another dtype.
        TrainingDiverged: the loss is not finite.
        CheckpointError: the checkpoint is damaged, or of another net or training, or cannot hold
            what the optimizer keeps.
    """
    if num_epochs < 1 or len(train_iter) == 0 or len(test_iter) == 0:
        raise ValueError(
            f"nothing to train: {num_epochs} epochs, {len(train_iter)} training batches, "
            f"{len(test_iter)} test batches"
        )
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be at least 1 epoch, not {patience}")
    dtype = _usable_dtype(dtype, device)
    first_test_image = next(iter(test_iter))[0][:1]
    setup = {
        "lr": lr,
        "optimizer": optimizer,
        "optimizer_params": optimizer_params or {},
        "schedule": schedule and f"{schedule.__name__} over {num_epochs} epochs",
        "patience": patience,
        "batches": len(train_iter),
        "image shape": list(first_test_image.shape[1:]),
        "dtype": dtype,
        "seed": seed,
    }
    resuming = checkpoint is not None and Path(checkpoint).exists()
    if resuming:
        setup, saved = checkpoints.load_weights(checkpoint, net, device, setup)
        history = History(saved["rows"])
        print(f"resumed after epoch {len(history)} of {num_epochs}")
    else:
        setup["seed"] = int(np.random.randint(0, 2**31 - 1)) if seed is None else seed
        history = History()
        net.initialize(initializer or init.Xavier(), ctx=device, force_reinit=True)
    if hybridize:
        net.hybridize()
    computing_net = net
    if dtype == "bfloat16":
        net(first_test_image.as_in_ctx(device))  # gives the parameters their shapes
        computing_net = to_bfloat16(net)
    trainer = gluon.Trainer(
        net.collect_params(), optimizer, {"learning_rate": lr, **setup["optimizer_params"]}
    )
    if checkpoint is not None:
        checkpoints.check_optimizer(trainer)
    if resuming:
        checkpoints.load_optimizer(checkpoint, net, trainer)

    animator = Animator(
        xlabel="epoch",
        ylabel="loss, accuracy",
        legend=["train loss", "train acc", "test acc"],
        xlim=[0, 1.03 * num_epochs],
        fmts=("-", "--", "o-."),  # markers, since one epoch gives one test accuracy
    )
    batches_per_point = max(1, len(train_iter) // max(5, 20 // num_epochs))
    if resuming:
        animator.X, animator.Y = saved["curves"]
    try:
        for epoch in range(len(history), num_epochs):
            # Seeded anew each epoch, so that a resumed training draws the same dropout.
            mx.random.seed(setup["seed"] + epoch)
            if hasattr(train_iter, "set_epoch"):
                train_iter.set_epoch(epoch)
            epoch_lr = lr
            if patience:
                epoch_lr *= plateau_factor([row["test acc"] for row in history.rows], patience)
            metric, timer = Accumulator(3), Timer()  # sum of losses, correct, examples
            for i, (X, y) in enumerate(_with_progress_bar(train_iter, epoch, num_epochs)):
                timer.start()
                share_done = (epoch + i / len(train_iter)) / num_epochs
                trainer.set_learning_rate(epoch_lr * (schedule(share_done) if schedule else 1))
                metric.add(*train_step(computing_net, X, y, trainer, device))
                timer.stop()
                train_loss, train_acc = metric[0] / metric[2], metric[1] / metric[2]
                if (i + 1) % batches_per_point == 0 or i + 1 == len(train_iter):
                    animator.add(epoch + (i + 1) / len(train_iter), (train_loss, train_acc, None))
            test_acc = evaluate_accuracy_gpu(computing_net, test_iter, device)
            animator.add(epoch + 1, (None, None, test_acc))
            history.add(epoch + 1, train_loss, train_acc, test_acc, timer.sum(), metric[2])
            if checkpoint is not None:
                saved = {"rows": history.rows, "curves": [animator.X, animator.Y]}
                checkpoints.save_checkpoint(checkpoint, net, trainer, setup, saved)
            if epoch == 0:
                _say_if_at_chance(net(X[:1].as_in_ctx(device)).shape[1], train_loss, test_acc)
    except KeyboardInterrupt:
        history.interrupted = True
        print(f"interrupted in epoch {len(history) + 1}; {len(history)} epochs are finished")
    animator.show(CURVES_ALT)
    _print_summary(history, device)
    return history


def _usable_dtype(dtype, device):
    """Return the dtype to compute in on a device: the one that is asked for, or float32."""
    if dtype not in ("float32", "bfloat16"):
        raise ValueError(f"dtype must be 'float32' or 'bfloat16', not {dtype!r}")
    if dtype == "float32":
        return dtype
    fast, reason = bfloat16_support()
    if device.device_type != "cpu":
        fast, reason = False, "MXNet 1.9.1 has bfloat16 for CPUs only"
    if not fast:
        print(f"Training in float32: {reason}.")
    return "bfloat16" if fast else "float32"


def train_steps(net, batches, trainer, device, lr=None):
    """Train on the batches of one epoch, and give after each step what `train_step` returns.

    Args:
        net: an initialized net.
        batches: sized iterable of (X, y).
        trainer: of the net's parameters.
        device: where the net is.
        lr: function from the share of the batches that are done (0 to 1) to the learning rate of
            the next step; default: the trainer's own.
    """
    for i, (X, y) in enumerate(batches):
        if lr:
            trainer.set_learning_rate(lr(i / len(batches)))
        yield train_step(net, X, y, trainer, device)


def train_step(net, X, y, trainer, device):
    """Train on one batch, and return the sum of its losses, how many were right, and its size.

    Raises:
        ValueError: images that the net cannot take, or see `check_batch`.
        TrainingDiverged: the loss is not finite.
    """
    X, y = X.as_in_ctx(device), y.as_in_ctx(device)
    with autograd.record(), naming_the_layer(net, X):
        y_hat = net(X)
        l = gluon.loss.SoftmaxCrossEntropyLoss()(y_hat, y)
    check_batch(X, y, y_hat)
    l.backward()
    trainer.step(len(X))
    loss_sum = float(l.sum())
    if not math.isfinite(loss_sum):
        raise TrainingDiverged(
            f"the loss became {loss_sum}: the learning rate, {trainer.learning_rate:g}, is too "
            "large for this net and its initialization. Try a tenth of it, or a schedule that "
            "warms up, such as one_cycle."
        )
    return loss_sum, accuracy(y_hat, y), len(X)


def _with_progress_bar(train_iter, epoch, num_epochs):
    """Return train_iter, behind a progress bar if a person watches."""
    return tqdm(
        train_iter,
        desc=f"epoch {epoch + 1}/{num_epochs}",
        unit="batch",
        leave=False,
        disable=watched() is None,
    )


def _say_if_at_chance(num_classes, train_loss, test_acc):
    """Say that the net guesses, if its loss is that of guessing: ln(number of classes)."""
    if train_loss > 0.98 * math.log(num_classes) and test_acc < 1.5 / num_classes:
        print(
            f"The net has not started to learn: after the first epoch its loss is still about "
            f"ln({num_classes}) = {math.log(num_classes):.3f}, and 1 in {num_classes} answers is "
            "right, as by guessing.\nUsually the signal fades on its way through the layers. "
            "Try ReLU in place of sigmoid, He's initialization (init.MSRAPrelu('in', slope=0)), "
            "or another learning rate."
        )


def _print_summary(history, device):
    """Print d2l's two closing lines."""
    if not len(history):
        return
    last = history[-1]
    seconds = sum(row["seconds"] for row in history.rows)
    images = sum(row["seconds"] * row["images/s"] for row in history.rows)
    print(
        f"loss {last['train loss']:.3f}, train acc {last['train acc']:.3f}, "
        f"test acc {last['test acc']:.3f}"
    )
    print(f"{images / seconds:.1f} examples/sec on {device}")
