"""`python -m mxnet_today`: what this machine has, what MXNet makes of it, and what is wrong.

It must also work where MXNet does not, and so imports no package at the top.
"""

import os
import platform
from typing import NamedTuple

from mxnet_today import bfloat16, cpu, cuda, importing, libraries, stack

OK, NOTE, BROKEN = "ok", "note", "BROKEN"


class Finding(NamedTuple):
    """One line of the report: what was looked at, how it is, and the facts or what to do."""

    what: str
    verdict: str
    text: str


def main():
    """Report on this machine, and return 1 if something essential is broken, else 0."""
    return report(examine(), "MXNet can run here.")


def report(findings, verdict):
    """Print findings, and return 1 if something is broken, else 0.

    Args:
        findings: list of `Finding`.
        verdict: the sentence to close with if nothing is broken.
    """
    width = max(len(finding.what) for finding in findings)
    for what, state, text in findings:
        first, *more = text.splitlines()
        print(f"{state:<6}  {what:<{width}}  {first}", *more, sep="\n")
    broken = [finding.what for finding in findings if finding.verdict == BROKEN]
    print(f"\nBroken: {', '.join(broken)}." if broken else f"\n{verdict}")
    return 1 if broken else 0


def examine():
    """Return the findings about this machine, in the order of the report."""
    findings = [check_stack(), check_libraries()]
    if all(finding.verdict == OK for finding in findings):
        findings += [check_mxnet(), check_compat()]
    return [*findings, *check_cpu(), check_bfloat16(), *check_gpus()]


def check_stack():
    """Look at Python and the packages."""
    found = ", ".join(
        f"{name} {version}"
        for name, version in {"Python": platform.python_version(), **stack.versions()}.items()
    )
    try:
        stack.check()
    except ImportError as error:
        return Finding("packages", BROKEN, f"{found}. {error}")
    return Finding("packages", OK, found)


def check_libraries():
    """Look at the libraries that MXNet needs from the system."""
    try:
        libraries.check()
    except ImportError as error:
        return Finding("system", BROKEN, str(error))
    return Finding("system", OK, f"{platform.system()} {platform.machine()}, libraries are there")


def check_mxnet():
    """Import MXNet, and let it add two numbers."""
    try:
        import mxnet

        assert (mxnet.nd.ones(1) + mxnet.nd.ones(1)).asscalar() == 2
    except Exception as error:  # whatever it is, it belongs into the report
        return Finding("MXNet", BROKEN, f"{type(error).__name__}: {error}")
    build = "CUDA" if "mxnet-cu112" in stack.versions() else "CPU"
    return Finding("MXNet", OK, f"{mxnet.__version__}, {build} build, computes")


def check_compat():
    """Name the modules that MXNet gets stand-ins for."""
    names = ", ".join(sorted(importing.stand_ins()))
    return Finding("stand-ins", OK, f"for {names}" if names else "none are needed")


def check_cpu():
    """Look at the CPU's features, and at what `prepare` makes of them."""
    features = cpu.features()
    if not features:
        found = Finding("CPU", NOTE, "its features are unknown: /proc/cpuinfo does not list them")
    elif not {"avx2", "asimd"} & set(features):  # an Arm processor has asimd instead
        found = Finding("CPU", NOTE, f"{features[-1]}: without avx2, expect hours for minutes")
    else:
        found = Finding("CPU", OK, f"{cpu.num_cores()} cores, {' '.join(features)}")
    yield found
    if os.environ.get(cpu.SWITCH) == "0":
        yield Finding("settings", NOTE, f"{cpu.SWITCH}=0: nothing is set, MXNet may be slow")
        return
    for name, value in cpu.settings().items():
        used = os.environ.get(name, value)
        if used == value:
            yield Finding(name, OK, value)
        else:
            yield Finding(name, NOTE, f"{used}, as the environment says; {value} by itself")


def check_bfloat16():
    """Look at whether MXNet can compute in bfloat16 here."""
    why_not = bfloat16.problem()
    if why_not:
        return Finding("bfloat16", NOTE, f"not used: {why_not}")
    return Finding("bfloat16", OK, "runs here; whether it is faster depends on the net")


def check_gpus():
    """Look at each GPU that the driver shows, and whether MXNet can use it."""
    visible = cuda.gpus()
    if not visible:
        yield Finding("GPU", NOTE, "NVIDIA's driver shows none; MXNet runs on the CPU")
    for i, (name, capability) in enumerate(visible):
        problem = cuda.gpu_problem(name, capability)
        if problem:
            yield Finding(f"GPU {i}", NOTE, f"{problem}; MXNet runs on the CPU")
        elif "mxnet-cu112" in stack.versions():
            major, minor = capability
            yield Finding(f"GPU {i}", OK, f"{name}, compute capability {major}.{minor}")
        else:
            yield Finding(f"GPU {i}", NOTE, f"{name} works with mxnet-cu112, MXNet's CUDA build")
