"""Say where a training step of AlexNet spends its time, from oneDNN's own log.

python benchmarks/onednn_profile.py [--size 224] [--batch 64] [--steps 5]

oneDNN, which computes MXNet's convolutions and dense layers, prints each piece of work and how
long it took. What it does not see is the difference to the whole step: MXNet's engine, dropout,
the loss, and the update of the weights, which is timed here by itself.

Writes results/profile-<size>.csv: a row a kind of work, in ms of a step.
"""

import argparse
import os
import subprocess
import sys

from results import write

import pandas as pd

TRAIN = """
import sys
import d2l_helpers as dh
from mxnet import autograd, gluon, init, np, npx

size, batch, steps = map(int, sys.argv[1:])
net = dh.alexnet()
net.initialize(init.MSRAPrelu("in", slope=0))
net.hybridize(static_alloc=True, static_shape=True)
X, y = np.random.uniform(size=(batch, 1, size, size)), np.zeros(batch)
trainer = gluon.Trainer(
    net.collect_params(), "sgd", {"learning_rate": 0.001, "momentum": 0.9, "wd": 5e-4}
)
for _ in range(2):
    dh.time_step(net, X, y, trainer, repeats=1)
print("START", flush=True)
parts = dh.time_step(net, X, y, trainer, repeats=steps - 1)
print("PARTS", *parts, flush=True)
"""


def profile(size, batch, steps):
    """Return (DataFrame of oneDNN's work in ms a step, Series of the parts of a step in ms)."""
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(size), str(batch), str(steps)],
        env={**os.environ, "DNNL_VERBOSE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    log = done.stdout[done.stdout.index("START") :].splitlines()
    parts = next(line for line in log if line.startswith("PARTS")).split()[1:]
    parts = pd.Series(map(float, parts), index=["forward", "backward", "update"])
    # dnnl_verbose,exec,cpu,primitive,implementation,direction,memory,attributes,..,problem,ms
    fields = [line.split(",") for line in log if line.startswith("dnnl_verbose,exec")]
    work = pd.DataFrame(
        {
            "primitive": [field[3] for field in fields],
            "direction": [field[5] for field in fields],
            "implementation": [field[4] for field in fields],
            "problem": [field[-2] for field in fields],
            "ms": [float(field[-1]) / steps for field in fields],
        }
    )
    return work, parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=224, help="pixels, at least 67")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=5)
    options = parser.parse_args()
    work, parts = profile(options.size, options.batch, options.steps)
    kinds = work.groupby(["primitive", "direction", "implementation"], as_index=False)["ms"].sum()
    inside = parts["forward"] + parts["backward"] - work["ms"].sum()
    kinds.loc[len(kinds)] = ("update of the weights", "", "MXNet", parts["update"])
    kinds.loc[len(kinds)] = ("rest of the step", "", "MXNet", inside)
    kinds = kinds.sort_values("ms", ascending=False, ignore_index=True)
    kinds["% of the step"] = 100 * kinds["ms"] / parts.sum()
    print(kinds[kinds["% of the step"] > 0.5].round(1).to_string(index=False))
    slowest = work.groupby(["direction", "problem"], as_index=False)["ms"].sum()
    print("\nThe ten slowest pieces of work:")
    print(slowest.nlargest(10, "ms").round(1).to_string(index=False))
    write(kinds, f"profile-{options.size}.csv")


if __name__ == "__main__":
    main()
