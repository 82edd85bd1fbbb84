"""A small search for the recipe of race.py, judged by images held out of the training images.

python experiments/search.py

Two epochs of 50,000 training images for each recipe; the other 10,000 judge it. The test images
are left to the race, or its accuracy would be that of the luckiest recipe.
Writes results/search.csv, one row per training run; one that is recorded is not made again.
"""

import d2l_helpers as dh
from recording import ROOT, options, record_missing

from mxnet import npx

HELD_OUT = 10_000
AUGMENT = {"none": None, "flips": dh.random_flip}
# nag is SGD with Nesterov's momentum.
RECIPES = (
    {"augment": "flips", "batch": 128, "lr": 0.04, "optimizer": "nag"},
    {"augment": "flips", "batch": 256, "lr": 0.04, "optimizer": "nag"},
    {"augment": "flips", "batch": 256, "lr": 0.08, "optimizer": "nag"},
    {"augment": "flips", "batch": 256, "lr": 0.08, "optimizer": "sgd"},
    {"augment": "none", "batch": 128, "lr": 0.04, "optimizer": "nag"},
    {"augment": "none", "batch": 256, "lr": 0.06, "optimizer": "nag"},
)


def search(
    seed=0, *, make_net=dh.alexnet, recipes=RECIPES, num_epochs=2, per_class=None, root=ROOT
):
    def train(augment, batch, lr, optimizer, seed):
        train_iter, held_out, _ = dh.load_data_fashion_mnist(
            batch,
            resize=67,
            per_class=per_class,
            validation=HELD_OUT,
            augment=AUGMENT[augment],
            seed=seed,
        )
        history = dh.train_ch6(
            make_net(),
            train_iter,
            held_out,
            num_epochs,
            lr,
            npx.cpu(),
            **{**dh.quick_recipe(), "optimizer": optimizer, "seed": seed},
            dtype="auto",
        )
        yield {
            "augment": augment,
            "batch": batch,
            "lr": lr,
            "optimizer": optimizer,
            "seed": seed,
            "held-out acc": history[-1]["test acc"],
            "seconds": sum(row["seconds"] for row in history.rows),
            "dtype": history.types[0],
        }

    runs = [{**recipe, "seed": seed} for recipe in recipes]
    record_missing(train, "search", runs, root)


if __name__ == "__main__":
    search(**options(__doc__, seed=0))
