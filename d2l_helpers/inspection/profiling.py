"""Where the time of a training step goes, beside what the machine can do (lesson 11)."""

import time

from d2l_helpers.inspection.layer_table import layer_table, leaf_layers, without_parts
from d2l_helpers.utils.validation import check_whole_number

import mxnet as mx
import numpy
import pandas as pd
from mxnet import autograd, gluon, np, npx


def seconds(compute, repeats=5):
    """Return how long a computation takes, in seconds: the least of some runs after a first one.

    MXNet computes in the background; each run is waited for. The least counts, since other
    programs on the machine can only add to a time.

    Args:
        compute: function without arguments.
        repeats: how many runs are timed.

    Raises:
        TypeError, ValueError: not a whole number of repeats from 1.
    """
    repeats = check_whole_number("repeats", repeats, at_least=1)
    return seconds_in_turns({"it": compute}, repeats)["it"]


def seconds_in_turns(computations, rounds=5):
    """Return how long each of some computations takes, as a Series of seconds.

    To compare speeds, let the contenders take turns: the load of a machine changes from second to
    second, and each should meet the same. As in `seconds`, the least time of each counts, after a
    first run.

    Args:
        computations: {name: function without arguments}.
        rounds: how many times each is timed.

    Raises:
        TypeError, ValueError: not a whole number of rounds from 1.
    """
    rounds = check_whole_number("rounds", rounds, at_least=1)
    # The first round waits for what was begun before, and lets oneDNN choose its kernels.
    times = [[_once(compute) for compute in computations.values()] for _ in range(rounds + 1)]
    return pd.Series(numpy.min(times[1:], axis=0), index=list(computations))


def _once(compute):
    start = time.perf_counter()
    compute()
    npx.waitall()
    return time.perf_counter() - start


def peak_gflops(dtype="float32", size=2048):
    """Return the most GFLOP/s that this machine shows in a large matrix product or convolution.

    Both go through oneDNN, as dense layers and convolutions do. Which of them is faster depends on
    the machine and the type. A GFLOP is 10^9 multiplications or additions.

    Args:
        dtype: 'float32', or 'bfloat16' where `mxnet_today.bfloat16.problem` has nothing against it.
        size: rows and columns of the matrices; the convolution has a quarter as many channels.

    Raises:
        TypeError, ValueError: another type, or size is not a whole number from 4.
    """
    if dtype not in ("float32", "bfloat16"):
        raise ValueError(f"dtype must be 'float32' or 'bfloat16', not {dtype!r}")
    size = check_whole_number("size", size, at_least=4)
    channels = size // 4
    A, B = np.random.uniform(size=(2, size, size))
    maps = np.random.uniform(size=(4, channels, 28, 28))
    kernels = np.random.uniform(size=(channels, channels, 3, 3))
    if dtype == "bfloat16":
        A, B, maps, kernels = (_to_bfloat16(array) for array in (A, B, maps, kernels))

    def multiply():
        npx.fully_connected(A, B, num_hidden=size, no_bias=True)

    def convolve():
        npx.convolution(maps, kernels, kernel=(3, 3), pad=(1, 1), num_filter=channels, no_bias=True)

    work = {multiply: 2 * size**3, convolve: 2 * maps.size * kernels[0].size}
    return max(
        flop / seconds(compute, repeats=1) / 1e9 for compute, flop in work.items() for _ in range(5)
    )


def _to_bfloat16(array):
    """Return an array in bfloat16, which NumPy has no type for and MXNet writes as a pair."""
    dtype = numpy.dtype([("bfloat16", numpy.uint16)])
    return mx.nd.amp_cast(array.as_nd_ndarray(), dtype=dtype).as_np_ndarray()


def time_step(net, X, y, trainer, repeats=5):
    """Return how long the parts of a training step take, in ms, as a Series.

    Forward is the net and its loss, backward the gradients, update the optimizer.

    Args:
        net: an initialized net.
        X, y: a batch.
        trainer: of the net's parameters, which are changed.
        repeats: how many steps are timed after a first one; the least time of each part counts.

    Raises:
        TypeError, ValueError: not a whole number of repeats from 1.
    """
    repeats = check_whole_number("repeats", repeats, at_least=1)
    steps = []
    for _ in range(repeats + 1):
        times = [time.perf_counter()]
        with autograd.record():
            l = gluon.loss.SoftmaxCrossEntropyLoss()(net(X), y)
        npx.waitall()
        times.append(time.perf_counter())
        l.backward()
        npx.waitall()
        times.append(time.perf_counter())
        trainer.step(len(X))
        npx.waitall()
        times.append(time.perf_counter())
        steps.append([1e3 * (after - before) for before, after in zip(times, times[1:])])
    return pd.DataFrame(steps[1:], columns=["forward", "backward", "update"]).min()


def time_layers(net, X, repeats=5):
    """Return how long each layer of a net takes in training, and how fast it computes.

    The layers are run one by one, so what MXNet saves by running them together is not seen. A
    block with a forward of its own is timed as a whole, as one layer; its parts cannot be run
    without it.

    Args:
        net: an initialized net; if it is not a Sequential, it is one layer.
        X: a batch of images.
        repeats: how many runs of each layer are timed; the least time counts.

    Returns:
        A pandas DataFrame with one row per layer: layer and multiply_adds as in `layer_table`,
        forward and backward in ms, and GFLOP/s of both together (0 for layers that multiply
        nothing, NaN where the multiply-adds are not known). A multiply-add is 2 operations. In the
        backward pass, a layer makes the gradient of its weights and that of its input, each as
        much work as the forward pass; layers with none before them that learns need no gradient of
        their input, and a frozen one none of its weights. Where it needs neither, backward is 0.
    """
    layers = without_parts(layer_table(net, X.shape)).iloc[:-1]  # without the totals
    table = layers[["layer", "multiply_adds"]].reset_index(drop=True)
    work = table["multiply_adds"].to_numpy(dtype=float, na_value=numpy.nan)
    rows, some_learn_before = [], False
    for number, layer in enumerate(leaf_layers(net)):
        learns = any(p.grad_req != "null" for p in layer.collect_params().values())
        forward, backward, output = _time_layer(layer, X, some_learn_before, learns, repeats)
        passes = 1 + learns + some_learn_before
        some_learn_before |= learns
        operations = 2 * passes * len(X) * work[number]
        rows.append((1e3 * forward, 1e3 * backward, operations / (forward + backward) / 1e9))
        X = output
    table[["forward", "backward", "GFLOP/s"]] = rows
    return table


def _time_layer(layer, X, needs_input_gradient, learns, repeats):
    """Return the seconds of a layer forward and backward, and what it makes of X."""
    X = X.copy()
    if needs_input_gradient:
        X.attach_grad()

    def both():
        with autograd.record():
            output = layer(X)
        output.backward()

    def forward():
        with autograd.record():
            layer(X)

    forward_seconds = seconds(forward, repeats)
    if not needs_input_gradient and not learns:  # backward would be an error of MXNet
        return forward_seconds, 0, layer(X).detach()
    # Never below 0, should noise make the forward pass look longer than both.
    backward_seconds = max(seconds(both, repeats) - forward_seconds, 0)
    return forward_seconds, backward_seconds, layer(X).detach()
