"""What it costs, and saves, to send each gradient as two bits.

python experiments/compression.py

LeNet with ReLU on 12,000 images, three epochs, two hosts made of network namespaces (network.py:
needs root), three seeds, with 32 bits (threshold 0) and with MXNet's two, at two thresholds. Writes
results/compression.csv, one row per run: the test accuracy, and the bytes that a host sent per
step, as a mean of both.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import d2l_helpers as dh
from network import Network, missing, run_on, sent_bytes
from recording import ROOT, options, write

import pandas as pd
from mxnet import init, npx

THRESHOLDS = (0, 0.5, 4)  # 0: no compression; 0.5: MXNet's default; 4: nearer to these gradients
EPOCHS = 3


def worker(folder, threshold, seed):
    """Train as one of the workers, and write what came of it."""
    workers = dh.connect_workers(threshold=threshold or None)
    net = dh.lenet(activation="relu")
    train_iter, test_iter = dh.load_data_fashion_mnist(64, per_class=1200, seed=seed)
    before = sent_bytes()
    history = dh.train_ch6(
        net,
        train_iter,
        test_iter,
        EPOCHS,
        0.05,
        npx.cpu(),
        optimizer_params={"momentum": 0.9},
        initializer=init.MSRAPrelu("in", slope=0),
        schedule=dh.one_cycle,
        hybridize=True,
        seed=seed,
        kvstore=workers,
    )
    sent = sent_bytes() - before
    row = {
        "threshold": threshold,
        "seed": seed,
        "test acc": history[-1]["test acc"],
        "parameters": sum(p.data().size for p in net.collect_params().values()),
        "sent": sent / (EPOCHS * len(train_iter)),
    }
    Path(folder, f"row{workers.rank}.json").write_text(json.dumps(row))


def compression(seeds=3, *, root=ROOT):
    rows = []
    with tempfile.TemporaryDirectory() as folder, Network(2, Path(folder)) as network:
        for seed in range(seeds):
            for threshold in THRESHOLDS:
                run_on(network, __file__, folder, threshold, seed)
                mine, other = (json.loads(Path(folder, f"row{i}.json").read_text()) for i in (0, 1))
                # Which weights lie on which host's server is no choice of ours.
                rows.append({**mine, "sent": (mine["sent"] + other["sent"]) / 2})
                print(rows[-1], flush=True)
    write(pd.DataFrame(rows), "compression.csv", root)


if __name__ == "__main__":
    if os.environ.get("DMLC_ROLE") == "worker":
        worker(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    else:
        chosen = options(__doc__, seeds=3)
        if missing():
            sys.exit(f"This {missing()}.")
        compression(**chosen)
