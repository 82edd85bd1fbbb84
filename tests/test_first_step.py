"""The benchmark of a fresh process, and what the import of the course loads."""

import subprocess
import sys

import first_step
import pytest

LOADED = """
import sys, sysconfig
packages = sysconfig.get_paths()["purelib"]
print(*{name.partition(".")[0] for name, module in list(sys.modules.items())
        if str(getattr(module, "__file__", None)).startswith(packages)})
"""


def test_the_course_s_import_loads_two_small_packages_more_than_mxnet_and_d2l():
    # Counted, not timed: how long an import takes depends on what else the machine does.
    theirs, ours = (
        subprocess.run(
            [sys.executable, "-c", imports + LOADED], capture_output=True, text=True, check=True
        ).stdout.split()
        for imports, _ in first_step.PROGRAMS.values()
    )
    assert "mxnet" in theirs and "d2l" in theirs
    assert set(ours) - set(theirs) == {"safetensors", "tqdm"}


@pytest.mark.parametrize("who", first_step.PROGRAMS)
def test_the_first_gradient_comes_behind_the_import(who, monkeypatch):
    monkeypatch.setattr(
        first_step, "FIRST_STEP", first_step.FIRST_STEP.replace("((128, 1", "((2, 1")
    )
    imported, gradient = first_step.seconds(who)
    assert 0 < imported < gradient


def test_ratios_are_those_of_processes_that_took_turns(monkeypatch):
    measured = iter([[1, 2], [2, 4], [4, 8], [4, 8], [5, 9], [15, 27]])
    monkeypatch.setattr(first_step, "seconds", lambda who: next(measured))
    table = first_step.compare(rounds=3).set_index("program")
    assert list(table.loc["d2l"]) == [4, 8, 1, 1]
    assert list(table.loc["ours"]) == [4, 8, 2, 2]
