"""codespell, as `make lint` runs it: what it finds in a notebook, and what it must pass over."""

import subprocess
import sys

import nbformat
import pytest
from stored_lessons import ROOT

pytestmark = pytest.mark.once

PICTURE = {"image/png": "AAAA/teh/recieve+AAAA"}  # codespell:ignore


def misspelt(folder, text):
    """Return what codespell finds in a notebook with a text and a picture, one line each."""
    code = nbformat.v4.new_code_cell("plot()")
    code.outputs = [nbformat.v4.new_output("display_data", PICTURE)]
    cells = [nbformat.v4.new_markdown_cell(text), code]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "lesson.ipynb")
    command = [sys.executable, "-m", "codespell_lib", "--toml", ROOT / "pyproject.toml", folder]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("text", ["We recieve it.", "Above it.\nRecieve it."])  # codespell:ignore
def test_a_misspelt_word_is_found(tmp_path, text):
    (found,) = misspelt(tmp_path, text)
    assert found.lower().endswith("recieve ==> receive")  # codespell:ignore


@pytest.mark.parametrize("text", ["The colour.", "`mx.nd`, NiN, `ast.NotIn`", 'norm(x, "fro")'])
def test_other_words_and_bytes_are_passed_over(tmp_path, text):
    assert misspelt(tmp_path, text) == []
