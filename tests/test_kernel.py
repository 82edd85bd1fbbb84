"""What a real kernel shows: figures and progress bars, with a person before it and without one."""

import base64
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from stored_lessons import KERNEL_STARTS, ROOT

THREE_POINTS = 'Three points.\nline "a": 3 points, x 0, 1, 2, y 0, 1, 2\nlegend: a'
CELLS = {
    "imports": "import d2l_helpers as dh\n"
    "from d2l_helpers.notebook.progress_bar import ProgressBars",
    "plot": "dh.plot([1, 2], [3, 4], alt='A rising line.')",
    "animator": "animator = dh.Animator(legend=['a'])\n"
    "for i in range(3):\n    animator.add(i, i)\n"
    "animator.show('Three points.')",
    "define run": "def run():\n"
    "    bars = ProgressBars(2)\n"
    "    for epoch in range(2):\n"
    "        for _ in bars.over(range(3), epoch):\n"
    "            pass\n"
    "    return bars",
    "bars": "run().close()",
    "watched": "dh.notebook.session.watched()",
}
# In front of a person, who can be asked for input: the same again, and a bar that stays.
WATCHED_CELLS = {
    "watched": CELLS["watched"],
    "animator": CELLS["animator"],
    "bars": "bars = run()",
    "closed bars": "bars = run()\nbars.close()",
    "no bars": "ProgressBars(2).close()",
}


@pytest.fixture(scope="module")
def outputs():
    """The outputs of both groups of cells, run in one kernel: {(watched, name): outputs}."""
    runs = {(False, name): source for name, source in CELLS.items()}
    runs |= {(True, name): source for name, source in WATCHED_CELLS.items()}
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"watched": watched})
        for (watched, _), source in runs.items()
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, kernel_name="python3", startup_timeout=KERNEL_STARTS)
    # What a front end's client sends with each cell; nbclient's own sends that no input is allowed.
    client.on_cell_start = lambda cell, cell_index: setattr(
        client.kc, "allow_stdin", cell.metadata["watched"]
    )
    # Without the variables that Jupyter's server or a test run sets for its own kernels.
    left_out = ("JPY_", "MPLBACKEND", "PYTEST_")
    environment = {k: value for k, value in os.environ.items() if not k.startswith(left_out)}
    environment["PYTHONPATH"] = str(ROOT)
    client.execute(env=environment)
    return {run: cell.outputs for run, cell in zip(runs, cells)}


def test_importing_the_helpers_prints_nothing(outputs):
    assert outputs[False, "imports"] == []


@pytest.mark.parametrize(("watched", "answer"), [(False, []), (True, "'jupyter'")])
def test_a_person_is_there_unless_the_run_allows_no_input(outputs, watched, answer):
    shown = outputs[watched, "watched"]
    assert (shown[0].data["text/plain"] if shown else []) == answer


@pytest.mark.parametrize(
    ("watched", "name", "alt"),
    [
        (False, "plot", "A rising line.\nline: 2 points, x 1, 2, y 3, 4"),
        (False, "animator", THREE_POINTS),
        (True, "animator", THREE_POINTS),
    ],
)
def test_a_figure_is_one_png_with_its_text(outputs, watched, name, alt):
    (output,) = outputs[watched, name]
    assert output.output_type == "display_data"
    assert set(output.data) == {"image/png", "text/plain"}
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert output.data["text/plain"] == f"Figure: {alt}"
    assert output.metadata == {"image/png": {"alt": alt}}


def test_no_bar_appears_when_nobody_watches(outputs):
    assert outputs[False, "bars"] == []


def test_all_bars_are_one_line_of_text(outputs):
    (output,) = outputs[True, "bars"]
    assert set(output.data) == {"text/html", "text/plain"}  # and no widget
    assert output.data["text/html"].startswith("<pre>epoch 2/2: ")
    assert "\r" not in output.data["text/plain"]


def test_of_the_bars_nothing_can_be_seen_afterwards(outputs):
    (output,) = outputs[True, "closed bars"]
    assert output.data == {"text/html": "", "text/plain": ""}


def test_a_training_run_that_has_nothing_to_do_shows_no_bar(outputs):
    assert outputs[True, "no bars"] == []


@pytest.mark.once
def test_a_cell_that_ends_its_kernel_fails_at_once(tmp_path):
    """nbval itself would wait for the answer, as long as a cell may take."""
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "tests/sanitize.cfg"):
        shutil.copy(ROOT / name, tmp_path / name)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(s) for s in ("1", "import os; os._exit(7)", "2")]
    nbformat.write(notebook, tmp_path / "ended.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "ended.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "the kernel ended within this cell, with code 7" in done.stdout
    assert "2 failed, 1 passed" in done.stdout
