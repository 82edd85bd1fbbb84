"""The highest accuracy of T1's layers within an hour on two cores.

python experiments/hour.py --seed 0

What is not as in race.py: all 60,000 images, 28 epochs, batches of 256, which take less time,
98 x 98 pixels, the largest size from which T1's last map is still a single pixel, and shifts by up
to two pixels of 28, and flips. At the end all fifty views of a test image that shifts and flips can
make also answer together.
Writes results/hour-seed0.csv, one row per epoch. Started again after an interruption, it resumes
after the last finished epoch.
"""

import d2l_helpers as dh
from recording import ROOT, checkpoint_of, options, record_finished

from mxnet import npx


def hour(seed=0, *, make_net=dh.alexnet, num_epochs=28, per_class=None, dtype="auto", root=ROOT):
    train_iter, test_iter = dh.load_data_fashion_mnist(
        256,
        resize=98,
        per_class=per_class,
        test_per_class=per_class,
        augment=dh.flip_and_shift,
        seed=seed,
    )
    net, name = make_net(), f"hour-seed{seed}"
    history = dh.train_ch6(
        net,
        train_iter,
        test_iter,
        num_epochs,
        0.06,
        npx.cpu(),
        **{**dh.quick_recipe(), "optimizer": "nag", "seed": seed},
        dtype=dtype,
        checkpoint=checkpoint_of(name, root),
    )
    record_finished(history, net, test_iter, name, root, max_shift=2)


if __name__ == "__main__":
    hour(**options(__doc__, seed=0))
