"""How a recorded run is written and read: CSV under lines on where it comes from (lesson 06)."""

import datetime
import functools
import platform
import subprocess
import sys
from pathlib import Path

from d2l_helpers.utils.files import ROOT, atomic_write
from mxnet_today import cpu, stack

import pandas as pd


def recorded(name, root=ROOT):
    """Return a table of results/ as a DataFrame."""
    return pd.read_csv(root / "results" / name, comment="#")


def write(table, name, root=ROOT, *, resumed=False):
    """Write a DataFrame to results/, under lines with # that say where it comes from: see `origin`.

    A process that runs for long calls `start_of_run` first.

    Args:
        table: the DataFrame; its index is left out.
        name: of the file, such as 'race-seed0.csv'; an older one is replaced.
        root: the folder in which results/ lies; default: the course.
        resumed: whether the table holds rows of the older file, whose lines are then kept above
            the new ones.
    """
    path = root / "results" / name
    lines = [f"# {line}" for line in origin()]
    if resumed and path.exists():
        earlier = [line for line in path.read_text().splitlines() if line.startswith("#")]
        lines = earlier if earlier[-len(lines) :] == lines else earlier + lines
    with atomic_write(path) as partial:
        rows = table.to_csv(index=False, float_format="%.6g")
        Path(partial).write_text("\n".join([*lines, rows]))
    print(f"wrote results/{name}", flush=True)


@functools.cache
def start_of_run():
    """Return the day, and the commit as text, at the first call; later calls return the same.

    When a run of hours is written, the day and the tree may be others than those it started with.
    """
    return datetime.datetime.now(datetime.timezone.utc).date(), commit()


def origin():
    """Return where what is written comes from, as four lines.

    The command; the day and the versions; the CPU; the commit. The day and the commit are those
    of `start_of_run`.
    """
    script = Path(sys.argv[0]).resolve()
    packages = ", ".join(f"{name} {version}" for name, version in stack.versions().items())
    day, commit_then = start_of_run()
    return [
        " ".join(["python", f"{script.parent.name}/{script.name}", *sys.argv[1:]]),
        f"{day}, Python {platform.python_version()}, {packages}",
        f"{cpu.model()}, {cpu.threads_in_use()} threads, {' '.join(cpu.features())}",
        commit_then,
    ]


def commit(root=ROOT):
    """Return which commit of the course this is, and whether anything was changed since, as text.

    What lies in results/ is no change: a run that resumes has written there itself.
    """

    def git(*arguments):
        command = ["git", "-C", root, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    try:
        folder, short_hash = git("rev-parse", "--show-prefix", "--short", "HEAD").splitlines()
        changes = git("status", "--porcelain", "--", ".", ":!results")
    except FileNotFoundError:
        return "commit unknown, git is not installed"
    except subprocess.CalledProcessError:
        return "commit unknown, not a git checkout"
    if folder:  # inside a checkout of something else
        return "commit unknown, not a git checkout"
    return f"commit {short_hash}, {'with changes' if changes else 'tree clean'}"
