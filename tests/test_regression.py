"""The regression of the lessons can fail.

Each case runs the beginning of a lesson under nbval as `make test` does, in a copy in which one
thing was tampered with, and expects a cell to fail. Untampered copies pass.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import d2l_helpers as dh

import nbformat
import pytest
import test_notebooks
from nbval.plugin import get_sanitize_patterns
from test_notebooks import ROOT, code_cells

SANITIZE = ROOT / "tests" / "sanitize.cfg"
# As much of the lessons as the cases need: up to the first output that fits the pattern.
SHAPES = ("04", "output shape:")
TABLES = ("02", "46764746")
IMAGES = ("02", r"image +\(1, 1, 224, 224\)")
LABELS = ("01", "epoch 0 starts with")


class Copy:
    """A lesson up to a given cell, with all that it needs, in a folder of its own."""

    def __init__(self, folder, notebook):
        self.folder, self.notebook = folder, notebook
        (folder / "notebooks").mkdir()
        (folder / "tests").mkdir()
        shutil.copy(SANITIZE, folder / "tests")
        shutil.copytree(
            ROOT / "d2l_helpers", folder / "d2l_helpers", ignore=shutil.ignore_patterns("__pyc*")
        )
        (folder / "data").symlink_to(dh.DATA_DIR.parent, target_is_directory=True)

    def replace_in_helpers(self, module, old, new):
        """Replace text that is there once in a module of the copied package."""
        path = self.folder / "d2l_helpers" / module
        source = path.read_text()
        assert source.count(old) == 1, f"{module} has {source.count(old)} times {old!r}"
        path.write_text(source.replace(old, new))

    def replace_in_outputs(self, old, new):
        """Replace text in the stored outputs, and nowhere else."""
        num = 0
        for cell in code_cells(self.notebook):
            stored = json.dumps(cell.outputs)
            num += stored.count(old)
            cell.outputs = nbformat.from_dict(json.loads(stored.replace(old, new)))
        assert num, f"no stored output holds {old!r}"

    def run_nbval(self):
        """Run the lesson up to the first cell that fails, and return the finished process."""
        lesson = self.folder / "notebooks" / "lesson.ipynb"
        nbformat.write(self.notebook, lesson)
        # The folder comes before an installed d2l_helpers. The rest is what `make test` leaves
        # out, because it is meant for the unit tests.
        environment = dict(os.environ, PYTHONPATH=str(self.folder), JUPYTER_PLATFORM_DIRS="1")
        for name in ("MPLBACKEND", "PYTEST_ADDOPTS"):
            environment.pop(name, None)
        command = ["-m", "pytest", "--nbval", "--nbval-current-env", "--nbval-sanitize-with"]
        command += ["tests/sanitize.cfg", "-p", "no:cacheprovider", "--color=no", "--exitfirst"]
        return subprocess.run(
            [sys.executable, *command, "notebooks"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )

    def outcome(self):
        """Return 'passes', or how the first cell that fails does: 'differs' or 'asserts'."""
        result = self.run_nbval()
        report = result.stdout + result.stderr
        if result.returncode == 0 and re.search(r"\d+ passed in", report):
            return "passes"
        assert result.returncode == 1, report
        assert re.search(r"\b1 failed\b", report), report
        if "Cell outputs differ" in report:
            return "differs"
        assert "Cell execution caused an exception" in report, report
        assert "AssertionError" in report, report
        return "asserts"


def beginning(notebook, pattern):
    """Return a copy of a notebook up to the first code cell that puts out what fits a pattern."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and re.search(pattern, json.dumps(cell.outputs)):
            notebook.cells = notebook.cells[: number + 1]
            return notebook
    raise AssertionError(f"no cell puts out {pattern!r}")


def lesson(number):
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return nbformat.read(path, as_version=4)


# What to tamper with: each takes a Copy.


def change_a_stored_shape(copy):
    copy.replace_in_outputs("(1, 256, 12, 12)", "(1, 256, 13, 13)")


def change_a_stored_table_number(copy):
    copy.replace_in_outputs("46764746", "46764747")


def remove_the_padding_of_conv2(copy):
    conv2 = "256, kernel_size=5, padding=2, activation="
    copy.replace_in_helpers("models.py", conv2, conv2.replace("padding=2, ", ""))


def make_relu_sigmoid(copy):
    copy.replace_in_helpers("models.py", 'activation="relu"):', 'activation="sigmoid"):')


def drop_the_resize(copy):
    copy.replace_in_helpers("data.py", "    if resize is not None:\n", "    if False:\n")


def shift_the_labels_by_one(copy):
    # Every class takes the name of the next one; all numbers of images a class stay the same.
    copy.replace_in_helpers(
        "data.py",
        "    labels.setflags(write=False)",
        "    labels = (labels + 1) % 10\n    labels.setflags(write=False)",
    )


def leave_it_as_it_is(copy):
    pass


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tamper", "part", "outcome"),
    [
        (leave_it_as_it_is, SHAPES, "passes"),
        (change_a_stored_shape, SHAPES, "differs"),
        (remove_the_padding_of_conv2, SHAPES, "asserts"),
        (leave_it_as_it_is, IMAGES, "passes"),  # it begins with TABLES
        (change_a_stored_table_number, TABLES, "differs"),
        (make_relu_sigmoid, TABLES, "asserts"),
        (drop_the_resize, IMAGES, "asserts"),
        (leave_it_as_it_is, LABELS, "passes"),
        (shift_the_labels_by_one, LABELS, "differs"),
    ],
)
def test_the_regression_notices(tmp_path, tamper, part, outcome):
    number, pattern = part
    copy = Copy(tmp_path, beginning(lesson(number), pattern))
    tamper(copy)
    assert copy.outcome() == outcome


# What is compared strictly, and what is not


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("~0.812", "~0.799", "passes"),
        ("12 layers", "13 layers", "differs"),
        ("~0.812", "0.812", "differs"),
    ],
)
def test_only_the_number_behind_a_tilde_may_change(tmp_path, old, new, outcome):
    stored = "accuracy ~0.812 of 10000 images, 12 layers\n"
    source = 'print("accuracy ~0.812 of 10000 images, 12 layers")'
    cell = nbformat.v4.new_code_cell(source, execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text=stored)]
    copy = Copy(tmp_path, nbformat.v4.new_notebook(cells=[cell]))
    copy.replace_in_outputs(old, new)
    assert copy.outcome() == outcome


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
    ],
)
def test_what_stands_beside_a_mask_is_compared(stored, new):
    assert sanitized(stored) != sanitized(new)


# What nbval itself would let pass


def test_a_cell_without_its_execution_is_not_let_pass():
    stripped = lesson("02")
    cell = code_cells(stripped)[3]
    cell.outputs, cell.execution_count = [], None
    test_notebooks.test_every_code_cell_was_executed_and_in_order(lesson("02"))
    with pytest.raises(AssertionError):
        test_notebooks.test_every_code_cell_was_executed_and_in_order(stripped)
