"""Run the lessons, or run lessons and exercises and store their outputs.

python tools/lessons.py run [05 ...]        executed notebooks in build/
python tools/lessons.py refresh [05 ...]    the lessons themselves in notebooks/, and exercises/

`refresh clinic` is for exercises/clinic_ten_broken_nets.ipynb, which has no lesson.
"""

import argparse
import asyncio
import contextlib
import os
import re
import signal
import sys
import textwrap
import time
from pathlib import Path

from dead_kernels import memory_kills, why_it_died
from writing import atomic_write, making

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "notebooks"
EXERCISES = ROOT / "exercises"
BUILD = ROOT / "build"

# The same for each Python that runs a lesson, so that a refresh changes outputs only.
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


class Run:
    """One execution of a lesson, with its progress line."""

    def __init__(self, path):
        self.path = path
        self.name = f"exercises/{path.stem}" if path.parent == EXERCISES else path.stem
        self.notebook = nbformat.read(path, as_version=4)
        self.cell_index = 0
        self.peak_mb = None
        self.process, self.memory_kills = None, memory_kills()
        self.start = time.monotonic()
        # No time limit for a cell, since training times depend on the machine, and ten minutes for
        # the kernel to start, which a busy machine can need.
        self.client = NotebookClient(
            self.notebook,
            kernel_name="python3",
            startup_timeout=600,
            # Without the warning that other users of this machine might listen to the kernel.
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            timeout=None,
            record_timing=False,
            resources={"metadata": {"path": str(path.parent)}},
            on_notebook_start=self.handle_ctrl_c,
            on_cell_start=self.note_cell,
            on_cell_executed=self.note_memory,
        )

    def handle_ctrl_c(self, notebook):
        # Replaces nbclient's own handler, which fails with an AttributeError.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self.stop)

    def stop(self):
        os.kill(self.client.km.provisioner.pid, signal.SIGKILL)
        print_over(f"{self.name:34} stopped\n")
        os._exit(130)

    def note_cell(self, cell, cell_index):
        self.cell_index = cell_index
        self.process = self.client.km.provisioner.process  # nbclient forgets a dead one

    def note_memory(self, cell, cell_index, execute_reply):
        # Linux keeps the peak memory of a process here; elsewhere it is not printed.
        status = Path(f"/proc/{self.client.km.provisioner.pid}/status")
        if status.exists():
            self.peak_mb = int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024

    async def execute(self):
        progress = asyncio.create_task(self.show_progress())
        try:
            await self.client.async_execute()
        finally:
            progress.cancel()
            memory = "" if self.peak_mb is None else f"{self.peak_mb:8.0f} MB"
            print_over(f"{self.name:34}{time.monotonic() - self.start:6.0f} s{memory}\n")
            tidy(self.notebook)

    async def show_progress(self):
        cells = len(self.notebook.cells)
        while sys.stdout.isatty():
            seconds = time.monotonic() - self.start
            print_over(f"{self.name:34}{seconds:6.0f} s  cell {self.cell_index + 1} of {cells}")
            await asyncio.sleep(0.5)


def print_over(text):
    """Replace the terminal's current line, or just print where there is no terminal."""
    print(f"\r\033[K{text}" if sys.stdout.isatty() else text, end="", flush=True)


def tidy(notebook):
    """Remove what differs between runs and machines without being a result."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)


def joined(outputs):
    """The outputs, with neighbouring pieces of the same stream joined.

    Where the kernel cuts a stream into pieces depends on timing.
    """
    result = []
    for output in outputs:
        if result and output.output_type == "stream" and output.name == result[-1].get("name"):
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def write(path, text):
    """Write a text completely or not at all."""
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")


def explain(run, error):
    """Print which cell of a lesson failed, and why."""
    cell = run.notebook.cells[run.cell_index]
    if isinstance(error, CellExecutionError):
        traceback = [line for o in cell.outputs if o.output_type == "error" for line in o.traceback]
        reason = "\n".join("\n".join(traceback).splitlines()[-20:])
        if not sys.stderr.isatty():
            reason = re.sub(r"\x1b\[[0-9;]*m", "", reason)
    elif isinstance(error, DeadKernelError):
        reason = why_it_died(run.process.poll(), run.memory_kills, memory_kills())
    else:
        reason = str(error)
    print(
        f"\n{run.name} failed in cell {run.cell_index + 1} of {len(run.notebook.cells)}:\n",
        textwrap.indent(cell.source, "    "),
        f"\n{reason}\n",
        f"The notebook up to there: build/{run.name}.ipynb",
        sep="\n",
        file=sys.stderr,
    )


def headlines(notebook):
    """The outputs of the cells tagged `headline`, as text."""
    for cell in notebook.cells:
        if "headline" in cell.metadata.get("tags", []):
            for output in cell.get("outputs", []):
                if output.get("name") == "stdout":
                    yield output.text.rstrip()
                elif "text/plain" in output.get("data", {}) and "image/png" not in output.data:
                    yield output.data["text/plain"]


def choose(words):
    """The paths of lessons named by words like 05 or 05_shapes, in order; without a word, all."""
    lessons = sorted(LESSONS.glob("[0-9][0-9]_*.ipynb"))
    if not lessons:
        sys.exit(f"There are no lessons in {LESSONS}.")
    names = {path.stem for path in lessons}
    chosen = set()
    for word in words:
        matching = {name for name in names if word in (name, name[:2])}
        if not matching:
            sys.exit(f"There is no lesson {word}. The lessons:\n  " + "\n  ".join(sorted(names)))
        chosen |= matching
    return [path for path in lessons if not words or path.stem in chosen]


def exercises_of(lessons):
    """The notebooks with the exercises of some lessons, where there are any."""
    numbers = {path.stem.split("_")[0] for path in lessons}
    return [p for p in sorted(EXERCISES.glob("*.ipynb")) if p.stem.split("_")[0] in numbers]


def to_refresh(words):
    """The paths of the lessons named by words, of their exercises, and of the clinic.

    The clinic has no lesson: its word is `clinic`. Without a word, all.
    """
    clinic = sorted(EXERCISES.glob("clinic_*.ipynb")) if not words or "clinic" in words else []
    numbers = [word for word in words if word != "clinic"]
    lessons = choose(numbers) if numbers or not words else []
    return lessons + exercises_of(lessons) + clinic


def target(path, command):
    """Return where a command puts the results of a notebook."""
    return path if command == "refresh" else BUILD / path.name


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["run", "refresh"])
    parser.add_argument("lesson", nargs="*", help="numbers or names; all lessons when left out")
    arguments = parser.parse_args(arguments)

    start = time.monotonic()
    choice = to_refresh if arguments.command == "refresh" else choose
    runs, failed = [], []
    paths = choice(arguments.lesson)
    with contextlib.ExitStack() as stack:
        for path in paths:
            stack.enter_context(making(target(path, arguments.command)))
        for path in paths:
            run = Run(path)
            runs.append(run)
            try:
                if not finish(run, arguments.command):
                    failed.append(run.name)
            except OSError as error:  # such as a full disk, which the next lesson would find too
                sys.exit(f"{run.name}: {error}")
    print(f"{'total':34}{time.monotonic() - start:6.0f} s")
    if arguments.command == "run":
        print("Executed notebooks: build/")
        if (ROOT / "book").exists():  # not in the students' edition
            print("As a book to read: make book RUN=1")
        for run in runs:
            texts = [] if run.name in failed else list(headlines(run.notebook))
            if texts:
                print(f"\n{run.name}", *texts, sep="\n\n")
    if failed:
        print(f"\n{len(failed)} of {len(runs)} failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def finish(run, command):
    """Run a lesson and keep its results; return whether it ran to the end."""
    try:
        asyncio.run(run.execute())
    except (CellExecutionError, RuntimeError) as error:
        write(BUILD / f"{run.name}.ipynb", nbformat.writes(run.notebook))
        explain(run, error)
        return False
    write(target(run.path, command), nbformat.writes(run.notebook) + "\n")
    return True


if __name__ == "__main__":
    sys.exit(main())
