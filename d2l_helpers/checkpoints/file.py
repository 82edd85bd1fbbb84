"""The file of a checkpoint: safetensors, with a JSON header and a digest in its metadata.

Such a file holds names, numbers and text, so that none can run code.
"""

import hashlib
import json

from d2l_helpers.models.parameters import shape_fits
from d2l_helpers.utils.arrays import save_arrays
from d2l_helpers.utils.files import atomic_write
from d2l_helpers.utils.untrusted import printable, why_not_read

import numpy
from safetensors import SafetensorError, safe_open

FORMAT = "d2l_helpers checkpoint 3"
HEADER = {"format": str, "net": str, "setup": dict, "history": dict, "optimizer": dict}
WEIGHTS, OPTIMIZER = "weights", "optimizer"  # what the names of the arrays begin with
ADVICE = "Give another file name, or delete this file, if nothing else needs it, to start again."


class CheckpointError(RuntimeError):
    """A checkpoint is damaged, of another net or training run, or cannot hold what there is."""


def refused(path, what):
    """Return the CheckpointError for a file that cannot be used here; `what` it is or holds."""
    return CheckpointError(printable(f"{path} {what}. {ADVICE}"))


def damaged(path, what):
    """Return the CheckpointError for a file in which something is wrong.

    Args:
        path: the file.
        what: is wrong in it, as a clause: "its setup has no seed".
    """
    return refused(path, f"is damaged or not a checkpoint: {what}")


def write(path, header, arrays):
    """Write a checkpoint; an older one is replaced once the new one is complete.

    Args:
        path: the file.
        header: JSON-ready dict, with the kinds in `HEADER`; the format is added.
        arrays: dict of NumPy arrays by name, such as "weights/0.weight".

    Raises:
        CannotWrite: the system refuses; the older file is still there.
    """
    text = json.dumps({"format": FORMAT, **header})
    with atomic_write(path) as partial:
        save_arrays(partial, arrays, {"header": text, "sha256": digest_of(text, arrays)})


def read(path):
    """Return the header and the arrays of a checkpoint, as they were written.

    Raises:
        CheckpointError: the file is damaged, not a checkpoint, or of an older format.
        OSError: the file cannot be read.
    """
    if reason := why_not_read(path):
        raise refused(path, reason)
    with open(path, "rb") as file:
        if file.read(4) == b"PK\3\4":
            what = "is a zip archive, so it was made by an older version of the course, or is not "
            raise refused(path, what + "a checkpoint")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
    # NumPy lacks some of the types that safetensors has, which gives one of the other two.
    except (SafetensorError, TypeError, AttributeError) as error:
        raise damaged(path, error) from error
    text = metadata.get("header", "")
    if metadata.get("sha256") != digest_of(text, arrays):
        raise damaged(path, "its SHA-256 digest does not match its contents")
    return _parsed(path, text), arrays


def digest_of(text, arrays):
    """Return the SHA-256 of a header's text and of the arrays: names, types, shapes and bytes."""
    digest = hashlib.sha256(text.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array)
    return digest.hexdigest()


def _parsed(path, text):
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"its header is not JSON: {error}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise damaged(path, f'its format is not "{FORMAT}"')
    for name, kind in HEADER.items():
        if not isinstance(header.get(name), kind):
            raise damaged(path, f"there is no {name} in its header, or of another kind")
    return header


def check_arrays(path, folder, arrays, expected):
    """Raise CheckpointError unless arrays have the names, shapes and types that are expected.

    Args:
        path: the file they are from.
        folder: `WEIGHTS` or `OPTIMIZER`.
        arrays: dict of NumPy arrays by name.
        expected: dict of parameters or MXNet arrays by name; what is not decided of a shape is any.
    """
    for name in sorted(expected.keys() - arrays.keys()):
        raise refused(path, f"has no {folder}/{name}, which is needed here")
    for name in sorted(arrays.keys() - expected.keys()):
        raise refused(path, f"holds {folder}/{name}, which has no place here")
    for name, array in arrays.items():
        shape, dtype = expected[name].shape, numpy.dtype(expected[name].dtype)
        if not shape_fits(array.shape, shape):
            hint = ", as for images of another size" if folder == WEIGHTS else ""
            difference = f"shape{hint}: {array.shape} there and {shape} here"
        elif array.dtype != dtype:
            difference = f"type: {array.dtype} there and {dtype} here"
        else:
            continue
        raise refused(path, f"holds {folder}/{name} of another {difference}")
