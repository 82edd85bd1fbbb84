"""The regression of the lessons can fail.

Cells of all lessons run once more, as `make check-lessons` runs them, behind a copy of themselves
in which one thing was tampered with. The cells as they are stored must pass, and each tampering
must be noticed, by the cell and in the way that the tables below say.
"""

import copy
import dis
import json
import os
import re
import shutil
import subprocess
import sys
import types
from typing import NamedTuple
from xml.etree import ElementTree

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbval.plugin import get_sanitize_patterns
from stored_lessons import LESSONS, ROOT, code_cells, read

SANITIZE = ROOT / "tests" / "sanitize.cfg"

# Their methods are functions: dh.show(...) does not change dh.
MODULES = {"autograd", "dh", "gluon", "np", "npx", "numpy", "pd", "plt", "random"}
DIFFERS, ASSERTS = "differs from its stored output", "fails in an assertion"


class Tampering(NamedTuple):
    """A change of a lesson's cell, or of a module that a cell uses, and how it is noticed."""

    place: str  # a part of the lesson's name, or a module of d2l_helpers
    old: str
    new: str
    outcome: str
    noticed_by: str = ""  # text that the noticing cell holds; without it: the tampered cell
    in_lesson: str = ""  # for a module: a part of the name of the noticing cell's lesson
    # What makes a cell in front of the noticing one quick enough for a test.
    shortened: tuple[str, str] = ("", "")


# Numbers, shapes and words in stored outputs. The first cell that has them is tampered with.
STORED = [
    Tampering("start_here", "361 times as many", "362 times as many", DIFFERS),
    Tampering(
        "fashion_mnist", "lengths of the axes: [60000,", "lengths of the axes: [6000,", DIFFERS
    ),
    Tampering("how_a_net_learns", "[ 0.665 -0.755", "[ 0.665 -0.756", DIFFERS),
    Tampering("architecture", "46,764,746", "46,764,747", DIFFERS),
    Tampering("relu_vs_sigmoid", "steepest slope 0.25", "steepest slope 0.26", DIFFERS),
    Tampering("shapes", "(1, 256, 12, 12)", "(1, 256, 13, 13)", DIFFERS),
    Tampering("training", "(2000, 2000, 1000)", "(2000, 2000, 100)", DIFFERS),
    Tampering("prediction_tables", "from 0.397 to 0.892", "from 0.397 to 0.893", DIFFERS),
    Tampering("the_2012_paper", "differ: [46 47 48 49]", "differ: [46 47 48 50]", DIFFERS),
    Tampering("five_tutorials", "the last of 16 images", "the last of 61 images", DIFFERS),
    Tampering("fast_on_a_cpu", "0.3339844", "0.3339845", DIFFERS),
    Tampering("elsewhere", "[10288, 10768]", "[10288, 10769]", DIFFERS),
    Tampering("scaling_out", "saved: 46 %", "saved: 47 %", DIFFERS),
]

# The lessons' own code. What it changes stands behind a ~ or is not shown, so that only an
# assertion can notice it.
CODE = [
    Tampering(
        "relu_vs_sigmoid",
        '"He": init.MSRAPrelu("in", slope=0)',
        '"He": init.Normal(0.01)',
        ASSERTS,
        noticed_by='assert first["He", "relu"] > 1e-4',
    ),
    Tampering(
        "training",
        "trainer.step(len(X))",
        "trainer.step(2 * len(X))",
        ASSERTS,
        noticed_by="assert abs(by_hand - history[0]",
        shortened=("num_epochs=5", "num_epochs=1"),
    ),
    Tampering(
        "2012",  # the lesson on its training
        "0.0005 * lr * w",
        "0.0005 * w",
        ASSERTS,
        noticed_by='numpy.allclose(paths["paper"], paths["MXNet"]',
    ),
    Tampering(
        "five_tutorials",
        "dh.LRN(k=1.0)",
        "dh.LRN(k=1.5)",
        ASSERTS,
        noticed_by='assert abs(change[1, "T5, k = 1"]',
    ),
]

# Figures, by the text that is made from what was drawn.
FIGURES = [
    Tampering(
        "relu_vs_sigmoid", "x.asnumpy(), values, label", "x.asnumpy(), values / 2, label", DIFFERS
    ),
    Tampering("relu_vs_sigmoid", "    axes[0].legend()", "    axes[0].grid()", DIFFERS),
    Tampering("training", "ax.plot(100 * progress, lrs,", "ax.plot(lrs, 100 * progress,", DIFFERS),
    Tampering("prediction_tables", 'xscale="log", xlabel="number of', 'xlabel="number of', DIFFERS),
    Tampering(
        "the_2012_paper", '"alpha / 5 (program)": 1e-4 / 5', '"alpha / 5 (program)": 1e-4', DIFFERS
    ),
]

# The package, one change at a time.
PACKAGE = [
    Tampering(
        "models/alexnet.py",
        "256, kernel_size=5, padding=2, activation=",
        "256, kernel_size=5, activation=",
        DIFFERS,
        noticed_by='alexnet["MXNet"] = dh.layer_table(',
        in_lesson="shapes",
    ),
    Tampering(
        "models/alexnet.py",
        'activation="relu"):',
        'activation="sigmoid"):',
        ASSERTS,
        noticed_by="assert repr(alexnet) == repr(dh.alexnet())",
        in_lesson="architecture",
    ),
    Tampering(
        "data/loader.py",
        "    if (height, width) != images.shape[1:]:\n",
        "    if False:\n",
        DIFFERS,
        noticed_by="fields of units in the middle",
        in_lesson="shapes",
    ),
    # Every class takes the name of the next one; all numbers of images a class stay the same.
    Tampering(
        "data/fashion_mnist.py",
        "    labels.setflags(write=False)",
        "    labels = (labels + 1) % 10\n    labels.setflags(write=False)",
        DIFFERS,
        noticed_by="epoch 0 starts with",
        in_lesson="fashion_mnist",
    ),
]


# A cell, and the cells that it builds on


def holds(cell, text):
    """Return whether a cell has a text in its source or in its stored outputs."""
    return text in cell.source or json.dumps(text)[1:-1] in json.dumps(cell.outputs)


def find(lesson, text):
    """Return the path of the lesson that has a text, and the number of its first cell with it."""
    for path in LESSONS:
        if lesson in path.stem:
            for number, cell in enumerate(code_cells(read(path))):
                if holds(cell, text):
                    return path, number
    raise AssertionError(f"no cell of a lesson *{lesson}* holds {text!r}: mend the tables above")


class Names(NamedTuple):
    """The names that a cell sets, those it may change by a method, and those it needs."""

    set: set
    changed: set
    needed: set


def names(cell):
    source = TransformerManager().transform_cell(cell.source)
    codes = [compile(source, "cell", "exec")]
    bound, needed, in_functions = set(), set(), set()
    for step in dis.get_instructions(codes[0]):
        if step.opname == "STORE_NAME":
            bound.add(step.argval)
        elif step.opname == "LOAD_NAME" and step.argval not in bound:
            needed.add(step.argval)
    for code in codes:
        codes += [value for value in code.co_consts if isinstance(value, types.CodeType)]
        steps = dis.get_instructions(code)
        in_functions |= {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
    changed = set(re.findall(r"^(\w+)\.\w+\(", source, re.MULTILINE))  # such as net.add(...)
    return Names(bound, changed - MODULES, needed | in_functions - bound)


def with_what_it_needs(cells, number):
    """Return a cell behind those in front of it that set or change what it needs."""
    missing = names(cells[number]).needed
    chosen = [cells[number]]
    for cell in reversed(cells[:number]):
        found = names(cell)
        if missing & (found.set | found.changed):
            chosen.insert(0, cell)
            missing = missing - found.set | found.needed
    return chosen


# What is run


class Step(NamedTuple):
    """A cell to run, and how it must fail: an outcome and whose, or nothing."""

    cell: dict
    outcome: str = ""
    tampering: object = None


def shorten(cells, old, new):
    """Return the cells, one of them quicker; what it then puts out is not compared."""
    (slow,) = (number for number, cell in enumerate(cells) if old in cell.source)
    quick = copy.deepcopy(cells[slow])
    quick.source = quick.source.replace(old, new)
    quick.metadata["tags"] = ["nbval-ignore-output"]
    return [*cells[:slow], quick, *cells[slow + 1 :]]


def sequence(tampering):
    """Return the cells that show a tampering, as they are stored; the last one will notice it."""
    lesson = tampering.in_lesson or tampering.place
    path, number = find(lesson, tampering.noticed_by or tampering.old)
    cells = with_what_it_needs(code_cells(read(path)), number)
    return shorten(cells, *tampering.shortened) if any(tampering.shortened) else cells


def tampered(cells, tampering):
    """Return a copy of the cells in which a text is replaced: in outputs, or in one source."""
    cells = copy.deepcopy(cells)
    if tampering in STORED:
        stored = json.dumps(cells[-1].outputs)
        cells[-1].outputs = nbformat.from_dict(
            json.loads(stored.replace(tampering.old, tampering.new))
        )
        return cells
    (cell,) = (cell for cell in cells if tampering.old in cell.source)
    cell.source = cell.source.replace(tampering.old, tampering.new)
    return cells


def notebooks():
    """Return {folder: steps} for all that must be run.

    One folder has the package as it is. There each sequence runs as it is stored, which must pass,
    and then the tampered one. The others have one change of the package each.
    """
    honest = []
    for tampering in [*STORED, *CODE, *FIGURES, *PACKAGE]:
        honest += map(Step, sequence(tampering))
        if tampering not in PACKAGE:
            *before, last = tampered(sequence(tampering), tampering)
            honest += [*map(Step, before), Step(last, tampering.outcome, tampering)]
    runs = {"honest": honest}
    for number, tampering in enumerate(PACKAGE):
        *before, last = sequence(tampering)
        runs[f"package{number}"] = [*map(Step, before), Step(last, tampering.outcome, tampering)]
    return runs


class Copy:
    """A folder in which `make check-lessons` finds notebooks of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "notebooks").mkdir()
        (folder / "exercises").mkdir()
        (folder / "tests").mkdir()
        for name in ("Makefile", "pyproject.toml", "conftest.py", "tests/sanitize.cfg"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "notebooks" / "results").symlink_to(ROOT / "results")

    def replace(self, name, old, new):
        """Replace a text that is there once in a file."""
        path = self.folder / name
        text = path.read_text()
        assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))

    def add(self, name, cells, package=None):
        """Add a folder with a notebook of these cells, and beside it the packages that it uses.

        Args:
            package: the `Tampering` of d2l_helpers there, or None.
        """
        folder = self.folder / "notebooks" / name
        folder.mkdir()
        cells = [nbformat.from_dict({**cell, "id": f"c{i}"}) for i, cell in enumerate(cells)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "lesson.ipynb")
        for link in ("mxnet_today", "data"):
            (folder / link).symlink_to(ROOT / link)
        if package is None:
            (folder / "d2l_helpers").symlink_to(ROOT / "d2l_helpers")
        else:
            shutil.copytree(
                ROOT / "d2l_helpers",
                folder / "d2l_helpers",
                ignore=shutil.ignore_patterns("__pyc*"),
            )
            module = f"notebooks/{name}/d2l_helpers/{package.place}"
            self.replace(module, package.old, package.new)

    def check(self):
        """Run `make check-lessons`; return its status and {folder: [how each cell fails, or ""]}.

        An outcome is `DIFFERS`, `ASSERTS`, or what nbval says of another failure.
        """
        # The options of the make and the pytest that run these tests; and packages from elsewhere,
        # where those beside the notebook are meant.
        others = ("MAKE", "MFLAGS", "PYTEST_", "PYTHONPATH")
        environment = {k: value for k, value in os.environ.items() if not k.startswith(others)}
        environment["PYTEST_ADDOPTS"] = "-p no:cacheprovider --color=no --junitxml=report.xml"
        done = subprocess.run(
            ["make", "--old-file=venv", "check-lessons", f"PY={sys.executable}", "WORKERS="],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        report = self.folder / "report.xml"
        assert report.exists(), done.stdout + done.stderr
        outcomes = {}
        for case in ElementTree.parse(report).iter("testcase"):
            folder = case.get("classname").split(".")[1]
            outcomes.setdefault(folder, []).append(outcome(case))
        return done.returncode, outcomes


def outcome(case):
    """Return how a test case of a report failed, or ""."""
    failure = case.find("failure")
    if failure is None:
        return ""
    if "Cell outputs differ" in failure.text:
        return DIFFERS
    raised = "Cell execution caused an exception" in failure.text
    return ASSERTS if raised and "AssertionError" in failure.text else failure.text


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What the copies of the lessons came to: a pair of a `Step` and its outcome for each cell."""
    copied, runs = Copy(tmp_path_factory.mktemp("tampered")), notebooks()
    for name, steps in runs.items():
        package = steps[-1].tampering if name != "honest" else None
        copied.add(name, [step.cell for step in steps], package)
    status, found = copied.check()
    assert status != 0
    assert {name: len(steps) for name, steps in runs.items()} == {
        name: len(failures) for name, failures in found.items()
    }
    return [pair for name, steps in runs.items() for pair in zip(steps, found[name])]


def test_the_cells_as_they_are_stored_pass(outcomes):
    failed = [(s.cell.source, failure) for s, failure in outcomes if not s.outcome and failure]
    assert not failed


@pytest.mark.parametrize(
    "tampering", [*STORED, *CODE, *FIGURES, *PACKAGE], ids=lambda t: f"{t.place}: {t.new}"
)
def test_the_regression_notices(outcomes, tampering):
    (failure,) = (failure for step, failure in outcomes if step.tampering is tampering)
    assert failure == tampering.outcome


def test_each_lesson_is_tampered_with():
    assert {find(t.place, t.old)[0] for t in STORED + CODE} == set(LESSONS)


# What is compared strictly, and what is not

STORED_LINE = "accuracy ~0.812 of 10000 images, 12 layers"
# What a cell prints whose stored output is that line, and how it must fail.
PRINTED = {
    STORED_LINE: "",
    STORED_LINE.replace("~0.812", "~0.799"): "",
    STORED_LINE.replace("12 layers", "13 layers"): DIFFERS,
    STORED_LINE.replace("~0.812", "0.812"): DIFFERS,
}


def printing(text):
    cell = nbformat.v4.new_code_cell(f"print({text!r})", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text=f"{STORED_LINE}\n")]
    return cell


SWALLOW = "[everything]\nregex: .+\nreplace: X\n\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "notices"),
    [
        ("Makefile", "--nbval $(NOTEBOOKS)\n", "--nbval $(NOTEBOOKS)\n", True),
        ("Makefile", "--nbval $(NOTEBOOKS)\n", "--nbval-lax $(NOTEBOOKS)\n", False),
        ("tests/sanitize.cfg", "[a number measured", f"{SWALLOW}[a number measured", False),
    ],
    ids=["as it is", "only marked cells are compared", "a pattern that swallows all"],
)
def test_only_the_number_behind_a_tilde_may_change(tmp_path, name, old, new, notices):
    copied = Copy(tmp_path)
    copied.add("lines", map(printing, PRINTED))
    copied.replace(name, old, new)
    status, outcomes = copied.check()
    assert outcomes == {"lines": list(PRINTED.values()) if notices else [""] * len(PRINTED)}
    assert bool(status) == notices


def test_make_test_runs_the_unit_tests_and_the_lessons():
    command = ["make", "--dry-run", "test"]
    steps = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"-m pytest .*--nbval tests notebooks exercises$", steps, re.MULTILINE)


def sanitized(text):
    for regex, replacement in get_sanitize_patterns(SANITIZE.read_text()):
        text = re.sub(regex, replacement, text)
    return text


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("loss ~0.331", "loss ~12.5"),
        ("~1,494.6 images/s", "~57 images/s"),
        ("~-1.5e-07", "~0.0"),
        ("~12.3%", "~9%"),
        ("~ankle boot  ~True", "~shirt       ~False"),
        ("a   ~0.5\nb  ~12.5", "a  ~0.25\nb  ~3.5"),
        (
            "loss 0.331, train acc 0.879, test acc 0.890\n1494.6 examples/sec on gpu(0)",
            "loss 2.303, train acc 0.100, test acc 0.100\n25.0 examples/sec on cpu(0)",
        ),
        ("resumed after epoch 1 of 3\nloss", "loss"),
        ("Using the CPU: there is no GPU.\n(1, 10)", "(1, 10)"),
        (
            "12\n~ As expected: conv2: 80.5 %; expected: at least 60\n(1, 10)",
            "12\n~ Not as expected: conv2: 2e-07 %; expected: at least 60\n"
            "~ A possible reason: it is slow.\n~ To measure again, close 3 programs.\n(1, 10)",
        ),
    ],
)
def test_what_a_machine_may_change_is_masked(stored, new):
    assert sanitized(stored) == sanitized(new)


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("(1, 96, 54, 54)", "(1, 96, 55, 55)"),
        ("parameters 46,764,746", "parameters 46,764,747"),
        ("accuracy 0.890", "accuracy 0.891"),
        ("~0.5 of 10", "~0.5 of 11"),
        ("~0.5,7", "~0.5,8"),
        ("~0.5-7", "~0.5-8"),
        ("~0.5x7", "~0.5x8"),
        ("<td>~0.5</td><td>7</td>", "<td>~0.5</td><td>8</td>"),
        ("~shirt, 7", "~shirt, 8"),
        ("~shirt 7", "~shirt 8"),
        ("~0.5", "~nan"),
        ("~0.5", "~-inf"),
        ("~0.5", "0.5"),
        ("loss 0.331", "loss 0.332"),
        ("1 5", "1.5"),
        ("12", "1 2"),
        ("on cpu(0)", "on cpu(1)"),
        ("~ As expected: a: 2 times\n7", "~ As expected: a: 2 times\n8"),
        ("7\n~ As expected: a: 2 times", "8\n~ As expected: a: 2 times"),
        ("~ As expected: a: 2 times\n", "As expected: a: 2 times\n"),
        ("~ As expected: a: 2 times\n", ""),
        ("~ As expected: a: 2 times\n~ As expected: b: 2 times\n", "~ As expected: a: 2 times\n"),
    ],
)
def test_what_stands_beside_a_mask_is_compared(stored, new):
    assert sanitized(stored) != sanitized(new)
