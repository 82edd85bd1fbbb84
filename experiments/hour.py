"""The highest accuracy of T1's layers within an hour on two cores.

python experiments/hour.py

The changes that race.py names, but ordinary momentum, 10 epochs, and shifts by a pixel beside the
flips.
Writes results/hour-seed0.csv, a row an epoch. Started again after an interruption, it goes on
after the last finished epoch.
"""

import d2l_helpers as dh
from recording import ROOT, checkpoint_of, options, record_finished

from mxnet import npx


def flip_and_shift_a_little(images, rng):
    """Return flipped images, moved by up to one pixel of 28."""
    return dh.flip_and_shift(images, rng, max_shift=1)


def hour(seed=0, *, make_net=dh.alexnet, num_epochs=10, per_class=None, dtype="auto", root=ROOT):
    train_iter, test_iter = dh.load_data_fashion_mnist(
        128,
        resize=67,
        per_class=per_class,
        test_per_class=per_class,
        augment=flip_and_shift_a_little,
        seed=seed,
    )
    net, name = make_net(), f"hour-seed{seed}"
    history = dh.train_ch6(
        net,
        train_iter,
        test_iter,
        num_epochs,
        0.04,
        npx.cpu(),
        **{**dh.quick_recipe(), "seed": seed},
        dtype=dtype,
        checkpoint=checkpoint_of(name, root),
    )
    record_finished(history, net, test_iter, name, root)


if __name__ == "__main__":
    hour(**options(__doc__, seed=0))
