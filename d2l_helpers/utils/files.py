"""Where the course lies, and files that are written whole or not at all.

It imports nothing of the course, for tools/writing.py.
"""

import contextlib
import errno
import os
import platform
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # of the course


_FILE_FOR_FOLDER = "A file has the name of one of its folders: give another place, or move it away."
WAYS_OUT = {
    errno.ENOSPC: "Make room on its disk, or give a place on another one.",
    errno.EDQUOT: "Make room in your share of its disk, or give a place on another one.",
    errno.EROFS: "Give a place on a disk that can be written to.",
    errno.EACCES: "Give a place in a folder that you may write to.",
    errno.EPERM: "Give a place in a folder that you may write to.",
    errno.EISDIR: "A folder has this name: give another name, or move the folder away.",
    errno.ENOTDIR: _FILE_FOR_FOLDER,
    errno.EEXIST: _FILE_FOR_FOLDER,
    errno.ENAMETOOLONG: "Give a shorter name.",
    errno.ENOENT: "Its folder is gone: make it again, or give another place.",
}


class DataFileError(RuntimeError):
    """A data file is missing, damaged, or not what it should be."""


class CannotWrite(OSError):
    """A file could not be written; what was there before is still there.

    Attributes:
        path: the file.
        errno: the system's number of the reason.
    """

    def __init__(self, path, error):
        way_out = WAYS_OUT.get(error.errno, "Give another place.")
        super().__init__(f"{path} cannot be written: {error.strerror}. {way_out}")
        self.path, self.errno = path, error.errno


@contextlib.contextmanager
def atomic_write(path):
    """Yield a path beside `path` to write to; it takes the place of `path` only on success.

    The folder is made if it is missing.

    Raises:
        CannotWrite: the system refuses. Errors that are of other files stay as they are.
    """
    with _explained(path) as path:
        partial = _partial(path)
        try:
            yield partial
            _flush(partial)  # else a power cut could leave the new name with no content
            os.replace(partial, path)
            with contextlib.suppress(OSError):  # not every file system can do it
                _flush(path.parent)  # else it could leave the old file
        finally:
            with contextlib.suppress(OSError):  # its folder is gone, for example
                partial.unlink()


def _flush(path):
    """Have the system write a file, or the names in a folder, to the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(path):
    """Raise CannotWrite for what the system says of `path`; yield where it is, links followed."""
    target = Path(path).resolve()  # a link stays one, and its file is replaced
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        yield target
    except OSError as error:
        if _is_of(target, error):
            raise CannotWrite(path, error) from error
        raise


def _is_of(target, error):
    """Return whether an OSError says something of a file, its folders, or its unfinished one."""
    if isinstance(error, CannotWrite) or error.errno is None:
        return False
    if error.filename is None:  # a write
        return True
    name = str(error.filename)
    ours = {str(target), *map(str, target.parents)}
    return name in ours or name.startswith(str(target.with_name(f".{target.name}.")))


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
    """Raise CannotWrite if `atomic_write` cannot write to `path`; its folder is made."""
    with _explained(path) as path:
        partial = _partial(path)
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
