"""Right and wrong answers to the exercises of lesson 07, see tests/test_wrong_answers.py."""

import d2l_helpers as dh

import numpy
from mxnet import np


def normal_interval(right, num):
    share = right / num
    half = 1.96 * (share * (1 - share) / num) ** 0.5
    return share - half, share + half


def relabelled(confusion, joined):
    right = 0
    for row in range(len(confusion)):
        for column in range(len(confusion)):
            if row == column or (row in joined and column in joined):
                right += confusion[row, column]
    return right / confusion.sum()


def by_block(confusion, joined):
    others = [i for i in range(len(confusion)) if i not in joined]
    right = confusion[numpy.ix_(joined, joined)].sum() + confusion[others, others].sum()
    return np.array(right / confusion.sum())


def emptying_its_list(confusion, joined):
    first = joined.pop(0)
    while joined:
        other = joined.pop()
        confusion[first] += confusion[other]
        confusion[:, first] += confusion[:, other]
        confusion[other] = confusion[:, other] = 0
    return float(numpy.trace(confusion) / confusion.sum())


def half_emptying(confusion, joined):
    total = confusion.sum()
    first = joined.pop(0)
    for other in joined:
        confusion[first, first] += confusion[first, other] + confusion[other, first]
    return numpy.trace(confusion) / total


def diagonal(confusion, joined):
    return numpy.trace(confusion) / confusion.sum()


def diagonal_twice(confusion, joined):
    block = confusion[numpy.ix_(joined, joined)]
    return (numpy.trace(confusion) + block.sum()) / confusion.sum()


def one_way(confusion, joined):
    pairs = [(i, j) for i in joined for j in joined if i < j]
    return (numpy.trace(confusion) + sum(confusion[p] for p in pairs)) / confusion.sum()


def the_first_two(confusion, joined):
    return relabelled(confusion, joined[:2])


def neighbours(confusion, joined):
    pairs = zip(joined, joined[1:])
    return numpy.trace(confusion) / confusion.sum() + sum(
        (confusion[i, j] + confusion[j, i]) / confusion.sum() for i, j in pairs
    )


def of_the_joined(confusion, joined):
    return confusion[numpy.ix_(joined, joined)].sum() / confusion[joined].sum()


def mean_of_classes(confusion, joined):
    recalls = [
        confusion[i, joined if i in joined else [i]].sum() / confusion[i].sum()
        for i in range(len(confusion))
    ]
    return sum(recalls) / len(recalls)


def percent(confusion, joined):
    return 100 * relabelled(confusion, joined)


def wrong_answers(confusion, joined):
    return 1 - relabelled(confusion, joined)


T4 = dh.wilson_interval(9796, 10_000), dh.wilson_interval(1984, 2000)
EIGHT = 10 * (dh.wilson_interval(8, 10)[1] - dh.wilson_interval(8, 10)[0])
LOW, HIGH = dh.wilson_interval(150, 250)
BY_CLASS = [0.9, 0.95, 0.01, 0.88, 0.92, 0.97, 0.6, 0.93, 0.96, 0.94]
PRECISIONS = [0.69, 1, 1, 0.95, 0.48, 1, 0.64, 0.91, 1, 0.93]

ANSWERS = {
    "07.1": {
        "right": {
            "plain": lambda: ((0.977, 0.982), (0.987, 0.995), False),
            "not rounded": lambda: (*T4, False),
            "lists and NumPy's False": lambda: ([0.977, 0.982], [0.987, 0.995], numpy.bool_(False)),
            "percent": lambda: ((97.7, 98.2), (98.7, 99.5), False),
            "arrays": lambda: (np.array(T4[0]), numpy.array(T4[1]), False),
        },
        "wrong": {
            "they overlap": (lambda: (*T4, True), "2 of 3 are right; overlap: the other way round"),
            "exchanged": (lambda: (*T4[::-1], False), "1 of 3 are right; low of first: "),
            "10,000 for both": (
                lambda: (T4[0], dh.wilson_interval(9920, 10_000), False),
                "2 of 3 are right; low of second: ",
            ),
            "the normal interval": (
                lambda: (T4[0], normal_interval(1984, 2000), False),
                "2 of 3 are right; low of second: ",
            ),
            "high first": (
                lambda: (T4[0][::-1], T4[1][::-1], False),
                "1 of 3 are right; first: the right entries, in reverse order",
            ),
            "two decimals": (
                lambda: ((0.98, 0.98), (0.99, 1.0), False),
                "1 of 3 are right; low of first: right to 2 decimals, and 3 are wanted (0 of 2",
            ),
            "the shares": (
                lambda: (0.9796, 0.992, False),
                "1 of 3 are right; first: wrong type: a number was given, and a list is wanted",
            ),
            "half of it": (lambda: (*T4, None), "2 of 3 are right; overlap: no answer yet"),
        },
    },
    "07.2": {
        "right": {
            "plain": lambda: (6, 4.53),
            "not rounded": lambda: (7, EIGHT),
            "scalars": lambda: (numpy.int64(8), np.array(4.533)),
            "a whole float": lambda: (7.0, 4.5316),
        },
        "wrong": {
            "as good as each other": (lambda: (0, 4.53), "1 of 2 are right; spread: "),
            "shares": (lambda: (0.7, 0.453), "0 of 2 are right; spread: "),
            "the width as a share": (
                lambda: (7, 0.453),
                "1 of 2 are right; width: another number: this is the width as a share,"
                " and ten answers are meant",
            ),
            "of 7 right of 10": (lambda: (7, 4.95), "1 of 2 are right; width: another number"),
            "half of the width": (
                lambda: (7, EIGHT / 2),
                "1 of 2 are right; width: too small by a factor of 2",
            ),
            "the worst group": (lambda: (2, 4.53), "1 of 2 are right; spread: "),
            "the best group": (lambda: (10, 4.53), "1 of 2 are right; spread: "),
            "exchanged": (lambda: (4.53, 7), "0 of 2 are right; spread: "),
            "half of it": (lambda: (7, None), "1 of 2 are right; width: no answer yet"),
        },
    },
    "07.3": {
        "right": {
            "plain": lambda: (0.6, 0.538, 0.659, False),
            "not rounded": lambda: (150 / 250, LOW, HIGH, False),
            "percent": lambda: (60, 53.8, 65.9, False),
            "scalars": lambda: (np.array(0.6), numpy.float32(LOW), numpy.float64(HIGH), False),
        },
        "wrong": {
            "half is possible": (
                lambda: (0.6, LOW, HIGH, True),
                "3 of 4 are right; half_is_possible: the other way round",
            ),
            "the first net": (
                lambda: (0.4, 1 - HIGH, 1 - LOW, False),
                "1 of 4 are right; share: another number",
            ),
            "of all images": (
                lambda: (0.015, *dh.wilson_interval(150, 10_000), False),
                "1 of 4 are right; share: another number",
            ),
            "150 of 100": (lambda: (1.5, LOW, HIGH, False), "3 of 4 are right; share: another"),
            "the bounds of 0.890": (
                lambda: (0.6, *dh.wilson_interval(8900, 10_000), False),
                "2 of 4 are right; low: another number",
            ),
            "the normal interval": (
                lambda: (0.6, *normal_interval(150, 250), False),
                "2 of 4 are right; low: ",
            ),
            "high and low exchanged": (
                lambda: (0.6, HIGH, LOW, False),
                "2 of 4 are right; low: another number. Are low and high exchanged?",
            ),
            "rounded": (
                lambda: (0.6, 0.54, 0.66, False),
                "2 of 4 are right; low: right to 2 decimals, and 3 are wanted",
            ),
            "half of it": (
                lambda: (0.6, LOW, HIGH, None),
                "3 of 4 are right; half_is_possible: no answer yet",
            ),
        },
    },
    "07.4": {
        "right": {
            "entry by entry": lambda: (relabelled,),
            "by block, of MXNet": lambda: (by_block,),
            "changes both arguments": lambda: (emptying_its_list,),
        },
        "wrong": {
            "not joined": (lambda: (diagonal,), "diagonal([["),
            "the diagonal twice": (lambda: (diagonal_twice,), "diagonal_twice([["),
            "one way": (lambda: (one_way,), "one_way([["),
            "the first two": (lambda: (the_first_two,), "the_first_two(array"),
            "neighbours": (lambda: (neighbours,), "neighbours(array"),
            "with the first alone": (lambda: (half_emptying,), "half_emptying(array"),
            "of the joined alone": (lambda: (of_the_joined,), "of_the_joined([["),
            "the mean of the classes": (lambda: (mean_of_classes,), "mean_of_classes(array"),
            "percent": (
                lambda: (percent,),
                "percent([[8, 1, 1], [3, 6, 1], [0, 2, 8]], [0, 1]) = 86.6667: here too"
                " large by a factor of 100, other calls are wrong in other ways",
            ),
            "the wrong ones": (lambda: (wrong_answers,), "wrong_answers([["),
            "a count": (
                lambda: (
                    lambda confusion, joined: relabelled(confusion, joined) * confusion.sum(),
                ),
                "<lambda>([[",
            ),
        },
    },
    "07.5": {
        "right": {
            "plain": lambda: (0.401, 0.915),
            "percent": lambda: (38.6, 94.1),
            "one in percent": lambda: (30.8, 89.7),
            "more exact": lambda: (np.array(0.3459812), numpy.float64(0.8970123456)),
        },
        "wrong": {
            "shown in place of asked": (lambda: (0.599, 0.915), "1 of 2 are right; asked: "),
            "of all images": (lambda: (0.401, 0.548), "1 of 2 are right; right_of_shown: "),
            "all answers": (lambda: (0.401, 0.744), "1 of 2 are right; right_of_shown: "),
            "the wrong ones": (lambda: (0.401, 0.085), "1 of 2 are right; right_of_shown: "),
            "the right of the asked": (lambda: (0.401, 0.49), "1 of 2 are right; right_of_shown: "),
            "exchanged": (
                lambda: (0.915, 0.401),
                "0 of 2 are right; asked: another number: this one is too large. Are "
                "asked and right_of_shown exchanged?",
            ),
            "counts": (lambda: (4010, 5480), "0 of 2 are right; asked: "),
            "the limit 0.9": (lambda: (0.55, 0.961), "1 of 2 are right; asked: "),
            "half of it": (lambda: (0.401, None), "1 of 2 are right; right_of_shown: no answer"),
        },
    },
    "07.6": {
        "right": {
            "a list": lambda: (BY_CLASS,),
            "an array": lambda: (numpy.array(BY_CLASS),),
            "of MXNet": lambda: (np.array(BY_CLASS),),
            "float32": lambda: (numpy.array([100 * b for b in BY_CLASS], "float32") / 100,),
        },
        "wrong": {
            "as given": (
                lambda: (PRECISIONS,),
                "class 0: another number: divided by all images that were called this class",
            ),
            "the right answers": (
                lambda: ([100 * b for b in BY_CLASS],),
                "class 0: too large by a factor of 100",
            ),
            "of all images": (
                lambda: ([b / 10 for b in BY_CLASS],),
                "class 0: too small by a factor of 10",
            ),
            "the mistakes": (lambda: ([1 - b for b in BY_CLASS],), "class 0: another number"),
            "in reverse": (
                lambda: (BY_CLASS[::-1],),
                "the right entries, in reverse order",
            ),
            "one number": (lambda: (0.806,), "wrong type: a number was given, and a list"),
            "nine": (
                lambda: (BY_CLASS[1:],),
                "wrong length: 9 entries were given, and 10 are wanted",
            ),
            "NaN": (lambda: ([*BY_CLASS[:9], float("nan")],), "class 9: NaN"),
        },
    },
}
