"""Answers to the exercises of lesson 12, as students give them: right and wrong."""

from fractions import Fraction

import numpy
from mxnet import np

MEAN, STD = numpy.array([0.485, 0.456, 0.406]), numpy.array([0.229, 0.224, 0.225])

# 12.4


def by_places(kernel, channels, height, width):
    places = kernel.reshape(height, width, channels, -1)
    return places.transpose(3, 2, 0, 1).reshape(-1, channels * height * width)


def by_index(kernel, channels, height, width):
    weights = numpy.zeros(kernel.shape[::-1])
    for c in range(channels):
        for row in range(height):
            for column in range(width):
                place = (row * width + column) * channels + c
                weights[:, (c * height + row) * width + column] = kernel[place]
    return weights


def by_order_of_rows(kernel, channels, height, width):
    order = numpy.arange(len(kernel)).reshape(height, width, channels)
    return np.array(kernel[order.transpose(2, 0, 1).ravel()].T)


def transposed_alone(kernel, channels, height, width):
    return kernel.T


def read_as_channels_first(kernel, channels, height, width):
    return (
        kernel.reshape(channels, height, width, -1).transpose(3, 0, 1, 2).reshape(-1, len(kernel))
    )


def width_before_height(kernel, channels, height, width):
    places = kernel.reshape(width, height, channels, -1)
    return places.transpose(3, 2, 0, 1).reshape(-1, len(kernel))


def columns_before_rows(kernel, channels, height, width):
    places = kernel.reshape(height, width, channels, -1)
    return places.transpose(3, 2, 1, 0).reshape(-1, len(kernel))


def not_transposed(kernel, channels, height, width):
    return by_places(kernel, channels, height, width).T


def not_flat(kernel, channels, height, width):
    return kernel.reshape(height, width, channels, -1).transpose(3, 2, 0, 1)


def two_outputs_alone(kernel, channels, height, width):
    places = kernel.reshape(height, width, channels, 2)
    return places.transpose(3, 2, 0, 1).reshape(2, -1)


def for_square_maps_alone(kernel, channels, height, width):
    places = kernel.reshape(height, height, channels, -1)
    return places.transpose(3, 2, 0, 1).reshape(-1, len(kernel))


def without_return(*arguments):
    return None


# 12.6


def prepared(pixels):
    return ((pixels / 255 - MEAN) / STD).transpose(2, 0, 1)


def prepared_at_once(pixels):
    scaled = (numpy.asarray(pixels, dtype="float32") - 255 * MEAN) / (255 * STD)
    return numpy.moveaxis(scaled, -1, 0).astype("float32")


def prepared_by_channels(pixels):
    return np.array(numpy.stack([(pixels[:, :, c] / 255 - MEAN[c]) / STD[c] for c in range(3)]))


def not_repaired(pixels):
    return ((pixels - MEAN) / STD).transpose(2, 0, 1)


def divided_last(pixels):
    return not_repaired(pixels) / 255


def mean_of_pixels_alone(pixels):
    return ((pixels - 255 * MEAN) / STD).transpose(2, 0, 1)


def whole_numbers_divided(pixels):
    return ((pixels // 255 - MEAN) / STD).transpose(2, 0, 1)


def channels_last(pixels):
    return (pixels / 255 - MEAN) / STD


def on_its_side(pixels):
    return ((pixels / 255 - MEAN) / STD).transpose(2, 1, 0)


def blue_first(pixels):
    return prepared(pixels)[::-1]


def own_mean(pixels):
    scaled = pixels / 255
    return ((scaled - scaled.mean(axis=(0, 1))) / STD).transpose(2, 0, 1)


def divided_by_256(pixels):
    return ((pixels / 256 - MEAN) / STD).transpose(2, 0, 1)


def scaled_alone(pixels):
    return (pixels / 255).transpose(2, 0, 1)


NOTICED = {"length", "name", "shape", "type", "cut"}
ALL = NOTICED | {"one bit", "zeros"}

ANSWERS = {
    "12.1": {
        "right": {
            "plain": lambda: (2596, 3244, -2.5),
            "whole floats": lambda: (2596.0, 3244.0, -2.5),
            "NumPy scalars": lambda: (
                numpy.int64(2596),
                numpy.array(3244),
                numpy.frombuffer(b"\x00\x00\x20\xc0", "<f4")[0],
            ),
            "a fraction": lambda: (2596, 3244, Fraction(-5, 2)),
            "of MXNet": lambda: (np.array(2596), np.array([3244])[0], np.array(-2.5)),
        },
        "wrong": {
            "the bytes of a number are forgotten": (
                lambda: (688 + 477, 8 + 640 + 688 + 477, -2.5),
                "1 of 3 are right; in_numbers: another number",
            ),
            "relative to the array": (
                lambda: (4 * 477, 8 + 640 + 4 * 477, -2.5),
                "1 of 3 are right; in_numbers: another number",
            ),
            "the eight bytes before the header": (
                lambda: (2596, 3236, -2.5),
                "2 of 3 are right; in_file: another number: eight bytes come before the header",
            ),
            "the header is forgotten": (lambda: (2596, 2604, -2.5), "2 of 3 are right; in_file"),
            "one number further": (lambda: (2600, 3248, -2.5), "1 of 3 are right; in_numbers"),
            "one byte further": (
                lambda: (2597, 3245, -2.5),
                "1 of 3 are right; in_numbers: off by one: too large",
            ),
            "the first axis last": (
                lambda: (688 + 4 * (((2 * 5 + 0) * 6 + 1) * 16 + 3), 5256, -2.5),
                "1 of 3 are right; in_numbers",
            ),
            "the sign": (
                lambda: (2596, 3244, 2.5),
                "2 of 3 are right; value: the right number with the wrong sign",
            ),
            "without the one before the point": (
                lambda: (2596, 3244, -0.5),
                "2 of 3 are right; value: another number",
            ),
            "without the exponent": (
                lambda: (2596, 3244, -1.25),
                "2 of 3 are right; value: too small by a factor of 2",
            ),
            "the bytes read forwards": (
                lambda: (2596, 3244, 1.1479437019748901e-41),
                "2 of 3 are right; value: another number",
            ),
            "nearly": (lambda: (2596, 3244, -2.499), "2 of 3 are right; value: right to 3 digits"),
            "half": (lambda: (2596, None, None), "1 of 3 are right; in_file: no answer yet"),
        },
    },
    "12.2": {
        "right": {
            "a set": lambda: (set(NOTICED),),
            "a list, in order": lambda: (["cut", "length", "name", "shape", "type"],),
            "a tuple, with capitals": lambda: (("Length", "Name", "Shape", "Type", "Cut"),),
            "an array": lambda: (numpy.array(sorted(NOTICED)),),
        },
        "wrong": {
            "all damage": (lambda: (ALL,), "5 of the 7 given belong there"),
            "the one bit": (lambda: (NOTICED | {"one bit"},), "5 of the 6 given belong there"),
            "what is not noticed": (
                lambda: ({"one bit", "zeros"},),
                "nothing given belongs there, and some are missing",
            ),
            "the type passes, as wide": (
                lambda: (NOTICED - {"type"},),
                "what is given belongs there, and some are missing",
            ),
            "the shape passes, as large": (
                lambda: (NOTICED - {"shape"},),
                "what is given belongs there, and some are missing",
            ),
            "the file's length alone": (
                lambda: ({"length", "cut"},),
                "what is given belongs there, and some are missing",
            ),
            "zeros, with the rest": (
                lambda: (NOTICED | {"zeros"},),
                "5 of the 6 given belong there",
            ),
            "one name, without a set": (lambda: ("name",), "wrong type: text was given"),
            "nothing": (lambda: (set(),), "it is empty, and some are missing"),
        },
    },
    "12.3": {
        "right": {
            "plain": lambda: (5, 57_024_325, 228_097_300),
            "whole floats": lambda: (5.0, 57_024_325.0, 228_097_300.0),
            "NumPy scalars": lambda: (
                numpy.int32(5),
                numpy.int64(57_024_325),
                numpy.array(228_097_300),
            ),
        },
        "wrong": {
            "the biases are left out": (
                lambda: (5, 61_100_840 - 995 * 4096, 4 * (61_100_840 - 995 * 4096)),
                "1 of 3 are right; parameters: right to 3 digits, and all are wanted",
            ),
            "as many as ever": (lambda: (1000, 61_100_840, 244_403_360), "0 of 3 are right"),
            "the last layer is gone": (
                lambda: (5, 61_100_840 - 4_097_000, 4 * (61_100_840 - 4_097_000)),
                "1 of 3 are right; parameters: right to 3 digits, and all are wanted",
            ),
            "the bytes of a number are forgotten": (
                lambda: (5, 57_024_325, 57_024_325),
                "2 of 3 are right; num_bytes: too small by a factor of 4: the bytes of a number?",
            ),
            "the bytes of a double": (
                lambda: (5, 57_024_325, 456_194_600),
                "2 of 3 are right; num_bytes: too large by a factor of 2",
            ),
            "rounded": (
                lambda: (5, 57_020_000, 228_100_000),
                "1 of 3 are right; parameters: right to 4 digits, and all are wanted",
            ),
            "in megabytes": (
                lambda: (5, 57_024_325, 228.0973),
                "2 of 3 are right; num_bytes: too small by a factor of 1,000,000",
            ),
            "half": (lambda: (5, None, None), "1 of 3 are right; parameters: no answer yet"),
        },
    },
    "12.4": {
        "right": {
            "by reshape": lambda: (by_places,),
            "number by number": lambda: (by_index,),
            "the rows in another order, of MXNet": lambda: (by_order_of_rows,),
            "width before height, which stay side by side": lambda: (width_before_height,),
        },
        "wrong": {
            "the transpose alone": (
                lambda: (transposed_alone,),
                "transposed_alone(array of shape (12, 2), 3, 2, 2): the right shape, "
                "and 4 of 24 numbers are right",
            ),
            "read as channels first": (
                lambda: (read_as_channels_first,),
                "read_as_channels_first(array of shape (12, 2), 3, 2, 2): the right "
                "shape, and 4 of 24 numbers are right",
            ),
            "columns before rows": (
                lambda: (columns_before_rows,),
                "columns_before_rows(array of shape (12, 2), 3, 2, 2): the right shape,"
                " and 12 of 24 numbers are right",
            ),
            "(in, out)": (
                lambda: (not_transposed,),
                "not_transposed(array of shape (12, 2), 3, 2, 2): the axes are in the wrong order",
            ),
            "four axes": (
                lambda: (not_flat,),
                "not_flat(array of shape (12, 2), 3, 2, 2): wrong shape: (2, 3, 2, 2), and (2, 12)",
            ),
            "for two outputs": (
                lambda: (two_outputs_alone,),
                "two_outputs_alone([[0], [1], [2], [3], [4], [5]], 2, 1, 3): it fails with Value",
            ),
            "for square maps": (
                lambda: (for_square_maps_alone,),
                "for_square_maps_alone([[0], [1], [2], [3], [4], [5]], 2, 1, 3): the "
                "right shape, and 2 of 6 numbers are right",
            ),
            "without return": (
                lambda: (without_return,),
                "without_return(array of shape (12, 2), 3, 2, 2): it returns nothing: a return is",
            ),
        },
    },
    "12.5": {
        "right": {
            "two digits": lambda: (0.26, 0.28, 0.43),
            "as computed, another seed": lambda: (0.28153, 0.26971, 0.47402),
            "NumPy scalars": lambda: (
                numpy.float32(0.2602),
                numpy.array(0.2798),
                numpy.float64(0.4317),
            ),
            "of MXNet": lambda: tuple(np.array([0.2602, 0.2798, 0.4317])),
            "in percent": lambda: (26, 28, 43),
        },
        "wrong": {
            "as bad as another picture": (
                lambda: (0.43, 0.28, 0.43),
                "2 of 3 are right; blue_first: another number: this one is too large",
            ),
            "exchanged with another picture": (
                lambda: (0.43, 0.28, 0.26),
                "1 of 3 are right; blue_first: another number: this one is too large",
            ),
            "mirrored is another picture": (
                lambda: (0.26, 0.43, 0.28),
                "1 of 3 are right; mirrored: another number: this one is too large",
            ),
            "of no effect": (
                lambda: (0.01, 0.28, 0.43),
                "2 of 3 are right; blue_first: another number: this one is too small",
            ),
            "mirrored, of no effect": (
                lambda: (0.26, 0.0, 0.43),
                "2 of 3 are right; mirrored: another number: this one is too small",
            ),
            "squares": (
                lambda: (0.068, 0.078, 0.186),
                "0 of 3 are right; blue_first: another number: this one is too small",
            ),
            "alike, at the limits": (
                lambda: (0.36, 0.36, 0.36),
                "0 of 3 are right; blue_first: another number: this one is too large",
            ),
            "half": (lambda: (0.26, None, 0.43), "2 of 3 are right; mirrored: no answer yet"),
        },
    },
    "12.6": {
        "right": {
            "divided first": lambda: (prepared,),
            "at once, float32": lambda: (prepared_at_once,),
            "channel by channel, of MXNet": lambda: (prepared_by_channels,),
        },
        "wrong": {
            "nothing is repaired": (
                lambda: (not_repaired,),
                "not_repaired([[[255, 0, 0], [0, 255, 0]]]): the right shape, and 4 of "
                "6 numbers are right",
            ),
            "divided last": (
                lambda: (divided_last,),
                "divided_last([[[255, 0, 0], [0, 255, 0]]]): the right shape, and 0 of "
                "6 numbers are right",
            ),
            "the deviation is not scaled": (
                lambda: (mean_of_pixels_alone,),
                "mean_of_pixels_alone([[[255, 0, 0], [0, 255, 0]]]): too large by a factor of 255",
            ),
            "whole numbers divided": (
                lambda: (whole_numbers_divided,),
                "whole_numbers_divided([[[10, 20, 30]], [[124, 116, 104]], [[200, 100, "
                "50]]]): the right shape, and 0 of 9 numbers are right",
            ),
            "channels last": (
                lambda: (channels_last,),
                "channels_last([[[255, 0, 0], [0, 255, 0]]]): wrong shape: (1, 2, 3)",
            ),
            "on its side": (
                lambda: (on_its_side,),
                "on_its_side([[[255, 0, 0], [0, 255, 0]]]): wrong shape: (3, 2, 1)",
            ),
            "blue first": (
                lambda: (blue_first,),
                "blue_first([[[255, 0, 0], [0, 255, 0]]]): the right numbers, reversed "
                "along axis 0",
            ),
            "its own mean": (
                lambda: (own_mean,),
                "own_mean([[[255, 0, 0], [0, 255, 0]]]): the right shape, and 0 of 6 "
                "numbers are right",
            ),
            "divided by 256": (
                lambda: (divided_by_256,),
                "divided_by_256([[[255, 0, 0], [0, 255, 0]]]): the right shape, and 4 "
                "of 6 numbers are right",
            ),
            "scaled alone": (
                lambda: (scaled_alone,),
                "scaled_alone([[[255, 0, 0], [0, 255, 0]]]): the right shape, and 0 of "
                "6 numbers are right",
            ),
            "without return": (
                lambda: (without_return,),
                "without_return([[[255, 0, 0], [0, 255, 0]]]): it returns nothing",
            ),
        },
    },
    "12.7": {
        "right": {
            "the middle rate a little ahead": lambda: ([0.699, 0.712, 0.246], [0.82, 0.88, 0.88]),
            "as computed": lambda: ([0.777, 0.658, 0.254], [0.819, 0.879, 0.88]),
            "another seed, as tuples": lambda: ((0.735, 0.66, 0.22), (0.851, 0.9, 0.89)),
            "as arrays": lambda: (
                numpy.array([0.76, 0.58, 0.23], dtype="float32"),
                np.array([0.86, 0.89, 0.89]),
            ),
            "in percent": lambda: ([77, 66, 25], [82, 88, 88]),
        },
        "wrong": {
            "nothing is forgotten": (
                lambda: ([0.77, 0.77, 0.77], [0.8, 0.88, 0.9]),
                "1 of 2 are right; on_even[2] = 0.77: another number: this one is too large",
            ),
            "exchanged": (
                lambda: ([0.82, 0.88, 0.88], [0.77, 0.66, 0.25]),
                "0 of 2 are right; on_even[1] = 0.88: another number: this one is too "
                "large (1 of 3 are right). Are on_even and on_odd exchanged?",
            ),
            "the rates from above": (
                lambda: ([0.25, 0.66, 0.77], [0.88, 0.88, 0.82]),
                "1 of 2 are right; on_even: the right entries, in reverse order",
            ),
            "the odd ones suffer as well": (
                lambda: ([0.77, 0.66, 0.25], [0.82, 0.6, 0.3]),
                "1 of 2 are right; on_odd[1] = 0.6: another number: this one is too small",
            ),
            "all is forgotten at once": (
                lambda: ([0.2, 0.2, 0.2], [0.82, 0.88, 0.88]),
                "1 of 2 are right; on_even[0] = 0.2: another number: this one is too small",
            ),
            "the largest rate keeps most": (
                lambda: ([0.6, 0.4, 0.45], [0.82, 0.88, 0.88]),
                "each number alone may be right, but not together: compare on_even[1]",
            ),
            "one rate": (
                lambda: ([0.77], [0.82]),
                "0 of 2 are right; on_even: wrong length: 1 entry was given, and 3 are wanted",
            ),
            "half": (
                lambda: ([0.77, 0.66, 0.25], None),
                "1 of 2 are right; on_odd: no answer yet",
            ),
        },
    },
    "12.8": {
        "right": {
            "plain": lambda: ({"conv2", "conv4", "conv5"}, 23, "bias"),
            "a list, a whole float, a capital": lambda: (["conv5", "conv4", "conv2"], 23.0, "Bias"),
            "NumPy": lambda: (numpy.array(["conv2", "conv4", "conv5"]), numpy.int64(23), "bias"),
        },
        "wrong": {
            "conv3 as well": (
                lambda: ({"conv2", "conv3", "conv4", "conv5"}, 23, "bias"),
                "2 of 3 are right; in_groups: 3 of the 4 given belong there",
            ),
            "all convolutions": (
                lambda: ({f"conv{i}" for i in range(1, 6)}, 23, "bias"),
                "2 of 3 are right; in_groups: 3 of the 5 given belong there",
            ),
            "those that are not in groups": (
                lambda: ({"conv1", "conv3"}, 23, "bias"),
                "2 of 3 are right; in_groups: nothing given belongs there, and some are missing",
            ),
            "no Flatten counted": (
                lambda: ({"conv2", "conv4", "conv5"}, 20, "bias"),
                "2 of 3 are right; num_operators: another number",
            ),
            "ReLU within its layer": (
                lambda: ({"conv2", "conv4", "conv5"}, 16, "bias"),
                "2 of 3 are right; num_operators: another number",
            ),
            "dropout counted": (
                lambda: ({"conv2", "conv4", "conv5"}, 25, "bias"),
                "2 of 3 are right; num_operators: another number",
            ),
            "the size": (
                lambda: ({"conv2", "conv4", "conv5"}, 23, "size"),
                "2 of 3 are right; k_is: another answer",
            ),
            "as in the paper": (
                lambda: ({"conv2", "conv4", "conv5"}, 23, "k"),
                "2 of 3 are right; k_is: another answer",
            ),
            "with the output's name": (
                lambda: ({"conv2.Conv", "conv4.Conv", "conv5.Conv"}, 23, "bias"),
                "2 of 3 are right; in_groups: nothing given belongs there, and some are missing",
            ),
            "half": (
                lambda: ({"conv2", "conv4", "conv5"}, None, None),
                "1 of 3 are right; num_operators: no answer yet",
            ),
        },
    },
}
