"""What an optimizer keeps: the states of its parameters, by name, and what it has counted."""

import copy

from d2l_helpers.checkpoints.file import ADVICE, STATE, CheckpointError
from d2l_helpers.models.parameters import named_parameters

import mxnet as mx

MAX_UPDATES = 2**53  # what a float can count


def check_optimizer(trainer):
    """Refuse an optimizer whose state a checkpoint cannot hold, before anything is trained.

    One step of a copy of it, with a small weight, shows what it keeps.

    Args:
        trainer: a `gluon.Trainer`; it stays as it is.

    Raises:
        CheckpointError: the optimizer keeps something else than numbers for all weights, and
            dense arrays, or nested tuples of them, for each.
    """
    trial = copy.deepcopy(trainer.optimizer)  # leaves out the parameters
    trial.param_dict = trainer.optimizer.param_dict
    updater = mx.optimizer.get_updater(trial)
    updater(0, mx.nd.ones((2, 2)), mx.nd.ones((2, 2)))
    list(_leaves("each weight", updater.states[0]))
    optimizer_scalars(trial)


def parameter_names(net, trainer):
    """Return the names of a trainer's parameters, by their index there."""
    names = {parameter: name for name, parameter in named_parameters(net).items()}
    return {i: names[parameter] for i, parameter in enumerate(trainer._params)}


def updaters(trainer):
    """Return what holds the states of a trainer's optimizer: one for each device, or for all."""
    if not trainer._kv_initialized:
        trainer._init_kvstore()
    if trainer._params_to_init:
        trainer._init_params()
    if not trainer._update_on_kvstore:
        return trainer._updaters
    if trainer._kvstore._updater is None:
        raise CheckpointError(
            "the parameter servers keep the optimizer's state, where a checkpoint cannot get at "
            "it. Train without a checkpoint, or with update_on_kvstore=False."
        )
    return [trainer._kvstore._updater]


def _leaves(name, state):
    """Give the arrays of a state with their names: NAME, and for a tuple NAME/0, NAME/1, ..."""
    if isinstance(state, (tuple, list)):
        for i, part in enumerate(state):
            yield from _leaves(f"{name}/{i}", part)
    elif isinstance(state, mx.nd.NDArray) and state.stype == "default":
        yield name, state
    elif state is not None:
        raise _cannot_be_kept(f"{type(state).__name__} for {name}")


def named_leaves(names, states):
    """Give the arrays of an updater's states with their names."""
    for i, state in states.items():
        yield from _leaves(names[i], state)


def fresh_states(trainer, indices, which):
    """Return the states that an optimizer begins with, on one of the trainer's devices."""
    create = trainer.optimizer.create_state_multi_precision
    weights = {i: trainer._params[i].list_data()[which] for i in indices}
    return {i: create(i, weight.as_nd_ndarray()) for i, weight in weights.items()}


def _cannot_be_kept(what):
    return CheckpointError(
        f"a checkpoint cannot hold what this optimizer keeps, a {what}: only arrays and numbers. "
        "Train without a checkpoint, or with another optimizer."
    )


# Counters


def optimizer_scalars(optimizer):
    """Return the numbers that an optimizer has beside those of every optimizer, by name.

    Some change while it trains, such as Nadam's schedule; None stands for one that is not there
    yet. Texts and truth values are settings, and stay.
    """
    common = vars(mx.optimizer.Optimizer())
    numbers = {}
    for name, value in vars(optimizer).items():
        if name in common and (name != "lr_scheduler" or value is None):
            continue
        empty = isinstance(value, (list, tuple, dict)) and not value
        if value is None or type(value) in (int, float):
            numbers[name] = value
        elif not empty and not isinstance(value, (bool, str)):
            raise _cannot_be_kept(f"{type(value).__name__} in {name}")
    return numbers


def counters(net, trainer):
    """Return what a trainer's optimizer has counted, JSON-ready."""
    optimizer, states = trainer.optimizer, updaters(trainer)[0].states
    first = optimizer.begin_num_update
    devices = optimizer._all_index_update_counts.values()
    names = parameter_names(net, trainer)
    return {
        "optimizer": type(optimizer).__name__,
        "begin_num_update": first,
        "num_update": optimizer.num_update,
        "updates": {names[i]: max(counts.get(i, first) for counts in devices) for i in states},
        "numbers": optimizer_scalars(optimizer),
    }


def checked_counters(path, state, names, optimizer):
    """Return the counters of a checkpoint, if they can be those of an optimizer."""
    saved, ours = state["optimizer"], optimizer_scalars(optimizer)
    if saved.get("optimizer") != type(optimizer).__name__:
        raise CheckpointError(
            f"{path} was trained with {saved.get('optimizer')}, not with "
            f"{type(optimizer).__name__}. {ADVICE}"
        )
    updates, numbers = saved.get("updates"), saved.get("numbers")
    if not isinstance(updates, dict) or not isinstance(numbers, dict):
        raise CheckpointError(f"{path} is damaged in {STATE}. {ADVICE}")
    for name in updates.keys() - set(names):
        raise CheckpointError(
            f"{path} holds an optimizer state of {name}, a parameter that is not trained here. "
            f"{ADVICE}"
        )
    counts = [saved.get("begin_num_update"), saved.get("num_update"), *updates.values()]
    countable = all(type(count) is int and 0 <= count <= MAX_UPDATES for count in counts)
    fitting = numbers.keys() == ours.keys() and all(
        type(value) in (int, float) or value is ours[name] is None
        for name, value in numbers.items()
    )
    if not (countable and fitting):
        raise CheckpointError(f"{path} is damaged in {STATE}. {ADVICE}")
    return saved


def set_counters(trainer, counters, updates):
    """Let a trainer's optimizer count on from a checkpoint, on each of its devices."""
    optimizer = trainer.optimizer
    vars(optimizer).update(counters["numbers"])
    optimizer.begin_num_update = counters["begin_num_update"]
    optimizer.num_update = counters["num_update"]
    devices = {0, *(device.device_id for device in trainer._contexts)}
    optimizer._all_index_update_counts = {device: dict(updates) for device in devices}
    optimizer._set_current_context(0)
