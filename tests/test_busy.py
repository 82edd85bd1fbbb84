"""A lesson that measures speed, on a machine that is busy in bursts; see also test_speed_claims."""

import subprocess
import sys

import nbformat
import pytest
from stored_lessons import load_tool

pytestmark = pytest.mark.once

# Load that comes and goes is worse for a comparison of times than load that stays.
RIVAL = """
import random, time
while True:
    end = time.monotonic() + random.uniform(0.1, 1)
    while time.monotonic() < end:
        pass
    time.sleep(random.uniform(0, 1))
"""


@pytest.fixture
def rivals():
    """Four processes that compete for the processor."""
    started = [subprocess.Popen([sys.executable, "-c", RIVAL]) for _ in range(4)]
    yield started
    for rival in started:
        rival.kill()
        rival.wait()


CELLS = [
    "import d2l_helpers as dh\nfrom mxnet import np\nA = np.random.uniform(size=(300, 300))",
    "seconds = dh.seconds_in_turns({n: lambda: np.dot(A, A) for n in 'ab'}, rounds=20)\n"
    "dh.verdict('a compared with b, which do the same', seconds['a'] / seconds['b'], at_least=9)",
    "print('the end')",
]


def test_a_lesson_runs_on_after_a_speed_that_no_machine_has(rivals, tmp_path, monkeypatch, capsys):
    tool = load_tool()
    monkeypatch.setattr(tool, "LESSONS", tmp_path / "notebooks")
    monkeypatch.setattr(tool, "BUILD", tmp_path / "build")
    tool.LESSONS.mkdir()
    cells = [*map(nbformat.v4.new_code_cell, CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tool.LESSONS / "00_busy.ipynb")
    assert tool.main(["run"]) == 0, capsys.readouterr().err
    *_, verdict, end = nbformat.read(tool.BUILD / "00_busy.ipynb", as_version=4).cells
    assert verdict.outputs[0].text.startswith("~ Not as expected: a compared with b")
    assert end.outputs[0].text == "the end\n"
    assert all(rival.poll() is None for rival in rivals)
