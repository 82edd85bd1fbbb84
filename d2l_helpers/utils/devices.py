"""Where a net is trained, the GPU if MXNet can use it, and what there is (lesson 06)."""

import os
import platform

from d2l_helpers.utils.validation import check_whole_number
from mxnet_today import cpu, cuda, stack

import mxnet
from mxnet import npx


def try_gpu(i=0):
    """Return GPU number `i` if there is one, else the CPU, and print why.

    Same meaning as `d2l.try_gpu`, which falls back without a word.

    Args:
        i: number of the GPU, counted from 0.

    Raises:
        TypeError, ValueError: i is not a whole number.
    """
    i = check_whole_number("i", i)
    reason = _why_no_gpu(i, npx.num_gpus())
    if reason is None:
        return npx.gpu(i)
    print(f"Using the CPU: {reason}.")
    return npx.cpu()


def _why_no_gpu(i, num_gpus):
    """Return why GPU `i` cannot be used when MXNet counts `num_gpus`, or None if it can."""
    if "mxnet-cu112" not in stack.versions():
        return "the installed MXNet is the CPU build; `make lab GPU=1` installs the CUDA build"
    visible = cuda.gpus()
    if 0 <= i < len(visible):
        problem = cuda.gpu_problem(*visible[i])
        if problem:
            return problem
    if 0 <= i < num_gpus:
        return None
    if num_gpus:
        return f"GPU {i} was asked for, but MXNet sees only {num_gpus}, counted from 0"
    return "MXNet's CUDA build is installed, but it finds no NVIDIA GPU"


def report():
    """Return what the course runs on, as {what: text}: Python, packages, CPU and GPUs."""
    features = cpu.features()
    packages = stack.versions()
    build = "CUDA" if packages.pop("mxnet-cu112", None) else "CPU"
    return {
        "python": platform.python_version(),
        "mxnet": mxnet.__version__,
        "MXNet build": build,
        **packages,
        "CPU cores": str(cpu.num_cores()),
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
        "best CPU feature": features[-1] if features else "unknown",
        "GPUs": str(npx.num_gpus()),
    }
