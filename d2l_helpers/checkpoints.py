"""Checkpoints of a training: one file, written whole or not at all, without code in it.

The file is a zip archive of numbers in JSON and of NumPy arrays, so numpy.load opens it as well.
Both are read without pickle, and MXNet's own reader, which a forged file can crash, is not used:
no file can run code.
"""

import contextlib
import copy
import itertools
import json
import re
import zipfile

from d2l_helpers.files import written_whole

import mxnet as mx
import numpy

FORMAT = "d2l_helpers checkpoint 2"
OLD_FORMAT = "d2l_helpers checkpoint 1"  # with the pickle of `Trainer.save_states`
# Names inside the file: one member, and two folders of arrays.
STATE, WEIGHTS, OPTIMIZER = "state.json", "weights", "optimizer states"
ADVICE = "Delete the file to start again, or give another file name."
MOST_UPDATES = 2**53  # what a float can count


class CheckpointError(RuntimeError):
    """A checkpoint is damaged, of another net or training, or cannot hold what there is."""


def net_description(net):
    """Return the layers of a net as text, the same before and after initialization."""
    return re.sub(r"\((?:None|-?\d+) -> ", "(", repr(net))


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
    _own_numbers(trial)


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
        CheckpointError: see `check_optimizer`.
    """
    state = {
        "format": FORMAT,
        "net": net_description(net),
        "setup": setup,
        "history": history,
        "optimizer": _counters(net, trainer),
    }
    weights = ((name, p.list_data()[0]) for name, p in _parameters(net).items())
    states = _named_leaves(_names(net, trainer), _updaters(trainer)[0].states)
    # Stored, not deflated: weights do not shrink.
    with (
        written_whole(path) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(STATE, json.dumps(state))
        for folder, arrays in ((WEIGHTS, weights), (OPTIMIZER, states)):
            for name, array in arrays:
                with archive.open(f"{folder}/{name}.npy", "w", force_zip64=True) as member:
                    numpy.lib.format.write_array(member, array.asnumpy(), allow_pickle=False)


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
    with _opened(path) as (archive, state):
        _check_same_training(path, state, net, setup or {})
        parameters = _parameters(net)
        expected = {name: (p.shape, p.dtype) for name, p in parameters.items()}
        arrays = _read_arrays(path, archive, WEIGHTS, expected)
    for name, parameter in parameters.items():
        array = arrays[name]
        if parameter._data is not None or parameter._deferred_init:
            parameter.reset_ctx(device)
        parameter._load_init(mx.np.array(array, dtype=array.dtype), device)
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
    names, updaters = _names(net, trainer), _updaters(trainer)
    with _opened(path) as (archive, state):
        counters = _checked_counters(path, state, names.values(), trainer.optimizer)
        indices = [i for i, name in names.items() if name in counters["updates"]]
        # An updater for each device, or one for all of them.
        fresh = [_fresh_states(trainer, indices, which) for which in range(len(updaters))]
        expected = dict(_named_leaves(names, fresh[0]))
        expected = {name: (array.shape, array.dtype) for name, array in expected.items()}
        arrays = _read_arrays(path, archive, OPTIMIZER, expected)
    for updater, states in zip(updaters, fresh):
        for name, array in _named_leaves(names, states):
            mx.nd.array(arrays[name], dtype=array.dtype).copyto(array.as_nd_ndarray())
        updater.states, updater.states_synced = states, dict.fromkeys(states, False)
    _set_counters(trainer, counters, {i: counters["updates"][names[i]] for i in indices})


# Parameters and states, by name


def _parameters(net):
    """Return the parameters of a net by their places in it, "0.weight"; a shared one once.

    Their own names, dense3_weight, count the layers that were made before.
    """
    names = {}
    for name, parameter in net._collect_params_with_prefix().items():
        names.setdefault(parameter, name)
    return {name: parameter for parameter, name in names.items()}


def _names(net, trainer):
    """Return the names of a trainer's parameters, by their index there."""
    names = {parameter: name for name, parameter in _parameters(net).items()}
    return {i: names[parameter] for i, parameter in enumerate(trainer._params)}


def _updaters(trainer):
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


def _named_leaves(names, states):
    """Give the arrays of an updater's states with their names."""
    for i, state in states.items():
        yield from _leaves(names[i], state)


def _fresh_states(trainer, indices, which):
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


def _own_numbers(optimizer):
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


def _counters(net, trainer):
    """Return what a trainer's optimizer has counted, JSON-ready."""
    optimizer, states = trainer.optimizer, _updaters(trainer)[0].states
    first = optimizer.begin_num_update
    devices = optimizer._all_index_update_counts.values()
    names = _names(net, trainer)
    return {
        "optimizer": type(optimizer).__name__,
        "begin_num_update": first,
        "num_update": optimizer.num_update,
        "updates": {names[i]: max(counts.get(i, first) for counts in devices) for i in states},
        "numbers": _own_numbers(optimizer),
    }


def _checked_counters(path, state, names, optimizer):
    """Return the counters of a checkpoint, if they can be those of an optimizer."""
    saved, ours = state["optimizer"], _own_numbers(optimizer)
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
    countable = all(type(count) is int and 0 <= count <= MOST_UPDATES for count in counts)
    fitting = numbers.keys() == ours.keys() and all(
        type(value) in (int, float) or value is ours[name] is None
        for name, value in numbers.items()
    )
    if not (countable and fitting):
        raise CheckpointError(f"{path} is damaged in {STATE}. {ADVICE}")
    return saved


def _set_counters(trainer, counters, updates):
    """Let a trainer's optimizer count on from a checkpoint, on each of its devices."""
    optimizer = trainer.optimizer
    vars(optimizer).update(counters["numbers"])
    optimizer.begin_num_update = counters["begin_num_update"]
    optimizer.num_update = counters["num_update"]
    devices = {0, *(device.device_id for device in trainer._contexts)}
    optimizer._all_index_update_counts = {device: dict(updates) for device in devices}
    optimizer._set_current_context(0)


# Reading


@contextlib.contextmanager
def _opened(path):
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


def _check_same_training(path, state, net, setup):
    theirs, ours = state["net"].splitlines(), net_description(net).splitlines()
    if theirs != ours:
        theirs, ours = _first_difference(theirs, ours)
        raise CheckpointError(
            f"{path} is a checkpoint of another net: it has {theirs}, this net {ours}. {ADVICE}"
        )
    for name, value in setup.items():
        saved = state["setup"].get(name)
        if saved != value and not (name == "seed" and value is None):
            raise CheckpointError(
                f"{path} was trained with {name} {saved}, not with {value}. {ADVICE}"
            )


def _first_difference(theirs, ours):
    for a, b in itertools.zip_longest(theirs, ours, fillvalue="nothing there"):
        if a != b:
            return a.strip(), b.strip()
    raise ValueError("the two are equal")


def _read_arrays(path, archive, folder, expected):
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
