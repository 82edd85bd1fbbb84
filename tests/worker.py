"""What the workers in tests/test_distributed.py and test_launch.py run: it trains a small net.

python -m mxnet_today.launch --workers 2 tests/worker.py FOLDER [options]

The first worker writes the weights to FOLDER/weights.npz and the history to FOLDER/history.csv.
"""

import argparse
import os
import signal
from pathlib import Path

import d2l_helpers as dh

import mxnet as mx
import numpy
from mxnet import autograd, gluon, init, npx
from small import bar_images, parameters, small_net

STARTS = 600  # seconds to wait for the others at the start, which take long on a busy machine


class Killed:
    """Batches in the midst of which this process is killed, once; else as their loader."""

    def __init__(self, loader, epoch, flag):
        self.loader, self.last_epoch, self.flag = loader, epoch, flag

    def __len__(self):
        return len(self.loader)

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def __iter__(self):
        last = self.loader.epoch == self.last_epoch
        for i, pair in enumerate(self.loader):
            if last and i == 2 and not self.flag.exists():
                self.flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            yield pair


def train_by_halves(net, train_iter, num_epochs):
    """Train as two workers do, in one process: with the sum of the gradients of two halves."""
    mx.random.seed(1)
    net.initialize(init.MSRAPrelu("in", slope=0))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9})
    for epoch in range(num_epochs):
        train_iter.set_epoch(epoch)
        for i, (X, y) in enumerate(train_iter):
            done = (epoch + i / len(train_iter)) / num_epochs
            trainer.set_learning_rate(0.2 * dh.one_cycle(done))
            middle = len(X) // 2
            first = gradients(net, X[:middle], y[:middle])
            second = gradients(net, X[middle:], y[middle:])
            for parameter, a, b in zip(net.collect_params().values(), first, second):
                parameter.grad()[:] = a + b
            trainer.step(len(X))


def gradients(net, X, y):
    with autograd.record():
        l = gluon.loss.SoftmaxCrossEntropyLoss()(net(X), y)
    l.backward()
    return [parameter.grad().copy() for parameter in net.collect_params().values()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alone", action="store_true", help="one process, without the launcher")
    parser.add_argument("--halves", action="store_true", help="the same, a half at a time")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--patience", type=float, default=STARTS)
    parser.add_argument("--threshold", type=float)
    parser.add_argument("--checkpoint", action="store_true")
    parser.add_argument("--unequal", action="store_true", help="the second worker has fewer images")
    parser.add_argument("--kill-in-epoch", type=int, help="kill the last worker, once")
    options = parser.parse_args()

    workers = None
    if not (options.alone or options.halves):
        workers = dh.connect_workers(patience=STARTS, threshold=options.threshold)
        workers.watchdog.patience = options.patience
    rank = workers.rank if workers else 0
    images, labels = bar_images(20 if options.unequal and rank == 1 else 40)
    train_iter = dh.BatchLoader(images, labels, options.batch, shuffle=True)
    if options.kill_in_epoch is not None and rank == workers.num_workers - 1:
        train_iter = Killed(train_iter, options.kill_in_epoch, options.folder / "killed")
    net = small_net(dropout=options.dropout)
    if options.halves:
        train_by_halves(net, train_iter, options.epochs)
        numpy.savez(options.folder / "weights0.npz", *parameters(net))
        return
    history = dh.train_ch6(
        net,
        train_iter,
        dh.BatchLoader(*bar_images(5, seed=1), 32),
        options.epochs,
        0.2,
        npx.cpu(),
        optimizer_params={"momentum": 0.9},
        initializer=init.MSRAPrelu("in", slope=0),
        schedule=dh.one_cycle,
        seed=1,
        checkpoint=options.folder / "checkpoint" if options.checkpoint else None,
        kvstore=workers,
    )
    numpy.savez(options.folder / f"weights{rank}.npz", *parameters(net))
    if rank == 0:
        history.to_frame().to_csv(options.folder / "history.csv", index=False)


if __name__ == "__main__":
    main()
