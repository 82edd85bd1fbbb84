"""A loss that stays at ln(classes): measurements that tell one cause from another.

python experiments/stuck.py --seeds 3

LeNet learns from 10,000 images of Fashion-MNIST for three epochs, each time with one cause of
failure; for a signal that fades, a net of ten sigmoid layers takes its place. Measured are, before
and after these epochs and on 1,000 training images, the loss, the spread of the outputs over the
images, the gradient of the first layer divided by that of the last, and the share of dead units.
Then the stuck net is trained further, each time from the weights at which it was stuck: for 14
epochs at each of three learning rates, and on 100 images alone, which it is to learn by heart, at
the better of the two larger rates. Writes results/stuck.csv, one row per cause and seed, as soon as
it is done. Started again, it makes the runs that are missing; --seeds 5 adds those of seeds 3
and 4.
"""

import math

import d2l_helpers as dh
from d2l_helpers.data.loader import Steps
from d2l_helpers.training.loop import train_steps
from d2l_helpers.utils.validation import ScoresNotFinite
from recording import ROOT, first_of_each, options, record_missing

import mxnet as mx
import numpy
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn

RATES = (0.01, 0.1, 0.9)  # older editions of d2l train LeNet with sigmoid at 0.9
NUM_WATCHED = 1000


def deep_net():
    """Return a net of ten hidden layers with sigmoid, as in lesson 04."""
    net = nn.HybridSequential()
    net.add(*(nn.Dense(100, activation="sigmoid") for _ in range(10)), nn.Dense(10))
    return net


def relu_lenet():
    return dh.lenet(activation="relu")


def shifted(labels, rng):
    """Give each image the label of the one before it."""
    return numpy.roll(labels, 1)


def shuffled(labels, rng):
    return rng.permutation(labels)


XAVIER = init.Xavier()
# What learns, and what makes each cause different from it.
HEALTHY = {
    "make_net": relu_lenet,
    "initializer": init.MSRAPrelu("in", slope=0),
    "lr": 0.1,
    "relabel": None,
}
CAUSES = {
    "nothing wrong": {},
    "signal": {"make_net": deep_net, "initializer": XAVIER},
    "shifted labels": {"relabel": shifted},
    "shuffled labels": {"relabel": shuffled},
    "small rate": {"lr": 1e-5},
    "small rate for sigmoid": {"make_net": dh.lenet, "initializer": XAVIER},
    "large rate": {"lr": 3},
    "equal weights": {"initializer": init.Constant(0.01)},
    "zero weights": {"initializer": init.Zero()},
}


def stuck(seeds=3, *, root=ROOT):
    runs = [{"cause": cause, "seed": seed} for seed in range(seeds) for cause in CAUSES]
    record_missing(measure, "stuck", runs, root)


def measure(cause, seed, *, per_class=1000, num_epochs=3, more_epochs=14, heart_steps=600):
    """Train with one cause, and return the row of what was measured, in a list."""
    settings = {**HEALTHY, **CAUSES[cause]}
    train_iter, test_iter = dh.load_data_fashion_mnist(128, per_class=per_class, seed=seed)
    if settings["relabel"]:
        labels = settings["relabel"](train_iter.labels, numpy.random.default_rng(seed))
        train_iter = dh.BatchLoader(train_iter.images, labels, 128, shuffle=True, seed=seed)
    watched = batch(train_iter, slice(NUM_WATCHED))
    mx.random.seed(seed)
    net = settings["make_net"]()
    net.initialize(settings["initializer"])
    before = symptoms(net, *watched)
    net.hybridize()
    train(net, train_iter, settings["lr"], num_epochs * len(train_iter))
    test_acc = accuracy(net, test_iter)
    after = symptoms(net, *watched)

    weights = {name: p.data().copy() for name, p in net.collect_params().items()}

    def train_further(loader, lr, num_steps):
        for name, parameter in net.collect_params().items():
            parameter.set_data(weights[name])
        train(net, loader, lr, num_steps)

    further = {}
    for lr in RATES:
        train_further(train_iter, lr, more_epochs * len(train_iter))
        further[f"loss at {lr}"] = symptoms(net, *watched)["loss"]
    few = [batch(train_iter, first_of_each(train_iter.labels, 10))]
    by_heart = []
    for lr in RATES[1:]:
        train_further(few, lr, heart_steps)
        by_heart.append(accuracy(net, few))
    return [
        {
            "cause": cause,
            "seed": seed,
            "lr": settings["lr"],
            **{f"{name} before": value for name, value in before.items()},
            **after,
            "test acc": test_acc,
            **further,
            "by heart": max(by_heart),
        }
    ]


def batch(loader, chosen):
    """Return the chosen images of a loader as one batch."""
    images = dh.resize_images(loader.images[chosen], loader.resize)
    return np.array(images), np.array(loader.labels[chosen])


def train(net, loader, lr, num_steps):
    """Train with plain SGD; a training run that diverges ends early."""
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    try:
        for _ in train_steps(net, Steps(loader, num_steps), trainer, npx.cpu()):
            pass
    except (dh.TrainingDiverged, ScoresNotFinite):
        pass


def accuracy(net, batches):
    try:
        return dh.evaluate_accuracy_gpu(net, batches)
    except ScoresNotFinite:
        return 0.0


def symptoms(net, X, y):
    """Return what a net shows on a batch before one looks for the cause, by name.

    A unit is dead if it is 0 for all of the images; a unit of a convolution is a channel. Counted
    is the layer with most of them: the images reach no layer after one that is dead as a whole.
    """
    with autograd.record():
        outputs = net(X)  # (image, class)
        l = gluon.loss.SoftmaxCrossEntropyLoss()(outputs, y).mean()
    l.backward()
    layers = [layer for layer in net if isinstance(layer, (nn.Conv2D, nn.Dense))]
    gradients = [float(np.abs(layer.weight.grad()).mean()) for layer in layers]
    dead = []
    for layer in net:
        X = layer(X)
        if layer in layers[:-1]:
            alive = (X.reshape(*X.shape[:2], -1) != 0).any(axis=(0, 2))
            dead.append(1 - float(alive.mean()))
    return {
        "loss": float(l),
        "spread": float(outputs.asnumpy().astype("float64").std(axis=0).mean()),
        "first gradient / last": gradients[0] / gradients[-1] if gradients[-1] else math.nan,
        "dead units": max(dead),
    }


if __name__ == "__main__":
    stuck(**options(__doc__, seeds=3))
