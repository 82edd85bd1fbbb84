"""Training and evaluation: d2l's `train_ch6` with a history, schedules, and checkpoints."""

import contextlib
import math
from pathlib import Path

from d2l_helpers import checkpoints, distributed
from d2l_helpers.arguments import (
    check_arrays,
    check_device,
    check_net,
    check_num_epochs,
    check_whole,
    say_if_coloured,
)
from d2l_helpers.history import Progress, divergence, print_summary, say_if_at_chance
from d2l_helpers.interruption import each_whole, whole
from d2l_helpers.precision import STATIC, check_dtype, computing_nets
from d2l_helpers.progress import ProgressBars
from d2l_helpers.recipes import plateau_factor, scheduled
from d2l_helpers.shapes import naming_the_layer
from mxnet_today import memory

import mxnet as mx
from d2l.mxnet import Timer
from mxnet import autograd, gluon, init, np

DIVERGED = 1e4  # a mean loss; guessing has ln(classes), and a bad start some hundreds
CURVES_ALT = "Training loss, training accuracy and test accuracy against the epoch."


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number, or far from anything that learns."""


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
        TypeError: no net, no device, or arrays that are not MXNet's.
        RuntimeError: the net is not initialized.
    """
    device = net_device(net) if device is None else device
    check_device(device)
    correct, total = 0.0, 0
    for X, y in data_iter:
        check_arrays(X, y)
        say_if_coloured(net, X)
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
    """Return the device where the first of an initialized net's parameters is.

    Raises:
        RuntimeError: the net is not initialized.
        TypeError: no net.
    """
    check_net(net)
    try:
        return next(iter(net.collect_params().values())).list_ctx()[0]
    except RuntimeError:
        raise RuntimeError(
            "the net is not initialized, it has no weights yet: call net.initialize(), or train "
            "it with train_ch6"
        ) from None


def check_batch(X, y, y_hat):
    """Raise ValueError for labels that do not fit the batch or the net's outputs.

    MXNet itself clips labels that are out of range, without a word.
    """
    if y.ndim != 1 or len(y) != len(X):
        one_hot = ": they look one-hot; give class numbers, y.argmax(axis=1)"
        raise ValueError(
            f"labels of shape {y.shape} do not go with images of shape {X.shape}"
            + (one_hot if y.shape == y_hat.shape else "")
        )
    labels = y.asnumpy()  # waits for the labels alone, not for the net
    check_whole(labels)
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= y_hat.shape[1]:
        raise ValueError(
            f"labels go from {lowest} to {highest}, but the net has {y_hat.shape[1]} outputs, "
            f"for labels 0 to {y_hat.shape[1] - 1}"
        )


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
            the same then; functions and objects are told apart as `checkpoints.description` does.
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
    say_if_coloured(net, first_test_image)
    setup = {
        "lr": lr,
        "optimizer": optimizer,
        "optimizer_params": optimizer_params or {},
        "initializer": checkpoints.description(initializer or init.Xavier()),
        "schedule": schedule and f"{checkpoints.description(schedule)} over {num_epochs} epochs",
        "patience": patience,
        "dtype": dtype,
        "seed": seed,
        **_images_setup(train_iter, first_test_image),
    }
    resuming = checkpoint is not None and Path(checkpoint).exists()
    if resuming:
        begun, done = checkpoints.load_weights(checkpoint, net, device, setup)
        progress = Progress(num_epochs, len(train_iter), done)
        _say_where_it_goes_on(progress, num_epochs)
    else:
        begun = {"seed": _start(net, device, initializer, seed)}
        progress = Progress(num_epochs, len(train_iter))
    history = progress.history
    if hybridize:
        net.hybridize(**STATIC)
    nets, types = computing_nets(net, first_test_images, dtype, begun.get("types"))
    training_net, testing_net = nets
    history.types = types
    begun = {**setup, "seed": begun["seed"], "types": types}
    trainer = kvstore.trainer(
        net.collect_params(), optimizer, {"learning_rate": lr, **(optimizer_params or {})}
    )
    kvstore.start(net, trainer, first_test_image, begun["seed"], _must_agree(progress, types))
    share = kvstore.share(train_iter)
    if resuming:
        checkpoints.load_optimizer(checkpoint, net, trainer)
    if checkpoint is not None and len(history) < num_epochs:
        checkpoints.check_before_training(checkpoint, trainer, setup)

    def save():
        if checkpoint is not None and kvstore.rank == 0:
            checkpoints.save_checkpoint(checkpoint, net, trainer, begun, progress.to_dict())

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
            for step in each_whole(kvstore.joined(steps)):
                if step is None:  # it was done before the training was cut off
                    continue
                progress.add_step(step, timer.stop())
                _check_loss(step, trainer.learning_rate, first_test_image)
            test_acc = evaluate_accuracy_gpu(testing_net, test_iter, device)
            with whole():
                progress.end_epoch(test_acc)
                save()
            if epoch == 0:
                say_if_at_chance(net(first_test_image).shape[1], history[0], first_test_image)
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


def _first_images(data_iter, device):
    """Return the images of an iterator's first batch."""
    X, y = next(iter(data_iter))
    check_arrays(X, y)
    return X.as_in_ctx(device)


def _say_where_it_goes_on(progress, num_epochs):
    num_finished = len(progress.history)
    if progress.so_far.steps:
        where = f"in epoch {num_finished + 1} of {num_epochs}, after {progress.steps_done()}"
    else:
        where = f"after epoch {num_finished} of {num_epochs}"
    print(f"resumed {where}")


def _say_where_it_stopped(progress, checkpoint):
    """Say what Ctrl-C cut off, what of it is kept, and how to go on."""
    num_finished, steps = len(progress.history), progress.so_far.steps
    print(f"interrupted in epoch {num_finished + 1}; {num_finished} epochs are finished")
    if steps:
        print(
            f"{steps} of the epoch's {progress.num_steps} steps are done and kept: the net has "
            "learned from them, and they are the last row of the history, marked as unfinished."
        )
    if checkpoint is not None:
        print(f"The same call goes on from here, with {checkpoint}.")


def _accuracy_unless_stopped(net, test_iter, device):
    """Return the accuracy, or not a number if Ctrl-C comes again."""
    try:
        return evaluate_accuracy_gpu(net, test_iter, device)
    except KeyboardInterrupt:
        return math.nan


def _check_loss(step, lr, image):
    """Raise TrainingDiverged for a loss that is finite and yet far from anything that learns."""
    loss_sum, _, num = step
    if loss_sum / num > DIVERGED:
        raise TrainingDiverged(divergence(loss_sum / num, lr, image))


def _check_there_is_work(train_iter, test_iter, num_epochs, patience):
    if num_epochs < 1 or len(train_iter) == 0 or len(test_iter) == 0:
        raise ValueError(
            f"nothing to train: {num_epochs} epochs, {len(train_iter)} training batches, "
            f"{len(test_iter)} test batches"
        )
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be at least 1 epoch, not {patience}")


def _images_setup(train_iter, first_test_image):
    """Return what must stay the same of the images, when a training goes on."""
    loader = {name: getattr(train_iter, name, None) for name in ("seed", "shuffle", "augment")}
    return {
        "batches": len(train_iter),
        "image shape": list(first_test_image.shape[1:]),
        **{f"loader's {name}": checkpoints.description(value) for name, value in loader.items()},
    }


def _must_agree(progress, types):
    """Return in what all workers must be at the same point, as {what: number}."""
    return {
        "batches": progress.num_steps,
        "epochs": len(progress.history),
        "steps": progress.so_far.steps,
        "type to train in (0: float32, 1: bfloat16)": types[0] == "bfloat16",
    }


def _start(net, device, initializer, seed):
    """Initialize a net, and return the seed of it and of the training."""
    if has_learned(net):
        print(
            "This net was trained before. train_ch6 initializes it anew, so that it starts afresh; "
            "a training that shall go on needs a checkpoint (checkpoint=...)."
        )
    if seed is None:
        seed = int(np.random.randint(0, 2**31 - 1))
    mx.random.seed(seed)
    net.initialize(initializer or init.Xavier(), ctx=device, force_reinit=True)
    return seed


def has_learned(net):
    """Return whether a net was trained since it was initialized: whether it has gradients."""
    gradients = [g for p in net.collect_params().values() for g in p._grad or ()]
    return any(bool((gradient != 0).any()) for gradient in gradients)


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
                yield _draw_again(net, X.as_in_ctx(device))
                continue
            if lr:
                trainer.set_learning_rate(lr(i / len(batches)))
            yield train_step(net, X, y, trainer, device)
            if i == done:  # from now on gradients and momenta are there
                settings.enter_context(memory.kept())


def _draw_again(net, X):
    """Let a net draw the random numbers of a step that is done, so that the next ones follow.

    Dropout draws as many for any weights. The net stays as it is, and so do its running means,
    which cuDNN's batch normalization changes on the way forward.
    """
    running = [p for p in net.collect_params().values() if p.grad_req == "null"]
    values = [p.data().copy() for p in running]
    with autograd.train_mode():
        net(X)
    for parameter, value in zip(running, values):
        parameter.set_data(value)


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


class _StartTimer:
    """Batches that start a timer when they have been loaded, as the loading does not count."""

    def __init__(self, timer, batches):
        self.timer, self.batches = timer, batches

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for batch in self.batches:
            self.timer.start()
            yield batch
