"""The ablation: the paper's net, reduced, with each of its ideas left out.

python experiments/parts.py --seeds 3

Few images and many epochs, so that there is something to overfit: 3,000 of 67 x 67 pixels, 20
epochs. Then 80 epochs, with and without augmentation: what slows a net down may pay when there is
time. The one-cycle schedule is as long as the run, whichever it is.
Writes results/ablation-parts.csv, one row per run, as soon as it is done. Started again, it makes
the runs that are missing; --seeds 5 adds those of seeds 3 and 4.
"""

import d2l_helpers as dh
from recording import ROOT, options, record_missing

from mxnet import init, npx

PARTS = {
    "all parts": {},
    "without LRN": {"lrn_alpha": None},
    # What the paper's LRN does to pixels from 0 to 255, done to ours from 0 to 1.
    "stronger LRN": {"lrn_alpha": 1e-4 * 255**2},
    "without overlapping pooling": {"overlapping": False},
    "without dropout": {"dropout": 0},
    "without augmentation": {"augment": None},
}
PARTS_FOR = {20: tuple(PARTS), 80: ("all parts", "without augmentation")}  # by number of epochs


def parts(seeds=3, *, root=ROOT):
    runs = [
        {"part": part, "num_epochs": num_epochs, "seed": seed}
        for num_epochs, compared in PARTS_FOR.items()
        for seed in range(seeds)
        for part in compared
    ]
    record_missing(train, "ablation-parts", runs, root)


def train(
    part, num_epochs, seed, *, make_net=dh.alexnet_reduced, per_class=300, test_per_class=None
):
    """Train the net without a part, and return the row of what came out, in a list."""
    settings = {"augment": dh.flip_and_shift, **PARTS[part]}
    train_iter, test_iter = dh.load_data_fashion_mnist(
        64,
        resize=67,
        per_class=per_class,
        test_per_class=test_per_class,
        augment=settings.pop("augment"),
        seed=seed,
    )
    net = make_net(**settings)
    history = dh.train_ch6(
        net,
        train_iter,
        [next(iter(test_iter))],  # the whole test set is asked once, at the end
        num_epochs,
        0.02,
        npx.cpu(),
        optimizer="sgd",
        optimizer_params={"momentum": 0.9, "wd": 5e-4},
        initializer=init.MSRAPrelu("in", slope=0),
        schedule=dh.one_cycle,
        hybridize=True,
        seed=seed,
    )
    if history.interrupted:
        raise KeyboardInterrupt
    last = {name: history[-1][name] for name in ("train loss", "train acc")}
    test_acc = dh.evaluate_accuracy_gpu(net, test_iter)
    return [{"part": part, "num_epochs": num_epochs, "seed": seed, **last, "test acc": test_acc}]


if __name__ == "__main__":
    parts(**options(__doc__, seeds=3))
