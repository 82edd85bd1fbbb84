"""How much a net learns from equally many images in batches of three sizes.

python experiments/batches.py --seeds 3

LeNet with ReLU learns from 4,000 images for eight epochs, with plain SGD, in batches of 32, 128 and
512, each at six constant learning rates, and the larger batches also with a warm-up: from a tenth
of the rate to all of it during the first epoch. 2,000 images held out of the training images judge
it. Writes results/batches.csv, one row per epoch, as soon as a run is done. Started again, it makes
the runs that are missing; --seeds 5 adds those of seeds 3 and 4.
"""

import contextlib
import io
import math

import d2l_helpers as dh
from recording import ROOT, options, record_missing

from mxnet import init, npx

HELD_OUT = 2000
RATES = {
    32: (0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    128: (0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
    512: (0.04, 0.08, 0.16, 0.32, 0.64, 1.28),
}
WITH_WARM_UP = ((128, 0.16), (128, 0.32), (512, 0.32), (512, 0.64))


def warm_up(num_epochs):
    """Return a schedule that grows from a tenth to 1 during the first of some epochs."""
    return lambda progress: min(1, 0.1 + 0.9 * num_epochs * progress)


def batches(seeds=3, *, root=ROOT):
    arms = [(batch, lr, False) for batch, rates in RATES.items() for lr in rates]
    arms += [(batch, lr, True) for batch, lr in WITH_WARM_UP]
    runs = [
        {"batch": batch, "lr": lr, "warm-up": warm, "seed": seed}
        for seed in range(seeds)
        for batch, lr, warm in arms
    ]
    record_missing(lambda **run: train(run), "batches", runs, root)


def train(run, *, make_net=lambda: dh.lenet(activation="relu"), per_class=400, num_epochs=8):
    """Train once, and give a row for each epoch; one that diverges has no numbers."""
    train_iter, held_out, _ = dh.load_data_fashion_mnist(
        run["batch"], per_class=per_class, validation=HELD_OUT, seed=run["seed"]
    )
    rows = []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(dh.TrainingDiverged):
        rows = dh.train_ch6(
            make_net(),
            train_iter,
            held_out,
            num_epochs,
            run["lr"],
            npx.cpu(),
            initializer=init.MSRAPrelu("in", slope=0),
            schedule=warm_up(num_epochs) if run["warm-up"] else None,
            hybridize=True,
            seed=run["seed"],
        ).rows
    for epoch in range(1, num_epochs + 1):
        row = rows[epoch - 1] if rows else {"train loss": math.nan, "test acc": math.nan}
        yield {
            **run,
            "epoch": epoch,
            "steps": epoch * len(train_iter),
            "train loss": row["train loss"],
            "held-out acc": row["test acc"],
        }


if __name__ == "__main__":
    batches(**options(__doc__, seeds=3))
