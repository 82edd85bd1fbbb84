"""Right and wrong answers to the exercises of lesson 05, see tests/test_wrong_answers.py."""

import d2l_helpers as dh

import numpy
from mxnet import np


def is_thin(height, width):
    return max(height, width) >= 10 * min(height, width)


def maps(table):
    return [shape for shape in table["output_shape"] if len(shape) == 4]


def signs_by_index(table):
    shapes, found = list(table["output_shape"]), set()
    for i, kind in enumerate(table["type"]):
        if "Pool" in kind and shapes[i][1] != shapes[i - 1][1]:
            found.add("channels")
        if len(shapes[i]) == 4 and is_thin(*shapes[i][2:]):
            found.add("thin")
    return found


def signs_by_rows(table):
    found, before = [], None
    for _, row in table.iterrows():
        shape = row["output_shape"]
        if row["type"].endswith("Pool2D") and shape[1] != before[1]:
            found += ["channels"]
        before = shape
    found += ["thin" for _, _, h, w in maps(table) if h / w >= 10 or w / h >= 10]
    return list(dict.fromkeys(found))


def signs_with_pandas(table):
    table = table[table["output_shape"].map(len) == 4]
    channels = table["output_shape"].map(lambda shape: shape[1])
    pooling = table["type"].str.contains("Pool")
    found = {"channels"} if (pooling & (channels != channels.shift())).any() else set()
    return found | ({"thin"} if any(is_thin(h, w) for _, _, h, w in maps(table)) else set())


def replace(table, sign, is_there):
    """Return the right signs, but with one that is found in another way."""
    return signs_by_index(table) - {sign} | ({sign} if is_there else set())


def signs_of_any_layer(table):
    channels = [shape[1] for shape in table["output_shape"]]
    return replace(table, "channels", any(a != b for a, b in zip(channels, channels[1:])))


def signs_of_max_pooling(table):
    shapes = list(table["output_shape"])
    pairs = list(zip(table["type"][1:], shapes, shapes[1:]))
    return replace(table, "channels", any("Max" in t and a[1] != b[1] for t, a, b in pairs))


def signs_of_poolings_alone(table):
    channels = {s[1] for s, kind in zip(table["output_shape"], table["type"]) if "Pool" in kind}
    return replace(table, "channels", len(channels) > 1)


def signs_more_than_ten(table):
    return replace(table, "thin", any(max(h, w) > 10 * min(h, w) for _, _, h, w in maps(table)))


def signs_from_nine(table):
    return replace(table, "thin", any(max(h, w) >= 9 * min(h, w) for _, _, h, w in maps(table)))


def signs_of_one_side(table):
    return replace(table, "thin", any(h >= 10 * w for _, _, h, w in maps(table)))


def signs_of_the_last_map(table):
    return replace(table, "thin", is_thin(*maps(table)[-1][2:]))


def signs_of_the_first_map(table):
    return replace(table, "thin", is_thin(*maps(table)[0][2:]))


def signs_with_dense(table):
    return replace(table, "thin", any(is_thin(*s[-2:]) for s in table["output_shape"]))


def channels_alone(table):
    return signs_by_index(table) & {"channels"}


def signs_or_nothing(table):
    found = signs_by_index(table)
    return found if found else None


def by_a_colleague(images):
    batch, height, width, channels = images.shape
    return images.reshape(batch, channels, height, width)


def one_by_one(images):
    return numpy.stack([numpy.stack([im[..., c] for c in range(im.shape[2])]) for im in images])


def first_alone(images):
    return images[0].transpose(2, 0, 1)[None]


def in_place(images):
    result = numpy.zeros((len(images), images.shape[3], *images.shape[1:3]), images.dtype)
    for channel in range(images.shape[3]):
        result[:, channel] = images[..., channel]
    images[:] = 0
    return result


def forgotten_return(images):
    images.transpose(0, 3, 1, 2)


def moved(images):
    return numpy.moveaxis(images, -1, 1)


def widths_05_2():
    return dh.layer_table(dh.alexnet(), (1, 1, 224, 224))["output_shape"][:8].map(lambda s: s[3])


CEIL = [54, 27, 27, 13, 13, 13, 13, 6]
T4 = [56, 27, 7, 3, 1, 1, 1]

ANSWERS = {
    "05.1": {
        "right": {
            "plain": lambda: ([32, 16, 11],),
            "whole floats in a tuple": lambda: ((32.0, 16.0, 11.0),),
            "an array of MXNet": lambda: (np.array([32, 16, 11]),),
            "NumPy scalars": lambda: ([numpy.int64(n) for n in (32, 16, 11)],),
            "computed": lambda: ([(32 + 4 - 5) // s + 1 for s in (1, 2, 3)],),
        },
        "wrong": {
            "without the 1": (lambda: ([31, 15, 10],), "sizes[0] = 31: off by one: too small"),
            "without padding": (
                lambda: ([28, 14, 10],),
                "sizes[0] = 28: another number: the padding is missing",
            ),
            "padding once": (lambda: ([30, 15, 10],), "sizes[0] = 30: another number"),
            "rounded up": (lambda: ([32, 17, 12],), "sizes[1] = 17: off by one: too large"),
            "not rounded": (
                lambda: ([32, 16.5, 11.33],),
                "sizes[1] = 16.5: a whole number is wanted",
            ),
            "n / s": (
                lambda: ([32, 16, 10],),
                "sizes[2] = 10: off by one: too small (2 of 3 are right)",
            ),
            "in reverse": (lambda: ([11, 16, 32],), "the right entries, in reverse order"),
            "two": (lambda: ([32, 16],), "wrong length: 2 entries were given, and 3 are wanted"),
            "half of it": (lambda: ([32, 16, None],), "sizes[2]: no answer yet"),
            "a set": (lambda: ({32, 16, 11},), "wrong type: a set was given"),
        },
    },
    "05.2": {
        "right": {
            "plain": lambda: (CEIL, 9216),
            "tuple, product": lambda: (tuple(CEIL), 256 * 6 * 6),
            "arrays": lambda: (numpy.array(CEIL), np.array(9216)),
            "whole floats": lambda: ([float(n) for n in CEIL], 9216.0),
        },
        "wrong": {
            "rounded down": (
                lambda: ([54, 26, 26, 12, 12, 12, 12, 5], 6400),
                "0 of 2 are right; width of pool1: off by one: too small (1 of 8 are right)",
            ),
            "conv1 rounded up too": (
                lambda: ([55, 27, 27, 13, 13, 13, 13, 6], 9216),
                "1 of 2 are right; width of conv1: off by one: too large (7 of 8 are right)",
            ),
            "the table of the lesson": (
                lambda: (widths_05_2(), 9216),
                "1 of 2 are right; width of pool1: off by one: too small",
            ),
            "one channel": (
                lambda: (CEIL, 36),
                "1 of 2 are right; values: too small by a factor of 256: the channels?",
            ),
            "one axis": (
                lambda: (CEIL, 256 * 6),
                "1 of 2 are right; values: too small by a factor of 6",
            ),
            "the weights": (
                lambda: (CEIL, 9216 * 4096),
                "1 of 2 are right; values: too large by a factor of 4,096: the units?",
            ),
            "half of it": (lambda: (CEIL, None), "1 of 2 are right; values: no answer yet"),
            "seven": (lambda: (CEIL[:7], 9216), "1 of 2 are right; widths: wrong length: 7"),
            "exchanged": (lambda: (9216, CEIL), "0 of 2 are right; widths: wrong type: a number"),
        },
    },
    "05.3": {
        "right": {
            "plain": lambda: (1, 195),
            "whole floats": lambda: (1.0, 195.0),
            "scalars": lambda: (numpy.int32(1), np.array(195)),
        },
        "wrong": {
            "with padding": (lambda: (5, 67), "0 of 2 are right; last: another number"),
            "exchanged": (lambda: (195, 1), "0 of 2 are right; last: another number"),
            "of the whole map": (lambda: (1, 224), "1 of 2 are right; smallest: another number"),
            "the field of conv5": (lambda: (1, 163), "1 of 2 are right; smallest: another number"),
            "rounded up": (lambda: (2, 195), "1 of 2 are right; last: "),
            "one less": (lambda: (1, 194), "1 of 2 are right; smallest: off by one: too small"),
            "a shape": (lambda: (1, (195, 195)), "1 of 2 are right; smallest: wrong type: a list"),
            "half of it": (lambda: (1, None), "1 of 2 are right; smallest: no answer yet"),
        },
    },
    "05.4": {
        "right": {
            "plain": lambda: (T4, "conv3"),
            "a capital": lambda: (tuple(T4), "Conv3"),
            "a space": lambda: (numpy.array(T4), "conv 3"),
            "whole floats": lambda: ([float(n) for n in T4], "CONV3"),
        },
        "wrong": {
            "rounded down": (
                lambda: ([56, 27, 6, 2, 0, 0, 0], "conv3"),
                "1 of 2 are right; width of conv2: off by one: too small (2 of 7 are right)",
            ),
            "poolings rounded up": (
                lambda: ([56, 28, 7, 3, 1, 1, 1], "conv3"),
                "1 of 2 are right; width of pool1: off by one: too large (6 of 7 are right)",
            ),
            "AlexNet's conv1": (
                lambda: ([54, 26, 7, 3, 1, 1, 1], "conv3"),
                "1 of 2 are right; width of conv1: another number",
            ),
            "stride 4 in conv1 alone": (
                lambda: ([56, 27, 27, 13, 13, 13, 13], "conv3"),
                "1 of 2 are right; width of conv2: another number",
            ),
            "the layer after": (lambda: (T4, "conv4"), "1 of 2 are right; first_of_one: another"),
            "the layer before": (lambda: (T4, "pool2"), "1 of 2 are right; first_of_one: another"),
            "its place": (
                lambda: (T4, 4),
                "1 of 2 are right; first_of_one: wrong type: a number was given, and text",
            ),
            "half of it": (lambda: (T4, None), "1 of 2 are right; first_of_one: no answer yet"),
        },
    },
    "05.5": {
        "right": {
            "plain": lambda: (98, 16768),
            "computed": lambda: (-64 + 163 - 1, 163**2 - 99**2),
            "scalars": lambda: (numpy.int64(98), np.array(16768.0)),
        },
        "wrong": {
            "the first row unseen": (
                lambda: (99, 16768),
                "1 of 2 are right; last_row: off by one: too large",
            ),
            "as if it began in the image": (
                lambda: (162, 0),
                "0 of 2 are right; last_row: another number",
            ),
            "the corner twice": (lambda: (98, 2 * 64 * 163), "1 of 2 are right; padding: another"),
            "the corner alone": (lambda: (98, 64**2), "1 of 2 are right; padding: another number"),
            "along one axis": (lambda: (98, 64), "1 of 2 are right; padding: another number"),
            "what it sees": (lambda: (98, 99**2), "1 of 2 are right; padding: another number"),
            "with 98 rows": (
                lambda: (98, 163**2 - 98**2),
                "1 of 2 are right; padding: right to 2 digits, and all are wanted; the next one",
            ),
            "a share": (
                lambda: (98, 16768 / 163**2),
                "1 of 2 are right; padding: a whole number is wanted",
            ),
            "exchanged": (lambda: (16768, 98), "0 of 2 are right; last_row: another number"),
            "half of it": (lambda: (98, None), "1 of 2 are right; padding: no answer yet"),
        },
    },
    "05.6": {
        "right": {
            "by index": lambda: (signs_by_index, "channels"),
            "by rows, a list": lambda: (signs_by_rows, "Channels"),
            "with pandas": lambda: (signs_with_pandas, " channels"),
        },
        "wrong": {
            "the other sign": (
                lambda: (signs_by_index, "thin"),
                "1 of 2 are right; safe: another answer",
            ),
            "any layer": (
                lambda: (signs_of_any_layer, "channels"),
                "1 of 2 are right; signs_of_any_layer(channels last): ",
            ),
            "MaxPool2D alone": (
                lambda: (signs_of_max_pooling, "channels"),
                "1 of 2 are right; signs_of_max_pooling(an average pooling along the wrong axes): ",
            ),
            "poolings among themselves": (
                lambda: (signs_of_poolings_alone, "channels"),
                "1 of 2 are right; signs_of_poolings_alone(channels last): ",
            ),
            "more than ten": (
                lambda: (signs_more_than_ten, "channels"),
                "1 of 2 are right; signs_more_than_ten(exactly ten times as high as wide): ",
            ),
            "nine times": (
                lambda: (signs_from_nine, "channels"),
                "1 of 2 are right; signs_from_nine(nearly ten times as high as wide): ",
            ),
            "higher than wide": (
                lambda: (signs_of_one_side, "channels"),
                "1 of 2 are right; signs_of_one_side(a line of text): ",
            ),
            "the last map": (
                lambda: (signs_of_the_last_map, "channels"),
                "1 of 2 are right; signs_of_the_last_map(a map that is thin only once): ",
            ),
            "the first map": (
                lambda: (signs_of_the_first_map, "channels"),
                "1 of 2 are right; signs_of_the_first_map(thin after the pooling): ",
            ),
            "dense layers as maps": (
                lambda: (signs_with_dense, "channels"),
                "1 of 2 are right; signs_with_dense(AlexNet): ",
            ),
            "one sign": (
                lambda: (channels_alone, "channels"),
                "1 of 2 are right; channels_alone(channels last): ",
            ),
            "None for no sign": (
                lambda: (signs_or_nothing, "channels"),
                "1 of 2 are right; signs_or_nothing(the right axes): it returns nothing",
            ),
            "its results": (
                lambda: ([{"channels"}, {"thin"}, set(), {"thin"}], "channels"),
                "1 of 2 are right; signs: wrong type: a list was given, and a function",
            ),
        },
    },
    "05.7": {
        "right": {
            "transpose": lambda: (lambda images: images.transpose(0, 3, 1, 2),),
            "moveaxis": lambda: (moved,),
            "one by one": lambda: (one_by_one,),
            "changes its argument": lambda: (in_place,),
            "as floats": lambda: (lambda images: images.transpose(0, 3, 1, 2).astype(float),),
        },
        "wrong": {
            "the colleague's": (lambda: (by_a_colleague,), "by_a_colleague(array of shape"),
            "swapped axes": (
                lambda: (lambda images: images.swapaxes(1, 3),),
                "<lambda>(array of shape (2, 4, 6, 3)): wrong shape: (2, 3, 6, 4)",
            ),
            "all axes": (
                lambda: (lambda images: images.T,),
                "<lambda>(array of shape (2, 4, 6, 3)): ",
            ),
            "the way back": (
                lambda: (lambda images: images.transpose(0, 2, 3, 1),),
                "<lambda>(array of shape (2, 4, 6, 3)): wrong shape: (2, 6, 3, 4)",
            ),
            "BGR": (
                lambda: (lambda images: images.transpose(0, 3, 1, 2)[:, ::-1],),
                "<lambda>(array of shape (2, 4, 6, 3)): the right numbers, reversed along axis 1",
            ),
            "the first image alone": (
                lambda: (first_alone,),
                "first_alone(array of shape (2, 4, 6, 3)): wrong shape: (1, 3, 4, 6)",
            ),
            "no return": (
                lambda: (forgotten_return,),
                "forgotten_return(array of shape (2, 4, 6, 3)): it returns nothing",
            ),
            "divided by 255": (
                lambda: (lambda images: images.transpose(0, 3, 1, 2) / 255,),
                "<lambda>(array of shape (2, 4, 6, 3)): too small by a factor of 255",
            ),
        },
    },
}
