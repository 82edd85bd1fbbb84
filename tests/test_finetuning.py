"""A trained net with a new last layer."""

import d2l_helpers as dh
from d2l_helpers.data.loader import Steps
from d2l_helpers.training.loop import train_steps

import numpy
import pytest
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn
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


def test_what_is_no_trained_classifier_is_refused(trained):
    with pytest.raises(ValueError, match=r"the last layer is .*Dropout.*must be a Dense"):
        trained.add(nn.Dropout(0.5))
        dh.new_head(trained, 3)
    with pytest.raises(ValueError, match="must be a Dense layer that has weights"):
        dh.new_head(dh.lenet(), 3)
    with pytest.raises(TypeError, match=r"write lenet\(\)"):
        dh.new_head(dh.lenet, 3)


def test_steps_go_on_over_epochs_and_end_within_one():
    loader = dh.BatchLoader(*bar_images(1), 4, shuffle=True)  # 10 images, 3 batches
    steps = Steps(loader, 7)
    labels = [y.asnumpy().tolist() for _, y in steps]
    assert len(steps) == len(labels) == 7
    assert sorted(numpy.concatenate(labels[:3])) == sorted(numpy.concatenate(labels[3:6]))
    assert labels[:3] != labels[3:6]
