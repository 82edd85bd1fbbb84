"""Make the long runs that lesson 09 shows, and record them in results/.

python benchmarks/record.py race --seed 0        T1's layers to 0.890 in the least time
python benchmarks/record.py hour                 the highest accuracy within an hour on two cores
python benchmarks/record.py precision --seed 0   the same training in float32 and in bfloat16

A run that was interrupted goes on after the last finished epoch when it is started again.
"""

import argparse
import functools

import d2l_helpers as dh
from d2l_helpers import training
from results import ROOT, write

import mxnet as mx
import pandas as pd
from mxnet import gluon, np, npx

flip_and_shift_a_little = functools.partial(dh.flip_and_shift, max_shift=1)

# What differs from `quick_recipe`, and from T1's 224 x 224 pixels, 10 epochs and batches of 128.
RACE = dict(resize=67, batch_size=128, num_epochs=3, lr=0.04, augment=dh.random_flip)
HOUR = dict(resize=67, batch_size=128, num_epochs=10, lr=0.04, augment=flip_and_shift_a_little)
PRECISION = dict(resize=67, batch_size=128, lr=0.02, per_class=2400)
STEPS_A_POINT = 10  # of the loss curves of `precision`


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", choices=["race", "hour", "precision"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.run == "precision":
        record_precision(options.seed)
    else:
        record_training(options.run, options.seed, **{"race": RACE, "hour": HOUR}[options.run])


if __name__ == "__main__":
    main()
