"""Right and wrong answers to the exercises of lesson 01, see tests/test_wrong_answers.py."""

import warnings
from pathlib import Path

import d2l_helpers as dh

import nbformat
import numpy
from mxnet import np

NOTEBOOK = Path(__file__).resolve().parents[2] / "exercises" / "01_fashion_mnist.ipynb"

TEN = [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]  # the first labels of the training images
SIZES = {100, 120, 125, 150}
SHOES = {"sandal", "sneaker", "ankle boot"}
# What the classifier of 01.4 says about the first 20 training images; the first labels themselves.
NEAREST = [9, 0, 1, 0, 3, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 2, 5]
TRUE = [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 6, 4]


def first_ten_from(start):
    """Return ten bytes of the label file, counted from a wrong place."""
    return list(bytes([0, 0, 8, 1, 0, 0, 234, 96, *TRUE, 3, 1, 4, 8, 4, 3])[start : start + 10])


def examined(predict, accuracy):
    """Return what the notebook's own function says of a classifier, on fewer test images."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    images, labels = dh.fashion_mnist_arrays(train=False)
    namespace = {
        "numpy": numpy,
        "images": images,
        "test_images": images[:100],
        "test_labels": labels[:100],
    }
    exec(next(cell.source for cell in cells if cell.id == "e04examine"), namespace)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of NumPy 1: text is compared with numbers
        return namespace["examine"](predict, accuracy)


def names_in_an_array(images):
    return numpy.array(dh.get_fashion_mnist_labels([0] * len(images)))


ANSWERS = {
    "01.1": {
        "right": {
            "plain": lambda: (2049, 8, TEN),
            "as it is read": lambda: (0x801, 8, bytes(TEN)),
            "NumPy": lambda: (numpy.uint32(2049), np.array(8), numpy.array(TEN, dtype="uint8")),
            "whole floats": lambda: (2049.0, 8.0, tuple(map(float, TEN))),
        },
        "wrong": {
            "of an image file": (
                lambda: (2051, 16, first_ten_from(16)),
                "0 of 3 are right; magic: another number: this is the magic number of an",
            ),
            "lowest byte first": (
                lambda: (17301504, 8, TEN),
                "2 of 3 are right; magic: another number: the highest byte comes first",
            ),
            "as text": (
                lambda: ("0x801", 8, TEN),
                "2 of 3 are right; magic: wrong type: text was given, and a number is",
            ),
            "without the length": (
                lambda: (2049, 4, first_ten_from(4)),
                "1 of 3 are right; header: another number: the length of the axis belongs",
            ),
            "one too far": (
                lambda: (2049, 8, first_ten_from(7)),
                "2 of 3 are right; first_ten[0] = 96: another number",
            ),
            "names": (
                lambda: (2049, 8, dh.get_fashion_mnist_labels(TEN)),
                "2 of 3 are right; first_ten[0]: wrong type: text was given, and a number",
            ),
            "nine": (
                lambda: (2049, 8, TEN[:9]),
                "2 of 3 are right; first_ten: wrong length: 9 entries were given, and 10",
            ),
            "half an answer": (
                lambda: (2049, 8, None),
                "2 of 3 are right; first_ten: no answer yet",
            ),
        },
    },
    "01.2": {
        "right": {
            "plain": lambda: (235, 96, SIZES),
            "a list": lambda: (235, 96, [150, 125, 120, 100]),
            "whole floats": lambda: (235.0, numpy.float32(96), {100.0, 120.0, 125.0, 150.0}),
            "an array": lambda: (235, np.array(96), numpy.array(sorted(SIZES))),
        },
        "wrong": {
            "full batches": (
                lambda: (234, 96, SIZES),
                "2 of 3 are right; num_batches: another number: the last, partial batch",
            ),
            "what is missing": (
                lambda: (235, 160, SIZES),
                "2 of 3 are right; last: another number: this is what the last batch lacks",
            ),
            "not rounded": (
                lambda: (234.375, 96, SIZES),
                "2 of 3 are right; num_batches: a whole number is wanted",
            ),
            "of 128": (
                lambda: (469, 96, SIZES),
                "2 of 3 are right; num_batches: another number: these are the batches of",
            ),
            "without 150": (
                lambda: (235, 96, SIZES - {150}),
                "2 of 3 are right; without_rest: what is given belongs there, and some are missing",
            ),
            "powers of two too": (
                lambda: (235, 96, SIZES | {128}),
                "2 of 3 are right; without_rest: 4 of the 5 given belong there",
            ),
            "how many": (
                lambda: (235, 96, 4),
                "2 of 3 are right; without_rest: wrong type: a number was given, and a set",
            ),
            "exchanged": (
                lambda: (96, 235, SIZES),
                "1 of 3 are right; num_batches: another number. Are num_batches and "
                "last exchanged?",
            ),
        },
    },
    "01.3": {
        "right": {
            "plain": lambda: (SHOES,),
            "a list": lambda: (["ankle boot", "sneaker", "sandal"],),
            "capitals": lambda: ({"Sandal", "Sneaker", "Ankle Boot"},),
            "an array": lambda: (numpy.array(sorted(SHOES)),),
        },
        "wrong": {
            "upside down": (
                lambda: ({"bag", "ankle boot", "sneaker"},),
                "2 of the 3 given belong there, and some are missing",
            ),
            "the least": (
                lambda: ({"shirt", "dress", "t-shirt"},),
                "nothing given belongs there, and some are missing",
            ),
            "numbers of classes": (
                lambda: ({5, 7, 9},),
                "wrong type: it holds a number, and text is wanted",
            ),
            "two": (
                lambda: ({"sneaker", "ankle boot"},),
                "what is given belongs there, and some are missing",
            ),
            "the largest alone": (
                lambda: ("ankle boot",),
                "wrong type: text was given, and a set is wanted",
            ),
            "with the bag": (lambda: (SHOES | {"bag"},), "3 of the 4 given belong there"),
        },
    },
    "01.4": {  # what `examine` returns
        "right": {
            "plain": lambda: ([0.6768, numpy.array(NEAREST), 0.6768],),
            "three digits": lambda: ([0.677, NEAREST, 0.6768],),
            "percent, in float32": lambda: ([67.69, np.array(NEAREST), numpy.float32(0.6769)],),
        },
        "wrong": {
            "in bytes": (
                lambda: ([0.2148, NEAREST[:2] * 10, 0.2148],),
                "accuracy: another number: the bytes wrap around when they are subtracted",
            ),
            "means of the test images": (
                lambda: ([0.6791, NEAREST, 0.6791],),
                "accuracy: another number: the means are those of the test images (1 of 3",
            ),
            "absolute differences": (
                lambda: ([0.6124, NEAREST, 0.6124],),
                "accuracy: another number: these are the absolute differences (1 of 3 are",
            ),
            "the labels themselves": (
                lambda: ([0.6768, TRUE, 1.0],),
                "predict(images[:20])[2] = 0: another number (15 of 20 are right)",
            ),
            "one class alone": (
                lambda: ([0.6768, numpy.array(9), None],),
                "predict(images[:20]): wrong type: a number was given, and a list is",
            ),
            "distances": (
                lambda: ([0.6768, numpy.zeros((20, 10)), None],),
                "predict(images[:20]): wrong type: an array of shape (20, 10) was given, and one",
            ),
            "names": (
                lambda: (examined(names_in_an_array, 0.6768),),
                "predict(images[:20])[0]: wrong type: text was given, and a number is",
            ),
            "the errors": (
                lambda: ([0.3232, NEAREST, 0.6768],),
                "accuracy: another number (2 of 3 are right)",
            ),
            "two digits": (
                lambda: ([0.68, NEAREST, 0.6768],),
                "accuracy: right to 2 digits, and 3 are wanted (2 of 3 are right)",
            ),
        },
    },
    "01.5": {
        "right": {
            "plain": lambda: (True, 1.0),
            "whole": lambda: (True, 1),
            "NumPy and MXNet": lambda: (numpy.bool_(True), np.array(1.0)),
        },
        "wrong": {
            "lost": (lambda: (False, 1), "1 of 2 are right; recovered: the other way round"),
            "of the pixels": (
                lambda: (True, 64),
                "1 of 2 are right; times_as_many: another number: that is how many times",
            ),
            "along an axis": (
                lambda: (True, 8),
                "1 of 2 are right; times_as_many: another number: that is the factor along",
            ),
            "a number of values": (
                lambda: (True, 133),
                "1 of 2 are right; times_as_many: another number",
            ),
            "exchanged": (
                lambda: (1.0, True),
                "0 of 2 are right; recovered: wrong type: a number was given, and True or",
            ),
            "half an answer": (lambda: (None, 1), "1 of 2 are right; recovered: no answer yet"),
        },
    },
    "01.6": {
        "right": {
            "plain": lambda: (50, 2178),
            "NumPy": lambda: (numpy.int64(50), np.array(2178)),
            "whole floats": lambda: (50.0, 2178.0),
        },
        "wrong": {
            "without flips": (
                lambda: (25, 1089),
                "0 of 2 are right; before: another number: flipped or not makes twice as",
            ),
            "without a shift of 0": (
                lambda: (32, 2048),
                "0 of 2 are right; before: another number: a shift of 0 is one, too",
            ),
            "one way only": (
                lambda: (18, 578),
                "0 of 2 are right; before: another number: shifts go in both directions",
            ),
            "64 times as many": (
                lambda: (50, 3200),
                "1 of 2 are right; after: another number: count the shifts, not the pixels",
            ),
            "as many": (lambda: (50, 50), "1 of 2 are right; after: another number"),
            "half": (lambda: (50, None), "1 of 2 are right; after: no answer yet"),
            "exchanged": (
                lambda: (2178, 50),
                "0 of 2 are right; before: another number. Are before and after exchanged?",
            ),
        },
    },
    "01.7": {
        "right": {
            "plain": lambda: (8, TEN[:5]),
            "bytes": lambda: (8, bytes(TEN[:5])),
            "NumPy": lambda: (numpy.int64(8), numpy.array(TEN[:5], dtype="int32")),
            "whole floats": lambda: (8.0, tuple(map(float, TEN[:5]))),
        },
        "wrong": {
            "unrepaired": (
                lambda: (7, first_ten_from(7)[:5]),
                "0 of 2 are right; offset: another number: this is the one with the mistake",
            ),
            "the other direction": (
                lambda: (9, first_ten_from(9)[:5]),
                "0 of 2 are right; offset: off by one: too large",
            ),
            "of an image file": (
                lambda: (16, first_ten_from(16)[:5]),
                "0 of 2 are right; offset: another number: this is the header of an image",
            ),
            "the labels of colleagues": (
                lambda: (8, first_ten_from(7)[:5]),
                "1 of 2 are right; five[0] = 96: another number",
            ),
            "names": (
                lambda: (8, dh.get_fashion_mnist_labels(TEN[:5])),
                "1 of 2 are right; five[0]: wrong type: text was given, and a number is",
            ),
            "ten": (
                lambda: (8, TEN),
                "1 of 2 are right; five: wrong length: 10 entries were given, and 5 are",
            ),
            "half an answer": (lambda: (None, TEN[:5]), "1 of 2 are right; offset: no answer yet"),
        },
    },
}
