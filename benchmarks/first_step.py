"""Time a fresh process: until everything is imported, and until AlexNet's first gradients.

python benchmarks/first_step.py [--rounds 9]

A process with `import d2l_helpers` and one with MXNet and d2l take turns. The second is not
prepared, as in contender_d2l.py; where MXNet cannot be imported alone, it begins with mxnet_today.
Writes results/first-step.csv.
"""

import argparse
import os
import subprocess
import sys
import time

from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.results import start_of_run, write

import numpy
import pandas as pd
from workers import HERE, SETTINGS

BATCH_SIZE, SIZE = 128, 224
# Newer ones have a NumPy with which MXNet alone cannot be imported.
NEEDS_MXNET_TODAY = sys.version_info >= (3, 12)

# {who: (what to import, AlexNet)}
PROGRAMS = {
    "d2l": (
        "import mxnet_today; " * NEEDS_MXNET_TODAY + "import mxnet; from d2l import mxnet",
        "from contender_d2l import alexnet",
    ),
    "ours": ("import d2l_helpers", "from d2l_helpers import alexnet"),
}
FIRST_STEP = f"""
print(time.time(), flush=True)
{{alexnet}}
from mxnet import autograd, np, npx
npx.set_np()
net = alexnet()
net.initialize()
with autograd.record():
    scores = net(np.ones(({BATCH_SIZE}, 1, {SIZE}, {SIZE})))
scores.backward()
npx.waitall()
print(time.time())
"""


def seconds(who, step=True):
    """Return how long after its start a process has imported all, and has the first gradients.

    Args:
        who: a key of PROGRAMS.
        step: whether to compute the gradients too.
    """
    imports, alexnet = PROGRAMS[who]
    rest = FIRST_STEP.format(alexnet=alexnet) if step else "print(time.time())"
    environ = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environ["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT, HERE)))
    if who == "d2l":
        environ["D2L_HELPERS_PREPARE"] = "0"
    command = [sys.executable, "-c", f"import time; {imports}\n{rest}"]
    started = time.time()
    ran = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return [float(line) - started for line in ran.stdout.split()]


def compare(rounds):
    """Return a DataFrame: for each program the medians in seconds, and the ratios to d2l's."""
    times = [[seconds(who) for who in PROGRAMS] for _ in range(rounds)]
    columns = ["import seconds", "first gradient seconds"]
    medians = pd.DataFrame(numpy.median(times, axis=0), index=list(PROGRAMS), columns=columns)
    ratios = numpy.median(numpy.divide(times, numpy.array(times)[:, :1]), axis=0)
    medians[["import ratio", "first gradient ratio"]] = ratios
    return medians.rename_axis("program").reset_index()


def main():
    start_of_run()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    table = compare(parser.parse_args().rounds)
    print(table.round(2).to_string(index=False))
    write(table, "first-step.csv")


if __name__ == "__main__":
    main()
