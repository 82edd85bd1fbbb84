"""Why a kernel died, from what the operating system tells of it."""

import re
import signal
from pathlib import Path

MEMORY = (
    "Close other programs and other kernels, or take a smaller batch_size where the cell has one. "
    "`make doctor` prints how much memory is free."
)
# Signals that a process causes itself.
CRASHES = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV")


def memory_kills(vmstat="/proc/vmstat"):
    """Return how many processes Linux has ended so far because memory was used up.

    Those that exceeded the limit of a container count too. None where that is not known.

    Args:
        vmstat: the file in which Linux counts them.
    """
    try:
        found = re.search(r"^oom_kill (\d+)$", Path(vmstat).read_text(), re.MULTILINE)
    except OSError:
        return None
    return found and int(found[1])


def why_it_died(exit_code, kills_before, kills_after):
    """Return why a kernel died, and what to do, in two or three sentences.

    Args:
        exit_code: of its process, as subprocess gives it: less than 0 for a signal; None if it is
            not known.
        kills_before, kills_after: what `memory_kills` returned before and after its death.
    """
    if exit_code is None:
        return f"The kernel died. The usual reason is too little memory. {MEMORY}"
    if exit_code >= 0:
        return (
            f"The kernel ended with exit code {exit_code}: the cell, or a library that it uses, "
            "ended the process."
        )
    name = _signal_name(-exit_code)
    if name == "SIGKILL" and kills_before is None:
        return f"The kernel was killed (SIGKILL). The usual reason is too little memory. {MEMORY}"
    if name == "SIGKILL" and kills_after > kills_before:
        return f"Linux killed the kernel (SIGKILL), because memory was used up. {MEMORY}"
    if name in CRASHES:
        return (
            f"The kernel crashed ({name}), in MXNet or another compiled library. `make doctor` "
            "reports what is wrong with this machine; too little memory can be a reason too."
        )
    if name == "SIGKILL":
        return (
            "Another program killed the kernel (SIGKILL): Linux had not run out of memory. A "
            "service that limits memory or time is one that does so."
        )
    return f"The kernel was ended by {name}, which another program sent."


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
