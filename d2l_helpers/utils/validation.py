"""Checks of what a reader gives: nets, batches, labels, class names, numbers (from lesson 06 on).

A check of a value that may come in several forms, such as 10.0 for 10, returns it in the form to
compute with. A message names what is wrong and what to write instead.
"""

import collections
import difflib
import math
import numbers

import mxnet as mx
import numpy
from mxnet import Context, autograd, gluon, init, np, npx
from mxnet.base import MXNetError

# Words


def nearest(word, words):
    """Return the one of some words that a misspelt one was meant for, or None."""
    by_small_letters = {candidate.lower(): candidate for candidate in words}
    found = difflib.get_close_matches(word.lower(), by_small_letters, n=1)
    return by_small_letters[found[0]] if found else None


def did_you_mean(word, words):
    """Return the question, with a space before it, or nothing where no word is like it."""
    meant = nearest(word, words)
    return f" Did you mean {meant}?" if meant else ""


ACTIVATIONS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")  # those of nn.Activation


def check_activation(activation):
    """Raise ValueError for an activation that MXNet would refuse later, at the first images."""
    if activation is not None and activation not in ACTIVATIONS:
        raise ValueError(
            f"there is no activation {activation!r}.{did_you_mean(str(activation), ACTIVATIONS)} "
            f"There are {', '.join(ACTIVATIONS)}."
        )


# Nets and devices


def check_net(net):
    """Raise TypeError for what is no net, such as a model function without its parentheses."""
    if isinstance(net, type) or not hasattr(net, "collect_params"):
        name = getattr(net, "__name__", None)
        raise TypeError(
            f"{name} is what makes a net, not a net: write {name}(), with parentheses"
            if name and callable(net)
            else f"the net is a {type(net).__name__}, not a block of Gluon"
        )


def check_has_parameters(net):
    """Raise ValueError for a net that has nothing to train, such as a Sequential without layers."""
    check_net(net)
    if not net.collect_params().keys():
        raise ValueError(
            f"the net, {type(net).__name__}, has no parameters. Add layers with net.add(...); in a "
            "class of your own make each layer an attribute, since Gluon does not find layers in "
            "lists"
        )


def check_trainable(net):
    """Raise ValueError for a net of which nothing can be trained; see `check_has_parameters`."""
    check_has_parameters(net)
    if all(p.grad_req == "null" for p in net.collect_params().values()):
        raise ValueError(
            "all parameters of the net are frozen, so there is nothing to train: "
            'net.collect_params().setattr("grad_req", "write") frees them'
        )


def check_none_frozen(net):
    """Raise ValueError for frozen weights that have values, which an initialization replaces.

    Those with a constant initializer of their own are left alone, such as the means of a batch
    normalization: they begin with the same values each time. A net that has no values yet may have
    frozen layers: they keep what is drawn for them.
    """
    parameters = net.collect_params().items()
    kept = [n for n, p in parameters if p.grad_req == "null" and p._data and _is_drawn(p)]
    if kept:
        raise ValueError(
            f"{kept[0]} is frozen, to keep its values, and train_ch6 initializes the net anew: "
            "train it with a loop of your own, as lesson 12 does, or free all layers with "
            'net.collect_params().setattr("grad_req", "write")'
        )


def _is_drawn(parameter):
    """Return whether an initialization may give a parameter other values each time."""
    return not isinstance(parameter.init, (str, init.Zero, init.One, init.Constant))


def check_all_used(net):
    """Raise ValueError for parameters that a first forward pass has given no shape.

    MXNet's own message, at the first look at them, asks for a forward pass.
    """
    unused = [name for name, p in net.collect_params().items() if min(p.shape, default=1) < 1]
    if unused:
        raise ValueError(
            f"the net's forward does not use the layer that has {unused[0]}: call it there, or "
            "leave it out of the net"
        )


def check_device(device):
    """Raise TypeError for what is not one device, ValueError for a GPU that MXNet does not see.

    MXNet's own errors come when a part of the net already counts as moved there.
    """
    if not isinstance(device, Context):
        raise TypeError(
            f"the device is {device!r}, a {type(device).__name__}: give dh.try_gpu(), npx.cpu() "
            "or npx.gpu(0), without quotes"
        )
    if device.device_type == "gpu" and device.device_id >= npx.num_gpus():
        raise ValueError(
            f"MXNet has no {device} here: dh.try_gpu() gives a device that is there, and says why"
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


# Batches


def check_batches(what, iterator, sized=True):
    """Return the number of batches of an iterable of (X, y), without taking one.

    Args:
        what: its name, "train_iter" for example.
        iterator: iterable of (X, y).
        sized: whether it must have a length and can be iterated once for every epoch; otherwise a
            generator will do, and None is returned.

    Raises:
        TypeError: it gives something else, such as single examples; or it should be sized.
    """
    kind = f"{what} is of type {type(iterator).__name__}"
    if isinstance(iterator, mx.io.DataIter):
        raise TypeError(
            f"{kind}, which gives DataBatch objects, and batches (X, y) are wanted: "
            "gluon.data.DataLoader(gluon.data.ArrayDataset(X, y), batch_size) makes them from the "
            "arrays of all images and labels"
        )
    if isinstance(iterator, gluon.data.Dataset):
        raise TypeError(
            f"{kind}, which gives single examples, and batches (X, y) are wanted: "
            "gluon.data.DataLoader(dataset, batch_size) makes them"
        )
    holds_arrays = isinstance(iterator, (tuple, list)) and any(map(_is_array, iterator))
    if holds_arrays or _is_array(iterator):
        raise TypeError(
            f"{kind}{' and holds arrays' if holds_arrays else ''}, and an iterable of batches "
            "(X, y) is wanted: for a single batch write [(X, y)]"
        )
    if isinstance(iterator, (str, dict, type)) or not (
        hasattr(iterator, "__iter__") or hasattr(iterator, "__getitem__")
    ):
        raise TypeError(f"{kind}, and an iterable of batches (X, y) is wanted")
    if sized and (not hasattr(iterator, "__len__") or hasattr(iterator, "__next__")):
        raise TypeError(
            f"{kind}, which has no length or is used up after one epoch: give list({what})"
        )
    return len(iterator) if sized else None


def checked_batches(what, iterator):
    """Yield the batches (X, y) of an iterable that may be a generator; TypeError for others."""
    check_batches(what, iterator, sized=False)
    for batch in iterator:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
            raise TypeError(
                f"a batch of {what} is of type {type(batch).__name__}{size}, and a pair (X, y) "
                "is wanted, images and their labels"
            )
        yield batch


def _is_array(value):
    return hasattr(value, "shape") and hasattr(value, "dtype")


def check_arrays(X, y):
    """Raise TypeError for images or labels that are not MXNet's arrays.

    Raises:
        TypeError: a classic array of mx.nd, a NumPy array, a list, a tensor of another framework.
        ValueError: the labels come first, or there is no image.
    """
    for what, name, array in (("images", "X", X), ("labels", "y", y)):
        if isinstance(array, np.ndarray):
            continue
        if isinstance(array, mx.nd.NDArray):
            raise TypeError(
                f"the {what} are a classic array of mx.nd, and the net takes arrays of mxnet.np: "
                f"convert them with {name}.as_np_ndarray()"
            )
        module = type(array).__module__.partition(".")[0]
        kind = type(array).__name__ if module == "builtins" else f"{module} {type(array).__name__}"
        to_float32 = '.astype("float32")' if what == "images" else ""
        raise TypeError(
            f"the {what} are a {kind}, and the net takes MXNet's arrays: convert them with "
            f"np.array(...){to_float32}, where np is from mxnet"
        )
    if y.ndim > X.ndim:
        raise ValueError(
            f"the batch seems to be (labels, images), of shapes {X.shape} and {y.shape}: give "
            "(X, y), the images first"
        )
    if X.size == 0:
        raise ValueError(f"there is nothing in images of shape {X.shape}")


def check_image_type(net, X):
    """Raise TypeError if a net cannot compute with images because of their number type.

    The net is tried, since one that converts its images itself takes other types than that of its
    weights.

    Args:
        net: an initialized net.
        X: images, on the net's device.
    """
    given = numpy.dtype(X.dtype).name
    wanted = next((numpy.dtype(p.dtype).name for p in net.collect_params().values()), given)
    if given == wanted or _can_compute(net, X[:1]) or not _can_compute(net, X[:1].astype(wanted)):
        return
    scaled = ", and divide by 255 if the values go up to 255" if "int" in given else ""
    raise TypeError(
        f"the images are {given}, and the net's weights are {wanted}: write "
        f'X.astype("{wanted}"){scaled}'
    )


def _can_compute(net, X):
    try:
        with autograd.pause():
            net(X)
    except (MXNetError, ValueError):  # ValueError: at the first images
        return False
    return True


def check_finite(what, array):
    """Raise ValueError for an array, of MXNet or NumPy, with NaN or infinite values.

    On a GPU too, a single number is copied to the CPU as long as all is well.
    """
    if numpy.dtype(array.dtype).kind != "f":
        return
    if isinstance(array, np.ndarray):
        if mx.nd.all_finite(array.as_nd_ndarray()).asscalar():
            return
        array = array.asnumpy()
    wrong = ~numpy.isfinite(array)
    if wrong.any():
        raise ValueError(
            f"{wrong.sum():,} of the {wrong.size:,} values of the {what} are NaN or infinite, the "
            f"first in example {numpy.nonzero(wrong)[0][0]}, counted from 0"
        )


def check_finite_images(X):
    """Raise ValueError for images with NaN or infinite values, which would spoil all weights."""
    check_finite("images", X)


class ScoresNotFinite(ValueError):
    """Scores of a net are NaN or infinite."""


def check_finite_scores(net, y_hat):
    """Raise ScoresNotFinite for NaN or infinite scores, and say whether weights have some too.

    Args:
        net: the net.
        y_hat: its scores for images that are finite, (batch, classes).
    """
    try:
        check_finite("scores", y_hat)
    except ValueError as error:
        weights = names_not_finite(net)
        reason = (
            f"So are weights of the net, such as {weights[0]}: train it again, with a smaller "
            "learning rate"
            if weights
            else "The images and the net's weights are finite: a layer makes values that are too "
            "large, or divides by 0"
        )
        raise ScoresNotFinite(f"{error}. {reason}") from None


def names_not_finite(net):
    """Return the names of a net's parameters that have NaN or infinite values."""
    parameters = net.collect_params().items()
    return [name for name, p in parameters if not numpy.isfinite(as_numpy(p.list_data()[0])).all()]


def check_batch(X, y, y_hat):
    """Raise ValueError for labels that do not fit the batch or the net's outputs.

    MXNet itself clips labels that are out of range, without a word.

    Args:
        X: images, (batch, channel, height, width).
        y: labels, (batch,).
        y_hat: the net's scores, (batch, classes).
    """
    if y.ndim != 1 or len(y) != len(X):
        raise ValueError(
            f"labels of shape {y.shape} do not go with images of shape {X.shape}{_other_shape(y)}"
        )
    shape = getattr(y_hat, "shape", None)
    if shape is None or len(shape) != 2 or len(y_hat) != len(X):
        given = f"a {type(y_hat).__name__}" if shape is None else f"scores of shape {shape}"
        raise ValueError(
            f"the net gives {given} for {len(X)} images; a classifier gives (batch, classes), "
            "one score for each class"
        )
    check_labels(y, y_hat.shape[1])  # waits for the labels alone, not for the net


# Labels and class names


def check_labels(labels, num_classes=None):
    """Return labels, which count the classes from 0, as an int32 NumPy array.

    Args:
        labels: array or list, (examples,); whole numbers, as floats too.
        num_classes: outputs of the net; default: it is not known.

    Raises:
        ValueError: a label that is not whole, below 0, or not below num_classes; one-hot labels,
            or another shape.
        TypeError: labels that are no numbers, such as names or True and False.
    """
    values = as_numpy(labels)
    if values.ndim != 1:
        raise ValueError(f"labels have shape (examples,), not {values.shape}{_other_shape(values)}")
    if values.dtype.kind not in "iuf":
        raise TypeError(
            "labels are class numbers, 0, 1, 2 and so on, and these begin with "
            f"{values[:1].tolist()}"
        )
    wrong = values[~(numpy.isfinite(values) & (values == numpy.round(values)))]
    if wrong.size:
        raise ValueError(
            f"labels are class numbers, 0, 1, 2 and so on, and one of these is {wrong[0]:g}"
        )
    lowest, highest = (int(values.min()), int(values.max())) if values.size else (0, 0)
    if num_classes is not None and (lowest < 0 or highest >= num_classes):
        raise ValueError(
            f"labels go from {lowest} to {highest}, but the net has {num_classes} outputs, "
            f"for labels 0 to {num_classes - 1}"
        )
    if lowest < 0 or highest >= 2**31:
        raise ValueError(
            f"labels go from {lowest} to {highest}, but class numbers go from 0 up, to at most "
            "2**31 - 1"
        )
    return values.astype("int32")


def as_numpy(values):
    """Return an array of MXNet, or whatever NumPy takes, as a NumPy array."""
    return values.asnumpy() if hasattr(values, "asnumpy") else numpy.asarray(values)


def _other_shape(labels):
    """Return what to do about labels of a wrong shape, or nothing where that is not known."""
    if labels.ndim != 2:
        return ""
    if labels.shape[1] == 1:
        return ": give labels.reshape(-1)"
    return ": if they are one-hot, give class numbers, labels.argmax(axis=1)"


def check_class_names(class_names, num_classes=None):
    """Return the names of a net's outputs as a tuple.

    Args:
        class_names: sequence of names, in the order of the outputs.
        num_classes: how many outputs there are; default: it is not known.

    Raises:
        ValueError: a name for each output is wanted, and no name twice.
        TypeError: text, or what has no order.
    """
    unordered = isinstance(class_names, (str, dict, set, frozenset))
    if unordered or not hasattr(class_names, "__iter__"):
        raise TypeError(
            f"class_names is of type {type(class_names).__name__}: give a list of the names, in "
            "the order of the net's outputs"
        )
    names = tuple(class_names)
    if num_classes is not None and len(names) != num_classes:
        raise ValueError(
            f"{len(names)} names for {num_classes} classes: class_names has one for each output "
            "of the net"
        )
    name, count = collections.Counter(names).most_common(1)[0] if names else (None, 0)
    if count > 1:
        raise ValueError(f"class_names has {name!r} {count} times: a name stands for one class")
    return names


# Numbers


def check_number(name, value):
    """Return a number of Python, NumPy or MXNet as one of Python.

    Args:
        name: what it is called, for the message.
        value: the number; an array without axes counts as one.

    Raises:
        TypeError: it is none, such as text, None, or True.
        ValueError: it is NaN or infinite.
    """
    number = value.item() if getattr(value, "shape", None) == () else value
    if isinstance(number, str):
        raise TypeError(f"{name} must be a number, without quotes, not {number!r}")
    if isinstance(number, bool) or not isinstance(number, numbers.Real):
        is_short = number is None or isinstance(number, bool)
        what = number if is_short else f"a {type(number).__name__}"
        raise TypeError(f"{name} must be a number, not {what}")
    if not is_finite(number):
        raise ValueError(f"{name} must be a finite number, not {number}")
    return number


def is_finite(number):
    """Return whether a number is one that a float can hold: not NaN, infinite, or 10**400."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def check_whole_number(name, value, at_least=None):
    """Return a whole number as an int; 10.0 counts as 10.

    Raises:
        TypeError, ValueError: see `check_number`; ValueError also for a number that is not whole,
            or is below `at_least`.
    """
    number = check_number(name, value)
    if number != int(number):
        raise ValueError(f"{name} must be a whole number, not {number}")
    if at_least is not None and number < at_least:
        raise ValueError(f"{name} must be at least {at_least}, not {number}")
    return int(number)


def check_num_epochs(num_epochs, lr):
    """Return a number of epochs as an int.

    Raises:
        TypeError, ValueError: see `check_whole_number`. If it is not whole and lr, which follows
            it in `train_ch6`, is, they seem to be swapped.
    """
    number = check_number("num_epochs", num_epochs)
    lr_is_whole = isinstance(lr, numbers.Real) and lr >= 1 and lr == lr // 1
    if number != int(number) and lr_is_whole:
        raise ValueError(
            f"num_epochs is {number}, and must be a whole number. The order is num_epochs, lr; did "
            f"you mean num_epochs={lr:.0f}, lr={number}?"
        )
    return check_whole_number("num_epochs", number)


def check_lr(lr):
    """Return a learning rate as a float.

    Raises:
        TypeError, ValueError: see `check_number`; ValueError also for one below 0.
    """
    lr = float(check_number("lr", lr))
    if lr < 0:
        raise ValueError(f"lr must not be negative, and is {lr:g}: the loss would rise")
    return lr
