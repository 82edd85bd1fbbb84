"""One process at a time where two would spoil each other's files.

It imports nothing of the course, for tools/writing.py.
"""

import contextlib
import errno
import fcntl
import os
import platform
from pathlib import Path


class InUse(RuntimeError):
    """Another process writes to the same place."""


@contextlib.contextmanager
def locked(path):
    """Keep other processes that ask here as well from a file or a folder.

    The lock is one of the system's, on a file .NAME.lock beside it, which is removed at the end. It
    ends with the process, however that ends, and is not inherited by the processes that this one
    starts. Where there are no locks, as on some network disks and in folders that cannot be
    written to, this goes on without.

    Args:
        path: the file or folder; the one above it is made.

    Raises:
        InUse: another process has the lock.
    """
    path = Path(path)
    file = path.resolve().with_name(f".{path.resolve().name}.lock")
    try:
        descriptor = _acquired(file)
    except BlockingIOError:
        raise InUse(
            f"{path} is in use by {_holder(file)}. Wait until that has ended, or end it."
        ) from None
    except OSError:
        descriptor = None
    try:
        yield
    finally:
        if descriptor is not None:
            with contextlib.suppress(OSError):  # its folder may be gone, or not be one any more
                file.unlink()
            os.close(descriptor)


def _acquired(file):
    """Return a descriptor of a lock file that this process has locked.

    Raises:
        BlockingIOError: another one has.
        OSError: it cannot be made or locked.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            # Not flock, which child processes inherit: those of a killed process would keep it.
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_there(file, descriptor):
                _sign(descriptor)
                return descriptor
        except OSError as error:
            os.close(descriptor)
            if error.errno == errno.EACCES:  # what some systems say for EAGAIN
                raise BlockingIOError from error
            raise
        os.close(descriptor)  # of a file that its owner has removed meanwhile


def _is_there(file, descriptor):
    """Return whether a lock file is still the one that a descriptor was opened for."""
    try:
        return os.path.samestat(os.stat(file), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sign(descriptor):
    """Write into a lock file who has it, for the message of others."""
    with contextlib.suppress(OSError):  # the disk may be full
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {platform.node()}".encode())


def _holder(file):
    try:
        return file.read_text() or "another process"
    except OSError:
        return "another process"
