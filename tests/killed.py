"""A training run that tells where it is, for tests/test_kills.py, which kills it.

python -m mxnet_today.launch --workers 2 tests/killed.py FOLDER

In FOLDER are the checkpoint, place0 for the first worker, which says what it does, and in the end
result0.npz: its weights, and what its history counts.
"""

import mmap
import sys
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.training import loop, run
from d2l_helpers.utils.files import atomic_write

import mxnet as mx
import numpy
from mxnet import init, npx
from small import bar_images, parameters, small_net

PHASES = ["at the start", "in a step", "in an evaluation", "in writing", "between these", "done"]
START, STEP, EVALUATION, WRITING, BETWEEN, DONE = range(len(PHASES))
# Changes of the phase: each step, evaluation and writing begins and ends.
STEPS, EPOCHS = 13, 4
CHANGES_PER_EPOCH = 2 * (STEPS + 1 + 1)
CHECKPOINT = "net.checkpoint"
PATIENCE = 600  # seconds to wait for the other worker, which takes long on a busy machine


class Place:
    """Two bytes in a file: what a process does, and how many phases it has begun.

    A killed process leaves them there. Another one that opens the file sees them change.
    """

    def __init__(self, path):
        with open(path, "r+b") as file:
            self.bytes = mmap.mmap(file.fileno(), 2)

    @classmethod
    def new(cls, path):
        with atomic_write(path) as partial:
            partial.write_bytes(bytes([START, 0]))
        return cls(path)

    @property
    def phase(self):
        return self.bytes[0]

    @property
    def changes(self):
        return self.bytes[1]

    def change(self, phase):
        self.bytes[:] = bytes([phase, self.changes + 1])

    def during(self, phase, function):
        """Return a function that does the same, and tells that it does."""

        def told(*args, **options):
            self.change(phase)
            try:
                return function(*args, **options)
            finally:
                self.change(BETWEEN)

        return told


def train(folder, workers=None):
    """Train for four epochs, from the checkpoint in a folder if there is one."""
    rank = workers.rank if workers else 0
    place = Place.new(folder / f"place{rank}")
    loop.train_step = place.during(STEP, loop.train_step)
    loop.evaluate_accuracy_gpu = place.during(EVALUATION, loop.evaluate_accuracy_gpu)
    run.save_checkpoint = place.during(WRITING, run.save_checkpoint)
    images = bar_images(40)
    loader = dh.BatchLoader(*images, 32, shuffle=True, augment=dh.flip_and_shift)
    net = small_net(dropout=0.3)
    mx.random.seed(0)
    history = dh.train_ch6(
        net,
        loader,
        dh.BatchLoader(*bar_images(20, seed=1), 32),
        EPOCHS,
        0.1,
        npx.cpu(),
        optimizer_params={"momentum": 0.9},
        initializer=init.MSRAPrelu("in", slope=0),
        schedule=dh.one_cycle,
        checkpoint=folder / CHECKPOINT,
        kvstore=workers,
    )
    place.change(DONE)
    counted = [[row[name] for name in ("train loss", "train acc", "test acc")] for row in history]
    numpy.savez(folder / f"result{rank}.npz", *parameters(net), history=counted)


if __name__ == "__main__":
    workers = dh.connect_workers(patience=PATIENCE)
    train(Path(sys.argv[1]), workers)
