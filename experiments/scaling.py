"""How long a step of two workers takes when the network between them is slow.

python experiments/scaling.py

The reduced AlexNet on images of 67 x 67 pixels, 32 a worker, on two hosts made of network
namespaces (network.py: needs root), each with a worker and a server, and one thread each. Writes
results/scaling.csv, a row for each speed of the network: the seconds of computing, those of a whole
step (medians of 9), and the bytes that a host sent a step.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import d2l_helpers as dh
from network import Network, missing, run_on, sent_bytes
from recording import ROOT, options, write

import pandas as pd
from mxnet import autograd, init, np, npx

MEGABITS = (10, 20, 50, 100, 200, 500, 1000)
BATCH, STEPS = 32, 9


def worker(folder, num_steps=STEPS):
    """Time steps without the others and with them, and let the first worker write what it found."""
    workers = dh.connect_workers()
    net = dh.alexnet_reduced(num_classes=10)
    net.initialize(init.MSRAPrelu("in", slope=0))
    net.hybridize()
    X = np.random.uniform(size=(BATCH, 1, 67, 67))
    trainer = workers.trainer(net.collect_params(), "sgd", {"learning_rate": 1e-4})
    workers.start(net, trainer, X[:1], 0, {})
    workers.batch_size = BATCH * workers.num_workers

    def seconds(with_others):
        start = time.perf_counter()
        with autograd.record():
            l = net(X).sum()
        l.backward()
        if with_others:
            trainer.step(BATCH)
        else:
            trainer.update(BATCH)
        npx.waitall()
        return time.perf_counter() - start

    times, sent = {False: [], True: []}, []
    for with_others in (False, True):
        seconds(with_others)
    for _ in range(num_steps):
        for with_others in (False, True):
            workers.all_gather([])  # all begin together
            before = sent_bytes()
            times[with_others].append(seconds(with_others))
            if with_others:
                sent.append(sent_bytes() - before)
    if workers.rank == 0:
        values = sum(p.data().size for p in net.collect_params().values())
        row = {
            "parameters": values,
            "computing": statistics.median(times[False]),
            "step": statistics.median(times[True]),
            "sent": statistics.median(sent),
        }
        Path(folder, "row.json").write_text(json.dumps(row))


def scaling(rates=MEGABITS, *, root=ROOT):
    rows = []
    with tempfile.TemporaryDirectory() as folder, Network(2, Path(folder)) as network:
        for megabits in rates:
            network.limit(megabits)
            run_on(network, __file__, folder)
            row = json.loads(Path(folder, "row.json").read_text())
            rows.append({"megabits": megabits, **row})
            print(rows[-1], flush=True)
    write(pd.DataFrame(rows), "scaling.csv", root)


if __name__ == "__main__":
    if os.environ.get("DMLC_ROLE") == "worker":
        worker(sys.argv[1])
    else:
        chosen = options(__doc__)
        if missing():
            sys.exit(f"This {missing()}.")
        scaling(**chosen)
