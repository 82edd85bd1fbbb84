"""Reading and writing parts of arrays."""

from probes import probe_each, probe_lines

import mxnet as mx
import numpy
from mxnet import autograd, np


def names():
    return {
        "mx": mx,
        "np": np,
        "numpy": numpy,
        "x": np.arange(12).reshape(3, 4),
        "c": np.arange(24).reshape(2, 3, 4),
        "b": np.array([True, False, True]),
        "m": np.arange(12).reshape(3, 4) % 3 == 0,
        "n0": numpy.int64(0),
        "n1": numpy.int64(1),
        "n2": numpy.int32(2),
    }


READING = """
x[n1]
x[n1, n2]
x[-n1]
x[n0:n2]
x[:, n1:n2]
x[:: numpy.int64(-1)]
x[n2:n0:-n1]
x[...]
x[..., n1]
x[()]
x[None]
x[:, None, n1]
x[[0, 2]]
x[[n0, n2]]
x[[n0, n2], [n1, n1]]
x[(n0, n1)]
x[[True, False, True]]
x[numpy.array([0, 2])]
x[numpy.array([0, 2], dtype="int32")]
x[numpy.array([0, 2], dtype="uint8")]
x[np.array([0, 2], dtype="int64")]
x[np.array([0, 2], dtype="int32")]
x[np.array([0, 2])]
x[np.array(1, dtype="int32")]
x[np.array([[0, 1], [2, 0]], dtype="int32")]
x[:, np.array([0, 2], dtype="int32")]
x[np.array([0, 1], dtype="int32"), np.array([2, 3], dtype="int32")]
x[numpy.array([0, 1]), :]
c[:, [0, 1], n1]
c[n0, :, numpy.array([1, 2])]
x[b]
x[m]
x[x > 5]
x[numpy.array([True, False, True])]
x[numpy.array(m.asnumpy())]
x[~m]
x[:, np.array([True, False, True, True])]
c[b]
c[:, b]
x[True]
x[False]
x[np.array(True)]
x[m].sum()
x[np.zeros((3,), dtype=bool)]
x[range(2)]
x[slice(n0, n2)]
x[numpy.float64(1)]
x[1.0]
x["a"]
x[9]
x[numpy.int64(9)]
x[0, 0, 0]
x[[9]]
x[n1].item(n2)
x[n1][n2]
c[n1, n2, n1]
np.array(3.0)[()]
np.array(3.0)[...]
np.array(3.0)[0]
np.array(3.0)[None]
x[(), n1]
x[n1, ()]
"""

WRITING = (
    "x[n1] = 9",
    "x[n1] = numpy.float32(9)",
    "x[n1] = numpy.float64(9)",
    "x[n1] = numpy.int64(9)",
    "x[n1] = numpy.bool_(True)",
    "x[n1, n2] = numpy.float64(9)",
    "x[:] = numpy.float32(7)",
    "x[:] = numpy.arange(12).reshape(3, 4)",
    "x[:] = numpy.arange(4)",
    "x[:, n1] = numpy.ones(3)",
    "x[n0:n2] = np.ones((2, 4))",
    "x[[0, 2]] = 5",
    "x[numpy.array([0, 2])] = numpy.ones((2, 4))",
    "x[np.array([0, 2], dtype='int32')] = numpy.float32(5)",
    "x[[True, False, True]] = 3",
    "x[(True, False, True)] = 3",
    "x[None, n1] = 3",
    "x[:] = mx.nd.ones((3, 4))",
    "x[:] = numpy.ones((1, 1))",
    "x[n1] = numpy.ones(1)",
    "x[n1, n2] = numpy.ones(1)",
    "x[n1, n2] = numpy.ones((1, 1))",
    "x[n1, n2] = np.ones(1)",
    "x[n1, n2] = np.ones((1, 1))",
    "x[b] = 0",
    "x[m] = numpy.float32(-1)",
    "x[m] = np.array(-1.0)",
    "x[m] = np.array([7.0])",
    "x[x > 5] = 5",
    "x[numpy.array([True, False, True])] = 3",
    "x[()] = 3",
    "x[...] = [1, 2, 3, 4]",
    "x[n1] = [1, 2, 3, 4]",
    "x[n1] = (n0, n1, n1, n2)",
    "x[n1] = 'a'",
    "x[9] = 1",
    "x[n1] += numpy.float32(1)",
    "x[:, n2] *= numpy.float64(2)",
    "x[n1] = x[n0]",
    "x = x.astype('int32'); x[n1] = numpy.int64(7)",
    "x = x.astype('int32'); x[n1] = 7.9",
    "x = x.astype('uint8'); x[n1] = numpy.uint8(200)",
    "x = m; x[n1] = numpy.bool_(True)",
    "x = m; x[n1] = True",
    "x = x.astype('float16'); x[:] = numpy.float16(0.1)",
    "x = np.array(1.0); x[()] = numpy.float32(4)",
    "x = mx.nd.zeros((2, 3)); x[numpy.int64(1)] = numpy.float32(4)",
    "x = mx.nd.zeros((2, 3)); x[:, numpy.int64(1)] = numpy.arange(2)",
    "x = mx.nd.zeros((2, 3)); x[numpy.array([0, 1]), numpy.array([1, 2])] = 4",
    "x = mx.nd.zeros((2, 3)); x[:] = numpy.ones((2, 3))",
    "x = mx.nd.zeros((2, 3)); x[0:1] = numpy.float64(2)",
)

LEGACY_READING = """
n[numpy.int64(1)]
n[numpy.int64(0) : numpy.int64(2)]
n[:, numpy.int64(1)]
n[numpy.array([0, 1])]
n[[0, 1], [1, 2]]
n[mx.nd.array([0, 1])]
n[mx.nd.array([0, 1], dtype="int32"), numpy.int64(1)]
n[0, 0].asscalar()
n[:, ::numpy.int64(2)]
n[..., None].shape
n[numpy.array([True, False])]
mx.nd.contrib.boolean_mask(n, mx.nd.array([1, 0]))
"""


@probe_each(WRITING)
def writing(statement):
    here = names()
    exec(statement, here)
    return here["x"]


@probe_each(
    ("x[n1]", "x[m]", "x[b]", "x[:, n1:]", "x[[0, 0, 2]]", "x[np.array([1, 1])]", "x[n1, n2]")
)
def gradient_of_indexing(line):
    here = names()
    here["x"].attach_grad()
    with autograd.record():
        y = (eval(line, here) * 2).sum()
    y.backward()
    return here["x"].grad


@probe_each(("np.array(3.0)[n0]", "np.array(3.0)[numpy.array([0])]", "x[numpy.bool_(True)]"))
def kind_of_error_of(line):
    try:
        return eval(line, names())
    except Exception as error:  # its text is in other words today
        return type(error).__name__


probe_lines(READING, names)
probe_lines(
    LEGACY_READING,
    lambda: {"mx": mx, "numpy": numpy, "n": mx.nd.array([[1, 2, 3], [4, 5, 6]])},
    legacy=True,
)
