"""A net's predictions, as probabilities and as a table with a row per example (lesson 07)."""

from d2l_helpers.data.fashion_mnist import CLASS_NAMES
from d2l_helpers.evaluation.accuracy import scored_batches
from d2l_helpers.utils.validation import (
    as_numpy,
    check_class_names,
    check_finite,
    check_labels,
    check_whole_number,
)

import numpy
import pandas as pd
from mxnet import np, npx


def predict(net, data_iter):
    """Return the net's probabilities for all examples, and their labels.

    Args:
        net: an initialized net, on any device.
        data_iter: iterable of (X, y).

    Returns:
        probabilities: NumPy array of the net's type, (examples, classes).
        labels: int32 NumPy array, (examples,).

    Raises:
        ValueError: no examples; otherwise see `evaluate_accuracy_gpu`, as for TypeError and
            RuntimeError.
    """
    probabilities, labels = [], []
    for scores, y in scored_batches(net, data_iter):
        probabilities.append(npx.softmax(scores).asnumpy())
        labels.append(check_labels(y))
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
        probabilities: NumPy array of the net's type, (batch, top).
        indices: int NumPy array, (batch, top).
        names: a list of `top` names for each image.

    Raises:
        ValueError: names that `check_class_names` refuses, or not as many classes as `top`.
        ValueError, TypeError, RuntimeError: see `predict`.
    """
    probabilities, _ = predict(net, [(X, np.zeros(len(X), dtype="int32"))])
    num_classes = probabilities.shape[1]
    class_names = check_class_names(class_names, num_classes)
    top = check_whole_number("top", top)
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
    """Return a table with one row per example.

    The table keeps the names of all classes, also of those without a row, for `confusion_matrix`
    and `class_accuracy`. They are in its `attrs`, which parts of it keep as well.

    Args:
        probabilities: (examples, classes).
        labels: (examples,), whole numbers, as floats too.
        class_names: one name per class.

    Returns:
        A pandas DataFrame with the columns true label, predicted label, confidence (the largest
        probability) and correct.

    Raises:
        ValueError: probabilities that are not finite or not from 0 to 1, or not as many rows as
            labels; names that `check_class_names` refuses.
        ValueError, TypeError: labels that `check_labels` refuses.
    """
    probabilities = as_numpy(probabilities)
    if probabilities.ndim != 2:
        raise ValueError(f"probabilities are (examples, classes), not {probabilities.shape}")
    check_finite("probabilities", probabilities)
    lowest, highest = probabilities.min(initial=0), probabilities.max(initial=0)
    if lowest < 0 or highest > 1.001:  # rounding may exceed 1
        raise ValueError(
            f"probabilities are from 0 to 1, and these go from {lowest:.3g} to {highest:.3g}: if "
            "they are the net's scores, give npx.softmax(scores)"
        )
    num_examples, num_classes = probabilities.shape
    class_names = check_class_names(class_names, num_classes)
    labels = check_labels(labels, num_classes)
    if len(labels) != num_examples:
        raise ValueError(f"{len(labels)} labels for the probabilities of {num_examples} examples")
    names, predicted = pd.Index(class_names), probabilities.argmax(axis=1)
    table = pd.DataFrame(
        {
            "true label": names[labels],
            "predicted label": names[predicted],
            "confidence": probabilities.max(axis=1),
            "correct": predicted == labels,
        }
    )
    table.attrs["class names"] = class_names
    return table
