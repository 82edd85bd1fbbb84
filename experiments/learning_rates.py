"""The loss of two small nets at many learning rates, from far too small to far too large.

python experiments/learning_rates.py

The linear classifier of lesson 02, which starts at zero, and LeNet with ReLU learn from 2,000
images for ten epochs, 200 steps of plain SGD in batches of 100, at each of 25 learning rates.
1,000 images held out of the training images judge them after every tenth step. Writes
results/learning-rates.csv, one row per judgement, as soon as a run is done. A run whose loss leaves
all bounds ends with a row without numbers: the step at which it did. Started again, it makes the
runs that are missing. The book draws them.
"""

import math

import d2l_helpers as dh
from d2l_helpers.evaluation.accuracy import accuracy, scored_batches
from d2l_helpers.training.diagnosis import check_loss
from d2l_helpers.training.loop import train_steps
from d2l_helpers.utils.validation import ScoresNotFinite
from recording import ROOT, options, record_missing

import mxnet as mx
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn

HELD_OUT = 1000
# Four per power of ten, from 0.0001 to 100.
RATES = tuple(float(f"{10 ** (quarter / 4):.2g}") for quarter in range(-16, 9))
NETS = {
    "linear": (lambda: nn.Dense(10), init.Zero()),
    "LeNet": (lambda: dh.lenet(activation="relu"), init.MSRAPrelu("in", slope=0)),
}


def learning_rates(seed=0, *, root=ROOT):
    runs = [{"net": name, "lr": lr, "seed": seed} for name in NETS for lr in RATES]
    record_missing(train, "learning-rates", runs, root)


def train(net, lr, seed, *, per_class=200, num_epochs=10, every=10):
    """Train once, and give a row before the first step and after every so many.

    Args:
        net: its name in `NETS`.
        lr: the learning rate.
        seed: of the weights and of the order of the images.
        per_class: training images of each class.
        num_epochs: how many times to go through them.
        every: steps from one row to the next.
    """
    train_iter, held_out, _ = dh.load_data_fashion_mnist(
        100, per_class=per_class, validation=HELD_OUT, seed=seed
    )
    mx.random.seed(seed)
    make_net, initializer = NETS[net]
    model = make_net()
    model.initialize(initializer)
    model.hybridize()
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": lr})
    run, step, sample = {"net": net, "lr": lr, "seed": seed}, 0, train_iter.images[:1] / 255
    yield {**run, "step": step, **judged(model, held_out)}
    try:
        for _ in range(num_epochs):
            for loss_sum, _, num in train_steps(model, train_iter, trainer, npx.cpu()):
                step += 1
                check_loss(loss_sum / num, lr, sample)
                if step % every == 0:
                    row = {**run, "step": step, **judged(model, held_out)}
                    check_loss(row["validation loss"], lr, sample)
                    yield row
    except (dh.TrainingDiverged, ScoresNotFinite):
        yield {**run, "step": step, "validation loss": math.nan, "validation acc": math.nan}


def judged(net, batches):
    """Return the mean loss and the accuracy of a net; ScoresNotFinite if a score is not finite."""
    scores, labels = map(np.concatenate, zip(*scored_batches(net, batches)))
    losses = gluon.loss.SoftmaxCrossEntropyLoss()(scores, labels).asnumpy()
    return {
        "validation loss": losses.mean(dtype="float64"),
        "validation acc": accuracy(scores, labels) / len(labels),
    }


if __name__ == "__main__":
    learning_rates(**options(__doc__, seed=0))
