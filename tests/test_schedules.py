"""What the quick recipe consists of; its schedule, and training with it: test_training.py."""

import math

import d2l_helpers as dh

import pytest
from mxnet import gluon


def test_the_quick_recipe_has_the_paper_s_optimizer_and_repeats_itself():
    recipe = dh.quick_recipe()
    recipe.pop("initializer")
    assert recipe == {
        "optimizer": "sgd",
        "optimizer_params": {"momentum": 0.9, "wd": 5e-4},  # section 5
        "schedule": dh.one_cycle,
        "hybridize": True,
        "seed": 0,
    }


@pytest.mark.parametrize(("inputs", "outputs"), [(100, 2000), (800, 500), (1600, 100)])
def test_the_quick_recipe_initializes_as_he_et_al_do(inputs, outputs):
    layer = gluon.nn.Dense(outputs, in_units=inputs)
    layer.initialize(dh.quick_recipe()["initializer"])
    assert layer.weight.data().std().item() == pytest.approx(math.sqrt(2 / inputs), rel=0.015)


@pytest.mark.parametrize("progress", [0.05, 0.1, 0.2, 0.29])
def test_one_cycle_warms_up_along_a_cosine(progress):
    rise = (1 - math.cos(math.pi * progress / 0.3)) / 2  # from 0 to 1
    assert dh.one_cycle(progress) == pytest.approx(0.04 + 0.96 * rise)
