"""Right and wrong answers to the exercises of lesson 10."""

import numpy
from mxnet import np

WIDTHS = [56, 27, 14, 6, 2, 1, 1]
SHAPE, WEIGHTS = (127, 12, 207), 1_292_156_928
T1_SHARE = (34 / 36) ** 2

ANSWERS = {
    "10.1": {
        "right": {
            "plain": lambda: (129_388, 18_004_588, "dense1"),
            "floats": lambda: (129_388.0, 18_004_588.0, "Dense1"),
            "NumPy and MXNet": lambda: (np.array(129_388), numpy.int64(18_004_588), "dense 1"),
        },
        "wrong": {
            "the image does not matter": (
                lambda: (129_388, 129_388, "dense1"),
                "2 of 3 are right; at_224: another number",
            ),
            "the last layer": (
                lambda: (129_388, 18_004_588, "dense2"),
                "2 of 3 are right; layer: another answer",
            ),
            "the last convolution": (
                lambda: (129_388, 18_004_588, "conv2"),
                "2 of 3 are right; layer: another answer",
            ),
            "exchanged": (
                lambda: (18_004_588, 129_388, "dense1"),
                "1 of 3 are right; at_28: another number. Are at_28 and at_224 exchanged?",
            ),
            "biases left out": (
                lambda: (129_180, 18_004_380, "dense1"),
                "1 of 3 are right; at_28: right to 3 digits, and all are wanted;",
            ),
            "padded": (
                lambda: (340_588, 20_097_388, "dense1"),
                "1 of 3 are right; at_28: another number",
            ),
            "in millions": (
                lambda: (129_388, 18_000_000, "dense1"),
                "2 of 3 are right; at_224: right to 4 digits, and all are wanted",
            ),
            "half": (lambda: (129_388, None, None), "1 of 3 are right; at_224: no answer yet"),
        },
    },
    "10.2": {
        "right": {
            "plain": lambda: (180_096, 0.18),
            "more exact": lambda: (180_096.0, 0.180096),
            "in percent": lambda: (180_096, 18),
            "NumPy": lambda: (numpy.int64(469 * 384), numpy.float64(0.180096)),
        },
        "wrong": {
            "the images": (lambda: (60_000, 0.06), "0 of 2 are right; n: another number"),
            "full batches alone": (
                lambda: (469 * 128, 0.06),
                "0 of 2 are right; n: too small by a factor of 3: the last batch counts too?",
            ),
            "the last batch alone": (
                lambda: (469 * 96, 0.045),
                "0 of 2 are right; n: too small by a factor of 4",
            ),
            "their product": (
                lambda: (469 * 128 * 96, 1),
                "0 of 2 are right; n: too large by a factor of 32: a common multiple "
                "that is smaller?",
            ),
            "468 batches": (
                lambda: (468 * 384, 0.18),
                "1 of 2 are right; n: right to 3 digits, and all are wanted; the next one is wrong",
            ),
            "as for the test accuracies": (
                lambda: (180_096, 0.01),
                "1 of 2 are right; share_by_chance: another number: this is the",
            ),
            "one digit": (
                lambda: (180_096, 0.2),
                "1 of 2 are right; share_by_chance: another number: one digit more is wanted",
            ),
            "of 1,000": (
                lambda: (180_096, 180),
                "1 of 2 are right; share_by_chance: another number",
            ),
            "rounded": (
                lambda: (180_000, 0.18),
                "1 of 2 are right; n: right to 3 digits, and all are wanted",
            ),
            "half": (lambda: (180_096, None), "1 of 2 are right; share_by_chance: no answer yet"),
        },
    },
    "10.3": {
        "right": {
            "plain": lambda: (WIDTHS, {"conv5"}),
            "a list for the set": lambda: (tuple(WIDTHS), ["conv5"]),
            "NumPy": lambda: (numpy.array(WIDTHS), {"Conv5"}),
            "floats": lambda: ([float(width) for width in WIDTHS], ("conv5",)),
        },
        "wrong": {
            "as before": (
                lambda: ([56, 27, 7, 3, 1, 1, 1], {"conv4", "conv5"}),
                "0 of 2 are right; widths[2] = 7: too small by a factor of 2",
            ),
            "conv4 as well": (
                lambda: (WIDTHS, {"conv4", "conv5"}),
                "1 of 2 are right; on_one_pixel: 1 of the 2 given belong there",
            ),
            "rounded down": (
                lambda: ([56, 27, 13, 6, 1, 1, 1], {"conv4", "conv5"}),
                "0 of 2 are right; widths[2] = 13: off by one: too small",
            ),
            "poolings rounded up": (
                lambda: ([56, 28, 14, 7, 2, 1, 1], {"conv5"}),
                "1 of 2 are right; widths[1] = 28: off by one: too large",
            ),
            "the poolings left out": (
                lambda: ([56, 14, 2, 1, 1], {"conv5"}),
                "1 of 2 are right; widths: wrong length: 5 entries were given, and 7 are wanted",
            ),
            "stride 2 everywhere": (
                lambda: ([56, 27, 14, 6, 3, 2, 1], set()),
                "0 of 2 are right; widths[4] = 3: off by one: too large",
            ),
            "none": (
                lambda: (WIDTHS, set()),
                "1 of 2 are right; on_one_pixel: it is empty, and some are missing",
            ),
            "half": (lambda: (WIDTHS, None), "1 of 2 are right; on_one_pixel: no answer yet"),
        },
    },
    "10.4": {
        "right": {
            "plain": lambda: ([0.892, 1, 0.444],),
            "exact": lambda: ([T1_SHARE, 1.0, 4 / 9],),
            "in percent": lambda: ((89.2, 100, 44.4),),
            "NumPy": lambda: (numpy.array([0.89198, 1.0, 0.44444]),),
        },
        "wrong": {
            "one axis": (
                lambda: ([0.944, 1, 0.667],),
                "shares[0], T1: another number: this is the share along one axis",
            ),
            "T4 as in conv4": (
                lambda: ([0.892, 1 / 9, 0.444],),
                "shares[1], T4: another number: this is the share of conv4",
            ),
            "on the padding": (lambda: ([0.108, 0, 0.556],), "shares[0], T1: another number"),
            "exchanged": (lambda: ([0.444, 1, 0.892],), "the right entries, in reverse order"),
            "pixels of the padded map": (
                lambda: ([144 / 196, 1, 4 / 16],),
                "shares[0], T1: another number",
            ),
            "two digits": (
                lambda: ([0.89, 1.0, 0.44],),
                "shares[0], T1: right to 2 digits, and 3 are wanted",
            ),
            "half": (lambda: ([0.892, None, None],), "shares[1], T4: no answer yet"),
        },
    },
    "10.5": {
        "right": {
            "plain": lambda: (SHAPE, WEIGHTS),
            "a list": lambda: (list(SHAPE), float(WEIGHTS)),
            "NumPy": lambda: (numpy.array(SHAPE), numpy.int64(WEIGHTS)),
            "computed": lambda: (SHAPE, 127 * 12 * 207 * 4096),
        },
        "wrong": {
            "axes repaired": (
                lambda: ((256, 12, 12), 256 * 12 * 12 * 4096),
                "0 of 2 are right; shape[0] = 256: another number",
            ),
            "no padding": (
                lambda: ((127, 10, 207), 127 * 10 * 207 * 4096),
                "0 of 2 are right; shape[1] = 10: another number",
            ),
            "padding on all axes": (
                lambda: ((128, 12, 213), 128 * 12 * 213 * 4096),
                "0 of 2 are right; shape[0] = 128: off by one: too large",
            ),
            "the last pooling left out": (
                lambda: ((256, 26, 207), 256 * 26 * 207 * 4096),
                "0 of 2 are right; shape[0] = 256: another number",
            ),
            "the paper's poolings": (
                lambda: ((127, 26, 207), 127 * 26 * 207 * 4096),
                "0 of 2 are right; shape[1] = 26: another number",
            ),
            "the last pooling on the last two": (
                lambda: ((256, 12, 103), 256 * 12 * 103 * 4096),
                "0 of 2 are right; shape[0] = 256: another number",
            ),
            "the bytes": (
                lambda: (SHAPE, 4 * WEIGHTS),
                "1 of 2 are right; weights: too large by a factor of 4: the bytes?",
            ),
            "the values": (
                lambda: (SHAPE, 127 * 12 * 207),
                "1 of 2 are right; weights: too small by a factor of 4,096: the units?",
            ),
            "with biases": (
                lambda: (SHAPE, WEIGHTS + 4096),
                "1 of 2 are right; weights: right to 6 digits, and all are",
            ),
            "half": (lambda: (SHAPE, None), "1 of 2 are right; weights: no answer yet"),
        },
    },
    "10.6": {
        "right": {
            "plain": lambda: (1.461, 0),
            "more digits": lambda: (1.46115, 0.0),
            "as MXNet prints it": lambda: (1.4612, -1.4e-06),
            "exactly": lambda: (-numpy.log(numpy.e / (numpy.e + 9)), 1.855e-08),
            "MXNet": lambda: (np.array(1.4611502), np.array(-1.43e-06)),
        },
        "wrong": {
            "no limit": (lambda: (0, 0), "1 of 2 are right; lowest: another number"),
            "exchanged": (
                lambda: (0, 1.4612),
                "0 of 2 are right; lowest: another number. Are lowest and without exchanged?",
            ),
            "of chance": (lambda: (2.3026, 0), "1 of 2 are right; lowest: another number"),
            "the same": (lambda: (1.4612, 1.4612), "1 of 2 are right; without: another number"),
            "nine classes": (
                lambda: (-numpy.log(numpy.e / (numpy.e + 8)), 0),
                "1 of 2 are right; lowest: another number",
            ),
            "ten zeros": (
                lambda: (-numpy.log(numpy.e / (numpy.e + 10)), 0),
                "1 of 2 are right; lowest: another number: nine classes are wrong, not ten",
            ),
            "a probability": (lambda: (0.232, 1), "0 of 2 are right; lowest: another number"),
            "the sign": (
                lambda: (-1.4612, 0),
                "1 of 2 are right; lowest: the right number with the wrong sign",
            ),
            "without a score of 20": (
                lambda: (1.4612, 0.01),
                "1 of 2 are right; without: right to 1 decimal, and 2 are",
            ),
            "two digits": (
                lambda: (1.5, 0),
                "1 of 2 are right; lowest: right to 2 digits, and 4 are wanted",
            ),
            "half": (lambda: (1.4612, None), "1 of 2 are right; without: no answer yet"),
        },
    },
    "10.7": {
        "right": {
            "plain": lambda: ({80, 240, 2000},),
            "floats": lambda: ({80.0, 240.0, 2000.0},),
            "a list": lambda: ([2000, 240, 80],),
            "NumPy": lambda: (numpy.array([80, 240, 2000]),),
            "MXNet": lambda: (np.array([80, 240, 2000]),),
        },
        "wrong": {
            "one is forgotten": (
                lambda: ({80, 240},),
                "what is given belongs there, and some are missing",
            ),
            "the smallest": (lambda: ({80},), "what is given belongs there, and some are missing"),
            "divides 10,000": (
                lambda: ({80, 100, 500, 2000},),
                "2 of the 4 given belong there, and some are missing",
            ),
            "nearly": (lambda: ({60, 80, 240, 2000},), "3 of the 4 given belong there"),
            "the others": (
                lambda: ({60, 100, 500},),
                "nothing given belongs there, and some are missing",
            ),
            "all": (lambda: ({60, 80, 100, 240, 500, 2000},), "3 of the 6 given belong there"),
            "none": (lambda: (set(),), "it is empty, and some are missing"),
            "a number": (lambda: (80,), "wrong type: a number was given, and a set is wanted"),
        },
    },
}
