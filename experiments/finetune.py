"""Fine-tuning: what a net trained on five classes is worth for the other five.

python experiments/finetune.py --seeds 3

A wide LeNet, much like T2's, learns the odd classes of Fashion-MNIST from 10,000 images, and then
the even classes from 20, 100 or 500 images per class. This second training happens in three ways:
a new last layer alone, on a body that cannot change (tutorial T3); the new last layer and all
layers below it; a fresh net that has seen nothing before. Then the other way round, from the even
classes to the odd ones. Each training run takes 300 steps of up to 32 images of 28 x 28 pixels, at
a constant learning rate of Adam.

No way is given a rate that suits another one better: each is trained at the same six rates, and
the mean accuracy over the seeds on 300 held-out images per class chooses among them, for each
target, number of images and way. Neither the training nor the test images hold any of these. The
test accuracies of all rates are recorded too, so that anyone can choose again.

Writes results/finetune.csv, one row per training run, as soon as it is done, and prints the table
of the rates that were chosen. Started again, it makes the runs that are missing; --seeds 5 adds
those of seeds 3 and 4.
"""

import d2l_helpers as dh
from d2l_helpers.data.loader import Steps
from d2l_helpers.training.loop import train_steps
from d2l_helpers.utils.results import recorded
from recording import ROOT, checkpoint_of, options, record_missing

import mxnet as mx
import numpy
from mxnet import gluon, init, npx

CLASSES = {"odd": (1, 3, 5, 7, 9), "even": (0, 2, 4, 6, 8)}
NUM_CLASSES = 5
PER_CLASS = (20, 100, 500)
WAYS = ("last layer", "all layers", "fresh net")
LEARNING_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)  # of Adam; T3's is 0.001
HELD_OUT_PER_CLASS = 300  # the last ones of each class in the file of training images


def finetune(seeds=3, *, root=ROOT):
    runs = [
        {"target": target, "per_class": per_class, "way": way, "lr": lr, "seed": seed}
        for seed in range(seeds)
        for target in ("even", "odd")
        for per_class in PER_CLASS
        for way in WAYS
        for lr in LEARNING_RATES
    ]

    def train_and_keep(**run):
        name = f"finetune-source-for-{run['target']}-seed{run['seed']}"
        return train(**run, checkpoint=checkpoint_of(name, root))

    record_missing(train_and_keep, "finetune", runs, root)
    print(at_chosen_rates(recorded("finetune.csv", root)).to_string(index=False))


def at_chosen_rates(table):
    """Return the means over the seeds, at the rate that is best on held-out images."""
    arm = ["target", "per_class", "way"]
    accuracies = ["held-out acc", "test acc"]
    means = table.groupby([*arm, "lr"])[accuracies].mean().reset_index()
    return means.loc[means.groupby(arm)["held-out acc"].idxmax()]


def training_examples(classes, per_class, seed):
    """Return images of some classes, drawn at random, and their labels, 0 for the first class."""
    rng = numpy.random.default_rng([seed, per_class])
    return examples(
        True, classes, lambda of_class: rng.permutation(of_class[:-HELD_OUT_PER_CLASS])[:per_class]
    )


def held_out_examples(classes):
    """Return images that `training_examples` never draws, and their labels."""
    return examples(True, classes, lambda of_class: of_class[-HELD_OUT_PER_CLASS:])


def examples(train, classes, choose=lambda of_class: of_class):
    """Return images of some classes and their labels, 0 for the first class.

    Args:
        train: whether they are training images.
        classes: the numbers of the classes.
        choose: function of the positions of all images of a class that returns some of them.
    """
    images, labels = dh.fashion_mnist_arrays(train)
    chosen = [choose(numpy.flatnonzero(labels == c)) for c in classes]
    new_labels = numpy.repeat(range(len(classes)), [len(c) for c in chosen])
    return images[numpy.concatenate(chosen)], new_labels


def source_net(
    classes,
    seed,
    checkpoint=None,
    *,
    make_net=dh.lenet_wide,
    source_per_class=2000,
    num_epochs=4,
):
    """Return a net that has learned some classes, now or as the checkpoint says."""
    train_iter = dh.BatchLoader(
        *training_examples(classes, source_per_class, seed), 64, shuffle=True, seed=seed
    )
    held_out_iter = dh.BatchLoader(*held_out_examples(classes), 250)
    recipe = {**dh.quick_recipe(), "seed": seed, "checkpoint": checkpoint}
    net = make_net(NUM_CLASSES)
    history = dh.train_ch6(net, train_iter, held_out_iter, num_epochs, 0.02, npx.cpu(), **recipe)
    if history.interrupted:
        raise KeyboardInterrupt
    return net


def train(
    target,
    per_class,
    way,
    lr,
    seed,
    *,
    checkpoint=None,
    make_net=dh.lenet_wide,
    num_steps=300,
    **source,
):
    """Train on few images in one of the ways, and return the row of what came out, in a list."""
    if way == "fresh net":
        net = make_net(NUM_CLASSES)
    else:
        other = "odd" if target == "even" else "even"
        body = source_net(CLASSES[other], seed, checkpoint, make_net=make_net, **source)
    mx.random.seed(seed)  # the same numbers, whether the body was trained now or before
    if way == "fresh net":
        net.initialize(init.MSRAPrelu("in", slope=0))
    else:
        net = dh.new_head(body, NUM_CLASSES, frozen=way == "last layer")
    net.hybridize()
    few = training_examples(CLASSES[target], per_class, seed)
    batches = Steps(dh.BatchLoader(*few, 32, shuffle=True, seed=seed), num_steps)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": lr})
    for loss_sum, _, num in train_steps(net, batches, trainer, npx.cpu()):
        last_loss = loss_sum / num
    run = {"target": target, "per_class": per_class, "way": way, "lr": lr, "seed": seed}
    return [
        {
            **run,
            "last train loss": last_loss,
            "held-out acc": accuracy(net, held_out_examples(CLASSES[target])),
            "test acc": accuracy(net, examples(False, CLASSES[target])),
        }
    ]


def accuracy(net, images_and_labels):
    return dh.evaluate_accuracy_gpu(net, dh.BatchLoader(*images_and_labels, 250))


if __name__ == "__main__":
    finetune(**options(__doc__, seeds=3))
