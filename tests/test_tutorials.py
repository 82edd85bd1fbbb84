"""The table of what T1 to T5 state (data/tutorials/) is complete, and what it says was found is so.

The tutorials themselves are not part of the repository. With the environment variable TUTORIALS set
to a folder with T1.txt to T5.txt, their lines are compared with the digests in lines.csv.
"""

import hashlib
import inspect
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.models.layers import tensorflow_lrn
from d2l_helpers.utils.results import recorded

import numpy
import pandas as pd
import pytest
from d2l import mxnet as real_d2l
from mxnet import autograd, gluon, np, npx, random
from mxnet.gluon import nn
from mxnet.name import NameManager
from stored_lessons import EXERCISES, LESSONS, ROOT, headings

pytestmark = pytest.mark.once

FOLDER = ROOT / "data/tutorials"
README = (FOLDER / "README.md").read_text()
STATEMENTS = pd.read_csv(FOLDER / "statements.csv", dtype=str, keep_default_na=False)
LINES = pd.read_csv(FOLDER / "lines.csv", dtype=str, keep_default_na=False)
VERDICTS = re.findall(r"^- \*\*(.+?)\*\*:", README, re.MULTILINE)
MARKS = ["blank", "heading", "picture", "link", "code", "frame"]
SOURCES = re.findall(r"^\| (.+?) \|", README, re.MULTILINE)[1:]  # below the table's head


def numbers(lines):
    """Return the line numbers of "3", "3-5" or "3 7-9"."""
    found = []
    for part in lines.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def digest(line):
    return hashlib.sha256(line.strip().encode()).hexdigest()[:8]


def printed(tutorial, first, last):
    """Return the digests of the lines of a tutorial, from the first to the last."""
    table = LINES[LINES["tutorial"] == tutorial].set_index("line")["digest"]
    return [table[str(number)] for number in range(first, last + 1)]


def said(tutorial, line, *words):
    """Assert that a row on this line of a tutorial gives all these words as found."""
    rows = STATEMENTS[STATEMENTS["tutorial"] == tutorial]
    rows = rows[[line in numbers(lines) for lines in rows["lines"]]]
    assert any(all(word in found for word in words) for found in rows["found"]), (line, words)


# The table is complete


@pytest.mark.parametrize("tutorial", ["T1", "T2", "T3", "T4", "T5"])
def test_each_line_has_a_statement_or_a_mark_and_never_both(tutorial):
    table = LINES[LINES["tutorial"] == tutorial]
    assert list(table["line"].astype(int)) == list(range(1, len(table) + 1))
    cited = STATEMENTS.loc[STATEMENTS["tutorial"] == tutorial, "lines"]
    cited = {number for lines in cited for number in numbers(lines)}
    cited -= set(table.loc[table["mark"] == "blank", "line"].astype(int))  # within a block
    assert cited == set(table.loc[table["mark"] == "", "line"].astype(int))
    assert set(table["mark"]) - {""} <= set(MARKS)


def test_a_line_is_blank_if_its_digest_says_so():
    assert ((LINES["digest"] == digest("")) == (LINES["mark"] == "blank")).all()


@pytest.mark.skipif("TUTORIALS" not in os.environ, reason="the tutorials are not ours to ship")
@pytest.mark.parametrize("tutorial", ["T1", "T2", "T3", "T4", "T5"])
def test_each_line_is_the_tutorials(tutorial):
    text = (Path(os.environ["TUTORIALS"]) / f"{tutorial}.txt").read_text(encoding="utf-8")
    lines = text.removesuffix("\n").split("\n")
    assert [digest(line) for line in lines] == printed(tutorial, 1, len(lines))
    assert (LINES["tutorial"] == tutorial).sum() == len(lines)


def test_each_row_is_complete_and_its_verdict_is_one_of_the_list():
    for row in STATEMENTS.itertuples(index=False):
        assert row.verdict in VERDICTS, row
        assert numbers(row.lines) == sorted(set(numbers(row.lines))), row
        assert all(text and text == text.strip() for text in row), row
        assert row.statement.endswith(".") and row.found.endswith((".", ".)", '."')), row


def test_the_rows_are_in_the_order_of_the_lines_and_none_stands_twice():
    order = [(row.tutorial, numbers(row.lines)[0]) for row in STATEMENTS.itertuples()]
    assert order == sorted(order)
    assert not STATEMENTS.duplicated(["tutorial", "lines", "statement"]).any()
    assert set(VERDICTS) == set(STATEMENTS["verdict"])


# Its places exist


def titles(paths):
    return {(path.stem[:2], heading["title"]) for path in paths for heading in headings(path)}


LESSON_HEADINGS, TASKS = titles(LESSONS), titles(EXERCISES)


def exists(place):
    """Whether a place of the column `where` can be found."""
    if lesson := re.fullmatch(r"lesson (\d\d)(?:: (.+))?", place):
        number, heading = lesson.groups()
        return any(n == number and heading in (None, h) for n, h in LESSON_HEADINGS)
    if exercise := re.fullmatch(r"exercise ((\d\d)\.\d+)", place):
        return any(n == exercise[2] and h.startswith(f"{exercise[1]} ") for n, h in TASKS)
    if line := re.fullmatch(r"(T[1-5]), line (\d+)", place):
        return ((LINES["tutorial"] == line[1]) & (LINES["line"] == line[2])).any()
    if test := re.fullmatch(r"(tests/\w+\.py)::(\w+)", place):
        return f"def {test[2]}(" in (ROOT / test[1]).read_text()
    if re.fullmatch(r"(results|docs|experiments)/[\w.-]+", place):
        return (ROOT / place).is_file()
    return any(place == source or place.startswith(f"{source}, ") for source in SOURCES)


def test_the_places_of_each_row_exist():
    for row in STATEMENTS.itertuples(index=False):
        places = row.where.split("; ")
        assert all(map(exists, places)) and len(set(places)) == len(places), row


@pytest.mark.parametrize(
    "place",
    [
        "lesson 99",
        "lesson 05: A heading that it does not have",
        "exercise 07.99",
        "T1, line 209",
        "results/nothing.csv",
        "tests/test_tutorials.py::test_nothing",
        "somebody, 2012",
    ],
)
def test_a_place_that_does_not_exist_is_noticed(place):
    assert not exists(place)


def test_each_source_is_cited():
    places = {place for where in STATEMENTS["where"] for place in where.split("; ")}
    for source in SOURCES:
        assert any(place == source or place.startswith(f"{source}, ") for place in places), source


# What it says was found: T1 and T2

T2 = {  # test accuracy, training accuracy and loss of five epochs, as T2 prints them
    "test": [0.756329, 0.804193, 0.835443, 0.854233, 0.866199],
    "train": [0.516247, 0.756191, 0.797880, 0.823977, 0.842173],
    "loss": [1.293490, 0.656114, 0.540371, 0.478858, 0.433456],
}


def table(net, *shape):
    return dh.layer_table(net, (1, *shape)).set_index("layer")


def widths(layers):
    """Return the widths of the maps of a table."""
    return [shape[-1] for shape in layers["output_shape"] if len(shape) == 4]


def test_sizes_that_t1_compares():
    assert 224 / 28 == 8
    said("T1", 24, "8 times", "28")
    said("T1", 129, "8 times")


def test_alexnet_has_sixteen_times_the_channels_of_lenet():
    large, small = table(dh.alexnet(), 1, 224, 224), table(dh.lenet(), 1, 28, 28)
    channels = [
        (large["output_shape"][f"conv{i}"][1], small["output_shape"][f"conv{i}"][1]) for i in (1, 2)
    ]
    assert channels == [(96, 6), (256, 16)] and 96 / 6 == 256 / 16 == 16
    said("T1", 29, "Sixteen times", "96 against 6", "256 against 16")
    assert round(large["parameters"]["total"] / small["parameters"]["total"]) == 758
    said("T2", 7, "758 times the parameters")


def test_the_two_large_dense_layers_are_far_from_1_gb():
    for net, shape, total in (
        (dh.alexnet(), (1, 224, 224), 42_999_808),
        (dh.alexnet_2012(), (3, 227, 227), 54_534_144),
    ):
        two = table(net, *shape)["parameters"][["dense1", "dense2"]].sum()
        assert two == total
        said("T1", 32, f"{two:,}", f"{two * 4 / 1e6:.0f} MB")
    said("T1", 35, f"{table(dh.alexnet(), 1, 224, 224)['parameters']['total'] * 4 / 1e6:.0f} MB")


def test_the_maps_of_t1_and_of_the_paper():
    layers = table(dh.alexnet(), 1, 224, 224)
    assert widths(layers) == [54, 26, 26, 12, 12, 12, 12, 5]
    assert [w for w in dict.fromkeys(widths(table(dh.alexnet_2012(), 3, 227, 227)))] == [
        55,
        27,
        13,
        6,
    ]
    said("T1", 36, "54, 26, 12 and 5", "55, 27, 13 and 6")
    for line in (75, 77):
        said("T1", line, "54")
    assert (224 - 11) // 1 + 1 == 214
    said("T1", 75, "214")
    said("T1", 79, "26 x 26", "96 channels become 256")
    channels = [layers["output_shape"][f"conv{i}"][1] for i in range(2, 6)]
    assert channels == [256, 384, 384, 256]
    said("T1", 85, "256 to 384", "keeps 384", "down to 256")
    said("T2", 24, "54 x 54", "55 x 55")


def test_slopes_of_sigmoid_and_relu():
    x = np.array([-4.0, 0, 4, math.log(99)])
    slopes = {}
    for name, function in (("sigmoid", npx.sigmoid), ("relu", npx.relu)):
        x.attach_grad()
        with autograd.record():
            y = function(x)
        y.backward()
        slopes[name] = x.grad.asnumpy().round(4).tolist()
    assert slopes["sigmoid"] == pytest.approx([0.0177, 0.25, 0.0177, 0.0099])
    assert float(npx.sigmoid(x)[-1]) == pytest.approx(0.99)
    assert slopes["relu"][2:] == [1, 1]
    said("T1", 44, "0.0099", "0.99")
    said("T1", 47, "0.018", "0.25")


def t1s_net():
    """Return T1's layers, which T2 has too, but for its Flatten."""
    relu = {"activation": "relu"}
    return [
        nn.Conv2D(96, kernel_size=11, strides=4, **relu),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, **relu),
        nn.MaxPool2D(pool_size=3, strides=2),
        *(nn.Conv2D(channels, kernel_size=3, padding=1, **relu) for channels in (384, 384, 256)),
        nn.MaxPool2D(pool_size=3, strides=2),
        *(nn.Dense(4096, **relu), nn.Dropout(0.5)),
        *(nn.Dense(4096, **relu), nn.Dropout(0.5)),
        nn.Dense(10),
    ]


def test_what_t1_prints_of_its_layers_is_printed_again():
    with NameManager():  # counts layers from 0, as a session does that starts anew
        made_before = [nn.Conv2D(96, 11), nn.MaxPool2D(3), nn.Conv2D(256, 5)]
        layers = t1s_net()
    net = nn.Sequential()
    net.add(*layers)
    shapes = table(net, 1, 224, 224)["output_shape"][:-1]
    lines = [f"{layer.name} output shape:\t {shape}" for layer, shape in zip(layers, shapes)]
    assert [digest(line) for line in lines] == printed("T1", 111, 123)
    assert len(made_before) == 3
    said("T1", 111, "two convolutions and a pooling")


def test_what_t2_prints_of_its_net_is_printed_again():
    npx.reset_np()  # T2 uses the older interface
    try:
        net, layers = nn.Sequential(), t1s_net()
        net.add(*layers[:8], nn.Flatten(), *layers[8:])
        lines = str(net).splitlines()
    finally:
        npx.set_np()
    assert [digest(line) for line in lines] == printed("T2", 50, 65)
    said("T2", 50, f"{len(lines)} lines")


def test_train_ch6_of_d2l_starts_anew_with_xavier_and_plain_sgd():
    code = inspect.getsource(real_d2l.train_ch6)
    assert "initialize(force_reinit=True, ctx=device, init=init.Xavier())" in code
    assert "'sgd', {'learning_rate': lr})" in code
    said("T1", 136, "Xavier's rule", "line 105")
    said("T1", 135, "none of these")


def test_the_repeated_training_of_t1_and_t2():
    ours = recorded("t1-seed0.csv").set_index("epoch")
    last = ours.loc[10]
    for name, value, digits in (
        ("train loss", 0.331, 3),
        ("train acc", 0.879, 3),
        ("test acc", 0.890, 3),
    ):
        said("T1", 139, f"{last[name]:.{digits}f}")
        assert abs(last[name] - value) < 0.03 * (value if name == "train loss" else 1)
    said("T1", 139, f"{1 - last['train loss'] / 0.331:.1%}".replace("%", " % less"))
    said(
        "T1",
        139,
        f"{0.890 - last['test acc']:.3f} less",
        f"rose by {last['test acc'] - ours['test acc'][9]:.4f}",
    )
    assert ours["train loss"].is_monotonic_decreasing and ours["test acc"][4] < ours["test acc"][3]
    for epoch in range(1, 6):
        loss = 1 - ours["train loss"][epoch] / T2["loss"][epoch - 1]
        train = ours["train acc"][epoch] - T2["train"][epoch - 1]
        test = ours["mean of batch means"][epoch] - T2["test"][epoch - 1]
        assert max(abs(loss), abs(train), abs(test)) < 0.03
        words = [f"{abs(d):.3f} {'more' if d > 0 else 'less'}" for d in (train, test)]
        said("T2", 131 + epoch, f"loss {loss:.1%}".replace("%", " % less"), " and ".join(words))


def test_what_the_speed_of_t1_means():
    said("T1", 140, f"{600_000 / 1494.6:.0f} seconds")
    minutes = []
    for kind in ("amx_tile", "avx2"):
        bench = recorded(f"bench-training-{kind}.csv")
        row = bench[(bench["contender"] == "d2l") & (bench["batch"] == 128)].iloc[0]
        minutes.append(f"{60_000 / row['images/s median'] / 60:.0f}")
    said("T2", 129, f"{minutes[0]} minutes", f"or {minutes[1]} ")


# SHA-1 of the label files in two releases, by the history of zalandoresearch/fashion-mnist. The
# test labels of the older one begin with those of T1's table.
RELEASES = {
    "2017-08-26": {
        "17f9ab60e7257a1620f4ad76bbbaf857c3920701",
        "236021d52f1e40852b06a4c3008d8de8aef1e40b",
    },
    "2017-08-31": {
        "9caad14e1aff9adac77d3744963212d36af15bee",
        "09814cfef5a041118ceace42f8dae995319d331a",
    },
}


def test_t1s_ten_images_are_of_an_older_release():
    gluons = set(re.findall("[0-9a-f]{40}", inspect.getsource(gluon.data.vision.FashionMNIST)))
    assert gluons >= RELEASES["2017-08-26"] and not gluons & RELEASES["2017-08-31"]
    ours = (ROOT / "data/fashion-mnist").glob("*-labels-*.gz")
    assert {hashlib.sha1(path.read_bytes()).hexdigest() for path in ours} == RELEASES["2017-08-31"]
    ten = [0, 1, 2, 2, 3, 2, 8, 6, 5, 0]  # the true labels of T1's table
    for train in (False, True):
        labels = dh.fashion_mnist_arrays(train)[1]
        runs = numpy.lib.stride_tricks.sliding_window_view(labels, len(ten))
        assert not (runs == ten).all(axis=1).any()
    said("T1", 198, "26 August 2017", "Five days later")
    assert "mnist_test, batch_size, shuffle=False" in inspect.getsource(
        real_d2l.load_data_fashion_mnist
    )
    said("T1", 151, "does not shuffle")


def test_names_and_table_of_t1():
    names = [
        "t-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ]
    assert list(dh.CLASS_NAMES) == names
    low, high = dh.wilson_interval(7, 10)
    said("T1", 208, "7 of the 10", f"from {low:.3f} to {high:.3f}")
    assert low < 0.890 < high


def test_t2s_lenet():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(20, kernel_size=5), nn.MaxPool2D(), nn.Conv2D(50, kernel_size=3))
    net.add(nn.MaxPool2D(), nn.Dense(128), nn.Dense(10))  # dh.lenet_wide() has two kernels of 5 x 5
    small = table(net, 1, 28, 28)["parameters"]["total"]
    large = table(dh.alexnet(), 1, 224, 224)["parameters"]["total"]
    said("T2", 70, f"{small:,} parameters", "60,000")
    said("T2", 17, f"{large / small:.0f} times")


def test_flatten_in_front_of_dense_changes_nothing():
    X = np.random.normal(size=(2, 3, 4, 4))
    dense = nn.Dense(5)
    dense.initialize()
    assert (dense(X) == dense(nn.Flatten()(X))).all()


def test_dropout_doubles_what_it_leaves():
    with autograd.record():
        values = nn.Dropout(0.5)(np.ones(1000)).asnumpy()
    assert set(values) == {0, 2}


def test_the_mean_of_batch_means_in_t2():
    batches, rest = divmod(10_000, 128)
    assert (batches + 1, rest) == (79, 16)
    weight = 1 / 79 / 16  # of an image in the last batch
    said(
        "T2",
        110,
        "last of 79",
        "16 images",
        f"{weight / (1 / 79 / 128):.0f} times",
        f"{1 / 79 - 16 / 10_000:.4f}",
    )


def test_the_last_training_batch_of_t2():
    batches, rest = divmod(60_000, 128)
    assert (batches + 1, rest) == (469, 96) and 96 / 128 == 3 / 4
    said("T2", 121, "last of the 469", "96 images", "three quarters")
    said("T2", 122, "4/3")


def test_the_digits_of_t2():
    def fit(values, denominator):
        return [round(round(v * denominator) / denominator, 6) == v for v in values]

    assert all(fit(T2["test"], 79 * 128)) and not any(fit(T2["test"], 10_000))
    assert all(fit(T2["train"], 469 * 3 * 128)) and not any(fit(T2["train"], 60_000))
    said("T2", 132, "1/10,112", "1/(79 x 128)", "1/10,000")
    said("T2", 132, f"1/{469 * 3 * 128:,}", "468 batches of 128", "1/60,000")
    weighted = round(T2["test"][-1] * 79 * 128)
    right = [weighted - 8 * last + last for last in range(17)]
    said("T2", 136, f"{weighted:,}/10,112", f"between {min(right) / 1e4} and {max(right) / 1e4}")


def test_how_long_t2_can_have_been_stuck():
    share = (0.756329 - 0.516247) / (0.756329 - 0.1)
    said("T2", 132, f"{share:.0%}".replace("%", " %"))


# T3


def test_the_lead_of_2012():
    said("T3", 5, f"26.172 - 15.315 = {26.172 - 15.315:.3f}", f"{26.2 - 15.3:.1f}")


def test_the_arithmetic_of_t3s_text():
    assert 224 / 4 == 56 and (224 - 11) / 4 + 1 == 54.25
    said("T3", 23, "56", "54.25")
    assert (55 - 3) // 2 + 1 == 55 // 2 == 27 and 54 // 2 == 27 and (54 - 3) // 2 + 1 == 26
    said("T3", 28, "27 is right", "26")


def t3s_maps(pad_axes, pool_axes, stride=1):
    """Return [(kind, shape, parameters)] of T3's blocks, by the rules for padding and windows.

    Axes are counted in (channel, height, width); the convolutions take height and width.
    """
    shape, rows = [3, 227, 227], []
    for num_convs, channels, kernel in ((1, 96, 11), (1, 256, 5), (2, 384, 3), (1, 256, 3)):
        for _ in range(num_convs):
            for axis in pad_axes:
                shape[axis] += 2
            rows.append(("pad", tuple(shape), 0))
            parameters = channels * (shape[0] * kernel**2 + 1)
            step = stride if kernel == 11 else 1
            shape = [channels, *((n - kernel) // step + 1 for n in shape[1:])]
            rows.append(("conv", tuple(shape), parameters))
        for axis in pool_axes:
            shape[axis] = (shape[axis] - 3) // 2 + 1
        rows.append(("pool", tuple(shape), 0))
    return rows


def test_the_summary_of_t3():
    rows = t3s_maps((0, 1), (0, 1))  # channels last: axes 0 and 1 are taken for height and width
    for line, (_, shape, parameters) in zip((180, 182, 184, 186, 188, 190), rows):
        row = STATEMENTS[(STATEMENTS["tutorial"] == "T3") & (STATEMENTS["verdict"] == "reproduced")]
        row = row[[line in numbers(lines) for lines in row["lines"]]].iloc[0]
        assert str(shape) in row["statement"]
        assert parameters == 0 or f"{parameters:,}" in row["statement"]
    assert rows[1][2] == 96 * (5 * 11 * 11 + 1) == 58_176 and rows[4][2] == 256 * (49 * 5 * 5 + 1)
    last = rows[-1][1]
    weights = math.prod(last) * 4096
    said("T3", 191, str(last), f"{weights:,}", f"{weights * 4 / 1e9:.1f} GB")
    repaired = t3s_maps((1, 2), (1, 2), stride=4)
    assert repaired[-1][1] == (256, 2, 2)
    said("T3", 106, "2 x 2", "28,823,912")


def test_the_stride_that_t3_leaves_out():
    def multiply_adds(stride):
        rows = t3s_maps((1, 2), (1, 2), stride)[:6]
        return sum(
            (count - shape[0]) * shape[1] * shape[2]
            for kind, shape, count in rows
            if kind == "conv"
        )

    said("T3", 92, f"factor of {multiply_adds(1) / multiply_adds(4):.0f}")


def test_the_numbers_of_t3s_layers():
    said("T3", 178, f"{34 - 1} nets", f"{142 - 1} paddings", f"{141 - 1} convolutions")


def test_t3_at_two_rates():
    table = recorded("t3-seed0.csv")
    assert len(table) == 6 and (table["test acc"] == 0.166667).all()
    assert abs(table["train loss"] - math.log(6)).max() < 0.02
    said("T3", 142, "ln 6 for six epochs", "1 of 6")
    slower = recorded("t3-divided10-seed0.csv")["test acc"]
    said("T3", 141, "six epochs", f"{slower[len(slower) - 1]:.2f} of the test images", "after six")
    assert len(table) == len(slower) == 6


def test_the_error_of_t3():
    with pytest.raises(ValueError) as error:
        bool(numpy.zeros(2))
    assert [digest(f"ValueError: {error.value}")] == printed("T3", 208, 208)


# T4


def test_the_counts_of_t4():
    assert 60_000 - 2_000 == 58_000 and 224 / 32 == 7
    said("T4", 41, "58,000")
    said("T4", 50, "Seven times")
    assert math.ceil(58_000 / 64) == 907 and math.ceil(10_000 / 32) == 313
    said("T4", 134, "58,000/64 = 906.25", f"907 x 117 ms = {907 * 0.117:.0f} s")
    said("T4", 148, "10,000/32 = 312.5", f"313 x 22 ms = {313 * 0.022:.1f} s")
    for accuracy in (0.9830, 0.9705, 0.9775, 0.9920, 0.9870):
        assert round(accuracy * 2000, 6) == round(accuracy * 2000)
    said("T4", 134, "1/2,000")
    assert (
        float(numpy.float32(0.9796)) == 0.9796000123023987
        and f"{0.08097803592681885:.4f}" == "0.0810"
    )
    said("T4", 149, "9,796", f"{100 - 97.96:.2f} %")
    for right, total in ((1974, 2000), (9796, 10_000)):
        low, high = dh.wilson_interval(right, total)
        said("T4", 142, f"{low:.3f} to {high:.3f}")


def test_the_training_of_t4_on_clothes():
    history = recorded("t4-seed0.csv")
    first, last = history.iloc[0], history.iloc[-1]
    said("T4", 134, f"from a loss of {first['train loss']:.3f} to {last['train loss']:.3f}")
    said("T4", 134, f"accuracy of {first['train acc']} to {last['train acc']}")
    losses = ", ".join(f"{loss:.3f}" for loss in history["validation loss"])
    said("T4", 142, losses, ", ".join(f"{acc:.4f}" for acc in history["validation acc"]))
    said("T4", 148, f"loss {last['test loss']:.3f}", f"accuracy {last['test acc']:.4f}")


T4S_LINES = {  # of the summary: the layer of ours that has this shape and these parameters
    80: "conv1",
    86: "pool1",
    89: "conv2",
    95: "pool2",
    98: "conv3",
    102: "conv4",
    106: "conv5",
    112: "dense1",
    116: "dense2",
    120: "dense3",
}


def test_the_summary_of_t4():
    layers = table(dh.alexnet_t4(), 3, 224, 224)
    for line, name in T4S_LINES.items():
        rows = STATEMENTS[
            (STATEMENTS["tutorial"] == "T4") & (STATEMENTS["verdict"] == "reproduced")
        ]
        statements = rows.loc[[line in numbers(lines) for lines in rows["lines"]], "statement"]
        shape, parameters = layers["output_shape"][name], layers["parameters"][name]
        if len(shape) == 4 and name not in ("conv4", "conv5"):
            size = " x ".join(map(str, shape[2:])) + (f" x {shape[1]}" if shape[2] > 1 else "")
            assert any(size in statement for statement in statements), name
        assert not parameters or any(f"{parameters:,}" in s for s in statements), name
    assert {layers["output_shape"][f"conv{i}"][2:] for i in (3, 4, 5)} == {(1, 1)}
    assert math.prod(layers["output_shape"]["conv5"]) == 256
    said("T4", 52, "56 of 224")
    said("T4", 66, "256 inputs in place of 9,216")
    said("T4", 112, f"{(256 * 6 * 6 + 1) * 4096:,}")
    assert layers["parameters"]["total"] == 21_622_154
    said("T4", 123, f"{layers['parameters']['dense2']:,}")


def test_the_weights_of_t4_that_never_learn():
    parts = {"conv4": 384 * 384, "conv5": 384 * 256}
    dead = sum(8 * pairs for pairs in parts.values())
    convs = [
        layer for layer in table(dh.alexnet_t4(), 3, 224, 224)["parameters"].filter(like="conv")
    ]
    weights = sum(convs) - (96 + 256 + 384 + 384 + 256)
    said("T4", 60, f"{dead:,} weights", f"{dead / weights:.1%}".replace("%", " %"))


def test_the_order_of_lrn_and_relu_matters_in_t4():
    random.seed(0)
    X = np.random.normal(size=(2, 96, 8, 8))

    def change(lrn):
        first, last = lrn(npx.relu(X)), npx.relu(lrn(X))
        return float(abs(last - first).sum() / first.sum())

    assert abs(change(tensorflow_lrn()) - 0.25) < 0.01 and change(dh.LRN()) < 5e-5
    said("T4", 53, "about a quarter", "0.00 %")


# T5


def test_t5s_net_from_scratch_is_the_papers():
    net = dh.alexnet_2012()
    layers = table(net, 3, 227, 227)
    assert layers["parameters"]["total"] == 60_965_224 and layers["parameters"]["conv2"] == 307_456
    said("T5", 23, "307,456")
    flat = {}
    for size in (224, 226, 227, 258, 259):
        flat[size] = math.prod(table(dh.alexnet_2012(), 3, size, size)["output_shape"]["pool3"])
    assert flat == {224: 6400, 226: 6400, 227: 9216, 258: 9216, 259: 12544}
    said("T5", 47, "9,216", "227 to 258", "6,400")
    assert (227 - 11) // 4 + 1 == 55 and (224 - 11) // 4 + 1 == 54
    said("T5", 19, "55", "54")


def test_the_k_that_t5_leaves_out():
    X = np.ones((1, 96, 2, 2))
    larger = float((dh.LRN(k=1.0)(X) / dh.LRN()(X)).mean())
    said("T5", 21, f"{larger - 1:.0%} larger".replace("%", " %"))


def test_the_smallest_image_of_t5s_pretrained_net():
    assert dh.why_input_fails(dh.alexnet_one_tower(), (1, 3, 63, 63)) is None
    said("T5", 56, "takes less")


def test_urllib_alone_does_not_bring_its_parts():
    code = "import urllib; print(hasattr(urllib, 'URLopener'), hasattr(urllib, 'request'))"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "False"]
    said("T5", 72, "Python 2", "urllib.request")


def test_scores_and_probabilities_of_t5():
    assert table(dh.alexnet_one_tower(), 3, 224, 224)["output_shape"]["dense3"] == (1, 1000)
    scores = np.random.normal(size=1000)
    assert float(npx.softmax(scores).sum()) == pytest.approx(1, abs=1e-5) != float(scores.sum())


def share_inside(size, kernel, stride, before):
    """Return the share of a kernel's multiplications that meet the map, not its padding."""
    outputs = math.ceil(size / stride)
    positions = [stride * o - before + k for o in range(outputs) for k in range(kernel)]
    return (sum(0 <= p < size for p in positions) / len(positions)) ** 2


def test_the_maps_of_t5s_keras_net():
    layers = table(dh.alexnet_batchnorm(), 3, 32, 32)
    sizes = layers[layers["type"].isin(["Conv2D", "MaxPool2D"])]["output_shape"]
    assert [shape[2] for shape in sizes] == [8, 4, 4, 2, 2, 2, 2, 1]
    said("T5", 117, "8 x 8", f"{1 - share_inside(32, 11, 4, 3):.0%}".replace("%", " %"))
    assert 11 / 32 > 1 / 3
    assert max(share_inside(4, 5, 1, 2), share_inside(2, 3, 1, 1)) < 0.5
    said("T5", 123, "4 x 4 and 2 x 2", "more than half")
    said("T5", 147, f"{math.prod(sizes.iloc[-1])} values")


def test_the_parameters_of_t5s_keras_net():
    counts = table(dh.alexnet_batchnorm(), 3, 32, 32)["parameters"]
    left_over = counts[["dense3", "batchnorm8"]].sum()
    said("T5", 161, f"{left_over:,} of the {counts['total']:,}")
    moving = counts.filter(like="batchnorm").sum() // 2
    said("T5", 173, f"{counts['total']:,}", f"{moving:,}")


def test_t5s_keras_net_trained():
    runs = pd.concat(recorded(f"t5-seed{seed}.csv").dropna() for seed in range(3))
    its, other = (runs[runs["net"] == net] for net in ("T5's", "scores not normalized"))
    for column in ("test acc", "test confidence"):
        first, second = ([f"{value:.3f}" for value in net[column]] for net in (its, other))
        said("T5", 168, "{}, {} and {}".format(*first), "{}, {} and {}".format(*second))
    assert (its["test confidence"].to_numpy() < other["test confidence"].to_numpy()).all()
    assert 0 < (its["test acc"].to_numpy() > other["test acc"].to_numpy()).sum() < 3
    epochs = pd.concat(recorded(f"t5-seed{seed}.csv").assign(seed=seed) for seed in range(3))
    by_net = epochs.pivot(index=["seed", "epoch"], columns="net")
    counts = [
        int((by_net[name]["T5's"] > by_net[name]["scores not normalized"]).sum())
        for name in ("train acc", "train loss")
    ]
    said("T5", 168, "higher in all {} epochs, and its training loss too in {}".format(*counts))
