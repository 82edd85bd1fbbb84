"""The legacy interface: mx.nd, mx.sym, sparse arrays, Module, key-value stores."""

from probes import folder, probe, probe_each, probe_lines

import mxnet as mx
import numpy


def names():
    return {
        "mx": mx,
        "nd": mx.nd,
        "numpy": numpy,
        "x": mx.nd.array([[1, 2, 3], [4, 5, 6]]),
        "y": mx.nd.array([[0.5, -1, 2], [3, -0.25, -2]]),
        "c": mx.nd.arange(24).reshape((2, 3, 4)),
        "images": mx.nd.arange(32).reshape((1, 2, 4, 4)),
        "n0": numpy.int64(0),
        "n1": numpy.int64(1),
        "n2": numpy.int64(2),
        "n3": numpy.int32(3),
        "f2": numpy.float32(2),
        "d2": numpy.float64(2),
        "bfloat16": numpy.dtype([("bfloat16", numpy.uint16)]),
        "written": _written,
    }


def _written(array, value):
    array[:] = value
    return array


ARRAYS = """
nd.zeros((n2,))
nd.zeros(n2)
nd.zeros((n2, n3))
nd.zeros((n2, n3), dtype=numpy.int32)
nd.ones((n2, n3), dtype="float64")
nd.ones(n2)
nd.full((n2, n3), f2)
nd.full(n2, numpy.float64(3))
nd.empty((n2, n3)).shape
nd.empty(n2).shape
nd.arange(n3)
nd.arange(n1, numpy.int64(9), step=n2)
nd.arange(numpy.float32(0), numpy.float32(1), numpy.float32(0.25), repeat=n2)
nd.linspace(n1, n2, num=n3)
nd.eye(n3)
nd.eye(n2, n3, n1)
nd.array(numpy.arange(3))
nd.array(numpy.arange(3), dtype=numpy.int32)
nd.array(numpy.arange(3.0))
nd.array([1, 2], dtype=bool)
nd.array([numpy.float32(1), numpy.int64(2)])
nd.array(numpy.float32(2))
nd.array(3)
nd.array([[numpy.int64(1)], [2]])
nd.array(x)
nd.array([True, False])
nd.array(numpy.array([True, False]))
nd.array("a")
nd.array([[1], [2, 3]])
nd.one_hot(nd.array([0, 2]), depth=n3)
nd.one_hot(nd.array([0, 2]), 3, on_value=f2, off_value=numpy.float64(-1), dtype=numpy.int32)
x.reshape((n3, n2))
x.reshape(n3, n2)
x.reshape(shape=(n3, -1))
x.reshape(-1)
x.reshape((0, -4, n3, n1))
nd.reshape(x, shape=(n3, n2))
nd.reshape(x, shape=numpy.array([3, 2]))
nd.reshape(x, shape=[n3, n2])
nd.broadcast_to(nd.array([[1, 2, 3]]), shape=(n2, n3))
nd.broadcast_axis(nd.array([[1], [2]]), axis=n1, size=n3)
x.broadcast_to((n2, n3))
nd.tile(x, reps=(n2, n1))
nd.tile(x, n2)
nd.repeat(x, repeats=n2, axis=n1)
nd.transpose(c, axes=(n2, n0, n1))
c.transpose((n2, n0, n1))
nd.swapaxes(c, n0, n2)
nd.moveaxis(c, 0, 2)
nd.moveaxis(c, n0, n2)
nd.moveaxis(c, [0, 1], [-1, -2])
nd.moveaxis(c, (0, 1), (2, 0))
nd.moveaxis(c, 0, 3)
nd.moveaxis(c, [0, 0], [1, 2])
nd.moveaxis(c, [0, 1], 2)
nd.expand_dims(x, axis=n1)
nd.squeeze(nd.zeros((1, 2, 1)), axis=(n0, n2))
nd.flip(x, axis=n1)
nd.reverse(x, axis=(n0, n1))
nd.concat(x, x, dim=n1)
nd.stack(x, x, axis=n1)
nd.split(x, num_outputs=n3, axis=n1)
nd.split_v2(x, (n1,), axis=n1)
nd.split_v2(x, n3, axis=n1, squeeze_axis=numpy.bool_(True))
nd.slice(x, begin=(n0, n1), end=(n2, n3))
nd.slice(x, begin=(None, n1), end=(None, n3), step=(None, n1))
nd.slice_axis(x, axis=n1, begin=n1, end=None)
nd.slice_axis(x, axis=1, begin=n0, end=n2)
nd.slice_like(x, nd.zeros((2, 2)), axes=(n1,))
nd.take(x, nd.array([0, 2]), axis=n1)
nd.pick(x, nd.array([0, 2]), axis=n1)
nd.gather_nd(x, nd.array([[0, 1], [1, 2]]))
nd.scatter_nd(nd.array([5, 6]), nd.array([[0, 1], [1, 2]]), shape=(n2, n3))
nd.where(x > 2, x, y)
nd.topk(x, k=n2)
nd.topk(x, k=n2, ret_typ="both", dtype=numpy.int32)
nd.sort(y, axis=n0)
nd.argsort(y, axis=n1, dtype=numpy.int32)
nd.argmax(y, axis=n1)
nd.argmin(y, axis=n0, keepdims=numpy.bool_(True))
nd.sum(x, axis=n1)
nd.sum(x, axis=(n0, n1), keepdims=True)
nd.mean(x, axis=[n1])
nd.max(x, axis=n1, exclude=numpy.bool_(True))
nd.prod(x, axis=n1)
nd.nansum(x)
nd.norm(x, ord=n2, axis=n1)
nd.norm(x)
nd.clip(x, f2, numpy.float64(4))
nd.clip(x, n2, n3)
nd.pad(images, mode="constant", pad_width=(0, 0, 0, 0, n1, n1, n2, n2), constant_value=f2)
nd.pad(images, mode="edge", pad_width=(0, 0, 0, 0, n1, n1, n2, n2))
nd.pad(images, mode="reflect", pad_width=numpy.array([0, 0, 0, 0, 1, 1, 2, 2]).tolist())
nd.cast(x, dtype=numpy.int32)
nd.cast(x, "bool")
nd.amp_cast(x, dtype=numpy.float16)
x.astype(numpy.float16)
x.astype("int32")
x.astype(bool)
nd.dot(x, y.T)
nd.dot(x, y, transpose_b=numpy.bool_(True))
nd.batch_dot(c, c, transpose_b=True).sum()
nd.linalg.gemm2(x, y, transpose_b=True, alpha=f2)
nd.linalg.potrf(nd.array([[4, 1], [1, 3]]))
nd.linalg.det(nd.array([[4, 1], [1, 3]]))
nd.linalg.inverse(nd.array([[4, 1], [1, 3]]))
nd.linalg.extractdiag(nd.array([[4, 1], [1, 3]]), offset=n1)
nd.diag(x, k=n1)
nd.histogram(x, bins=n3, range=(n0, numpy.int64(6)))
nd.histogram(x, bins=nd.array([0, 2, 4, 6]))
nd.histogram(x, bins=3)
nd.cast(x, dtype=bfloat16).dtype.names
nd.cast(nd.cast(x, dtype=bfloat16), dtype="float32")
nd.zeros((n2,), dtype=bfloat16).dtype.names
nd.contrib.isinf(x)
nd.contrib.isfinite(x)
written(nd.zeros((2, 2)), numpy.float32(3))
written(nd.zeros((2, 2)), numpy.ones((1, 1)))
written(nd.zeros((2, 2)), numpy.ones(2))
written(nd.zeros((2, 2)), [[1, 2], [3, 4]])
written(nd.zeros((2, 2)).tostype("row_sparse"), numpy.eye(2))
written(nd.zeros((2, 2)).tostype("csr"), numpy.eye(2))
nd.array([[2]]).asscalar() if nd.array([[2]]).size == 1 else 0
bool(nd.array([[1]]))
nd.array([[2]]).asnumpy().item()
nd.smooth_l1(y, scalar=f2)
nd.softmax(x, axis=n1, temperature=f2)
nd.log_softmax(x, axis=n1)
nd.SoftmaxOutput(x, nd.array([0, 1]))
nd.LeakyReLU(y, act_type="leaky", slope=numpy.float32(0.1))
nd.Activation(y, act_type="softrelu")
nd.Convolution(images, nd.ones((1, 2, 2, 2)), no_bias=True, kernel=(n2, n2), num_filter=n1)
nd.Convolution(images, nd.ones((2, 1, 3, 3)), nd.ones(2), (n3, n3), num_filter=n2, num_group=n2)
nd.Deconvolution(images, nd.ones((2, 1, 2, 2)), no_bias=True, kernel=(n2, n2), num_filter=n1)
nd.Pooling(images, kernel=(n2, n2), stride=(n2, n2), pool_type="avg")
nd.Pooling(images, global_pool=numpy.bool_(True), pool_type="max", kernel=(1, 1))
nd.FullyConnected(x, nd.ones((2, 3)), nd.zeros(2), num_hidden=n2)
nd.Embedding(nd.array([0, 1]), x, input_dim=n2, output_dim=n3)
nd.BatchNorm(images, nd.ones(2), nd.zeros(2), nd.zeros(2), nd.ones(2), eps=numpy.float64(1e-3))
nd.LayerNorm(x, nd.ones(3), nd.zeros(3), axis=n1, eps=numpy.float32(1e-5))
nd.L2Normalization(x)
nd.LRN(images, nsize=n3)
nd.Dropout(x, p=numpy.float32(0.5), mode="always", axes=(n0,)).shape
nd.UpSampling(images, scale=n2, sample_type="nearest")
nd.BilinearResize2D(images, height=n3, width=n3) if hasattr(nd, "BilinearResize2D") else "none"
nd.contrib.BilinearResize2D(images, height=n3, width=n3)
nd.contrib.AdaptiveAvgPooling2D(images, output_size=n2)
nd.contrib.box_iou(nd.array([[0, 0, 2, 2.0]]), nd.array([[1, 1, 3, 3.0]]))
nd.contrib.arange_like(x, start=f2, step=n2, axis=n1)
nd.contrib.quantize(x, nd.array([0]), nd.array([6]), out_type="uint8")
nd.contrib.MultiBoxPrior(images, sizes=[numpy.float32(0.5)], ratios=(n1, n2))
nd.contrib.isnan(x)
nd.contrib.fft(x)
nd.contrib.index_copy(nd.zeros((3, 3)), nd.array([2, 0]), x)
nd.SequenceMask(c, nd.array([1, 2, 1]), use_sequence_length=True, value=f2)
nd.SequenceLast(c)
nd.SequenceReverse(c)
nd.space_to_depth(images, block_size=n2)
nd.depth_to_space(nd.ones((1, 4, 1, 2)), block_size=n2)
nd.GridGenerator(nd.array([[1, 0, 0, 0, 1, 0.0]]), transform_type="affine", target_shape=(n2, n2))
nd.Crop(images, h_w=(n2, n2), offset=(n1, n1), num_args=1)
nd.Cast(x, dtype=numpy.dtype("float16"))
nd.Custom(x, op_type="nonexistent")
nd.ElementWiseSum(x, y)
nd.add_n(x, x, x)
nd.stack(*[x, x])
nd.shape_array(x)
nd.size_array(x)
nd.ones_like(x)
nd.multi_sum_sq(x, y, num_arrays=n2)
nd.unravel_index(nd.array([3, 5]), shape=(n2, n3))
nd.ravel_multi_index(nd.array([[1, 1], [0, 2]]), shape=(n2, n3))
nd.khatri_rao(x, y)
nd.maximum(x, f2)
nd.minimum(d2, x)
nd.power(x, f2)
nd.power(n2, x)
nd.add(x, f2)
nd.subtract(d2, x)
nd.multiply(x, numpy.ones((2, 3)))
nd.equal(x, f2)
nd.greater(x, n2)
nd.logical_and(x, n1)
nd.modulo(x, f2)
x + f2
f2 + x
d2 - x
x - numpy.int64(1)
x / d2
n2 / x
x ** f2
f2 ** x
x % n2
n2 % x
x == f2
f2 == x
x > n2
n2 > x
x * numpy.float32([1, 2, 3])
numpy.float32([1, 2, 3]) * x
x + numpy.ones((2, 3))
numpy.ones((2, 3)) + x
abs(y)
-y
x[0, 0].asscalar() * f2
float(x[0, 0])
int(x[0, 1])
bool(nd.array([1]))
bool(x)
len(x)
numpy.array(x)
numpy.mean(x)
numpy.sum(x)
x.context.device_type
x.stype
x.dtype
x.size
x.T
x.asnumpy()
x.asnumpy().flags["WRITEABLE"]
list(x)[0]
nd.waitall()
nd.random.uniform(f2, n3, shape=(n2, n2))
nd.random.uniform(shape=n3)
nd.random.uniform(nd.array([0, 10]), nd.array([1, 11]), shape=n2)
nd.random.normal(f2, d2, shape=(n2,))
nd.random.randn(n2, n3, loc=f2)
nd.random.poisson(f2, shape=n3)
nd.random.exponential(f2, shape=(n3,))
nd.random.gamma(f2, d2, shape=(n3,))
nd.random.negative_binomial(n3, numpy.float32(0.5), shape=n3)
nd.random.generalized_negative_binomial(f2, numpy.float32(0.3), shape=n3)
nd.random.multinomial(nd.array([0.2, 0.8]), shape=n3)
nd.random.multinomial(nd.array([0.2, 0.8]), shape=2, get_prob=True, dtype=numpy.int32)
nd.random.randint(n1, numpy.int64(9), shape=(n3,))
nd.random.shuffle(nd.arange(5))
nd.random.uniform(0, 1, shape=(2,), dtype=numpy.float64)
mx.random.uniform(0, 1, shape=(n2,))
nd.sample_normal(nd.array([0, 10]), nd.array([1, 1]), shape=n2)
[mx.random.seed(numpy.int64(5)), nd.random.uniform(shape=(2,))][1]
"""

SPARSE = """
x.tostype("csr")
x.tostype("row_sparse")
x.tostype("csr").tostype("default")
nd.sparse.csr_matrix(([1, 2], [0, 2], [0, 1, 2]), shape=(n2, n3))
nd.sparse.csr_matrix(numpy.array([[0, 1], [2, 0]]))
nd.sparse.csr_matrix((n2, n3))
nd.sparse.csr_matrix((numpy.ones(2), (numpy.array([0, 1]), numpy.array([1, 2]))), shape=(2, 3))
nd.sparse.row_sparse_array(([[1, 2, 3]], [1]), shape=(n3, n3))
nd.sparse.row_sparse_array((numpy.ones((1, 3)), numpy.array([numpy.int64(1)])), shape=(3, 3))
nd.sparse.row_sparse_array((n2, n3))
nd.sparse.row_sparse_array(numpy.array([[0, 0], [1, 2]]))
nd.sparse.zeros("csr", (n2, n3))
nd.sparse.zeros("row_sparse", (n2, n3), dtype=numpy.float64)
nd.sparse.empty("csr", (n2, n3))
nd.sparse.array(nd.sparse.zeros("csr", (2, 3)))
x.tostype("csr").indices
x.tostype("csr").indptr
x.tostype("csr").data
x.tostype("row_sparse").indices
x.tostype("csr")[n1]
x.tostype("csr")[n0:n1]
x.tostype("csr").asscipy().toarray()
nd.sparse.dot(x.tostype("csr"), y.T)
nd.sparse.retain(x.tostype("row_sparse"), nd.array([1]))
x.tostype("row_sparse") + x.tostype("row_sparse")
x.tostype("csr") * f2
x.tostype("csr") + n1
x.tostype("csr") == x.tostype("csr")
x.tostype("csr").shape
x.tostype("csr").astype(numpy.float64)
x.tostype("csr").copy()
x.tostype("csr").asnumpy()
x.tostype("csr").size
repr(x.tostype("csr"))
repr(x.tostype("row_sparse"))
nd.cast_storage(x, "csr")
nd.sparse.sum(x.tostype("csr"), axis=n1)
nd.sparse.square(x.tostype("row_sparse"))
nd.sparse.clip(x.tostype("csr"), n1, n3)
nd.sparse.add(x.tostype("csr"), x.tostype("csr"))
nd.sparse.divide(x, f2)
"""

SYMBOLS = """
v("a").infer_shape(a=(n2, n3))
mx.sym.zeros((n2, n3)).eval()[0]
mx.sym.zeros(n2).eval()[0]
mx.sym.ones(shape=(n2,), dtype=numpy.int32).eval()[0]
mx.sym.full((n2, n3), f2).eval()[0]
mx.sym.arange(n1, numpy.int64(7), n2).eval()[0]
mx.sym.eye(n3).eval()[0]
mx.sym.linspace(0, 1, num=n3).eval()[0]
mx.sym.reshape(v("a"), shape=(n3, n2)).eval(a=x)[0]
mx.sym.broadcast_to(v("a"), shape=(n2, n2, n3)).infer_shape(a=(1, 2, 3))
mx.sym.tile(v("a"), reps=(n2, n1)).eval(a=x)[0]
mx.sym.transpose(v("a"), axes=(n1, n0)).eval(a=x)[0]
mx.sym.slice_axis(v("a"), axis=n1, begin=n1, end=n3).eval(a=x)[0]
mx.sym.split(v("a"), num_outputs=n3, axis=n1)[n1].eval(a=x)[0]
mx.sym.Convolution(v("a"), kernel=(n3, n3), num_filter=n2, pad=(n1, n1)).infer_shape(a=(1, 2, 5, 5))
mx.sym.Pooling(v("a"), kernel=(n2, n2), pool_type="max").infer_shape(a=(1, 2, 4, 4))
mx.sym.FullyConnected(v("a"), num_hidden=n3).infer_shape(a=(2, 5))
mx.sym.Dropout(v("a"), p=numpy.float32(0.5)).attr_dict()
mx.sym.LeakyReLU(v("a"), slope=numpy.float64(0.5), act_type="leaky").attr_dict()
mx.sym.clip(v("a"), f2, d2).attr_dict()
mx.sym.sum(v("a"), axis=(n0, n1)).eval(a=x)[0]
mx.sym.one_hot(v("a"), n3).eval(a=nd.array([0, 2]))[0]
mx.sym.topk(v("a"), k=n2).eval(a=x)[0]
mx.sym.pad(v("a"), mode="edge", pad_width=(0, 0, 0, 0, n1, n1, n2, n2)).eval(a=images)[0].shape
mx.sym.random.uniform(f2, n3, shape=(n2,)).eval()[0]
mx.sym.random.normal(0, d2, shape=n2).eval()[0]
mx.sym.maximum(v("a"), f2).eval(a=x)[0]
mx.sym.minimum(d2, v("a")).eval(a=x)[0]
mx.sym.pow(v("a"), n2).eval(a=x)[0]
mx.sym.hypot(v("a"), f2).eval(a=x)[0]
(v("a") + f2).eval(a=x)[0]
(f2 + v("a")).eval(a=x)[0]
(v("a") * d2 - n1).eval(a=x)[0]
(n2 / v("a")).eval(a=x)[0]
(v("a") ** f2).eval(a=x)[0]
(v("a") > numpy.int64(2)).eval(a=x)[0]
(v("a") == f2).eval(a=x)[0]
(v("a") * numpy.ones((2, 3))).eval(a=x)[0]
mx.sym.var("a", shape=(n2, n3), dtype=numpy.float32, lr_mult=f2).attr_dict()
mx.sym.var("a", shape=(n2, n3)).infer_shape()
mx.sym.var("a", wd_mult=numpy.float64(2), init=mx.init.Constant(f2)).attr_dict()
mx.sym.var("a", dtype=numpy.float16, shape=(1,)).infer_type()
v("a").infer_type(a=numpy.float64)
mx.sym.cast(v("a"), dtype=numpy.int32).infer_type(a=numpy.float32)
mx.sym.moveaxis(v("a"), n0, n1) if hasattr(mx.sym, "moveaxis") else "none"
mx.sym.Group([v("a"), v("b")]).list_outputs()
mx.sym.load_json((v("a") + f2).tojson()).eval(a=x)[0]
(v("a") + 1).get_internals().list_outputs()
mx.sym.concat(v("a"), v("b"), dim=n1).infer_shape(a=(2, 3), b=(2, 4))
mx.sym.stack(v("a"), v("b"), axis=n1).infer_shape(a=(2, 3), b=(2, 3))
mx.sym.contrib.box_nms(v("a"), topk=n2).list_arguments()
mx.sym.BatchNorm(v("a"), eps=numpy.float64(0.001), momentum=numpy.float32(0.5)).attr_dict()
mx.sym.RNN(v("a"), v("p"), v("s"), state_size=n2, num_layers=n1, mode="rnn_tanh").list_arguments()
(v("a") * 2).bind(mx.cpu(), {"a": x}).forward()[0]
(v("a") * 2).simple_bind(mx.cpu(), a=(n2, n3)).forward(a=x)[0]
repr(v("a"))
repr(mx.sym.Group([v("a"), v("b")]))
mx.sym.contrib.arange_like(v("a"), axis=n1).eval(a=x)[0]
mx.sym.softmax(v("a"), axis=n1, temperature=f2).eval(a=x)[0]
mx.sym.np.add(v("a").as_np_ndarray(), f2).tojson().count("_npi_add_scalar")
"""

NUMPY_SYMBOLS = """
pad(((1, 1), (2, 2)))
pad(((n1, 0), (0, n2)))
pad(((1, 1), (2, 2)), "constant", constant_values=5)
pad(((1, 1), (2, 2)), "constant", constant_values=f2)
pad(((1, 1), (2, 2)), "edge")
pad(((1, 1), (2, 2)), "reflect")
pad(((1, 1), (2, 2)), "reflect", reflect_type="odd")
pad(((1, 1), (2, 2)), "symmetric")
pad(((1, 1), (2, 2)), "maximum")
pad(((1, 1), (2, 2)), "minimum")
pad(((1, 1), (2, 2)), "mean")
pad(((1, 1), (2, 2)), "wrap")
pad(((1, 1), (2, 2)), "nonsense")
pad(1)
np.zeros((n2, n3)).eval()[0]
np.zeros(n2).eval()[0]
np.ones((n2,), dtype=numpy.int32).eval()[0]
np.full((n2, n3), f2).eval()[0]
np.arange(n1, numpy.int64(7), n2).eval()[0]
np.linspace(n1, n2, n3).eval()[0]
np.eye(n3).eval()[0]
np.reshape(a, (n3, n2)).eval(a=x)[0]
a.reshape(n3, n2).eval(a=x)[0]
np.broadcast_to(a, (n2, n2, n3)).eval(a=x)[0]
np.tile(a, (n2, n1)).eval(a=x)[0]
np.repeat(a, n2, axis=n1).eval(a=x)[0]
np.transpose(a, (n1, n0)).eval(a=x)[0]
np.expand_dims(a, n1).eval(a=x)[0]
np.concatenate([a, a], axis=n1).eval(a=x)[0]
np.stack([a, a], axis=n1).eval(a=x)[0]
np.split(a, n3, axis=n1).eval(a=x)[0]
np.sum(a, axis=n1).eval(a=x)[0]
np.mean(a, axis=(n0, n1), keepdims=True).eval(a=x)[0]
np.max(a, axis=n1).eval(a=x)[0]
np.argmax(a, axis=n1).eval(a=x)[0]
np.clip(a, f2, d2).eval(a=x)[0]
np.roll(a, n1, axis=n1).eval(a=x)[0]
np.where(a > n2, a, a).eval(a=x)[0]
np.add(a, f2).eval(a=x)[0]
np.power(f2, a).eval(a=x)[0]
np.maximum(a, n2).eval(a=x)[0]
(a + d2).eval(a=x)[0]
(f2 / a).eval(a=x)[0]
(a > n2).eval(a=x)[0]
a[n1].eval(a=x)[0]
a[n0:n1].eval(a=x)[0]
np.einsum("ij->ji", a).eval(a=x)[0]
np.tensordot(a, a, n2).eval(a=x)[0]
np.dot(a, a.T).eval(a=x)[0]
np.linalg.norm(a, axis=n1).eval(a=x)[0]
np.random.uniform(f2, d2 + 1, size=(n2,)).eval()[0]
np.random.uniform(f2, d2 + 1, size=n2).eval()[0]
np.random.normal(f2, d2, size=n3).eval()[0]
np.random.gamma(f2, d2, size=n3).eval()[0]
np.random.exponential(f2, size=n3).eval()[0]
np.random.gumbel(f2, d2, size=n3).eval()[0]
np.random.pareto(f2, size=n3).eval()[0]
np.random.rayleigh(f2, size=n3).eval()[0]
np.random.chisquare(f2, size=n3).eval()[0]
np.random.beta(f2, d2, size=n3).eval()[0]
np.random.lognormal(f2, d2, size=n3).eval()[0]
np.random.logistic(f2, d2, size=n3).eval()[0]
np.random.weibull(f2, size=n3).eval()[0]
np.random.power(f2, size=n3).eval()[0]
np.random.choice(numpy.int64(5), n3).eval()[0]
np.random.randint(n1, n3, size=n2).eval()[0]
mx.sym.npx.random.bernoulli(numpy.float32(0.5), size=n3).eval()[0]
mx.sym.npx.random.uniform_n(0, f2, batch_shape=n3).eval()[0]
mx.sym.npx.random.normal_n(0, f2, batch_shape=(n3,)).eval()[0]
mx.sym.npx.one_hot(a, n3).infer_shape(a=(2, 3))
mx.sym.npx.pooling(a, kernel=(n2, n2), stride=(n2, n2)).infer_shape(a=(1, 1, 4, 4))
mx.sym.npx.softmax(a, axis=n1).eval(a=x)[0]
mx.sym.npx.topk(a, k=n2).eval(a=x)[0]
np.insert(a, n1, f2, axis=n1).eval(a=x)[0]
np.delete(a, n1, axis=n1).eval(a=x)[0]
np.resize(a, (n3, n3)).eval(a=x)[0]
np.unravel_index(a, (n3, n3)).infer_shape(a=(2,))
np.full_like(a, f2).eval(a=x)[0]
np.empty_like(a).infer_shape(a=(2, 3))
np.percentile(a, 30).eval(a=x)[0]
np.diff(a, n=n1).eval(a=x)[0]
np.nan_to_num(a, nan=f2).eval(a=x)[0]
np.moveaxis(a, n0, n1).eval(a=x)[0]
np.squeeze(a, axis=n0).infer_shape(a=(1, 3))
np.identity(n2).eval()[0]
np.tril(a, k=n1).eval(a=x)[0]
np.hanning(n3).eval()[0]
np.meshgrid(a, a)[0].list_arguments()
"""


def _numpy_symbol_names():
    a = mx.sym.var("a").as_np_ndarray()
    x = mx.np.array([[1.0, 2, 3], [4, 5, 6]])

    def pad(*args, **kwargs):
        return mx.sym.np.pad(a, *args, **kwargs).eval(a=x)[0]

    return {**names(), "np": mx.sym.np, "a": a, "x": x, "pad": pad}


probe_lines(ARRAYS + SPARSE, names, legacy=True)
probe_lines(SYMBOLS, lambda: {**names(), "v": mx.sym.var}, legacy=True)


@probe_each(filter(None, NUMPY_SYMBOLS.splitlines()))
def symbolic(line):
    return eval(line, _numpy_symbol_names())


UNARY = """
abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh degrees exp expm1
floor isfinite isinf isnan isneginf isposinf log log10 log1p log2 logical_not negative radians
reciprocal rint sign sin sinh sqrt square tan tanh trunc
"""


@probe_each(UNARY.split())
def symbolic_function_of_a_symbol_and_of_numbers(name):
    function = getattr(mx.sym.np, name)
    of_symbol = function(mx.sym.var("a").as_np_ndarray()).eval(a=mx.np.array([0.25, 0.5]))[0]
    numbers = 0.5, numpy.float32(0.5), numpy.float64(0.25), numpy.int64(1)
    return of_symbol, [round(float(function(number)), 5) for number in numbers]


SYMBOLIC_NUMBERS = """
np.around(numpy.float32(2.6), 0)
np.round(2.6)
np.fix(a).eval(a=x)[0]
np.flip(numpy.float32(3))
np.nan_to_num(numpy.float32("nan"))
np.polyval(numpy.float32([1, 2]), numpy.float32(3))
np.logical_not(numpy.bool_(True))
np.maximum(numpy.float64(2), 3)
np.tensordot(a, a, ([n1], [n1])).infer_shape(a=(2, 3))
np.full((n2,), True).eval()[0]
np.linalg.pinv(a, rcond=f2).list_arguments()
np.bitwise_not(a).list_arguments()
np.eye(n2, dtype=numpy.int32).eval()[0]
"""


@probe_each(filter(None, SYMBOLIC_NUMBERS.splitlines()))
def symbolic_or_a_number(line):
    return eval(line, _numpy_symbol_names())


@probe(legacy=True)
def gradients_of_a_symbol():
    x, y = mx.sym.var("x"), mx.sym.var("y")
    grads = {"x": mx.nd.zeros((2,)), "y": mx.nd.zeros((2,))}
    arguments = {"x": mx.nd.array([1, 2]), "y": mx.nd.array([3, 4])}
    executor = (x * y + numpy.float32(2) * x).bind(mx.cpu(), arguments, grads)
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2,)))
    return executor.outputs, grads


@probe(legacy=True)
def saving_and_loading_arrays():
    with folder() as path:
        arrays = {"a": mx.nd.arange(3), "b": mx.nd.ones((2, 2), dtype="int32")}
        mx.nd.save(f"{path}/dictionary", arrays)
        mx.nd.save(f"{path}/list", [mx.nd.arange(3), mx.nd.ones((1, 2)).tostype("csr")])
        with open(f"{path}/dictionary", "rb") as file:
            from_buffer = mx.nd.load_frombuffer(file.read())
        return mx.nd.load(f"{path}/dictionary"), mx.nd.load(f"{path}/list"), from_buffer


@probe(legacy=True)
def saving_and_loading_a_symbol():
    with folder() as path:
        symbol = mx.sym.FullyConnected(mx.sym.var("a"), num_hidden=numpy.int64(2), name="f")
        symbol.save(f"{path}/symbol.json")
        return mx.sym.load(f"{path}/symbol.json")


@probe(legacy=True)
def a_checkpoint_of_a_module():
    with folder() as path:
        symbol = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="f")
        weights = {"f_weight": mx.nd.ones((2, 3)), "f_bias": mx.nd.zeros((2,))}
        mx.model.save_checkpoint(f"{path}/net", 3, symbol, weights, {})
        return mx.model.load_checkpoint(f"{path}/net", 3)


def _two_moons():
    x = numpy.random.RandomState(0).uniform(-1, 1, (40, 3)).astype("float32")
    return x, (x[:, 0] > x[:, 1]).astype("float32")


def _mlp():
    hidden = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=numpy.int64(4), name="a")
    hidden = mx.sym.Activation(hidden, act_type="tanh")
    return mx.sym.SoftmaxOutput(
        mx.sym.FullyConnected(hidden, num_hidden=2, name="b"), name="softmax"
    )


@probe_each(("sgd", "adam", "rmsprop"), legacy=True)
def module_fit(optimizer):
    train_iter = mx.io.NDArrayIter(*_two_moons(), batch_size=numpy.int64(8), shuffle=True)
    module = mx.mod.Module(_mlp(), context=mx.cpu())
    module.fit(
        train_iter,
        optimizer=optimizer,
        optimizer_params={"learning_rate": numpy.float32(0.1)},
        initializer=mx.init.Xavier(),
        eval_metric=["acc", "ce"],
        num_epoch=2,
    )
    train_iter.reset()
    score = dict(module.score(train_iter, "acc"))
    return module.get_params()[0], score, module.predict(train_iter)[:2]


@probe(legacy=True)
def bucketing_module():
    def symbol(length):
        return _mlp(), ("data",), ("softmax_label",)

    module = mx.mod.BucketingModule(symbol, default_bucket_key=numpy.int64(3))
    module.bind([("data", (4, 3))], [("softmax_label", (4,))])
    module.init_params(mx.init.One())
    x, y = _two_moons()
    batch = mx.io.DataBatch(
        [mx.nd.array(x[:4])],
        [mx.nd.array(y[:4])],
        bucket_key=3,
        provide_data=[("data", (4, 3))],
        provide_label=[("softmax_label", (4,))],
    )
    module.forward(batch)
    return module.get_outputs()


@probe(legacy=True)
def svrg_module():
    from mxnet.contrib.svrg_optimization.svrg_module import SVRGModule

    x, y = _two_moons()
    train_iter = mx.io.NDArrayIter(x, y, batch_size=8)
    module = SVRGModule(_mlp(), update_freq=2)
    module.fit(train_iter, optimizer_params={"learning_rate": 0.1}, num_epoch=2)
    return {name: value.shape for name, value in module.get_params()[0].items()}


@probe(legacy=True)
def a_monitor_sees_each_layer():
    monitor = mx.mon.Monitor(1, sort=True)
    executor = _mlp().simple_bind(mx.cpu(), data=(2, 3), softmax_label=(2,))
    monitor.install(executor)
    monitor.tic()
    executor.forward()
    return [(name, value) for _, name, value in monitor.toc()]


@probe(legacy=True)
def a_model_of_the_oldest_kind():
    x, y = _two_moons()
    model = mx.model.FeedForward(
        _mlp(),
        num_epoch=2,
        numpy_batch_size=numpy.int64(8),
        learning_rate=numpy.float32(0.1),
        initializer=mx.init.One(),
    )
    model.fit(x, y, eval_data=(x, y), kvstore=None)
    score = float(model.score(mx.io.NDArrayIter(x, y, 8)))
    return model.predict(x)[:2], score, model.arg_params


@probe(legacy=True)
def what_a_module_tells():
    train_iter = mx.io.NDArrayIter(*_two_moons(), batch_size=8)
    module = mx.mod.Module(_mlp())
    module.bind(train_iter.provide_data, train_iter.provide_label)
    module.init_params(mx.init.One())
    module.init_optimizer(optimizer_params={"learning_rate": numpy.float64(0.1)})
    module.forward_backward(next(train_iter))
    module.update()
    with folder() as path:
        module.save_checkpoint(f"{path}/net", 1, save_optimizer_states=True)
        other = mx.mod.Module.load(f"{path}/net", 1, load_optimizer_states=True)
    other.bind(train_iter.provide_data, train_iter.provide_label, for_training=False)
    return module.get_params()[0], module.output_shapes, other.predict(train_iter)[:2]


@probe_each(("local", "device", "local_allreduce_cpu", "nonsense"), legacy=True)
def kvstore(kind):
    store = mx.kv.create(kind)
    out = mx.nd.zeros((2, 2))
    store.init(3, mx.nd.ones((2, 2)))
    store.push(3, [mx.nd.ones((2, 2)) * 2] * 3)
    store.pull(3, out=out)
    pulled = [out.copy()]
    store = mx.kv.create(kind)
    store.init(["a", "b"], [mx.nd.ones((2, 2)), mx.nd.zeros((2, 2))])
    store._set_updater(lambda key, value, stored: stored.__iadd__(value * numpy.float32(0.5)))
    store.push("a", mx.nd.ones((2, 2)) * 4)
    store.pull("a", out=out)
    pulled.append(out.copy())
    store.pushpull("b", mx.nd.ones((2, 2)), out=out)
    return pulled, out, store.type, store.rank, store.num_workers


@probe(legacy=True)
def kvstore_with_an_optimizer():
    store = mx.kv.create("local")
    store.set_optimizer(mx.optimizer.SGD(learning_rate=numpy.float32(0.5), momentum=0.9))
    store.init(0, mx.nd.ones((2,)))
    out = mx.nd.zeros((2,))
    for _ in range(3):
        store.push(0, mx.nd.ones((2,)))
    store.pull(0, out=out)
    with folder() as path:
        store.save_optimizer_states(f"{path}/states")
        store.load_optimizer_states(f"{path}/states")
        store.push(0, mx.nd.ones((2,)))
        after = mx.nd.zeros((2,))
        store.pull(0, out=after)
    return out, after


@probe(legacy=True)
def kvstore_with_sparse_rows():
    store = mx.kv.create("local")
    store.init("e", mx.nd.ones((4, 2)).tostype("row_sparse"))
    out = mx.nd.sparse.zeros("row_sparse", (4, 2))
    store.row_sparse_pull("e", out=out, row_ids=mx.nd.array([1, 3]))
    return out


@probe(legacy=True)
def kvstore_with_gradient_compression():
    store = mx.kv.create("device")
    return store.set_gradient_compression({"type": "2bit", "threshold": numpy.float32(0.5)})


@probe(legacy=True)
def foreach():
    return mx.nd.contrib.foreach(
        lambda item, state: (item + state, item * numpy.float32(2)),
        mx.nd.arange(6).reshape((3, 2)),
        mx.nd.zeros((2,)),
    )


@probe(legacy=True)
def while_loop():
    outputs, states = mx.nd.contrib.while_loop(
        cond=lambda i, s: i < 3,
        func=lambda i, s: ([i * 2], [i + 1, s + i]),
        loop_vars=(mx.nd.array([0]), mx.nd.array([1])),
        max_iterations=numpy.int64(5),
    )
    return outputs[0][:3], states  # what is behind is not set


@probe(legacy=True)
def cond():
    a = mx.nd.array([numpy.float32(1)])
    return mx.nd.contrib.cond(a < 2, lambda: a + 10, lambda: a - 10)


@probe(legacy=True)
def symbolic_control_flow():
    a = mx.sym.var("a")
    each, _ = mx.sym.contrib.foreach(lambda x, s: (x + s, s + 1), a, mx.sym.zeros((2,)))
    loop, _ = mx.sym.contrib.while_loop(
        lambda i: i < 3, lambda i: ([i], [i + 1]), [mx.sym.var("i")], max_iterations=numpy.int64(4)
    )
    branch = mx.sym.contrib.cond(mx.sym.var("i") < 2, lambda: a * 2, lambda: a * 3)
    x, i = mx.nd.arange(4).reshape((2, 2)), mx.nd.array([0])
    return each.eval(a=x), loop[0].eval(i=i)[0][:3], branch.eval(a=x, i=i)


class Doubling(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * numpy.float32(2))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], out_grad[0] * 2)


@mx.operator.register("probe_doubling")
class DoublingProp(mx.operator.CustomOpProp):
    def __init__(self, factor="2"):
        super().__init__(need_top_grad=True)
        self.factor = factor

    def infer_shape(self, in_shape):
        return in_shape, [in_shape[0]], []

    def create_operator(self, ctx, shapes, dtypes):
        return Doubling()


@probe(legacy=True)
def custom_operator():
    x = mx.nd.arange(3)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Custom(x, op_type="probe_doubling", factor=numpy.int64(2))
    y.backward()
    symbol = mx.sym.Custom(mx.sym.var("a"), op_type="probe_doubling", name="c")
    return y, x.grad, symbol.eval(a=x), symbol.infer_shape(a=(numpy.int64(3),))


@probe
def custom_operator_in_the_numpy_interface():
    x = mx.np.arange(3)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Custom(x.as_nd_ndarray(), op_type="probe_doubling").as_np_ndarray()
    y.backward()
    return y, x.grad


@probe_each(("print_summary", "plot_network"), legacy=True)
def visualization(name):
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        if name == "plot_network":
            graph = mx.viz.plot_network(_mlp(), shape={"data": (numpy.int64(2), 3)})
            return sorted(line.strip() for line in graph.source.splitlines() if "->" in line)
        mx.viz.print_summary(_mlp(), shape={"data": (numpy.int64(2), numpy.int64(3))})
    return out.getvalue().splitlines()


@probe(legacy=True)
def quantizing_a_symbol():
    from mxnet.contrib import quantization

    return sorted(
        name
        for name in dir(quantization)
        if "calib" in name.lower() and callable(getattr(quantization, name))
    )


@probe_each(("none", "naive", "entropy"), legacy=True)
def quantizing_a_net(calibrated):
    import logging

    from mxnet.contrib import quantization

    net = mx.gluon.nn.HybridSequential(prefix="q_")
    net.add(mx.gluon.nn.Conv2D(4, 3, activation="relu"), mx.gluon.nn.Dense(3))
    net.initialize(mx.init.Constant(0.01))
    x = mx.nd.arange(384).reshape((2, 3, 8, 8)) / 100
    net(x)
    quantized = quantization.quantize_net(
        net,
        calib_mode=calibrated,
        calib_data=None if calibrated == "none" else mx.io.NDArrayIter(x, batch_size=2),
        num_calib_examples=2,
        data_shapes=[mx.io.DataDesc("data", x.shape)],
        ctx=mx.cpu(),
        logger=logging.getLogger("quantization"),
    )
    names = [name.split("_", 1)[-1] for name in quantized.collect_params()]
    return quantized(x).shape, sorted(names)  # the numbers depend on the processor


@probe(legacy=True)
def optimal_threshold_of_a_histogram():
    from mxnet.contrib.quantization import _LayerHistogramCollector, combine_histogram

    histogram = numpy.histogram(numpy.float32([-1, 0, 0.5, 2]), bins=5, range=(-2, 2))
    old = (*histogram, -1.0, 2.0, 2.0)
    combined = combine_histogram(old, numpy.float32([3, 1]), -1.0, 3.0, 3.0)
    return combined, _LayerHistogramCollector is not None


@probe(legacy=True)
def text_vocabulary():
    from mxnet.contrib import text

    counter = text.utils.count_tokens_from_str("a b b c c c")
    vocabulary = text.vocab.Vocabulary(counter, most_freq_count=numpy.int64(2))
    return vocabulary.idx_to_token, vocabulary.to_indices(["c", "z"])
