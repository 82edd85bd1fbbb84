"""Say where a training step of AlexNet spends its time, from oneDNN's own log.

python benchmarks/onednn_profile.py [--size 224] [--batch 64] [--dtype bfloat16] [--steps 5]

oneDNN, which computes MXNet's convolutions and dense layers, prints each piece of work and how
long it took. What it does not see is the difference to the whole step: MXNet's engine, dropout,
the loss, and the update of the weights, which is timed here by itself.

Writes results/profile-<size>-<best instruction set>-<dtype>.csv: one row per kind of work, in ms
of a step, and in the last row how long its multiply-adds would take at the machine's peak in that
type.
"""

import argparse
import math
import os
import re
import subprocess
import sys

from d2l_helpers.utils.results import start_of_run, write
from mxnet_today import cpu

import pandas as pd

TRAIN = """
import sys
import time

import d2l_helpers as dh
from d2l_helpers.training.precision import STATIC
from mxnet_today import memory
from mxnet import autograd, gluon, init, np, npx

size, batch, steps = map(int, sys.argv[1:4])
dtype = sys.argv[4]
net = dh.alexnet()
net.initialize(init.MSRAPrelu("in", slope=0))
X, y = np.random.uniform(size=(batch, 1, size, size)), np.zeros(batch)
net(X[:1])  # gives the parameters their shapes
computing_net = dh.to_bfloat16(net) if dtype == "bfloat16" else net
computing_net.hybridize(**STATIC)
loss = gluon.loss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(
    net.collect_params(), "sgd", {"learning_rate": 0.001, "momentum": 0.9, "wd": 5e-4}
)


def train(num_steps):
    gradients, update = dh.Timer(), dh.Timer()
    for _ in range(num_steps):
        gradients.start()
        with autograd.record():
            l = loss(computing_net(X), y)
        l.backward()
        npx.waitall()
        gradients.stop()
        update.start()
        trainer.step(batch)
        npx.waitall()
        update.stop()
    return 1000 * gradients.avg(), 1000 * update.avg()


train(2)
print("START", flush=True)
with memory.kept():  # as `train_ch6` does behind the first step
    times = train(steps)
print("TIMES", *times, flush=True)
print("PEAK", dh.peak_gflops(dtype), flush=True)
"""

# The sizes that are multiplied: images, channels, rows and columns of the kernel and of the output
# map (of a dense layer: of the input map, if it has one).
MULTIPLIED = {
    "convolution": ("mb", "ic", "oc", "kh", "kw", "oh", "ow"),
    "inner_product": ("mb", "ic", "oc", "ih", "iw"),
}


def multiply_adds(primitive, problem):
    """Return how many multiply-adds a logged piece of work has, for example of
    mb64_ic96oc256_ih26oh26kh5sh1dh0ph2_iw26ow26kw5sw1dw0pw2."""
    sizes = {name: int(size) for name, size in re.findall(r"([a-z]+)(\d+)", problem)}
    if primitive not in MULTIPLIED:
        return 0
    return math.prod(sizes.get(name, 1) for name in MULTIPLIED[primitive])


def profile(size, batch, steps, dtype):
    """Train, and return what was logged, as means over the steps.

    Returns:
        work: DataFrame of oneDNN's pieces of work: ms and GFLOP of a step.
        gradients_ms: how long forward and backward took.
        update_ms: how long the update of the weights took.
        peak: GFLOP/s of the machine in the type.
    """
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(size), str(batch), str(steps), dtype],
        env={**os.environ, "DNNL_VERBOSE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    logged, measured = done.stdout.split("START")[1].split("TIMES")
    gradients_ms, update_ms = map(float, measured.splitlines()[0].split())
    # dnnl_verbose,exec,cpu,primitive,implementation,direction,memory,attributes,..,problem,ms
    fields = [line.split(",") for line in logged.splitlines() if line.startswith("dnnl_verbose")]
    fields = [field for field in fields if field[1] == "exec"]
    work = pd.DataFrame(
        {
            "kind of work": [" ".join((field[3], field[5])) for field in fields],
            "implementation": [field[4] for field in fields],
            "problem": [field[-2] for field in fields],
            "ms": [float(field[-1]) / steps for field in fields],
            "GFLOP": [2 * multiply_adds(field[3], field[-2]) / steps / 1e9 for field in fields],
        }
    )
    return work, gradients_ms, update_ms, float(measured.split("PEAK")[1])


def kinds_of_work(work, gradients_ms, update_ms, peak):
    """Return the DataFrame that is recorded."""
    kinds = work.groupby(["kind of work", "implementation"], as_index=False)[["ms", "GFLOP"]].sum()
    kinds.loc[len(kinds)] = ("update of the weights", "MXNet", update_ms, 0)
    kinds.loc[len(kinds)] = ("rest of the step", "MXNet", gradients_ms - work["ms"].sum(), 0)
    kinds = kinds.sort_values("ms", ascending=False, ignore_index=True)
    gflop = work["GFLOP"].sum()
    kinds.loc[len(kinds)] = ("all multiply-adds at the peak", "", 1000 * gflop / peak, gflop)
    kinds["GFLOP/s"] = 1000 * kinds["GFLOP"] / kinds["ms"]
    kinds["% of the step"] = 100 * kinds["ms"] / (gradients_ms + update_ms)
    return kinds


def main():
    start_of_run()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=224, help="pixels, at least 67")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--steps", type=int, default=5)
    options = parser.parse_args()
    work, *measured = profile(options.size, options.batch, options.steps, options.dtype)
    kinds = kinds_of_work(work, *measured)
    print(kinds[kinds["% of the step"] > 0.5].round(1).to_string(index=False))
    slowest = work.groupby(["kind of work", "problem"], as_index=False)[["ms", "GFLOP"]].sum()
    slowest["GFLOP/s"] = 1000 * slowest["GFLOP"] / slowest["ms"]
    print("\nThe ten slowest pieces of work:")
    print(slowest.nlargest(10, "ms").round(1).to_string(index=False))
    write(kinds, f"profile-{options.size}-{cpu.features()[-1]}-{options.dtype}.csv")


if __name__ == "__main__":
    main()
