"""The course without make: pip, then nbconvert or plain pytest, as docs/machines.md says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from stored_lessons import ROOT

LESSON = """\
import d2l_helpers as dh
from mxnet import np
print(dh.conv_output_size(224, 11, 4), np.ones(2))"""


def run(*words, folder):
    """Run a module of this environment as a user would, without what make or a test run sets."""
    left_out = ("PYTEST_", "JUPYTER_", "PYTHON", "OMP_", "MAKE")
    environment = {k: value for k, value in os.environ.items() if not k.startswith(left_out)}
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def course(tmp_path):
    """A course with one lesson, whose stored output is right, and pytest's settings of this one."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "tests").mkdir()
    for name in ("pyproject.toml", "conftest.py", "tests/sanitize.cfg"):
        shutil.copy(ROOT / name, tmp_path / name)
    cell = nbformat.v4.new_code_cell(LESSON, execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text="54 [1. 1.]\n")]
    cells = [cell, nbformat.v4.new_code_cell("dh.measured(0.5)", execution_count=2)]
    cells[1].outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "'~0.123'"}, execution_count=2)
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "00.ipynb")
    return tmp_path


def test_nbconvert_runs_a_lesson_in_its_folder(course):
    folder = course / "notebooks"
    words = ("--to", "notebook", "--execute", "--output", "executed.ipynb", "00.ipynb")
    done = run("nbconvert", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    executed = nbformat.read(folder / "executed.ipynb", as_version=4)
    assert executed.cells[0].outputs[0].text == "54 [1. 1.]\n"


@pytest.mark.parametrize(("place", "what"), [("", "notebooks"), ("notebooks", "00.ipynb")])
def test_plain_pytest_compares_the_lessons_as_make_does(course, place, what):
    lesson = course / "notebooks" / "00.ipynb"
    done = run("pytest", "--nbval", what, folder=course / place)
    assert "2 passed" in done.stdout, done.stdout
    lesson.write_text(lesson.read_text().replace("54 [1.", "55 [1."))
    done = run("pytest", "--nbval", what, folder=course / place)
    assert "1 failed, 1 passed" in done.stdout, done.stdout


def test_another_file_of_masks_may_be_chosen(course):
    (course / "none.cfg").write_text("[none]\nregex: nothing like it\nreplace: x\n")
    words = ("pytest", "--nbval", "--nbval-sanitize-with", "none.cfg", "notebooks")
    assert "1 failed, 1 passed" in run(*words, folder=course).stdout


@pytest.mark.skipif("TEST_WITHOUT_MAKE" not in os.environ, reason="make test-without-make installs")
def test_the_page_s_pip_commands_bring_all_that_a_lesson_needs(tmp_path):
    clone = tmp_path / "course"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run([sys._base_executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    for words in ["--no-deps -r requirements.lock", "--no-deps -e ."]:
        assert f"pip install {words}" in (ROOT / "docs" / "machines.md").read_text()
        install = [python, "-m", "pip", "install", "--quiet", *words.split()]
        subprocess.run(install, cwd=clone, check=True)
    lesson = Path("notebooks/05_shapes.ipynb")
    execute = ["nbconvert", "--to", "notebook", "--execute", "--output-dir", tmp_path, lesson.name]
    subprocess.run([python, "-m", *execute], cwd=clone / lesson.parent, check=True)
    subprocess.run([python, "-m", "pytest", "--nbval", lesson], cwd=clone, check=True)
