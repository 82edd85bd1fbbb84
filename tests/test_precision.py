import d2l_helpers as dh
from d2l_helpers.models.parameters import has_learned
from d2l_helpers.training import loop, precision
from mxnet_today import bfloat16

import numpy
import pytest
from mxnet import autograd, gluon, np
from mxnet.gluon import nn
from small import parameters, same_parameters, small_net

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
    loop.train_step(rounding, images, np.zeros(8), trainer, images.ctx)
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


# Where bfloat16 does not run, the numbers are rounded to it and computed in float32.
RUNS = [False, True] if bfloat16.problem() is None else [False]


def choosing(monkeypatch, training="bfloat16", inference="bfloat16", runs=True):
    """Makes `choose_dtype` answer these types, and bfloat16 run or not."""

    def choose(net, X, training_asked=True):
        return precision.Choice(training if training_asked else inference, 2.0, "so it is")

    monkeypatch.setattr(precision, "choose_dtype", choose)
    monkeypatch.setattr(precision, "problem", lambda: None if runs else "it bites")


@pytest.mark.parametrize("training", [True, False])
def test_a_measured_pass_goes_back_only_in_training(deep, images, training):
    gradients = [p.grad() for p in deep.collect_params().values()]
    assert precision._pass(deep, training)(images) > 0
    assert any(bool((gradient != 0).any()) for gradient in gradients) == training


@pytest.mark.skipif(bfloat16.problem() is not None, reason=bfloat16.problem() or "")
def test_bfloat16_gives_what_rounding_gives(deep, images):
    real, rounded = dh.to_bfloat16(deep)(images), dh.round_to_bfloat16(deep)(images)
    assert numpy.allclose(real.asnumpy(), rounded.asnumpy(), rtol=0.02, atol=0.02)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("bfloat16_seconds, chosen", [(0.5, "bfloat16"), (2.0, "float32")])
def test_the_faster_type_is_chosen(deep, images, monkeypatch, bfloat16_seconds, chosen, training):
    seconds = iter([1.0, bfloat16_seconds])

    def fake_pass(block, training_asked):
        assert training_asked == training
        answer = next(seconds)
        return lambda X: answer

    monkeypatch.setattr(precision, "problem", lambda: None)
    monkeypatch.setattr(precision, "_choices", {})
    monkeypatch.setattr(precision, "MEASURED_SECONDS", 0)
    monkeypatch.setattr(precision, "_pass", fake_pass)
    choice = dh.choose_dtype(deep, images, training)
    assert (choice.dtype, choice.speedup) == (chosen, 1 / bfloat16_seconds)
    assert f"{1 / bfloat16_seconds:.2f} times as fast" in choice.why


def test_a_type_is_measured_once_for_the_same_layers_and_images(deep, images, monkeypatch):
    measured = []

    def measure(net, X, training):
        measured.append((X.shape, training))
        return precision.Choice("float32", 0.5, "")

    monkeypatch.setattr(precision, "problem", lambda: None)
    monkeypatch.setattr(precision, "_choices", {})
    monkeypatch.setattr(precision, "_measure", measure)
    for _ in range(2):
        dh.choose_dtype(deep, images)
        dh.choose_dtype(deep, images, training=False)
        dh.choose_dtype(deep, images[:4])
    assert measured == [(images.shape, True), (images.shape, False), (images[:4].shape, True)]


def test_nothing_is_measured_where_bfloat16_must_not_be_tried(deep, images, monkeypatch):
    monkeypatch.setattr(precision, "problem", lambda: "it bites")
    monkeypatch.setattr(precision, "_measure", lambda *_: pytest.fail("measured"))
    choice = dh.choose_dtype(deep, images)
    assert (choice.dtype, choice.why) == ("float32", "it bites")
    assert numpy.isnan(choice.speedup)


@pytest.mark.skipif(bfloat16.problem() is not None, reason=bfloat16.problem() or "")
def test_measuring_leaves_the_net_as_it_is(images, monkeypatch):
    monkeypatch.setattr(precision, "_choices", {})
    monkeypatch.setattr(precision, "MEASURED_SECONDS", 0)
    net = deep_net()
    net.add(nn.BatchNorm())
    net.initialize()
    net(images)
    before = parameters(net)
    choice = dh.choose_dtype(net, images)
    assert choice.dtype == ("bfloat16" if choice.speedup > 1 else "float32")
    assert all(numpy.array_equal(*pair) for pair in zip(before, parameters(net)))
    assert not has_learned(net)


def train(net, train_iter, test_iter, device, **options):
    return dh.train_ch6(
        net, train_iter, test_iter, 2, 0.1, device, hybridize=True, seed=0, **options
    )


@pytest.mark.parametrize(
    "dtype, said", [("bfloat16", "Training in float32: so it is."), ("auto", "")]
)
def test_where_bfloat16_is_slower_training_stays_in_float32(
    train_iter, test_iter, device, monkeypatch, capsys, dtype, said
):
    choosing(monkeypatch, "float32", "float32")
    nets = small_net(), small_net()
    train(nets[0], train_iter, test_iter, device, dtype=dtype)
    out = capsys.readouterr().out
    assert said in out and ("float32" in out) == bool(said)
    train(nets[1], train_iter, test_iter, device)
    assert same_parameters(*nets)


@pytest.mark.parametrize("runs", RUNS)
def test_training_in_bfloat16_learns_the_same(
    train_iter, test_iter, device, monkeypatch, capsys, runs
):
    choosing(monkeypatch, runs=runs)
    nets = small_net(), small_net()
    history = train(nets[0], train_iter, test_iter, device, dtype="bfloat16")
    assert "float32" not in capsys.readouterr().out
    in_float32 = train(nets[1], train_iter, test_iter, device)
    assert not same_parameters(*nets)
    for first, second in zip(history.rows, in_float32.rows):
        assert first["train loss"] == pytest.approx(second["train loss"], rel=0.05)
    assert history[-1]["test acc"] > 0.9


@pytest.mark.parametrize("runs", RUNS)
def test_training_and_evaluation_are_decided_apart(
    train_iter, test_iter, device, monkeypatch, runs
):
    choosing(monkeypatch, training="float32", inference="bfloat16", runs=runs)
    net, X = small_net(), np.ones((2, 1, 8, 8))
    net.initialize()
    (to_train, to_test), types = precision.nets_in_dtype(net, X, "auto")
    assert types == ["float32", "bfloat16"]
    assert to_train is net and to_test is not net
    history = dh.train_ch6(small_net(), train_iter, test_iter, 1, 0.1, device, dtype="auto")
    assert history.types == types


@pytest.mark.parametrize("runs, used", [(True, "to_bfloat16"), (False, "round_to_bfloat16")])
def test_rounding_stands_in_only_where_bfloat16_does_not_run(monkeypatch, runs, used):
    choosing(monkeypatch, runs=runs)
    converted = {"to_bfloat16": small_net(), "round_to_bfloat16": small_net()}
    for name in converted:
        monkeypatch.setattr(precision, name, lambda net, name=name: converted[name])
    net, X = small_net(), np.ones((2, 1, 8, 8))
    net.initialize()
    nets, _ = precision.nets_in_dtype(net, X, "auto", saved_types=["bfloat16", "float32"])
    assert nets == [converted[used], net]


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("begun, later", [("bfloat16", "float32"), ("float32", "bfloat16")])
def test_a_training_goes_on_in_the_type_that_it_was_begun_in(
    train_iter, test_iter, device, monkeypatch, tmp_path, begun, later, runs, capsys
):
    def train_in(choice, num_epochs, **options):
        choosing(monkeypatch, choice, choice, runs)
        net = small_net()
        dh.train_ch6(
            net, train_iter, test_iter, num_epochs, 0.1, device, seed=0, dtype="bfloat16", **options
        )
        return net

    checkpoint = tmp_path / "net.checkpoint"
    train_in(begun, 1, checkpoint=checkpoint)
    capsys.readouterr()
    resumed = train_in(later, 2, checkpoint=checkpoint)
    said = "Training in float32: the run was begun in it." in capsys.readouterr().out
    assert said == (begun == "float32")
    assert same_parameters(resumed, train_in(begun, 2))


def test_a_training_that_goes_on_measures_nothing(monkeypatch):
    monkeypatch.setattr(precision, "choose_dtype", None)
    net, X = small_net(), np.ones((2, 1, 8, 8))
    net.initialize()
    _, types = precision.nets_in_dtype(net, X, "auto", saved_types=["float32", "bfloat16"])
    assert types == ["float32", "bfloat16"]


def test_an_unknown_dtype_is_refused(train_iter, test_iter, device):
    with pytest.raises(ValueError, match="'float32', 'bfloat16' or 'auto', not 'float16'"):
        train(small_net(), train_iter, test_iter, device, dtype="float16")
