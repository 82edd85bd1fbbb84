"""Record what README says of the lessons: how long their cells run, and the most memory they take.

python benchmarks/lesson_times.py

Runs all lessons one after the other, as `make run` does; nothing else should compute meanwhile.
Writes results/lessons.csv, a row per lesson.
"""

import re
import subprocess
import sys

from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.results import start_of_run, write

import pandas as pd

LINE = re.compile(r"^(\d\d_\w+) +(\d+) s +(\d+) MB$", re.MULTILINE)


def lessons(root=ROOT):
    start_of_run()
    command = [sys.executable, ROOT / "tools" / "lessons.py", "run"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    write(times(done.stdout), "lessons.csv", root)


def times(printed):
    """Return a DataFrame of what tools/lessons.py prints of each lesson."""
    rows = [(name, int(seconds), int(mb)) for name, seconds, mb in LINE.findall(printed)]
    return pd.DataFrame(rows, columns=["lesson", "seconds", "peak MB"])


if __name__ == "__main__":
    lessons()
