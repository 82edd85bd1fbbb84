import first_step
import numpy
import pytest


def test_the_course_s_import_takes_hardly_longer_than_that_of_mxnet_and_d2l():
    # Other programs can only add to a time, so the least of each counts.
    times = [[first_step.seconds(who, step=False) for who in ("d2l", "ours")] for _ in range(4)]
    theirs, ours = numpy.min(times, axis=0)[:, 0]
    assert ours < 1.2 * theirs


@pytest.mark.parametrize("who", first_step.PROGRAMS)
def test_the_first_gradient_comes_behind_the_import(who, monkeypatch):
    monkeypatch.setattr(
        first_step, "FIRST_STEP", first_step.FIRST_STEP.replace("((128, 1", "((2, 1")
    )
    imported, gradient = first_step.seconds(who)
    assert 0 < imported < gradient < 60


def test_ratios_are_those_of_processes_that_took_turns(monkeypatch):
    measured = iter([[1, 2], [2, 4], [4, 8], [4, 8], [5, 9], [15, 27]])
    monkeypatch.setattr(first_step, "seconds", lambda who: next(measured))
    table = first_step.compare(rounds=3).set_index("program")
    assert list(table.loc["d2l"]) == [4, 8, 1, 1]
    assert list(table.loc["ours"]) == [4, 8, 2, 2]
