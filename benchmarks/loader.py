"""Compare the course's loader of Fashion-MNIST with d2l's: images per second, measured alternately.

python benchmarks/loader.py [--rounds 5]

Each round reads the same number of training images with one loader and then with the other, so
that a busy machine slows both. d2l's loader runs as it is, except that Gluon takes the four files
from data/ in place of downloading them.
"""

import argparse
import time

import d2l_helpers as dh

import numpy
import pandas as pd
from d2l import mxnet as d2l
from mxnet.gluon.data.vision import datasets

BATCH_SIZE = 128
# Enough that d2l's worker processes are started and busy.
NUM_BATCHES = {None: 200, 224: 40}


def images_per_second(train_iter, num_batches):
    """Return how many images per second an iterator gives, starting it included."""
    start = time.perf_counter()
    for number, (X, _) in enumerate(train_iter, start=1):
        X.wait_to_read()
        if number == num_batches:
            break
    return num_batches * BATCH_SIZE / (time.perf_counter() - start)


def compare(resize, rounds):
    """Return a DataFrame with one row per round: images/s of both loaders, and their ratio."""
    ours, _ = dh.load_data_fashion_mnist(BATCH_SIZE, resize)
    theirs, _ = d2l.load_data_fashion_mnist(BATCH_SIZE, resize)
    rows = []
    for _ in range(rounds):
        ours_speed = images_per_second(ours, NUM_BATCHES[resize])
        theirs_speed = images_per_second(theirs, NUM_BATCHES[resize])
        rows.append({"course": ours_speed, "d2l": theirs_speed})
    table = pd.DataFrame(rows)
    return table.assign(ratio=table["course"] / table["d2l"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    datasets.download = lambda url, path, sha1_hash: str(dh.DATA_DIR / url.rsplit("/", 1)[-1])
    for resize in NUM_BATCHES:
        table = compare(resize, rounds)
        size = resize or 28
        print(f"\n{size} x {size}, batches of {BATCH_SIZE}, {rounds} rounds, images/s:")
        print(table.agg([numpy.min, numpy.median, numpy.max]).round(1).to_string())


if __name__ == "__main__":
    main()
