"""Where the C library takes memory from, while a net trains.

For the gradient of a dense layer's weights in bfloat16, MXNet's oneDNN takes and frees buffers of
up to 100 MB in each step. glibc gives such memory back to Linux at once, and Linux clears it page
by page the next time: a tenth of a step. So what is freed is kept between the steps of training.
"""

import contextlib
import ctypes
import platform

# glibc's names and numbers (malloc.h).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -3, -4, -8

KEPT = {M_MMAP_MAX: 0, M_TRIM_THRESHOLD: 2**31 - 1}
# glibc's own values, but for the thresholds, which it moves itself until one is set: this is as far
# as it moves them.
GIVEN_BACK = {M_MMAP_MAX: 65536, M_MMAP_THRESHOLD: 32 * 2**20, M_TRIM_THRESHOLD: 64 * 2**20}


def share_among_threads():
    """Let all threads take memory from one place; call it before MXNet starts its threads.

    Left alone, glibc gives each thread a place of its own, from which nothing large can be kept.
    """
    _set({M_ARENA_MAX: 1})


@contextlib.contextmanager
def kept():
    """Keep what is freed for this process, within a `with`.

    Weights, gradients and momenta should be there before it: they are updated faster in memory that
    came from Linux directly.
    """
    _set(KEPT)
    try:
        yield
    finally:
        _set(GIVEN_BACK)


def _set(options):
    """Set options of glibc's malloc; other C libraries (macOS) have none of them."""
    if platform.libc_ver()[0] == "glibc":
        for option, value in options.items():
            ctypes.CDLL(None).mallopt(option, value)
