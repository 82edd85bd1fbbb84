"""The same training in float32 and in bfloat16: the same weights at first, the same batches.

python experiments/precision.py --seed 0

AlexNet on 24,000 images of 67 x 67 pixels, one epoch. Where the CPU has no bfloat16 the numbers are
rounded to it and computed in float32.
Writes results/precision-avx512_bf16-seed0.csv, named after what computed in bfloat16, or
precision-rounded-seed0.csv: the training loss as a mean over each ten steps, and in the last row of
each type of numbers the test accuracy. After an interruption it starts afresh.
"""

import d2l_helpers as dh
from d2l_helpers.training.loop import train_steps
from mxnet_today import bfloat16, cpu
from recording import ROOT, options, write

import mxnet as mx
import pandas as pd
from mxnet import gluon, init, np, npx

LR = 0.02
STEPS_A_POINT = 10


def precision(seed=0, *, root=ROOT, **smaller):
    """Record both training runs; see `train` for what can be smaller."""
    native = bfloat16.problem() is None
    to_bfloat16 = dh.to_bfloat16 if native else dh.round_to_bfloat16
    how = cpu.features()[-1] if native else "rounded"
    curves = [
        train(lambda net: net, seed, **smaller).assign(dtype="float32"),
        train(to_bfloat16, seed, **smaller).assign(dtype="bfloat16"),
    ]
    columns = ["dtype", "step", "train loss", "test acc"]
    write(pd.concat(curves)[columns], f"precision-{how}-seed{seed}.csv", root)


def train(convert, seed, *, make_net=dh.alexnet, per_class=2400, test_per_class=None):
    """Train the net that `convert` makes, and return its loss curve and test accuracy."""
    train_iter, test_iter = dh.load_data_fashion_mnist(
        128, resize=67, per_class=per_class, test_per_class=test_per_class, seed=seed
    )
    mx.random.seed(seed)
    net = make_net()
    net.initialize(init.MSRAPrelu("in", slope=0))
    net(np.zeros((1, 1, 67, 67)))  # gives the parameters their shapes
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9, "wd": 5e-4})
    computing_net = convert(net)
    computing_net.hybridize()
    steps = train_steps(
        computing_net, train_iter, trainer, npx.cpu(), lr=lambda done: LR * dh.one_cycle(done)
    )
    rows, since = [], dh.Accumulator(2)  # sum of losses, examples
    for step, (loss_sum, _, num) in enumerate(steps, start=1):
        since.add(loss_sum, num)
        if step % STEPS_A_POINT == 0 or step == len(train_iter):
            rows.append({"step": step, "train loss": since[0] / since[1]})
            since.reset()
    rows[-1]["test acc"] = dh.evaluate_accuracy_gpu(computing_net, test_iter)
    print(f"seed {seed}: test acc {rows[-1]['test acc']:.4f}", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    precision(**options(__doc__, seed=0))
