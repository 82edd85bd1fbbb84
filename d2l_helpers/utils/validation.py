"""What was given by mistake, named before anything is computed with it."""

import difflib
import numbers

from mxnet import Context, np


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


ACTIVATIONS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")  # those of nn.Activation


def nearest(word, words):
    """Return the one of some words that a misspelt one was meant for, or None."""
    by_small_letters = {candidate.lower(): candidate for candidate in words}
    found = difflib.get_close_matches(word.lower(), by_small_letters, n=1)
    return by_small_letters[found[0]] if found else None


def did_you_mean(word, words):
    """Return the question, with a space before it, or nothing where no word is like it."""
    meant = nearest(word, words)
    return f" Did you mean {meant}?" if meant else ""


def check_activation(activation):
    """Raise ValueError for an activation that MXNet would refuse later, at the first images."""
    if activation is not None and activation not in ACTIVATIONS:
        raise ValueError(
            f"there is no activation {activation!r}.{did_you_mean(str(activation), ACTIVATIONS)} "
            f"There are {', '.join(ACTIVATIONS)}."
        )


def check_net(net):
    """Raise TypeError for what is no net, such as a model function without its parentheses."""
    if isinstance(net, type) or not hasattr(net, "collect_params"):
        name = getattr(net, "__name__", None)
        raise TypeError(
            f"{name} is what makes a net, not a net: write {name}(), with parentheses"
            if name and callable(net)
            else f"the net is a {type(net).__name__}, not a block of Gluon"
        )


def check_device(device):
    """Raise TypeError for what is not one device, such as its name as text."""
    if not isinstance(device, Context):
        raise TypeError(
            f"the device is {device!r}, a {type(device).__name__}: give dh.try_gpu(), npx.cpu() "
            "or npx.gpu(0), without quotes"
        )


def check_arrays(X, y):
    """Raise TypeError for images or labels that are not MXNet's arrays."""
    for what, array in (("images", X), ("labels", y)):
        if not isinstance(array, np.ndarray):
            module = type(array).__module__.partition(".")[0]
            raise TypeError(
                f"the {what} are a {module} {type(array).__name__}, and a net takes MXNet's "
                "arrays: convert them with np.array(...), where np is from mxnet"
            )


def check_whole(labels):
    """Raise ValueError for labels, a NumPy array, that are no class numbers, such as 2.5."""
    others = labels[labels != labels.round()]
    if others.size:
        raise ValueError(
            f"labels are class numbers, 0, 1, 2 and so on, and one of these is {others[0]:g}"
        )


def warn_if_coloured(net, X):
    """Say what becomes of a net for grey images, if these are the first images and have colours.

    Args:
        net: a net; only those that `models` makes for grey images are known.
        X: images, (batch, channel, height, width).
    """
    if getattr(net, "made_for_channels", None) != 1 or X.ndim != 4 or X.shape[1] != 3:
        return
    kernels, channels, height, width = net[0].weight.shape
    if channels < 1:  # not decided yet
        print(
            "This net is made for grey images, (batch, 1, height, width), and is given 3 channels. "
            f"It becomes a net for 3: its first layer has {kernels} kernels of 3 x {height} x "
            f"{width} weights, not of 1 x {height} x {width}, and it takes no grey images any more."
        )


def check_num_epochs(num_epochs, lr):
    """Raise ValueError for a number of epochs that is not whole, as when lr stands in its place."""
    if not isinstance(num_epochs, numbers.Integral):
        raise ValueError(
            f"num_epochs is {num_epochs}, and must be a whole number. The order is num_epochs, "
            f"lr; did you mean num_epochs={lr}, lr={num_epochs}?"
        )
