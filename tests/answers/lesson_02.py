"""Right and wrong answers to the exercises of lesson 02, see tests/test_wrong_answers.py."""

import math

import numpy
from mxnet import np

SUMS = [1, 4, 8, 6]
GRADIENT = [-0.825, 0.786, 0.039]
WEIGHTS = [[-1.649, 0.825], [1.571, -0.786], [0.078, -0.039]]


# 02.4


def by_loops(X, K, padding, stride):
    X = numpy.pad(X, padding)
    height, width = K.shape
    rows = (X.shape[0] - height) // stride + 1
    columns = (X.shape[1] - width) // stride + 1
    Y = numpy.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            window = X[r * stride : r * stride + height, c * stride : c * stride + width]
            Y[r, c] = (window * K).sum()
    return Y


def by_all_places(X, K, padding, stride):
    return by_loops(X, K, padding, 1)[::stride, ::stride]


def by_shifted_pictures(X, K, padding, stride):
    X = numpy.pad(X, padding)
    height, width = (X.shape[axis] - K.shape[axis] + 1 for axis in (0, 1))
    parts = [K[i, j] * X[i : i + height, j : j + width] for i, j in numpy.ndindex(K.shape)]
    return sum(parts)[::stride, ::stride]


def in_rows_of_lists(X, K, padding, stride):
    return by_loops(X, K, padding, stride).astype(int).tolist()


def turned(X, K, padding, stride):
    return by_loops(X, K[::-1, ::-1], padding, stride)


def unpadded(X, K, padding, stride):
    return by_loops(X, K, 0, stride)


def padded_on_two_sides(X, K, padding, stride):
    return by_loops(numpy.pad(X, ((padding, 0), (padding, 0))), K, 0, stride)


def stride_in_rows(X, K, padding, stride):
    return by_all_places(X, K, padding, 1)[::stride]


def no_stride(X, K, padding, stride):
    return by_loops(X, K, padding, 1)


def square_kernels(X, K, padding, stride):
    X, size = numpy.pad(X, padding), len(K)
    rows = range(0, X.shape[0] - size + 1, stride)
    columns = range(0, X.shape[1] - size + 1, stride)
    return numpy.array([[(X[r : r + size, c : c + size] * K).sum() for c in columns] for r in rows])


def square_pictures(X, K, padding, stride):
    X = numpy.pad(X, padding)
    places = range(0, len(X) - len(K) + 1, stride)
    height, width = K.shape
    return numpy.array(
        [[(X[r : r + height, c : c + width] * K).sum() for c in places] for r in places]
    )


def last_place_missing(X, K, padding, stride):
    return by_loops(X, K, padding, 1)[:-1:stride, :-1:stride]


def forgotten_return(X, K, padding, stride):
    by_loops(X, K, padding, stride)


# 02.7


def gradient_at(w):
    return 4 * (w - 3)


def descend(w, lr, momentum, num_steps):
    v = 0.0
    for _ in range(num_steps):
        v = momentum * v - lr * gradient_at(w)
        w = w + v
    return w


def other_rule(w, lr, momentum, num_steps):
    speed = 0
    for _ in range(num_steps):
        speed = momentum * speed + gradient_at(w)
        w -= lr * speed
    return w


def by_last_step(w, lr, momentum, num_steps):
    before = w
    for _ in range(num_steps):
        w, before = w + momentum * (w - before) - lr * gradient_at(w), w
    return w


def with_the_bug(w, lr, momentum, num_steps):
    for _ in range(num_steps):
        v = 0.0
        v = momentum * v - lr * gradient_at(w)
        w = w + v
    return w


def uphill(w, lr, momentum, num_steps):
    v = 0.0
    for _ in range(num_steps):
        v = momentum * v + lr * gradient_at(w)
        w = w + v
    return w


def old_speed(w, lr, momentum, num_steps):
    v = 0.0
    for _ in range(num_steps):
        w = w + v
        v = momentum * v - lr * gradient_at(w)
    return w


def mean_of_both(w, lr, momentum, num_steps):
    v = 0.0
    for _ in range(num_steps):
        v = momentum * v - (1 - momentum) * lr * gradient_at(w)
        w = w + v
    return w


def one_step(w, lr, momentum, num_steps):
    v = 0.0
    for _ in range(num_steps):
        v = momentum * v - lr * gradient_at(w)
        w = w + v
        return w
    return w


ANSWERS = {
    "02.1": {
        "right": {
            "plain": lambda: (SUMS,),
            "floats in a tuple": lambda: (tuple(map(float, SUMS)),),
            "an array of MXNet": lambda: (np.array(SUMS),),
            "computed": lambda: (numpy.array(SUMS).ravel(),),
        },
        "wrong": {
            "without the bias": (
                lambda: ([n - 1 for n in SUMS],),
                "sums[0] = 0: another number: the bias is missing (0 of 4 are right)",
            ),
            "turned": (
                lambda: ([5, 3, 7, 8],),
                "sums[0] = 5: another number: was the kernel turned, or the minus of its -1",
            ),
            "without the minus": (
                lambda: ([5, 4, 16, 12],),
                "sums[0] = 5: another number: was the kernel turned, or the minus of its -1",
            ),
            "without padding": (
                lambda: ([10, 1, 5, 6],),
                "sums[0] = 10: another number: the padding is missing",
            ),
            "one slip": (lambda: ([1, 4, 8, 7],), "sums[3] = 7: "),
            "column by column": (lambda: ([1, 8, 4, 6],), "sums[1] = 8: another number"),
            "in reverse": (lambda: (SUMS[::-1],), "the right entries, in reverse order"),
            "a matrix": (lambda: ([[1, 4], [8, 6]],), "wrong length: 2 entries were given"),
            "stride 1": (lambda: ([1] * 16,), "wrong length: 16 entries were given"),
            "half of it": (lambda: ([1, 4, None, None],), "sums[2]: no answer yet"),
        },
    },
    "02.2": {
        "right": {
            "to three decimals": lambda: (1.741, GRADIENT, WEIGHTS),
            "arrays": lambda: (np.array(1.7413), numpy.array(GRADIENT), numpy.array(WEIGHTS)),
            "a tuple": lambda: (1.74131, tuple(GRADIENT), np.array(WEIGHTS)),
        },
        "wrong": {
            "of another class": (
                lambda: (0.241, GRADIENT, WEIGHTS),
                "2 of 3 are right; l: another number: that is the loss if class 1 were right",
            ),
            "log10": (
                lambda: (0.756, GRADIENT, WEIGHTS),
                "2 of 3 are right; l: another number: the logarithm to base 10 was taken",
            ),
            "of the rounded probability": (
                lambda: (1.743, GRADIENT, WEIGHTS),
                "2 of 3 are right; l: another number: round at the end only: this is -ln of",
            ),
            "the wrong sign": (
                lambda: (-1.741, GRADIENT, WEIGHTS),
                "2 of 3 are right; l: the right number with the wrong sign",
            ),
            "the probabilities": (
                lambda: (1.741, [0.175, 0.786, 0.039], WEIGHTS),
                "2 of 3 are right; by_scores[0] = 0.175: another number: that is the probability",
            ),
            "uphill": (
                lambda: (1.741, [0.825, -0.786, -0.039], WEIGHTS),
                "2 of 3 are right; by_scores[0] = 0.825: the right number with the wrong sign",
            ),
            "inputs in rows": (
                lambda: (1.741, GRADIENT, numpy.array(WEIGHTS).T),
                "2 of 3 are right; by_weights: the axes are in the wrong order",
            ),
            "without the chain rule": (
                lambda: (1.741, GRADIENT, [GRADIENT] * 2),
                "2 of 3 are right; by_weights: wrong shape: (2, 3), and (3, 2) is wanted",
            ),
            "too few digits": (lambda: (1.7, GRADIENT, WEIGHTS), "2 of 3 are right; l: right to"),
            "half of it": (lambda: (1.741, None, None), "1 of 3 are right; by_scores: no answer"),
        },
    },
    "02.3": {
        "right": {
            "as printed": lambda: (2.303, 0.5, 1.792),
            "exact": lambda: (math.log(10), 0.5, math.log(6)),
            "scalars": lambda: (numpy.float64(2.3026), np.array(0.5), 1.7918),
        },
        "wrong": {
            "the rest undivided": (
                lambda: (1.204, 0.5, 0.693),
                "1 of 3 are right; loss_at_09: another number: the nine other classes share",
            ),
            "of the right ones": (
                lambda: (0.105, 0.5, 1.792),
                "2 of 3 are right; loss_at_09: another number: that is the loss of the right",
            ),
            "half of that": (
                lambda: (0.053, 0.5, 1.792),
                "2 of 3 are right; loss_at_09: another number: add the loss of the wrong answers",
            ),
            "the sum": (
                lambda: (4.605, 0.5, 1.792),
                "2 of 3 are right; loss_at_09: another number: the two losses were added",
            ),
            "surer is better": (lambda: (2.303, 0.99, 3.5), "1 of 3 are right; best_c: another"),
            "a share of ten": (lambda: (2.303, 0.1, 2.303), "1 of 3 are right; best_c: another"),
            "even bets": (lambda: (2.303, 0.5, 2.303), "2 of 3 are right; best_loss: another"),
            "too few digits": (lambda: (2.3, 0.5, 1.792), "2 of 3 are right; loss_at_09: right to"),
            "half of it": (lambda: (2.303, None, None), "1 of 3 are right; best_c: no answer yet"),
        },
    },
    "02.4": {
        "right": {
            "loops": lambda: (by_loops,),
            "all places, then every second": lambda: (by_all_places,),
            "shifted pictures": lambda: (by_shifted_pictures,),
            "lists": lambda: (in_rows_of_lists,),
        },
        "wrong": {
            "the turned kernel": (
                lambda: (turned,),
                "turned(the lesson's picture): the right numbers with the wrong sign",
            ),
            "no padding": (
                lambda: (unpadded,),
                "unpadded(the lesson's picture with padding 1): wrong shape: (3, 3), and (5, 5)",
            ),
            "above and left": (
                lambda: (padded_on_two_sides,),
                "padded_on_two_sides(the lesson's picture with padding 1): wrong shape: (4, 4)",
            ),
            "no stride": (
                lambda: (no_stride,),
                "no_stride(the lesson's picture with stride 2): wrong shape: (3, 3), and (2, 2)",
            ),
            "stride in rows": (
                lambda: (stride_in_rows,),
                "stride_in_rows(the lesson's picture with stride 2): wrong shape: (2, 3)",
            ),
            "square kernels": (
                lambda: (square_kernels,),
                "square_kernels(a kernel of 2 x 4): it fails with ValueError",
            ),
            "square pictures": (
                lambda: (square_pictures,),
                "square_pictures(a picture of 6 x 9): wrong shape: (4, 4), and (4, 7) is wanted",
            ),
            "one place less": (
                lambda: (last_place_missing,),
                "last_place_missing(the lesson's picture): wrong shape: (2, 2), and (3, 3)",
            ),
            "no return": (
                lambda: (forgotten_return,),
                "forgotten_return(the lesson's picture): it returns nothing",
            ),
            "its result": (
                lambda: ([[3, 8, 6], [6, 8, 3], [8, 6, 1]],),
                "wrong type: a list was given, and a function is wanted",
            ),
        },
    },
    "02.5": {
        "right": {
            "as printed": lambda: (0.222, 0.111, 9),
            "exact": lambda: (2 / 9, 1 / 9, 9),
            "scalars": lambda: (numpy.float64(0.2222), np.array(0.1111), 9.0),
        },
        "wrong": {
            "of the lesson": (
                lambda: (0.5, 0.25, 9),
                "1 of 3 are right; limit: another number: that is the limit for x = 2",
            ),
            "x once": (
                lambda: (2 / 3, 1 / 3, 9),
                "1 of 3 are right; limit: another number: the derivative has x twice",
            ),
            "upside down": (lambda: (4.5, 9, 9), "1 of 3 are right; limit: upside down"),
            "exchanged": (
                lambda: (0.111, 0.222, 9),
                "1 of 3 are right; limit: too small by a factor of 2. Are limit and one_step",
            ),
            "from 3": (
                lambda: (0.222, 0.111, 10),
                "2 of 3 are right; num_steps: another number: the goal is at 2",
            ),
            "one step less": (
                lambda: (0.222, 0.111, 8),
                "2 of 3 are right; num_steps: off by one: too small",
            ),
            "too few digits": (lambda: (0.22, 0.111, 9), "2 of 3 are right; limit: right to 2"),
            "half of it": (lambda: (0.222, 0.111, None), "2 of 3 are right; num_steps: no answer"),
        },
    },
    "02.6": {
        "right": {
            "as measured": lambda: ({"output biases"}, 2.303, 1),
            "a list": lambda: (["output biases"], 2.3, 1.0),
            "capitals": lambda: ({"Output Biases"}, numpy.float32(2.3041), np.array(1)),
        },
        "wrong": {
            "all of them": (
                lambda: (
                    {"hidden weights", "hidden biases", "output weights", "output biases"},
                    2.303,
                    1,
                ),
                "2 of 3 are right; moving: 1 of the 4 given belong there",
            ),
            "the output layer": (
                lambda: ({"output weights", "output biases"}, 2.303, 1),
                "2 of 3 are right; moving: 1 of the 2 given belong there",
            ),
            "none": (lambda: (set(), 2.303, 1), "2 of 3 are right; moving: it is empty"),
            "both biases": (
                lambda: ({"hidden biases", "output biases"}, 2.303, 1),
                "2 of 3 are right; moving: 1 of the 2 given belong there",
            ),
            "text": (
                lambda: ("output biases", 2.303, 1),
                "2 of 3 are right; moving: wrong type: text was given, and a set is wanted",
            ),
            "as if it learned": (
                lambda: ({"output biases"}, 0.7, 10),
                "1 of 3 are right; last_loss: another number: that would be a net that learns",
            ),
            "ten classes": (
                lambda: ({"output biases"}, 2.303, 10),
                "2 of 3 are right; num_classes: another number: can a net answer differently",
            ),
            "half of it": (
                lambda: ({"output biases"}, None, None),
                "1 of 3 are right; last_loss: no answer yet",
            ),
        },
    },
    "02.7": {
        "right": {
            "as in the lesson": lambda: (descend, 6),
            "the other rule, the same at one rate": lambda: (other_rule, 6.0),
            "by the last step": lambda: (by_last_step, numpy.int64(6)),
        },
        "wrong": {
            "the bug": (
                lambda: (with_the_bug, 6),
                "1 of 2 are right; with_the_bug(0.0, 0.02, 0.9, 2) = 0.4608: ",
            ),
            "uphill": (lambda: (uphill, 6), "1 of 2 are right; uphill(0.0, 0.02, 0.9, 1) = -0.24"),
            "the speed of the step before": (
                lambda: (old_speed, 6),
                "1 of 2 are right; old_speed(0.0, 0.02, 0.9, 1) = 0.0: ",
            ),
            "a share of the gradient": (
                lambda: (mean_of_both, 6),
                "1 of 2 are right; mean_of_both(0.0, 0.02, 0.9, 1) = 0.024: ",
            ),
            "return in the loop": (
                lambda: (one_step, 6),
                "1 of 2 are right; one_step(0.0, 0.02, 0.9, 2) = 0.24: ",
            ),
            "still below": (
                lambda: (descend, 5),
                "1 of 2 are right; first_above: another number: that many steps are still below",
            ),
            "one too many": (lambda: (descend, 7), "1 of 2 are right; first_above: off by one"),
            "the weight": (
                lambda: (descend, 3.243),
                "1 of 2 are right; first_above: a whole number is wanted",
            ),
            "half of it": (lambda: (descend, None), "1 of 2 are right; first_above: no answer"),
        },
    },
    "02.8": {
        "right": {
            "as measured": lambda: (0.1098, 0.1147, 50_000),
            "another draw": lambda: (0.1097, 0.1153, 50_000.0),
            "in percent": lambda: (10.98, 11.47, 50_000),
        },
        "wrong": {
            "no luck at all": (
                lambda: (0.1, 0.1, 50_000),
                "1 of 3 are right; more_pictures: another number: that is the accuracy of a single",
            ),
            "exchanged": (
                lambda: (0.1147, 0.1098, 50_000),
                "1 of 3 are right; more_pictures: another number",
            ),
            "as many pictures": (
                lambda: (0.132, 0.1147, 50_000),
                "2 of 3 are right; more_pictures: another number: take ten times as many",
            ),
            "as many nets": (
                lambda: (0.1098, 0.132, 50_000),
                "2 of 3 are right; fewer_nets: another number: take ten nets, not a thousand",
            ),
            "nearly enough": (
                lambda: (0.1098, 0.1147, 20_000),
                "2 of 3 are right; enough: another number: with so many the best still looks",
            ),
            "more than enough": (
                lambda: (0.1098, 0.1147, 100_000),
                "2 of 3 are right; enough: another number: that is enough, but half as many",
            ),
            "two units": (
                lambda: (10.98, 0.1147, 50_000),
                "all are right, but more_pictures is a percentage and fewer_nets is not",
            ),
            "half of it": (
                lambda: (0.1098, None, None),
                "1 of 3 are right; fewer_nets: no answer yet",
            ),
        },
    },
}
