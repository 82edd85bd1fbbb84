"""Checkpoints of a training: one file, written whole or not at all."""

import contextlib
import itertools
import json
import os
import re
import tempfile
import zipfile
from pathlib import Path

from mxnet.gluon import nn

FORMAT = "d2l_helpers checkpoint 1"
# Names inside the file.
STATE, WEIGHTS, OPTIMIZER = "state.json", "weights.params", "optimizer.states"
ADVICE = "Delete the file to start again, or give another file name."


class CheckpointError(RuntimeError):
    """A checkpoint is damaged, or belongs to another net or another training."""


def net_description(net):
    """Return the layers of a net as text, the same before and after initialization."""
    return re.sub(r"\((?:None|-?\d+) -> ", "(", repr(net))


@contextlib.contextmanager
def written_whole(path):
    """Yield a path beside `path` to write to; it takes the place of `path` only on success."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def save_checkpoint(path, net, trainer, setup, history):
    """Write weights, optimizer state, and the history so far.

    Args:
        path: the file; an older one is replaced once the new one is complete.
        net: the net, initialized.
        trainer: its `gluon.Trainer`.
        setup: JSON-ready dict of what must stay the same when the training goes on, such as
            learning rate and seed.
        history: JSON-ready dict of what the training did so far.
    """
    state = {"format": FORMAT, "net": net_description(net), "setup": setup, "history": history}
    # Stored, not deflated: weights do not shrink.
    with (
        tempfile.TemporaryDirectory() as folder,
        written_whole(path) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(STATE, json.dumps(state))
        save_weights = _block_with_children(net).save_parameters
        for name, save in ((WEIGHTS, save_weights), (OPTIMIZER, trainer.save_states)):
            member = os.path.join(folder, name)
            save(member)
            archive.write(member, name)


def load_weights(path, net, device, setup=None):
    """Load the weights of a checkpoint into `net` on `device`, whether initialized or not.

    Args:
        path: the file.
        net: a net of the same layers.
        device: where its parameters shall be.
        setup: what the training that goes on uses; its entries must be those of the
            checkpoint, except a seed of None, which means any.

    Returns:
        setup, history: as they were saved.

    Raises:
        CheckpointError: the file is damaged or not a checkpoint, its net has other layers or
            was trained on images of another size, or its setup differs.
    """
    state = _read_state(path)
    described = net_description(net)
    if state["net"] != described:
        theirs, ours = _first_difference(state["net"].splitlines(), described.splitlines())
        raise CheckpointError(
            f"{path} is a checkpoint of another net: it has {theirs}, this net {ours}. {ADVICE}"
        )
    for name, value in (setup or {}).items():
        saved = state["setup"].get(name)
        if saved != value and not (name == "seed" and value is None):
            raise CheckpointError(
                f"{path} was trained with {name} {saved}, not with {value}. {ADVICE}"
            )
    with _unpacked(path, WEIGHTS) as member:
        try:
            _block_with_children(net).load_parameters(member, ctx=device)
        except AssertionError as error:
            reason = str(error).splitlines()[0]
            raise CheckpointError(
                f"{path} holds weights of other shapes, as for images of another size: "
                f"{reason}. {ADVICE}"
            ) from error
    return state["setup"], state["history"]


def load_optimizer(path, trainer):
    """Load the optimizer's state of a checkpoint into `trainer`.

    The state is a pickle, so load only checkpoints that you made yourself.
    """
    with _unpacked(path, OPTIMIZER) as member:
        trainer.load_states(member)


def _block_with_children(net):
    """Return the net, a single layer as the only one of a sequence.

    MXNet takes a file in which no name has a dot, as in "0.weight", for one of an older format.
    """
    if net._children:
        return net
    sequence = nn.HybridSequential()
    sequence.add(net)
    return sequence


def _read_state(path):
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for name in (WEIGHTS, OPTIMIZER):
                    archive.getinfo(name)
                damaged = archive.testzip()
                state = json.loads(archive.read(STATE))
        except Exception as error:  # zipfile fails in many ways on a damaged file
            raise CheckpointError(
                f"{path} is not a complete checkpoint: {error}. {ADVICE}"
            ) from error
    if damaged or state.get("format") != FORMAT:
        raise CheckpointError(f"{path} is damaged in {damaged or STATE}. {ADVICE}")
    return state


def _first_difference(theirs, ours):
    for a, b in itertools.zip_longest(theirs, ours, fillvalue="nothing there"):
        if a != b:
            return a.strip(), b.strip()
    raise ValueError("the two are equal")


@contextlib.contextmanager
def _unpacked(path, name):
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        yield archive.extract(name, folder)
