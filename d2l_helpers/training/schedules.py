"""Learning rates that change during a run, and what makes AlexNet learn quickly (lesson 06)."""

import math

from mxnet import init


def one_cycle(progress):
    """Return the learning rate of a one-cycle schedule, as a fraction of its peak.

    A warm-up over the first 30 % of the training, from 4 % to the peak, then a cosine down to 0.
    Source: Smith and Topin 2018.

    Args:
        progress: the share of the training steps that are done, from 0 to 1.
    """
    if progress < 0.3:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / 0.3)) / 2
    return (1 + math.cos(math.pi * (progress - 0.3) / 0.7)) / 2


def plateau_factor(accuracies, patience):
    """Return what the learning rate is multiplied with after epochs of these accuracies.

    It is divided by ten whenever the accuracy has not become better for `patience` epochs, as the
    paper did by hand (section 5).

    Args:
        accuracies: of the finished epochs, in order.
        patience: in epochs, at least 1; None for never.
    """
    factor, best, waited = 1.0, -math.inf, 0
    for acc in accuracies:
        best, waited = (acc, 0) if acc > best else (best, waited + 1)
        if waited == patience:
            factor, waited = factor / 10, 0
    return factor


def quick_recipe():
    """Return the keyword arguments of `train_ch6` with which AlexNet learns in few steps.

    He initialization starts AlexNet above chance at once, momentum and a one-cycle learning rate
    make each step count: see lesson 06. The learning rate to give beside it is 0.02 with batches
    of 64 or 128.
    """
    return dict(
        optimizer="sgd",
        optimizer_params={"momentum": 0.9, "wd": 5e-4},
        initializer=init.MSRAPrelu("in", slope=0),
        schedule=one_cycle,
        hybridize=True,
        seed=0,
    )
