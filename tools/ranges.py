"""Add what this machine measures to results/ranges.csv, with which `dh.seen` compares.

python tools/ranges.py [LESSON ...]

Runs the lessons that call `dh.seen`, or those named by number, in a folder of their own, so that
everything is trained anew. DNNL_MAX_CPU_ISA=AVX2 has MXNet compute as on an older processor, and
OMP_NUM_THREADS=1 with one thread: both count as another run.
"""

import argparse
import asyncio
import csv
import datetime
import os
import platform
import shutil
import tempfile
from pathlib import Path

from d2l_helpers.notebook.ranges import RANGES, RECORD
from d2l_helpers.utils.results import recorded, start_of_run, write
from lessons import Run
from mxnet_today import cpu
from working_copies import LESSONS, RESULTS
from writing import making

import pandas as pd

COLUMNS = ["name", "value", "machine", "threads", "python", "day"]


def lessons(numbers):
    """Return the lessons of some numbers, or all, as far as they call `dh.seen`."""
    paths = sorted(LESSONS.glob("[0-9]*.ipynb"))
    chosen = [path for path in paths if not numbers or path.name[:2] in numbers]
    return [path for path in chosen if "dh.seen(" in path.read_text(encoding="utf-8")]


def measure(paths):
    """Run lessons, and return a list of the names and values that they compare."""
    with tempfile.TemporaryDirectory() as folder:
        work, record = Path(folder), Path(folder, "record.csv")
        for name in ("lessons", "build"):
            (work / name).mkdir()
        (work / "results").symlink_to(RESULTS)
        record.touch()
        os.environ[RECORD] = str(record)
        for path in paths:
            asyncio.run(Run(Path(shutil.copy(path, work / "lessons"))).execute())
        with open(record, newline="") as file:
            return list(csv.reader(file))


def machine():
    """Return what kind of machine this is, as far as it decides how MXNet rounds."""
    isa = os.environ.get("DNNL_MAX_CPU_ISA")
    return f"{cpu.model()}, {f'at most {isa}' if isa else ' '.join(cpu.features())}"


def add(measured):
    """Add rows to results/ranges.csv."""
    threads, python = cpu.threads_in_use(), platform.python_version()
    run = {"machine": machine(), "threads": threads, "python": python}
    run["day"] = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    rows = pd.DataFrame([{"name": n, "value": v, **run} for n, v in measured], columns=COLUMNS)
    table = pd.concat([recorded(RANGES.name), rows]) if RANGES.exists() else rows
    write(table, RANGES.name, resumed=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    start_of_run()
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 06")
    paths = lessons(parser.parse_args().lessons)
    with making(RANGES):  # two runs at once would each leave out the other's rows
        measured = measure(paths)
        for name, value in measured:
            print(f"{name}: {value}")
        add(measured)


if __name__ == "__main__":
    main()
