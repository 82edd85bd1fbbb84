"""Speed as a product of factors: threads, code, type of number, size of the images.

python benchmarks/factors.py

A training step of T1's net on 128 images, in all combinations of the four: so each factor can be
read alone, with the other three as they are at the start, at the end, or between. The contenders
are those of alexnet.py: "code" is d2l's loop and loader with plain SGD against a compiled net with
momentum and weight decay, whose batch is in memory. In bfloat16 there is our code alone.
Each measurement has a process to itself, and in each round all take their turn: compare within a
round. Writes results/factors-avx2.csv, named after the best instruction set of the CPU, with a row
per round and combination.
"""

import contextlib
import itertools
import tempfile

from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.results import start_of_run, write

import pandas as pd
from alexnet import DATA, reason_to_skip
from workers import REFERENCE, Worker

BATCH = 128


def factors(rounds=5, seconds=5.0, *, sizes=(224, 67), batch=BATCH, root=ROOT):
    """Measure and record.

    Args:
        rounds: how many times all take their turn.
        seconds: of each measurement, at least.
        sizes: height and width of the images in pixels.
        batch: images in a batch.
        root: the folder in which results/ lies.
    """
    start_of_run()
    with contextlib.ExitStack() as stack:
        machine, folders = starts(stack, sizes, batch)
        names = [name for name in ("d2l", "ours", "ours-bf16") if not reason_to_skip(name, machine)]
        rows = []
        for number in range(1, rounds + 1):
            for name, threads, size in itertools.product(names, thread_counts(machine), sizes):
                way = {"contender": name, "threads": threads, "size": size}
                speed = images_per_second(**way, folder=folders[size], batch=batch, seconds=seconds)
                rows.append({"round": number, **way, "batch": batch, "images/s": speed})
                print(rows[-1], flush=True)
    write(pd.DataFrame(rows), f"factors-{machine['feature']}.csv", root)


def thread_counts(machine):
    """Return one thread and a thread per core, which may be the same."""
    return sorted({1, machine["cores"]})


def starts(stack, sizes, batch):
    """Return what the reference says of the machine, and a folder per size with weights and images.

    Args:
        stack: an ExitStack that removes the folders.
        sizes, batch: as in `factors`.
    """
    with contextlib.closing(Worker(REFERENCE)) as reference:
        folders = {size: stack.enter_context(tempfile.TemporaryDirectory()) for size in sizes}
        for size, folder in folders.items():
            reference.ask("write_start", folder=folder, size=size, num_examples=batch)
        return reference.ask("describe"), folders


def images_per_second(contender, threads, size, *, folder, batch, seconds):
    """Return the speed of a process that trains so and does nothing else."""
    with contextlib.closing(Worker(contender, OMP_NUM_THREADS=str(threads))) as worker:
        worker.ask("setup", folder=folder, size=size, threads=threads, data=str(DATA))
        worker.ask("prepare", mode="training", batch_size=batch, memory_format="contiguous")
        return worker.ask("measure", seconds=seconds)


if __name__ == "__main__":
    factors()
