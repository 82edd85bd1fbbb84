"""Compare ways to run AlexNet on this CPU: images a second, measured alternately.

python benchmarks/alexnet.py [--contenders a,b,c] [--rounds 5] ...

Each contender is a process of its own (contender_*.py), and only one of them computes at a time.
In each round all take their turn, so that a busy machine slows all of them, and speeds are
compared within a round. Before that, ours and PyTorch must show that they compute the same: from
the same weights the same losses and the same training steps.

Writes bench-training.csv and bench-inference.csv.
"""

import argparse
import contextlib
import datetime
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import contender
import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = ROOT / "data" / "fashion-mnist"
TORCH_VENV = ROOT / "build" / "bench-venv"
TORCH_REQUIREMENTS = ROOT / "requirements-bench.txt"

NAMES = {
    "a": "d2l's recipe as T1 writes it",
    "b": "ours, float32",
    "c": "ours, bfloat16",
    "d": "PyTorch, float32",
    "e": "PyTorch, bfloat16 autocast",
}
SCRIPTS = {
    "a": "contender_d2l.py",
    "b": "contender_mxnet.py",
    "c": "contender_mxnet.py",
    "d": "contender_torch.py",
    "e": "contender_torch.py",
}
PYTORCH = ("d", "e")
# What mxnet_today sets, and its switch: each contender decides for itself.
SETTINGS = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "OPENBLAS_CORETYPE",
    "MXNET_OPTIMIZER_AGGREGATION_SIZE",
    "DNNL_MAX_CPU_ISA",
    "D2L_HELPERS_PREPARE",
)
# Whom the others are compared with.
RIVALS = ("a", "d", "e")
# PyTorch's convolutions depend on how an image lies in memory: both ways are measured.
MEMORY_FORMATS = {name: ("contiguous",) for name in "abc"} | {
    name: ("contiguous", "channels_last") for name in PYTORCH
}
# b is what the others must agree with.
REFERENCE = "b"
# Largest relative difference from it, of losses and of how far the parameters move.
TOLERANCE = {"a": (1e-4, 0), "c": (2e-2, 5e-2), "d": (1e-4, 1e-3), "e": (2e-2, 5e-2)}
# T1's optimizer is another one, so only its loss is compared. The second step shows the momentum.
STEPS_TO_CHECK = {"a": 0, "b": 2, "c": 2, "d": 2, "e": 2}


class BenchmarkError(RuntimeError):
    """The benchmark cannot go on; the message says why, in words for the user."""


class Worker:
    """A contender's process."""

    def __init__(self, name):
        self.name = name
        python = TORCH_VENV / "bin" / "python" if name in PYTORCH else sys.executable
        self.process = subprocess.Popen(
            [python, HERE / SCRIPTS[name], name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={key: value for key, value in os.environ.items() if key not in SETTINGS},
            start_new_session=True,
        )

    def ask(self, do, **arguments):
        """Return the answer to a request; see contender.py."""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"do": do, **arguments}), file=self.process.stdin, flush=True)
        # Its end must be noticed even if a process that it started keeps the pipe open.
        while not select.select([self.process.stdout], [], [], 1)[0]:
            if self.process.poll() is not None:
                break
        else:
            answer = self.process.stdout.readline()
            if answer:
                return json.loads(answer)
        raise BenchmarkError(
            f"contender {self.name} ended in '{do}', with status {self.process.wait()}. Its own "
            "words are above; without any, it may have run out of memory: try --batches 64."
        )

    def close(self):
        """End the process and those that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def install_torch():
    """Install PyTorch into its own virtual environment, once.

    Raises:
        BenchmarkError: it cannot be installed.
    """
    # Written last, so that an interrupted installation is not taken for a finished one.
    stamp = TORCH_VENV / "installed"
    want = TORCH_REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == want:
        return
    print(f"Installing PyTorch into {TORCH_VENV}, for this benchmark only", file=sys.stderr)
    python = TORCH_VENV / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", TORCH_VENV], check=True)
        subprocess.run([*pip, "-r", TORCH_REQUIREMENTS], check=True)
    except subprocess.CalledProcessError as error:
        raise BenchmarkError(
            "PyTorch could not be installed; the reason is above. It needs Python 3.10 or newer "
            "and, once, the network. Without PyTorch: make bench BENCH='--contenders a,b,c'"
        ) from error
    stamp.write_text(want)


def reason_to_skip(name, machine):
    """Return why a contender cannot run well on this CPU, or None."""
    if name == "c":
        supported, reason = machine["bfloat16"]
        return None if supported else reason
    if name == "e" and not machine["torch bfloat16"]:
        return "this CPU has neither AMX nor AVX-512 for bfloat16"
    return None


def check_all(workers, reference):
    """Raise BenchmarkError unless all workers compute what the reference computes."""
    expected = check(reference, "contiguous")
    for name, worker in workers.items():
        if name != REFERENCE:
            for memory_format in MEMORY_FORMATS[name]:
                require_same(name, memory_format, expected, check(worker, memory_format))


def check(worker, memory_format):
    """Return the losses and updates of a worker's first steps."""
    steps = STEPS_TO_CHECK[worker.name]
    return worker.ask("check", memory_format=memory_format, num_steps=steps)


def require_same(name, memory_format, expected, answer):
    """Raise BenchmarkError unless a contender's losses and updates are within `TOLERANCE`."""
    steps = STEPS_TO_CHECK[name]
    wanted = {
        "losses": expected["losses"][: steps + 1],
        "updates": expected["updates"] if steps else [],
    }
    who = f"contender {name} ({NAMES[name]}, {memory_format})"
    for (what, numbers), tolerance in zip(wanted.items(), TOLERANCE[name]):
        if len(answer[what]) != len(numbers):
            raise BenchmarkError(f"{who} gave {len(answer[what])} {what}, not {len(numbers)}")
        for i, (theirs, right) in enumerate(zip(answer[what], numbers)):
            # Written so that a loss of NaN does not pass.
            if not abs(theirs - right) <= tolerance * abs(right):
                raise BenchmarkError(
                    f"{who} does not compute what {REFERENCE} computes: number {i} of its {what} "
                    f"is {theirs:.6g} in place of {right:.6g}, and a relative difference of "
                    f"{tolerance:g} is allowed. Speeds would say nothing."
                )


def measure_all(workers, mode, options):
    """Return a DataFrame of speeds: a row per round, a column per way to run.

    The columns are (contender, batch, memory format).
    """
    ways = [
        (name, batch, memory_format)
        for batch in options.batches
        for name in workers
        for memory_format in MEMORY_FORMATS[name]
    ]
    say(f"{mode}: warming up")
    for name, batch, memory_format in ways:
        workers[name].ask("prepare", mode=mode, batch_size=batch, memory_format=memory_format)
    rows = []
    for round_number in range(1, options.rounds + 1):
        say(f"{mode}: round {round_number} of {options.rounds}")
        rows.append(
            [
                workers[name].ask(
                    "measure",
                    batch_size=batch,
                    memory_format=memory_format,
                    seconds=options.seconds,
                )
                for name, batch, memory_format in ways
            ]
        )
    columns = pd.MultiIndex.from_tuples(ways, names=["contender", "batch", "memory format"])
    return pd.DataFrame(rows, columns=columns)


def say(text):
    print(text, file=sys.stderr, flush=True)


def compare(speeds):
    """Return a DataFrame with a row per way to run: its speed, and ratios to the rivals' speeds.

    Of each contender and batch, the faster memory format is what the others are compared with.
    The rows compared at "best batch" set the best batch of a contender against the best of a
    rival; the others set equal batches against each other.
    """
    medians = speeds.median()
    faster = medians.groupby(level=["contender", "batch"]).idxmax()
    best = medians.groupby(level="contender").idxmax()
    rivals = [name for name in RIVALS if name in best]
    rows = []
    for way in speeds:
        name, batch, _ = way
        equals = {rival: faster[rival, batch] for rival in rivals}
        counts = faster[name, batch] == way
        rows.append(compared(speeds, way, equals) | {"compared at": "same batch", "counts": counts})
    for way in best:
        bests = {rival: best[rival] for rival in rivals}
        rows.append(compared(speeds, way, bests) | {"compared at": "best batch", "counts": True})
    order = ["compared at", "contender", "batch"]
    return pd.DataFrame(rows).sort_values(order, ascending=[False, True, True], kind="stable")


def compared(speeds, way, rivals):
    """Return a dict of the speed of one way to run, and its ratio to each rival in each round."""
    name, batch, memory_format = way
    row = {"contender": name, "batch": batch, "memory format": memory_format}
    row |= spread("images/s", speeds[way])
    for rival, its_way in rivals.items():
        row |= spread(f"ratio to {rival}", speeds[way] / speeds[its_way])
    return row


def spread(what, values):
    return {f"{what} {how}": getattr(values, how)() for how in ("min", "median", "max")}


def print_table(table, mode, options):
    """Print the rows that count, with `median (min to max)` of speeds and ratios."""
    shown = table[table["counts"]]
    text = shown[["compared at", "contender", "batch", "memory format"]].copy()
    for column in shown.columns[shown.columns.str.endswith(" median")]:
        what = column.removesuffix(" median")
        digits = 1 if what == "images/s" else 2
        text[what] = [
            f"{median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
            for low, median, high in shown[[f"{what} min", column, f"{what} max"]].to_numpy()
        ]
    size = options.size
    print(f"\n{mode}, {size} x {size} pixels, rounds: {options.rounds}; median (min to max)")
    for compared_at, rows in text.groupby("compared at", sort=False):
        columns = rows.drop(columns="compared at")
        print(f"\ncompared at the {compared_at}:\n{columns.to_string(index=False)}", flush=True)


def print_contenders(names, skipped):
    """Print what the letters mean, and who is not measured on this CPU."""
    print()
    for name in names:
        why_not = f": not on this CPU: {skipped[name]}" if name in skipped else ""
        print(f"{name}  {NAMES[name]}{why_not}", flush=True)


def write_csv(table, path):
    """Write a table whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    table.to_csv(partial, index=False, float_format="%.4g")
    os.replace(partial, path)


def run(options):
    """Check, measure, print and write.

    Raises:
        BenchmarkError: PyTorch cannot be installed, or a contender fails or computes something
            else.
    """
    if set(PYTORCH) & set(options.contenders):
        install_torch()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())

        def start(name):
            worker = Worker(name)
            stack.callback(worker.close)
            return worker

        say("checking that all compute the same")
        reference = start(REFERENCE)
        machine = reference.ask("describe")
        num_examples = max(contender.EXAMPLES_TO_CHECK, *options.batches)
        reference.ask("write_start", folder=folder, size=options.size, num_examples=num_examples)

        reasons = {name: reason_to_skip(name, machine) for name in options.contenders}
        skipped = {name: reason for name, reason in reasons.items() if reason}
        workers = {
            name: reference if name == REFERENCE else start(name)
            for name in options.contenders
            if name not in skipped
        }
        if not workers:
            raise BenchmarkError(f"not on this CPU: {'; '.join(skipped.values())}")
        setup = {"folder": folder, "size": options.size, "data": str(DATA)}
        versions = {
            worker.name: worker.ask("setup", threads=machine["threads"], **setup)
            for worker in {reference, *workers.values()}
        }
        check_all(workers, reference)

        print_contenders(options.contenders, skipped)
        for mode in ("training", "inference"):
            table = compare(measure_all(workers, mode, options))
            print_table(table, mode, options)
            table = table.assign(
                name=table["contender"].map(NAMES),
                rounds=options.rounds,
                seconds=options.seconds,
                size=options.size,
                machine=machine["cpu"],
                cores=machine["cores"],
                feature=machine["feature"],
                versions=table["contender"].map(versions),
                date=datetime.datetime.now(datetime.timezone.utc).date(),
            )
            write_csv(table, options.results / f"bench-{mode}.csv")


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Contenders: " + "; ".join(f"{name}: {text}" for name, text in NAMES.items()),
    )
    parser.add_argument("--contenders", default="a,b,c,d,e", help="default: %(default)s")
    parser.add_argument("--batches", default="64,128,256", help="default: %(default)s")
    parser.add_argument("--size", type=int, default=224, help="pixels, at least 67")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement")
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="folder of the CSV")
    options = parser.parse_args(arguments)
    options.contenders = sorted(set(options.contenders.split(",")))
    if not set(options.contenders) <= NAMES.keys():
        parser.error(f"--contenders takes some of {','.join(NAMES)}")
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
