"""What an optimizer keeps between steps: states, numbers, the count of steps (lesson 06).

MXNet's own file of it is a pickle, which can run code when it is read.
"""

import sys

from d2l_helpers.checkpoints.file import OPTIMIZER, CheckpointError, check_arrays, damaged, refused
from d2l_helpers.models.parameters import named_parameters

import mxnet as mx


def check_optimizer(optimizer):
    """Refuse an optimizer whose state a checkpoint cannot hold, before anything is trained.

    Raises:
        CheckpointError: it keeps something else than dense arrays, or nested tuples of them, for
            each weight, and plain numbers for all; or it has a scheduler of its own.
    """
    _numbers(optimizer)
    _arrays_of({"each weight": optimizer.create_state_multi_precision(0, mx.nd.ones((2, 2)))})


def optimizer_state(net, trainer):
    """Return the state of a trainer's optimizer: a JSON-ready dict, and NumPy arrays by name."""
    optimizer, names = trainer.optimizer, _names(net, trainer)
    states = _updaters(trainer)[0].states  # the same on each device
    arrays = _arrays_of({names[i]: state for i, state in states.items()})
    counted = {
        "name": type(optimizer).__name__,
        "updates": optimizer.num_update,
        "numbers": _numbers(optimizer),
    }
    return counted, {name: array.asnumpy() for name, array in arrays.items()}


def check_counted(path, counted):
    """Raise CheckpointError unless a dict is of the kind that `optimizer_state` returns."""
    updates, numbers = counted.get("updates"), counted.get("numbers")
    if type(updates) is not int or not 0 <= updates <= sys.maxsize:
        raise damaged(path, f"its optimizer has done {updates!r} updates")
    if not isinstance(numbers, dict):
        raise damaged(path, f"the numbers of its optimizer are {numbers!r}")
    for name, number in numbers.items():
        if type(number) not in (int, float) or not abs(number) <= sys.float_info.max:
            raise damaged(path, f"{name} of its optimizer is {number!r}")


def check_fits(path, counted, arrays, weights, optimizer):
    """Raise CheckpointError unless a state is one of this optimizer, for these weights.

    Args:
        path: the file it is from.
        counted, arrays: as `optimizer_state` returns them.
        weights: dict of the trained weights by name, arrays of NumPy.
        optimizer: an `mx.optimizer.Optimizer`.
    """
    _check_same_kind(path, counted, optimizer)
    create = optimizer.create_state_multi_precision
    states = {
        name: create(i, mx.nd.zeros(weight.shape, dtype=weight.dtype))
        for i, (name, weight) in enumerate(weights.items())
    }
    check_arrays(path, OPTIMIZER, arrays, _arrays_of(states))


def _check_same_kind(path, counted, optimizer):
    """Raise CheckpointError unless a state is one of this kind of optimizer."""
    if counted.get("name") != type(optimizer).__name__:
        ours = type(optimizer).__name__
        raise refused(path, f"was trained with {counted.get('name')}, not with {ours}")
    if counted["numbers"].keys() != _numbers(optimizer).keys():
        raise damaged(path, f"the numbers of its optimizer are {counted['numbers']}")


def restore(path, counted, arrays, net, trainer):
    """Give a trainer's new optimizer the state that `optimizer_state` returned.

    Raises:
        CheckpointError: it is of another optimizer or of other parameters. The trainer stays as
            it was.
    """
    optimizer, names = trainer.optimizer, _names(net, trainer)
    _check_same_kind(path, counted, optimizer)
    for device, updater in enumerate(_updaters(trainer)):
        states = _fresh_states(trainer, device)
        ours = _arrays_of({names[i]: state for i, state in states.items()})
        check_arrays(path, OPTIMIZER, arrays, ours)
        for name, array in ours.items():
            array[:] = arrays[name]
        updater.states, updater.states_synced = states, dict.fromkeys(states, True)
    optimizer.begin_num_update = optimizer.num_update = counted["updates"]
    vars(optimizer).update(counted["numbers"])


def _names(net, trainer):
    """Return the names of a trainer's parameters, by their index there."""
    names = {parameter: name for name, parameter in named_parameters(net).items()}
    return {i: names[parameter] for i, parameter in enumerate(trainer._params)}


def _updaters(trainer):
    """Return what holds the states of a trainer's optimizer, one for each device."""
    if not trainer._kv_initialized:
        trainer._init_kvstore()
    if trainer._update_on_kvstore:
        raise CheckpointError(
            "the key-value store keeps the optimizer's state, where a checkpoint cannot get at "
            "it. Give the trainer update_on_kvstore=False, or train without a checkpoint."
        )
    return trainer._updaters


def _arrays_of(states):
    """Return the arrays of states by name: NAME, and for a tuple NAME/0, NAME/1, ..."""
    arrays = {}
    for name, state in states.items():
        if isinstance(state, (tuple, list)):
            arrays.update(_arrays_of({f"{name}/{i}": part for i, part in enumerate(state)}))
        elif isinstance(state, mx.nd.NDArray) and state.stype == "default":
            arrays[name] = state
        elif state is not None:
            raise _cannot_be_kept(f"{type(state).__name__} for {name}")
    return arrays


def _fresh_states(trainer, device):
    """Return the states that an optimizer begins with, on one of the trainer's devices."""
    create = trainer.optimizer.create_state_multi_precision
    return {
        i: create(i, parameter.list_data()[device].as_nd_ndarray())
        for i, parameter in enumerate(trainer._params)
        if parameter.grad_req != "null"
    }


def _numbers(optimizer):
    """Return the numbers that an optimizer has beside those of every optimizer, by name.

    Some change while it trains, such as Nadam's schedule. Texts, truth values and None are
    settings, and stay.
    """
    of_all = vars(mx.optimizer.Optimizer())
    own = {name: value for name, value in vars(optimizer).items() if name not in of_all}
    for name, value in {**own, "lr_scheduler": optimizer.lr_scheduler}.items():
        if value is not None and not isinstance(value, (bool, int, float, str)):
            raise _cannot_be_kept(f"{type(value).__name__} in {name}")
    return {name: value for name, value in own.items() if type(value) in (int, float)}


def _cannot_be_kept(what):
    return CheckpointError(
        f"a checkpoint cannot hold what this optimizer keeps, a {what}: only arrays and numbers. "
        "Train without a checkpoint, or with another optimizer."
    )
