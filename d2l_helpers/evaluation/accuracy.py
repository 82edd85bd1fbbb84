"""The accuracy of a net on the batches of an iterator (lesson 06)."""

from d2l_helpers.inspection.layer_table import naming_the_layer
from d2l_helpers.models.parameters import net_device
from d2l_helpers.utils.out_of_memory import naming_the_batch
from d2l_helpers.utils.validation import (
    check_arrays,
    check_batch,
    check_device,
    check_finite_images,
    check_finite_scores,
    checked_batches,
    warn_if_coloured,
)


def accuracy(y_hat, y):
    """Return how many rows of scores (batch, classes) have their maximum at the label."""
    predicted = y_hat.argmax(axis=1).astype("int32")  # uint8 labels cannot hold all classes
    return float((predicted == y.astype("int32")).sum())


def evaluate_accuracy_gpu(net, data_iter, device=None):
    """Return the accuracy over all examples of an iterator, as `d2l.evaluate_accuracy_gpu`.

    Batches are moved to the net's device, and each example counts the same: two things that T2's
    evaluation leaves out.

    Args:
        net: an initialized net.
        data_iter: iterable of (X, y).
        device: where to compute; default: where the net's parameters are.

    Raises:
        ValueError: no examples; a net without parameters; a GPU that MXNet does not see; images
            that the net cannot take; images or scores that are not finite; labels that
            `check_batch` refuses.
        TypeError: no net, no device, no batches (X, y), arrays that are not MXNet's, images of
            another number type than the weights.
        RuntimeError: the net is not initialized.
        OutOfMemory: the memory is not enough for a batch.
    """
    correct, total = 0.0, 0
    for y_hat, y in scored_batches(net, data_iter, device):
        correct += accuracy(y_hat, y)
        total += len(y)
    if not total:
        raise ValueError("there are no examples to evaluate: the iterator gave no batch")
    return correct / total


def scored_batches(net, data_iter, device=None):
    """Yield the scores (batch, classes) and the labels (batch,) of each batch, on the device.

    Args, Raises: see `evaluate_accuracy_gpu`.
    """
    device_of_net = net_device(net)  # an error if there are no weights yet
    device = device_of_net if device is None else device
    check_device(device)
    for X, y in checked_batches("data_iter", data_iter):
        check_arrays(X, y)
        warn_if_coloured(net, X)
        with naming_the_batch(len(X)):
            X, y = X.as_in_ctx(device), y.as_in_ctx(device)
            check_finite_images(X)
            with naming_the_layer(net, X):
                y_hat = net(X)
            check_batch(X, y, y_hat)
            check_finite_scores(net, y_hat)
        yield y_hat, y
