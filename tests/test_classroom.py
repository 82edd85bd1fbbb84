"""The record of many kernels at once, with two small ones."""

import asyncio

import classroom
import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

pytestmark = pytest.mark.once


@pytest.fixture
def lesson(tmp_path):
    """A function that writes a lesson with one cell and returns its path."""

    def lesson(source):
        path = tmp_path / "lesson.ipynb"
        cells = [nbformat.v4.new_markdown_cell("# Small"), nbformat.v4.new_code_cell(source)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return lesson


def test_all_kernels_run_the_lesson_and_their_memory_is_added(lesson, tmp_path):
    path = lesson(
        "import os, tempfile\n"
        "seen = [name for name in os.environ if name.startswith('OMP_')]\n"
        "ones = b'1' * 200 * 2**20\n"
        "with open(tempfile.mkstemp(dir='.', suffix='.done')[1], 'w') as file:\n"
        "    file.write(f'{seen} {os.environ[\"OMP_NUM_THREADS\"]}')"
    )
    took = asyncio.run(classroom.classroom(2, {"OMP_NUM_THREADS": "7"}, path))
    done = [file.read_text() for file in tmp_path.glob("*.done")]
    assert done == 2 * ["['OMP_NUM_THREADS'] 7"]
    assert took["seconds"] >= took["first seconds"] > 0
    assert 400 < took["peak MB"] < 1000


def test_a_lesson_that_fails_in_a_kernel_ends_the_record(lesson):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        asyncio.run(classroom.classroom(2, {}, lesson("1 / 0")))
