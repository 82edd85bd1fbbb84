"""What stands in results/ and in the README is what was recorded."""

import sys

from d2l_helpers import results
from d2l_helpers.results import ROOT

import pandas as pd
import pytest
import summary

RECORDED = sorted((ROOT / "results").glob("*.csv"))
# By these the runs of 2026 were made; now experiments/ has a file for each of them.
FORMER_COMMANDS = ("benchmarks/record.py", "benchmarks/ablation.py")


def test_the_readme_s_tables_are_those_of_the_results():
    assert summary.tables() in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_each_recorded_run_can_be_read_and_says_where_it_comes_from(path):
    table = pd.read_csv(path, comment="#")
    assert len(table)
    if path.stem.startswith("bench-"):
        assert not table[["machine", "cores", "versions", "date"]].isna().any(axis=None)
    else:
        command, versions, machine, *_ = path.read_text().splitlines()
        script, *arguments = command.removeprefix("# python ").split()
        if script in FORMER_COMMANDS:
            script = f"experiments/{arguments[0]}.py"
        assert (ROOT / script).is_file()
        assert "mxnet 1.9.1" in versions
        assert "threads" in machine


@pytest.mark.parametrize("seed", range(3))
def test_each_race_reaches_the_accuracy_of_t1(seed):
    assert results.recorded(f"race-seed{seed}.csv")["test acc"].iloc[-1] >= 0.890


def test_writing_a_run_that_fails_leaves_the_old_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["somewhere/experiments/race.py", "--seed", "3"])
    results.write(pd.DataFrame({"epoch": [1]}), "race.csv", tmp_path)
    written = tmp_path / "results" / "race.csv"
    assert written.read_text().startswith("# python experiments/race.py --seed 3\n# 20")
    assert written.read_text().endswith("\nepoch\n1\n")
    before = written.read_bytes()
    with pytest.raises(AttributeError):
        results.write(None, "race.csv", tmp_path)
    assert written.read_bytes() == before
    assert [path.name for path in written.parent.iterdir()] == ["race.csv"]
