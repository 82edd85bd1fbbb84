"""The figures that move: what they show is what the package computes, in a browser too.

`make test-pages` needs node, npm and Chromium, and downloads a few MB from npm.
"""

import ast
import importlib.util
import json
import math
import os
import random
import re
import shutil

import d2l_helpers as dh
from d2l_helpers.figures import architecture
from d2l_helpers.inspection.layer_table import SHORT_NAMES
from d2l_helpers.models.layers import LRN
from d2l_helpers.utils.results import recorded

import numpy
import pytest
from browser import in_browser
from mxnet import np, npx
from mxnet.base import MXNetError
from mxnet.gluon import nn
from stored_lessons import ROOT, code_cells, read

pytestmark = pytest.mark.once
in_a_browser = pytest.mark.skipif(
    "TEST_PAGES" not in os.environ, reason="make test-pages needs Chromium"
)

FIGURES = ROOT / "book" / "static" / "figures"
PAGES = ROOT / "book" / "pages" / "figures"
NAMES = ("convolution", "net", "learning_rate")
LESSON = ROOT / "notebooks" / "02_how_a_net_learns.ipynb"
NUM_NETS = 50  # random ones
CURVES = ("linear", "LeNet")

# A page of the book without its theme, and with a link before the figure and behind it.
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title><link rel="icon" href="data:,">
<style>
body {{ margin: 1rem auto; padding: 0 1rem; max-width: 48rem; font: 1rem/1.5 sans-serif; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #15181c; color: #e4e6e9; }}
  a {{ color: #56b4e9; }}
}}
</style></head>
<body><main><h1>{name}</h1>
<p><a href="#" id="before">before</a></p>
{figure}
<p><a href="#">behind</a></p></main></body>
</html>
"""


def load_values():
    """The module book/figure_values.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("values", ROOT / "book" / "figure_values.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def values():
    return load_values().values()


# The values


def test_the_stored_values_are_those_of_today(values):
    script = load_values().script(values)
    text = (FIGURES / "values.js").read_text(encoding="utf-8")
    assert text == script, "run: .venv/bin/python book/figure_values.py"
    assert len(script) < 200_000


def test_the_values_in_the_script_are_json(values):
    script = (FIGURES / "values.js").read_text(encoding="utf-8")
    text = script.partition("const FIGURE_VALUES = ")[2].rstrip(";\n")
    assert json.loads(text) == json.loads(json.dumps(values))


@pytest.mark.parametrize("name", ["X", "K"])
def test_the_picture_and_the_kernel_are_those_of_lesson_02(values, name):
    source = "\n".join(cell.source for cell in code_cells(read(LESSON)))
    in_lesson = ast.literal_eval(re.search(rf"^{name} = (\[\[.*\]\])$", source, re.MULTILINE)[1])
    ours = values["pictures"][0]["pixels"] if name == "X" else values["kernels"][0]["sizes"][3]
    assert numpy.array_equal(ours, in_lesson)


def test_a_window_that_the_figure_cannot_show_is_refused():
    settings = load_values().settings
    with pytest.raises(ValueError, match=r"the kernel of .* is not square"):
        settings(nn.Conv2D(8, kernel_size=(3, 5)))
    with pytest.raises(ValueError, match="dilated"):
        settings(nn.MaxPool2D(2)) and settings(nn.Conv2D(8, kernel_size=3, dilation=2))


def test_the_recorded_rates_go_from_too_small_to_divergent(values):
    for net in CURVES:
        runs = [curve for curve in values["curves"] if curve["net"] == net]
        assert [run["lr"] for run in runs] == sorted({run["lr"] for run in runs})
        assert len(runs) == 25
    assert runs[0]["losses"][-1] > 2.2  # LeNet, at the smallest rate
    assert runs[-1]["diverged"] < 10 and runs[-1]["accuracy"] is None


@pytest.mark.parametrize("name", NAMES)
def test_a_page_loads_files_that_are_there(name):
    block = figure_of(name)
    files = re.findall(r'(?:src|href)="\.\./_static/figures/([^"]+)"', block)
    assert files[:3] == ["figures.css", "values.js", "elements.js"] and f"{name}.js" in files
    assert all((FIGURES / file).is_file() for file in files)
    assert f'<div class="moving-figure" data-figure="{name}">' in block


def figure_of(name):
    """The HTML of a figure in its page."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    return re.search(r"^```\{raw\} html\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]


# What the browser is asked to do


def convolutions(values):
    """Random settings of the convolution, for each picture."""
    rng = random.Random(0)
    tasks = []
    for number in range(40):
        picture, size = number % len(values["pictures"]), rng.randint(1, 5)
        stride, padding = rng.randint(1, 4), rng.randint(0, 4)
        pixels = len(values["pictures"][picture]["pixels"])
        kernel = [[round(rng.uniform(-9, 9), 2) for _ in range(size)] for _ in range(size)]
        places = (pixels + 2 * padding - size) // stride + 1
        task = {"picture": picture, "kernel": kernel, "stride": stride, "padding": padding}
        tasks.append(task | {"at": rng.randrange(places**2)})
    return tasks


def random_nets(values):
    """The course's nets with other settings; some of them cannot take their images."""
    rng = random.Random(0)
    choices = {
        "channels": (1, 7, 16, 48, 64, 96, 250, 512),
        "units": (1, 10, 100, 1000, 5000),
        "kernel": (1, 2, 3, 5, 7, 11),
        "stride": (1, 2, 3, 4),
        "padding": (0, 1, 2, 3, 5),
    }
    tasks = []
    for number in range(NUM_NETS):
        preset = number % len(values["nets"])
        net = values["nets"][preset]
        layers = [
            {
                name: rng.choice(choices[name]) if name in choices and rng.random() < 0.3 else value
                for name, value in layer.items()
            }
            for layer in net["layers"]
        ]
        size = rng.choice([net["size"], net["size"], rng.randint(1, 256)])
        channels = rng.choice([1, 3])
        tasks.append({"preset": preset, "channels": channels, "size": size, "layers": layers})
    return tasks


def odd_groups(values):
    """The net of 2012, in which two groups cannot share 7 channels, or make 255."""
    names = list(load_values().NETS)
    preset = names.index("the 2012 paper: dh.alexnet_2012()")
    net = values["nets"][preset]
    tasks = []
    for number, channels in ((0, 7), (3, 255)):  # conv1, conv2
        layers = [dict(layer) for layer in net["layers"]]
        layers[number]["channels"] = channels
        tasks.append({**net, "preset": preset, "layers": layers})
    return tasks


@pytest.fixture(scope="module")
def tasks(values):
    presets = [{"preset": number} for number in range(len(values["nets"]))]
    nets = presets + random_nets(values) + odd_groups(values)
    return {"convolutions": convolutions(values), "nets": nets}


@pytest.fixture(scope="module")
def folder(tasks, tmp_path_factory):
    """A folder with a page for each figure, laid out as the book is."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copytree(FIGURES, folder / "_static" / "figures")
    (folder / "figures").mkdir()
    for name in NAMES:
        page = PAGE.format(name=name, figure=figure_of(name))
        (folder / "figures" / f"{name}.html").write_text(page, encoding="utf-8")
    (folder / "tasks.json").write_text(json.dumps(tasks))
    return folder


@pytest.fixture(scope="module")
def said(folder):
    """What the figures say and do."""
    return in_browser("figures.js", folder)


# The convolution


def by_mxnet(pixels, kernel, stride, padding):
    """The map that MXNet computes, and numpy from its windows, which agree."""
    X = numpy.array(pixels)
    K = numpy.array(kernel)
    settings = {"kernel": K.shape, "stride": (stride, stride), "pad": (padding, padding)}
    X4, K4 = (np.array(array[None, None], dtype="float32") for array in (X, K))
    map_ = npx.convolution(X4, K4, num_filter=1, no_bias=True, **settings)[0, 0].asnumpy()
    windows = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(X, padding), K.shape)
    ours = (windows[::stride, ::stride] * K).sum(axis=(2, 3))
    assert numpy.allclose(map_, ours, atol=1e-4)
    return ours


@in_a_browser
def test_maps_windows_and_products_are_those_of_numpy_and_mxnet(values, tasks, said):
    for task, answer in zip(tasks["convolutions"], said["convolutions"]):
        picture = values["pictures"][task["picture"]]
        pixels = numpy.array(picture["pixels"]) / picture["largest"]
        padding, stride, kernel = task["padding"], task["stride"], numpy.array(task["kernel"])
        padded = numpy.pad(pixels, padding)
        map_ = by_mxnet(pixels, kernel, stride, padding)
        assert answer["kernel"]
        assert numpy.allclose(answer["picture"], padded.ravel(), atol=1e-12)
        assert numpy.allclose(answer["map"], map_.ravel(), atol=1e-9)
        assert answer["waiting"] == [0, map_.size - 1 - task["at"]]
        row, column = divmod(task["at"], len(map_))
        top, left, size = row * stride, column * stride, len(kernel)
        window = padded[top : top + size, left : left + size]
        near = {"abs": 0.00501}
        assert list(map(float, answer["window"])) == pytest.approx(list(window.ravel()), **near)
        products = (window * kernel).ravel()
        assert list(map(float, answer["products"])) == pytest.approx(list(products), **near)
        total = float(answer["sum"].removeprefix("products: sum "))
        assert total == pytest.approx(map_[row, column], **near)
        assert f"{len(map_)} x {len(map_)} values" in answer["size"]
        assert f"Window {task['at'] + 1} of {map_.size}: row" in answer["words"]
        reaches_out = padded.shape != pixels.shape and (
            min(top, left) < padding or max(top, left) + size > padding + len(pixels)
        )
        assert ("padding, zeros" in answer["words"]) == reaches_out


@in_a_browser
def test_kernels_that_are_ready_are_those_of_the_values(values, said):
    ready = {(kernel["name"], kernel["size"]): kernel["numbers"] for kernel in said["kernels"]}
    ours = {(k["name"], n): k["sizes"][n] for k in values["kernels"] for n in k["sizes"]}
    assert set(ready) == set(ours)
    for key, numbers in ours.items():
        assert ready[key] == pytest.approx(list(numpy.ravel(numbers)), abs=0.00051)


@in_a_browser
def test_playing_fills_the_map_and_can_be_stopped(said):
    start, soon, later = said["playing"]["counts"]
    assert start == 26 * 26 - 1 and 0 < soon < start and later == soon
    assert said["playing"]["live"] == "off"  # a voice is not asked to read each window


@in_a_browser
def test_nothing_moves_for_readers_who_want_less_motion(said):
    assert said["still"]["counts"][1:] == [0, 0] and not said["still"]["isPlaying"]


@in_a_browser
def test_a_click_into_the_picture_moves_the_window_there(said):
    assert said["pointed"].startswith("Window 7 of 9: rows 2 to 4, columns 0 to 2 of the picture.")
    assert "add up to 8," in said["pointed"]  # as lesson 02 says of the bottom left corner


# The net

MAKERS = {
    "Conv2D": lambda channels, kernel, stride, padding, groups, activation=None: nn.Conv2D(
        channels, kernel, stride, padding, groups=groups, activation=activation
    ),
    "MaxPool2D": lambda kernel, stride, padding: nn.MaxPool2D(kernel, stride, padding),
    "AvgPool2D": lambda kernel, stride, padding: nn.AvgPool2D(kernel, stride, padding),
    "Dense": lambda units, activation=None: nn.Dense(units, activation=activation),
    "Dropout": lambda: nn.Dropout(0.5),
    "BatchNorm": nn.BatchNorm,
    "Activation": lambda: nn.Activation("relu"),
    "LRN": LRN,
}


def made(layers):
    """The Gluon net of such settings as values.js has."""
    net = nn.HybridSequential()
    for layer in layers:
        settings = {name: value for name, value in layer.items() if name != "type"}
        net.add(MAKERS[layer["type"]](**settings))
    return net


def as_shown(shape, parameters, multiply_adds, field):
    """A row of `dh.layer_table` as the figure shows it."""
    output = " × ".join(map(str, shape[1:]))
    return [output, f"{parameters:,}", f"{multiply_adds:,}", str(field)]


def expected_rows(net, shape):
    """The rows of the figure's table, with the total, for a net that can take its images."""
    table = dh.layer_table(net, shape)
    columns = table[["output_shape", "parameters", "multiply_adds", "receptive_field"]]
    results = columns.itertuples(index=False)
    return [[name, *as_shown(*row)] for name, row in zip(table["layer"], results)]


def task_of(values, task):
    """A task with the settings that it leaves as they are."""
    return {**values["nets"][task["preset"]], **task}


@in_a_browser
def test_presets_are_the_nets_of_the_course(values, said):
    makers = load_values().NETS.values()
    for (make_net, (channels, size)), answer in zip(makers, said["nets"]):
        assert answer["rows"] == expected_rows(make_net(), (1, channels, size, size))
        assert answer["why"] is None and answer["fails"] == []
    total = dict(zip(load_values().NETS, said["nets"]))["AlexNet of T1 and T2: dh.alexnet()"]
    assert total["words"].startswith("46,764,746 parameters, ")


@in_a_browser
def test_random_nets_have_the_table_or_the_reason_that_the_package_gives(values, tasks, said):
    fitting, failing = 0, 0
    for task, answer in zip(tasks["nets"], said["nets"]):
        task = task_of(values, task)
        shape = (1, task["channels"], task["size"], task["size"])
        try:
            net = made(task["layers"])
        except MXNetError as error:  # groups that do not divide the channels
            assert "num_filter must divide group size" in str(error)
            assert re.search(r"groups cannot make \d+ channels", answer["words"]) or answer["why"]
            continue
        why = dh.why_input_fails(net, shape)
        assert answer["why"] == why
        if why is None:
            fitting += 1
            assert answer["rows"] == expected_rows(net, shape)
        else:
            failing += 1
            number = int(re.match(r"layer (\d+), ", why)[1])
            assert answer["fails"] == [answer["rows"][number][0]]
            assert answer["words"].startswith(f"{answer['fails'][0]}: A kernel of ") or (
                "groups cannot share them" in answer["words"]
            )
            results = [row[1:] for row in answer["rows"]]
            assert all("–" not in row for row in results[:number])
            assert all(row == ["–"] * 4 for row in results[number:])
    assert fitting >= 20 and failing >= 10
    shared, made_in_groups = (answer["words"] for answer in said["nets"][-2:])
    assert shared.startswith("conv2: 7 channels come in, and 2 groups cannot share them evenly.")
    assert made_in_groups == "conv2: 2 groups cannot make 255 channels, as many in each."


@in_a_browser
def test_nets_are_drawn_as_draw_architecture_draws_them(values, tasks, said):
    for task, answer in zip(tasks["nets"], said["nets"]):
        task = task_of(values, task)
        number = answer["fails"] and len([row for row in answer["rows"] if row[1] != "–"])
        layers = task["layers"][:number] if answer["fails"] else task["layers"]
        size = task["size"]
        if not layers:
            assert [stage["kind"] for stage in answer["stages"]] == ["input"]
            continue
        stages = architecture._stages(made(layers), (1, task["channels"], size, size))
        for stage, drawn in zip(stages, answer["stages"]):
            assert drawn["kind"] == stage["kind"]
            assert drawn["lines"].split("|") == stage["lines"]
            assert drawn["shape"] == ",".join(map(str, stage["shape"]))
            width, height = architecture._block_inches(stage["shape"])
            shape = stage["shape"]
            depth = 0
            if len(shape) == 3:
                depth = architecture.FORESHORTENING * architecture.PIXEL_INCHES * shape[2] ** 0.5
            assert drawn["inches"] == pytest.approx([width - depth, height - depth], abs=1e-6)


# The learning rate


@in_a_browser
def test_each_rate_shows_what_was_recorded(said):
    table = recorded("learning-rates.csv")
    runs = [run for _, run in table.groupby(["net", "lr"], sort=False)]
    assert len(said["rates"]) == len(runs) == 50
    for run, answer in zip(runs, said["rates"]):
        lr, last, finite = run["lr"].iloc[0], run.iloc[-1], run.dropna()
        assert answer["net"] == last["net"]
        assert float(answer["rate"]) == lr and answer["heard"] == f"learning rate {answer['rate']}"
        assert answer["words"].startswith(f"Learning rate {answer['rate']}: ")
        assert answer["points"] == len(finite)
        diverged = math.isnan(last["validation loss"])
        assert ("training diverges" in answer["words"]) == diverged == bool(answer["leaves"])
        if diverged:
            assert f"At step {last['step']} " in answer["words"]
        else:
            assert float(re.search(r"the loss is ([\d.]+),", answer["words"])[1]) == pytest.approx(
                last["validation loss"], rel=0.006
            )
            share = float(re.search(r"and ([\d.]+) % of", answer["words"])[1])
            assert share == pytest.approx(100 * last["validation acc"], abs=0.051)
        of_net = [other for other in runs if other["net"].iloc[0] == last["net"]]
        crosses = sum(math.isnan(other["validation loss"].iloc[-1]) for other in of_net)
        assert (answer["crosses"], answer["dots"]) == (crosses, 25 - crosses)


@in_a_browser
def test_the_words_tell_small_rates_from_good_ones_and_large_ones(said):
    for net in CURVES:
        words = [answer["words"] for answer in said["rates"] if answer["net"] == net]
        assert "too small" in words[0] and "too large" in words[-1]
        (best,) = [place for place, text in enumerate(words) if "No other rate" in text]
        losses = recorded("learning-rates.csv").query("net == @net and step == 200")
        assert best == losses["validation loss"].argmin()
        assert all("too large" not in text for text in words[: best + 1])
        assert all("too small" not in text for text in words[best:])


# All figures


@in_a_browser
def test_a_browser_finds_nothing_wrong(said):
    kinds = ("elsewhere", "errors", "faults", "wide")
    assert {kind: said[kind] for kind in kinds} == {kind: [] for kind in kinds}


@in_a_browser
@pytest.mark.parametrize("name", NAMES)
def test_the_tab_key_leads_through_each_figure_and_out_of_it(name, said):
    tabs = said["tabs"][name]
    assert tabs["end"] == "behind"
    assert all(stop["isSeen"] and stop["name"] for stop in tabs["stops"]), tabs["stops"]
    reached = {stop["tag"] for stop in tabs["stops"]}
    assert {"SELECT", "INPUT"} <= reached


@in_a_browser
def test_keys_do_what_a_mouse_does(said):
    keys = said["keys"]
    assert all(key["before"] != key["after"] and key["stays"] for key in keys.values()), keys
    after = {name: key["after"] for name, key in keys.items()}
    assert after["Step: Enter"].startswith("Window 2 of 9")
    assert after["window: ArrowRight"].startswith("Window 2 of 9")
    assert after["stride: ArrowDown"].startswith("Window 1 of 4")
    assert "add up to 3," in keys["kernel, row 2, column 2: 5"]["before"]
    assert "add up to 11," in after["kernel, row 2, column 2: 5"]
    assert "needs a number" in after["kernel, row 2, column 2: Delete"]
    assert after["conv1, kernel: 0"] == "conv1: kernel must be a whole number from 1 to 64."


@in_a_browser
@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_stands_where_scripts_do_not_run(name, said):
    assert "once your browser runs scripts" in said["withoutScripts"][name]


def test_types_of_layers_have_the_names_of_the_table():
    text = (FIGURES / "layer_table.js").read_text(encoding="utf-8")
    assert all(f'{name}: "{short}"' in text for name, short in SHORT_NAMES.items())
