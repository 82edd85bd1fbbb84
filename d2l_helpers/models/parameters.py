"""The parameters of a net: names, values, and the device they are on (lesson 06)."""

from d2l_helpers.utils.validation import check_device, check_has_parameters

import mxnet as mx


def fill_parameters(parameters, arrays, device):
    """Give parameters their values on a device, whether they are initialized or not.

    Args:
        parameters: dict of Gluon parameters by name.
        arrays: dict of NumPy arrays by the same names, of fitting shapes and types.
        device: where the parameters shall be, or a list of several.

    Raises:
        TypeError, ValueError: see `check_device`. The parameters stay as they were.
    """
    for one in device if isinstance(device, list) else [device]:
        check_device(one)
    for name, parameter in parameters.items():
        array = arrays[name]
        if parameter._data is not None or parameter._deferred_init:
            parameter.reset_ctx(device)
        parameter._load_init(mx.np.array(array, dtype=array.dtype), device)
    mark_trained(parameters.values())


def mark_trained(parameters):
    """Note that parameters have values of some training, for `has_learned`.

    The note is on their arrays, which a new initialization replaces, as do cast, reset_ctx and
    copies of the net.
    """
    for parameter in parameters:
        for array in parameter._data or ():
            array.holds_trained = True


def shape_fits(shape, expected):
    """Return whether a shape is the expected one, as far as that one is decided.

    Args:
        shape: a tuple.
        expected: a parameter's shape: lengths of -1 or 0 are any, and None is any shape.
    """
    return expected is None or (
        len(shape) == len(expected)
        and all(wanted in (-1, 0, length) for length, wanted in zip(shape, expected))
    )


def named_parameters(net):
    """Return the parameters of a net by their places in it, "0.weight"; a shared one once.

    Their own names, dense3_weight, count the layers that were made before.
    """
    names = {}
    for name, parameter in net._collect_params_with_prefix().items():
        names.setdefault(parameter, name)
    return {name: parameter for parameter, name in names.items()}


def net_device(net):
    """Return the device where the first of an initialized net's parameters is.

    Raises:
        RuntimeError: the net is not initialized.
        ValueError: the net has no parameters.
        TypeError: no net.
    """
    check_has_parameters(net)
    try:
        return next(iter(net.collect_params().values())).list_ctx()[0]
    except RuntimeError:
        raise RuntimeError(
            "the net is not initialized, it has no weights yet: call net.initialize(), or train "
            "it with train_ch6"
        ) from None


def has_learned(net):
    """Return whether a net was trained since it was initialized, or has weights that were.

    The first shows in its gradients; of the second `mark_trained` makes a note.
    """
    parameters = net.collect_params().values()
    if any(hasattr(array, "holds_trained") for p in parameters for array in p._data or ()):
        return True
    gradients = [g for p in parameters for g in p._grad or ()]
    return any(bool((gradient != 0).any()) for gradient in gradients)
