"""A training run: its beginning, its steps and epochs, and its end."""

import math

from d2l_helpers.checkpoints.checkpoint import (
    stable_repr,
)
from d2l_helpers.evaluation.accuracy import evaluate_accuracy_gpu
from d2l_helpers.models.parameters import has_learned
from d2l_helpers.utils.validation import check_arrays

import mxnet as mx
from mxnet import autograd, init, np

CURVES_ALT = "Training loss, training accuracy and test accuracy against the epoch."


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
        **{f"loader's {name}": stable_repr(value) for name, value in loader.items()},
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


def replay_dropout(net, X):
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
