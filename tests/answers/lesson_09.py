"""Right and wrong answers to the exercises of lesson 09."""

import numpy
from mxnet import np

RATES = [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
NEIGHBOURS = [0.76, 0.78, 0.7867, 0.7867]


def fits_each_side(images):
    """Return mirrored images, made one by one."""
    return numpy.stack([numpy.fliplr(image) for image in images])


def written_over(images):
    """Copy pixels from the right to the left, where they are read again."""
    for column in range(images.shape[2]):
        images[:, :, column] = images[:, :, -1 - column]
    return images


ANSWERS = {
    "09.1": {
        "right": {
            "plain": lambda: (0.529, 0.683),
            "more digits": lambda: (0.529, 0.6829),
            "computed": lambda: (1 - 0.1 - 0.19 - 0.181, 1 - 0.1 - 0.19 - 0.0271),
            "MXNet and NumPy": lambda: (np.array(0.529), numpy.float32(0.6829)),
        },
        "wrong": {
            "the same twice": (
                lambda: (0.529, 0.529),
                "1 of 2 are right; other: another number: this is the paper's rule",
            ),
            "exchanged": (
                lambda: (0.6829, 0.529),
                "0 of 2 are right; paper: another number. Are paper and other exchanged?",
            ),
            "without momentum": (
                lambda: (0.79, 0.79),
                "0 of 2 are right; paper: another number: here the weight moves without momentum",
            ),
            "the rate does not fall": (
                lambda: (0.439, 0.439),
                "0 of 2 are right; paper: another number: here the rate does not fall",
            ),
            "two steps": (lambda: (0.71, 0.71), "0 of 2 are right; paper: another number"),
            "how far it went": (lambda: (0.471, 0.3171), "0 of 2 are right; paper: another number"),
            "upwards": (lambda: (1.471, 1.3171), "0 of 2 are right; paper: another number"),
            "two digits": (
                lambda: (0.53, 0.68),
                "0 of 2 are right; paper: right to 2 digits, and 3 are wanted",
            ),
            "half": (lambda: (0.529, None), "1 of 2 are right; other: no answer yet"),
        },
    },
    "09.2": {
        "right": {
            "plain": lambda: (RATES, 0),
            "products": lambda: ([0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1, 0.1**3, 0.1**3], 0.0),
            "NumPy": lambda: (numpy.array(RATES), numpy.int64(0)),
            "MXNet": lambda: (np.array(RATES), np.array(0)),
            "a tuple": lambda: (tuple(RATES), 0),
        },
        "wrong": {
            "one epoch late": (
                lambda: ([0.1, *RATES[:-1]], 0),
                "1 of 2 are right; rates[2] = 0.1: too large by a factor of 10",
            ),
            "never": (
                lambda: ([0.1] * 6, 0),
                "1 of 2 are right; rates[2] = 0.1: too large by a factor of 10",
            ),
            "factors": (
                lambda: ([10 * rate for rate in RATES], 0),
                "1 of 2 are right; rates[0] = 1.0: too large by a factor of 10",
            ),
            "fallen once with 2": (
                lambda: (RATES, 1),
                "1 of 2 are right; times_with_2: off by one: too large",
            ),
            "two bad epochs in all": (
                lambda: (RATES, 2),
                "1 of 2 are right; times_with_2: another number",
            ),
            "compared with 0.70 only": (
                lambda: ([0.1, 0.1, 0.01, 0.01, 0.01, 0.01], 0),
                "1 of 2 are right; rates[4] = 0.01: too large by a factor of 10",
            ),
            "it rises again": (
                lambda: ([0.1, 0.1, 0.01, 0.1, 0.01, 0.1], 0),
                "1 of 2 are right; rates[3] = 0.1: too large by a factor of 10",
            ),
            "seven epochs": (
                lambda: ([0.1, *RATES], 0),
                "1 of 2 are right; rates: wrong length: 7 entries were given, and 6 are wanted",
            ),
            "halved": (
                lambda: ([0.1, 0.1, 0.05, 0.05, 0.025, 0.025], 0),
                "1 of 2 are right; rates[2] = 0.05: another number",
            ),
            "half": (lambda: (RATES, None), "1 of 2 are right; times_with_2: no answer yet"),
        },
    },
    "09.3": {
        "right": {
            "plain": lambda: (-0.102, 0.0271, True),
            "another seed": lambda: (-0.156, 0.0267, True),
            "points": lambda: (-10.2, 2.71, True),
            "NumPy": lambda: (numpy.float64(-0.087), numpy.float32(0.02708), numpy.bool_(True)),
        },
        "wrong": {
            "plain less crops": (
                lambda: (0.102, 0.0271, True),
                "2 of 3 are right; gain: the right size, with the wrong sign",
            ),
            "the opposite conclusion": (
                lambda: (-0.102, 0.0271, False),
                "2 of 3 are right; larger: the other way round",
            ),
            "a gain as in the paper": (
                lambda: (0.012, 0.0271, False),
                "1 of 3 are right; gain: another number: this one is too large",
            ),
            "no difference": (
                lambda: (0.0, 0.0271, False),
                "1 of 3 are right; gain: another number: this one is too large",
            ),
            "the whole width": (
                lambda: (-0.102, 0.0543, True),
                "2 of 3 are right; uncertainty: another number: this one is too large",
            ),
            "the standard error": (
                lambda: (-0.102, 0.0139, True),
                "2 of 3 are right; uncertainty: another number: this one is too small",
            ),
            "exchanged": (
                lambda: (0.0271, -0.102, True),
                "1 of 3 are right; gain: another number: this one is too large. Are "
                "gain and uncertainty exchanged?",
            ),
            "the accuracy with crops": (
                lambda: (0.638, 0.0271, True),
                "2 of 3 are right; gain: another number: this one is too large",
            ),
            "in images": (
                lambda: (-102, 27, True),
                "1 of 3 are right; gain: too large by a factor of 1000, or",
            ),
            "half": (lambda: (-0.102, None, None), "1 of 3 are right; uncertainty: no answer yet"),
        },
    },
    "09.4": {
        "right": {
            "plain": lambda: (NEIGHBOURS, False),
            "another seed": lambda: ((0.76, 0.7633, 0.7733, 0.7167), False),
            "in percent": lambda: ([76, 78.3, 76.3, 78.7], False),
            "NumPy": lambda: (numpy.array([0.76, 0.7467, 0.7767, 0.7633]), numpy.bool_(False)),
        },
        "wrong": {
            "training images": (
                lambda: ([0.7867, 0.7733, 0.76, 0.75], False),
                "1 of 2 are right; shares[0], pixels: another number: this one is too large",
            ),
            "the last 1,000": (
                lambda: ([0.7733, 0.76, 0.7467, 0.7467], False),
                "1 of 2 are right; shares[0], pixels: another number: this one is too large",
            ),
            "each found itself": (
                lambda: ([1.0, 1.0, 1.0, 1.0], False),
                "1 of 2 are right; shares[0], pixels: another number: this one is too large",
            ),
            "the opposite conclusion": (
                lambda: (NEIGHBOURS, True),
                "1 of 2 are right; clearly_better: the other way round",
            ),
            "the pixels last": (
                lambda: ([0.78, 0.7867, 0.7867, 0.76], False),
                "1 of 2 are right; shares: the right entries, in reverse order",
            ),
            "the farthest": (
                lambda: ([0.02, 0.05, 0.04, 0.03], False),
                "1 of 2 are right; shares[0], pixels: another number: this one is too small",
            ),
            "numbers of images": (
                lambda: ([228, 234, 236, 236], False),
                "1 of 2 are right; shares[0], pixels: another number: this one is too large",
            ),
            "the pixels alone": (
                lambda: ([0.76, None, None, None], None),
                "0 of 2 are right; shares[1], first pooling: no answer yet",
            ),
            "differences": (
                lambda: ([0, 0.02, 0.0267, 0.0267], False),
                "1 of 2 are right; shares[0], pixels: another number: this one is too small",
            ),
        },
    },
    "09.5": {
        "right": {
            "plain": lambda: (0.0148, 0.1),
            "more digits": lambda: (0.0147667, 0.100167),
            "points": lambda: (1.48, 10.0),
            "NumPy": lambda: (numpy.float64(0.014767), numpy.float64(0.100167)),
        },
        "wrong": {
            "exchanged": (
                lambda: (0.1, 0.0148),
                "0 of 2 are right; all_parts: another number. Are all_parts and without exchanged?",
            ),
            "test less train": (
                lambda: (-0.0148, -0.1),
                "0 of 2 are right; all_parts: the right number with the wrong sign",
            ),
            "the first seed": (
                lambda: (0.0153, 0.102),
                "0 of 2 are right; all_parts: another number: this is one seed alone, not the mean",
            ),
            "both lengths": (
                lambda: (0.0464, 0.1204),
                "0 of 2 are right; all_parts: another number: this is the mean over both lengths",
            ),
            "without dropout": (
                lambda: (0.0148, 0.0280),
                "1 of 2 are right; without: another number: this is the net without dropout",
            ),
            "the accuracies in training": (
                lambda: (0.838, 0.951),
                "0 of 2 are right; all_parts: another number",
            ),
            "as the table's last digits say": (
                lambda: (0.015, 0.1),
                "1 of 2 are right; all_parts: right to 2 digits, and 3 are wanted",
            ),
            "half": (lambda: (0.0148, None), "1 of 2 are right; without: no answer yet"),
        },
    },
    "09.6": {
        "right": {
            "plain": lambda: (0.65, 0.0, 0.95, 0.0, "pixels"),
            "padded, each pixel's own mean": lambda: (0.45, 0, 0.82, 0, "Pixels"),
            "more exact": lambda: (0.5931, 0.0, 0.9342, 1e-5, "pixels"),
            "NumPy and MXNet": lambda: (
                np.array(0.58),
                np.zeros(()),
                numpy.float32(0.9),
                0,
                "pixels",
            ),
        },
        "wrong": {
            "the other one": (
                lambda: (0.65, 0.0, 0.95, 0.0, "weights"),
                "4 of 5 are right; makes_the_difference: another answer",
            ),
            "exchanged": (
                lambda: (0.65, 0.95, 0.0, 0.0, "weights"),
                "2 of 5 are right; pixels_today: another number: this one is too",
            ),
            "both": (
                lambda: (0.65, 0.0, 0.95, 0.0, "both"),
                "4 of 5 are right; makes_the_difference: another answer",
            ),
            "Xavier's first": (
                lambda: (0.95, 0.0, 0.65, 0.0, "pixels"),
                "3 of 5 are right; both_2012: another number: this one is too",
            ),
            "within": (
                lambda: (0.35, 1.0, 0.05, 1.0, "pixels"),
                "1 of 5 are right; both_2012: another number: this one is too small",
            ),
            "above 2 alone": (
                lambda: (0.12, 0.0, 0.43, 0.0, "pixels"),
                "3 of 5 are right; both_2012: another number: this one is too small",
            ),
            "the mean is forgotten": (
                lambda: (0.52, 0.0, 0.735, 0.0, "pixels"),
                "4 of 5 are right; weights_today: another number: is the mean subtracted?",
            ),
            "nothing computed": (
                lambda: (None, None, None, None, "pixels"),
                "1 of 5 are right; both_2012: no answer yet",
            ),
        },
    },
    "09.7": {
        "right": {
            "a slice": lambda: (lambda images: images[:, :, ::-1],),
            "the last axis": lambda: (lambda images: images[..., ::-1],),
            "flip": lambda: (lambda images: numpy.flip(images, axis=2),),
            "one by one": lambda: (fits_each_side,),
            "floats": lambda: (lambda images: np.array(images[:, :, ::-1]),),
        },
        "wrong": {
            "upside down": (
                lambda: (lambda images: images[:, ::-1],),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): the right numbers, reversed along "
                "axes 1 and 2",
            ),
            "28 columns alone": (
                lambda: (lambda images: images[:, :, 27::-1],),
                "<lambda>(",
            ),
            "fliplr": (
                lambda: (numpy.fliplr,),
                "fliplr([[[1, 2, 3], [4, 5, 6]]]): the right numbers, reversed along axes 1 and 2",
            ),
            "the order of the images": (
                lambda: (lambda images: images[::-1],),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): the right numbers, reversed along axis 2",
            ),
            "turned by 180 degrees": (
                lambda: (lambda images: images[:, ::-1, ::-1],),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): the right numbers, reversed along axis 1",
            ),
            "on their side": (
                lambda: (lambda images: images.transpose(0, 2, 1),),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): wrong shape: (1, 3, 2), and",
            ),
            "everything": (
                lambda: (lambda images: images[::-1, :, ::-1],),
                "<lambda>([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [1, 1]]]):",
            ),
            "written over": (
                lambda: (written_over,),
                "written_over([[[1, 2, 3], [4, 5, 6]]]): the right shape, and 4 of 6 "
                "numbers are right",
            ),
            "one image": (
                lambda: (lambda images: images[0][:, ::-1],),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): wrong shape: (2, 3), and (1, 2, 3) is wanted",
            ),
            "unchanged": (
                lambda: (lambda images: images,),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): the right numbers, reversed along axis 2",
            ),
            "no return": (
                lambda: (lambda images: None,),
                "<lambda>([[[1, 2, 3], [4, 5, 6]]]): it returns nothing: a return is missing",
            ),
        },
    },
}
