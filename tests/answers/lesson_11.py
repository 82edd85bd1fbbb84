"""Right and wrong answers to the exercises of lesson 11."""

import math

import d2l_helpers as dh

import numpy
from mxnet import np

STEPS = [(2993.0, 2569.9), (636.3, 382.9)]


def by_exponent(weight):
    return 2.0 ** (math.floor(math.log2(weight)) - 7)


def by_mantissa(weight):
    return math.ldexp(1, math.frexp(weight)[1] - 8)


def by_spacing(weight):
    return numpy.spacing(numpy.float32(weight)) * 65536


def by_trying(weight):
    return float(dh.bfloat16(1.0045 * weight)) - weight


def to_the_smaller_one(weight):
    return 2.0 ** (math.ceil(math.log2(weight)) - 8)


ANSWERS = {
    "11.1": {
        "right": {
            "plain": lambda: ([1.75, 1.43], [7.07, 2.51]),
            "exact": lambda: (
                [step / (step - part / 2) for step, part in STEPS],
                [step / (step - part) for step, part in STEPS],
            ),
            "NumPy": lambda: (numpy.array([1.752, 1.430]), (7.074, 2.511)),
            "MXNet": lambda: (np.array([1.7523, 1.4304]), np.array([7.074, 2.511])),
        },
        "wrong": {
            "the share for the gain": (
                lambda: ([1.859, 1.602], [7.07, 2.51]),
                "1 of 2 are right; twice[0], 224 pixels: another number: this is",
            ),
            "the time that is left": (
                lambda: ([0.571, 0.699], [0.141, 0.398]),
                "0 of 2 are right; twice[0], 224 pixels: upside down: 1 divided by it is right",
            ),
            "twice, everywhere": (
                lambda: ([2, 2], [7.07, 2.51]),
                "1 of 2 are right; twice[0], 224 pixels: another number",
            ),
            "exchanged": (
                lambda: ([7.07, 2.51], [1.75, 1.43]),
                "0 of 2 are right; twice[0], 224 pixels: another number (0",
            ),
            "sizes exchanged": (
                lambda: ([1.43, 1.75], [2.51, 7.07]),
                "0 of 2 are right; twice: the right entries, in reverse order",
            ),
            "without limit": (
                lambda: ([1.75, 1.43], [math.inf, math.inf]),
                "1 of 2 are right; at_most[0], 224 pixels: not a finite number",
            ),
            "two digits": (
                lambda: ([1.8, 1.4], [7.1, 2.5]),
                "0 of 2 are right; twice[0], 224 pixels: right to 2 digits, and 3 are wanted",
            ),
            "half": (
                lambda: ([1.75, 1.43], [None, None]),
                "1 of 2 are right; at_most: no answer yet",
            ),
        },
    },
    "11.2": {
        "right": {
            "plain": lambda: (["the course", "you", "MXNet", "you"],),
            "a tuple, capitals": lambda: (("The course", "You", "mxnet", "You"),),
            "NumPy": lambda: (numpy.array(["the course", "you", "MXNet", "you"]),),
        },
        "wrong": {
            "the course always wins": (
                lambda: (["the course", "the course", "MXNet", "you"],),
                "deciders[1], OMP_NUM_THREADS=1: another answer",
            ),
            "not prepared, not read": (
                lambda: (["the course", "you", "MXNet", "MXNet"],),
                "deciders[3], both: another answer",
            ),
            "MXNet by itself": (
                lambda: (["MXNet", "you", "MXNet", "you"],),
                "deciders[0], nothing is set: another answer",
            ),
            "the course regardless": (
                lambda: (["the course", "you", "the course", "you"],),
                "deciders[2], D2L_HELPERS_PREPARE=0: another answer",
            ),
            "three": (
                lambda: (["the course", "you", "MXNet"],),
                "wrong length: 3 entries were given, and 4 are wanted",
            ),
            "half": (
                lambda: (["the course", "you", None, None],),
                "deciders[2], D2L_HELPERS_PREPARE=0: no answer yet",
            ),
        },
    },
    "11.3": {
        "right": {
            "plain": lambda: ([666_432, 2048], "forty_layers"),
            "computed": lambda: ((8 * 416_520 / 5, 8 * 16 * 16), "forty layers"),
            "NumPy": lambda: (numpy.array([666_432.0, 2048.0]), "Forty_Layers"),
        },
        "wrong": {
            "one image": (
                lambda: ([83_304, 256], "forty_layers"),
                "1 of 2 are right; per_layer[0], LeNet: too small by a factor of 8: the batch?",
            ),
            "the opposite conclusion": (
                lambda: ([666_432, 2048], "lenet"),
                "1 of 2 are right; gains_more: another answer",
            ),
            "all layers": (
                lambda: ([3_332_160, 81_920], "forty_layers"),
                "1 of 2 are right; per_layer[0], LeNet: too large by a factor of 5: the layers?",
            ),
            "exchanged": (
                lambda: ([2048, 666_432], "lenet"),
                "0 of 2 are right; per_layer: the right entries, in reverse order",
            ),
            "with biases": (
                lambda: ([666_432, 8 * 17 * 16], "forty_layers"),
                "1 of 2 are right; per_layer[1], the forty: another number",
            ),
            "forward and backward": (
                lambda: ([3 * 666_432, 3 * 2048], "forty_layers"),
                "1 of 2 are right; per_layer[0], LeNet: too large by a factor of 3",
            ),
            "half": (
                lambda: ([666_432, None], None),
                "0 of 2 are right; per_layer[1], the forty: no answer yet",
            ),
        },
    },
    "11.4": {
        "right": {
            "plain": lambda: (33, 154),
            "floats": lambda: (33.0, 154.0),
            "NumPy and MXNet": lambda: (numpy.int64(33), np.array(154)),
        },
        "wrong": {
            "a tenth of the rest": (
                lambda: (36, 172),
                "0 of 2 are right; at_224: another number: here the update takes",
            ),
            "rounded down": (lambda: (32, 153), "0 of 2 are right; at_224: off by one: too small"),
            "not rounded": (
                lambda: (32.3, 153.9),
                "0 of 2 are right; at_224: a whole number is wanted",
            ),
            "exchanged": (
                lambda: (154, 33),
                "0 of 2 are right; at_224: another number. Are at_224 and at_67 exchanged?",
            ),
            "the batches as they are": (
                lambda: (64, 128),
                "0 of 2 are right; at_224: another number",
            ),
            "half": (lambda: (33, None), "1 of 2 are right; at_67: no answer yet"),
        },
    },
    "11.5": {
        "right": {
            "plain": lambda: (1, 1, 277),
            "floats": lambda: (1.0, 1.0, 277.0),
            "NumPy": lambda: (numpy.float32(1), dh.bfloat16(1.0), numpy.int64(277)),
        },
        "wrong": {
            "exactly": (
                lambda: (4, 3, 1000),
                "0 of 3 are right; from_one: another number: this is the sum without rounding",
            ),
            "a little off": (
                lambda: (3.98, 2.98, 1000),
                "0 of 3 are right; from_one: another number",
            ),
            "one step is taken": (
                lambda: (1.0078125, 1, 277),
                "2 of 3 are right; from_one: another number: a step of 0.003 is",
            ),
            "steps from 0": (lambda: (1, 1, 276), "2 of 3 are right; steps: off by one: too small"),
            "steps without rounding": (
                lambda: (1, 1, 334),
                "2 of 3 are right; steps: another number: this is how many steps",
            ),
            "all steps": (lambda: (1, 1, 1000), "2 of 3 are right; steps: another number"),
            "it stops at a half": (
                lambda: (1, 0.5, 167),
                "1 of 3 are right; from_zero: too small by a factor of 2",
            ),
            "half": (lambda: (1, None, None), "1 of 3 are right; from_zero: no answer yet"),
        },
    },
    "11.6": {
        "right": {
            "the exponent": lambda: (by_exponent,),
            "the mantissa": lambda: (by_mantissa,),
            "float32's distance": lambda: (by_spacing,),
            "tried": lambda: (by_trying,),
        },
        "wrong": {
            "the same everywhere": (
                lambda: (lambda weight: 2.0**-7,),
                "<lambda>(0.75) = 0.0078125: here too large by a factor of 2, other "
                "calls are wrong in other ways",
            ),
            "a share": (
                lambda: (lambda weight: weight * 2**-7,),
                "<lambda>(0.75) = 0.00585938: another number",
            ),
            "eight bits": (
                lambda: (lambda weight: by_exponent(weight) / 2,),
                "<lambda>(1.0) = 0.00390625: too small by a factor of 2",
            ),
            "to the smaller one": (
                lambda: (to_the_smaller_one,),
                "to_the_smaller_one(1.0) = 0.00390625: too small by a factor of 2",
            ),
            "float32's": (
                lambda: (lambda weight: numpy.spacing(numpy.float32(weight)),),
                "<lambda>(1.0) = 1.19209e-07: another number",
            ),
            "float16's": (
                lambda: (lambda weight: by_exponent(weight) / 8,),
                "<lambda>(1.0) = 0.000976562: too small by a factor of 8",
            ),
            "the next number": (
                lambda: (lambda weight: weight + by_exponent(weight),),
                "<lambda>(1.0) = 1.0078125: another number",
            ),
            "rounded exponent": (
                lambda: (lambda weight: 2.0 ** (round(math.log2(weight)) - 7),),
                "<lambda>(0.75) = 0.0078125: too large by a factor of 2",
            ),
            "the exponent cut off": (
                lambda: (lambda weight: 2.0 ** (int(math.log2(weight)) - 7),),
                "<lambda>(0.75) = 0.0078125: too large by a factor of 2",
            ),
            "no return": (
                lambda: (lambda weight: None,),
                "<lambda>(1.0): it returns nothing: a return is missing",
            ),
        },
    },
    # Of 11.7 here is what the notebook's `calls_of` returns.
    "11.7": {
        "right": {
            "wait, clock, compute, wait, clock": lambda: ([2, 1, 1, 1, 1, 0],),
            "waited twice": lambda: ((2, 1, 1, 1, 1, 0),),
            "with floats": lambda: ([2, 1, 1, 1, 1, 0.0],),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: ([2, 1, 1, 0, 0, 0],),
                "waits before the first reading: off by one: too small",
            ),
            "the first wait is forgotten": (
                lambda: ([2, 1, 1, 0, 1, 0],),
                "waits before the first reading: off by one: too small",
            ),
            "the last wait is forgotten": (
                lambda: ([2, 1, 1, 1, 0, 0],),
                "waits between compute and the last reading: off by one: too small",
            ),
            "a run before": (
                lambda: ([2, 2, 1, 1, 1, 0],),
                "runs of compute in all: off by one: too large",
            ),
            "nothing is timed": (
                lambda: ([2, 1, 0, 1, 0, 0],),
                "runs of compute between the two readings: off by one: too small",
            ),
            "the sign": (
                lambda: ([2, 1, 1, 1, 1, -6],),
                "result less the time between the readings: another number",
            ),
            "no return": (
                lambda: ([2, 1, 1, 1, 1, None],),
                "result less the time between the readings: no answer yet",
            ),
            "the clock is read once": (
                lambda: ([1, 0, 0, 0, 0, 0],),
                "readings of the clock: off by one: too small",
            ),
        },
    },
}
