"""Compare ways to run AlexNet on this CPU: images per second, measured alternately.

python benchmarks/alexnet.py [--contenders d2l,ours,torch] [--rounds 5] ...

Each contender is a process of its own (workers.py, contender_*.py), and only one of them computes
at a time. In each round all take their turn, so that a busy machine slows all of them, and speeds
are compared within a round (speeds.py). Before that, ours and PyTorch must show that they compute
the same: from the same weights the same losses and the same training steps.

All contenders stay in memory at once: with three batch sizes in 18 GB.

Writes bench-training-avx2.csv and bench-inference-avx2.csv, named after the best instruction set of
the CPU, so that a run on another kind of machine does not take the place of the first.
"""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

from d2l_helpers.utils.files import atomic_write
from d2l_helpers.utils.results import start_of_run

import contender
import pandas as pd
from speeds import compare, print_table
from workers import CONTENDERS, REFERENCE, ROOT, BenchmarkError, Worker, install_torch

DATA = ROOT / "data" / "fashion-mnist"


def check_all(workers, reference):
    """Raise BenchmarkError unless all workers compute what the reference computes."""
    expected = check(reference, "contiguous")
    for name, worker in workers.items():
        if name != REFERENCE:
            for memory_format in CONTENDERS[name].memory_formats:
                require_same(name, memory_format, expected, check(worker, memory_format))


def check(worker, memory_format):
    """Return the losses and updates of a worker's first steps."""
    steps = CONTENDERS[worker.name].steps_to_check
    return worker.ask("check", memory_format=memory_format, num_steps=steps)


def require_same(name, memory_format, expected, answer):
    """Raise BenchmarkError unless a contender's losses and updates are within its tolerances."""
    checked = CONTENDERS[name]
    steps = checked.steps_to_check
    who = f"contender {name} ({checked.title}, {memory_format})"
    for what, wanted, tolerance in (
        ("losses", expected["losses"][: steps + 1], checked.loss_tolerance),
        ("updates", expected["updates"] if steps else [], checked.update_tolerance),
    ):
        if len(answer[what]) != len(wanted):
            raise BenchmarkError(f"{who} gave {len(answer[what])} {what}, not {len(wanted)}")
        for i, (theirs, right) in enumerate(zip(answer[what], wanted)):
            # Written so that a loss of NaN does not pass.
            if not abs(theirs - right) <= tolerance * abs(right):
                raise BenchmarkError(
                    f"{who} does not compute what {REFERENCE} computes: number {i} of its {what} "
                    f"is {theirs:.6g} in place of {right:.6g}, and a relative difference of "
                    f"{tolerance:g} is allowed. Speeds would say nothing."
                )


def measure_all(workers, mode, options):
    """Return a DataFrame of images per second: a row per round, a column per way to run.

    The columns are (contender, batch, memory format).
    """
    ways = [
        (name, batch, memory_format)
        for batch in options.batches
        for name in workers
        for memory_format in CONTENDERS[name].memory_formats
    ]
    rows = []
    for round_number in range(1, options.rounds + 1):
        say(f"{mode}: round {round_number} of {options.rounds}")
        rows.append([measure(workers[name], mode, *way, options.seconds) for name, *way in ways])
    columns = pd.MultiIndex.from_tuples(ways, names=["contender", "batch", "memory format"])
    return pd.DataFrame(rows, columns=columns)


def measure(worker, mode, batch, memory_format, seconds):
    """Return the images per second of a worker in one round."""
    worker.ask("prepare", mode=mode, batch_size=batch, memory_format=memory_format)
    return worker.ask("measure", seconds=seconds)


def peak_memory(name, mode, way, setup):
    """Return the most memory, in MB, that a fresh process holds which does nothing else.

    Args:
        name: of the contender.
        mode: "training" or "inference".
        way: its batch and memory format.
        setup: what `Contender.setup` takes.
    """
    with contextlib.closing(Worker(name)) as worker:
        worker.ask("setup", **setup)
        worker.ask("prepare", mode=mode, **way)
        worker.ask("measure", seconds=0)
        return worker.ask("peak_memory")


def with_memory(table, mode, setup):
    """Return a table of speeds with the peak memory of each contender's best way."""
    table = table.reset_index(drop=True)
    for i in table.index[table["compared at"] == "best batch"]:
        name, batch, memory_format = table.loc[i, ["contender", "batch", "memory format"]]
        way = {"batch_size": int(batch), "memory_format": memory_format}
        table.loc[i, "peak MB"] = peak_memory(name, mode, way, setup)
    return table


def say(text):
    print(text, file=sys.stderr, flush=True)


def print_contenders(names, skipped):
    """Print what the names mean, and who is not measured on this CPU."""
    print()
    for name in names:
        why_not = f": not on this CPU: {skipped[name]}" if name in skipped else ""
        print(f"{name:10}  {CONTENDERS[name].title}{why_not}", flush=True)


def write_csv(table, path):
    """Write a table whole or not at all."""
    with atomic_write(path) as partial:
        table.to_csv(partial, index=False, float_format="%.4g")


def reason_to_skip(name, machine):
    """Return why a contender cannot run well on this CPU, or None.

    Args:
        name: one of `CONTENDERS`.
        machine: what `REFERENCE` says of it; see `Gluon.describe`.
    """
    chosen = CONTENDERS[name]
    if chosen.dtype == "float32":
        return None
    return machine["no bfloat16"]["torch" if chosen.in_torch_venv else "mxnet"]


def start_workers(stack, options, folder):
    """Start those that can run here, all from the same weights, and check what they compute.

    Args:
        stack: an ExitStack that ends the processes.
        options: what the command line says.
        folder: where the weights and images are written.

    Returns:
        workers: {name: Worker}, those that are measured.
        skipped: {name: why not} of the others.
        setup: what they were set up with.
        facts: what the tables say of the machine, and under "computing" of each worker.
    """

    def start(name):
        worker = Worker(name)
        stack.callback(worker.close)
        return worker

    reference = start(REFERENCE)
    machine = reference.ask("describe")
    reasons = {name: reason_to_skip(name, machine) for name in options.contenders}
    skipped = {name: reason for name, reason in reasons.items() if reason}
    chosen = [name for name in options.contenders if name not in skipped]
    if not chosen:
        raise BenchmarkError(f"not on this CPU: {'; '.join(skipped.values())}")

    num_examples = max(contender.EXAMPLES_TO_CHECK, *options.batches)
    reference.ask("write_start", folder=folder, size=options.size, num_examples=num_examples)
    workers = {name: reference if name == REFERENCE else start(name) for name in chosen}
    size, threads = options.size, machine["threads"]
    setup = {"folder": folder, "size": size, "threads": threads, "data": str(DATA)}
    started = {reference, *workers.values()}
    computing = {worker.name: worker.ask("setup", **setup) for worker in started}
    check_all(workers, reference)
    return workers, skipped, setup, {**machine, "computing": computing}


def with_facts(table, options, facts):
    """Return a table with the columns that say how, where and with what it was measured."""
    date, commit = start_of_run()
    computing = pd.DataFrame([facts["computing"][name] for name in table["contender"]])
    return table.assign(
        **computing.set_index(table.index),
        name=[CONTENDERS[name].title for name in table["contender"]],
        rounds=options.rounds,
        seconds=options.seconds,
        size=options.size,
        machine=facts["cpu"],
        cores=facts["cores"],
        feature=facts["feature"],
        date=date,
        commit=commit,
    )


def run(options):
    """Check, measure, print and write.

    Raises:
        BenchmarkError: PyTorch cannot be installed, or a contender fails or computes something
            else.
    """
    start_of_run()
    if any(CONTENDERS[name].in_torch_venv for name in options.contenders):
        install_torch()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        say("checking that all compute the same")
        workers, skipped, setup, facts = start_workers(stack, options, folder)
        print_contenders(options.contenders, skipped)
        for mode in ("training", "inference"):
            table = with_memory(compare(measure_all(workers, mode, options)), mode, setup)
            print_table(table, mode, options.size, options.rounds)
            path = options.results / f"bench-{mode}-{facts['feature']}.csv"
            write_csv(with_facts(table, options, facts), path)


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Contenders: "
        + "; ".join(f"{name}: {chosen.title}" for name, chosen in CONTENDERS.items()),
    )
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help="default: %(default)s")
    parser.add_argument("--batches", default="64,128,256", help="default: %(default)s")
    parser.add_argument("--size", type=int, default=224, help="pixels, at least 67")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement")
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="folder of the CSV")
    options = parser.parse_args(arguments)
    options.contenders = sorted(set(options.contenders.split(",")))
    if not set(options.contenders) <= CONTENDERS.keys():
        parser.error(f"--contenders takes some of {','.join(CONTENDERS)}")
    try:
        options.batches = sorted({int(batch) for batch in options.batches.split(",")})
    except ValueError:
        parser.error("--batches takes numbers with commas between them")
    if options.size < 67 or options.rounds < 1 or options.batches[0] < 1:
        parser.error("the size must be at least 67, rounds and batches at least 1")
    return options


def main(arguments=None):
    try:
        run(parse(arguments))
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
