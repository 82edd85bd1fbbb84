import d2l_helpers as dh
from d2l_helpers import architecture

import matplotlib.pyplot as plt
import pytest


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


def test_dropout_is_named_and_not_drawn_as_a_stage():
    with_dropout = architecture._stages(dh.alexnet(), (1, 1, 224, 224))
    assert [stage["kind"] for stage in with_dropout].count("dense") == 3
    assert sum("dropout" in stage["lines"] for stage in with_dropout) == 2


def test_an_architecture_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="layer 3"):
        dh.draw_architecture(dh.alexnet(), (1, 1, 28, 28))


def test_an_architecture_that_is_shown_is_closed():
    assert dh.draw_architecture(dh.lenet(), (1, 1, 28, 28), alt="what it shows") is None
    assert plt.get_fignums() == []
