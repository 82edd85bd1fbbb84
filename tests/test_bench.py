"""The benchmark of AlexNet: short runs through its command line, with small images."""

import sys
from pathlib import Path

import numpy
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
SHORT = ["--size", "67", "--batches", "4", "--rounds", "1", "--seconds", "0.1"]

# A worker with one wrong number among millions of parameters.
WRONG_WORKER = f"""
import sys
sys.path.insert(0, {str(BENCHMARKS)!r})
import contender, contender_mxnet

class Wrong(contender_mxnet.Gluon):
    def setup(self, **arguments):
        answer = super().setup(**arguments)
        self.weights[-1][0] += 1
        return answer

contender.serve(Wrong())
"""


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import alexnet

    yield alexnet
    del sys.modules["alexnet"]


@pytest.mark.slow
def test_a_short_run_writes_both_tables(bench, tmp_path, capsys):
    options = [*SHORT, "--contenders", "a,b", "--results", str(tmp_path)]
    assert bench.main(options) == 0
    assert "training, 67 x 67 pixels, rounds: 1" in capsys.readouterr().out
    for mode in ("training", "inference"):
        table = pd.read_csv(tmp_path / f"bench-{mode}.csv")
        counted = table[table["counts"]]
        for _, rows in counted.groupby("compared at"):
            assert list(rows["contender"]) == ["a", "b"]
            a, b = (rows[rows["contender"] == name].squeeze() for name in "ab")
            assert a["images/s min"] > 0
            assert b["ratio to a median"] == pytest.approx(
                b["images/s median"] / a["images/s median"], rel=2e-3
            )
        assert (table["batch"] == 4).all() and (table["rounds"] == 1).all()
        assert table["versions"].str.contains("mxnet 1.9.1").all()
        assert not table[["machine", "cores", "feature", "date"]].isna().any(axis=None)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_pytorch_computes_the_same_if_it_is_there(bench, tmp_path):
    if not (bench.TORCH_VENV / "installed").exists():
        pytest.skip("`make bench` has not installed PyTorch here")
    assert bench.main([*SHORT, "--contenders", "d", "--results", str(tmp_path)]) == 0
    table = pd.read_csv(tmp_path / "bench-training.csv")
    assert set(table["memory format"]) == {"contiguous", "channels_last"}
    assert table["counts"].sum() == 2  # one at the same batch, one at the best


@pytest.mark.slow
def test_a_wrong_weight_ends_the_benchmark(bench, monkeypatch, tmp_path, capsys):
    script = tmp_path / "wrong.py"
    script.write_text(WRONG_WORKER)
    monkeypatch.setitem(bench.SCRIPTS, "a", script)
    options = [*SHORT, "--contenders", "a", "--results", str(tmp_path / "results")]
    assert bench.main(options) == 1
    message = capsys.readouterr().err
    assert "contender a" in message and "number 0 of its losses" in message
    assert not (tmp_path / "results").exists()


def test_a_worker_that_dies_is_said(bench, monkeypatch, tmp_path, capsys):
    script = tmp_path / "dies.py"
    script.write_text("raise SystemExit(3)")
    monkeypatch.setitem(bench.SCRIPTS, "b", script)
    assert bench.main([*SHORT, "--contenders", "b"]) == 1
    assert "contender b ended in 'describe', with status 3" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["losses", "updates"])
def test_a_number_that_is_off_or_not_a_number_is_refused(bench, what):
    expected = {"losses": [2.0, 1.0, 0.5], "updates": [0.1] * 16}
    bench.require_same("d", "contiguous", expected, expected)
    for wrong in (1.01, float("nan")):
        answer = {**expected, what: [expected[what][0] * wrong, *expected[what][1:]]}
        with pytest.raises(bench.BenchmarkError, match=f"number 0 of its {what}"):
            bench.require_same("d", "contiguous", expected, answer)
    with pytest.raises(bench.BenchmarkError, match=f"gave 0 {what}"):
        bench.require_same("d", "contiguous", expected, {**expected, what: []})


def test_ratios_are_of_the_same_round_and_of_pytorchs_faster_format(bench):
    ways = [
        ("b", 64, "contiguous"),
        ("b", 128, "contiguous"),
        ("d", 64, "contiguous"),
        ("d", 64, "channels_last"),
        ("d", 128, "contiguous"),
    ]
    speeds = pd.DataFrame(
        numpy.array([[10.0, 30, 5, 20, 10], [5.0, 15, 5, 5, 5], [10.0, 30, 5, 20, 10]]),
        columns=pd.MultiIndex.from_tuples(ways, names=["contender", "batch", "memory format"]),
    )
    table = bench.compare(speeds).set_index(["compared at", "contender", "batch", "memory format"])
    small = table.loc["same batch", "b", 64, "contiguous"]
    assert small["ratio to d median"] == 0.5 and small["ratio to d max"] == 1
    assert not table.loc[("same batch", "d", 64, "contiguous"), "counts"]
    best = table.loc["best batch", "b", 128, "contiguous"]
    assert best["ratio to d min"] == 1.5 and best["ratio to d max"] == 3


@pytest.mark.parametrize(
    "options", [["--contenders", "a,x"], ["--size", "66"], ["--batches", "64,"], ["--rounds", "0"]]
)
def test_wrong_options_are_refused(bench, options):
    with pytest.raises(SystemExit):
        bench.parse(options)
