"""Right and wrong answers to the exercises of lesson 08."""

import d2l_helpers as dh

import numpy
from mxnet import np


def damped(a, neighbours):
    """Return the channels of a, divided as LRN does, each by its own neighbours."""
    a = numpy.asarray(a, dtype="float64")
    sums = numpy.array([(a[neighbours(i, len(a))] ** 2).sum() for i in range(len(a))])
    return a / (2 + 1e-4 / 5 * sums) ** 0.75


def lrn(a):
    return damped(a, lambda i, num: slice(max(0, i - 2), i + 3))


def lrn_by_convolution(a):
    sums = numpy.convolve(numpy.asarray(a) ** 2, numpy.ones(5), mode="full")[2 : 2 + len(a)]
    return a * (2 + 2e-5 * sums) ** -0.75


def lrn_by_mxnet(a):
    return dh.LRN()(np.array(a, dtype="float32").reshape(1, -1, 1, 1)).reshape(-1)


def lrn_in_a_list(a):
    padded = [0, 0, *a, 0, 0]
    return [x / (2 + 2e-5 * sum(v * v for v in padded[i : i + 5])) ** 0.75 for i, x in enumerate(a)]


def lrn_as_printed(a):
    sums = numpy.convolve(numpy.asarray(a) ** 2, numpy.ones(5), mode="full")[2 : 2 + len(a)]
    return a / (2 + 1e-4 * sums) ** 0.75


def lrn_of_the_mean(a):
    means = [(a[max(0, i - 2) : i + 3] ** 2).mean() for i in range(len(a))]
    return a / (2 + 1e-4 * numpy.array(means)) ** 0.75


def lrn_in_place(a):
    for i in range(len(a)):
        a[i] /= (2 + 1e-4 / 5 * (a[max(0, i - 2) : i + 3] ** 2).sum()) ** 0.75
    return a


def lrn_without_squares(a):
    sums = [a[max(0, i - 2) : i + 3].sum() for i in range(len(a))]
    return a / (2 + 1e-4 / 5 * numpy.array(sums) ** 2) ** 0.75


ANSWERS = {
    "08.1": {
        "right": {
            "plain": lambda: (56_909_194, "dense3"),
            "a float, capitals": lambda: (56_909_194.0, "Dense3"),
            "NumPy": lambda: (numpy.int64(56_909_194), "dense 3"),
        },
        "wrong": {
            "biases left out": (
                lambda: (56_910_184, "dense3"),
                "1 of 2 are right; parameters: another number: the biases of the",
            ),
            "the layer before": (
                lambda: (56_909_194, "dense2"),
                "1 of 2 are right; layer: another answer",
            ),
            "the layer alone": (
                lambda: (40_970, "dense3"),
                "1 of 2 are right; parameters: another number",
            ),
            "the last layer left out": (
                lambda: (56_868_224, "dense3"),
                "1 of 2 are right; parameters: another number: the new last layer counts too",
            ),
            "a hundredth": (
                lambda: (609_652, "dense3"),
                "1 of 2 are right; parameters: another number",
            ),
            "in millions": (
                lambda: (56_900_000, "dense3"),
                "1 of 2 are right; parameters: right to 3 digits, and all are wanted",
            ),
            "half": (lambda: (56_909_194, None), "1 of 2 are right; layer: no answer yet"),
        },
    },
    "08.2": {
        "right": {
            "plain": lambda: (6.5025,),
            "three digits": lambda: (6.50,),
            "computed": lambda: (1e-4 * 255**2,),
            "MXNet": lambda: (np.array(6.5025),),
        },
        "wrong": {
            "the scale once": (lambda: (0.0255,), "too small by a factor of 255: the scale, once?"),
            "nothing changes": (
                lambda: (1e-4,),
                "too small by a factor of 65,025: the square of the scale?",
            ),
            "divided": (lambda: (1e-4 / 255**2,), "too small by a factor of 4,228,250,625"),
            "divided once": (lambda: (1e-4 / 255,), "too small by a factor of 16,581,375"),
            "256": (lambda: (1e-4 * 256**2,), "another number"),
            "times five": (lambda: (5e-4 * 255**2,), "too large by a factor of 5"),
            "two digits": (lambda: (6.6,), "another number"),
        },
    },
    "08.3": {
        "right": {
            "plain": lambda: (442_368, 74_760_192),
            "floats": lambda: (442_368.0, 74_760_192.0),
            "NumPy and MXNet": lambda: (numpy.int64(442_368), np.array(74_760_192)),
            "computed": lambda: (384 * 128 * 9, 384 * 128 * 9 * 13**2),
        },
        "wrong": {
            "all of conv3": (
                lambda: (884_736, 149_520_384),
                "0 of 2 are right; parameters: too large by a factor of 2",
            ),
            "what remains": (
                lambda: (442_752, 74_760_192),
                "1 of 2 are right; parameters: another number: this is what",
            ),
            "half of the biases": (
                lambda: (442_560, 74_760_192),
                "1 of 2 are right; parameters: another number: all 384 biases stay",
            ),
            "exchanged": (
                lambda: (74_760_192, 442_368),
                "0 of 2 are right; parameters: too large by a factor of 169: the "
                "positions? Are parameters and multiply_adds exchanged?",
            ),
            "positions before the pooling": (
                lambda: (442_368, 442_368 * 27**2),
                "1 of 2 are right; multiply_adds: another number",
            ),
            "what all groups save": (
                lambda: (1_413_120, 410_849_280),
                "0 of 2 are right; parameters: another number",
            ),
            "half": (
                lambda: (442_368, None),
                "1 of 2 are right; multiply_adds: no answer yet",
            ),
        },
    },
    "08.4": {
        "right": {
            "two digits": lambda: (0.93,),
            "NumPy": lambda: (numpy.float32(0.929),),
            "in percent": lambda: (92.9,),
            "MXNet": lambda: (np.array(0.9285),),
        },
        "wrong": {
            "the other way round": (
                lambda: (1.077,),
                "another number: windows of 3 / windows of 2 are wanted, not the other way round",
            ),
            "as much": (lambda: (1.0,), "another number: this one is too large"),
            "how much less": (lambda: (0.07,), "another number: this one is too small"),
            "the shared columns": (lambda: (2 / 3,), "another number: this one is too small"),
            "windows of 3 side by side": (
                lambda: (0.9264,),
                "another number: are the strides 2 in both, and are all columns counted?",
            ),
            "the column that comes in on the left is left out": (
                lambda: (0.9255,),
                "another number: are the strides 2 in both, and are all columns counted?",
            ),
            "shifted downwards": (lambda: (0.942,), "another number: this one is too large"),
            "training images": (lambda: (0.943,), "another number: this one is too large"),
            "not resized": (lambda: (0.913,), "another number: this one is too small"),
            "nothing": (lambda: (None,), "no answer yet"),
        },
    },
    "08.5": {
        "right": {
            "plain": lambda: (43.9, 48.8),
            "more digits": lambda: (43.869, 48.839),
            "by MXNet": lambda: tuple(lrn_by_mxnet([100.0] * 5)[[2, 0]]),
            "computed": lambda: (100 / 3**0.75, 100 / 2.6**0.75),
        },
        "wrong": {
            "whole numbers": (
                lambda: (44, 49),
                "0 of 2 are right; middle: right to 2 digits, and 3 are wanted",
            ),
            "as printed": (
                lambda: (100 / 7**0.75, 100 / 5**0.75),
                "0 of 2 are right; middle: another number: here alpha is not divided by 5",
            ),
            "exchanged": (
                lambda: (48.8, 43.9),
                "0 of 2 are right; middle: another number. Are middle and first exchanged?",
            ),
            "five neighbours for both": (
                lambda: (43.87, 43.87),
                "1 of 2 are right; first: another number: this is the middle channel",
            ),
            "the second for the first": (
                lambda: (43.87, 100 / 2.8**0.75),
                "1 of 2 are right; first: another number: this is the second channel",
            ),
            "without beta": (lambda: (33.3, 38.5), "0 of 2 are right; middle: another number"),
            "without squares": (lambda: (59.2, 59.3), "0 of 2 are right; middle: another number"),
            "half": (lambda: (43.87, ...), "1 of 2 are right; first: no answer yet"),
        },
    },
    "08.6": {
        "right": {
            "a slice": lambda: (lrn,),
            "a convolution": lambda: (lrn_by_convolution,),
            "by MXNet": lambda: (lrn_by_mxnet,),
            "a padded list": lambda: (lrn_in_a_list,),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: (lambda a: damped(a, lambda i, num: slice(i - 2, i + 3)),),
                "<lambda>([200.0, 200.0, 200.0, 200.0, 200.0, 200.0])[0] = 118.921: "
                "another number (4 of 6 are right)",
            ),
            "one off": (
                lambda: (lambda a: damped(a, lambda i, num: slice(max(0, i - 1), i + 3)),),
                "<lambda>([200.0",
            ),
            "from the first on": (
                lambda: (lambda a: damped(a, lambda i, num: slice(0, i + 3)),),
                "<lambda>([200.0",
            ),
            "in a circle": (
                lambda: (lambda a: damped(a, lambda i, num: numpy.arange(i - 2, i + 3) % num),),
                "<lambda>([200.0",
            ),
            "the first repeated": (
                lambda: (
                    lambda a: damped(
                        a, lambda i, num: numpy.clip(numpy.arange(i - 2, i + 3), 0, num - 1)
                    ),
                ),
                "<lambda>([200.0",
            ),
            "always two on each side of an end": (
                lambda: (lambda a: damped(a, lambda i, num: slice(max(0, i - 2), max(5, i + 3))),),
                "<lambda>([200.0",
            ),
            "as printed": (lambda: (lrn_as_printed,), "lrn_as_printed([200.0"),
            "the mean for the sum": (lambda: (lrn_of_the_mean,), "lrn_of_the_mean([200.0"),
            "in place": (lambda: (lrn_in_place,), "lrn_in_place([200.0"),
            "without squares": (lambda: (lrn_without_squares,), "lrn_without_squares([200.0"),
            "no return": (lambda: (lambda a: None,), "<lambda>([200.0"),
        },
    },
}
