"""What MXNet prints, and what it writes to its operators as text, in every thread."""

import asyncio
import concurrent.futures
import contextvars
import logging
import multiprocessing.pool
import threading

from probes import probe_each, probe_lines

import mxnet as mx
import numpy
from mxnet import np, npx
from mxnet.gluon import nn


def names():
    return {
        "mx": mx,
        "np": np,
        "numpy": numpy,
        "x": np.array([[1.0, 2.5], [-3, 4]]),
        "long": np.arange(2000),
        "n": mx.nd.array([[1, 2], [3, 4]]),
    }


PRINTED = """
repr(x)
str(x)
repr(x[0, 0])
str(x[0, 0])
repr(np.array(3))
repr(np.array(3.5))
repr(np.array(True))
repr(np.array([True, False]))
repr(np.array([1, 2], dtype="int32"))
repr(np.array([1, 2], dtype="int8"))
repr(np.array([1.5], dtype="float16"))
repr(np.array([1.5], dtype="float64"))
repr(np.array([1e-10, 1e10]))
repr(np.array([numpy.nan, numpy.inf, -numpy.inf]))
repr(np.array([0.1, 0.25, 1 / 3]))
repr(np.zeros((0, 3)))
repr(np.zeros(()))
repr(long)
str(long)
repr(np.zeros((30, 50)))
f"{x}"
f"{np.array(3.25).item():.1f}"
"%s" % np.array(2.5)
"{}".format(np.array([1, 2]))
str([np.array(1.0), np.array(2.0)])
str({"a": np.ones(2)})
str((x.shape, x.dtype, x.size))
str(x.tolist())
str([v.item() for v in x[0]])
repr(x.asnumpy())
repr(x.asnumpy()[0, 0])
str(x.asnumpy()[0])
repr(x.item(0))
repr(mx.nd.array([2.5]).asscalar())
str([mx.nd.array([2]).asscalar(), numpy.float64(0.1), numpy.int64(3), numpy.bool_(True)])
repr(numpy.float32(0.1))
repr(numpy.float64("nan"))
repr(numpy.str_("a"))
repr(numpy.complex64(1j))
repr(numpy.arange(2000))
repr(n)
str(n)
repr(n[0])
repr(mx.nd.zeros((2, 0)))
repr(mx.nd.array([1], dtype="int64"))
str(mx.metric.Accuracy())
str(mx.cpu())
repr(mx.cpu(numpy.int64(1)))
repr(mx.sym.var("a"))
str(np.array([1, 2]).dtype)
"""

# The text that operators are given, and what holds of it wherever it is written
WRITTEN = {
    "shape": lambda: np.zeros((numpy.int64(2), numpy.int32(3))),
    "reshape": lambda: np.arange(6).reshape(numpy.int64(3), numpy.int64(2)),
    "legacy shape": lambda: mx.nd.zeros((numpy.int64(2),)).as_np_ndarray(),
    "number": lambda: np.arange(2) + numpy.float32(0.5),
    "tile": lambda: np.tile(np.arange(2), numpy.int64(2)),
    "one_hot": lambda: npx.one_hot(np.array([1]), numpy.int64(3), on_value=numpy.float32(2)),
    "pooling": lambda: npx.pooling(np.ones((1, 1, 2, 2)), kernel=(numpy.int64(2),) * 2),
    "convolution": lambda: _net(nn.Conv2D(numpy.int64(1), numpy.int64(2)), (1, 1, 2, 2)),
    "dense": lambda: _net(nn.Dense(numpy.int64(2)), (1, 2)),
    "hybrid dense": lambda: _net(nn.Dense(numpy.int64(2)), (1, 2), hybridize=True),
    "symbol": lambda: mx.sym.zeros((numpy.int64(2), 1)).eval()[0].as_np_ndarray(),
    "random": lambda: mx.nd.random.uniform(0, 1, (numpy.int64(2),)).as_np_ndarray() * 0,
}


def _net(net, shape, hybridize=False):
    net.initialize(mx.init.One())
    if hybridize:
        net.hybridize()
    return net(np.ones(shape))


def _all_written():
    with mx.util.np_shape(True), mx.util.np_array(True):
        return {name: make() for name, make in WRITTEN.items()}, repr([numpy.int64(1), np.ones(1)])


def _in_a_thread(function):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(function()))
    thread.start()
    thread.join()
    return answers[0]


def _in_a_thread_pool(function):
    with multiprocessing.pool.ThreadPool(1) as pool:
        return pool.apply(function)


def _in_an_executor(function):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def _in_a_task(function):
    async def task():
        return function()

    return asyncio.run(task())


def _in_a_task_that_asks_a_thread(function):
    async def task():
        return await asyncio.to_thread(function)

    return asyncio.run(task())


def _in_a_timer(function):
    answers = []
    timer = threading.Timer(0, lambda: answers.append(function()))
    timer.start()
    timer.join()
    return answers[0]


def _after_other_print_options(function):
    with numpy.printoptions(precision=2, suppress=True):
        return function()


PLACES = {
    "here": lambda function: function(),
    "in a thread": _in_a_thread,
    "in a thread pool": _in_a_thread_pool,
    "in an executor": _in_an_executor,
    "in a timer": _in_a_timer,
    "in a new context": lambda function: contextvars.Context().run(function),
    "in a copied context": lambda function: contextvars.copy_context().run(function),
    "in a task": _in_a_task,
    "in a task that asks a thread": _in_a_task_that_asks_a_thread,
    "under other print options": _after_other_print_options,
    "in a thread of a thread": lambda function: _in_a_thread(lambda: _in_a_thread(function)),
}


@probe_each(PLACES)
def all_that_is_written(place):
    return PLACES[place](_all_written)


@probe_each(("precision", "threshold"))
def print_options_of_mxnet(option):
    with numpy.printoptions():
        np.set_printoptions(**{option: 3})
        return repr(np.array([1 / 3] * 10)), repr(np.zeros((numpy.int64(2),)))


@probe_each((logging.INFO,))
def a_logger_of_mxnet(level):
    import io

    out = io.StringIO()
    logger = mx.log.get_logger("probe", level=level)
    logger.handlers = [logging.StreamHandler(out)]
    logger.info("loss %s", np.array(2.5))
    return out.getvalue()


probe_lines(PRINTED, names)
