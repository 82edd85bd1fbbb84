"""`dh.seen`: a result beside those of other runs, and the tool that records them."""

import csv
import re

import d2l_helpers as dh
from d2l_helpers.notebook import ranges

import numpy
import pandas as pd
import pytest
from stored_lessons import LESSONS, ROOT, code_cells, read

RUNS = pd.DataFrame(
    {
        "name": ["00 accuracy"] * 4 + ["06 accuracy"],
        "value": [0.82, 0.86, 0.84, 0.84, 0.7],
        "machine": ["one", "two", "two", "two", "one"],
        "threads": [2, 2, 1, 1, 2],  # the third calculation was repeated
    }
)
CALL = re.compile(r'dh\.seen\(\s*"([^"]+)"')


@pytest.fixture(autouse=True)
def recorded(monkeypatch):
    monkeypatch.setattr(ranges, "_table", lambda: RUNS)
    monkeypatch.delenv(ranges.STRICT, raising=False)


def test_a_value_in_the_range_is_as_seen_elsewhere(capsys):
    dh.seen("00 accuracy", numpy.float32(0.85), at_least=0.7)
    assert capsys.readouterr().out == (
        "~ 00 accuracy: 0.85; as seen elsewhere: 0.82 to 0.86 in 3 runs with 2 sets of processor "
        "instructions\n"
    )


@pytest.mark.parametrize("value", [0.82 - 1e-8, 0.86 + 1e-8])
def test_what_would_be_recorded_as_a_value_seen_elsewhere_is_in_the_range(value, capsys):
    dh.seen("00 accuracy", value)
    assert "; as seen elsewhere: " in capsys.readouterr().out


@pytest.mark.parametrize(("value", "side"), [(0.81, "below"), (0.87, "above")])
def test_a_value_outside_is_a_note_with_reasons_and_no_error(value, side, capsys, monkeypatch):
    monkeypatch.setenv(ranges.STRICT, "1")
    dh.seen("00 accuracy", value, at_least=0.7, at_most=0.9)
    out = capsys.readouterr().out
    assert out.startswith(f"~ 00 accuracy: {value}; {side} what was seen elsewhere: 0.82 to 0.86")
    assert "Possible reasons: a cell above was changed" in out and out.count("\n") == 1


@pytest.mark.parametrize(
    ("value", "bounds", "needs"),
    [(0.6, {"at_least": 0.7}, "at least 0.7"), (0.95, {"at_most": 0.9}, "at most 0.9")],
)
def test_beyond_a_bound_it_is_an_error_in_the_tests_alone(
    value, bounds, needs, capsys, monkeypatch
):
    dh.seen("00 accuracy", value, **bounds)
    words = f"00 accuracy: {value}; what the lesson says next needs {needs}."
    assert f"\n~ Note: {words} Possible reasons: " in capsys.readouterr().out
    monkeypatch.setenv(ranges.STRICT, "1")
    with pytest.raises(AssertionError, match=re.escape(words)):
        dh.seen("00 accuracy", value, **bounds)


def test_a_result_that_nobody_has_recorded_says_so(capsys):
    dh.seen("99 accuracy", 0.5)
    assert capsys.readouterr().out == "~ 99 accuracy: 0.5; no other run is recorded\n"


@pytest.mark.parametrize("value", [None, "0.8", float("nan"), [0.8]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises((TypeError, ValueError), match="value must be a"):
        dh.seen("00 accuracy", value)


def test_results_are_appended_for_the_tool(tmp_path, monkeypatch):
    monkeypatch.setenv(ranges.RECORD, str(tmp_path / "record.csv"))
    dh.seen("00 accuracy", 0.84)
    dh.seen("a name, with a comma", 0.123456789)
    with open(tmp_path / "record.csv", newline="") as file:
        assert list(csv.reader(file)) == [
            ["00 accuracy", "0.84"],
            ["a name, with a comma", "0.123457"],
        ]


def test_the_regression_is_strict():
    # conftest.py sets it for the kernels; the fixture has removed it here.
    assert "COURSE_STRICT" in (ROOT / "conftest.py").read_text()


@pytest.mark.once
def test_each_result_of_a_lesson_is_recorded_and_each_record_has_its_lesson():
    names = []
    for path in LESSONS:
        for cell in code_cells(read(path)):
            found = CALL.findall(cell.source)
            assert all(name.startswith(f"{path.name[:2]} ") for name in found), path.name
            names += found
    assert len(names) == len(set(names))
    assert set(pd.read_csv(ranges.RANGES, comment="#")["name"]) == set(names)
