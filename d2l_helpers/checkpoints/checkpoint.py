"""Checkpoints of a training run, each one file without code in it (lesson 06)."""

import functools
import inspect
import itertools
import json
import re
import reprlib

from d2l_helpers.checkpoints import file, optimizer_state
from d2l_helpers.checkpoints.file import OPTIMIZER, WEIGHTS, CheckpointError, damaged
from d2l_helpers.models.parameters import fill_parameters, named_parameters
from d2l_helpers.utils.files import check_writable

import numpy


class Checkpoint:
    """What a file held, read and verified; `read_checkpoint` makes it.

    It holds all weights and optimizer states in memory.

    Attributes:
        path: the file.
        setup: dict of what must stay the same when the run is resumed.
        history: dict of what the run did so far.
    """

    def __init__(self, path, header, arrays):
        self.path, self.setup, self.history = path, header["setup"], header["history"]
        self._net, self._optimizer, self._arrays = header["net"], header["optimizer"], arrays

    def _arrays_in(self, folder):
        """Return the arrays called FOLDER/NAME, by name."""
        start = f"{folder}/"
        return {n[len(start) :]: a for n, a in self._arrays.items() if n.startswith(start)}

    def check_net(self, net):
        """Raise CheckpointError unless a net has the same layers and parameters.

        What is not decided of their shapes, before the first image, is not compared.
        """
        theirs, ours = self._net.splitlines(), net_description(net).splitlines()
        if theirs != ours:
            theirs, ours = _first_difference(theirs, ours)
            what = f"is a checkpoint of another net: it has {theirs}, this net {ours}"
            raise file.refused(self.path, what)
        file.check_arrays(self.path, WEIGHTS, self._arrays_in(WEIGHTS), named_parameters(net))

    def check_setup(self, setup):
        """Raise CheckpointError unless a setup's entries are those of the checkpoint.

        A seed of None means any.
        """
        for name, value in setup.items():
            saved = self.setup.get(name, "(not recorded)")
            if saved != _as_json(name, value) and not (name == "seed" and value is None):
                what = f"was trained with {name} {saved}, not with {value}"
                raise file.refused(self.path, what)

    def load_weights(self, net, device):
        """Load the weights into a net, initialized or not.

        Args:
            net: a net of the same layers.
            device: where its parameters shall be.

        Raises:
            CheckpointError: see `check_net`. The net stays as it was.
            TypeError, ValueError: no device, or a GPU that MXNet does not see. The same holds.
        """
        self.check_net(net)
        fill_parameters(named_parameters(net), self._arrays_in(WEIGHTS), device)

    def check_optimizer(self, net, optimizer):
        """Raise CheckpointError unless the saved state is one of this optimizer, for this net.

        Args:
            net: a net of the same layers.
            optimizer: an `mx.optimizer.Optimizer`; it stays as it is.
        """
        trained = {n for n, p in named_parameters(net).items() if p.grad_req != "null"}
        weights = {n: a for n, a in self._arrays_in(WEIGHTS).items() if n in trained}
        states = self._arrays_in(OPTIMIZER)
        optimizer_state.check_fits(self.path, self._optimizer, states, weights, optimizer)

    def load_optimizer(self, net, trainer):
        """Load the optimizer's state into a trainer.

        Args:
            net: the net, with the weights of the same file.
            trainer: its `gluon.Trainer`, new, with the same optimizer.

        Raises:
            CheckpointError: the state is of another optimizer or of parameters of other names,
                shapes or types. The trainer stays as it was.
        """
        states = self._arrays_in(OPTIMIZER)
        optimizer_state.restore(self.path, self._optimizer, states, net, trainer)


def read_checkpoint(path):
    """Return the `Checkpoint` in a file, after all of the file has been verified.

    Raises:
        CheckpointError: the file is damaged, not a checkpoint, or of an older format.
        OSError: the file cannot be read.
    """
    header, arrays = file.read(path)
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not numpy.isfinite(array).all():
            raise damaged(path, f"{name} has values that are NaN or infinite")
    optimizer_state.check_counted(path, header["optimizer"])
    return Checkpoint(path, header, arrays)


def load_weights(path, net, device, setup=None):
    """Load the weights of a checkpoint into `net` on `device`, whether initialized or not.

    Args:
        path: the file.
        net: a net of the same layers.
        device: where its parameters shall be.
        setup: what the checkpoint must have been trained with, see `Checkpoint.check_setup`;
            default: anything.

    Returns:
        setup, history: as they were saved.

    Raises:
        CheckpointError: the file is damaged, not a checkpoint or of an older format, its net has
            other layers or was trained on images of another size, or its setup differs. The net
            stays as it was.
        TypeError, ValueError: no device, or a GPU that MXNet does not see. The same holds.
        TypeError: the net comes first.
        OSError: the file cannot be read.
    """
    if hasattr(path, "collect_params"):
        raise TypeError("the net comes second here: load_weights(path, net, device)")
    checkpoint = read_checkpoint(path)
    checkpoint.check_setup(setup or {})
    checkpoint.load_weights(net, device)
    return checkpoint.setup, checkpoint.history


def save_checkpoint(path, net, trainer, setup, history):
    """Write weights, optimizer state, and the history so far.

    Args:
        path: the file; an older one is replaced once the new one is complete.
        net: the net, initialized.
        trainer: its `gluon.Trainer`.
        setup: JSON-ready dict of what must stay the same when the run is resumed, such as
            learning rate and seed.
        history: JSON-ready dict of what the run did so far.

    Raises:
        CheckpointError: see `optimizer_state.check_optimizer`.
        CannotWrite: the file cannot be written; the older one is still there.
    """
    optimizer, states = optimizer_state.optimizer_state(net, trainer)
    arrays = {
        f"{WEIGHTS}/{name}": parameter.list_data()[0].asnumpy()
        for name, parameter in named_parameters(net).items()
    }
    arrays.update({f"{OPTIMIZER}/{name}": array for name, array in states.items()})
    header = {
        "net": net_description(net),
        "setup": setup,
        "history": history,
        "optimizer": optimizer,
    }
    file.write(path, header, arrays)


def check_before_training(path, optimizer, setup):
    """Refuse what `save_checkpoint` could not write, before anything is trained.

    Args:
        path: the file, which stays as it is; its folder is made.
        optimizer: an `mx.optimizer.Optimizer`.
        setup: as in `save_checkpoint`.

    Raises:
        CheckpointError: the setup is not JSON-ready, or see `optimizer_state.check_optimizer`.
        CannotWrite: the file cannot be written.
    """
    for name, value in setup.items():
        _as_json(name, value)
    optimizer_state.check_optimizer(optimizer)
    check_writable(path)


def _as_json(name, value):
    """Return an entry of a setup as a checkpoint gives it back, with lists for tuples."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"a checkpoint cannot hold {name} {value}: {error}. Give texts and Python's own "
            "numbers, or train without a checkpoint."
        ) from error


def _first_difference(theirs, ours):
    """Return the first entries, of two lists of texts that are not the same, that differ."""
    pairs = itertools.zip_longest(theirs, ours, fillvalue="nothing there")
    return next((a.strip(), b.strip()) for a, b in pairs if a != b)


def net_description(net):
    """Return the layers of a net as text, the same before and after initialization.

    What they are given, an input's length or channels, is left out: the first image decides it.
    """
    return re.sub(r"(?<=\()(?:None|-?\d+) -> |, in_channels=-?\d+", "", repr(net))


@reprlib.recursive_repr("...")
def stable_repr(thing):
    """Return a function or an object as text that is the same in each process.

    Functions are told apart by their names, partial ones also by their arguments, and objects by
    their class and attributes, or by their own `repr`. Addresses in memory are left out.
    """
    if isinstance(thing, functools.partial):
        arguments = [stable_repr(value) for value in thing.args]
        arguments += _named(thing.keywords)
        return f"{stable_repr(thing.func)}({', '.join(arguments)})"
    if inspect.ismethod(thing):
        return f"{stable_repr(thing.__self__)}.{thing.__name__}"
    if hasattr(thing, "__qualname__"):
        return thing.__qualname__
    if isinstance(thing, (list, tuple)):
        return f"[{', '.join(map(stable_repr, thing))}]"
    if type(thing).__repr__ is object.__repr__:
        return f"{type(thing).__qualname__}({', '.join(_named(getattr(thing, '__dict__', {})))})"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing))


def _named(values):
    return [f"{name}={stable_repr(value)}" for name, value in values.items()]
