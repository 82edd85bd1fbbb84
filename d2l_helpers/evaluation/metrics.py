"""What a table of predictions shows about each class, and how certainly (lesson 07)."""

import math
import statistics

from d2l_helpers.data.fashion_mnist import CLASS_NAMES
from d2l_helpers.utils.validation import (
    check_class_names,
    check_number,
    check_whole_number,
    did_you_mean,
)

import pandas as pd


def confusion_matrix(table, class_names=None):
    """Return how often each class (row) was taken for each class (column), as a DataFrame.

    Args:
        table: as `prediction_table` makes it.
        class_names: order of the rows and columns; default: that of the net's outputs.

    Raises:
        ValueError: a name in class_names is missing, is there twice, or is no class of the table.
        TypeError: class_names is text, or has no order.
    """
    class_names = list(_names_in_order(table, class_names))
    counts = pd.crosstab(table["true label"], table["predicted label"])
    return counts.reindex(index=class_names, columns=class_names, fill_value=0)


def class_accuracy(table, class_names=None, confidence=0.95):
    """Return the accuracy of each class with its Wilson interval.

    Args:
        table: as `prediction_table` makes it.
        class_names: order of the rows, default: that of the net's outputs; classes without
            examples are left out.
        confidence: of the interval.

    Returns:
        A pandas DataFrame indexed by class, with the columns examples, accuracy, low and high.

    Raises:
        ValueError, TypeError: see `confusion_matrix`.
    """
    class_names = _names_in_order(table, class_names)
    groups = table.groupby("true label")["correct"]
    result = pd.DataFrame({"examples": groups.size(), "accuracy": groups.mean()})
    result = result.reindex([name for name in class_names if name in result.index])
    intervals = [
        wilson_interval(groups.get_group(name).sum(), num, confidence)
        for name, num in result["examples"].items()
    ]
    return result.assign(low=[low for low, _ in intervals], high=[high for _, high in intervals])


def _names_in_order(table, class_names):
    """Return the names of a table's classes, in the order given or else in the table's own."""
    mentioned = [*table["true label"].unique(), *table["predicted label"].unique()]
    # A table that was read from a file has no names of its own; those of one whose classes were
    # renamed or joined are out of date.
    known = table.attrs.get("class names", ())
    known = known if set(mentioned) <= set(known) else ()
    if class_names is None:
        class_names = known or CLASS_NAMES
    names = check_class_names(class_names)
    unknown = [name for name in names if known and name not in known]
    if unknown:
        raise ValueError(
            f"class_names has {unknown[0]!r}, which is no class of the table."
            f"{did_you_mean(str(unknown[0]), map(str, known))}"
        )
    missing = [name for name in mentioned if name not in names]
    if missing:
        raise ValueError(
            f"the table has the class {missing[0]!r}, and class_names does not: give the names of "
            "all outputs of the net"
        )
    return names


def confident_mistakes(table, num):
    """Return the `num` wrong rows of a prediction table with the highest confidence, in order.

    The index still tells which example a row is. If nothing is wrong, that is printed, and the
    table is empty.

    Raises:
        TypeError, ValueError: num is not a whole number from 0.
    """
    num = check_whole_number("num", num, at_least=0)
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
        TypeError: what is no number.
        ValueError: not 0 <= correct <= total, total is 0, a share in place of a number of right
            answers, or confidence not between 0 and 1.
    """
    correct, total = check_number("correct", correct), check_number("total", total)
    if 0 < correct < 1 < total:
        raise ValueError(
            f"correct is {correct}, a share; give the number of right answers, such as "
            f"round({correct} * {total})"
        )
    if not 0 <= correct <= total or total == 0:
        raise ValueError(f"{correct} of {total} answers cannot be right")
    if not 0 < check_number("confidence", confidence) < 1:
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
