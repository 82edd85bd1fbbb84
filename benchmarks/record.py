"""Make the long runs that lessons 08 and 09 show, and record them in results/.

python benchmarks/record.py race --seed 0        T1's layers to 0.890 in the least time
python benchmarks/record.py hour                 the highest accuracy within an hour on two cores
python benchmarks/record.py precision --seed 0   the same training in float32 and in bfloat16
python benchmarks/record.py t1                   as T1 and T2 trained, 50 minutes for each epoch
python benchmarks/record.py t4                   as T4 trained, on Fashion-MNIST

A run that was interrupted goes on after the last finished epoch when it is started again.
"""

import argparse
import functools
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers import training
from results import ROOT, recorded, write

import mxnet as mx
import numpy
import pandas as pd
from mxnet import gluon, np, npx
from mxnet.gluon import nn

flip_and_shift_a_little = functools.partial(dh.flip_and_shift, max_shift=1)

# What differs from `quick_recipe`, and from T1's 224 x 224 pixels, 10 epochs and batches of 128.
RACE = dict(resize=67, batch_size=128, num_epochs=3, lr=0.04, augment=dh.random_flip)
HOUR = dict(resize=67, batch_size=128, num_epochs=10, lr=0.04, augment=flip_and_shift_a_little)
PRECISION = dict(resize=67, batch_size=128, lr=0.02, per_class=2400)
STEPS_A_POINT = 10  # of the loss curves of `precision`
T1 = dict(resize=224, batch_size=128, num_epochs=10, lr=0.01)  # T2 stopped after five of them
T4 = dict(resize=224, batch_size=64, num_epochs=5, lr=0.001, validation=2000)
MEAN_OF_MEANS = "mean of batch means"


def record_training(name, seed, *, resize, batch_size, num_epochs, lr, augment):
    """Train AlexNet with `train_ch6`, and record its history."""
    train_iter, test_iter = dh.load_data_fashion_mnist(
        batch_size, resize=resize, augment=augment, seed=seed
    )
    checkpoint = ROOT / "build" / f"{name}-seed{seed}.checkpoint"
    history = dh.train_ch6(
        dh.alexnet(),
        train_iter,
        test_iter,
        num_epochs,
        lr,
        npx.cpu(),
        **{**dh.quick_recipe(), "seed": seed},
        checkpoint=checkpoint,
    )
    if not history.interrupted:
        write(history.to_frame(), f"{name}-seed{seed}.csv")
        checkpoint.unlink()


def record_precision(seed):
    """Train AlexNet once with each type of numbers, from the same weights on the same batches."""
    native, _ = dh.bfloat16_support()
    to_bfloat16 = dh.to_bfloat16 if native else dh.round_to_bfloat16
    how = "AMX" if native else "rounded, computed in float32"
    curves = [
        one_precision(seed, "float32", lambda net: net),
        one_precision(seed, f"bfloat16, {how}", to_bfloat16),
    ]
    write(pd.concat(curves), f"precision-seed{seed}.csv")


def one_precision(seed, dtype, convert):
    """Return the loss curve and the final test accuracy of one training, as a DataFrame."""
    train_iter, test_iter = dh.load_data_fashion_mnist(
        PRECISION["batch_size"],
        resize=PRECISION["resize"],
        per_class=PRECISION["per_class"],
        seed=seed,
    )
    recipe = dh.quick_recipe()
    mx.random.seed(seed)
    net = dh.alexnet()
    net.initialize(recipe["initializer"])
    net(np.zeros((1, 1, PRECISION["resize"], PRECISION["resize"])))
    trainer = gluon.Trainer(net.collect_params(), recipe["optimizer"], recipe["optimizer_params"])
    computing_net = convert(net)
    computing_net.hybridize()
    rows, since = [], training.Accumulator(2)  # sum of losses, examples
    for step, (X, y) in enumerate(train_iter, start=1):
        trainer.set_learning_rate(PRECISION["lr"] * dh.one_cycle((step - 1) / len(train_iter)))
        loss_sum, _, num = training.train_step(computing_net, X, y, trainer, npx.cpu())
        since.add(loss_sum, num)
        if step % STEPS_A_POINT == 0 or step == len(train_iter):
            rows.append({"dtype": dtype, "step": step, "train loss": since[0] / since[1]})
            since.reset()
    rows[-1]["test acc"] = dh.evaluate_accuracy_gpu(computing_net, test_iter)
    print(f"{dtype}, seed {seed}: test acc {rows[-1]['test acc']:.4f}", flush=True)
    return pd.DataFrame(rows)


def record_t1(seed):
    """Train as T1 and T2 did, and record each finished epoch, with T2's way to average as well."""
    train_iter, test_iter = dh.load_data_fashion_mnist(
        T1["batch_size"], resize=T1["resize"], seed=seed
    )
    net, file = dh.alexnet(), f"t1-seed{seed}.csv"
    for history in unrecorded_epochs(net, train_iter, test_iter, T1, file, seed):
        earlier = recorded(file)[MEAN_OF_MEANS] if len(history) > 1 else []
        mean = mean_of_batch_means(net, test_iter, history[-1]["test acc"])
        write(without_times(history).assign(**{MEAN_OF_MEANS: [*earlier, mean]}), file)


def unrecorded_epochs(net, train_iter, test_iter, recipe, file, seed, optimizer="sgd"):
    """Train a net, and give its history after each epoch that is not in its file yet."""
    checkpoint = ROOT / "build" / f"{Path(file).stem}.checkpoint"
    goes_on = checkpoint.exists() and (ROOT / "results" / file).exists()
    finished = len(recorded(file)) if goes_on else 0
    for num_epochs in range(finished + 1, recipe["num_epochs"] + 1):
        history = dh.train_ch6(
            net,
            train_iter,
            test_iter,
            num_epochs,
            recipe["lr"],
            npx.cpu(),
            optimizer=optimizer,
            hybridize=True,
            seed=seed,
            checkpoint=checkpoint,
        )
        if history.interrupted:
            return
        yield history
    checkpoint.unlink()


def without_times(history):
    """Return a history as a DataFrame; a run of many hours shares the machine, so no times."""
    return history.to_frame().drop(columns=["seconds", "images/s"])


def mean_of_batch_means(net, test_iter, test_acc):
    """Return what T2 would print for a test accuracy: its last, smaller batch counts like others.

    Only that batch has to be asked again.
    """
    num, size = test_iter.num_examples, test_iter.batch_size
    rest = num % size or size
    last = dh.BatchLoader(
        test_iter.images[-rest:], test_iter.labels[-rest:], rest, resize=T1["resize"]
    )
    last_acc = dh.evaluate_accuracy_gpu(net, last)
    return ((test_acc * num - last_acc * rest) / size + last_acc) / len(test_iter)


class RepeatChannel(gluon.HybridBlock):
    """Makes three equal channels of one, as T4's net does at its input."""

    def hybrid_forward(self, F, x):
        return F.np.repeat(x, 3, axis=1)


def record_t4(seed):
    """Train as T4 did, on Fashion-MNIST, and record each finished epoch; the last one is tested."""
    train_iter, validation_iter, test_iter = t4_data(seed)
    net, file = nn.HybridSequential(), f"t4-seed{seed}.csv"
    net.add(RepeatChannel(), dh.alexnet_strided())
    for history in unrecorded_epochs(net, train_iter, validation_iter, T4, file, seed, "adam"):
        table = without_times(history).rename(columns={"test acc": "validation acc"})
        if len(history) == T4["num_epochs"]:
            table.loc[table.index[-1], "test acc"] = dh.evaluate_accuracy_gpu(net, test_iter)
            table.loc[table.index[-1], "test loss"] = mean_loss(net, test_iter)
        write(table, file)


def t4_data(seed):
    """Return T4's three iterators: 58,000, 2,000 and 10,000 images with a border of 2 zeros."""
    images, labels = dh.fashion_mnist_arrays(True)
    test_images, test_labels = dh.fashion_mnist_arrays(False)
    num = len(labels) - T4["validation"]
    parts = [(images[:num], labels[:num]), (images[num:], labels[num:]), (test_images, test_labels)]
    border = ((0, 0), (2, 2), (2, 2))
    return [
        dh.BatchLoader(
            numpy.pad(images, border),
            labels,
            T4["batch_size"],
            resize=T4["resize"],
            shuffle=i == 0,
            seed=seed,
        )
        for i, (images, labels) in enumerate(parts)
    ]


def mean_loss(net, data_iter):
    """Return the cross-entropy of a net's answers, a mean over all examples."""
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    sums = [float(loss(net(X), y).sum()) for X, y in data_iter]
    return sum(sums) / data_iter.num_examples


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", choices=["race", "hour", "precision", "t1", "t4"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.run in ("race", "hour"):
        record_training(options.run, options.seed, **{"race": RACE, "hour": HOUR}[options.run])
    else:
        {"precision": record_precision, "t1": record_t1, "t4": record_t4}[options.run](options.seed)


if __name__ == "__main__":
    main()
