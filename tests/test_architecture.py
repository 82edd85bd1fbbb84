import d2l_helpers as dh
from d2l_helpers.figures import architecture

import matplotlib.pyplot as plt
import pytest
from d2l import mxnet as real_d2l
from mxnet.gluon import nn


@pytest.fixture(autouse=True)
def figures_closed():
    yield
    plt.close("all")


def test_an_architecture_is_drawn_with_the_name_and_shape_of_every_stage():
    axes = dh.draw_architecture(dh.alexnet(), (1, 1, 224, 224), title="AlexNet")
    text = "\n".join(artist.get_text() for artist in axes.texts)
    for expected in ("input", "conv", "11×11", "stride 4", "max pool", "dense", "4,096", "54×54"):
        assert expected in text
    assert axes.get_title() == "AlexNet"


def test_the_drawing_fills_its_figure():
    axes = dh.draw_architecture(dh.lenet(), (1, 1, 28, 28))
    assert axes.get_position().bounds == pytest.approx((0, 0, 1, 1))


def test_dropout_is_named_and_not_drawn_as_a_stage():
    with_dropout = architecture._stages(dh.alexnet(), (1, 1, 224, 224))
    assert [stage["kind"] for stage in with_dropout].count("dense") == 3
    assert sum("dropout" in stage["lines"] for stage in with_dropout) == 2


def test_an_architecture_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="layer 3"):
        dh.draw_architecture(dh.alexnet(), (1, 1, 28, 28))


def test_a_block_with_parts_is_one_stage_even_if_it_keeps_the_shape():
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=3), real_d2l.Residual(4), nn.BatchNorm(), nn.Dense(10))
    stages = architecture._stages(net, (1, 1, 12, 12))
    assert [stage["kind"] for stage in stages] == ["input", "conv", "Residual", "dense"]
    assert stages[2]["lines"] == ["residual", "batchnorm"]
    assert stages[2]["shape"] == (4, 10, 10)
    text = "\n".join(t.get_text() for t in dh.draw_architecture(net, (1, 1, 12, 12)).texts)
    assert "residual" in text


def test_an_architecture_that_is_shown_is_closed():
    assert dh.draw_architecture(dh.lenet(), (1, 1, 28, 28), alt="what it shows") is None
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("layers", "shape", "reason"),
    [
        ([nn.Conv1D(4, kernel_size=3)], (1, 1, 9), r"\(1, 9\) cannot be drawn"),
        ([nn.Conv3D(4, kernel_size=3)], (1, 1, 9, 9, 9), r"\(1, 9, 9, 9\) cannot be drawn"),
        ([nn.Embedding(5, 3)], (1, 7), r"\(7, 3\) cannot be drawn"),
        ([nn.Lambda(lambda X: [X, X])], (1, 1, 9, 9), "lambda1 has 2 outputs"),
        ([], (1, 1, 9, 9), "has no layers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(layers, shape, reason):
    net = nn.Sequential()
    net.add(*layers)
    with pytest.raises(ValueError, match=reason):
        dh.draw_architecture(net, shape)


def test_a_net_of_dense_layers_is_drawn():
    net = nn.Sequential()
    net.add(nn.Dense(16, activation="relu"), nn.Dense(10))
    texts = [text.get_text() for text in dh.draw_architecture(net, (1, 784)).texts]
    assert texts[:6] == ["784", "input", "16", "dense\nrelu", "10", "dense"]
