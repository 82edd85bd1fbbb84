"""Memory that is used up: errors that name the batch that it was not enough for (lesson 06)."""

import contextlib
import re

from mxnet.base import MXNetError

# What MXNet says of a CPU's memory, of a GPU's, and of what an operator needs beside its arrays.
USED_UP = re.compile("Failed to allocate CPU Memory|out of memory|std::bad_alloc")
RESTART = (
    "Begin in a new process, in a notebook by restarting the kernel: MXNet can crash after it was "
    "refused memory."
)


class OutOfMemory(MemoryError):
    """The memory is not enough for a batch; the message says of how many examples."""


@contextlib.contextmanager
def naming_the_batch(num_examples):
    """Raise OutOfMemory where NumPy or MXNet runs out of memory within a `with`.

    On Linux that needs a limit on the memory of a process. Without one, Linux itself ends a process
    that takes too much.

    Args:
        num_examples: how many the batch has.
    """
    try:
        yield
    except (MemoryError, MXNetError) as error:
        if isinstance(error, MXNetError) and not USED_UP.search(str(error)):
            raise
        raise OutOfMemory(
            f"the memory is not enough for a batch of {num_examples} examples: take a batch_size "
            f"below {num_examples}, or smaller images. {RESTART}"
        ) from error
