"""Training and evaluation: d2l's `train_ch6` with a history, schedules, and checkpoints."""

import contextlib
import math
from pathlib import Path

from d2l_helpers.checkpoints.checkpoint import (
    check_before_training,
    load_optimizer,
    load_weights,
    save_checkpoint,
    stable_repr,
)
from d2l_helpers.evaluation.accuracy import accuracy, evaluate_accuracy_gpu
from d2l_helpers.inspection.layer_table import naming_the_layer
from d2l_helpers.notebook.progress_bar import ProgressBars
from d2l_helpers.training import distributed
from d2l_helpers.training.diagnosis import (
    TrainingDiverged,
    _check_loss,
    divergence,
    warn_if_at_chance,
)
from d2l_helpers.training.history import Progress, print_summary
from d2l_helpers.training.interrupts import defer_sigint, each_deferred
from d2l_helpers.training.precision import STATIC, check_dtype, nets_in_dtype
from d2l_helpers.training.run import (
    CURVES_ALT,
    _accuracy_unless_stopped,
    _check_there_is_work,
    _first_images,
    _images_setup,
    _must_agree,
    _say_where_it_goes_on,
    _say_where_it_stopped,
    _start,
    _StartTimer,
    replay_dropout,
)
from d2l_helpers.training.schedules import plateau_factor, scheduled
from d2l_helpers.utils.validation import (
    check_arrays,
    check_batch,
    check_device,
    check_net,
    check_num_epochs,
    warn_if_coloured,
)
from mxnet_today import memory

import mxnet as mx
from d2l.mxnet import Timer
from mxnet import autograd, gluon, init


@distributed.first_speaks
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
        net: a net, initialized or not; what it had learned is lost, which is said.
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
            faster, and in float32, saying why, where it is not (training and evaluation are decided
            apart, and the graph is compiled); 'auto' for the same without a word. The weights and
            their updates are float32 in either. A training that goes on keeps its types.
        seed: of initialization and dropout; default: drawn from MXNet's random numbers.
        checkpoint: a file that is written after each epoch, and after Ctrl-C; its folder is made.
            If it is there already, the training goes on from it and ends with the weights of an
            uninterrupted one, to the last bit on a CPU (within an epoch not with SGLD, whose
            steps are random). The net's layers, the arguments from lr to seed, the number of
            batches, the size of the images, and the loader's seed, shuffle and augment must be
            the same then; functions and objects are told apart as `checkpoint.stable_repr` does.
        kvstore: 'dist_sync', or what `connect_workers` returns, in a worker among several. All are
            given the same arguments. Each takes its share of each batch, which ends as in one
            process with the whole batch, but for rounding, and for what layers do with a batch:
            dropout draws, and batch normalization takes the mean of, the share. The first worker
            prints and writes the checkpoint, which all must see. Ctrl-C then ends the training
            with the last checkpoint, and not within an epoch.

    Returns:
        A `History`. Ctrl-C ends the training after the step that it comes in. The net keeps what
        it has learned, the steps of the unfinished epoch are the last row, marked as `History`
        says, and the checkpoint goes on from them.

    Raises:
        ValueError: no batches, a number of epochs that is not whole, images or labels that do not
            fit the net, a patience below 1, or another dtype.
        TypeError: no net, no device, or arrays that are not MXNet's.
        TrainingDiverged: the loss is not finite, or far from anything that learns.
        KeyboardInterrupt: Ctrl-C before the first step was done.
        CheckpointError: the checkpoint is damaged, or of another net or training, or cannot hold
            what the optimizer keeps or is given. Like the next one, before the first epoch.
        OSError: the checkpoint cannot be written.
    """
    check_net(net)
    check_device(device)
    check_num_epochs(num_epochs, lr)
    _check_there_is_work(train_iter, test_iter, num_epochs, patience)
    check_dtype(dtype)
    first_test_images = _first_images(test_iter, device)
    first_test_image = first_test_images[:1]
    warn_if_coloured(net, first_test_image)
    setup = {
        "lr": lr,
        "optimizer": optimizer,
        "optimizer_params": optimizer_params or {},
        "initializer": stable_repr(initializer or init.Xavier()),
        "schedule": schedule and f"{stable_repr(schedule)} over {num_epochs} epochs",
        "patience": patience,
        "dtype": dtype,
        "seed": seed,
        **_images_setup(train_iter, first_test_image),
    }
    resuming = checkpoint is not None and Path(checkpoint).exists()
    if resuming:
        begun, done = load_weights(checkpoint, net, device, setup)
        progress = Progress(num_epochs, len(train_iter), done)
        _say_where_it_goes_on(progress, num_epochs)
    else:
        begun = {"seed": _start(net, device, initializer, seed)}
        progress = Progress(num_epochs, len(train_iter))
    history = progress.history
    if hybridize:
        net.hybridize(**STATIC)
    nets, types = nets_in_dtype(net, first_test_images, dtype, begun.get("types"))
    training_net, testing_net = nets
    history.types = types
    begun = {**setup, "seed": begun["seed"], "types": types}
    trainer = kvstore.trainer(
        net.collect_params(), optimizer, {"learning_rate": lr, **(optimizer_params or {})}
    )
    kvstore.start(net, trainer, first_test_image, begun["seed"], _must_agree(progress, types))
    share = kvstore.share(train_iter)
    if resuming:
        load_optimizer(checkpoint, net, trainer)
    if checkpoint is not None and len(history) < num_epochs:
        check_before_training(checkpoint, trainer, setup)

    def save():
        if checkpoint is not None and kvstore.rank == 0:
            save_checkpoint(checkpoint, net, trainer, begun, progress.to_dict())

    bars = ProgressBars(num_epochs)
    try:
        for epoch in range(len(history), num_epochs):
            # Seeded anew each epoch, so that a resumed training draws the same dropout.
            mx.random.seed(kvstore.seed(begun["seed"] + epoch))
            if hasattr(share, "set_epoch"):
                share.set_epoch(epoch)
            epoch_lr = lr * plateau_factor(history.test_accuracies, patience)
            rate, timer = scheduled(epoch_lr, schedule, epoch, num_epochs), Timer()
            batches = _StartTimer(timer, bars.over(share, epoch))
            done = progress.so_far.steps
            steps = train_steps(training_net, batches, trainer, device, rate, done)
            for step in each_deferred(kvstore.joined(steps)):
                if step is None:  # it was done before the training was cut off
                    continue
                progress.add_step(step, timer.stop())
                _check_loss(step, trainer.learning_rate, first_test_image)
            test_acc = evaluate_accuracy_gpu(testing_net, test_iter, device)
            with defer_sigint():
                progress.end_epoch(test_acc)
                save()
            if epoch == 0:
                warn_if_at_chance(net(first_test_image).shape[1], history[0], first_test_image)
    except KeyboardInterrupt:
        if kvstore.num_workers > 1 or not (len(history) or progress.so_far.steps):
            raise  # the others know nothing of it, or there is nothing to keep
        history.interrupted = True
        save()
        _say_where_it_stopped(progress, checkpoint)
        if progress.so_far.steps:
            test_acc = _accuracy_unless_stopped(testing_net, test_iter, device)
            progress.end_epoch(test_acc, unfinished=progress.steps_done())
    finally:
        bars.close()
    progress.curves.show(CURVES_ALT, measured="y")
    print_summary(history, device)
    return history


def train_steps(net, batches, trainer, device, lr=None, done=0):
    """Train on the batches of one epoch, and give after each step what `train_step` returns.

    Args:
        net: an initialized net.
        batches: sized iterable of (X, y).
        trainer: of the net's parameters.
        device: where the net is.
        lr: function from the share of the batches that are done (0 to 1) to the learning rate of
            the next step; default: the trainer's own.
        done: how many steps were done before the training was cut off; for each it gives None.
    """
    with contextlib.ExitStack() as settings:
        for i, (X, y) in enumerate(batches):
            if i < done:
                yield replay_dropout(net, X.as_in_ctx(device))
                continue
            if lr:
                trainer.set_learning_rate(lr(i / len(batches)))
            yield train_step(net, X, y, trainer, device)
            if i == done:  # from now on gradients and momenta are there
                settings.enter_context(memory.kept())


def train_step(net, X, y, trainer, device):
    """Train on one batch, and return the sum of its losses, how many were right, and its size.

    Raises:
        ValueError: images that the net cannot take, or see `check_batch`.
        TypeError: arrays that are not MXNet's.
        TrainingDiverged: the loss is not finite.
    """
    check_arrays(X, y)
    X, y = X.as_in_ctx(device), y.as_in_ctx(device)
    with autograd.record(), naming_the_layer(net, X):
        y_hat = net(X)
        check_batch(X, y, y_hat)
        l = gluon.loss.SoftmaxCrossEntropyLoss()(y_hat, y)
    l.backward()
    trainer.step(len(X))
    loss_sum = float(l.sum())
    if not math.isfinite(loss_sum):
        raise TrainingDiverged(divergence(loss_sum, trainer.learning_rate, X))
    return loss_sum, accuracy(y_hat, y), len(X)
