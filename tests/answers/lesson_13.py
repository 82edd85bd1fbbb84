"""Answers to the exercises of lesson 13, as students give them: right and wrong."""

from fractions import Fraction

import numpy
from mxnet import np

# The net of 13.4: T1's, and the seconds of a batch of 128 on a card of 10 TFLOP/s
PARAMETERS = 46_764_746
COMPUTING = 3 * 2 * 938_223_616 * 128 / 10e12
IN_TURN = 8 * 4 * PARAMETERS / COMPUTING / 1e9

# 13.5


def slowest(parameters, computing, machines):
    return 64 * parameters / machines / computing / 1e9


def slowest_by_steps(parameters, computing, machines):
    num_bytes = 2 * 4 * parameters * (machines - 1) / machines
    return numpy.float64(8 * num_bytes / ((machines - 1) * computing) / 1e9)


def slowest_by_halving(parameters, computing, machines):
    num_bytes, low, high = 8 * parameters * (machines - 1) / machines, 0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        faster = machines * computing > computing + 8 * num_bytes / (middle * 1e9)
        low, high = (low, middle) if faster else (middle, high)
    return np.array(high, dtype="float64")


def as_for_two(parameters, computing, machines):
    return 32 * parameters / computing / 1e9


def one_batch(parameters, computing, machines):
    return 64 * parameters * (machines - 1) / machines / computing / 1e9


def bytes_for_bits(parameters, computing, machines):
    return slowest(parameters, computing, machines) / 8


def one_way(parameters, computing, machines):
    return slowest(parameters, computing, machines) / 2


def in_bits(parameters, computing, machines):
    return slowest(parameters, computing, machines) * 1e9


def as_fast_as_all_together(parameters, computing, machines):
    return 64 * parameters * (machines - 1) / computing / 1e9


def whole_numbers(parameters, computing, machines):
    return round(slowest(parameters, computing, machines))


def without_computing(parameters, computing, machines):
    return 64 * parameters / machines / 1e9


# 13.7


def sum_by_batch(losses, batch_size):
    return losses.sum() / batch_size


def each_by_batch(losses, batch_size):
    return np.sum(losses / batch_size)


def mean_by_share(losses, batch_size):
    return losses.mean() * (len(losses) / batch_size)


def one_by_one(losses, batch_size):
    total = 0
    for i in range(len(losses)):
        total = total + losses[i]
    return total / batch_size


def mean(losses, batch_size):
    return losses.mean()


def whole_sum(losses, batch_size):
    return losses.sum()


def half_of_mean(losses, batch_size):
    return losses.mean() / 2


def mean_by_batch(losses, batch_size):
    return losses.mean() / batch_size


def not_one_number(losses, batch_size):
    return losses / batch_size


def share_upside_down(losses, batch_size):
    return losses.mean() * (batch_size / len(losses))


def without_gradient(losses, batch_size):
    return float(losses.sum()) / batch_size


def by_numpy(losses, batch_size):
    return np.array(losses.asnumpy().sum() / batch_size)


def for_four_images(losses, batch_size):
    return losses.sum() / 4


ANSWERS = {
    "13.1": {
        "right": {
            "lists": lambda: ([22, 22, 21], [21, 22, 22]),
            "tuples of whole floats": lambda: ((22.0, 22.0, 21.0), (21.0, 22.0, 22.0)),
            "arrays": lambda: (numpy.array([22, 22, 21]), np.array([21, 22, 22])),
            "counted by NumPy": lambda: (
                [len(part) for part in numpy.array_split(numpy.arange(65), 3)],
                numpy.diff([r * 65 // 3 for r in range(4)]),
            ),
        },
        "wrong": {
            "what is left over to the last": (
                lambda: ([21, 21, 23], [21, 22, 22]),
                "1 of 2 are right; devices[0] = 21: off by one: too small",
            ),
            "exchanged": (
                lambda: ([21, 22, 22], [22, 22, 21]),
                "0 of 2 are right; devices: the right entries, in reverse order. Are "
                "devices and workers exchanged?",
            ),
            "alike": (
                lambda: ([22, 22, 21], [22, 22, 21]),
                "1 of 2 are right; workers: the right entries, in reverse order",
            ),
            "the rest is dropped": (
                lambda: ([21, 21, 21], [21, 21, 21]),
                "0 of 2 are right; devices[0] = 21: off by one: too small",
            ),
            "the ends, not the numbers": (
                lambda: ([22, 44, 65], [21, 43, 65]),
                "0 of 2 are right; devices[1] = 44: too large by a factor of 2",
            ),
            "unrounded": (
                lambda: ([65 / 3] * 3, [65 / 3] * 3),
                "0 of 2 are right; devices[0] = 21.6667: a whole number is wanted",
            ),
            "one device": (
                lambda: ([22, 21], [21, 22, 22]),
                "1 of 2 are right; devices: wrong length: 2 entries were given, and 3 are wanted",
            ),
            "half": (lambda: ([22, 22, 21], None), "1 of 2 are right; workers: no answer yet"),
        },
    },
    "13.2": {
        "right": {
            "three digits": lambda: (370_236, 87_005_460, 0.0296),
            "exact": lambda: (370_236, 87_005_460, 0.02961888),
            "whole floats, a fraction": lambda: (
                370_236.0,
                87_005_460.0,
                Fraction(8 * 370_236, 10**8),
            ),
            "NumPy and MXNet scalars": lambda: (
                numpy.int64(370_236),
                numpy.array(87_005_460.0),
                np.array(0.02961888),
            ),
        },
        "wrong": {
            "bytes for bits": (
                lambda: (370_236, 87_005_460, 0.003702),
                "2 of 3 are right; seconds: too small by a factor of 8: the bits of a byte?",
            ),
            "the last batch is dropped": (
                lambda: (370_236, 234 * 370_236, 0.0296),
                "2 of 3 are right; epoch_bytes: another number: the last, smaller batch"
                " is a step too",
            ),
            "a part of a batch counts in part": (
                lambda: (370_236, 86_774_062.5, 0.0296),
                "2 of 3 are right; epoch_bytes: a whole number is wanted",
            ),
            "one way": (
                lambda: (185_118, 43_502_730, 0.0148),
                "0 of 3 are right; step_bytes: too small by a factor of 2: the way back?",
            ),
            "its own part is sent as well": (
                lambda: (493_648, 116_007_280, 0.0395),
                "0 of 3 are right; step_bytes: another number",
            ),
            "the four bytes are forgotten": (
                lambda: (92_559, 21_751_365, 0.0074),
                "0 of 3 are right; step_bytes: too small by a factor of 4: the bytes of"
                " a number, or the machines?",
            ),
            "all machines": (
                lambda: (1_480_944, 348_021_840, 0.118),
                "0 of 3 are right; step_bytes: too large by a factor of 4",
            ),
            "milliseconds": (
                lambda: (370_236, 87_005_460, 29.6),
                "2 of 3 are right; seconds: too large by a factor of 1,000",
            ),
            "an epoch for a step": (
                lambda: (87_005_460, 370_236, 6.96),
                "0 of 3 are right; step_bytes: another number",
            ),
            "two digits": (
                lambda: (370_236, 87_005_460, 0.030),
                "2 of 3 are right; seconds: right to 2 digits, and 3 are wanted",
            ),
            "half": (lambda: (370_236, None, None), "1 of 3 are right; epoch_bytes: no answer yet"),
        },
    },
    "13.3": {
        "right": {
            "three digits": lambda: (0.469, 1.85, 1.19),
            "exact": lambda: (15 / 32, 1.8530683, 1.1936402),
            "in percent": lambda: (46.875, 1.853, 1.194),
            "NumPy and MXNet scalars": lambda: (
                numpy.float32(0.46875),
                numpy.array(1.8530683),
                np.array(1.1936402),
            ),
        },
        "wrong": {
            "the sums are compressed as well": (
                lambda: (0.9375, 12.598, 1.48),
                "0 of 3 are right; saved: another number: the sums that come back",
            ),
            "what is left": (
                lambda: (0.53125, 1.85, 1.19),
                "2 of 3 are right; saved: another number: this is what is left to send",
            ),
            "exchanged": (
                lambda: (0.469, 1.19, 1.85),
                "1 of 3 are right; at_10: another number",
            ),
            "computing is forgotten": (
                lambda: (0.469, 1.88, 1.88),
                "1 of 3 are right; at_10: another number: without the time of computing",
            ),
            "the new time by the old": (
                lambda: (0.469, 0.54, 0.838),
                "1 of 3 are right; at_10: upside down: 1 divided by it is right",
            ),
            "bytes for bits": (
                lambda: (0.469, 1.758, 1.03),
                "1 of 3 are right; at_10: another number",
            ),
            "as measured": (lambda: (0.46, 1.85, 1.19), "2 of 3 are right; saved: another number"),
            "two digits": (
                lambda: (0.47, 1.9, 1.2),
                "0 of 3 are right; saved: right to 2 digits, and 3 are wanted",
            ),
            "half": (lambda: (0.469, None, None), "1 of 3 are right; at_10: no answer yet"),
        },
    },
    "13.4": {
        "right": {
            "three digits": lambda: (20.8, 10.4, 20.8),
            "exact": lambda: (IN_TURN, IN_TURN / 2, IN_TURN),
            "NumPy and MXNet scalars": lambda: (
                numpy.float64(IN_TURN),
                numpy.array(IN_TURN / 2),
                np.array(IN_TURN),
            ),
        },
        "wrong": {
            "the same question in both cases": (
                lambda: (IN_TURN, IN_TURN, IN_TURN),
                "2 of 3 are right; overlapped: too large by a factor of 2",
            ),
            "exchanged": (
                lambda: (IN_TURN / 2, IN_TURN, IN_TURN),
                "1 of 3 are right; in_turn: too small by a factor of 2",
            ),
            "twice as fast needs twice as much": (
                lambda: (IN_TURN, IN_TURN / 2, 2 * IN_TURN),
                "2 of 3 are right; twice: too large by a factor of 2",
            ),
            "bytes for bits": (
                lambda: (IN_TURN / 8, IN_TURN / 16, IN_TURN / 8),
                "0 of 3 are right; in_turn: too small by a factor of 8: the bits of a byte?",
            ),
            "in Mbit/s": (
                lambda: (1e3 * IN_TURN, 1e3 * IN_TURN / 2, 1e3 * IN_TURN),
                "0 of 3 are right; in_turn: too large by a factor of 1,000",
            ),
            "half the batch on each": (
                lambda: (2 * IN_TURN, IN_TURN, 2 * IN_TURN),
                "0 of 3 are right; in_turn: too large by a factor of 2",
            ),
            "two digits": (
                lambda: (21, 10, 21),
                "0 of 3 are right; in_turn: right to 2 digits, and 3 are wanted",
            ),
            "never": (
                lambda: (IN_TURN, IN_TURN / 2, float("inf")),
                "2 of 3 are right; twice: not a finite number",
            ),
            "half": (lambda: (IN_TURN, None, None), "1 of 3 are right; overlapped: no answer yet"),
        },
    },
    "13.5": {
        "right": {
            "by hand": lambda: (slowest,),
            "by the bytes of a step": lambda: (slowest_by_steps,),
            "by halving an interval": lambda: (slowest_by_halving,),
        },
        "wrong": {
            "one batch, however many machines": (
                lambda: (one_batch,),
                "one_batch(61706, 0.01, 3) = 0.263279: here too large by a factor of 2,"
                " other calls are wrong in other ways",
            ),
            "as for two machines": (
                lambda: (as_for_two,),
                "as_for_two(61706, 0.01, 3) = 0.1974592: another number",
            ),
            "bytes for bits": (
                lambda: (bytes_for_bits,),
                "bytes_for_bits(46764746, 0.07, 2) = 2.67227: too small by a factor of "
                "8: the bits of a byte?",
            ),
            "one way": (
                lambda: (one_way,),
                "one_way(46764746, 0.07, 2) = 10.6891: too small by a factor of 2: the way back?",
            ),
            "in bits per second": (
                lambda: (in_bits,),
                "in_bits(46764746, 0.07, 2) = 2.13782e+10: too large by a factor of "
                "1,000,000,000: the giga?",
            ),
            "as fast as all together": (
                lambda: (as_fast_as_all_together,),
                "as_fast_as_all_together(46764746, 0.07, 2) = 42.7563: here too large "
                "by a factor of 2, other calls are wrong in other ways",
            ),
            "rounded": (
                lambda: (whole_numbers,),
                "whole_numbers(46764746, 0.07, 2) = 21: right to 2 digits, and 3 are wanted",
            ),
            "computing is forgotten": (
                lambda: (without_computing,),
                "without_computing(46764746, 0.07, 2) = 1.49647: another number",
            ),
            "another is called": (
                lambda: (lambda parameters, computing: 1.0,),
                "<lambda>(46764746, 0.07, 2): it fails with TypeError",
            ),
        },
    },
    "13.6": {
        "right": {
            "three digits": lambda: (138_357_544, 15_470_264_320, 2.11, 9.42),
            "exact": lambda: (138_357_544, 15_470_264_320, 2.112219, 9.418968),
            "whole floats": lambda: (138_357_544.0, 15_470_264_320.0, 2.112, 9.419),
            "NumPy scalars": lambda: (
                numpy.int64(138_357_544),
                numpy.int64(15_470_264_320),
                numpy.float32(2.112219),
                numpy.array(9.418968),
            ),
        },
        "wrong": {
            "the biases are left out": (
                lambda: (138_344_128, 15_470_264_320, 2.11, 9.42),
                "3 of 4 are right; parameters: right to 3 digits, and all are wanted",
            ),
            "the biases are added": (
                lambda: (138_357_544, 15_483_862_888, 2.11, 9.42),
                "3 of 4 are right; multiply_adds: another number",
            ),
            "the convolutions alone": (
                lambda: (14_714_688, 15_346_630_656, 2.11, 14.9),
                "1 of 4 are right; parameters: another number",
            ),
            "dense1 without the map of 7 x 7": (
                lambda: (37_694_312, 15_369_600_000, 2.11, 13.4),
                "1 of 4 are right; parameters: another number",
            ),
            "FLOP": (
                lambda: (138_357_544, 30_940_528_640, 2.11, 9.42),
                "3 of 4 are right; multiply_adds: too large by a factor of 2: an "
                "addition and a multiplication?",
            ),
            "exchanged": (
                lambda: (138_357_544, 15_470_264_320, 9.42, 2.11),
                "2 of 4 are right; paper: another number",
            ),
            "shares of sixteen": (
                lambda: (138_357_544, 15_470_264_320, 0.132, 0.589),
                "2 of 4 are right; paper: too small by a factor of 16",
            ),
            "forward alone": (
                lambda: (138_357_544, 15_470_264_320, 0.772, 5.16),
                "2 of 4 are right; paper: another number",
            ),
            "rounded": (
                lambda: (138_360_000, 15_470_000_000, 2.1, 9.4),
                "0 of 4 are right; parameters: right to 5 digits, and all are wanted",
            ),
            "half": (
                lambda: (138_357_544, 15_470_264_320, None, None),
                "2 of 4 are right; paper: no answer yet",
            ),
        },
    },
    "13.7": {
        "right": {
            "the sum by the batch": lambda: (sum_by_batch,),
            "each by the batch": lambda: (each_by_batch,),
            "the mean by the share": lambda: (mean_by_share,),
            "one by one": lambda: (one_by_one,),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: (mean,),
                "mean([2.0, 4.0], 4) = 3.0: here too large by a factor of 2, other "
                "calls are wrong in other ways",
            ),
            "the sum": (
                lambda: (whole_sum,),
                "whole_sum([2.0, 4.0], 4) = 6.0: here too large by a factor of 4, other"
                " calls are wrong in other ways",
            ),
            "half, for two devices": (lambda: (half_of_mean,), "half_of_mean([1.0, 2.0, 6.0], 5)"),
            "divided twice": (
                lambda: (mean_by_batch,),
                "mean_by_batch([2.0, 4.0], 4) = 0.75: here too small by a factor of 2, "
                "other calls are wrong in other ways",
            ),
            "upside down": (
                lambda: (share_upside_down,),
                "share_upside_down([2.0, 4.0], 4) = 6.0: here too large by a factor of "
                "4, other calls are wrong in other ways",
            ),
            "not one number": (
                lambda: (not_one_number,),
                "not_one_number([2.0, 4.0], 4): wrong type: an array of shape (2,) was given",
            ),
            "no gradient": (
                lambda: (without_gradient,),
                "without_gradient([2.0, 4.0], 4) = 1.5: the result is right, but has no"
                " gradient: compute it with MXNet's arrays alone",
            ),
            "by NumPy": (
                lambda: (by_numpy,),
                "by_numpy([2.0, 4.0], 4) = 1.5: the result is right, but has no "
                "gradient: compute it with MXNet's arrays alone",
            ),
            "for four images": (lambda: (for_four_images,), "for_four_images([1.0, 2.0, 6.0], 5)"),
        },
    },
}
