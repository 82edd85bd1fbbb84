"""docs/concordance.md: what it says of Gluon, PyTorch and Keras is run, and compared.

PyTorch's and Keras's sides need the environment that `make torch` makes; without it their tests
are skipped. `make test-torch` makes it first.
"""

import ast
import json
import os
import re
import sys

from d2l_helpers.export.environments import TORCH

import mxnet as mx
import numpy
import pytest
from stored_lessons import EXERCISES, LESSONS, ROOT, code_cells, read

pytestmark = pytest.mark.once

FOLDER = ROOT / "tests" / "concordance"
sys.path.insert(0, str(FOLDER))
import in_gluon  # noqa: E402
import page  # noqa: E402
import side  # noqa: E402

TEXT = (ROOT / "docs" / "concordance.md").read_text(encoding="utf-8")
ENTRIES = page.entries_of(TEXT)
# A rule for random numbers, dropout's pattern: only their distribution can be compared.
DRAWN = re.compile(r"(Xavier|He|Normal): \d|Dropout 0: training")
# Of optimizers that the page says are not the same: what of their weights has to agree.
LIKE = {"Adam": 0.8}
# Gluon's schedule is one step ahead of the others', as the page says.
GLUONS_SCHEDULE = '{"lr_scheduler": cosine}'
OTHERS_SCHEDULE = '{"lr_scheduler": lambda step: cosine(step - 1)}'
ROUNDED = {"bfloat16": 0.05}  # the tolerance in place of `CLOSE`
CLOSE = 1e-4
# Defaults in words: the function that checks each, or the title of the block that does.
WORDS = {
    "never counts the zeros of a padding": "average_pooling_padding",
    "uniform, by its name": "Xavier",
    "counts inputs, for ReLU": "he_cut_off",
    "takes scores; labels may be class numbers": "The loss",
    "labels are class numbers, by its name": "The loss",
}
# Names of the lessons that are no layer and no line of a training loop.
NOT_CONCERNED = {
    "gluon.Parameter": "a weight alone, to look at an optimizer",
    "gluon.HybridBlock": "another name of nn.HybridBlock",
    "init.Initializer": "the type of all initializers, to check an answer",
}
MODULES = ("nn", "init", "gluon", "autograd", "lr_scheduler")
METHODS = {"initialize", "collect_params", "hybridize", "backward", "save_parameters"}
METHODS |= {"load_parameters", "zero_grad", "setattr", "reset_ctx", "as_in_ctx"}
METHODS |= {"step", "set_learning_rate", "train_mode"}


def inputs(folder):
    """Write the images and labels of the training loop to a folder."""
    rng = numpy.random.default_rng(0)
    images = rng.integers(0, 256, (64, 28, 28), dtype="uint8")
    numpy.savez(folder / "data.npz", images=images, labels=numpy.arange(64) % 10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("concordance")
    inputs(path)
    return path


@pytest.fixture(scope="module")
def gluon(folder):
    """What Gluon's side gives, and what failed."""
    mx.random.seed(0)
    found, failed = side.run(in_gluon, folder, TEXT)
    numpy.savez(folder / "Gluon.npz", **found)
    return found, failed


@pytest.fixture(scope="module")
def expected(gluon, folder):
    """What the other sides should give."""
    assert GLUONS_SCHEDULE in TEXT
    text = TEXT.replace(GLUONS_SCHEDULE, OTHERS_SCHEDULE)
    found, failed = side.run(in_gluon, folder, text, only=["A schedule"])
    assert not failed
    return {**gluon[0], **found}


def other_side(folder, framework):
    """Return what PyTorch's or Keras's side gives, and what failed."""
    (folder / "concordance.md").write_text(TEXT, encoding="utf-8")
    TORCH.run(FOLDER / "side.py", framework.lower(), folder)
    failed = json.loads((folder / f"{framework}.json").read_text())
    with numpy.load(folder / f"{framework}.npz") as found:
        return dict(found), failed


def differences(ours, theirs):
    """Return the names of what two sides give that is not the same."""
    own = re.compile(r".*: (input|weight \d+)|first: \d+")
    names = [name for name in ours if not own.fullmatch(name)]
    return [name for name in names if name not in theirs or not same(name, ours, theirs)]


def same(name, ours, theirs):
    a, b = ours[name], theirs[name]
    if a.shape != b.shape:
        return False
    if DRAWN.match(name):
        sizes = abs(a).mean(), abs(b).mean()  # which tells uniform from normal numbers
        return numpy.allclose((a.std(), sizes[0]), (b.std(), sizes[1]), rtol=0.05)
    title = name.partition(":")[0]
    close = numpy.isclose(a, b, atol=ROUNDED.get(title, CLOSE), rtol=1e-3)
    return close.mean() >= LIKE.get(title, 1)


# The page


def test_each_block_has_its_three_parts():
    for entry in ENTRIES:
        assert list(entry.code) in ([], list(page.FRAMEWORKS)), entry.title
        assert entry.code or entry.bullets, f"{entry.title} has nothing"
        if entry.part == side.LAYERS:
            assert entry.takes and entry.gives, entry.title


def test_each_default_is_read():
    rows = re.findall(r"^\| `[\w.]+` \| .*$", TEXT, re.MULTILINE)
    written = [name for row in rows for name in re.findall(r"`(\w+)(?:=|` must)", row)]
    found = [d.argument for e in ENTRIES for defaults in e.defaults.values() for d in defaults]
    assert found == written and len(found) > 50


def test_each_default_in_words_is_checked():
    lines = [line for table in page.DEFAULTS.findall(TEXT) for line in table.splitlines()]
    cells = [page.SETTING.sub("", line.strip("| ").split(" | ")[1]) for line in lines]
    words = {cell.strip(" ,;") for cell in cells} - {""}
    assert words == set(WORDS), "write it as code, or a function that checks it"
    checks = {name for functions in FUNCTIONS.values() for name in functions}
    assert set(WORDS.values()) <= checks | {entry.title for entry in ENTRIES}


def named(text):
    """Return the frameworks that a sentence speaks of, by name or as one of all three."""
    names = {"MXNet": "Gluon", **{name: name for name in (*page.FRAMEWORKS, "TensorFlow")}}
    found = {framework for name, framework in names.items() if name in text}
    together = re.search("all three|any of the three|the other two", text, re.IGNORECASE)
    return found | set(page.FRAMEWORKS) if together else found


def unchecked(bullets):
    """Return the frameworks that bullets name and that neither a function nor a source is for."""
    missing = []
    for name, text in bullets.items():
        sources = named(" ".join(re.findall(r"\[([^]]+)\]\(https://", text)))
        missing += [
            (name, framework)
            for framework in sorted(named(text) - sources)
            if name not in FUNCTIONS.get(framework, ())
        ]
    return missing


def test_each_bullet_is_checked_or_has_a_source_for_each_framework_that_it_names():
    bullets = {name: text for entry in ENTRIES for name, text in entry.bullets.items()}
    assert not unchecked(bullets), "write a function of this name, or give the source"
    functions = {name for functions in FUNCTIONS.values() for name in functions}
    assert not [name for name in bullets if not named(bullets[name]) and name not in functions]
    shared = {"output", "draw", "weights", "set_weights", "scores", "images", "numbers", "loss"}
    assert functions - set(bullets) == shared | {"squared_error", "example"}


def test_a_bullet_that_is_not_checked_in_a_framework_is_noticed():
    name = "convolution_same"  # of which PyTorch has no function
    assert unchecked({name: "Keras pads, Gluon does not."}) == []
    assert unchecked({name: "All three pad."}) == [(name, "PyTorch")]
    assert unchecked({name: "PyTorch pads ([PyTorch's page](https://there))."}) == []
    assert unchecked({name: "PyTorch pads ([Keras's page](https://there))."}) == [(name, "PyTorch")]
    assert unchecked({"none": "TensorFlow pads."}) == [("none", "TensorFlow")]


def defined(source):
    """Return the public names that a module defines at its top, but for constants."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if target.id.islower()}
    return {name for name in names if not name.startswith("_")}


FUNCTIONS = {
    framework: defined((FOLDER / f"in_{framework.lower()}.py").read_text(encoding="utf-8"))
    for framework in page.FRAMEWORKS
}


def test_the_overview_names_what_the_entries_use():
    titles = {entry.title.lower().replace(" ", "-").replace("'", ""): entry for entry in ENTRIES}
    rows = re.findall(r"^\| \[.+?\]\(#([\w-]+)\) \| (.+) \|$", TEXT, re.MULTILINE)
    assert len(rows) > 20
    for anchor, cells in rows:
        for framework, cell in zip(page.FRAMEWORKS, cells.split(" | ")):
            if cell != "none":
                assert cell.strip("`") in titles[anchor].code[framework], (anchor, cell)


def used(source):
    """Return the names of Gluon that a program uses: nn.Dense, init.Xavier, .hybridize."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if name.split(".")[0] in MODULES and re.fullmatch(r"[\w.]+", name):
                names.add(name)
            elif node.attr in METHODS:
                names.add(f".{node.attr}")
    # gluon.loss is part of gluon.loss.L2Loss.
    return {n for n in names if not any(other.startswith(f"{n}.") for other in names)}


def test_what_a_program_uses_is_found():
    program = "net.add(nn.Dense(3), a.nn.Other())\ngluon.loss.L2Loss()(x.nn, y).backward()"
    assert used(program) == {"nn.Dense", "gluon.loss.L2Loss", ".backward"}


def programs():
    """Return the code of all lessons and exercises, and of the package's nets."""
    cells = [cell.source for path in LESSONS + EXERCISES for cell in code_cells(read(path))]
    files = sorted((ROOT / "d2l_helpers" / "models").glob("*.py"))
    return cells + [path.read_text(encoding="utf-8") for path in files]


def test_each_layer_and_each_line_of_the_loop_that_the_lessons_use_is_there():
    needed = set()
    for program in programs():
        lines = [line for line in program.splitlines() if not re.match(r" *[%!?]", line)]
        needed |= used("\n".join(lines))
    needed = {name for name in needed if "._" not in name and "__" not in name}
    missing = {name for name in needed if not re.search(rf"{re.escape(name)}\b", TEXT)}
    assert missing == set(NOT_CONCERNED), "add them to docs/concordance.md"


# Gluon


def test_gluons_side_is_as_the_page_says(gluon):
    _, failed = gluon
    assert not failed, "\n".join(f"{name}\n{why}" for name, why in failed.items())


def test_layers_give_the_shapes_that_the_page_says(gluon):
    found, _ = gluon
    for entry in ENTRIES:
        if entry.part == side.LAYERS:
            assert found[f"{entry.title} 0: input"].shape == entry.takes
            assert found[f"{entry.title} 0: predicting"].shape == entry.gives, entry.title


def test_the_loop_trains_and_what_is_loaded_is_what_was_saved(gluon):
    found, _ = gluon
    trained = [name for name in found if name.startswith("trained: ")]
    for name in trained:
        assert numpy.array_equal(found[name], found[name.replace("trained", "loaded")])
        assert abs(found[name] - found[name.replace("trained", "first")]).max() > 1e-3
    assert len(trained) == 8 and found["right"] > 0


@pytest.mark.parametrize(
    ("said", "wrong", "failing"),
    [
        ("`momentum=0.9`", "`momentum=0.8`", "Batch normalization: nn.BatchNorm(momentum=0.8)"),
        ("`rate` must be given", "`p` must be given", "Dropout: nn.Dropout(p)"),
        ("`alpha` must be", "`prefix` must be", "Leaky ReLU: nn.LeakyReLU(prefix)"),
        ("`pool_size=(2, 2)`", "`size=(2, 2)`", "Max pooling: nn.MaxPool2D(size=(2, 2))"),
        ("nn.GlobalAvgPool2D()", "nn.GlobalPool2D()", "Global average pooling"),
        ("trainer.step(len(X))", "trainer.stop(len(X))", side.LOOP),
    ],
)
def test_a_wrong_line_is_noticed(said, wrong, failing, folder):
    assert said in TEXT
    _, failed = side.run(in_gluon, folder, TEXT.replace(said, wrong, 1), only=[failing])
    assert list(failed) == [failing]


@pytest.mark.parametrize(
    "change",
    [
        {"scores": numpy.ones((16, 10))},
        {"Xavier: 0": numpy.zeros((96, 48, 5, 5))},
        {"trained: 00": numpy.zeros((6, 1, 5, 5))},
        {"loss": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_is_noticed(change, gluon):
    found, _ = gluon
    assert differences(found, found) == []
    theirs = {name: value for name, value in {**found, **change}.items() if value is not None}
    assert differences(found, theirs) == list(change)


# The others


has_keras = any(TORCH.folder.glob("lib/*/site-packages/keras"))
needs_torch = pytest.mark.skipif(not TORCH.is_installed, reason="`make torch` was not run here")


@needs_torch
def test_pytorch_computes_what_gluon_computes(expected, folder):
    found, failed = other_side(folder, "PyTorch")
    assert not failed, "\n".join(f"{name}\n{why}" for name, why in failed.items())
    assert differences(expected, found) == []


@needs_torch
@pytest.mark.skipif(not has_keras, reason="Keras needs Python 3.11 or newer")
@pytest.mark.skipif("TEST_TORCH" not in os.environ, reason="`make test-torch` takes a minute")
def test_keras_computes_what_gluon_computes(expected, folder):
    found, failed = other_side(folder, "Keras")
    assert not failed, "\n".join(f"{name}\n{why}" for name, why in failed.items())
    assert differences(expected, found) == []
