"""The file of a checkpoint: a zip archive of numbers in JSON and of NumPy arrays.

Both are read without pickle, and MXNet's own reader, which a forged file can crash, is not used:
no file can run code.
"""

import contextlib
import json
import zipfile

from d2l_helpers.utils.files import atomic_write

import numpy

FORMAT = "d2l_helpers checkpoint 2"
OLD_FORMAT = "d2l_helpers checkpoint 1"  # with the pickle of `Trainer.save_states`
# Names inside the file: one member, and two folders of arrays.
STATE, WEIGHTS, OPTIMIZER = "state.json", "weights", "optimizer states"
ADVICE = "Delete the file to start again, or give another file name."


class CheckpointError(RuntimeError):
    """A checkpoint is damaged, of another net or training, or cannot hold what there is."""


def write(path, state, folders):
    """Write a checkpoint; an older one is replaced once the new one is complete.

    Args:
        path: the file.
        state: JSON-ready dict.
        folders: dict of each folder's name to its (name, MXNet array) pairs.
    """
    # Stored, not deflated: weights do not shrink.
    with (
        atomic_write(path) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(STATE, json.dumps({"format": FORMAT, **state}))
        for folder, arrays in folders.items():
            for name, array in arrays:
                with archive.open(f"{folder}/{name}.npy", "w", force_zip64=True) as member:
                    numpy.lib.format.write_array(member, array.asnumpy(), allow_pickle=False)


@contextlib.contextmanager
def opened(path):
    """Yield the archive and the state of a checkpoint, both checked."""
    with open(path, "rb") as file:
        try:
            archive = zipfile.ZipFile(file)
            # What is stored takes no more memory than the file does.
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise zipfile.BadZipFile("it is compressed")
            damaged = archive.testzip()
            state = json.loads(archive.read(STATE))
        except Exception as error:  # zipfile fails in many ways on a damaged file
            raise CheckpointError(
                f"{path} is not a complete checkpoint: {error}. {ADVICE}"
            ) from error
        if damaged:
            raise CheckpointError(f"{path} is damaged in {damaged}. {ADVICE}")
        _check_state(path, state)
        _check_names(path, archive.namelist())
        yield archive, state


def _check_state(path, state):
    kinds = {"format": str, "net": str, "setup": dict, "history": dict, "optimizer": dict}
    format_ = state.get("format") if isinstance(state, dict) else None
    if format_ == OLD_FORMAT:
        raise CheckpointError(
            f"{path} was made by an older version of the course, whose optimizer state could run "
            f"code, so it is not loaded. {ADVICE}"
        )
    if format_ != FORMAT or not all(isinstance(state.get(k), kind) for k, kind in kinds.items()):
        raise CheckpointError(f"{path} is damaged in {STATE}. {ADVICE}")


def _check_names(path, members):
    for member in members:
        if member != STATE and not member.startswith((f"{WEIGHTS}/", f"{OPTIMIZER}/")):
            raise CheckpointError(
                f"{path} is damaged: it holds {member!r}, which no checkpoint does. {ADVICE}"
            )


def read_arrays(path, archive, folder, expected):
    """Return the NumPy arrays in a folder of a checkpoint, by name.

    Args:
        expected: dict of the name to the shape and dtype of each; lengths of -1 or 0 are any.
    """
    members = {f"{folder}/{name}.npy": name for name in expected}
    held = {member for member in archive.namelist() if member.startswith(f"{folder}/")}
    for member in sorted(members.keys() - held):
        raise CheckpointError(f"{path} is not a complete checkpoint: it has no {member}. {ADVICE}")
    for member in sorted(held - members.keys()):
        raise CheckpointError(f"{path} holds {member}, which has no place here. {ADVICE}")
    arrays = {}
    for member, name in members.items():
        arrays[name] = _read_array(path, archive, member)
        _check_array(path, folder, name, arrays[name], *expected[name])
    return arrays


def _read_array(path, archive, member):
    try:
        with archive.open(member) as file:
            return numpy.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # as many ways as there are headers
        raise CheckpointError(f"{path} is damaged in {member}: {error}. {ADVICE}") from error


def _check_array(path, folder, name, array, shape, dtype):
    fits = shape is None or (
        len(array.shape) == len(shape)
        and all(ours in (theirs, -1, 0) for theirs, ours in zip(array.shape, shape))
    )
    if not fits:
        hint = ", as for images of another size" if folder == WEIGHTS else ""
        raise CheckpointError(
            f"{path} holds {folder} of other shapes{hint}: {name} is {array.shape} there and "
            f"{shape} here. {ADVICE}"
        )
    if array.dtype != numpy.dtype(dtype):
        raise CheckpointError(
            f"{path} holds {folder} of other types: {name} is {array.dtype} there and "
            f"{numpy.dtype(dtype)} here. {ADVICE}"
        )
