"""A small search for the recipes of race.py and hour.py, judged by held-out training images.

python experiments/search.py

Two epochs of 50,000 training images for each recipe; the other 10,000 judge it. The test images
are left to the race, or its accuracy would be that of the luckiest recipe.
Writes results/search.csv, a row a training; one that is recorded is not made again.
"""

import d2l_helpers as dh
from recording import ROOT, options, record_missing

from mxnet import npx

HELD_OUT = 10_000
# nag is SGD with Nesterov's momentum.
RECIPES = (
    {"size": 67, "batch": 128, "lr": 0.04, "optimizer": "nag"},
    {"size": 67, "batch": 256, "lr": 0.04, "optimizer": "nag"},
    {"size": 67, "batch": 256, "lr": 0.08, "optimizer": "nag"},
    {"size": 67, "batch": 256, "lr": 0.08, "optimizer": "sgd"},
    {"size": 98, "batch": 256, "lr": 0.08, "optimizer": "nag"},
)


def search(
    seed=0, *, make_net=dh.alexnet, recipes=RECIPES, num_epochs=2, per_class=None, root=ROOT
):
    def train(size, batch, lr, optimizer, seed):
        train_iter, held_out, _ = dh.load_data_fashion_mnist(
            batch,
            resize=size,
            per_class=per_class,
            validation=HELD_OUT,
            augment=dh.random_flip,
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
            "size": size,
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
