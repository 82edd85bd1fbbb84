import time

import d2l_helpers as dh

import pytest
from conftest import parameters, small_net
from mxnet import gluon, np


def test_seconds_are_the_median_after_a_first_run():
    naps = iter([0.2, 0.01, 0.05, 0.01])
    assert 0.01 <= dh.seconds(lambda: time.sleep(next(naps)), repeats=3) < 0.04


def test_seconds_wait_for_what_mxnet_does_in_the_background():
    A = np.random.uniform(size=(1000, 1000))
    started = time.perf_counter()
    measured = dh.seconds(lambda: np.dot(A, A), repeats=3)
    assert 0 < 3 * measured <= 4 * (time.perf_counter() - started)
    assert measured > 1e-4  # 2 GFLOP: only starting it takes less


def test_the_peak_is_a_plausible_number():
    assert 0.1 < dh.peak_gflops(size=256) < 100_000


@pytest.fixture
def batch():
    return np.random.uniform(size=(16, 1, 12, 12)), np.zeros(16)


def test_the_parts_of_a_step_take_time_and_the_step_trains(net, batch):
    X, y = batch
    net.initialize()
    net(X)
    before = parameters(net)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    parts = dh.time_step(net, X, y, trainer, repeats=2)
    assert list(parts.index) == ["forward", "backward", "update"]
    assert (parts > 0).all()
    assert any((old != new).any() for old, new in zip(before, parameters(net)))


def test_each_layer_gets_its_time_and_speed(batch):
    X, _ = batch
    net = small_net(dropout=0.5)
    net.initialize()
    table = dh.time_layers(net, X, repeats=2)
    assert list(table["layer"]) == ["conv1", "dense1", "dropout1", "dense2"]
    assert (table["forward"] > 0).all()
    assert (table["backward"] >= 0).all()
    assert ((table["GFLOP/s"] > 0) == (table["multiply_adds"] > 0)).all()
    conv = table.iloc[0]  # two products of 2 operations: forward, and the gradient of the weights
    seconds = (conv["forward"] + conv["backward"]) / 1e3
    operations = 2 * 2 * len(X) * conv["multiply_adds"]
    assert conv["GFLOP/s"] == pytest.approx(operations / seconds / 1e9)
