"""T5's Keras net, trained by T4's recipe: T5 builds and prints this net, but does not train it.

python experiments/t5.py --seed 0

Two nets: T5's, whose ten scores pass through a batch normalization, and the same net without this
last layer. Both start from the same weights, and see the same batches with the same dropout.
T5 gives neither images nor a recipe, so we choose: the first 10,000 images of Fashion-MNIST, with a
border of 2 zeros and three equal channels (3 x 32 x 32 pixels), and T4's recipe, Adam at 0.001 and
batches of 64 for five epochs. Batch normalization has Gluon's constants, not Keras's: a momentum of
0.9 in place of 0.99, and an epsilon of 1e-5 in place of 1e-3.
Writes results/t5-seed0.csv, one row per net and epoch: loss and accuracy in training (means over
the epoch) and on the last 2,000 training images. The last row of each net has those of the 10,000
test images too, and its confidence: the mean of the highest probability over these images. Started
again, it makes the training run that is missing.
"""

import d2l_helpers as dh
from d2l_helpers.training.loop import train_steps
from recording import ROOT, options, record_missing
from t4 import RepeatChannel, data, loss_and_accuracy

import mxnet as mx
from mxnet import gluon, init, npx
from mxnet.gluon import nn


def scores_not_normalized():
    """Return T5's net without its last layer."""
    net = nn.HybridSequential()
    net.add(*list(dh.alexnet_batchnorm())[:-1])
    return net


NETS = {"T5's": dh.alexnet_batchnorm, "scores not normalized": scores_not_normalized}


def t5(seed=0, *, root=ROOT):
    runs = [{"net": name, "seed": seed} for name in NETS]
    record_missing(train, f"t5-seed{seed}", runs, root)


def train(net, seed, *, num_epochs=5, num_train=10_000, **fewer):
    """Train one of `NETS`, and give a row per epoch; see `t4.data` for what can be fewer."""
    train_iter, validation_iter, test_iter = data(seed, None, num_train=num_train, **fewer)
    mx.random.seed(seed)
    layers = nn.HybridSequential()
    layers.add(RepeatChannel(), NETS[net]())
    layers.initialize(init.Xavier())
    layers.hybridize()
    trainer = gluon.Trainer(layers.collect_params(), "adam", {"learning_rate": 0.001})
    for epoch in range(num_epochs):
        train_iter.set_epoch(epoch)
        sums = dh.Accumulator(3)  # of the losses, of the right answers, of the images
        for step in train_steps(layers, train_iter, trainer, npx.cpu()):
            sums.add(*step)
        row = {"net": net, "seed": seed, "epoch": epoch + 1}
        row["train loss"], row["train acc"] = sums[0] / sums[2], sums[1] / sums[2]
        row["validation loss"], row["validation acc"] = loss_and_accuracy(layers, validation_iter)
        if epoch == num_epochs - 1:
            row["test loss"], row["test acc"] = loss_and_accuracy(layers, test_iter)
            row["test confidence"] = mean_confidence(layers, test_iter)
        yield row


def mean_confidence(net, data_iter):
    """Return the mean over all examples of the probability of the class that the net answers."""
    sums = [float(npx.softmax(net(X)).max(axis=1).sum()) for X, _ in data_iter]
    return sum(sums) / data_iter.num_examples


if __name__ == "__main__":
    t5(**options(__doc__, seed=0))
