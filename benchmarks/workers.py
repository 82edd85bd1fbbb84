"""The contenders of alexnet.py: what each of them is, and the process that runs it."""

import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from d2l_helpers.export.environments import TORCH as TORCH_ENVIRONMENT
from d2l_helpers.export.environments import OwnEnvironmentError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TORCH_VENV = TORCH_ENVIRONMENT.folder

# What mxnet_today sets, and its switch: each contender decides for itself.
SETTINGS = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "GOMP_SPINCOUNT",
    "OPENBLAS_CORETYPE",
    "MXNET_OPTIMIZER_AGGREGATION_SIZE",
    "DNNL_MAX_CPU_ISA",
    "D2L_HELPERS_PREPARE",
)


class BenchmarkError(RuntimeError):
    """The benchmark cannot continue; the message says why, in words for the user."""


@dataclasses.dataclass(frozen=True)
class Description:
    """What a contender is: a way to run AlexNet.

    Attributes:
        title: what tables call it.
        script: the worker's program, in this folder.
        dtype: "float32" or "bfloat16", for the program.
        loss_tolerance: largest relative difference of its losses from those of `REFERENCE`.
        update_tolerance: the same of how far its parameters move.
        steps_to_check: how many training steps are compared; the second shows the momentum.
        memory_formats: how its images may lie in memory; each is measured.
        is_rival: whether the others are compared with it.
        in_torch_venv: whether it runs in PyTorch's environment.
    """

    title: str
    script: str
    dtype: str
    loss_tolerance: float = 0
    update_tolerance: float = 0
    steps_to_check: int = 2
    memory_formats: tuple = ("contiguous",)
    is_rival: bool = False
    in_torch_venv: bool = False


# PyTorch's convolutions depend on how an image lies in memory.
TORCH = dict(
    script="contender_torch.py",
    memory_formats=("contiguous", "channels_last"),
    is_rival=True,
    in_torch_venv=True,
)
CONTENDERS = {
    "d2l": Description(
        "d2l's recipe as T1 writes it",
        "contender_d2l.py",
        "float32",
        loss_tolerance=1e-4,
        steps_to_check=0,  # T1's optimizer is another one, so only its loss is compared
        is_rival=True,
    ),
    "ours": Description("ours, float32", "contender_mxnet.py", "float32"),
    "ours-bf16": Description(
        "ours, bfloat16",
        "contender_mxnet.py",
        "bfloat16",
        loss_tolerance=2e-2,
        update_tolerance=5e-2,
    ),
    # Rounding moves an update by up to 0.002; in float64 both memory formats agree to 1e-14.
    "torch": Description(
        "PyTorch, float32", dtype="float32", loss_tolerance=1e-4, update_tolerance=5e-3, **TORCH
    ),
    "torch-bf16": Description(
        "PyTorch, bfloat16 autocast",
        dtype="bfloat16",
        loss_tolerance=2e-2,
        update_tolerance=5e-2,
        **TORCH,
    ),
}
# The one that the others must agree with.
REFERENCE = "ours"


class Worker:
    """A contender's process.

    Args:
        name: one of `CONTENDERS`.
        environment: variables of the process, which otherwise has none of `SETTINGS`.
    """

    def __init__(self, name, **environment):
        self.name = name
        contender = CONTENDERS[name]
        python = TORCH_VENV / "bin" / "python" if contender.in_torch_venv else sys.executable
        self.process = subprocess.Popen(
            [python, HERE / contender.script, contender.dtype],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={k: v for k, v in os.environ.items() if k not in SETTINGS} | environment,
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
    try:
        TORCH_ENVIRONMENT.install()
    except OwnEnvironmentError as error:
        raise BenchmarkError(
            f"{error} PyTorch needs Python 3.10 or newer. Without it: "
            "make bench BENCH='--contenders d2l,ours,ours-bf16'"
        ) from error
