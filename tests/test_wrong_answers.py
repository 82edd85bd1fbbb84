"""What `dh.check` prints for typical wrong answers of the exercises, at least one for each."""

import json

import d2l_helpers as dh
from d2l_helpers.exercises import check

import numpy
import pytest
from mxnet import npx
from mxnet.gluon import nn

PERCENT = "too large by a factor of 100, or nearly so: a share or a percentage?"

# Typical wrong answers in code


def most_sure(probabilities):
    return int(probabilities.max(axis=1).argmax())


def accuracy_over_pictures(scores, labels):
    return float((scores.argmax(axis=0)[: len(labels)] == labels[: scores.shape[1]]).mean())


def worse_than_the_epoch_before(accuracies):
    waited = 0
    for epoch in range(1, len(accuracies)):
        waited = waited + 1 if accuracies[epoch] <= accuracies[epoch - 1] else 0
        if waited == 2:
            return epoch + 1
    return len(accuracies)


def joined_by_their_diagonal(confusion, joined):
    return float(numpy.trace(confusion) / confusion.sum())


def lrn_cut_off_below(a):
    sums = [(a[i - 2 : i + 3] ** 2).sum() for i in range(len(a))]
    return a / (2 + 1e-4 / 5 * numpy.array(sums)) ** 0.75


def alexnet_with_wide_pooling():
    net = nn.HybridSequential()
    for layer in dh.alexnet():
        net.add(nn.MaxPool2D(3) if isinstance(layer, nn.MaxPool2D) else layer)
    return net


def ten_linear_layers():
    net = nn.HybridSequential()
    for _ in range(10):
        net.add(nn.Dense(100))
    net.add(nn.Activation("relu"), nn.Dense(10))
    return net


def net_of_relus():
    net = nn.HybridSequential()
    for units in (128, 10):
        net.add(nn.Dense(units), nn.Activation("relu"))
    return net


def cross_entropy_over_the_batch(scores, labels):
    return -npx.pick(npx.log_softmax(scores, axis=0), labels)


def squared_errors_of_all_pairs(predicted, true):
    return ((predicted - true) ** 2).mean()


def recalls_but_one():
    shares = numpy.array([0.9, 0.95, 0.01, 0.88, 0.92, 0.97, 0.6, 0.93, 0.96, 0.94])
    shares[2] = 1.0
    return shares


def seven_bits_behind_the_point(weight):
    return 2.0**-7


def one_batch_however_many_machines(parameters, computing, machines):
    return 8 * 8 * parameters * (machines - 1) / machines / computing / 1e9


def divided_last(pixels):
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    return ((pixels - numpy.array(mean)) / deviation).transpose(2, 0, 1) / 255


WRONG = [
    # exercise, what went wrong, the answer, what is printed
    ("00.1", "the biases are counted", [156, 6310], "0 of 2 are right; entry 1: another number"),
    ("00.1", "the first number alone", 130, "wrong type: a number was given, and a list is wanted"),
    (
        "00.2",
        "in percent",
        [4.1, 2.7],
        "0 of 2 are right; entry 1: another number: this one is too large",
    ),
    ("00.3", "late less early", -0.184, "the right size, with the wrong sign"),
    ("00.4", "argmax twice", most_sure, "0 of 3 are right; case 1: too small by a factor of 2"),
    (
        "00.5",
        "over the pictures",
        accuracy_over_pictures,
        "1 of 2 are right; case 1: another number",
    ),
    (
        "01.1",
        "the bytes from the right",
        [17301504, 8, 9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
        "11 of 12 are right; entry 1: another number",
    ),
    (
        "01.2",
        "the rest is dropped",
        [234, 96, {100, 120, 125, 150}],
        "2 of 3 are right; entry 1: off by one: too small",
    ),
    (
        "01.3",
        "one is forgotten",
        {"sneaker", "ankle boot"},
        "2 of the 2 given belong there and some are missing",
    ),
    (
        "01.3",
        "one too many",
        {"sneaker", "ankle boot", "sandal", "bag"},
        "3 of the 4 given belong there",
    ),
    ("01.4", "in percent", 67.68, "too large by a factor of 100"),
    ("01.4", "two digits", 0.68, "rounded too much: 2 digits are right, and more are wanted"),
    (
        "01.5",
        "as many as pixels of a block",
        [True, 64.0],
        "1 of 2 are right; entry 2: another number",
    ),
    ("01.6", "one axis only", [50, 2150], "1 of 2 are right; entry 2: another number"),
    ("01.7", "still shifted by one", [0, 0, 3, 0, 2], "1 of 5 are right; entry 1: another number"),
    (
        "02.1",
        "the biases are left out",
        [884_736, 127_401_984],
        "1 of 2 are right; entry 1: another number",
    ),
    (
        "02.1",
        "the input channels are forgotten",
        [885_120, 497_664],
        "1 of 2 are right; entry 2: too small by a factor of 256, the input channels",
    ),
    ("02.2", "rounded up", [4800, 56, 27], "2 of 3 are right; entry 2: off by one: too large"),
    (
        "02.3",
        "in millions",
        [21_000_000, 0.973],
        "1 of 2 are right; entry 1: rounded too much: 2 digits are right, and more are wanted",
    ),
    (
        "02.4",
        "half of everything",
        [2, 2, 0.5],
        "1 of 3 are right; entry 2: too small by a factor of 2",
    ),
    ("02.5", "the net as it was", dh.alexnet(), "layer 8 (Dense) has another type than it should"),
    (
        "02.6",
        "the four bytes are forgotten",
        1292,
        "too large by a factor of 4, the bytes of a value",
    ),
    (
        "02.7",
        "nothing is repaired",
        alexnet_with_wide_pooling(),
        "layer 1 (MaxPool2D) has another output shape than it should",
    ),
    (
        "03.1",
        "no logarithm",
        [4.8e-15, -0.4],
        "1 of 2 are right; entry 1: another number: this one is too large",
    ),
    ("03.2", "Xavier's", [0.1, 0.0156], "0 of 2 are right; entry 1: another number"),
    ("03.3", "the other one is divided", 0.1, "too small by a factor of 100"),
    ("03.4", "epochs from 0", 6, "off by one: too small"),
    (
        "03.6",
        "the other way round",
        [0.99, 2.30],
        "0 of 2 are right; entry 1: another number: this one is too small",
    ),
    (
        "03.7",
        "nothing is repaired",
        ten_linear_layers(),
        "layer 1 (Dense) has another type than it should",
    ),
    ("04.1", "rounded up", [32, 16, 12], "2 of 3 are right; entry 3: off by one: too large"),
    (
        "04.2",
        "conv1 is rounded up as well",
        [55, 27, 27, 13, 13, 13, 13, 6, 9216],
        "8 of 9 are right; entry 1: off by one: too large",
    ),
    (
        "04.3",
        "the smallest image with padding",
        [1, 67],
        "1 of 2 are right; entry 2: another number",
    ),
    (
        "04.4",
        "convolutions round down",
        [55, 27, 6, 2, 1, 1, 1, "conv3"],
        "5 of 8 are right; entry 1: off by one: too small",
    ),
    ("04.5", "the corner alone", [98, 64 * 64], "1 of 2 are right; entry 2: another number"),
    (
        "04.6",
        "thin is forgotten",
        [{"channels"}, set(), set(), set()],
        "2 of 4 are right; entry 2: it is empty and some are missing",
    ),
    (
        "04.7",
        "the pictures lie on their side",
        lambda images: images.transpose(0, 3, 2, 1),
        "0 of 2 are right; case 1: other numbers, in the right shape",
    ),
    (
        "04.7",
        "reshape",
        lambda images: images.reshape(len(images), images.shape[3], *images.shape[1:3]),
        "0 of 2 are right; case 1: other numbers, in the right shape",
    ),
    ("05.1", "the sum for the mean", [0.34, 0.34], "1 of 2 are right; entry 1: another number"),
    ("05.2", "the other way round", [100, 0.3, 0.001], "1 of 3 are right; entry 1: another number"),
    (
        "05.3",
        "the schedule",
        {"initializer", "schedule"},
        "1 of the 2 given belong there and some are missing",
    ),
    (
        "05.4",
        "in percent",
        32.0,
        PERCENT,
    ),
    (
        "05.6",
        "compared with the epoch before",
        worse_than_the_epoch_before,
        "2 of 4 are right; case 1: off by one: too large",
    ),
    ("05.8", "dropout is on", -0.03, "another number: this one is too small"),
    (
        "06.1",
        "the overlap",
        [0.977, 0.982, 0.987, 0.995, True],
        "4 of 5 are right; entry 5: the other way round",
    ),
    (
        "06.1",
        "in percent",
        [97.7, 98.2, 98.7, 99.5, False],
        "1 of 5 are right; entry 1: too large by a factor of 100",
    ),
    (
        "06.2",
        "shares, not answers",
        [0.8, 0.453],
        "0 of 2 are right; entry 1: another number: this one is too small",
    ),
    (
        "06.3",
        "of all images",
        [0.06, 0.538, 0.659, False],
        "3 of 4 are right; entry 1: too small by a factor of 10",
    ),
    (
        "06.4",
        "nothing is joined",
        joined_by_their_diagonal,
        "0 of 2 are right; case 1: another number",
    ),
    (
        "06.5",
        "the shown, not the asked",
        [0.4434, 0.968],
        "1 of 2 are right; entry 1: another number: this one is too small",
    ),
    (
        "06.6",
        "one by columns",
        recalls_but_one(),
        "9 of 10 are right; entry 3: too large by a factor of 100",
    ),
    (
        "07.1",
        "the layer before",
        [56_909_194, "dense2"],
        "1 of 2 are right; entry 2: another answer",
    ),
    (
        "07.1",
        "the biases are left out",
        [56_909_184, "dense3"],
        "1 of 2 are right; entry 1: another number",
    ),
    ("07.2", "the scale once", 0.0255, "too small by a factor of 255, the scale, once"),
    (
        "07.3",
        "no groups",
        [884_736, 149_520_384],
        "0 of 2 are right; entry 1: too large by a factor of 2",
    ),
    (
        "07.4",
        "in percent",
        92.9,
        PERCENT,
    ),
    (
        "07.5",
        "whole numbers",
        [44, 49],
        "0 of 2 are right; entry 1: rounded too much: 2 digits are right, and more are wanted",
    ),
    (
        "07.6",
        "nothing is repaired",
        lrn_cut_off_below,
        "0 of 2 are right; case 1: 4 of 6 are right; entry 1: another number",
    ),
    ("08.1", "the same twice", [0.529, 0.529], "1 of 2 are right; entry 2: another number"),
    (
        "08.2",
        "one epoch late",
        [0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0],
        "5 of 7 are right; entry 3: too large by a factor of 10",
    ),
    (
        "08.3",
        "plain less crops",
        [0.13, 0.0277],
        "1 of 2 are right; entry 1: the right size, with the wrong sign",
    ),
    (
        "08.4",
        "in percent",
        [76, 78.3, 76.3, 79.7],
        f"0 of 4 are right; entry 1: {PERCENT}",
    ),
    ("08.5", "the other way round", [0.1018, 0.0169], "0 of 2 are right; entry 1: another number"),
    ("08.6", "the other one", "weights", "another answer"),
    (
        "08.7",
        "upside down",
        lambda images: images[:, ::-1],
        "0 of 2 are right; case 1: other numbers, in the right shape",
    ),
    (
        "09.1",
        "the image does not matter",
        [129_388, 129_388, "dense1"],
        "2 of 3 are right; entry 2: another number",
    ),
    ("09.2", "the images", [60_000, 0.06], "0 of 2 are right; entry 1: another number"),
    (
        "09.3",
        "rounded up in pooling",
        [56, 27, 14, 7, 2, 1, 1, {"conv5"}],
        "7 of 8 are right; entry 4: off by one: too large",
    ),
    ("09.4", "padding is forgotten", [1, 1, 1], "1 of 3 are right; entry 1: another number"),
    (
        "09.5",
        "the bytes",
        [127, 26, 207, 4 * 2_799_673_344],
        "3 of 4 are right; entry 4: too large by a factor of 4, the bytes",
    ),
    ("09.6", "no limit", [0, 0], "1 of 2 are right; entry 1: another number"),
    ("09.7", "one is forgotten", {80, 240}, "2 of the 2 given belong there and some are missing"),
    (
        "11.1",
        "the four bytes are forgotten",
        [688 + 477, 8 + 640 + 688 + 477, -2.5],
        "1 of 3 are right; entry 1: another number",
    ),
    (
        "11.1",
        "the sign",
        [2596, 3244, 2.5],
        "2 of 3 are right; entry 3: the right number with the wrong sign",
    ),
    (
        "11.2",
        "all damage is noticed",
        {"length", "name", "shape", "type", "cut", "one bit", "zeros"},
        "5 of the 7 given belong there",
    ),
    (
        "11.3",
        "the biases are left out",
        [5, 57_025_320, 228_101_280],
        "1 of 3 are right; entry 2: another number",
    ),
    (
        "11.4",
        "the transpose alone",
        lambda kernel, channels, height, width: kernel.T,
        "0 of 2 are right; case 1: other numbers, in the right shape",
    ),
    (
        "11.5",
        "as bad as another picture",
        [0.43, 0.28, 0.43],
        "2 of 3 are right; entry 1: another number: this one is too large",
    ),
    (
        "11.6",
        "divided last",
        divided_last,
        "0 of 2 are right; case 1: other numbers, in the right shape",
    ),
    (
        "11.7",
        "nothing is forgotten",
        [0.77, 0.77, 0.77, 0.8, 0.88, 0.9],
        "5 of 6 are right; entry 3: another number: this one is too large",
    ),
    (
        "11.8",
        "conv3 in two groups",
        [{"conv2", "conv3", "conv4", "conv5"}, 23, "bias"],
        "2 of 3 are right; entry 1: 3 of the 4 given belong there",
    ),
    (
        "10.1",
        "the share for the gain",
        [1.859, 1.602, 7.073, 2.511],
        "2 of 4 are right; entry 1: another number",
    ),
    (
        "10.2",
        "the course always wins",
        ["the course", "the course", "MXNet", "you"],
        "3 of 4 are right; entry 2: another answer",
    ),
    (
        "10.3",
        "one image in place of the batch",
        [83304, 256],
        "0 of 2 are right; entry 1: too small by a factor of 8",
    ),
    (
        "10.4",
        "a tenth of the rest",
        [36, 172],
        "0 of 2 are right; entry 1: another number",
    ),
    (
        "10.5",
        "a sum that is a little off",
        [4, 3, 1000],
        "0 of 3 are right; entry 1: too large by a factor of 4",
    ),
    (
        "10.6",
        "the same everywhere",
        seven_bits_behind_the_point,
        "2 of 5 are right; case 2: too large by a factor of 2",
    ),
    (
        "10.7",
        "the first wait is forgotten",
        ["clock", "compute", "wait", "clock"],
        "wrong length: 4 entries were given, and 5 are wanted",
    ),
    (
        "12.1",
        "what is left over to the last",
        [21, 21, 23, 21, 22, 22],
        "3 of 6 are right; entry 1: off by one: too small",
    ),
    (
        "12.2",
        "bytes for bits",
        [370_236, 87_005_460, 0.003702],
        "2 of 3 are right; entry 3: too small by a factor of 8, the bits of a byte",
    ),
    (
        "12.2",
        "the last batch is dropped",
        [370_236, 86_635_224, 0.02962],
        "2 of 3 are right; entry 2: another number",
    ),
    (
        "12.3",
        "the sums are compressed as well",
        [0.9375, 12.4, 1.48],
        "0 of 3 are right; entry 1: too large by a factor of 2",
    ),
    (
        "12.4",
        "the same question in both cases",
        [20.77, 20.77, 20.77],
        "2 of 3 are right; entry 2: too large by a factor of 2",
    ),
    (
        "12.5",
        "one batch, however many machines",
        one_batch_however_many_machines,
        "1 of 3 are right; case 2: another number",
    ),
    (
        "12.6",
        "the biases are left out",
        [138_344_128, 15_470_264_320, 2.11, 9.42],
        "3 of 4 are right; entry 1: another number",
    ),
    (
        "12.7",
        "nothing is repaired",
        lambda losses, batch_size: losses.mean(),
        "1 of 3 are right; case 1: another number",
    ),
    (
        "clinic.1",
        "still two orders",
        [False, True, True],
        "2 of 3 are right; entry 1: the other way round",
    ),
    (
        "clinic.1",
        "not shuffled",
        [True, True, False],
        "2 of 3 are right; entry 3: the other way round",
    ),
    (
        "clinic.2",
        "nothing is repaired",
        net_of_relus(),
        "wrong length: 4 layers, and 3 are wanted",
    ),
    (
        "clinic.3",
        "another constant",
        [0, 0.1],
        "0 of 2 are right; entry 1: another number: this one is too small",
    ),
    ("clinic.4", "epochs", 10, "too small by a factor of 16, the batches of an epoch"),
    ("clinic.4", "one epoch", 16, "too small by a factor of 10, the epochs"),
    ("clinic.4", "the rest is forgotten", 150, "another number"),
    (
        "clinic.5",
        "nothing is repaired",
        cross_entropy_over_the_batch,
        "0 of 2 are right; case 1: 0 of 2 are right; entry 1: another number",
    ),
    (
        "clinic.6",
        "nothing is repaired",
        squared_errors_of_all_pairs,
        "0 of 2 are right; case 1: another number",
    ),
    (
        "clinic.7",
        "the other layer learns",
        [0.0, 0.02, 0.8],
        "1 of 3 are right; entry 1: another number: this one is too small",
    ),
    (
        "clinic.7",
        "nothing is frozen",
        [0.3, 0.02, 0.9],
        "2 of 3 are right; entry 2: another number: this one is too large",
    ),
    (
        "clinic.8",
        "what has come in",
        [0.0469, 0.75],
        "1 of 2 are right; entry 1: another number: this one is too small",
    ),
    (
        "clinic.8",
        "a momentum of 0.99",
        [0.9531, 0.666],
        "1 of 2 are right; entry 2: another number: this one is too small",
    ),
    (
        "clinic.9",
        "initialized once more",
        [-0.67, 1],
        "1 of 2 are right; entry 1: another number: this one is too small",
    ),
    (
        "clinic.9",
        "one layer is elsewhere",
        [0.0, 2],
        "1 of 2 are right; entry 2: another number: this one is too large",
    ),
    (
        "clinic.10",
        "still with the known ones",
        [187, 0.97],
        "1 of 2 are right; entry 2: another number: this one is too large",
    ),
]


@pytest.mark.parametrize(
    ("exercise", "given", "said"),
    [pytest.param(n, given, said, id=f"{n} {why}") for n, why, given, said in WRONG],
)
def test_the_kind_of_mistake_is_named(exercise, given, said):
    assert check.mistake(exercise, given) == said


def test_each_checked_exercise_has_a_typical_wrong_answer():
    entries = json.loads(check.ANSWER_HASHES.read_text())
    checked = {number for number, entry in entries.items() if "answer_hash" in entry}
    assert checked == {number for number, *_ in WRONG}
