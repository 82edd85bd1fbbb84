"""A trained net with a new last layer."""

import d2l_helpers as dh
from d2l_helpers.data.loader import Steps
from d2l_helpers.training.loop import train_steps

import numpy
import pytest
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn
from mxnet.gluon.model_zoo import vision
from small import bar_images, parameters


@pytest.fixture
def trained():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(16), nn.Dense(10))
    net.initialize(init.MSRAPrelu(slope=0))
    net(np.zeros((1, 1, 12, 12)))
    return net


def train(net, num_steps=5):
    images, labels = bar_images(4)
    loader = dh.BatchLoader(images, labels % 3, 8, shuffle=True)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    steps = list(train_steps(net, Steps(loader, num_steps), trainer, npx.cpu()))
    assert len(steps) == num_steps


@pytest.mark.parametrize("hybridize", [False, True])
def test_only_the_new_layer_learns_where_the_rest_is_frozen(trained, hybridize):
    net = dh.new_head(trained, 3)
    if hybridize:
        net.hybridize()
    weights = [p for p in trained[:-1].collect_params().values() if "running" not in p.name]
    before = [p.data().asnumpy() for p in weights]
    head = net[-1].weight.data().asnumpy()
    train(net)
    assert all((b == p.data().asnumpy()).all() for b, p in zip(before, weights))
    assert (net[-1].weight.data().asnumpy() != head).any()
    assert net(np.zeros((2, 1, 12, 12))).shape == (2, 3)
    assert trained(np.zeros((2, 1, 12, 12))).shape == (2, 10)  # the old one is as it was


def test_all_layers_learn_where_nothing_is_frozen_also_after_they_were(trained):
    dh.new_head(trained, 3)
    net = dh.new_head(trained, 3, frozen=False)
    before = parameters(net)
    train(net)
    assert all((b != after).any() for b, after in zip(before, parameters(net)) if b.size > 16)
    running = [p for p in net.collect_params().values() if "running" in p.name]
    assert {p.grad_req for p in running} == {"null"}


def own_block():
    net = nn.HybridBlock()
    net.features, net.output = nn.Dense(3, in_units=4), nn.Dense(2, in_units=3)
    return net


def ending_with(*layers):
    net = nn.Sequential()
    net.add(nn.Dense(4, in_units=3), *layers)
    net.initialize(force_reinit=True)
    return net


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: ending_with(nn.Dropout(0.5)), "the last layer is a Dropout, and must be a Dense"),
        (lambda: ending_with(ending_with()), "the last layer is a Sequential, and must be a Dense"),
        (nn.HybridSequential, "has no parameters. Add layers"),
        (dh.lenet, "must be a Dense layer that has weights, and this one has none yet: train"),
        (own_block, "the net is a HybridBlock, .*give a Sequential, or a net of gluon.model_zoo"),
        (lambda: nn.Dense(3, in_units=4), "the net is a Dense, .*give a Sequential"),
        (vision.alexnet, "must be a Dense layer that has weights, and this one has none yet"),
        (vision.squeezenet1_0, "the last layer is a HybridSequential, and must be a Dense layer"),
        (vision.mobilenet_v2_0_25, "the last layer is a HybridSequential, and must be a Dense"),
    ],
)
def test_a_net_without_a_trained_dense_head_is_refused(make, reason):
    with pytest.raises(ValueError, match=reason):
        dh.new_head(make(), 3)


def test_a_net_that_has_not_seen_an_image_has_no_weights_yet():
    net = vision.alexnet(classes=2)
    net.initialize()
    with pytest.raises(ValueError, match="has none yet: train the net, or load its weights"):
        dh.new_head(net, 3)


@pytest.mark.parametrize("net", [dh.lenet, "lenet", None])
def test_other_objects_than_nets_are_refused(net):
    with pytest.raises(TypeError, match="net"):
        dh.new_head(net, 3)


@pytest.mark.parametrize(
    ("num_classes", "reason"),
    [
        (0, "at least 1, not 0"),
        (-2, "at least 1, not -2"),
        (2.5, "a whole number, not 2.5"),
        (float("nan"), "a finite number"),
        ("3", "a number"),
        (True, "a number"),
    ],
)
def test_a_number_of_classes_is_a_whole_number(trained, num_classes, reason):
    with pytest.raises((ValueError, TypeError), match=f"num_classes must be {reason}"):
        dh.new_head(trained, num_classes)


# Nets of Gluon's zoo, small

ZOO = {
    "AlexNet": (lambda: vision.alexnet(classes=2), 67),
    "VGG": (lambda: vision.VGG([1] * 5, [4] * 5, classes=2), 32),
    "MobileNet": (lambda: vision.mobilenet0_25(classes=2), 32),
    "ResNet": (lambda: vision.resnet18_v1(classes=2), 32),
}


@pytest.mark.parametrize("name", ZOO)
def test_a_net_of_gluons_zoo_gets_a_new_head(name):
    make, size = ZOO[name]
    net, X = make(), np.random.normal(size=(2, 3, size, size))
    net.initialize()
    net(X)
    tuned = dh.new_head(net, 3.0)
    assert tuned(X).shape == (2, 3)
    assert list(tuned)[:-1] == list(net.features)
    features = net.features(X)
    assert numpy.allclose(tuned(X).asnumpy(), tuned[-1](features).asnumpy(), atol=1e-5)
    assert all(p.grad_req == "null" for p in net.features.collect_params().values())
    assert tuned[-1].weight.grad_req == "write"


@pytest.mark.parametrize("dtype", ["float16", "float64", "float32"])
def test_the_new_layer_has_the_type_of_the_net(dtype):
    net = ending_with(nn.Dense(2, in_units=4))
    net.cast(dtype)
    # MXNet's CPU computes no dense layer in float16.
    assert dh.new_head(net, 3)[-1].weight.data().dtype == dtype


# Steps


def test_steps_resume_with_the_next_epoch_and_end_within_one():
    loader = dh.BatchLoader(*bar_images(1), 4, shuffle=True)  # 10 images, 3 batches
    steps = Steps(loader, 7)
    labels = [y.asnumpy().tolist() for _, y in steps]
    assert len(steps) == len(labels) == 7
    assert sorted(numpy.concatenate(labels[:3])) == sorted(numpy.concatenate(labels[3:6]))
    assert labels[:3] != labels[3:6]


class NotForEver:
    """Batches that may be asked for in ten epochs at most, so that no test waits for ever."""

    def __init__(self, batches):
        self.batches, self.epochs = batches, 0

    def __iter__(self):
        self.epochs += 1
        assert self.epochs <= 10
        return iter(self.batches)


@pytest.mark.parametrize(
    ("batches", "given"),
    [
        ([], 0),
        (iter([]), 0),
        ({}, 0),
        ((batch for batch in "abc"), 3),
        (zip("ab", "cd"), 2),
        (map(str, range(4)), 4),
    ],
)
def test_a_loader_without_further_batches_ends_with_an_error(batches, given):
    steps, batches = iter(Steps(NotForEver(batches), 5)), []
    with pytest.raises(ValueError, match=f"gave {given} batches and has no more.*num_steps is 5"):
        for batch in steps:
            batches.append(batch)
    assert len(batches) == given


def test_a_generator_with_enough_batches_is_accepted():
    assert list(Steps(iter("abcd"), 3)) == ["a", "b", "c"]
    assert list(Steps([], 0)) == []


@pytest.mark.parametrize("num_steps", [3.0, numpy.int64(3)])
def test_a_number_of_steps_may_be_any_whole_number(num_steps):
    steps = Steps("ab", num_steps)
    assert (len(steps), list(steps)) == (3, ["a", "b", "a"])


@pytest.mark.parametrize("num_steps", [-1, 2.5, float("nan"), float("inf"), "3", True, None])
def test_an_invalid_number_of_steps_is_refused(num_steps):
    with pytest.raises((ValueError, TypeError), match="num_steps must be"):
        Steps([(1, 2)], num_steps)
