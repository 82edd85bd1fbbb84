"""How long a sigmoid net stays on the plateau at ln(classes), from seed to seed.

python experiments/plateau.py --seeds 3

LeNet with sigmoid and Xavier's weights learns from 10,000 images of Fashion-MNIST for 12 epochs by
plain SGD at 0.9, the rate of d2l's older editions. Writes results/plateau.csv, one row per epoch
with the mean loss of its batches, as soon as a seed is done. Started again, it makes the seeds that
are missing; --seeds 5 adds 3 and 4.
"""

import d2l_helpers as dh
from d2l_helpers.training.loop import train_steps
from recording import ROOT, options, record_missing

import mxnet as mx
from mxnet import gluon, init, npx


def plateau(seeds=3, *, root=ROOT):
    record_missing(train, "plateau", [{"seed": seed} for seed in range(seeds)], root)


def train(seed, *, per_class=1000, num_epochs=12, lr=0.9):
    """Train once, and give a row after each epoch."""
    train_iter, _ = dh.load_data_fashion_mnist(128, per_class=per_class, seed=seed)
    mx.random.seed(seed)
    net = dh.lenet()
    net.initialize(init.Xavier())
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    for epoch in range(num_epochs):
        train_iter.set_epoch(epoch)
        steps = train_steps(net, train_iter, trainer, npx.cpu())
        losses = [loss_sum / num for loss_sum, _, num in steps]
        yield {"seed": seed, "epoch": epoch + 1, "loss": sum(losses) / len(losses)}


if __name__ == "__main__":
    plateau(**options(__doc__, seeds=3))
