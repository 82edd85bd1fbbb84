"""The race to T1's accuracy: T1's layers to 0.890 in the least time on two cores.

python experiments/race.py --seed 0

What is not as in T1: images of 67 x 67 pixels, the smallest that its layers take, 50,000 of the
60,000, 2 epochs in place of 10, bfloat16 where it is faster, Nesterov's momentum, weight decay,
He's initialization, and a one-cycle learning rate: the recipe that did best in search.py.
Writes results/race-seed0.csv, one row per epoch. Started again after an interruption, it resumes
after the last finished epoch.
"""

import d2l_helpers as dh
from recording import ROOT, checkpoint_of, options, record_finished
from search import HELD_OUT

from mxnet import npx


def race(seed=0, *, make_net=dh.alexnet, num_epochs=2, per_class=None, dtype="auto", root=ROOT):
    train_iter, _, test_iter = dh.load_data_fashion_mnist(
        128,
        resize=67,
        per_class=per_class,
        test_per_class=per_class,
        validation=HELD_OUT,
        seed=seed,
    )
    net, name = make_net(), f"race-seed{seed}"
    history = dh.train_ch6(
        net,
        train_iter,
        test_iter,
        num_epochs,
        0.04,
        npx.cpu(),
        **{**dh.quick_recipe(), "optimizer": "nag", "seed": seed},
        dtype=dtype,
        checkpoint=checkpoint_of(name, root),
    )
    record_finished(history, net, test_iter, name, root)


if __name__ == "__main__":
    race(**options(__doc__, seed=0))
