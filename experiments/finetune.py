"""Fine-tuning: what a net trained on five classes is worth for the other five.

python experiments/finetune.py --seeds 3

T2's wide LeNet learns the odd classes of Fashion-MNIST from 10,000 images, and then the even
ones from 5, 20, 100 or 500 images a class: with a new last layer alone (tutorial T3), with all
layers at a small learning rate, or as a fresh net that has seen nothing before. Then the other way
round, from the even classes to the odd ones. Each training takes 300 steps of up to 32 images of
28 x 28 pixels. Writes results/finetune.csv, one row per training run, as
soon as it is done. Started again, it makes the runs that are missing; --seeds 5 adds those of
seeds 3 and 4.
"""

import d2l_helpers as dh
from d2l_helpers.data.loader import Steps
from d2l_helpers.models.finetuning import new_head
from d2l_helpers.training.loop import train_steps
from recording import ROOT, checkpoint_of, options, record_missing

import mxnet as mx
import numpy
from mxnet import gluon, init, npx

CLASSES = {"odd": (1, 3, 5, 7, 9), "even": (0, 2, 4, 6, 8)}
NUM_CLASSES = 5
PER_CLASS = (5, 20, 100, 500)
# The rates of Adam; T3's is 0.001.
LEARNING_RATES = {"last layer": 0.001, "all layers": 0.0001, "fresh net": 0.001}


def finetune(seeds=3, *, root=ROOT):
    runs = [
        {"target": target, "per_class": per_class, "way": way, "seed": seed}
        for seed in range(seeds)
        for target in ("even", "odd")
        for per_class in PER_CLASS
        for way in LEARNING_RATES
    ]

    def train_and_keep(**run):
        name = f"finetune-to-{run['target']}-seed{run['seed']}"
        return train(**run, checkpoint=checkpoint_of(name, root))

    record_missing(train_and_keep, "finetune", runs, root)


def examples(train, classes, per_class=None, seed=0):
    """Return images of some classes, drawn at random, and their labels, 0 for the first class."""
    images, labels = dh.fashion_mnist_arrays(train)
    rng = numpy.random.default_rng([seed, per_class or 0])
    chosen = [rng.permutation(numpy.flatnonzero(labels == c))[:per_class] for c in classes]
    new_labels = numpy.repeat(range(len(classes)), [len(c) for c in chosen])
    chosen = numpy.concatenate(chosen)
    return images[chosen], new_labels


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
        *examples(True, classes, source_per_class, seed), 64, shuffle=True, seed=seed
    )
    test_iter = dh.BatchLoader(*examples(False, classes, 200), 250)
    recipe = {**dh.quick_recipe(), "seed": seed, "checkpoint": checkpoint}
    net = make_net(NUM_CLASSES)
    history = dh.train_ch6(net, train_iter, test_iter, num_epochs, 0.02, npx.cpu(), **recipe)
    if history.interrupted:
        raise KeyboardInterrupt
    return net


def train(
    target,
    per_class,
    way,
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
        net = new_head(body, NUM_CLASSES, frozen=way == "last layer")
    net.hybridize()
    loader = dh.BatchLoader(
        *examples(True, CLASSES[target], per_class, seed), 32, shuffle=True, seed=seed
    )
    rate = {"learning_rate": LEARNING_RATES[way]}
    trainer = gluon.Trainer(net.collect_params(), "adam", rate)
    for loss_sum, _, num in train_steps(net, Steps(loader, num_steps), trainer, npx.cpu()):
        last_loss = loss_sum / num
    test_iter = dh.BatchLoader(*examples(False, CLASSES[target]), 250)
    test_acc = dh.evaluate_accuracy_gpu(net, test_iter)
    run = {"target": target, "per_class": per_class, "way": way, "seed": seed}
    return [{**run, "last train loss": last_loss, "test acc": test_acc}]


if __name__ == "__main__":
    finetune(**options(__doc__, seeds=3))
