"""How a recorded run is written and read: a CSV file under lines that say where it comes from."""

import datetime
import platform
import sys
from pathlib import Path

from d2l_helpers.files import written_whole
from mxnet_today import cpu, stack

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def recorded(name):
    """Return a table of results/ as a DataFrame."""
    return pd.read_csv(ROOT / "results" / name, comment="#")


def write(table, name):
    """Write a DataFrame to results/: command, date, versions and CPU in lines with #, then rows."""
    features = " ".join(cpu.features())
    packages = ", ".join(f"{name} {version}" for name, version in stack.versions().items())
    header = [
        " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {packages}",
        f"{cpu.model()}, {cpu.num_threads()} threads, {features}",
    ]
    path = ROOT / "results" / name
    with written_whole(path) as partial:
        lines = "".join(f"# {line}\n" for line in header)
        Path(partial).write_text(lines + table.to_csv(index=False, float_format="%.6g"))
    print(f"wrote {path.relative_to(ROOT)}", flush=True)
