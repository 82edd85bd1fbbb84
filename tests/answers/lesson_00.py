"""Right and wrong answers to the exercises of lesson 00, see tests/test_wrong_answers.py."""

import numpy
from mxnet import np


def sorted_by_confidence(probabilities):
    return min(range(len(probabilities)), key=lambda i: max(probabilities[i]))


def entropies(probabilities):
    p = numpy.maximum(numpy.asarray(probabilities), 1e-12)
    return -(p * numpy.log(p)).sum(axis=1)


def margins(probabilities):
    ordered = numpy.sort(probabilities, axis=1)
    return ordered[:, -1] - ordered[:, -2] if ordered.shape[1] > 1 else ordered[:, -1]


def no_return(probabilities):
    probabilities.max(axis=1).argmin()


def counted(scores, labels):
    num_right = 0
    for row, label in zip(scores.tolist(), labels):
        num_right += row.index(max(row)) == label
    return num_right / len(labels)


def by_sorting(scores, labels):
    return numpy.mean(numpy.argsort(scores, axis=1)[:, -1] == labels)


ANSWERS = {
    "00.1": {
        "right": {
            "plain": lambda: (130, 6300),
            "whole floats": lambda: (130.0, 6300.0),
            "NumPy and MXNet": lambda: (numpy.int64(130), np.array(6300)),
        },
        "wrong": {
            "20 channels": (
                lambda: (130, 25050),
                "1 of 2 are right; second: another number: how many channels does the",
            ),
            "one channel": (
                lambda: (130, 1300),
                "1 of 2 are right; second: another number: each filter reads all channels",
            ),
            "no biases": (
                lambda: (125, 6250),
                "0 of 2 are right; first: another number: the biases are missing",
            ),
            "one bias for the layer": (
                lambda: (126, 6251),
                "0 of 2 are right; first: another number: each filter has a bias, not the",
            ),
            "the lesson's numbers": (
                lambda: (520, 25050),
                "0 of 2 are right; first: another number: those are the ones with 20",
            ),
            "exchanged": (
                lambda: (6300, 130),
                "0 of 2 are right; first: another number. Are first and second exchanged?",
            ),
            "half an answer": (lambda: (130, None), "1 of 2 are right; second: no answer yet"),
        },
    },
    "00.2": {
        "right": {
            "plain": lambda: (0.0413, 0.0190, 0.0650),
            "other seeds": lambda: (0.051, 0.036, 0.056),
            "NumPy and MXNet": lambda: (numpy.float64(0.0413), np.array(-0.005), 0.0650),
        },
        "wrong": {
            "5 less 20": (
                lambda: (-0.0413, -0.0650, -0.0190),
                "0 of 3 are right; gap: the right size, with the wrong sign",
            ),
            "exchanged": (
                lambda: (0.0413, 0.0650, 0.0190),
                "1 of 3 are right; smallest: another number: this one is too large. Are"
                " smallest and largest exchanged?",
            ),
            "two units": (
                lambda: (4.13, 0.019, 0.065),
                "all are right, but gap is a percentage and smallest is not",
            ),
            "sums in place of means": (
                lambda: (0.124, 0.0190, 0.0650),
                "2 of 3 are right; gap: another number: this one is too large",
            ),
            "one seed for all": (
                lambda: (0.0413, 0.0413, 0.0413),
                "2 of 3 are right; smallest: another number: this one is too large",
            ),
            "accuracies in place of differences": (
                lambda: (0.728, 0.703, 0.743),
                "0 of 3 are right; gap: another number: this one is too large",
            ),
            "half an answer": (
                lambda: (0.0413, None, None),
                "1 of 3 are right; smallest: no answer yet",
            ),
        },
    },
    "00.3": {
        "right": {
            "plain": lambda: (0.253, 0.069),
            "another machine": lambda: (0.368, 0.043),
            "in percent": lambda: (25.3, 6.9),
            "no gain at all": lambda: (np.array(0.22), numpy.float32(-0.004)),
        },
        "wrong": {
            "exchanged": (
                lambda: (0.069, 0.253),
                "0 of 2 are right; early: another number: this one is too small. Are "
                "early and late exchanged?",
            ),
            "as much again": (
                lambda: (0.15, 0.18),
                "1 of 2 are right; late: another number: this one is too large",
            ),
            "from the first to the eighth": (
                lambda: (0.253, 0.322),
                "1 of 2 are right; late: another number: this one is too large",
            ),
            "two units": (
                lambda: (0.253, 6.9),
                "all are right, but late is a percentage and early is not",
            ),
            "accuracies": (
                lambda: (0.703, 0.774),
                "0 of 2 are right; early: another number: this one is too large",
            ),
            "half an answer": (lambda: (0.253, None), "1 of 2 are right; late: no answer yet"),
        },
    },
    "00.4": {
        "right": {
            "plain": lambda: (lambda p: p.max(axis=1).argmin(),),
            "a loop": lambda: (sorted_by_confidence,),
            "as a float": lambda: (lambda p: float(p.max(1).argmin()),),
            "the mistakes of the largest": lambda: (lambda p: (1 - p.max(axis=-1)).argmax(),),
        },
        "wrong": {
            "the largest of the smallest": (
                lambda: (lambda p: p.min(axis=1).argmax(),),
                "<lambda>([[0.5, 0.5, 0.0, 0.0], [0.52, 0.16, 0.16, 0.16], [0.9, 0.1,",
            ),
            "over the pictures": (
                lambda: (lambda p: p.max(axis=0).argmin(),),
                "<lambda>([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]) = 1: another number",
            ),
            "the surest": (
                lambda: (lambda p: p.max(axis=1).argmax(),),
                "<lambda>([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]) = 1: another number",
            ),
            "the confidence": (
                lambda: (lambda p: p.max(axis=1).min(),),
                "<lambda>([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]) = 0.4: "
                "another number",
            ),
            "the smallest number": (
                lambda: (lambda p: p.argmin() // p.shape[1],),
                "<lambda>([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]) = 1: another number",
            ),
            "by the entropy": (
                lambda: (lambda p: entropies(p).argmax(),),
                "<lambda>([[0.5, 0.5, 0.0, 0.0], [0.52, 0.16, 0.16, 0.16], [0.9, 0.1,",
            ),
            "by the margin": (
                lambda: (lambda p: margins(p).argmin(),),
                "<lambda>([[0.5, 0.49, 0.01], [0.48, 0.27, 0.25], [0.7, 0.2, 0.1]]) = "
                "0: another number",
            ),
            "no return": (
                lambda: (no_return,),
                "no_return([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]): it",
            ),
            "the number itself": (
                lambda: (2,),
                "wrong type: a number was given, and a function is wanted",
            ),
        },
    },
    "00.5": {
        "right": {
            "plain": lambda: (lambda scores, labels: (scores.argmax(axis=1) == labels).mean(),),
            "counted": lambda: (counted,),
            "sorted": lambda: (by_sorting,),
            "without the errors": lambda: (
                lambda scores, labels: 1 - (scores.argmax(-1) != labels).sum() / len(labels),
            ),
        },
        "wrong": {
            "unrepaired": (
                lambda: (lambda scores, labels: float((scores.argmax(axis=0) == labels).mean()),),
                "<lambda>([[5, 0, 0], [3, 1, 2], [0, 4, 0]], [0, 0, 1]) = 0.666667: another number",
            ),
            "cut to fit": (
                lambda: (lambda s, y: (s.argmax(0)[: len(y)] == y[: s.shape[1]]).mean(),),
                "<lambda>([[5, 0, 0], [3, 1, 2], [0, 4, 0]], [0, 0, 1]) = 0.666667: another number",
            ),
            "a number of pictures": (
                lambda: (lambda scores, labels: int((scores.argmax(axis=1) == labels).sum()),),
                "<lambda>([[5, 0, 0], [3, 1, 2], [0, 4, 0]], [0, 0, 1]) = 3: here too "
                "large by a factor of 3, other calls are wrong in other ways",
            ),
            "the errors": (
                lambda: (lambda scores, labels: (scores.argmax(axis=1) != labels).mean(),),
                "<lambda>([[5, 0, 0], [3, 1, 2], [0, 4, 0]], [0, 0, 1]) = 0.0: another number",
            ),
            "the smallest score": (
                lambda: (lambda scores, labels: (scores.argmin(axis=1) == labels).mean(),),
                "<lambda>([[5, 0, 0], [3, 1, 2], [0, 4, 0]], [0, 0, 1]) = 0.0: another number",
            ),
            "over the classes": (
                lambda: (lambda s, y: (s.argmax(axis=1) == y).sum() / s.shape[1],),
                "<lambda>([[1, 2], [3, 1], [0, 5]], [1, 0, 0]) = 1.0: another number",
            ),
            "each picture alone": (
                lambda: (lambda s, y: s.argmax(axis=1) == y,),
                "<lambda>([[5, 0, 0], [3, 1, 2], [0, 4, 0]], [0, 0, 1]): wrong type: a",
            ),
        },
    },
}
