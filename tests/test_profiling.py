from types import SimpleNamespace

import d2l_helpers as dh
from d2l_helpers.inspection import profiling
from mxnet_today import bfloat16

import numpy
import pytest
from d2l import mxnet as real_d2l
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn
from small import parameters, small_net


class Clock:
    """A clock that stands still but for what is done in between."""

    def __init__(self):
        self.now = 0.0
        self.in_background = 0.0

    def perf_counter(self):
        return self.now

    def waitall(self):
        npx.waitall()
        self.now += self.in_background
        self.in_background = 0.0


@pytest.fixture
def clock(monkeypatch):
    """A clock that the measurements read in place of the machine's."""
    clock = Clock()
    monkeypatch.setattr(profiling, "time", clock)
    monkeypatch.setattr(profiling, "npx", clock)
    return clock


@pytest.fixture
def batch():
    return np.random.uniform(size=(16, 1, 12, 12)), np.zeros(16)


# One computation


def test_seconds_are_the_least_after_a_first_run(clock):
    durations = iter([1, 90, 2, 50])

    def compute():
        clock.now += next(durations)

    assert dh.seconds(compute, repeats=3) == 2


def test_load_that_comes_and_goes_decides_no_comparison(clock):
    # Each round takes another time; b takes twice as long as a, in each.
    slower, order = iter([9, 9, 1, 1, 7, 7, 3, 3]), []

    def taking(name, seconds):
        def compute():
            order.append(name)
            clock.now += seconds * next(slower)

        return compute

    found = dh.seconds_in_turns({"a": taking("a", 2), "b": taking("b", 4)}, rounds=3)
    assert found.to_dict() == {"a": 2, "b": 4}
    assert order == ["a", "b"] * 4


def test_seconds_wait_for_what_is_done_in_the_background_and_for_that_alone(clock):
    clock.in_background = 1000  # of someone else

    def compute():
        clock.in_background += 3

    assert dh.seconds(compute) == 3


def test_seconds_wait_for_mxnet():
    A = np.random.uniform(size=(1000, 1000))
    assert dh.seconds(lambda: np.dot(A, A), repeats=3) > 1e-4  # 2 GFLOP: starting them takes less


@pytest.mark.parametrize("slow", ["fully_connected", "convolution"])
def test_the_peak_is_that_of_the_fastest_of_some_products_and_convolutions(monkeypatch, slow):
    # 100 x 100 values, each of 100 multiplications and additions; maps of 28 x 28 for 25 channels
    # of 4 images, each value of 25 x 3 x 3.
    flop = {"fully_connected": 2 * 100**3, "convolution": 2 * 4 * 25 * 28**2 * 25 * 9}
    product = (100, 100), (100, 100), {"num_hidden": 100, "no_bias": True}
    same_size = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 25, "no_bias": True}
    convolution = (4, 25, 28, 28), (25, 25, 3, 3), same_size
    called, given = [], []

    def noting(name):
        def operator(x, weights, **options):
            called.append(name)
            given.append((x.shape, weights.shape, options))

        return operator

    operators = {name: noting(name) for name in flop}
    durations = iter([4, 2, 1, 2, 4] * 2)

    def seconds(compute, repeats):
        compute()
        gflops = 10 if called[-1] == slow else 50
        return next(durations) * flop[called[-1]] / (gflops * 1e9)

    monkeypatch.setattr(profiling, "seconds", seconds)
    monkeypatch.setattr(profiling, "npx", SimpleNamespace(**operators))
    assert dh.peak_gflops(size=100) == pytest.approx(50)
    assert called == 5 * ["fully_connected"] + 5 * ["convolution"]
    assert given == 5 * [product] + 5 * [convolution]


@pytest.mark.skipif(bfloat16.problem() is not None, reason="bfloat16 does not run here")
def test_the_peak_in_bfloat16_is_computed_in_bfloat16(monkeypatch):
    types = []
    convolution = profiling.npx.convolution
    monkeypatch.setattr(
        profiling.npx,
        "convolution",
        lambda *arrays, **options: types.append(convolution(*arrays, **options).dtype),
    )
    assert dh.peak_gflops("bfloat16", size=64) > 0
    assert types and all(dtype.names == ("bfloat16",) for dtype in types)


# The parts of a step


class SlowBackward(autograd.Function):
    """Changes nothing, and lets the clock go on in the backward pass."""

    def __init__(self, clock, seconds):
        super().__init__()
        self.clock, self.seconds = clock, seconds

    def forward(self, x):
        return x.copy()

    def backward(self, dy):
        self.clock.in_background += self.seconds
        return dy


def test_each_part_of_a_step_gets_its_own_time(clock, net, batch):
    forward, backward, update = (iter([90, *times]) for times in ([1, 3, 2], [5, 4, 6], [7, 9, 8]))
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})

    def slow_net(X):
        clock.in_background += next(forward)
        return SlowBackward(clock, next(backward))(net(X))

    def slow_step(batch_size):
        clock.in_background += next(update)
        trainer.step(batch_size)

    parts = dh.time_step(slow_net, *batch, SimpleNamespace(step=slow_step), repeats=3)
    # In ms; the least of all but the first step.
    assert parts.to_dict() == {"forward": 1000, "backward": 4000, "update": 7000}


def test_the_steps_that_are_timed_train(net, batch):
    X, y = batch
    other = small_net()
    for each in (net, other):
        each.initialize()
        each(X)
    for copied, parameter in zip(other.collect_params().values(), net.collect_params().values()):
        copied.set_data(parameter.data())
    timed, by_hand = (
        gluon.Trainer(each.collect_params(), "sgd", {"learning_rate": 0.1}) for each in (net, other)
    )
    dh.time_step(net, X, y, timed, repeats=2)
    for _ in range(3):
        with autograd.record():
            l = gluon.loss.SoftmaxCrossEntropyLoss()(other(X), y)
        l.backward()
        by_hand.step(16)
    for value, expected in zip(parameters(net), parameters(other)):
        numpy.testing.assert_allclose(value, expected, atol=1e-6)


@pytest.mark.parametrize(
    "options", [{"dtype": "float16"}, {"size": 3}, {"size": 2.5}, {"dtype": None}]
)
def test_a_peak_is_of_a_type_and_a_size_that_can_be_measured(options):
    with pytest.raises(ValueError, match=r"dtype must be 'float32' or|size must be"):
        profiling.peak_gflops(**options)


# The layers


@pytest.fixture
def layer_seconds(monkeypatch):
    """A list of the seconds that layers are found to take: forward, both, forward, and so on."""
    durations = []

    def seconds(compute, repeats):
        compute()
        return durations.pop(0)

    monkeypatch.setattr(profiling, "seconds", seconds)
    return durations


def test_each_layer_gets_its_time_and_speed(batch, layer_seconds):
    net = small_net(dropout=0.5)
    net.initialize()
    layer_seconds += [1e-3, 3e-3, 2e-3, 4e-3, 1e-3, 1e-3, 2e-3, 8e-3]
    table = dh.time_layers(net, batch[0]).set_index("layer")
    assert list(table.index) == ["conv1", "dense1", "dropout1", "dense2"]
    assert table["multiply_adds"].tolist() == [3600, 12800, 0, 320]
    assert table["forward"].tolist() == pytest.approx([1, 2, 1, 2])  # ms
    assert table["backward"].tolist() == pytest.approx([2, 2, 0, 6])
    # 16 images. The first layer needs two products of 3600 multiplications and additions, one
    # forward and one for the gradient of its weights, in 3 ms; the others need three.
    expected = [0.2304 / 3, 1.2288 / 4, 0, 0.03072 / 8]
    assert table["GFLOP/s"].tolist() == pytest.approx(expected)


def test_a_layer_is_not_faster_both_ways_than_forward_alone(batch, layer_seconds):
    net = nn.HybridSequential()
    net.add(nn.Dense(5))
    net.initialize()
    layer_seconds += [4e-3, 3e-3]
    (row,) = dh.time_layers(net, batch[0]).itertuples(index=False)
    assert (row.forward, row.backward) == (4, 0)


def test_a_layer_without_weights_to_train_makes_no_gradient_of_them(batch, layer_seconds):
    net = nn.HybridSequential()
    net.add(nn.Flatten(), nn.Dense(5), nn.Dense(4), nn.Dense(3))
    net.initialize()
    net(batch[0])
    for frozen in (net[1], net[3]):
        frozen.collect_params().setattr("grad_req", "null")
    layer_seconds += [1e-3, 1e-3, 1e-3, 2e-3, 1e-3, 2e-3]
    table = dh.time_layers(net, batch[0])
    assert table["backward"].tolist() == pytest.approx([0, 0, 1, 1])
    # 16 images, and multiplications and additions. The gradients are those of the weights of the
    # layer that learns, and of the input of the one behind it.
    expected = [0, 2 * 16 * 720 / 1e6, 2 * 2 * 16 * 20 / 2e6, 2 * 2 * 16 * 12 / 2e6]
    assert table["GFLOP/s"].tolist() == pytest.approx(expected)


def test_a_frozen_net_has_a_time(batch):
    net = nn.HybridSequential()
    net.add(nn.Dense(5), nn.Dense(4))
    net.initialize()
    net(batch[0])
    net.collect_params().setattr("grad_req", "null")
    table = dh.time_layers(net, batch[0], repeats=1)
    assert table["backward"].iloc[0] == 0 and (table["GFLOP/s"] > 0).all()


@pytest.mark.parametrize("repeats", [0, 2.5])
def test_a_step_is_timed_a_whole_number_of_times(repeats):
    with pytest.raises(ValueError, match="repeats must be"):
        dh.time_step(None, None, None, None, repeats=repeats)


def test_all_layers_but_the_first_make_the_gradient_of_their_input(batch):
    net, with_gradient = small_net(), {}
    net.initialize()
    for number, layer in enumerate(net):
        layer.register_forward_hook(
            lambda _, inputs, output, number=number: with_gradient.setdefault(
                number, inputs[0].grad is not None
            )
        )
    dh.time_layers(net, batch[0], repeats=1)
    assert with_gradient == {0: False, 1: True, 2: True, 3: True}


def test_a_block_with_a_forward_of_its_own_is_timed_as_one_layer(batch, layer_seconds):
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=3), real_d2l.Residual(4), nn.Dense(10))
    net.initialize()
    layer_seconds += [1e-3, 2e-3] * 3
    table = dh.time_layers(net, batch[0])
    assert table["layer"].tolist() == ["conv1", "residual1", "dense1"]
    assert table["multiply_adds"].tolist() == [3600, 2 * 144 * 100, 4000]
    assert table["GFLOP/s"].iloc[1] == pytest.approx(2 * 3 * 16 * 28800 / 2e-3 / 1e9)


@pytest.mark.parametrize("forward", [lambda X: np.dot(X, X), lambda X: np.matmul(X, X), np.cumsum])
def test_a_layer_of_unknown_cost_has_a_time_and_no_speed(batch, layer_seconds, forward):
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=3), nn.Lambda(forward), nn.Lambda(npx.relu))
    net.initialize()
    layer_seconds += [1e-3, 2e-3] * 3
    table = dh.time_layers(net, batch[0][:1])
    assert table["forward"].tolist() == pytest.approx([1, 1, 1])
    assert table["GFLOP/s"].isna().tolist() == [False, True, False]
