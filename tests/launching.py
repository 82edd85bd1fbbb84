"""How the tests start training runs on several processes, and see that nothing is left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parent.parent
WORKER = ROOT / "tests" / "worker.py"
LIMIT = 1200  # seconds after which a run counts as hanging; a busy machine needs far less
PATIENCE = 20  # seconds that a worker waits for the others, once it has begun
ENDLESS = ("--epochs", 1_000_000, "--checkpoint")  # such a run ends only if somebody ends it
# Summing in another order changes the last bits of a gradient. The weights are below 2.
TOLERANCE = 2e-5
# Begins a command that Linux ends when pytest is killed (PR_SET_PDEATHSIG); a launcher then ends
# all that it started.
WITH_THE_TESTS = (
    sys.executable,
    "-c",
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execvp(sys.argv[1], sys.argv[1:])",
)


class Launch:
    """A launcher, and all that it starts.

    Args:
        words: its command line.
        prefix: what stands before Python, such as the command that enters a namespace.
        settings: environment variables.
    """

    def __init__(self, *words, prefix=(), **settings):
        self.mark = f"LAUNCHED={uuid.uuid4().hex}"
        name, _, value = self.mark.partition("=")
        # Without what this process prepared for itself.
        own = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
        first = WITH_THE_TESTS if sys.platform == "linux" else ()
        self.process = subprocess.Popen(
            [
                *first,
                *prefix,
                sys.executable,
                "-m",
                "mxnet_today.launch",
                *map(str, words),
            ],
            env={**own, "PYTHONPATH": str(ROOT), name: value, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def wait(self):
        """Return exit code, what was printed, and the error messages."""
        out, err = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, out, err

    def processes(self, role=None):
        """Return the ids of the processes, or of those that have a role, or None without /proc."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                environ = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
                if self.mark in environ and (role is None or f"DMLC_ROLE={role}" in environ):
                    found.append(int(folder.name))
        return found

    def wait_for(self, condition):
        """Wait until a condition holds while the launcher runs."""

        def holds():
            assert self.process.poll() is None, self.process.communicate()
            return condition()

        _wait(holds, "it never came to it")

    def wait_until_ended(self):
        """Wait until no process is left of those that a launcher that is gone has started."""
        _wait(lambda: not self.processes(), "processes are left behind")


def _wait(condition, otherwise):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def run_worker(folder, *words, workers=2, launch=(), **settings):
    """Train with tests/worker.py, and return exit code, what was printed, and error messages."""
    folder.mkdir(exist_ok=True)
    with Launch("--workers", workers, *launch, WORKER, folder, *words, **settings) as started:
        result = started.wait()
        assert not started.processes()
    return result


def weights(folder, rank=0):
    with numpy.load(folder / f"weights{rank}.npz") as arrays:
        return [arrays[name] for name in arrays.files]


def difference(folder, other, rank=0):
    """Return the largest difference between the weights of two training runs."""
    pairs = zip(weights(folder), weights(other, rank))
    return max(abs(a - b).max() for a, b in pairs)


def in_one_process(folder, option):
    """Train without the launcher, with one thread, as each worker has."""
    command = [sys.executable, WORKER, folder, option]
    settings = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, timeout=LIMIT, env=settings)
    return folder
