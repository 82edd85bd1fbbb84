"""Right and wrong answers to the exercises of lesson 03, see tests/test_wrong_answers.py."""

import d2l_helpers as dh

import numpy
from mxnet import np
from mxnet.gluon import nn

# Channels, kernel, stride and padding of AlexNet's convolutions, and whether a pooling follows.
CONVOLUTIONS = [
    (96, 11, 4, 0, True),
    (256, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, True),
]


def sequence(*layers):
    """Return the layers as a net; those of a list of other nets are shared, which is no harm."""
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def convolutions(**settings):
    """Return new layers of AlexNet up to the last pooling."""
    return list(dh.alexnet(**settings))[:8]


def without_dense(*end):
    return sequence(*convolutions(), *end)


def apart():
    """Return the net of 03.5 with its activations as layers, made of blocks."""
    layers = []
    for channels, kernel, strides, padding, is_pooled in CONVOLUTIONS:
        layers.append(nn.Conv2D(channels, kernel, strides, padding))
        layers.append(nn.Activation("relu"))
        if is_pooled:
            layers.append(nn.MaxPool2D(3, 2))
    return sequence(sequence(*layers), nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))


class MeanOfMaps(nn.HybridBlock):
    """The net of 03.5 with a forward of its own."""

    def __init__(self):
        super().__init__()
        self.features, self.scores = sequence(*convolutions()), nn.Dense(10)

    def forward(self, x):
        return self.scores(self.features(x).mean(axis=(2, 3)))


def pooled(*poolings):
    """Return AlexNet with other poolings."""
    layers, poolings = list(dh.alexnet()), list(poolings)
    return sequence(*(poolings.pop(0) if isinstance(m, nn.MaxPool2D) else m for m in layers))


def with_dropout(rate):
    return sequence(*(nn.Dropout(rate) if isinstance(m, nn.Dropout) else m for m in dh.alexnet()))


def with_flatten():
    layers = list(dh.alexnet())
    return sequence(*layers[:8], nn.Flatten(), *layers[8:])


ANSWERS = {
    "03.1": {
        "right": {
            "plain": lambda: (885_120, 127_401_984),
            "whole floats": lambda: (885_120.0, 1.27401984e8),
            "NumPy and MXNet": lambda: (np.array(885_120), numpy.int64(127_401_984)),
        },
        "wrong": {
            "one map": (
                lambda: (3_840, 497_664),
                "0 of 2 are right; parameters: another number: each kernel looks at all",
            ),
            "without biases": (
                lambda: (884_736, 127_401_984),
                "1 of 2 are right; parameters: another number: the biases are missing",
            ),
            "one bias for the layer": (
                lambda: (884_737, 127_401_984),
                "1 of 2 are right; parameters: another number: each kernel has a bias, not the",
            ),
            "a bias for each map that is read": (
                lambda: (884_992, 127_401_984),
                "1 of 2 are right; parameters: another number: a bias for each map that it makes",
            ),
            "biases multiplied": (
                lambda: (885_120, 127_457_280),
                "1 of 2 are right; multiply_adds: another number: a bias is added, not",
            ),
            "one position": (
                lambda: (885_120, 884_736),
                "1 of 2 are right; multiply_adds: too small by a factor of 144: the positions?",
            ),
            "exchanged": (
                lambda: (127_401_984, 885_120),
                "0 of 2 are right; parameters: another number. Are parameters and "
                "multiply_adds exchanged?",
            ),
            "rounded": (
                lambda: (885_000, 127_000_000),
                "0 of 2 are right; parameters: right to 3 digits, and all are wanted",
            ),
            "half an answer": (
                lambda: (885_120, None),
                "1 of 2 are right; multiply_adds: no answer yet",
            ),
        },
    },
    "03.2": {
        "right": {
            "plain": lambda: (4_800, 55, 27),
            "whole floats": lambda: (4_800.0, 55.0, 27.0),
            "NumPy and MXNet": lambda: (numpy.int64(4_800), np.array(55), numpy.float32(27)),
        },
        "wrong": {
            "unchanged": (
                lambda: (11_712, 54, 26),
                "0 of 3 are right; parameters: another number: this is the kernel of 11 x",
            ),
            "without biases": (
                lambda: (4_704, 55, 27),
                "2 of 3 are right; parameters: another number: the biases are missing",
            ),
            "rounded up": (
                lambda: (4_800, 56, 27),
                "2 of 3 are right; conv1_width: another number: a position that does not",
            ),
            "not rounded": (
                lambda: (4_800, 55.25, 27),
                "2 of 3 are right; conv1_width: a whole number is wanted",
            ),
            "without stride": (
                lambda: (4_800, 218, 108),
                "1 of 3 are right; conv1_width: another number: the stride is 4",
            ),
            "pooling without overlap": (
                lambda: (4_800, 55, 18),
                "2 of 3 are right; pool1_width: another number: the windows overlap: their",
            ),
            "three channels": (
                lambda: (14_208, 55, 27),
                "2 of 3 are right; parameters: another number: the image has one channel",
            ),
            "exchanged": (
                lambda: (4_800, 27, 55),
                "1 of 3 are right; conv1_width: another number. Are conv1_width and "
                "pool1_width exchanged?",
            ),
        },
    },
    "03.3": {
        "right": {
            "three digits": lambda: (21_050_058, 0.973),
            "exact": lambda: (21_050_058, 912_945_152 / 938_146_176),
            "percent, a whole float": lambda: (21_050_058.0, 97.3),
            "NumPy": lambda: (numpy.int64(21_050_058), numpy.float32(0.97314)),
        },
        "wrong": {
            "all halved": (
                lambda: (25_244_357, 0.973),
                "1 of 2 are right; parameters: another number: dense2 loses half of its",
            ),
            "the dense layers alone": (
                lambda: (17_326_090, 0.973),
                "1 of 2 are right; parameters: another number: the convolutions count too",
            ),
            "what falls away": (
                lambda: (25_714_688, 0.0269),
                "0 of 2 are right; parameters: another number: this is what falls away",
            ),
            "the share of the parameters": (
                lambda: (21_050_058, 0.450),
                "1 of 2 are right; share_of_work: another number: this is the share of the",
            ),
            "two digits": (
                lambda: (21_050_058, 0.97),
                "1 of 2 are right; share_of_work: right to 2 digits, and 3 are wanted",
            ),
            "millions": (
                lambda: (21.05, 0.973),
                "1 of 2 are right; parameters: a whole number is wanted",
            ),
            "half of the work": (
                lambda: (21_050_058, 0.5),
                "1 of 2 are right; share_of_work: another number",
            ),
            "exchanged": (
                lambda: (0.973, 21_050_058),
                "0 of 2 are right; parameters: a whole number is wanted. Are parameters"
                " and share_of_work exchanged?",
            ),
        },
    },
    "03.4": {
        "right": {
            "plain": lambda: (2, 4, 0.660),
            "exact": lambda: (2.0, 4.0, 30_852_250 / 46_764_746),
            "percent, NumPy": lambda: (numpy.float64(2), np.array(4.0), 66.0),
        },
        "wrong": {
            "conv1 like conv2": (
                lambda: (4, 4, 0.660),
                "2 of 3 are right; conv1: another number: it still reads one image, and",
            ),
            "conv2 like conv1": (
                lambda: (2, 2, 0.660),
                "2 of 3 are right; conv2: another number: it also reads half as many maps",
            ),
            "exchanged": (
                lambda: (4, 2, 0.660),
                "1 of 3 are right; conv1: another number: it still reads one image, and",
            ),
            "factors below 1": (
                lambda: (0.5, 0.25, 0.660),
                "1 of 3 are right; conv1: upside down: 1 divided by it is right",
            ),
            "what falls away": (
                lambda: (2, 4, 0.340),
                "2 of 3 are right; share: another number: this is what falls away",
            ),
            "half of the parameters": (
                lambda: (2, 4, 0.5),
                "2 of 3 are right; share: another number",
            ),
            "rounded up": (lambda: (2, 4, 0.67), "2 of 3 are right; share: another number"),
            "half an answer": (lambda: (2, None, None), "1 of 3 are right; conv2: no answer yet"),
        },
    },
    "03.5": {
        "right": {
            "plain": lambda: (
                without_dense(nn.GlobalAvgPool2D(), nn.Dense(10)),
                3_726_538,
                False,
            ),
            "Flatten, activations apart": lambda: (apart(), 3_726_538.0, False),
            "a block": lambda: (MeanOfMaps(), numpy.int64(3_726_538), numpy.bool_(False)),
        },
        "wrong": {
            "ReLU at the end": (
                lambda: (
                    without_dense(nn.GlobalAvgPool2D(), nn.Dense(10, activation="relu")),
                    3_726_538,
                    False,
                ),
                "2 of 3 are right; net: it has 16 layers, activations counted, and 15 are",
            ),
            "no global pooling": (
                lambda: (without_dense(nn.Dense(10)), 3_787_978, True),
                "0 of 3 are right; net: dense1 stands where another kind of layer should be",
            ),
            "maxima": (
                lambda: (without_dense(nn.GlobalMaxPool2D(), nn.Dense(10)), 3_726_538, False),
                "2 of 3 are right; net: globalmaxpool2d1 stands where another kind of",
            ),
            "for one size": (
                lambda: (without_dense(nn.AvgPool2D(5), nn.Dense(10)), 3_726_538, True),
                "1 of 3 are right; net: pool4 stands where another kind of layer should be",
            ),
            "unchanged": (
                lambda: (dh.alexnet(), 46_764_746, True),
                "0 of 3 are right; net: dense1 stands where another kind of layer should be",
            ),
            "sigmoid": (
                lambda: (
                    sequence(
                        *convolutions(activation="sigmoid"), nn.GlobalAvgPool2D(), nn.Dense(10)
                    ),
                    3_726_538,
                    False,
                ),
                "2 of 3 are right; net: activation1 has another activation than it should",
            ),
            "without the last pooling": (
                lambda: (
                    sequence(*convolutions()[:7], nn.GlobalAvgPool2D(), nn.Dense(10)),
                    3_726_538,
                    False,
                ),
                "2 of 3 are right; net: globalavgpool2d1 stands where another kind of",
            ),
            "dropout": (
                lambda: (
                    without_dense(nn.GlobalAvgPool2D(), nn.Dropout(0.5), nn.Dense(10)),
                    3_726_538,
                    False,
                ),
                "2 of 3 are right; net: it computes what it should, but with other dropout",
            ),
            "it depends": (
                lambda: (without_dense(nn.GlobalAvgPool2D(), nn.Dense(10)), 3_726_538, True),
                "2 of 3 are right; depends: the other way round",
            ),
            "without the dense layer": (
                lambda: (without_dense(nn.GlobalAvgPool2D(), nn.Dense(10)), 3_723_968, False),
                "2 of 3 are right; parameters: another number: this is without the dense",
            ),
            "the net alone": (
                lambda: (without_dense(nn.GlobalAvgPool2D(), nn.Dense(10)), None, None),
                "1 of 3 are right; parameters: no answer yet",
            ),
        },
    },
    "03.6": {
        "right": {
            "plain": lambda: (323,),
            "a whole float": lambda: (323.0,),
            "rounded up": lambda: (numpy.ceil(10**9 / (4 * 775_178)),),
            "MXNet": lambda: (np.array(323),),
        },
        "wrong": {
            "rounded down": (lambda: (322,), "off by one: too small"),
            "not rounded": (lambda: (10**9 / (4 * 775_178),), "a whole number is wanted"),
            "a byte for a value": (lambda: (1_291,), "another number: a value has four bytes"),
            "2^30 bytes": (lambda: (347,), "another number: 1 GB is 10^9 bytes here"),
            "without the input": (lambda: (345,), "another number: the input counts too"),
            "with the parameters": (lambda: (263,), "another number: the parameters do not count"),
            "megabytes": (lambda: (0.323,), "too small by a factor of 1,000"),
        },
    },
    "03.7": {
        "right": {
            "plain": lambda: (pooled(*[nn.MaxPool2D(3, 2) for _ in range(3)]),),
            "of the package": lambda: (dh.alexnet(),),
            "with Flatten": lambda: (with_flatten(),),
        },
        "wrong": {
            "unrepaired": (
                lambda: (pooled(*[nn.MaxPool2D(3) for _ in range(3)]),),
                "pool1 has another stride than it should",
            ),
            "a stride of 3": (
                lambda: (pooled(*[nn.MaxPool2D(3, 3) for _ in range(3)]),),
                "pool1 has another stride than it should",
            ),
            "a stride of 1, more weights than an array holds": (
                lambda: (pooled(*[nn.MaxPool2D(3, 1) for _ in range(3)]),),
                "pool1 has another stride than it should",
            ),
            "windows of 2": (
                lambda: (pooled(*[nn.MaxPool2D(2) for _ in range(3)]),),
                "pool1 has another kernel than it should",
            ),
            "the last one alone": (
                lambda: (pooled(nn.MaxPool2D(3), nn.MaxPool2D(3), nn.MaxPool2D(3, 2)),),
                "pool1 has another stride than it should",
            ),
            "all but the last": (
                lambda: (pooled(nn.MaxPool2D(3, 2), nn.MaxPool2D(3, 2), nn.MaxPool2D(3)),),
                "pool3 has another stride than it should",
            ),
            "means": (
                lambda: (pooled(*[nn.AvgPool2D(3, 2) for _ in range(3)]),),
                "pool1 stands where another kind of layer should be",
            ),
            "rounded up": (
                lambda: (pooled(*[nn.MaxPool2D(3, 2, ceil_mode=True) for _ in range(3)]),),
                "pool1 has another rounding than it should",
            ),
            "without dropout": (
                lambda: (with_dropout(0),),
                "it computes what it should, but with other dropout than it should have in",
            ),
            "a layer": (
                lambda: (nn.MaxPool2D(3, 2),),
                "pool1 stands where another kind of layer should be",
            ),
        },
    },
}
