"""Files from strangers: what is refused before it is read, and how their names are shown.

It imports nothing of the course, for tools/submissions.py.
"""

import os
import stat
import unicodedata

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
UNITS = ("bytes", "kB", "MB", "GB", "TB")


def why_not_read(path, at_most=None):
    """Return why a file should not be read, as in "is a named pipe, not a file", or None.

    To read a pipe can take for ever, and a sparse file can claim more bytes than a disk has.

    Args:
        path: the file; a link is followed.
        at_most: bytes; by default half of this machine's memory, since what is read is copied.

    Raises:
        OSError: it is not there, or cannot be looked at.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        return f"is {KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, not a file"
    if at_most and found.st_size > at_most:
        return f"has {size(found.st_size)}, more than the {size(at_most)} that are read"
    if found.st_size > memory() / 2:
        return f"has {size(found.st_size)}, more than half of this machine's memory"
    return None


def memory():
    """Return how many bytes of memory this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def size(num_bytes):
    """Return a number of bytes as text, such as "50 MB"."""
    power = min(max(0, len(str(num_bytes)) - 1) // 3, len(UNITS) - 1)
    return f"{num_bytes / 1000**power:,.3g} {UNITS[power]}"


def has_control_characters(text):
    """Return whether a text holds characters that are commands for a terminal, or no characters."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def printable(text):
    r"""Return a text in which control characters are shown as their codes, such as \x1b."""
    codes = {ord(c): repr(c)[1:-1] for c in set(str(text)) if has_control_characters(c)}
    return str(text).translate(codes)
