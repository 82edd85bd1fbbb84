"""Where the course lies, and files that are written whole or not at all.

It imports nothing of the course, for tools/writing.py.
"""

import contextlib
import os
import platform
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # of the course


class DataFileError(RuntimeError):
    """A data file is missing, damaged, or not what it should be."""


@contextlib.contextmanager
def atomic_write(path):
    """Yield a path beside `path` to write to; it takes the place of `path` only on success.

    The folder is made if it is missing.
    """
    path = Path(path).resolve()  # a link stays one, and its file is replaced
    partial = _partial(path)
    try:
        yield partial
        with open(partial, "rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave the new name with no content
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def replace_folder(folder, made):
    """Put a folder that is finished in the place of another one, if that is there.

    Args:
        folder: the place.
        made: on the same file system.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        if folder.exists():
            folder.rename(Path(scratch, "before"))
        made.rename(folder)


def check_writable(path):
    """Raise OSError if `atomic_write` cannot write to `path`; its folder is made."""
    partial = _partial(Path(path).resolve())
    partial.touch()
    partial.unlink()


def _partial(path):
    """Return the path of the unfinished file, in the same folder, which is made.

    Its name says which process writes it. What killed processes of this machine have left of the
    same file is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    start = f".{path.name}.{platform.node()}-"
    for other in path.parent.iterdir():
        written_by = re.fullmatch(re.escape(start) + r"(\d{1,9})\.partial", other.name)
        if written_by and not _is_running(int(written_by[1])):
            with contextlib.suppress(OSError):  # of somebody else
                other.unlink()
    return path.with_name(f"{start}{os.getpid()}.partial")


def _is_running(pid):
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:  # a process of somebody else
        pass
    return True
