"""The benchmark of AlexNet: short runs through its command line, with small images."""

import contextlib
import dataclasses
import functools
import sys
from pathlib import Path

import numpy
import pandas as pd
import pytest

pytestmark = pytest.mark.once

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
    for name in ("alexnet", "speeds", "workers", "contender"):
        del sys.modules[name]


@pytest.fixture
def replace_script(bench, monkeypatch):
    """A function that gives a contender another program."""

    def replace(name, script):
        described = dataclasses.replace(bench.CONTENDERS[name], script=str(script))
        monkeypatch.setitem(bench.CONTENDERS, name, described)

    return replace


def test_a_short_run_writes_both_tables(bench, tmp_path, capsys):
    options = [*SHORT, "--contenders", "d2l,ours", "--results", str(tmp_path)]
    assert bench.main(options) == 0
    assert "training, 67 x 67 pixels, rounds: 1" in capsys.readouterr().out
    for mode in ("training", "inference"):
        (path,) = tmp_path.glob(f"bench-{mode}-*.csv")
        table = pd.read_csv(path)
        assert path.stem == f"bench-{mode}-{table['feature'].iloc[0]}"
        counted = table[table["counts"]]
        for _, rows in counted.groupby("compared at"):
            assert list(rows["contender"]) == ["d2l", "ours"]
            d2l, ours = (row for _, row in rows.iterrows())
            assert d2l["images/s min"] > 0
            assert ours["ratio to d2l median"] == pytest.approx(
                ours["images/s median"] / d2l["images/s median"], rel=2e-3
            )
        assert (table["batch"] == 4).all() and (table["rounds"] == 1).all()
        assert table["versions"].str.contains("mxnet 1.9.1").all()
        facts = ["machine", "cores", "feature", "threads", "instruction sets", "date", "commit"]
        assert not table[facts].isna().any(axis=None)
        best = table["compared at"] == "best batch"
        assert (table["peak MB"].notna() == best).all()
        assert table.loc[best, "peak MB"].between(200, 20_000).all()
    assert len(list(tmp_path.iterdir())) == 2


def test_pytorch_computes_the_same_if_it_is_there(bench, tmp_path):
    import workers

    if not (workers.TORCH_VENV / "installed").exists():
        pytest.skip("`make bench` has not installed PyTorch here")
    assert bench.main([*SHORT, "--contenders", "torch", "--results", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("bench-training-*.csv")
    table = pd.read_csv(path)
    assert set(table["memory format"]) == {"contiguous", "channels_last"}
    assert table["counts"].sum() == 2  # one at the same batch, one at the best


def test_a_wrong_weight_ends_the_benchmark(bench, replace_script, tmp_path, capsys):
    script = tmp_path / "wrong.py"
    script.write_text(WRONG_WORKER)
    replace_script("d2l", script)
    options = [*SHORT, "--contenders", "d2l", "--results", str(tmp_path / "results")]
    assert bench.main(options) == 1
    message = capsys.readouterr().err
    assert "contender d2l" in message and "number 0 of its losses" in message
    assert not (tmp_path / "results").exists()


def test_a_worker_that_dies_is_said(bench, replace_script, tmp_path, capsys):
    script = tmp_path / "dies.py"
    script.write_text("raise SystemExit(3)")
    replace_script("ours", script)
    options = [*SHORT, "--contenders", "ours", "--results", str(tmp_path)]
    assert bench.main(options) == 1
    assert "contender ours ended in 'describe', with status 3" in capsys.readouterr().err


# By how much rounding may change a number, and by how much a mistake changes it at least.
ROUNDED = {"float32": 1 + 2**-20, "bfloat16": 1 + 2**-8}
MISTAKEN = {"float32": 1.01, "bfloat16": 1.1}


def test_of_each_contender_rounding_is_let_pass_and_a_mistake_is_refused(bench):
    expected = {"losses": [2.0, 1.0, 0.5], "updates": [0.1] * 16}
    for name in bench.CONTENDERS.keys() - {bench.REFERENCE}:
        require = functools.partial(bench.require_same, name, "contiguous", expected)
        dtype = bench.CONTENDERS[name].dtype
        right = {what: [n * ROUNDED[dtype] for n in numbers] for what, numbers in expected.items()}
        if name == "d2l":  # it trains with another optimizer, so only its first loss is compared
            right = {"losses": right["losses"][:1], "updates": []}
        require(right)
        for what in filter(right.get, right):
            first, *rest = right[what]
            for wrong in (MISTAKEN[dtype] * first, first / MISTAKEN[dtype], float("nan")):
                with pytest.raises(bench.BenchmarkError, match=f"{name} .*number 0 of its {what}"):
                    require({**right, what: [wrong, *rest]})
            with pytest.raises(bench.BenchmarkError, match=f"{name} .*gave 0 {what}"):
                require({**right, what: []})


def test_ratios_are_of_the_same_round_and_of_pytorchs_faster_format(bench):
    ways = [
        ("ours", 64, "contiguous"),
        ("ours", 128, "contiguous"),
        ("torch", 64, "contiguous"),
        ("torch", 64, "channels_last"),
        ("torch", 128, "contiguous"),
    ]
    speeds = pd.DataFrame(
        numpy.array([[10.0, 30, 5, 20, 10], [5.0, 15, 5, 5, 5], [10.0, 30, 5, 20, 10]]),
        columns=pd.MultiIndex.from_tuples(ways, names=["contender", "batch", "memory format"]),
    )
    table = bench.compare(speeds).set_index(["compared at", "contender", "batch", "memory format"])
    small = table.loc["same batch", "ours", 64, "contiguous"]
    assert small["ratio to torch median"] == 0.5 and small["ratio to torch max"] == 1
    assert not table.loc[("same batch", "torch", 64, "contiguous"), "counts"]
    best = table.loc["best batch", "ours", 128, "contiguous"]
    assert best["ratio to torch min"] == 1.5 and best["ratio to torch max"] == 3


@pytest.mark.parametrize(
    "options, said",
    [
        (["--contenders", "ours,x"], "--contenders takes some of d2l,ours"),
        (["--size", "66"], "the size must be at least 67"),
        (["--batches", "64,"], "--batches takes numbers"),
        (["--batches", "0"], "batches at least 1"),
        (["--rounds", "0"], "rounds and batches at least 1"),
    ],
)
def test_wrong_options_are_refused_with_the_reason(bench, capsys, options, said):
    with pytest.raises(SystemExit):
        bench.parse(options)
    assert said in capsys.readouterr().err


def test_who_cannot_run_in_bfloat16_here_is_left_out_with_the_reason(bench):
    machine = {"no bfloat16": {"mxnet": "no AMX", "torch": None}}
    reasons = {name: bench.reason_to_skip(name, machine) for name in bench.CONTENDERS}
    assert {name: reason for name, reason in reasons.items() if reason} == {"ours-bf16": "no AMX"}


def test_the_stored_results_have_the_names_of_the_contenders(bench):
    for path in (bench.ROOT / "results").glob("bench-*.csv"):
        table = pd.read_csv(path)
        titles = [bench.CONTENDERS[name].title for name in table["contender"]]
        assert list(table["name"]) == titles
        rivals = {column.split()[2] for column in table if column.startswith("ratio to ")}
        measured = set(table["contender"])
        assert rivals == {name for name in measured if bench.CONTENDERS[name].is_rival}


def test_each_factor_is_measured_in_each_setting(bench, tmp_path, capsys):
    import factors

    try:
        factors.factors(1, 0.05, sizes=(67, 75), batch=2, root=tmp_path)
    finally:
        del sys.modules["factors"]
    (path,) = (tmp_path / "results").glob("factors-*.csv")
    table = pd.read_csv(path, comment="#")
    names = set(table["contender"])
    assert {"d2l", "ours"} <= names <= {"d2l", "ours", "ours-bf16"}
    ways = table.groupby(["contender", "threads", "size"]).size()
    assert len(ways) == len(names) * table["threads"].nunique() * 2
    assert (ways == 1).all() and (table["images/s"] > 0).all()


def test_a_worker_computes_with_the_threads_that_it_is_given(bench):
    import workers

    for threads in (1, 2):
        with contextlib.closing(workers.Worker("ours", OMP_NUM_THREADS=str(threads))) as worker:
            assert worker.ask("facts")["threads"] == threads
