"""The recipe of lesson 06, taken apart: one change at a time.

python experiments/recipe.py --seeds 3

T1 trains AlexNet with Xavier's weights and plain SGD at a constant rate, `quick_recipe` with much
else. Both train a net here as they are, and with one part changed to that of the other. Two
parts also change the size of a step: momentum of 0.9 makes it ten times as large in the long run,
and the mean rate of a one-cycle schedule is half of its peak. So each of the two is changed twice,
once at the same rate and once at a rate that makes up for it. And the rate is changed alone, by the
factor of ten that momentum brings.
The net is `alexnet_reduced` without LRN: AlexNet as in lesson 06, with half of its channels and a
quarter of its dense units. It sees 6,000 images of 67 x 67 pixels in each of five epochs, and is
tested on 2,000. Writes results/recipe.csv, one row per epoch, as soon as a run is done. Started
again, it makes the runs that are missing; --seeds 5 adds those of seeds 3 and 4.
"""

import d2l_helpers as dh
from recording import ROOT, options, record_missing

from mxnet import init, npx

WEIGHTS = {"Xavier": init.Xavier(), "He": init.MSRAPrelu("in", slope=0)}
SCHEDULES = {"constant": None, "one cycle": dh.one_cycle}
RECIPES = {
    "T1": {
        "weights": "Xavier",
        "schedule": "constant",
        "lr": 0.01,
        "momentum": 0.0,
        "wd": 0.0,
        "batch": 128,
    },
    "quick": {
        "weights": "He",
        "schedule": "one cycle",
        "lr": 0.02,  # its peak
        "momentum": 0.9,
        "wd": 5e-4,
        "batch": 64,
    },
}
CHANGES = {
    "T1": {
        "as it is": {},
        "He": {"weights": "He"},
        "one cycle": {"schedule": "one cycle"},
        "one cycle, same mean rate": {"schedule": "one cycle", "lr": 0.02},
        "momentum": {"momentum": 0.9},
        "momentum, same step": {"momentum": 0.9, "lr": 0.001},
        "ten times the rate": {"lr": 0.1},
        "weight decay": {"wd": 5e-4},
        "batches of 64": {"batch": 64},
    },
    "quick": {
        "as it is": {},
        "Xavier": {"weights": "Xavier"},
        "constant": {"schedule": "constant"},
        "constant, same mean rate": {"schedule": "constant", "lr": 0.01},
        "no momentum": {"momentum": 0.0},
        "no momentum, same step": {"momentum": 0.0, "lr": 0.2},
        "a tenth of the rate": {"lr": 0.002},
        "no weight decay": {"wd": 0.0},
        "batches of 128": {"batch": 128},
    },
}


def small_alexnet():
    return dh.alexnet_reduced(lrn_alpha=None)


def recipe(seeds=3, *, root=ROOT):
    runs = [
        {"recipe": recipe, "change": change, "seed": seed}
        for seed in range(seeds)
        for recipe in RECIPES
        for change in CHANGES[recipe]
    ]
    record_missing(train, "recipe", runs, root)


def train(
    recipe, change, seed, *, make_net=small_alexnet, per_class=600, test_per_class=200, num_epochs=5
):
    """Train with one part of a recipe changed, and return the rows of the epochs.

    If the training diverges, there is one row, of epoch 1 and without numbers.
    """
    settings = {**RECIPES[recipe], **CHANGES[recipe][change]}
    run = {"recipe": recipe, "change": change, "seed": seed, **settings}
    train_iter, test_iter = dh.load_data_fashion_mnist(
        settings["batch"], 67, per_class=per_class, test_per_class=test_per_class, seed=seed
    )
    try:
        history = dh.train_ch6(
            make_net(),
            train_iter,
            test_iter,
            num_epochs,
            settings["lr"],
            npx.cpu(),
            optimizer_params={name: settings[name] for name in ("momentum", "wd")},
            initializer=WEIGHTS[settings["weights"]],
            schedule=SCHEDULES[settings["schedule"]],
            hybridize=True,
            seed=seed,
        )
    except dh.TrainingDiverged:
        return [{**run, "epoch": 1}]
    if history.interrupted:
        raise KeyboardInterrupt
    names = ("epoch", "train loss", "train acc", "test acc")
    return [{**run, **{name: row[name] for name in names}} for row in history.rows]


if __name__ == "__main__":
    recipe(**options(__doc__, seeds=3))
