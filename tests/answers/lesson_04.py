"""Right and wrong answers to the exercises of lesson 04, see tests/test_wrong_answers.py."""

import math

import numpy
from mxnet import np, npx
from mxnet.gluon import nn


def sequence(*layers):
    """Return the layers as a net."""
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def hidden(num=10, activation="relu"):
    """Return hidden layers, each with its activation as an argument."""
    return [nn.Dense(100, activation=activation) for _ in range(num)]


def apart(num_linear=0, num=10, end=()):
    """Return a net of hidden layers and activations; the first hidden layers have none."""
    layers = []
    for i in range(num):
        layers += [nn.Dense(100)] + [nn.Activation("relu")] * (i >= num_linear)
    return sequence(*layers, nn.Dense(10), *end)


def activated_before():
    layers = []
    for _ in range(10):
        layers += [nn.Activation("relu"), nn.Dense(100)]
    return sequence(*layers, nn.Dense(10))


class Deep(nn.HybridBlock):
    """The net of 04.7 with a forward of its own."""

    def __init__(self):
        super().__init__()
        self.hidden, self.scores = sequence(*[nn.Dense(100) for _ in range(10)]), nn.Dense(10)

    def forward(self, x):
        for layer in self.hidden:
            x = npx.relu(layer(x))
        return self.scores(x)


ANSWERS = {
    "04.1": {
        "right": {
            "plain": lambda: (5e-15, -0.41),
            "exact": lambda: (5e-9 * 0.25**10, -0.4111861),
            "a millionth": lambda: (5e-9 * 1e-6, numpy.float64(-0.323)),
            "MXNet": lambda: (np.array(4.768e-15), np.array(-0.097)),
        },
        "wrong": {
            "twenty layers more": (
                lambda: (5e-9 * 0.25**20, 5.6),
                "0 of 2 are right; predicted: another number: ten layers more, not twenty",
            ),
            "from 1": (
                lambda: (0.25**20, -2.7),
                "0 of 2 are right; predicted: another number: begin with the gradient of",
            ),
            "one factor": (
                lambda: (5e-9 * 0.25, -5.8),
                "0 of 2 are right; predicted: another number: a factor for each layer, not",
            ),
            "predicted / measured": (
                lambda: (5e-15, 0.41),
                "1 of 2 are right; log_ratio: another number: this one is too large",
            ),
            "the natural logarithm": (
                lambda: (5e-15, -0.947),
                "1 of 2 are right; log_ratio: another number: this one is too small",
            ),
            "the ratio itself": (
                lambda: (5e-15, 0.388),
                "1 of 2 are right; log_ratio: another number: this one is too large",
            ),
            "the logarithm of the prediction": (
                lambda: (-14.3, -0.41),
                "1 of 2 are right; predicted: another number: this is its logarithm",
            ),
            "what was measured": (
                lambda: (2e-15, 0.0),
                "1 of 2 are right; predicted: another number",
            ),
            "not measured": (lambda: (5e-15, None), "1 of 2 are right; log_ratio: no answer yet"),
        },
    },
    "04.2": {
        "right": {
            "three digits": lambda: (0.141, 0.0221),
            "exact": lambda: (math.sqrt(2 / 100), math.sqrt(2 / 4096)),
            "by the gain": lambda: (1 / (10 * numpy.sqrt(0.5)), 1 / (64 * numpy.sqrt(0.5))),
            "MXNet": lambda: (np.array(0.1414), np.sqrt(np.array(2 / 4096))),
        },
        "wrong": {
            "for tanh": (
                lambda: (0.1, 0.015625),
                "0 of 2 are right; for_100: another number: this suits tanh: ReLU sets",
            ),
            "the variance": (
                lambda: (0.02, 2 / 4096),
                "0 of 2 are right; for_100: another number: this is the variance",
            ),
            "the paper's": (
                lambda: (0.01, 0.01),
                "0 of 2 are right; for_100: another number: this is the paper's",
            ),
            "for both": (lambda: (0.141, 0.141), "1 of 2 are right; for_4096: another number"),
            "sigmoid": (lambda: (0.4, 0.0625), "0 of 2 are right; for_100: another number"),
            "too few digits": (
                lambda: (0.14, 0.022),
                "0 of 2 are right; for_100: right to 2 digits, and 3 are wanted",
            ),
            "exchanged": (
                lambda: (0.0221, 0.141),
                "0 of 2 are right; for_100: another number. Are for_100 and for_4096 exchanged?",
            ),
            "half an answer": (lambda: (None, 0.0221), "1 of 2 are right; for_100: no answer yet"),
        },
    },
    "04.3": {
        "right": {
            "plain": lambda: (True, 10),
            "as computed": lambda: (numpy.bool_(True), numpy.float32(9.9999990)),
            "MXNet": lambda: (np.array(2.0).item() > 0, np.array(10.0)),
        },
        "wrong": {
            "dead": (lambda: (False, 10), "1 of 2 are right; learns: the other way round"),
            "like ReLU": (
                lambda: (False, float("inf")),
                "0 of 2 are right; learns: the other way round",
            ),
            "below / above": (
                lambda: (True, 0.1),
                "1 of 2 are right; ratio: upside down: 1 divided by it is right",
            ),
            "both alike": (
                lambda: (True, 1.0),
                "1 of 2 are right; ratio: too small by a factor of 10",
            ),
            "squared": (
                lambda: (True, 100),
                "1 of 2 are right; ratio: too large by a factor of 10",
            ),
            "exchanged": (
                lambda: (10.0, True),
                "0 of 2 are right; learns: wrong type: a number was given, and True or",
            ),
            "half an answer": (lambda: (True, None), "1 of 2 are right; ratio: no answer yet"),
        },
    },
    "04.4": {
        "right": {
            "plain": lambda: (7,),
            "a whole float": lambda: (7.0,),
            "NumPy": lambda: (numpy.int64(7),),
            "MXNet": lambda: (np.array(7),),
        },
        "wrong": {
            "counted from 0": (
                lambda: (6,),
                "another number: count from 1, and below 2.2, not 2.3",
            ),
            "one too late": (lambda: (8,), "off by one: too large"),
            "the loss": (lambda: (1.958,), "a whole number is wanted"),
            "never": (lambda: (0,), "another number"),
            "at the end": (lambda: (12,), "another number: this is the last epoch"),
            "a list": (
                lambda: ([7, 8, 9, 10, 11, 12],),
                "wrong type: a list was given, and a number is wanted",
            ),
        },
    },
    "04.6": {
        "right": {
            "plain": lambda: (2.297, 0.991),
            "another seed": lambda: (2.28, 1.148),
            "NumPy and MXNet": lambda: (numpy.float64(2.285), np.array(0.94)),
        },
        "wrong": {
            "exchanged": (
                lambda: (0.991, 2.297),
                "0 of 2 are right; at_4: another number: this one is too small. Are "
                "at_4 and at_8 exchanged?",
            ),
            "the first steps": (
                lambda: (2.66, 3.96),
                "0 of 2 are right; at_4: another number: this one is too large",
            ),
            "both stay": (
                lambda: (2.297, 2.304),
                "1 of 2 are right; at_8: another number: this one is too large",
            ),
            "both leave": (
                lambda: (1.2, 0.991),
                "1 of 2 are right; at_4: another number: this one is too small",
            ),
            "accuracies": (
                lambda: (0.1, 0.62),
                "0 of 2 are right; at_4: another number: this one is too small",
            ),
            "sums": (
                lambda: (45.9, 19.8),
                "0 of 2 are right; at_4: another number: this one is too large",
            ),
            "NaN": (
                lambda: (2.297, float("nan")),
                "1 of 2 are right; at_8: NaN, which is not a number",
            ),
            "half an answer": (lambda: (2.297, None), "1 of 2 are right; at_8: no answer yet"),
        },
    },
    "04.7": {
        "right": {
            "activations apart": lambda: (apart(),),
            "as arguments": lambda: (sequence(*hidden(), nn.Dense(10)),),
            "with Flatten": lambda: (sequence(nn.Flatten(), *hidden(), nn.Dense(10)),),
            "a block": lambda: (Deep(),),
        },
        "wrong": {
            "unrepaired": (
                lambda: (apart(num_linear=9),),
                "dense2 stands where an activation should be; it has 12 layers, "
                "activations counted, and 21 are wanted",
            ),
            "ReLU at the end": (
                lambda: (apart(end=[nn.Activation("relu")]),),
                "it has 22 layers, activations counted, and 21 are wanted",
            ),
            "ReLU before": (
                lambda: (activated_before(),),
                "activation1 stands where another kind of layer should be",
            ),
            "nine layers": (
                lambda: (apart(num=9),),
                "dense10 has another number of units than it should",
            ),
            "the first is linear": (
                lambda: (apart(num_linear=1),),
                "dense2 stands where an activation should be; it has 20 layers, "
                "activations counted, and 21 are wanted",
            ),
            "sigmoid": (
                lambda: (sequence(*hidden(activation="sigmoid"), nn.Dense(10)),),
                "activation1 has another activation than it should",
            ),
            "no scores": (
                lambda: (sequence(*hidden()),),
                "it has 20 layers, activations counted, and 21 are wanted",
            ),
            "dropout": (
                lambda: (sequence(*hidden(), nn.Dropout(0.5), nn.Dense(10)),),
                "it computes what it should, but with other dropout than it should have in",
            ),
            "an empty net": (
                lambda: (sequence(),),
                "it has 0 layers, activations counted, and 21 are wanted",
            ),
        },
    },
}
