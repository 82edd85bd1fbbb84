"""How a recorded run is written and read: a CSV file under lines that say where it comes from."""

import datetime
import platform
import sys
from pathlib import Path

from d2l_helpers.checkpoints import written_whole
from mxnet_today import cpu, stack

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def recorded(name, root=ROOT):
    """Return a table of results/ as a DataFrame."""
    return pd.read_csv(root / "results" / name, comment="#")


def write(table, name, root=ROOT):
    """Write a DataFrame to results/, under lines with # that say where it comes from: see `origin`.

    Args:
        table: the DataFrame; its index is left out.
        name: of the file, such as 'race-seed0.csv'; an older one is replaced.
        root: the folder in which results/ lies; default: the course.
    """
    path = root / "results" / name
    with written_whole(path) as partial:
        lines = "".join(f"# {line}\n" for line in origin())
        Path(partial).write_text(lines + table.to_csv(index=False, float_format="%.6g"))
    print(f"wrote results/{name}", flush=True)


def origin():
    """Return where what is written now comes from, as lines: command, date and versions, CPU."""
    script = Path(sys.argv[0]).resolve()
    packages = ", ".join(f"{name} {version}" for name, version in stack.versions().items())
    return [
        " ".join(["python", f"{script.parent.name}/{script.name}", *sys.argv[1:]]),
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {packages}",
        f"{cpu.model()}, {cpu.num_threads()} threads, {' '.join(cpu.features())}",
    ]
