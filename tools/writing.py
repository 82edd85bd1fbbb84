"""Files that are written whole or not at all: for tools; d2l_helpers.utils.files loads MXNet."""

import os


def write_whole(path, content):
    """Write bytes to a file, which takes the place of an older one once it is complete.

    The folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
