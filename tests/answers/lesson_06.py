"""Right and wrong answers to the exercises of lesson 06, see tests/test_wrong_answers.py."""

from pathlib import Path

import d2l_helpers as dh

import nbformat
import numpy
from mxnet import autograd, init, np, npx
from mxnet.gluon import nn

NOTEBOOK = Path(__file__).resolve().parents[2] / "exercises" / "06_training.ipynb"
DROPOUT = "two batches of 100, with dropout in the net"
LAST = "the same and a last batch of one image"
RECIPE = ("initializer", "optimizer_params", "schedule")


def by_counting(accuracies):
    best, since = float("-inf"), 0
    for epoch, accuracy in enumerate(accuracies, start=1):
        best, since = max(best, accuracy), 0 if accuracy > best else since + 1
        if since == 2:
            return epoch
    return len(accuracies)


def by_slices(accuracies):
    for end in range(3, len(accuracies) + 1):
        if max(accuracies[end - 2 : end]) <= max(accuracies[: end - 2]):
            return float(end)
    return len(accuracies)


def by_emptying_its_list(accuracies):
    num, best, last_best = 0, accuracies[0], 1
    while accuracies:
        num, accuracy = num + 1, accuracies.pop(0)
        if accuracy > best:
            best, last_best = accuracy, num
        if num - last_best == 2:
            break
    return np.array(num)


def stop_after(accuracies, patience=2, rises=lambda new, best: new > best):
    best, since = -1, 0
    for epoch, accuracy in enumerate(accuracies, start=1):
        if rises(accuracy, best):
            best, since = accuracy, 0
        else:
            since += 1
        if since == patience:
            return epoch
    return len(accuracies)


def against_the_epoch_before(accuracies):
    since = 0
    for i in range(1, len(accuracies)):
        since = 0 if accuracies[i] > accuracies[i - 1] else since + 1
        if since == 2:
            return i + 1
    return len(accuracies)


def not_in_a_row(accuracies):
    best, since = -1, 0
    for epoch, accuracy in enumerate(accuracies, start=1):
        since += accuracy <= best
        best = max(best, accuracy)
        if since == 2:
            return epoch
    return len(accuracies)


def the_last_stop(accuracies):
    stops = [n for n in range(3, len(accuracies) + 1) if by_counting(accuracies[:n]) < n]
    return by_counting(accuracies) if not stops else stops[-1]


def nothing_without_a_stop(accuracies):
    for end in range(3, len(accuracies) + 1):
        if max(accuracies[end - 2 : end]) <= max(accuracies[: end - 2]):
            return end


def predicted(net, X):
    return net(X).argmax(axis=1).astype("int32")


def share_counted(net, data):
    right = num = 0
    for X, y in data:
        right, num = right + int((predicted(net, X) == y).sum()), num + len(y)
    return right / num


def share_at_once(net, data):
    answers = [(predicted(net, X) == y).asnumpy() for X, y in data]
    return numpy.concatenate(answers).mean()


def share_weighted(net, data):
    parts = [(len(y), (predicted(net, X) == y).mean()) for X, y in data]
    return sum(n * part for n, part in parts) / sum(n for n, _ in parts)


def share_outside_of_training(net, data):
    with autograd.record(train_mode=False):
        return share_counted(net, data)


def with_dropout(net, data):
    with autograd.train_mode():
        return share_counted(net, data)


def mean_of_shares(net, data):
    shares = [float((predicted(net, X) == y).mean()) for X, y in data]
    return sum(shares) / len(shares)


def without_the_last_batch(net, data):
    return share_counted(net, [(X, y) for X, y in data if len(y) == 100])


def with_both(net, data):
    with autograd.record():
        return mean_of_shares(net, data)


def count(net, data):
    return sum(int((predicted(net, X) == y).sum()) for X, y in data)


def per_batch(net, data):
    return count(net, data) / len(list(data))


def wrong_ones(net, data):
    return 1 - share_counted(net, data)


def of_the_last_batch(net, data):
    *_, last = data
    return share_counted(net, [last])


def examined(evaluate):
    """Return what the notebook's own function says of an evaluation."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    namespace = {"init": init, "nn": nn, "np": np, "npx": npx}
    exec(next(cell.source for cell in cells if cell.id == "e08examine"), namespace)
    return namespace["examine_evaluation"](evaluate)


ANSWERS = {
    "06.1": {
        "right": {
            "plain": lambda: (0.42, 0.34),
            "computed": lambda: (0.5 - 0.1 * (0.6 + 1.0) / 2, 0.5 - 0.1 * (0.6 + 1.0)),
            "of MXNet": lambda: (np.array(0.42), np.array([0.34])[0]),
            "float32": lambda: (numpy.float32(0.42), numpy.float32(0.34)),
        },
        "wrong": {
            "exchanged": (
                lambda: (0.34, 0.42),
                "0 of 2 are right; divided: another number. Are divided and undivided exchanged?",
            ),
            "uphill": (lambda: (0.58, 0.66), "0 of 2 are right; divided: another number"),
            "the steps": (lambda: (0.08, 0.16), "0 of 2 are right; divided: another number"),
            "no learning rate": (lambda: (-0.3, -1.1), "0 of 2 are right; divided: another number"),
            "the first example alone": (
                lambda: (0.47, 0.44),
                "0 of 2 are right; divided: another number",
            ),
            "step(1) as one example": (
                lambda: (0.42, 0.44),
                "1 of 2 are right; undivided: another number",
            ),
            "divided twice": (lambda: (0.46, 0.42), "0 of 2 are right; divided: another number"),
            "rounded": (
                lambda: (0.4, 0.3),
                "0 of 2 are right; divided: right to 1 decimal, and 2 are wanted",
            ),
            "half of it": (lambda: (0.42, None), "1 of 2 are right; undivided: no answer yet"),
        },
    },
    "06.2": {
        "right": {
            "plain": lambda: ([0.01, 0.3, 100],),
            "tuple of floats": lambda: ((1e-2, 3e-1, 1e2),),
            "an array": lambda: (numpy.array([0.01, 0.3, 100]),),
            "an array of MXNet": lambda: (np.array([0.01, 0.3, 100]),),
        },
        "wrong": {
            "the largest learns well": (
                lambda: ([0.01, 100, 0.3],),
                "the one that learns well: another number",
            ),
            "the smallest learns well": (lambda: ([0.3, 0.01, 100],), "the slow one: "),
            "in reverse": (
                lambda: ([100, 0.3, 0.01],),
                "the right entries, in reverse order",
            ),
            "places": (lambda: ([1, 2, 3],), "the slow one: "),
            "two": (lambda: ([0.01, 0.3],), "wrong length: 2 entries were given, and 3 are"),
            "a set": (lambda: ({0.01, 0.3, 100},), "wrong type: a set was given"),
            "words": (
                lambda: (["slow", "well", "stopped"],),
                "the slow one: wrong type: text was given",
            ),
            "half of it": (
                lambda: ([0.01, None, None],),
                "the one that learns well: no answer yet",
            ),
        },
    },
    "06.3": {
        "right": {
            "plain": lambda: ({"initializer", "optimizer_params"},),
            "a list": lambda: (["optimizer_params", "initializer"],),
            "a tuple in capitals": lambda: (("Initializer", "Optimizer_Params"),),
        },
        "wrong": {
            "schedule, not momentum": (
                lambda: ({"initializer", "schedule"},),
                "1 of the 2 given belong there, and some are missing",
            ),
            "schedule, not He": (
                lambda: ({"schedule", "optimizer_params"},),
                "1 of the 2 given belong there, and some are missing",
            ),
            "the one that hurts least": (
                lambda: ({"schedule"},),
                "nothing given belongs there, and some are missing",
            ),
            "all": (lambda: (set(RECIPE),), "2 of the 3 given belong there"),
            "one": (
                lambda: (["initializer"],),
                "what is given belongs there, and some are missing",
            ),
            "other names": (
                lambda: ({"He", "momentum"},),
                "nothing given belongs there, and some are missing",
            ),
            "one text": (
                lambda: ("initializer, optimizer_params",),
                "wrong type: text was given, and a set is wanted",
            ),
        },
    },
    "06.4": {
        "right": {
            "plain": lambda: (0.002, 1.0, 0.65),
            "percent": lambda: (0.0015, 100, 62.5),
            "of MXNet and NumPy": lambda: (np.array(0.003), numpy.float32(1), np.array(0.66)),
            "more exact": lambda: (0.0021345678, 1, 0.6430000000000001),
        },
        "wrong": {
            "exchanged": (lambda: (0.002, 0.65, 1.0), "1 of 3 are right; batch_acc: "),
            "as good on the test images": (
                lambda: (0.002, 1.0, 1.0),
                "2 of 3 are right; test_acc: ",
            ),
            "nothing learned": (lambda: (2.303, 0.1, 0.1), "0 of 3 are right; last_loss: "),
            "guesses on the test images": (
                lambda: (0.002, 1.0, 0.1),
                "2 of 3 are right; test_acc: ",
            ),
            "the mean of all losses": (
                lambda: (0.584, 1.0, 0.65),
                "2 of 3 are right; last_loss: another number: this is the mean over all epochs",
            ),
            "two units": (
                lambda: (0.002, 100, 0.65),
                "all are right, but batch_acc is a percentage and test_acc is not",
            ),
            "the first loss": (lambda: (2.9, 1.0, 0.65), "2 of 3 are right; last_loss: "),
            "all losses": (
                lambda: ([2.9, 1.2, 0.002], 1.0, 0.65),
                "2 of 3 are right; last_loss: wrong type: a list was given, and a number",
            ),
            "NaN": (lambda: (float("nan"), 1.0, 0.65), "2 of 3 are right; last_loss: NaN"),
            "half of it": (lambda: (0.002, 1.0, None), "2 of 3 are right; test_acc: no answer yet"),
        },
    },
    "06.6": {
        "right": {
            "counted": lambda: (by_counting,),
            "by slices, a float": lambda: (by_slices,),
            "empties its list": lambda: (by_emptying_its_list,),
        },
        "wrong": {
            "a rise over the epoch before": (
                lambda: (against_the_epoch_before,),
                "against_the_epoch_before([",
            ),
            "a tie is a rise": (
                lambda: (lambda a: stop_after(a, rises=lambda new, best: new >= best),),
                "<lambda>([",
            ),
            "patience of one": (lambda: (lambda a: stop_after(a, 1),), "<lambda>(["),
            "patience of three": (lambda: (lambda a: stop_after(a, 3),), "<lambda>(["),
            "not in a row": (lambda: (not_in_a_row,), "not_in_a_row(["),
            "from 0": (
                lambda: (lambda a: by_counting(a) - 1,),
                "<lambda>([0.5, 0.6, 0.7]) = 2: off by one: too small",
            ),
            "the best epoch": (lambda: (lambda a: a.index(max(a)) + 1,), "<lambda>(["),
            "the best before the stop": (
                lambda: (lambda a: numpy.argmax(a[: by_counting(a)]) + 1,),
                "<lambda>([",
            ),
            "the last stop": (lambda: (the_last_stop,), "the_last_stop(["),
            "never": (lambda: (len,), "len(["),
            "nothing without a stop": (
                lambda: (nothing_without_a_stop,),
                "nothing_without_a_stop([0.5, 0.6, 0.7]): it returns nothing",
            ),
        },
    },
    "06.8": {
        "right": {
            "counted": lambda: (examined(share_counted),),
            "at once": lambda: (examined(share_at_once),),
            "weighted, of MXNet": lambda: (examined(share_weighted),),
            "recorded, but not as in training": lambda: (examined(share_outside_of_training),),
            "the course's own": lambda: (examined(dh.evaluate_accuracy_gpu),),
        },
        "wrong": {
            "as given": (lambda: (examined(with_both),), f"{DROPOUT}: another number"),
            "dropout on": (lambda: (examined(with_dropout),), f"{DROPOUT}: another number (0 of 2"),
            "the mean of the shares": (
                lambda: (examined(mean_of_shares),),
                f"{LAST}: another number: this is the mean of the batches' shares (1 of 2 are",
            ),
            "without the last batch": (
                lambda: (examined(without_the_last_batch),),
                f"{LAST}: another number: the last batch is missing (1 of 2 are right)",
            ),
            "the count": (lambda: (examined(count),), f"{DROPOUT}: "),
            "right answers per batch": (
                lambda: (examined(per_batch),),
                f"{DROPOUT}: too large by a",
            ),
            "the wrong ones": (lambda: (examined(wrong_ones),), f"{DROPOUT}: another number"),
            "the last batch": (
                lambda: (examined(of_the_last_batch),),
                f"{DROPOUT}: another number",
            ),
            "no return": (lambda: (examined(lambda net, data: None),), "no answer yet"),
        },
    },
    "06.9": {
        "right": {
            "plain": lambda: ([True, True, False, False],),
            "a tuple": lambda: ((True, True, False, False),),
            "an array": lambda: (numpy.array([True, True, False, False]),),
        },
        "wrong": {
            "as if the file were not read": (lambda: ([True] * 4,), "epoch 3: "),
            "as if nothing were taken over": (lambda: ([False] * 4,), "epoch 1: "),
            "the changed weight counts at once": (
                lambda: ([True, False, False, False],),
                "epoch 2: ",
            ),
            "in reverse": (
                lambda: ([False, False, True, True],),
                "the right entries, in reverse order",
            ),
            "the two that are trained": (
                lambda: ([True, True],),
                "wrong length: 2 entries were given, and 4 are",
            ),
            "the numbers of the epochs": (lambda: ([1, 2],), "wrong length: 2 entries"),
            "half of it": (lambda: ([True, True, None, None],), "epoch 3: no answer yet"),
        },
    },
}
