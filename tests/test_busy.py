"""A lesson that measures speed, on a machine that is busy in bursts; see also test_speed_claims."""

import subprocess
import sys

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


def test_a_lesson_that_measures_speed_comes_to_its_end(rivals, tmp_path, monkeypatch):
    tool = load_tool()
    monkeypatch.setattr(tool, "BUILD", tmp_path)
    assert tool.main(["run", "01"]) == 0
    assert "expected: " in (tmp_path / "01_fashion_mnist.html").read_text()
    assert all(rival.poll() is None for rival in rivals)
