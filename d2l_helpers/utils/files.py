"""Where the course lies, and files that are written whole or not at all."""

import contextlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # of the course


class DataFileError(RuntimeError):
    """A data file is missing, damaged, or not what it should be."""


@contextlib.contextmanager
def atomic_write(path):
    """Yield a path beside `path` to write to; it takes the place of `path` only on success.

    The folder is made if it is missing.
    """
    partial = _beside(path)
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def check_writable(path):
    """Raise OSError if `atomic_write` cannot write to `path`; its folder is made."""
    partial = _beside(path)
    partial.touch()
    partial.unlink()


def _beside(path):
    """Return a path for the unfinished file, in the same folder, which is made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}.partial")
