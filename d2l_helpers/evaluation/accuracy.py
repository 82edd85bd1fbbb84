"""The accuracy of a net on the batches of an iterator."""

from d2l_helpers.inspection.layer_table import naming_the_layer
from d2l_helpers.models.parameters import net_device
from d2l_helpers.utils.validation import check_arrays, check_batch, check_device, warn_if_coloured


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
        warn_if_coloured(net, X)
        X, y = X.as_in_ctx(device), y.as_in_ctx(device)
        with naming_the_layer(net, X):
            y_hat = net(X)
        check_batch(X, y, y_hat)
        correct += accuracy(y_hat, y)
        total += len(y)
    if not total:
        raise ValueError("there are no examples to evaluate: the iterator gave no batch")
    return correct / total
