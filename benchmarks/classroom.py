"""Record what a hub needs: many kernels on one machine that run lesson 00 at the same time.

python benchmarks/classroom.py [--kernels 1 10 30]

Each number of kernels runs twice: with the threads that the course chooses, which is one for each
core, and with one thread per kernel. Nothing else should compute meanwhile. Linux only, which tells
how much memory processes share. Writes results/classroom.csv.
"""

import argparse
import asyncio
import os
import re
import time
from pathlib import Path

from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.results import start_of_run, write

import nbformat
import pandas as pd
from nbclient import NotebookClient
from workers import SETTINGS

LESSON = ROOT / "notebooks" / "00_start_here.ipynb"
THREADS = {"one per core": {}, "1": {"OMP_NUM_THREADS": "1"}}
COLUMNS = ["kernels", "threads", "seconds", "first seconds", "peak MB", "MB per kernel"]
LOOK_SECONDS = 1  # from one look at the memory to the next


class Student:
    """A kernel that runs a lesson from the first cell to the last, and then stays open.

    Args:
        lesson: path of the notebook.
        variables: of the kernel's environment, besides those of this process.
    """

    def __init__(self, lesson, variables):
        self.variables = {k: v for k, v in os.environ.items() if k not in SETTINGS} | variables
        self.client = NotebookClient(
            nbformat.read(lesson, as_version=4),
            kernel_name="python3",
            startup_timeout=3600,
            timeout=None,
            resources={"metadata": {"path": str(lesson.parent)}},
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
        self.seconds = None

    async def learn(self, all_are_done):
        """Run the lesson, and keep the kernel until all have done so.

        Args:
            all_are_done: a function to await.
        """
        start = time.monotonic()
        try:
            async with self.client.async_setup_kernel(env=self.variables):
                for number, cell in enumerate(self.client.nb.cells):
                    await self.client.async_execute_cell(cell, number)
                self.seconds = time.monotonic() - start
                await all_are_done()
        finally:  # the others do not wait for one that fails
            self.seconds = self.seconds or time.monotonic() - start

    def memory(self):
        """Return the MB that the kernel takes; what it shares with others counts in part."""
        manager = self.client.km
        if manager is None or not manager.has_kernel:
            return 0
        try:
            text = Path(f"/proc/{manager.provisioner.pid}/smaps_rollup").read_text()
        except OSError:  # it has not begun yet, or has ended
            return 0
        return int(re.search(r"^Pss: +(\d+) kB$", text, re.MULTILINE)[1]) / 1024


async def classroom(num_kernels, variables, lesson=LESSON):
    """Return, as a dict, what a number of kernels that run a lesson at once take.

    Args:
        num_kernels: how many.
        variables, lesson: see `Student`.

    Returns:
        seconds: from the start to the end of the last kernel's lesson.
        first seconds: to the end of the first one's.
        peak MB: of memory, all kernels together, at the moment when it was most.
    """
    students = [Student(lesson, variables) for _ in range(num_kernels)]
    peaks = [0.0]

    async def all_are_done():
        while any(student.seconds is None for student in students):
            await asyncio.sleep(LOOK_SECONDS)
        look()

    def look():
        peaks.append(sum(student.memory() for student in students))

    async def keep_looking():
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            look()

    looking = asyncio.create_task(keep_looking())
    try:
        runs = [student.learn(all_are_done) for student in students]
        ends = await asyncio.gather(*runs, return_exceptions=True)
    finally:
        looking.cancel()
    for error in filter(None, ends):
        raise error
    seconds = [student.seconds for student in students]
    return {"seconds": max(seconds), "first seconds": min(seconds), "peak MB": max(peaks)}


def main():
    start_of_run()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernels", type=int, nargs="+", default=[1, 10, 30])
    rows = []
    for num_kernels in parser.parse_args().kernels:
        for threads, variables in THREADS.items():
            row = asyncio.run(classroom(num_kernels, variables))
            row |= {"kernels": num_kernels, "threads": threads}
            rows.append(row | {"MB per kernel": row["peak MB"] / num_kernels})
            print(pd.DataFrame(rows[-1:], columns=COLUMNS).round(1).to_string(index=False))
    write(pd.DataFrame(rows, columns=COLUMNS), "classroom.csv")


if __name__ == "__main__":
    main()
