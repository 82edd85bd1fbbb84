"""`python -m d2l_helpers`: what this machine has, what the course makes of it, and what is wrong.

It must also work where MXNet does not, so it imports nothing but runtime.py at the top.
"""

import os
import platform
from typing import NamedTuple

from d2l_helpers import runtime

OK, NOTE, BROKEN = "ok", "note", "BROKEN"
NEEDED_MEMORY_GB = 3  # lesson 09 takes 2.7


class Finding(NamedTuple):
    """One line of the report: what was looked at, how it is, and the facts or what to do."""

    what: str
    verdict: str
    text: str


def main():
    """Print the report, and return 1 if something essential is broken, else 0."""
    findings = examine()
    width = max(len(finding.what) for finding in findings)
    for what, verdict, text in findings:
        print(f"{verdict:<6}  {what:<{width}}  {text}")
    broken = [finding.what for finding in findings if finding.verdict == BROKEN]
    print(f"\nBroken: {', '.join(broken)}." if broken else "\nThe course can run here.")
    return 1 if broken else 0


def examine():
    """Return the findings about this machine, in the order of the report."""
    findings = [check_stack()]
    if findings[0].verdict == OK:
        findings.append(check_mxnet())
    findings += [*check_cpu(), check_bfloat16(), *check_gpus(), check_memory()]
    if all(finding.verdict != BROKEN for finding in findings):
        findings.append(check_data())
    return findings


def check_stack():
    """Look at Python and the packages."""
    found = ", ".join(
        f"{name} {version}"
        for name, version in {"Python": platform.python_version(), **runtime.versions()}.items()
    )
    try:
        runtime.check_stack()
    except ImportError as error:
        return Finding("packages", BROKEN, f"{found}. {error}")
    return Finding("packages", OK, found)


def check_mxnet():
    """Prepare the process, import MXNet, and let it add two numbers."""
    try:
        runtime.prepare()
        import mxnet

        assert (mxnet.nd.ones(1) + mxnet.nd.ones(1)).asscalar() == 2
    except Exception as error:  # whatever it is, it belongs into the report
        return Finding("MXNet", BROKEN, f"{type(error).__name__}: {error}")
    build = "CUDA" if "mxnet-cu112" in runtime.versions() else "CPU"
    return Finding("MXNet", OK, f"{mxnet.__version__}, {build} build, computes")


def check_cpu():
    """Look at the CPU's features, and at what `prepare` makes of them."""
    features = runtime.cpu_features()
    if not features:
        found = Finding("CPU", NOTE, "its features are unknown: /proc/cpuinfo does not list them")
    elif "avx2" not in features:
        found = Finding("CPU", NOTE, f"{features[-1]}: without avx2, expect hours for minutes")
    else:
        found = Finding("CPU", OK, f"{runtime.num_cores()} cores, {' '.join(features)}")
    yield found
    if os.environ.get(runtime.SWITCH) == "0":
        yield Finding("settings", NOTE, f"{runtime.SWITCH}=0: nothing is set, MXNet may be slow")
        return
    for name, value in runtime.settings().items():
        used = os.environ.get(name, value)
        if used == value:
            yield Finding(name, OK, value)
        else:
            yield Finding(name, NOTE, f"{used}, as the environment says; {value} by itself")


def check_bfloat16():
    """Look at whether bfloat16 is fast here."""
    fast, reason = runtime.bfloat16_support()
    if fast:
        return Finding("bfloat16", OK, reason)
    return Finding("bfloat16", NOTE, f"not used, training stays in float32: {reason}")


def check_gpus():
    """Look at each GPU that the driver shows, and whether MXNet can use it."""
    visible = runtime.gpus()
    if not visible:
        yield Finding("GPU", NOTE, "NVIDIA's driver shows none; the course runs on the CPU")
    for i, (name, capability) in enumerate(visible):
        problem = runtime.gpu_problem(name, capability)
        if problem:
            yield Finding(f"GPU {i}", NOTE, f"{problem}; the course runs on the CPU")
        elif "mxnet-cu112" in runtime.versions():
            major, minor = capability
            yield Finding(f"GPU {i}", OK, f"{name}, compute capability {major}.{minor}")
        else:
            yield Finding(f"GPU {i}", NOTE, f"{name} would work: `make lab GPU=1`")


def check_memory(meminfo="/proc/meminfo"):
    """Look at the memory that is free.

    Args:
        meminfo: where Linux lists it, in kB.
    """
    try:
        with open(meminfo) as lines:
            available = next(line for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return Finding("memory", NOTE, f"unknown; the course needs {NEEDED_MEMORY_GB} GB")
    free = int(available.split()[1]) / 1e6
    if free < NEEDED_MEMORY_GB:
        return Finding(
            "memory",
            NOTE,
            f"{free:.1f} GB free, and some lessons need {NEEDED_MEMORY_GB} GB: close something",
        )
    return Finding("memory", OK, f"{free:.1f} GB free")


def check_data():
    """Read the data files, whose checksums the loader compares."""
    from d2l_helpers import data

    try:
        images = sum(len(data.fashion_mnist_arrays(train)[0]) for train in (True, False))
    except data.DataFileError as error:
        return Finding("data", BROKEN, str(error))
    return Finding("data", OK, f"{images:,} images, checksums right")
