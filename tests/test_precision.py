import d2l_helpers as dh
from d2l_helpers import precision, training
from mxnet_today import cpu

import numpy
import pytest
from conftest import parameters, same_parameters, small_net
from mxnet import autograd, gluon, np
from mxnet.gluon import nn

EXACT = [0.0, 1.0, -2.5, 1.0078125, 3.140625, 2.0**-126, -(2.0**100)]


def deep_net():
    """Convolutions, pooling, dense layers: all that AlexNet has, but small."""
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(8, kernel_size=3, activation="relu"),
        nn.MaxPool2D(pool_size=2),
        nn.Conv2D(16, kernel_size=3, padding=1, activation="relu"),
        nn.Dense(32, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(10),
    )
    return net


@pytest.fixture
def images():
    return np.random.uniform(-1, 1, (8, 3, 12, 12))


@pytest.fixture
def deep(images):
    net = deep_net()
    net.initialize()
    net(images)
    return net


def test_what_fits_into_bfloat16_stays():
    assert dh.bfloat16(EXACT).tolist() == EXACT
    assert dh.bfloat16(2.5) == 2.5
    assert dh.bfloat16(numpy.ones((2, 3))).shape == (2, 3)


@pytest.mark.parametrize(
    "value, rounded",
    [
        (3.14159265, 3.140625),
        (1 + 2**-9, 1.0),
        (1 + 2**-8, 1.0),  # half way: the even neighbour is below
        (1 + 3 * 2**-8, 1 + 2**-6),  # half way: the even neighbour is above
        (1 + 2**-8 + 2**-20, 1 + 2**-7),
        (255.5, 256.0),
        (-0.1, -0.10009765625),
    ],
)
def test_rounding_is_to_the_nearest_and_to_even(value, rounded):
    assert dh.bfloat16(value) == rounded


def test_the_rounding_net_rounds_as_a_net_rounded_by_hand_does(deep, images):
    by_hand = deep_net()
    by_hand.initialize()
    by_hand(images)
    for target, source in zip(by_hand.collect_params().values(), parameters(deep)):
        target.set_data(np.array(dh.bfloat16(source)))
    X = np.array(dh.bfloat16(images.asnumpy()))
    for layer in by_hand:
        # Rounding may come after ReLU as well as before: both keep the order of numbers.
        X = np.array(dh.bfloat16(layer(X).asnumpy()))
    assert numpy.array_equal(dh.round_to_bfloat16(deep)(images).asnumpy(), X.asnumpy())


def test_the_rounding_net_gives_the_same_again_and_again(deep, images):
    rounding = dh.round_to_bfloat16(deep)
    first = rounding(images).asnumpy()
    assert all(numpy.array_equal(first, rounding(images).asnumpy()) for _ in range(20))


def test_gradients_are_rounded_on_their_way_back(images):
    net = nn.HybridSequential()
    net.add(nn.Dense(4))
    net.initialize()
    net(images)
    rounding = dh.round_to_bfloat16(net)
    gradient = np.random.normal(0, 1, (8, 4))
    with autograd.record():
        y = rounding(images)
    y.backward(gradient)
    found = net[0].weight.grad().asnumpy()
    exact = dh.bfloat16(gradient.asnumpy()).T @ dh.bfloat16(images.asnumpy().reshape(8, -1))
    assert numpy.array_equal(found, dh.bfloat16(found))
    assert numpy.allclose(found, exact, rtol=2**-7, atol=1e-5)


def test_the_nets_share_their_parameters(deep, images):
    rounding = dh.round_to_bfloat16(deep)
    before = rounding(images).asnumpy()
    trainer = gluon.Trainer(deep.collect_params(), "sgd", {"learning_rate": 0.5})
    training.train_step(rounding, images, np.zeros(8), trainer, images.ctx)
    assert not numpy.array_equal(before, rounding(images).asnumpy())
    assert numpy.allclose(rounding(images).asnumpy(), deep(images).asnumpy(), atol=0.05)


@pytest.mark.parametrize("convert", [dh.to_bfloat16, dh.round_to_bfloat16])
def test_a_net_without_shapes_cannot_be_converted(convert):
    net = deep_net()
    net.initialize()
    with pytest.raises(ValueError, match="has no shape yet: initialize the net and call it once"):
        convert(net)


def test_a_net_of_another_type_cannot_be_converted(deep):
    deep.cast("float64")
    with pytest.raises(ValueError, match="float64"):
        dh.to_bfloat16(deep)


def test_the_bfloat16_graph_casts_what_computes_and_gives_float32_back(deep):
    operators = precision._bfloat16_symbol(deep).get_internals().list_outputs()
    casts = [name for name in operators if "amp_cast_bfloat16" in name]
    # 4 weights, 4 biases, the images, and what comes out of dropout, which is float32.
    assert len(casts) == 10
    assert operators[-1].endswith("amp_cast_float32_output")


@pytest.mark.skipif(not cpu.bfloat16_support()[0], reason=cpu.bfloat16_support()[1])
def test_bfloat16_gives_what_rounding_gives(deep, images):
    real, rounded = dh.to_bfloat16(deep)(images), dh.round_to_bfloat16(deep)(images)
    assert numpy.allclose(real.asnumpy(), rounded.asnumpy(), rtol=0.02, atol=0.02)


def train(net, train_iter, test_iter, device, **options):
    return dh.train_ch6(
        net, train_iter, test_iter, 2, 0.1, device, hybridize=True, seed=0, **options
    )


def test_without_amx_training_stays_in_float32_and_says_why(
    train_iter, test_iter, device, monkeypatch, capsys
):
    monkeypatch.setattr(training, "bfloat16_support", lambda: (False, "no AMX here"))
    nets = small_net(), small_net()
    train(nets[0], train_iter, test_iter, device, dtype="bfloat16")
    assert "Training in float32: no AMX here.\n" in capsys.readouterr().out
    train(nets[1], train_iter, test_iter, device)
    assert same_parameters(*nets)


def test_training_in_bfloat16_learns_the_same(train_iter, test_iter, device, monkeypatch, capsys):
    if not cpu.bfloat16_support()[0]:  # then with rounding in float32
        monkeypatch.setattr(training, "bfloat16_support", lambda: (True, ""))
        monkeypatch.setattr(training, "to_bfloat16", dh.round_to_bfloat16)
    nets = small_net(), small_net()
    in_bfloat16 = train(nets[0], train_iter, test_iter, device, dtype="bfloat16")
    assert "float32" not in capsys.readouterr().out
    in_float32 = train(nets[1], train_iter, test_iter, device)
    assert not same_parameters(*nets)
    for first, second in zip(in_bfloat16.rows, in_float32.rows):
        assert first["train loss"] == pytest.approx(second["train loss"], rel=0.05)
    assert in_bfloat16[-1]["test acc"] > 0.9


def test_a_training_is_not_resumed_in_another_dtype(
    train_iter, test_iter, device, monkeypatch, tmp_path
):
    checkpoint = tmp_path / "net.checkpoint"
    train(small_net(), train_iter, test_iter, device, checkpoint=checkpoint)
    monkeypatch.setattr(training, "bfloat16_support", lambda: (True, ""))
    with pytest.raises(dh.CheckpointError, match="dtype"):
        train(small_net(), train_iter, test_iter, device, checkpoint=checkpoint, dtype="bfloat16")


def test_an_unknown_dtype_is_refused(train_iter, test_iter, device):
    with pytest.raises(ValueError, match="'float32' or 'bfloat16', not 'float16'"):
        train(small_net(), train_iter, test_iter, device, dtype="float16")
