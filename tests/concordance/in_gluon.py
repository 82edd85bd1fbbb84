"""Gluon's side of docs/concordance.md: what side.py needs, and a function for each bullet."""

import os
import tempfile
import time
import warnings
from unittest import mock

import d2l_helpers as dh

import mxnet as mx
import numpy
from mxnet import autograd, gluon, init, lr_scheduler, np, npx
from mxnet.gluon import nn

NAME = "Gluon"


def example(layer, shape, key):
    """Return random images for a layer and random weights, by name; the layer is initialized."""
    rng = numpy.random.default_rng(0)
    found = {f"{key}: input": rng.normal(size=shape).astype("float32")}
    layer.initialize()
    layer(np.array(found[f"{key}: input"]))
    for i, (name, parameter) in enumerate(layer.collect_params().items()):
        is_positive = name.endswith(("gamma", "running_var"))
        drawn = rng.uniform(0.5, 1.5, parameter.shape)
        values = drawn if is_positive else rng.normal(0, 0.1, parameter.shape)
        found[f"{key}: weight {i}"] = values.astype("float32")
    return found


def output(layer, X, weights, training):
    set_weights(layer, weights)
    with autograd.record(training):
        return layer(np.array(X)).asnumpy()


def draw(code, names, shape):
    weight = gluon.Parameter("weight", shape=shape)
    weight.initialize(eval(code, names))
    return weight.data().asnumpy()


def weights(net):
    return [parameter.data().asnumpy() for parameter in net.collect_params().values()]


def set_weights(net, values):
    for parameter, value in zip(net.collect_params().values(), values):
        parameter.set_data(np.array(value))


def scores(net, X):
    return net(X).asnumpy()


def images(X):
    return X.asnumpy()


def numbers(array):
    return array.asnumpy()


def loss(names):
    return names["loss"](names["net"](names["X"]), names["y"]).mean().asnumpy()


def squared_error(names):
    guess, truth = np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2))
    return 2 * names["squared"](guess, truth).mean().asnumpy()


def _net(*layers, shape=(4, 2), start=None):
    """Return an initialized Sequential that has seen an input of a shape."""
    net = nn.HybridSequential()
    net.add(*layers)
    net.initialize(start or init.Xavier())
    net(np.ones(shape))
    return net


# The bullets


def convolution_axes():
    assert nn.Conv2D(5, kernel_size=3, in_channels=2).weight.shape == (5, 2, 3, 3)
    net = _net(nn.Conv2D(5, kernel_size=3), shape=(1, 8, 8, 8))
    assert net(np.ones((1, 8, 9, 7))).shape == (1, 5, 7, 5)


convolution_weights = convolution_axes


def convolution_same():
    X = np.ones((1, 1, 4, 4))
    net = _net(nn.Conv2D(1, 3, strides=2, padding=1), shape=X.shape, start=init.One())
    assert (net(X)[0, 0].asnumpy() == [[4, 6], [6, 9]]).all()  # zeros at the top left
    try:
        _net(nn.Conv2D(1, 3, strides=2, padding=(0, 1, 0, 1)), shape=X.shape)[0].weight.data()
        npx.waitall()
    except mx.MXNetError:
        return
    raise AssertionError("the sides have paddings of their own")


def convolution_input_channels():
    assert _net(nn.Conv2D(5, kernel_size=3), shape=(1, 7, 8, 8))[0].weight.shape[1] == 7


def convolution_in_groups_weights():
    net = _net(nn.Conv2D(256, kernel_size=5, groups=2), shape=(1, 96, 13, 13))
    assert net[0].weight.shape == (256, 48, 5, 5)


def max_pooling_rounding():
    X = np.ones((1, 1, 6, 6))
    assert nn.MaxPool2D(3, 2)(X).shape == (1, 1, 2, 2)
    assert nn.MaxPool2D(3, 2, ceil_mode=True)(X).shape == (1, 1, 3, 3)


def average_pooling_padding():
    means = nn.AvgPool2D(3, 1, padding=1)(np.ones((1, 1, 3, 3))).asnumpy()[0, 0]
    assert numpy.allclose(means[0], [4 / 9, 6 / 9, 4 / 9])


def global_average_pooling_shape():
    assert nn.GlobalAvgPool2D()(np.ones((8, 3, 5, 5))).shape == (8, 3, 1, 1)


def dense_layer_flattening():
    assert _net(nn.Dense(7), shape=(8, 3, 4, 5))(np.ones((8, 3, 4, 5))).shape == (8, 7)


def dense_layer_weights():
    assert _net(nn.Dense(7), shape=(8, 5))[0].weight.shape == (7, 5)


def activation_as_an_argument():
    assert nn.Conv2D(1, 1, activation="relu").act and nn.Dense(1, activation="relu").act


def dropout_when():
    drop, ones = nn.Dropout(0.5), np.ones((1000,))
    assert (drop(ones) == ones).all()
    for mode in (autograd.record, autograd.train_mode):
        with mode():
            assert 300 < (drop(ones) == 0).sum() < 700
    with autograd.record(train_mode=False):
        assert (drop(ones) == ones).all()


def dropout_scale():
    with autograd.record():
        kept = nn.Dropout(0.75)(np.ones((1000,)))
    assert set(kept.asnumpy()) == {0, 4}


def _running(momentum, **settings):
    """Return the running mean and variance before and after `backward`, for a batch of 1 and 3."""
    norm = nn.BatchNorm(momentum=momentum, **settings)
    norm.initialize()
    with autograd.record():
        Y = norm(np.array([[1.0], [3.0]]))
    before = float(norm.running_mean.data()), float(norm.running_var.data())
    Y.backward()
    npx.waitall()
    return before, (float(norm.running_mean.data()), float(norm.running_var.data()))


def batch_normalization_momentum():
    assert numpy.isclose(_running(0.9)[1][0], 0.9 * 0 + 0.1 * 2)


def batch_normalization_running_variance():
    assert numpy.isclose(_running(0.75)[1][1], 0.75 * 1 + 0.25 * 1)


def batch_normalization_when():
    norm, X = _net(nn.BatchNorm(), shape=(4, 2)), np.array([[1.0, 1], [3, 3]])
    assert numpy.allclose(norm(X).asnumpy(), X.asnumpy(), atol=1e-4)
    for mode in (autograd.record, autograd.train_mode):
        with mode():
            assert numpy.allclose(norm(X).asnumpy(), [[-1, -1], [1, 1]], atol=1e-4)
    with autograd.record(train_mode=False):
        assert numpy.allclose(norm(X).asnumpy(), X.asnumpy(), atol=1e-4)


def batch_normalization_when_they_move():
    assert _running(0.9)[0] == (0, 1) != _running(0.9)[1]


def local_response_normalization_alpha():
    X = np.ones((1, 5, 1, 1))
    (middle,) = dh.LRN(channels=5, alpha=1.0, beta=1.0, k=1.0)(X)[0, 2, 0].asnumpy()
    assert numpy.isclose(middle, 1 / (1 + 1.0 / 5 * 5))
    (middle,) = dh.tensorflow_lrn(depth_radius=2, alpha=1.0, beta=1.0)(X)[0, 2, 0].asnumpy()
    assert numpy.isclose(middle, 1 / (1 + 1.0 * 5))


def _num_warnings(net):
    """Return how many warnings `hybridize` gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net.hybridize()
    return len(caught)


class _Same(nn.Block):
    """A layer that `hybridize` does not compile."""

    def forward(self, x):
        return x


def layers_in_a_row_two_kinds():
    for net, expected in ((nn.Sequential(), 1), (nn.HybridSequential(), 0)):
        net.add(nn.Dense(2))
        net.initialize(init.One())
        assert _num_warnings(net) == expected
        assert (net(np.ones((1, 3))) == 3).all()
    mixed = nn.Sequential()
    mixed.add(nn.Dense(2), _Same())
    assert _num_warnings(mixed) == 0
    assert not hasattr(nn.Sequential(), "_active")


def a_layer_of_your_own_compiled():
    assert not issubclass(nn.Block, nn.HybridBlock) and issubclass(dh.LRN, nn.HybridBlock)
    assert "hybrid_forward" in vars(dh.LRN)


def xavier_two_names():
    weight = draw("init.Xavier()", {"init": init}, (300, 200))
    assert numpy.isclose(abs(weight).max(), (6 / 500) ** 0.5, rtol=1e-2)


def he_cut_off():
    weight = draw("init.MSRAPrelu('in', slope=0)", {"init": init}, (300, 200))
    assert numpy.isclose(weight.std(), (2 / 200) ** 0.5, rtol=0.02)
    assert abs(weight).max() > 3.5 * weight.std()


def what_you_get_without_a_rule_weights():
    for units in (10, 1000):
        weight = _net(nn.Dense(units), shape=(1, 500), start=init.Uniform())[0].weight.data()
        assert numpy.isclose(float(abs(weight).max()), 0.07, rtol=0.01)
    for layer in (nn.Dense(1000, in_units=500), nn.Conv2D(64, 5, in_channels=32)):
        layer.initialize()
        assert numpy.isclose(float(abs(layer.weight.data()).max()), 0.07, rtol=0.01)


def what_you_get_without_a_rule_biases():
    assert (_net(nn.Dense(100), start=init.Normal(1))[0].bias.data() == 0).all()


def batches_in_the_lessons():
    train_iter, _ = dh.load_data_fashion_mnist(16, per_class=2, test_per_class=1)
    X, y = next(iter(train_iter))
    assert X.shape == (16, 1, 28, 28) and X.dtype == numpy.float32 and 0.5 < X.max() <= 1
    assert y.shape == (16,) and y.dtype == numpy.int32


def batches_the_last_batch():
    sizes = [len(batch) for batch in gluon.data.DataLoader(np.ones((5, 1)), batch_size=2)]
    assert sizes == [2, 2, 1]


def batches_labels():
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    each = [loss(np.ones((1, 2)), np.array([1], dtype=d)) for d in ("uint8", "int32", "float32")]
    assert numpy.allclose([float(l) for l in each], numpy.log(2))


def the_net_scores():
    loss = gluon.loss.SoftmaxCrossEntropyLoss()(np.array([[0.0, 3.0]]), np.array([0]))
    assert numpy.isclose(float(loss), numpy.log(1 + numpy.e**3))


def initialization_put_off():
    for known in (nn.Dense(3, in_units=2), nn.Conv2D(3, 1, in_channels=2)):
        known.initialize()
        assert known.weight.data().shape[:2] == (3, 2)
    net = nn.Dense(3)
    net.initialize()
    try:
        net.weight.data()
    except gluon.parameter.DeferredInitializationError:
        return
    raise AssertionError("the weights are there")


def the_loss_one_number_or_many():
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    assert loss(np.ones((4, 3)), np.zeros((4,))).shape == (4,)


def the_loss_from_logits():
    p, y = np.array([[0.25, 0.75]]), np.array([1])
    loss = gluon.loss.SoftmaxCrossEntropyLoss(from_logits=True)
    assert numpy.isclose(float(loss(np.log(p), y)), -numpy.log(0.75))


def the_loss_order_of_the_arguments():
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    assert loss(np.ones((4, 3)), np.zeros((4,))).shape == (4,)


def the_squared_error_half():
    assert float(gluon.loss.L2Loss()(np.array([[3.0]]), np.array([[0.0]]))) == 9 / 2


def the_optimizer_default_rates():
    assert mx.optimizer.SGD().learning_rate == 0.01


def _one_step(divisor, is_mean=False, record=2):
    """Return by how much a weight of 1 moves for two images of 1, a rate of 1 and loss w x."""
    net = _net(nn.Dense(1, use_bias=False), shape=(2, 1), start=init.One())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    for _ in range(record):
        with autograd.record():
            l = net(np.ones((2, 1)))
            l = l.mean() if is_mean else l
        l.backward()
    trainer.step(divisor)
    return 1 - float(net[0].weight.data())


def one_step_division_by_the_batch_size():
    assert _one_step(2) == 1 and _one_step(1, is_mean=True) == 1
    assert _one_step(2, is_mean=True) == 1 / 2


def one_step_old_gradients():
    assert _one_step(2, record=2) == _one_step(2, record=1)


def one_step_recording():
    w = np.ones(1)
    w.attach_grad()
    try:
        (2 * w).backward()
    except mx.MXNetError:
        return
    raise AssertionError("it was recorded")


def _places(rates, gradient=1.0, start=0.0, optimizer="sgd", **settings):
    """Return the places of a weight before and after steps at some rates; None: the trainer's."""
    w = gluon.Parameter("w", shape=(1,))
    w.initialize(init.Constant(start))
    trainer = gluon.Trainer([w], optimizer, settings)
    places = [start]
    for rate in rates:
        if rate is not None:
            trainer.set_learning_rate(rate)
        with autograd.record():
            l = w.data() * gradient
        l.backward()
        trainer.step(1)
        places.append(float(w.data()))
    return places


def a_new_learning_rate_with_momentum():
    steps = numpy.diff(_places([1.0, 0.1], momentum=0.5))
    assert numpy.allclose(steps, [-1, -(0.5 * 1 + 0.1)])


def evaluation_two_modes():
    assert not autograd.is_training()
    with autograd.record():
        assert autograd.is_training()
    with autograd.train_mode():
        assert autograd.is_training() and not autograd.is_recording()
    assert not autograd.is_training()


def evaluation_type_of_the_answer():
    best = np.ones((2, 3)).argmax(axis=1)
    assert best.dtype == numpy.int64
    try:
        numpy.asarray(best == np.zeros(2, dtype="int32"))
    except mx.MXNetError:
        return
    raise AssertionError("they are compared")


def saving_file_name():
    with tempfile.TemporaryDirectory() as folder:
        _net(nn.Dense(1)).save_parameters(os.path.join(folder, "any name"))


def loading_the_optimizer():
    net = _net(nn.Dense(1))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.5})
    with autograd.record():
        l = net(np.ones((4, 2)))
    l.backward()
    trainer.step(4)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "file")
        net.save_parameters(file)
        assert set(npx.load(file)) == {"0.weight", "0.bias"}


def weight_decay_biases():
    net = _net(nn.Dense(1), shape=(1, 1), start=init.One())
    net[0].bias.set_data(np.ones(1))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0, "wd": 0.25})
    with autograd.record():
        l = 0 * net(np.ones((1, 1)))
    l.backward()
    trainer.step(1)
    assert float(net[0].bias.data()) == 0.75 == float(net[0].weight.data())


def weight_decay_with_momentum():
    places = _places([1.0, 1.0], gradient=0, start=1, momentum=0.5, wd=0.1)
    assert numpy.allclose(places[1:], [0.9, 0.9 - 0.1 * 0.9 - 0.5 * 0.1])


def adam_epsilon():
    _, place = _places([1.0], gradient=1e-8, optimizer="adam")
    # Before the correction the root of the mean square is the root of 0.001 times the gradient.
    root = 0.001**0.5
    assert numpy.isclose(place, -root / (root + 1), rtol=1e-3)


def a_schedule_who_counts():
    cosine = lr_scheduler.CosineScheduler(max_update=4, base_lr=1.0)
    steps = numpy.diff(_places([None] * 3, lr_scheduler=cosine))
    assert numpy.allclose(-steps, [(1 + numpy.cos(numpy.pi * t / 4)) / 2 for t in (1, 2, 3)])


a_schedule_off_by_one = a_schedule_who_counts


def _running_mean_of_frozen(frozen, compiled):
    """Return the running mean of a frozen normalization between two dense layers, after a step.

    Args:
        frozen: which of the three layers are frozen, a slice.
        compiled: whether the net is hybridized.
    """
    X = np.array([[1.0], [3.0]])
    net = _net(nn.Dense(1), nn.BatchNorm(), nn.Dense(1), shape=X.shape, start=init.One())
    for layer in net[frozen]:
        layer.collect_params().setattr("grad_req", "null")
    if compiled:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        l = net(X)
    l.backward()
    trainer.step(2)
    npx.waitall()
    return float(net[1].running_mean.data())


def freezing_batch_normalization():
    for compiled in (False, True):
        assert _running_mean_of_frozen(slice(1, 2), compiled) > 0  # the layer before it learns
        assert _running_mean_of_frozen(slice(0, 2), compiled) == 0


def half_a_batch_at_a_time_sum_or_mean():
    assert _one_step(2) == 1


def a_compiled_graph_when():
    net = _net(nn.Dense(2))
    net.hybridize()
    assert net._cached_graph == ()
    net(np.ones((4, 2)))
    assert net._cached_graph


def a_compiled_graph_compiler():
    net = _net(nn.Dense(2, activation="relu"))
    with mock.patch.dict(os.environ, {"PATH": "", "CXX": "no-such-compiler"}):
        net.hybridize()
        net(np.ones((4, 2)))
        npx.waitall()
    assert net._cached_graph


def bfloat16_type_of_the_scores():
    net = _net(nn.Dense(2))
    assert dh.round_to_bfloat16(net)(np.ones((4, 2))).dtype == numpy.float32


def bfloat16_where_it_runs():
    third = float(
        _net(nn.Dense(1, use_bias=False), shape=(1, 1), start=init.Constant(1 / 3))(np.ones((1, 1)))
    )
    assert third == numpy.float32(1 / 3)
    net = _net(nn.Dense(1, use_bias=False), shape=(1, 1), start=init.Constant(1 / 3))
    assert float(dh.round_to_bfloat16(net)(np.ones((1, 1)))) == float(dh.bfloat16(1 / 3))


def devices_choice():
    assert np.ones(1).ctx == npx.cpu() == _net(nn.Dense(1))[0].weight.list_ctx()[0]
    assert dh.try_gpu() in (npx.cpu(), npx.gpu(0))


def devices_waiting():
    product = factor = np.ones((500, 500)) / 500
    npx.waitall()
    start = time.perf_counter()
    for _ in range(50):
        product = np.dot(product, factor)
    called = time.perf_counter() - start
    npx.waitall()
    assert called < (time.perf_counter() - start) / 2


def _step_on_two_devices(*parts):
    """Return a dense layer of one weight on two devices, after a step with a part on each."""
    devices = [npx.cpu(0), npx.cpu(1)]
    net = nn.Dense(1, use_bias=False, in_units=1)
    net.initialize(init.One(), ctx=devices)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    with autograd.record():
        losses = [net(np.array(part, ctx=device)) for part, device in zip(parts, devices)]
    autograd.backward(losses)
    trainer.step(sum(map(len, parts)))
    return net


def several_devices_processes():
    net = _step_on_two_devices([[1.0]], [[1.0]])
    assert net.weight.list_ctx() == [npx.cpu(0), npx.cpu(1)]


def several_devices_sum_or_mean():
    net = _step_on_two_devices([[4.0]], [[1.0], [1.0], [2.0]])
    assert [float(weight) for weight in net.weight.list_data()] == [1 - 8 / 4] * 2
