"""Trainers, optimizers, schedules, metrics, the estimator, and MXNet's own test helpers."""

import logging
import pickle

from probes import folder, probe, probe_each, probe_lines

import mxnet as mx
import mxnet.test_utils as tu
import numpy
from mxnet import autograd, gluon, init, np
from mxnet.gluon import nn

X = numpy.float32([[1, 2], [3, -1], [0.5, 0], [-2, 1]])
Y = numpy.float32([[1], [0], [2], [-1]])

# All that are registered but lars, which crashes MXNet in either interface.
OPTIMIZERS = {
    "sgd": {"momentum": numpy.float32(0.9), "wd": numpy.float64(0.01)},
    "sgd clipped": {"clip_gradient": numpy.float32(0.5)},
    "adadelta": {"rho": 0.9},
    "adagrad": {"eps": numpy.float64(1e-7)},
    "adam": {"beta1": numpy.float32(0.9), "epsilon": numpy.float64(1e-8)},
    "adamax": {},
    "ccsgd": {},
    "dcasgd": {"momentum": 0.9},
    "ftml": {},
    "ftrl": {"lamda1": numpy.float32(0.01)},
    "groupadagrad": {},
    "lamb": {"lower_bound": numpy.float32(0.01)},
    "lbsgd": {"momentum": 0.9, "updates_per_epoch": numpy.int64(1)},
    "nadam": {},
    "nag": {"momentum": numpy.float32(0.9)},
    "rmsprop": {"centered": True, "gamma1": numpy.float32(0.9)},
    "rmsprop plain": {"clip_weights": numpy.float32(1)},
    "sgld": {},
    "signum": {"wd_lh": numpy.float32(0.01)},
    "test": {},
}


def _three_steps(name, arguments, array=np.array):
    net = nn.Dense(1, in_units=2, use_bias=False)
    net.initialize(init.Constant(0.5))
    trainer = gluon.Trainer(
        net.collect_params(), name, {"learning_rate": numpy.float32(0.1), **arguments}
    )
    for _ in range(3):
        with autograd.record():
            l = ((net(array(X)) - array(Y)) ** 2).sum()
        l.backward()
        trainer.step(batch_size=numpy.int64(4))
    return net, trainer


@probe_each([name for name in OPTIMIZERS if name != "dcasgd"])  # a legacy one
def three_steps_of(name):
    return _three_steps(name.split()[0], OPTIMIZERS[name])[0].weight.data()


@probe_each(OPTIMIZERS, legacy=True)
def three_legacy_steps_of(name):
    return _three_steps(name.split()[0], OPTIMIZERS[name], mx.nd.array)[0].weight.data()


HALF = ("sgd", "nag", "lbsgd", "adam", "adagrad", "adadelta", "rmsprop", "ftrl", "adamax", "signum")


@probe_each(HALF, legacy=True)
def updates_in_half_precision_of(name):
    optimizer = mx.optimizer.create(name, multi_precision=True, learning_rate=0.1)
    weight = mx.nd.array([[1, -2]], dtype=numpy.float16)
    gradient = mx.nd.array([[0.5, 0.25]], dtype=numpy.float16)
    updater = mx.optimizer.get_updater(optimizer)
    for _ in range(3):
        updater(0, gradient, weight)
    return [round(float(value), 2) for value in weight.astype("float32").asnumpy().ravel()]


@probe_each([name for name in OPTIMIZERS if " " not in name and name != "dcasgd"], legacy=True)
def legacy_update_of(name):
    optimizer = mx.optimizer.create(name, learning_rate=numpy.float64(0.1), **OPTIMIZERS[name])
    weight, gradient = mx.nd.array([[1, -2]]), mx.nd.array([[0.5, 0.25]])
    updater = mx.optimizer.get_updater(optimizer)
    for _ in range(3):
        updater([numpy.int64(0)], [gradient], [weight])
    states = updater.get_states(dump_optimizer=True)
    updater.set_states(states)
    return weight


@probe_each(("sgd", "adam", "adagrad", "ftrl"), legacy=True)
def sparse_update_of(name):
    optimizer = mx.optimizer.create(name, learning_rate=0.1)
    weight = mx.nd.ones((3, 2)).tostype("row_sparse")
    gradient = mx.nd.sparse.row_sparse_array(([[1, 2]], [1]), shape=(3, 2))
    updater = mx.optimizer.get_updater(optimizer)
    updater(0, gradient, weight)
    return weight


@probe_each(("sgd", "adam", "lamb"))
def states_of_a_trainer_saved_and_loaded(name):
    net, trainer = _three_steps(name, {})
    with folder() as path:
        trainer.save_states(f"{path}/states")
        trainer.load_states(f"{path}/states")
    with autograd.record():
        l = (net(np.array(X)) ** 2).sum()
    l.backward()
    trainer.step(4)
    return net.weight.data(), trainer.learning_rate, trainer.optimizer.num_update


@probe
def a_trainer_by_hand():
    net, trainer = _three_steps("sgd", {})
    trainer.set_learning_rate(numpy.float64(0.5))
    with autograd.record():
        l = net(np.array(X)).sum()
    l.backward()
    trainer.allreduce_grads()
    trainer.update(numpy.int64(4), ignore_stale_grad=numpy.bool_(True))
    return net.weight.data(), net.weight.grad(), float(trainer.learning_rate)


@probe
def a_trainer_with_multipliers():
    net = nn.Dense(1, in_units=2)
    net.initialize(init.One())
    net.bias.lr_mult = numpy.float32(0)
    net.weight.wd_mult = numpy.float64(2)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "wd": 0.1})
    with autograd.record():
        l = net(np.array(X)).sum()
    l.backward()
    trainer.step(1)
    return net.weight.data(), net.bias.data()


@probe
def two_devices_in_a_trainer():
    devices = [mx.cpu(0), mx.cpu(1)]
    net = nn.Dense(1, in_units=2)
    net.initialize(init.One(), ctx=devices)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": numpy.float32(0.1)})
    parts = gluon.utils.split_and_load(np.array(X), devices)
    with autograd.record():
        losses = [net(part).sum() for part in parts]
    for l in losses:
        l.backward()
    trainer.step(4)
    return [net.weight.data(device) for device in devices]


SCHEDULES = {
    "FactorScheduler": lambda s: s.FactorScheduler(
        step=numpy.int64(3), factor=numpy.float32(0.5), base_lr=1
    ),
    "MultiFactorScheduler": lambda s: s.MultiFactorScheduler(step=[3, 6], factor=0.1, base_lr=1),
    "PolyScheduler": lambda s: s.PolyScheduler(10, base_lr=numpy.float32(1), pwr=numpy.int64(2)),
    "CosineScheduler": lambda s: s.CosineScheduler(10, base_lr=1, final_lr=numpy.float64(0.1)),
    "warm-up": lambda s: s.CosineScheduler(
        10, base_lr=1, warmup_steps=3, warmup_begin_lr=0.1, warmup_mode="linear"
    ),
    "constant warm-up": lambda s: s.FactorScheduler(
        4, base_lr=1, warmup_steps=3, warmup_begin_lr=0.1, warmup_mode="constant"
    ),
    "MultiFactorScheduler of an array": lambda s: s.MultiFactorScheduler(
        step=list(numpy.array([3, 6])), base_lr=numpy.float32(1)
    ),
}


@probe_each(SCHEDULES)
def learning_rates_of(name):
    schedule = SCHEDULES[name](mx.lr_scheduler)
    return [float(schedule(numpy.int64(step))) for step in range(1, 12)]


@probe
def a_schedule_in_a_trainer():
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.1)
    net, trainer = _three_steps("sgd", {"lr_scheduler": schedule})
    return net.weight.data(), float(trainer.learning_rate)


METRICS = {
    "Accuracy": lambda m: m.Accuracy(),
    "Accuracy of an axis": lambda m: m.Accuracy(axis=numpy.int64(1)),
    "TopKAccuracy": lambda m: m.TopKAccuracy(top_k=numpy.int64(2)),
    "Perplexity": lambda m: m.Perplexity(ignore_label=None),
    "Perplexity but a label": lambda m: m.Perplexity(ignore_label=numpy.int64(1)),
    "CrossEntropy": lambda m: m.CrossEntropy(),
    "NegativeLogLikelihood": lambda m: m.NegativeLogLikelihood(),
    "PCC": lambda m: m.PCC(),
    "CustomMetric": lambda m: m.CustomMetric(lambda label, pred: float((pred[:, 0] > 0.3).sum())),
    "np": lambda m: m.np(lambda label, pred: numpy.abs(label - pred.argmax(1)).mean()),
    "Composite": lambda m: m.create(["acc", "ce"]),
    "Loss": lambda m: m.Loss(),
    "Torch": lambda m: m.Torch(),
    "Caffe": lambda m: m.Caffe(),
}
PAIRED = {
    "MAE": lambda m: m.MAE(),
    "MSE": lambda m: m.MSE(),
    "RMSE": lambda m: m.RMSE(),
    "PearsonCorrelation": lambda m: m.PearsonCorrelation(),
    "PearsonCorrelation micro": lambda m: m.PearsonCorrelation(average="micro"),
}
BINARY = {
    "F1": lambda m: m.F1(),
    "F1 micro": lambda m: m.F1(average="micro"),
    "MCC": lambda m: m.MCC(),
    "MCC micro": lambda m: m.MCC(average="micro"),
}
PREDICTIONS = numpy.float32([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])


def _measured(metric, label, prediction):
    for part in (slice(0, 2), slice(2, 4)):
        metric.update([label[part]], [prediction[part]])
    return plain_numbers(metric.get()), plain_numbers(metric.get_global()), str(metric)[:12]


def plain_numbers(named):
    """Return the values of a metric with their precision, whether NumPy's or Python's."""
    name, values = named
    values = values if isinstance(values, list) else [values]
    return name, [(numpy.result_type(type(value)).name, float(value)) for value in values]


@probe_each(METRICS)
def metric(name):
    label, prediction = mx.nd.array([1, 0, 1, 2]), mx.nd.array(PREDICTIONS)
    return _measured(METRICS[name](mx.metric), label, prediction)


@probe_each(("TopKAccuracy", "CrossEntropy", "NegativeLogLikelihood", "CustomMetric", "np"))
def metric_of_numpy_arrays_of_mxnet(name):
    label, prediction = np.array([1.0, 0, 1, 2]), np.array(PREDICTIONS)
    return _measured(METRICS[name](mx.metric), label, prediction)


@probe_each(PAIRED)
def metric_of_pairs(name):
    label, prediction = mx.nd.array([1, 0, 1, 2]), mx.nd.array([0.5, 0.25, 1, 3])
    return _measured(PAIRED[name](mx.metric), label, prediction)


@probe_each(BINARY)
def binary_metric(name):
    label = mx.nd.array([1, 0, 1, 1])
    prediction = mx.nd.array([[0.3, 0.7], [0.4, 0.6], [0.2, 0.8], [0.6, 0.4]])
    return _measured(BINARY[name](mx.metric), label, prediction)


@probe
def what_is_said_of_the_labels_of_a_metric():
    metric = mx.metric.Accuracy()
    metric.update([mx.nd.array([1, 0])], [mx.nd.array([1, 1])])
    metric.reset_local()
    return metric.get_config(), mx.metric.check_label_shapes([1], [1])


@probe
def a_loss_over_many_batches():
    metric = mx.metric.Loss()
    for _ in range(300):
        metric.update(None, [mx.nd.array([0.1, 0.2])])
    return repr(metric.get()[1])


@probe(legacy=True)
def an_estimator():
    from mxnet.gluon.contrib import estimator

    logging.getLogger("Estimator").setLevel(logging.ERROR)
    data = gluon.data.DataLoader(
        gluon.data.ArrayDataset(X, numpy.float32([1, 1, 1, 0])), batch_size=2
    )
    net = nn.Dense(2, in_units=2)
    net.initialize(init.One())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    fit = estimator.Estimator(
        net,
        gluon.loss.SoftmaxCrossEntropyLoss(),
        train_metrics=mx.metric.Accuracy(),
        trainer=trainer,
    )
    with folder() as path:
        best = estimator.CheckpointHandler(path, monitor=fit.train_metrics[0], save_best=True)
        early = estimator.EarlyStoppingHandler(fit.train_metrics[0], patience=1)
        logger = logging.getLogger("Estimator")
        logger.disabled = True
        fit.fit(data, val_data=data, epochs=3, event_handlers=[best, early])
        logger.disabled = False
    return net.weight.data(), fit.train_metrics[0].get()[0], float(best.best)


@probe_each(("min", "max"))
def what_the_estimator_takes_for_the_best(mode):
    from mxnet.gluon.contrib.estimator import CheckpointHandler, EarlyStoppingHandler

    monitor = mx.metric.Accuracy()
    with folder() as path:
        saving = CheckpointHandler(path, monitor=monitor, save_best=True, mode=mode)
    stopping = EarlyStoppingHandler(monitor, mode=mode, baseline=numpy.float32(0.5))
    stopping.train_begin(None)
    return saving.best, saving.monitor_op.__name__, stopping.best, stopping.monitor_op.__name__


@probe
def pickling_an_optimizer():
    optimizer = mx.optimizer.SGD(learning_rate=numpy.float32(0.1), momentum=numpy.float64(0.9))
    other = pickle.loads(pickle.dumps(optimizer))
    return float(other.learning_rate), float(other.momentum)


@probe_each(("np", "nd", "symbol", "metric"))
def pickling(kind):
    value = {
        "np": lambda: np.arange(3),
        "nd": lambda: mx.nd.arange(3),
        "symbol": lambda: mx.sym.var("a") + numpy.float32(2),
        "metric": lambda: mx.metric.MAE().get_config(),
    }[kind]()
    return pickle.loads(pickle.dumps(value))


@probe
def copying():
    import copy

    x = np.arange(3)
    return copy.copy(x), copy.deepcopy(x), copy.deepcopy([mx.nd.arange(2)])


HELPERS = """
tu.default_dtype()
tu.default_numeric_eps()
tu.default_rtols()[numpy.dtype(numpy.float32)]
sorted((str(k), v) for k, v in tu.default_atols().items())
sorted((str(k), v) for k, v in tu.default_rtols().items())
tu.get_atol()
tu.get_rtol()
tu.get_etol()
tu.get_tolerance(numpy.zeros(2, "float32"), None, tu.default_rtols())
tu.get_tols(numpy.zeros(2, "float32"), numpy.zeros(2, "float64"), None, None)
tu.get_tols(np.zeros(2), np.zeros(2, dtype="float64"), None, None)
tu.get_tols(numpy.zeros(2, bool), numpy.zeros(2, "int32"), None, None)
tu.get_tols(numpy.zeros(2, "float16"), numpy.zeros(2, "uint8"), None, None)
tu.get_tols(mx.nd.zeros(2), 1.0, None, None)
tu.effective_dtype(numpy.zeros(2, "float32"))
tu.effective_dtype(np.zeros(2))
tu.almost_equal(numpy.ones(2), numpy.ones(2))
tu.almost_equal(np.ones(2), np.ones(2) * 2)
tu.almost_equal(numpy.array([numpy.nan]), numpy.array([numpy.nan]), equal_nan=True)
tu.assert_almost_equal(numpy.ones(2), numpy.ones(2))
tu.assert_almost_equal(np.ones(2), numpy.ones(2))
tu.assert_almost_equal(np.ones(2), np.ones(2), rtol=numpy.float32(1e-3), atol=1e-3)
tu.assert_almost_equal(mx.nd.ones(2), numpy.ones(2), names=("x", "y"))
tu.assert_almost_equal(np.array([True]), numpy.array([True]))
tu.assert_almost_equal(np.ones(2), np.array([1, 2.0]))
tu.assert_almost_equal(numpy.ones(2), numpy.array([1, 2.0]))
tu.assert_almost_equal(numpy.ones((2, 2)), numpy.eye(2))
tu.assert_almost_equal(numpy.int32([1, 2]), numpy.int32([1, 3]))
tu.assert_almost_equal_ignore_nan(numpy.array([1, numpy.nan]), numpy.array([1, numpy.nan]))
tu.assert_almost_equal_with_err(numpy.ones(4), numpy.array([1, 1, 1, 2]), etol=0.5)
tu.assert_exception(int, ValueError, "a")
tu.same(numpy.ones(2), numpy.ones(2))
tu.same(np.ones(2), np.ones(2))
tu.same_array(mx.nd.ones(2), mx.nd.ones(2))
tu.rand_ndarray((2, 3), "default")
tu.rand_ndarray((3, 3), "csr", density=0.5)
tu.rand_ndarray((3, 3), "row_sparse", density=0.5)
tu.rand_ndarray((2, 3), dtype="int32").dtype
tu.rand_sparse_ndarray((3, 3), "csr", density=0.4)[0].stype
tu.create_sparse_array((3, 3), "row_sparse", rsp_indices=[1], data_init=1)
tu.create_sparse_array_zd((3, 3), "csr", 0.5).stype
len(tu.rand_shape_2d())
len(tu.rand_shape_nd(4))
tu.rand_coord_2d(0, 3, 0, 3)[0] < 3
tu.random_arrays((2, 3), (4,))[0].shape
tu.random_arrays((2,)).dtype
tu.random_uniform_arrays((2,), low=numpy.float32(1), high=2)[0].shape
tu.random_sample([1, 2, 3], 3) != None
tu.np_reduce(numpy.arange(6.0).reshape(2, 3), 1, True, numpy.sum)
tu.assign_each(numpy.arange(3.0), lambda v: v * 2)
tu.assign_each2(numpy.arange(3.0), numpy.arange(3.0), lambda a, b: a + b)
tu.collapse_sum_like(numpy.ones((2, 3)), (3,))
tu.create_2d_tensor(2, 3)
tu.create_vector(4)
tu.get_identity_mat(2)
tu.get_identity_mat_batch(2)
tu.new_sym_matrix_with_real_eigvals_2d(2).shape
tu.new_orthonormal_matrix_2d(2).shape
tu.new_matrix_with_real_eigvals_nd((2, 2, 2)).shape
tu.simple_forward(mx.sym.var("a") * 2, a=numpy.ones(2))
tu.check_numeric_gradient(mx.sym.var("a") ** 2, [numpy.array([1.0, 2])])
tu.check_numeric_gradient(mx.sym.tanh(mx.sym.var("a")), {"a": numpy.array([0.1, 0.2])}, rtol=0.1)
tu.check_symbolic_forward(mx.sym.var("a") * 2, [numpy.ones(2)], [numpy.ones(2) * 2])
tu.check_symbolic_backward(mx.sym.var("a") * 2, *[[numpy.ones(2)]] * 2, [numpy.ones(2) * 2])
tu.check_symbolic_forward(mx.sym.var("a") * 2, [numpy.ones(2)], [numpy.ones(2) * 3])
len(tu.check_consistency(mx.sym.var("a") * 2, two_devices()))
tu.compare_optimizer(mx.optimizer.SGD(), mx.optimizer.SGD(), (3, 4), "float32")
tu.same_symbol_structure(mx.sym.var("a") + 1, mx.sym.var("b") + 1)
tu.is_op_runnable()
tu.has_tvm_ops()
tu.gen_buckets_probs_with_ppf(lambda q: q, 4)
chi_square(lambda n: numpy.random.uniform(size=n), *uniform_buckets())
chi_square(lambda n: mx.nd.random.uniform(shape=n).asnumpy(), *uniform_buckets())
chi_square(lambda n: numpy.random.randint(0, 3, n), [0, 1, 2], [1 / 3] * 3)
tu.verify_generator(lambda n: numpy.random.uniform(size=n), *uniform_buckets(), 2000, 3, 0.3)
tu.mean_check(lambda n: numpy.random.normal(size=n), 0, 1, nsamples=1000)
tu.var_check(lambda n: numpy.random.normal(size=n), 1, nsamples=1000)
tu.compare_ndarray_tuple((mx.nd.ones(2),), (mx.nd.ones(2),))
tu.numeric_grad(bound(), {"a": numpy.array([1.0, 2])})
tu.array([1, 2]) if callable(tu.array) else "none"
"""


def _helper_names():
    def uniform_buckets():
        return tu.gen_buckets_probs_with_ppf(lambda q: q, 4)

    def chi_square(generator, buckets, probabilities):
        p, observed, expected = tu.chi_square_check(generator, buckets, probabilities, 2400)
        return float(p), list(map(int, observed)), list(map(float, expected))

    def two_devices():
        return [
            {"ctx": mx.cpu(0), "a": (2,), "type_dict": {"a": dtype}}
            for dtype in (numpy.float64, numpy.float32)
        ]

    def bound():
        symbol = mx.sym.sum(mx.sym.var("a") ** 2)
        return symbol.bind(mx.cpu(), {"a": mx.nd.array([1, 2])})

    return {**globals(), **locals()}


probe_lines(HELPERS, _helper_names, legacy=True)


@probe
def helpers_of_tests_under_the_numpy_interface():
    tu.assert_almost_equal(np.ones((2, 2)), numpy.ones((2, 2)), use_broadcast=False)
    tu.check_gluon_hybridize_consistency(
        lambda prefix: nn.Dense(2, in_units=2, prefix=prefix), [np.ones((2, 2))], rtol=1e-3
    )
    return tu.default_context().device_type


@probe
def environment_for_a_while():
    import os

    with tu.environment("PROBE", "1"):
        inside = os.environ.get("PROBE")
    return inside, os.environ.get("PROBE")


@probe_each(("Speedometer", "ProgressBar", "log_train_metric", "LogValidationMetricsCallback"))
def callback(name):
    import io

    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    metric = mx.metric.Accuracy()
    metric.update([mx.nd.array([1, 0])], [mx.nd.array([1, 1])])
    parameters = mx.model.BatchEndParam(numpy.int64(1), numpy.int64(2), metric, None)
    try:
        if name == "Speedometer":
            called = mx.callback.Speedometer(numpy.int64(4), frequent=numpy.int64(1))
            called(parameters)
        elif name == "ProgressBar":
            mx.callback.ProgressBar(total=numpy.int64(4))(parameters)
        elif name == "log_train_metric":
            mx.callback.log_train_metric(numpy.int64(1))(parameters)
        else:
            mx.callback.LogValidationMetricsCallback()(parameters)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return out.getvalue().splitlines()


@probe_each((0, 7, 2**31 - 1, "numpy.int64"))
def seeds(seed):
    mx.random.seed(numpy.int64(7) if seed == "numpy.int64" else seed)
    first = np.random.normal(size=3), np.random.randint(0, 100, 3), mx.nd.random.uniform(shape=2)
    mx.random.seed(7, ctx=mx.cpu())
    return first, np.random.uniform(size=2)
