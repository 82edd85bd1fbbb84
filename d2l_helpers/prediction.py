"""Predictions as tables, and what a number of right answers can and cannot tell."""

import math
import statistics

from d2l_helpers.arguments import check_arrays, check_whole, say_if_coloured
from d2l_helpers.data import CLASS_NAMES
from d2l_helpers.shapes import naming_the_layer
from d2l_helpers.training import check_batch, net_device

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
        say_if_coloured(net, X)
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


def confusion_matrix(table, class_names=CLASS_NAMES):
    """Return how often each class (row) was taken for each class (column), as a DataFrame.

    Args:
        table: as `prediction_table` makes it.
        class_names: order of the rows and columns.
    """
    counts = pd.crosstab(table["true label"], table["predicted label"])
    return counts.reindex(index=class_names, columns=class_names, fill_value=0)


def class_accuracy(table, class_names=CLASS_NAMES, confidence=0.95):
    """Return the accuracy of each class with its Wilson interval.

    Args:
        table: as `prediction_table` makes it.
        class_names: order of the rows; classes without examples are left out.
        confidence: of the interval.

    Returns:
        A pandas DataFrame indexed by class, with the columns examples, accuracy, low and high.
    """
    groups = table.groupby("true label")["correct"]
    result = pd.DataFrame({"examples": groups.size(), "accuracy": groups.mean()})
    result = result.reindex([name for name in class_names if name in result.index])
    intervals = [
        wilson_interval(groups.get_group(name).sum(), num, confidence)
        for name, num in result["examples"].items()
    ]
    return result.assign(low=[low for low, _ in intervals], high=[high for _, high in intervals])


def confident_mistakes(table, num):
    """Return the `num` wrong rows of a prediction table with the highest confidence, in order.

    The index still tells which example a row is. If nothing is wrong, that is said, and the table
    is empty.
    """
    mistakes = table[~table["correct"]]
    if mistakes.empty:
        print(f"There are no mistakes among these {len(table):,} predictions.")
    return mistakes.nlargest(num, "confidence")


def wilson_interval(correct, total, confidence=0.95):
    """Return the Wilson score interval of an accuracy: (low, high).

    The accuracies that a net could really have, given that it got `correct` of `total`
    independent examples right. Unlike the textbook interval p +- z sqrt(p (1-p) / n) it stays
    in [0, 1] and holds for few examples. Source: Wilson 1927.

    Args:
        correct: number of right answers.
        total: number of answers.
        confidence: how often such an interval holds the true accuracy.

    Raises:
        ValueError: not 0 <= correct <= total, total is 0, a share in place of a number of right
            answers, or confidence not between 0 and 1.
    """
    if 0 < correct < 1 < total:
        raise ValueError(
            f"correct is {correct}, a share; give the number of right answers, such as "
            f"round({correct} * {total})"
        )
    if not 0 <= correct <= total or total == 0:
        raise ValueError(f"{correct} of {total} answers cannot be right")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, not {confidence}")
    z = statistics.NormalDist().inv_cdf((1 + confidence) / 2)
    share = correct / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    half = z * spread / (1 + z**2 / total)
    # Exact at the ends, where rounding would leave a trace on the wrong side.
    low = centre - half if correct > 0 else 0.0
    high = centre + half if correct < total else 1.0
    return low, high
