"""A small search for the recipes of race.py and hour.py, judged by held-out training images.

python experiments/search.py

Two epochs of 50,000 training images for each recipe; the other 10,000 judge it. The test images
are left to the race, or its accuracy would be that of the luckiest recipe. For the hour, whose
images are also shifted, it is asked how far to move them for the ten crops that answer together.
Writes results/search.csv, a row a training; one that is recorded is not made again.
"""

import d2l_helpers as dh
from recording import ROOT, accuracy_with_ten_crops, options, record_missing

from mxnet import npx

HELD_OUT = 10_000
AUGMENT = {"none": None, "flips": dh.random_flip, "flips and shifts": dh.flip_and_shift}
MARGINS = (1, 2)
# nag is SGD with Nesterov's momentum.
RECIPES = (
    {"size": 67, "augment": "flips", "batch": 128, "lr": 0.04, "optimizer": "nag"},
    {"size": 67, "augment": "flips", "batch": 256, "lr": 0.04, "optimizer": "nag"},
    {"size": 67, "augment": "flips", "batch": 256, "lr": 0.08, "optimizer": "nag"},
    {"size": 67, "augment": "flips", "batch": 256, "lr": 0.08, "optimizer": "sgd"},
    {"size": 67, "augment": "none", "batch": 128, "lr": 0.04, "optimizer": "nag"},
    {"size": 67, "augment": "none", "batch": 256, "lr": 0.06, "optimizer": "nag"},
    {"size": 98, "augment": "flips and shifts", "batch": 256, "lr": 0.06, "optimizer": "nag"},
)


def search(
    seed=0, *, make_net=dh.alexnet, recipes=RECIPES, num_epochs=2, per_class=None, root=ROOT
):
    def train(size, augment, batch, lr, optimizer, seed):
        train_iter, held_out, _ = dh.load_data_fashion_mnist(
            batch,
            resize=size,
            per_class=per_class,
            validation=HELD_OUT,
            augment=AUGMENT[augment],
            seed=seed,
        )
        net = make_net()
        history = dh.train_ch6(
            net,
            train_iter,
            held_out,
            num_epochs,
            lr,
            npx.cpu(),
            **{**dh.quick_recipe(), "optimizer": optimizer, "seed": seed},
            dtype="auto",
        )
        crops = {
            f"with ten crops, margin {margin}": accuracy_with_ten_crops(net, held_out, margin)
            for margin in MARGINS
            if augment == "flips and shifts"
        }
        yield {
            "size": size,
            "augment": augment,
            "batch": batch,
            "lr": lr,
            "optimizer": optimizer,
            "seed": seed,
            "held-out acc": history[-1]["test acc"],
            "seconds": sum(row["seconds"] for row in history.rows),
            "dtype": history.types[0],
            **crops,
        }

    runs = [{**recipe, "seed": seed} for recipe in recipes]
    record_missing(train, "search", runs, root)


if __name__ == "__main__":
    search(**options(__doc__, seed=0))
