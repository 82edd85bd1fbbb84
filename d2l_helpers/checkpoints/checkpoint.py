"""Checkpoints of a training: one file, written whole or not at all, without code in it.

The file is a zip archive of numbers in JSON and of NumPy arrays, so numpy.load opens it as well.
"""

import functools
import inspect
import itertools
import json
import re
import reprlib

from d2l_helpers.checkpoints import file, optimizer_state
from d2l_helpers.checkpoints.file import ADVICE, OPTIMIZER, WEIGHTS, CheckpointError
from d2l_helpers.models.parameters import fill_parameters
from d2l_helpers.utils.files import check_writable

import mxnet as mx


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


def check_before_training(path, trainer, setup):
    """Refuse what `save_checkpoint` could not write, before anything is trained.

    Args:
        path: the file, which stays as it is; its folder is made.
        trainer, setup: as in `save_checkpoint`.

    Raises:
        CheckpointError: the setup is not JSON-ready, or see `optimizer_state.check_optimizer`.
        OSError: the file cannot be written.
    """
    for name, value in setup.items():
        _as_json(name, value)
    optimizer_state.check_optimizer(trainer)
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


def save_checkpoint(path, net, trainer, setup, history):
    """Write weights, optimizer state, and the history so far.

    Args:
        path: the file; an older one is replaced once the new one is complete.
        net: the net, initialized.
        trainer: its `gluon.Trainer`.
        setup: JSON-ready dict of what must stay the same when the training goes on, such as
            learning rate and seed.
        history: JSON-ready dict of what the training did so far.

    Raises:
        CheckpointError: see `optimizer_state.check_optimizer`.
    """
    weights = [
        (name, parameter.list_data()[0])
        for name, parameter in optimizer_state.named_parameters(net).items()
    ]
    states = optimizer_state.named_leaves(
        optimizer_state.parameter_names(net, trainer), optimizer_state.updaters(trainer)[0].states
    )
    state = {
        "net": net_description(net),
        "setup": setup,
        "history": history,
        "optimizer": optimizer_state.counters(net, trainer),
    }
    file.write(path, state, {WEIGHTS: weights, OPTIMIZER: states})


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
        CheckpointError: the file is damaged, not a checkpoint or of an older format, its net has
            other layers or was trained on images of another size, or its setup differs. The net
            stays as it was.
    """
    with file.opened(path) as (archive, state):
        _check_same_training(path, state, net, setup or {})
        parameters = optimizer_state.named_parameters(net)
        expected = {name: (p.shape, p.dtype) for name, p in parameters.items()}
        arrays = file.read_arrays(path, archive, WEIGHTS, expected)
    fill_parameters(parameters, arrays, device)
    return state["setup"], state["history"]


def load_optimizer(path, net, trainer):
    """Load the optimizer's state of a checkpoint into `trainer`.

    Args:
        path: the file.
        net: the net, with the weights of the same file.
        trainer: its `gluon.Trainer`, new, with the same optimizer.

    Raises:
        CheckpointError: the file is damaged, not a checkpoint or of an older format, or its
            state is that of another optimizer or of parameters of other names, shapes or types.
            The trainer stays as it was.
    """
    names = optimizer_state.parameter_names(net, trainer)
    updaters = optimizer_state.updaters(trainer)
    with file.opened(path) as (archive, state):
        counters = optimizer_state.checked_counters(path, state, names.values(), trainer.optimizer)
        indices = [i for i, name in names.items() if name in counters["updates"]]
        # An updater for each device, or one for all of them.
        fresh = [
            optimizer_state.fresh_states(trainer, indices, which) for which in range(len(updaters))
        ]
        expected = {
            name: (array.shape, array.dtype)
            for name, array in optimizer_state.named_leaves(names, fresh[0])
        }
        arrays = file.read_arrays(path, archive, OPTIMIZER, expected)
    for updater, states in zip(updaters, fresh):
        for name, array in optimizer_state.named_leaves(names, states):
            mx.nd.array(arrays[name], dtype=array.dtype).copyto(array.as_nd_ndarray())
        updater.states, updater.states_synced = states, dict.fromkeys(states, False)
    updates = {i: counters["updates"][names[i]] for i in indices}
    optimizer_state.set_counters(trainer, counters, updates)


def _check_same_training(path, state, net, setup):
    theirs, ours = state["net"].splitlines(), net_description(net).splitlines()
    if theirs != ours:
        theirs, ours = _first_difference(theirs, ours)
        raise CheckpointError(
            f"{path} is a checkpoint of another net: it has {theirs}, this net {ours}. {ADVICE}"
        )
    for name, value in setup.items():
        saved = state["setup"].get(name, "(not recorded)")
        if saved != _as_json(name, value) and not (name == "seed" and value is None):
            raise CheckpointError(
                f"{path} was trained with {name} {saved}, not with {value}. {ADVICE}"
            )


def _first_difference(theirs, ours):
    for a, b in itertools.zip_longest(theirs, ours, fillvalue="nothing there"):
        if a != b:
            return a.strip(), b.strip()
    raise ValueError("the two are equal")
