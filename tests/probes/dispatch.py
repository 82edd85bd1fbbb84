"""NumPy's functions on MXNet's arrays, which answer with MXNet's functions."""

from probes import probe_each, probe_lines

import mxnet as mx
import numpy
from mxnet import autograd, np


def names():
    return {
        "np": np,
        "numpy": numpy,
        "x": np.array([[1.0, 2, 3], [4, 5, 6]]),
        "y": np.array([[0.5, -1, 2], [3, -0.25, -2]]),
        "v": np.array([3.0, 1, 2, 2]),
        "u": np.array([0.1, 0.5, 0.9]),
        "c": np.arange(24).reshape(2, 3, 4),
        "i": np.array([[3, 1, 2], [0, 2, 1]], dtype="int32"),
        "j": np.array([[12, 4, 6], [1, 2, 3]], dtype="int32"),
        "b": np.array([[True, False, True], [False, True, True]]),
        "s": np.array([[4.0, 1], [1, 3]]),
        "special": np.array([1, numpy.nan, numpy.inf, -numpy.inf]),
    }


# mxnet.numpy_dispatch_protocol._NUMPY_ARRAY_FUNCTION_LIST, in its order
FUNCTIONS = """
numpy.all(x)
numpy.all(b, axis=1)
numpy.any(x)
numpy.any(b, axis=0, keepdims=True)
numpy.argmin(y)
numpy.argmax(y, axis=1)
numpy.around(y, 1)
numpy.round(y)
numpy.argsort(v)
numpy.argsort(y, axis=0)
numpy.sort(v)
numpy.sort(y, axis=0)
numpy.append(x, y, axis=0)
numpy.append(x, y)
numpy.broadcast_arrays(x, u)
numpy.broadcast_to(u, (2, 3))
numpy.clip(y, -1, 1)
numpy.concatenate((x, y))
numpy.concatenate([x, y], axis=1)
numpy.copy(x)
numpy.cumsum(x, axis=1)
numpy.diag(v)
numpy.diag(x, 1)
numpy.diagonal(c, 0, 0, 1)
numpy.diagflat(v)
numpy.dot(x, y.T)
numpy.expand_dims(v, 0)
numpy.fix(y)
numpy.flip(x, 1)
numpy.flipud(x)
numpy.fliplr(x)
numpy.inner(x, y)
numpy.insert(v, 1, 9)
numpy.insert(v, [1, 2], np.array([8.0, 9]))
numpy.max(y)
numpy.max(y, axis=1, keepdims=True)
numpy.amax(y, axis=0)
numpy.mean(x)
numpy.mean(x, axis=0)
numpy.mean(i, dtype="float64")
numpy.min(y)
numpy.amin(y, axis=0)
numpy.nonzero(b)
numpy.ones_like(x)
numpy.ones_like(x, dtype="int32")
numpy.atleast_1d(np.array(3.0))
numpy.atleast_2d(v)
numpy.atleast_3d(v)
numpy.prod(x)
numpy.prod(x, axis=1)
numpy.ravel(x)
numpy.repeat(v, 2)
numpy.repeat(x, 2, axis=0)
numpy.reshape(x, (3, 2))
numpy.reshape(x, -1)
numpy.reshape(x, (3, -1), order="C")
numpy.roll(x, 1)
numpy.roll(x, 1, axis=1)
numpy.split(v, 2)
numpy.split(c, [1, 2], axis=1)
numpy.array_split(v, 3)
numpy.hsplit(c, 3)
numpy.vsplit(x, 2)
numpy.dsplit(c, 2)
numpy.squeeze(x.reshape(1, 6, 1))
numpy.stack([x, y])
numpy.stack([x, y], axis=-1)
numpy.std(x)
numpy.std(x, axis=1, ddof=1)
numpy.sum(x)
numpy.sum(x, axis=1)
numpy.sum(b)
numpy.swapaxes(c, 0, 2)
numpy.take(v, np.array([0, 3], dtype="int32"))
numpy.take(x, np.array([2, 0], dtype="int32"), axis=1)
numpy.tensordot(c, x, axes=([0, 1], [0, 1]))
numpy.tensordot(x, y, 2)
numpy.tile(v, 2)
numpy.tile(v, (2, 1))
numpy.transpose(c)
numpy.transpose(c, (1, 0, 2))
numpy.unique(v)
numpy.unique(v, return_index=True, return_inverse=True, return_counts=True)
numpy.unique(i, axis=0)
numpy.unravel_index(np.array([3, 5], dtype="int64"), (2, 3))
numpy.diag_indices_from(s)
numpy.delete(v, 1)
numpy.delete(x, 1, axis=1)
numpy.var(x)
numpy.var(x, axis=0, ddof=1)
numpy.vdot(x, y)
numpy.vstack([v, v])
numpy.column_stack([u, u])
numpy.hstack([x, y])
numpy.dstack([x, y])
numpy.zeros_like(x)
numpy.zeros_like(i)
numpy.linalg.norm(x)
numpy.linalg.norm(x, axis=1)
numpy.linalg.norm(x, "fro")
numpy.linalg.norm(x, numpy.inf)
numpy.linalg.cholesky(s)
numpy.linalg.inv(s)
numpy.linalg.solve(s, np.array([[1.0], [2]]))
numpy.linalg.tensorinv(np.eye(4).reshape(4, 2, 2), 1)
numpy.linalg.tensorsolve(np.eye(4).reshape(2, 2, 2, 2), s)
numpy.linalg.pinv(x)
numpy.linalg.eigvals(s)
numpy.linalg.eig(s)[0]
numpy.linalg.eigvalsh(s)
numpy.linalg.eigh(s)[0]
numpy.shape(x)
numpy.trace(s)
numpy.tril(x)
numpy.meshgrid(u, v)
numpy.meshgrid(u, v, indexing="ij")
numpy.outer(u, v)
numpy.einsum("ij,ij->i", x, y)
numpy.einsum("ij,kj", x, y)
numpy.polyval(np.array([3.0, 2, 1]), v)
numpy.shares_memory(x, x)
numpy.shares_memory(x, y)
numpy.may_share_memory(x, x)
numpy.may_share_memory(x, y)
numpy.quantile(x, 0.3)
numpy.quantile(x, np.array([0.25, 0.75]), axis=1)
numpy.percentile(x, 30)
numpy.percentile(x, 50, axis=0)
numpy.diff(v)
numpy.diff(x, n=2)
numpy.ediff1d(v)
numpy.resize(v, (2, 3))
numpy.where(b, x, y)
numpy.where(b)
numpy.full_like(x, 3)
numpy.full_like(x, 3, dtype="int32")
numpy.bincount(np.array([1, 2, 1], dtype="int64"))
numpy.empty_like(x).shape
numpy.nan_to_num(special)
numpy.isnan(special)
numpy.isfinite(special)
numpy.isposinf(special)
numpy.isneginf(special)
numpy.isinf(special)
numpy.pad(x, 1)
numpy.pad(x, ((1, 1), (2, 2)), mode="reflect")
"""

# mxnet.numpy_dispatch_protocol._NUMPY_ARRAY_UFUNC_LIST, in its order
UFUNCS = """
numpy.abs(y)
numpy.fabs(y)
numpy.add(x, y)
numpy.arctan2(x, y)
numpy.copysign(x, y)
numpy.degrees(x)
numpy.hypot(x, y)
numpy.lcm(i, j)
numpy.subtract(x, y)
numpy.multiply(x, y)
numpy.true_divide(x, y)
numpy.divide(x, y)
numpy.divide(i, j)
numpy.negative(x)
numpy.power(x, y)
numpy.mod(x, y)
numpy.matmul(x, y.T)
numpy.absolute(y)
numpy.rint(y)
numpy.sign(y)
numpy.exp(y)
numpy.log(x)
numpy.log2(x)
numpy.log10(x)
numpy.log1p(x)
numpy.expm1(x)
numpy.sqrt(x)
numpy.square(x)
numpy.cbrt(x)
numpy.reciprocal(x)
numpy.invert(i)
numpy.invert(b)
numpy.bitwise_not(i)
numpy.remainder(x, y)
numpy.sin(x)
numpy.cos(x)
numpy.tan(x)
numpy.sinh(y)
numpy.cosh(y)
numpy.tanh(y)
numpy.arcsin(u)
numpy.arccos(u)
numpy.arctan(u)
numpy.arcsinh(u)
numpy.arccosh(x)
numpy.arctanh(u)
numpy.maximum(x, y)
numpy.minimum(x, y)
numpy.ceil(y)
numpy.trunc(y)
numpy.floor(y)
numpy.bitwise_and(i, j)
numpy.bitwise_xor(i, j)
numpy.bitwise_or(i, j)
numpy.logical_not(x)
numpy.equal(x, y)
numpy.not_equal(x, y)
numpy.less(x, y)
numpy.less_equal(x, y)
numpy.greater(x, y)
numpy.greater_equal(x, y)
# with NumPy's own beside MXNet's, and with a place for the result
numpy.add(x, 1.0)
numpy.add(2, x)
numpy.subtract(numpy.float32(2), x)
numpy.divide(numpy.float32(2), x)
numpy.divide(x, numpy.float64(2))
numpy.add(x, y, out=np.zeros((2, 3)))
numpy.exp(x, out=np.zeros((2, 3)))
numpy.add(x, numpy.ones((2, 3)))
numpy.add(numpy.ones((2, 3)), x)
numpy.multiply(numpy.ones((2, 3), "float32"), x)
numpy.divide(numpy.ones((2, 3), "float32"), x)
numpy.matmul(numpy.ones((2, 2), "float32"), x)
numpy.add.reduce(x)
numpy.add.outer(x, y)
numpy.add.accumulate(x)
# MXNet has none of these, so they are NumPy's, on copies
numpy.logaddexp(x, y)
numpy.fmod(x, y)
numpy.fmax(x, y)
numpy.floor_divide(x, y)
x // 2
x // numpy.float32(2)
x // numpy.float64(2)
i // numpy.int32(2)
i // numpy.int64(2)
b // numpy.int64(2)
numpy.exp2(x)
numpy.deg2rad(x)
numpy.signbit(y)
numpy.heaviside(y, 0.5)
numpy.logical_and(x, y)
numpy.left_shift(i, 1)
numpy.gcd(i, j)
numpy.divmod(x, y)
numpy.modf(y)
numpy.frexp(x)
numpy.isnan(x)
numpy.spacing(x)
numpy.conjugate(x)
numpy.positive(x)
numpy.float_power(x, 2)
numpy.nextafter(x, y)
"""

# what MXNet has no function for, so NumPy's own answers, on copies
FALLBACKS = """
numpy.median(x)
numpy.average(x, axis=0)
numpy.average(x, weights=x)
numpy.ptp(x)
numpy.ptp(x, axis=0)
numpy.cumprod(x)
numpy.nansum(special)
numpy.nanmean(special[:2])
numpy.nanmax(special)
numpy.cov(x)
numpy.corrcoef(x)
numpy.histogram(v, bins=3)
numpy.histogram2d(v, v, bins=2)
numpy.searchsorted(u, v)
numpy.digitize(v, u)
numpy.interp(0.3, u, u)
int(numpy.count_nonzero(b))
numpy.flatnonzero(b)
numpy.argwhere(b)
numpy.allclose(x, x)
numpy.allclose(x, y)
numpy.isclose(x, y)
numpy.array_equal(x, x)
numpy.array_equiv(x, y)
numpy.isin(v, u)
numpy.intersect1d(v, v)
numpy.union1d(v, u)
numpy.setdiff1d(v, u)
numpy.kron(s, s)
numpy.cross(x, y)
numpy.triu(x)
numpy.rot90(x)
numpy.moveaxis(c, 0, 2)
numpy.rollaxis(c, 2)
numpy.partition(v, 2)
numpy.argpartition(v, 2)
numpy.lexsort((v, v))
numpy.take_along_axis(x, i.astype("int64") % 3, 1)
numpy.compress([True, False], x, axis=0)
numpy.extract(b, x)
numpy.choose(np.array([0, 1, 0]), [u, u])
numpy.select([b], [x])
numpy.apply_along_axis(numpy.sum, 0, x)
numpy.apply_over_axes(numpy.sum, c, [0, 1])
numpy.trim_zeros(np.array([0.0, 1, 0]))
numpy.vander(u)
numpy.unwrap(v)
numpy.real(x)
numpy.imag(x)
numpy.angle(x)
numpy.iscomplexobj(x)
numpy.gradient(v)
numpy.convolve(u, v)
numpy.correlate(u, v)
numpy.polyfit(u, u, 1)
numpy.roots(v)
numpy.poly(u)
numpy.i0(u)
numpy.sinc(u)
numpy.ndim(x)
numpy.size(x)
numpy.size(x, 1)
numpy.can_cast(x, "float64")
numpy.common_type(x)
numpy.block([[s, s]])
numpy.linalg.det(s)
numpy.linalg.slogdet(s)
numpy.linalg.svd(s)
numpy.linalg.svd(s, compute_uv=False)
numpy.linalg.qr(s)
numpy.linalg.qr(s, "r")
numpy.linalg.lstsq(s, s, rcond=None)
numpy.linalg.cond(s)
numpy.linalg.matrix_rank(s)
numpy.linalg.matrix_power(s, 3)
numpy.linalg.multi_dot([s, s, s])
"""

# NumPy turns MXNet's arrays into its own
CONVERSIONS = """
numpy.array(x)
numpy.array(i)
numpy.array(b)
numpy.array([x, y])
numpy.array(x, dtype="float64")
numpy.array(x, copy=True)
numpy.asarray(x)
numpy.asarray(x, dtype="int32")
numpy.ascontiguousarray(x)
numpy.asanyarray(x)
numpy.array(np.array(3.0))
numpy.array(list(v))
numpy.array([np.array(1.0), np.array(2.0)])
numpy.float32(np.array(3.0))
numpy.float64(np.array([3.0]))
numpy.int64(np.array(3))
numpy.isscalar(np.array(3.0))
numpy.iterable(x)
numpy.fromiter(v, "float32")
numpy.testing.assert_allclose(x, x)
numpy.testing.assert_array_equal(x, x)
numpy.testing.assert_allclose(x.asnumpy(), x)
numpy.random.permutation(v)
numpy.ma.masked_array(x.asnumpy(), b.asnumpy()).sum()
numpy.arange(12)[np.array([1, 3], dtype="int64")]
numpy.arange(12.0).reshape(3, 4)[np.array(1, dtype="int64")]
numpy.zeros(3)[np.array(1, dtype="int64")]
[numpy.zeros(2)] * np.array(2, dtype="int64")
numpy.dtype(x.dtype)
numpy.issubdtype(x.dtype, numpy.floating)
numpy.issubdtype(i.dtype, numpy.integer)
numpy.issubdtype(b.dtype, numpy.bool_)
numpy.finfo(x.dtype).eps
numpy.iinfo(i.dtype).max
numpy.promote_types(x.dtype, i.dtype)
"""

# operators between the two, on both sides
OPERANDS = {
    "numpy.float32(2)": lambda: numpy.float32(2),
    "numpy.float64(2)": lambda: numpy.float64(2),
    "numpy.float16(2)": lambda: numpy.float16(2),
    "numpy.int64(2)": lambda: numpy.int64(2),
    "numpy.int32(2)": lambda: numpy.int32(2),
    "numpy.uint8(2)": lambda: numpy.uint8(2),
    "numpy.bool_(True)": lambda: numpy.bool_(True),
    "numpy float32": lambda: numpy.full((2, 3), 2, "float32"),
    "numpy float64": lambda: numpy.full((2, 3), 2, "float64"),
    "numpy int32": lambda: numpy.full((2, 3), 2, "int32"),
    "numpy row": lambda: numpy.array([1, 2, 3], "float32"),
    "float": lambda: 2.5,
    "int": lambda: 2,
    "bool": lambda: True,
}
OPERATORS = ("+", "-", "*", "/", "%", "**", "==", "!=", "<", ">=", "&", "|", "^", "@")


def _of_each_operator(left, right):
    answers = {}
    for operator in OPERATORS:
        try:
            answers[operator] = eval(f"left {operator} right", {"left": left, "right": right})
        except Exception as error:
            answers[operator] = type(error).__name__
    return {k: v if isinstance(v, (str, mx.nd.NDArray)) else repr(v) for k, v in answers.items()}


@probe_each(OPERANDS)
def operators_with_to_the_right(operand):
    return _of_each_operator(names()["x"], OPERANDS[operand]())


@probe_each(OPERANDS)
def operators_with_to_the_left(operand):
    return _of_each_operator(OPERANDS[operand](), names()["x"])


@probe_each(OPERANDS)
def operators_of_int32_with_to_the_right(operand):
    return _of_each_operator(names()["i"], OPERANDS[operand]())


@probe_each(OPERANDS)
def operators_of_int32_with_to_the_left(operand):
    return _of_each_operator(OPERANDS[operand](), names()["i"])


@probe_each(OPERANDS)
def operators_of_bool_with_to_the_right(operand):
    return _of_each_operator(names()["b"], OPERANDS[operand]())


@probe_each(("+=", "-=", "*=", "/=", "%=", "**="))
def in_place_with_a_number_of_numpy(operator):
    answers = {}
    for name in ("numpy.float32(2)", "numpy.float64(2)", "numpy.int64(2)", "numpy float32"):
        here = {"x": names()["x"], "value": OPERANDS[name]()}
        try:
            exec(f"x {operator} value", here)
            answers[name] = here["x"]
        except Exception as error:
            answers[name] = type(error).__name__
    return answers


GRADIENTS = """
numpy.float32(6) / x
numpy.float64(6) / x
numpy.int64(6) / x
x / numpy.float32(2)
numpy.float32(6) * x
numpy.float32(6) - x
numpy.float32(2) ** x
numpy.divide(x, x)
numpy.true_divide(x, 2)
numpy.add(x, x)
numpy.exp(x)
numpy.sum(x * x)
numpy.mean(x * x, axis=0)
numpy.dot(x, x.T)
numpy.einsum("ij,ij", x, x)
numpy.max(x)
numpy.amax(x, axis=0)
numpy.where(x > 2, x, x * 2)
numpy.concatenate([x, x])
numpy.abs(x)
numpy.fix(x)
numpy.round(x)
numpy.clip(x, 2, 4)
numpy.linalg.norm(x)
numpy.transpose(x)
numpy.reshape(x, (3, 2))
numpy.stack([x, x])
numpy.logaddexp(x, x)
numpy.median(x)
numpy.ones((2, 3), "float32") / x
numpy.ones((2, 3), "float32") * x
"""


@probe_each([line for line in GRADIENTS.splitlines() if line])
def gradient_of(line):
    here = names()
    here["x"].attach_grad()
    with autograd.record():
        y = eval(line, here)
    y.backward()
    return here["x"].grad


probe_lines(FUNCTIONS + UFUNCS + FALLBACKS + CONVERSIONS, names)
