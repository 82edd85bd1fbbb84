"""Arrays in a safetensors file, written with the system's own errors (lesson 12)."""

import os
import re

from safetensors import SafetensorError
from safetensors.numpy import save_file


def save_arrays(path, arrays, metadata=None):
    """Write a safetensors file.

    Args:
        path: the file; `atomic_write` gives one.
        arrays: dict of NumPy arrays by name.
        metadata: dict of texts by name.

    Raises:
        OSError: the file cannot be written; safetensors has an error of its own for that.
    """
    try:
        save_file(arrays, path, metadata)
    except SafetensorError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
