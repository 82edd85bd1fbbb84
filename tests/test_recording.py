"""The commands in benchmarks/ that make long runs, on a few images."""

import sys
from pathlib import Path

import d2l_helpers as dh

import numpy
import pandas as pd
import pytest
from mxnet import init
from mxnet.gluon import nn

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """ablation and record, writing to a folder of the test."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import results

    import ablation
    import record

    (tmp_path / "results").mkdir()
    for module in (ablation, record, results):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    yield ablation, record
    for name in ("ablation", "record", "onednn_profile", "results"):
        sys.modules.pop(name, None)


def test_a_run_that_is_recorded_is_not_made_again(commands, tmp_path):
    ablation, _ = commands
    made = []

    def train(part, seed):
        made.append((part, seed))
        return [{"part": part, "seed": seed, "test acc": 0.5}]

    runs = ablation.every(seed=range(2), part=["all parts", "without LRN"])
    ablation.record("parts.csv", train, runs[:3])
    ablation.record("parts.csv", train, runs)
    assert made == [("all parts", 0), ("without LRN", 0), ("all parts", 1), ("without LRN", 1)]
    table = pd.read_csv(tmp_path / "results" / "parts.csv", comment="#")
    assert list(zip(table["part"], table["seed"])) == made


def test_every_part_of_the_ablation_can_be_trained(commands, monkeypatch):
    ablation, _ = commands
    monkeypatch.setattr(ablation, "PER_CLASS", 7)
    monkeypatch.setattr(ablation, "NUM_EPOCHS", 1)
    few = dh.load_data_fashion_mnist
    monkeypatch.setattr(
        ablation.dh, "load_data_fashion_mnist", lambda *a, **k: few(*a, test_per_class=7, **k)
    )
    for part in ablation.PARTS:
        (row,) = ablation.train_part(part, 0)
        assert row["part"] == part and 0 <= row["test acc"] <= 1


def test_the_race_of_activations_ends_at_the_target(commands, monkeypatch):
    ablation, _ = commands
    monkeypatch.setattr(ablation, "RACE_PER_CLASS", 26)
    monkeypatch.setattr(ablation, "NUM_WATCHED", 50)
    monkeypatch.setattr(ablation, "MOST_EPOCHS", 2)
    rows = ablation.train_activation("today", "tanh", 0.01, 0)
    assert [row["epoch"] for row in rows] == [step / 5 for step in range(1, 11)]
    monkeypatch.setattr(ablation, "TARGET_ERROR", 1.0)
    assert len(ablation.train_activation("today", "relu", 0.01, 0)) == 1
    monkeypatch.setattr(ablation, "TARGET_ERROR", 0.0)
    assert "train error" not in ablation.train_activation("2012", "relu", 1e6, 0)[-1]  # it diverges


def test_a_profile_counts_the_multiply_adds_of_a_logged_piece_of_work(commands):
    import onednn_profile

    conv2 = "mb64_ic96oc256_ih26oh26kh5sh1dh0ph2_iw26ow26kw5sw1dw0pw2"
    assert onednn_profile.multiply_adds("convolution", conv2) == 64 * 415_334_400
    assert onednn_profile.multiply_adds("inner_product", "mb64ic6400oc4096") == 64 * 26_214_400
    assert onednn_profile.multiply_adds("eltwise", "64x4096") == 0
    work = pd.DataFrame(
        {
            "kind of work": ["convolution forward", "convolution forward"],
            "implementation": "jit",
            "ms": [10.0, 20.0],
            "GFLOP": [1.0, 2.0],
        }
    )
    kinds = onednn_profile.kinds_of_work(work, 35.0, 5.0, peak=200.0).set_index("kind of work")
    assert kinds["ms"].to_dict() == {
        "convolution forward": 30,
        "update of the weights": 5,
        "rest of the step": 5,
        "all multiply-adds at the peak": 15,
    }
    assert kinds["GFLOP/s"].iloc[0] == 100 and kinds["% of the step"].iloc[0] == 75


def test_t1_goes_on_after_its_last_recorded_epoch(commands, monkeypatch, tmp_path):
    _, record = commands
    data = dh.load_data_fashion_mnist(128, per_class=13, test_per_class=13)
    monkeypatch.setattr(record.dh, "load_data_fashion_mnist", lambda *args, **kwargs: data)
    monkeypatch.setattr(record.dh, "alexnet", lambda: nn.Dense(10))
    monkeypatch.setattr(record, "T1", {**record.T1, "resize": 28, "num_epochs": 3})
    train_ch6, asked_for = dh.train_ch6, []

    def stopped_once(net, train_iter, test_iter, num_epochs, *args, **kwargs):
        asked_for.append(num_epochs)
        if len(asked_for) == 3:
            raise KeyboardInterrupt
        return train_ch6(net, train_iter, test_iter, num_epochs, *args, **kwargs)

    monkeypatch.setattr(record.dh, "train_ch6", stopped_once)
    file = tmp_path / "results" / "t1-seed0.csv"
    with pytest.raises(KeyboardInterrupt):
        record.record_t1(0)
    two_epochs = pd.read_csv(file, comment="#")
    record.record_t1(0)
    three_epochs = pd.read_csv(file, comment="#")
    assert asked_for == [1, 2, 3, 3] and list(three_epochs["epoch"]) == [1, 2, 3]
    assert three_epochs.iloc[:2].equals(two_epochs)
    assert not (tmp_path / "build" / "t1-seed0.checkpoint").exists()


def test_t4_is_recorded_and_validated_each_epoch_and_tested_once(commands, monkeypatch, tmp_path):
    _, record = commands
    part = dh.load_data_fashion_mnist(64, per_class=13)[0]
    monkeypatch.setattr(record, "t4_data", lambda seed: [part, part, part])
    monkeypatch.setattr(record.dh, "alexnet_strided", lambda: nn.Dense(10))
    write, epochs = record.write, []
    monkeypatch.setattr(record, "write", lambda *args: (epochs.append(len(args[0])), write(*args)))
    record.record_t4(0)
    assert epochs == [1, 2, 3, 4, 5]
    table = pd.read_csv(tmp_path / "results" / "t4-seed0.csv", comment="#")
    assert len(table) == 5 and table["validation acc"].notna().all()
    assert (
        list(table["test acc"].notna()) == list(table["test loss"].notna()) == 4 * [False] + [True]
    )
    assert table["test acc"].iloc[-1] == table["validation acc"].iloc[-1]


@pytest.mark.parametrize("num", [7, 8, 10])
def test_the_mean_of_batch_means_is_that_of_t2(commands, num):
    _, record = commands
    images, labels = (array[:num] for array in dh.fashion_mnist_arrays(False))
    test_iter = dh.BatchLoader(images, labels, 4, resize=record.T1["resize"])
    net = nn.Dense(10)
    net.initialize(init.Normal(1))
    accuracies = [dh.evaluate_accuracy_gpu(net, [batch]) for batch in test_iter]
    test_acc = dh.evaluate_accuracy_gpu(net, test_iter)
    expected = numpy.mean(accuracies)
    assert record.mean_of_batch_means(net, test_iter, test_acc) == pytest.approx(expected)


def test_the_data_of_t4_has_its_parts_and_its_border(commands):
    _, record = commands
    parts = record.t4_data(0)
    assert [part.num_examples for part in parts] == [58_000, 2_000, 10_000]
    X, y = next(iter(parts[1]))
    assert X.shape == (64, 1, 224, 224) and not X[:, :, :10].any() and X[:, :, 16:-16].any()
    assert (y.asnumpy() == dh.fashion_mnist_arrays(True)[1][58_000:58_064]).all()
    assert record.RepeatChannel()(X[:2]).shape == (2, 3, 224, 224)
