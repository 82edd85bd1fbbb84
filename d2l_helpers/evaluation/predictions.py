"""Predictions as tables, and what a number of right answers can and cannot tell."""

from d2l_helpers.data.fashion_mnist import CLASS_NAMES
from d2l_helpers.inspection.layer_table import naming_the_layer
from d2l_helpers.models.parameters import net_device
from d2l_helpers.utils.validation import check_arrays, check_batch, check_whole, warn_if_coloured

import numpy
import pandas as pd
from mxnet import np, npx


def predict(net, data_iter):
    """Return the net's probabilities for all examples, and their labels.

    Args:
        net: an initialized net, on any device.
        data_iter: iterable of (X, y).

    Returns:
        probabilities: float32 NumPy array, (examples, classes).
        labels: int32 NumPy array, (examples,).

    Raises:
        ValueError: images or labels that do not fit the net, or no batch at all.
        TypeError: no net, or arrays that are not MXNet's.
        RuntimeError: the net is not initialized.
    """
    device = net_device(net)
    probabilities, labels = [], []
    for X, y in data_iter:
        check_arrays(X, y)
        warn_if_coloured(net, X)
        with naming_the_layer(net, X):
            scores = net(X.as_in_ctx(device))
        check_batch(X, y, scores)
        probabilities.append(npx.softmax(scores).asnumpy())
        labels.append(y.asnumpy().astype("int32"))  # whole numbers, though perhaps as floats
    if not labels:
        raise ValueError("there are no examples to predict: the iterator gave no batch")
    return numpy.concatenate(probabilities), numpy.concatenate(labels)


def predict_details(net, X, class_names=CLASS_NAMES, top=1):
    """Return the most likely classes of images: probabilities, numbers and names.

    Source: tutorial T3, whose predict returns these three for the most likely class.

    Args:
        net: an initialized net, on any device.
        X: images, (batch, channel, height, width).
        class_names: names of the net's outputs.
        top: how many classes, the most likely first.

    Returns:
        probabilities: float32 NumPy array, (batch, top).
        indices: int NumPy array, (batch, top).
        names: a list of `top` names for each image.

    Raises:
        ValueError: there are not as many names as classes, or not as many classes as `top`; also
            see `predict`.
        TypeError, RuntimeError: see `predict`.
    """
    probabilities, _ = predict(net, [(X, np.zeros(len(X), dtype="int32"))])
    num_classes = probabilities.shape[1]
    if len(class_names) != num_classes:
        raise ValueError(f"{len(class_names)} names for {num_classes} classes")
    if not 1 <= top <= num_classes:
        raise ValueError(f"top must be from 1 to the number of classes, {num_classes}, not {top}")
    indices = numpy.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    names = [[class_names[index] for index in row] for row in indices]
    return numpy.take_along_axis(probabilities, indices, axis=1), indices, names


def predict_table(net, X, y, class_names=CLASS_NAMES):
    """Return a table of true and predicted labels, as tutorial T1 prints, and more.

    Args:
        net: an initialized net, on any device.
        X: images, (batch, channel, height, width).
        y: labels, (batch,).
        class_names: names of the net's outputs.

    Returns:
        See `prediction_table`.

    Raises:
        See `predict`.
    """
    return prediction_table(*predict(net, [(X, y)]), class_names)


def prediction_table(probabilities, labels, class_names=CLASS_NAMES):
    """Return a table with a row an example.

    Args:
        probabilities: (examples, classes).
        labels: (examples,), whole numbers, as floats too.
        class_names: a name a class.

    Returns:
        A pandas DataFrame with the columns true label, predicted label, confidence (the largest
        probability) and correct.

    Raises:
        ValueError: there are not as many names as classes, or labels that are no whole numbers.
    """
    if len(class_names) != probabilities.shape[1]:
        raise ValueError(f"{len(class_names)} names for {probabilities.shape[1]} classes")
    labels = numpy.asarray(labels)
    check_whole(labels)
    names, labels = pd.Index(class_names), labels.astype("int32")
    predicted = probabilities.argmax(axis=1)
    return pd.DataFrame(
        {
            "true label": names[labels],
            "predicted label": names[predicted],
            "confidence": probabilities.max(axis=1),
            "correct": predicted == labels,
        }
    )
