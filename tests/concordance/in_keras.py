"""Keras's side of docs/concordance.md: what side.py needs, and a function for each bullet."""

import os
import runpy
import tempfile
import warnings
from pathlib import Path
from unittest import mock

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy
import torch
import torch._inductor.config
from graphs import count, num_graphs
from keras import layers
from torch._inductor import cpp_builder

NAME = "Keras"


def _last(array):
    """Return a batch with the channels last."""
    return numpy.moveaxis(array, 1, -1) if array.ndim == 4 else array


def _first(array):
    """Return a batch with the channels first."""
    return numpy.moveaxis(array, -1, 1) if array.ndim == 4 else array


def _to_keras(weight):
    """Return weights with the axes in Keras's order: inputs before outputs, and both last."""
    return weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T


def _from_keras(weight):
    return weight.transpose(3, 2, 0, 1) if weight.ndim == 4 else weight.T


def output(layer, X, weights, training):
    images = _last(X)
    layer(images)  # makes the weights
    layer.set_weights([_to_keras(weight) for weight in weights])
    return _first(numbers(layer(images, training=training)))


def draw(code, names, shape):
    turned = _to_keras(numpy.empty(shape)).shape
    return _from_keras(numbers(eval(code, names)(turned)))


def weights(net):
    return [_from_keras(numpy.array(weight)) for weight in net.get_weights()]


def set_weights(net, values):
    net.set_weights([_to_keras(value) for value in values])


def scores(net, X):
    return net.predict_on_batch(X)


def images(X):
    return _first(X)


def numbers(array):
    return keras.ops.convert_to_numpy(keras.ops.cast(array, "float32"))


def loss(names):
    return numbers(names["loss"](names["y"], names["net"](names["X"])))


def squared_error(names):
    guess, truth = numpy.array([[1.0, 2.0], [3.0, 5.0]]), numpy.zeros((2, 2))
    return numbers(names["squared"](truth, guess))


def _fails(call, kind=Exception):
    """Return whether a call raises an error of a kind."""
    try:
        call()
    except kind:
        return True
    return False


def _ones(*shape):
    return numpy.ones(shape, dtype="float32")


# The bullets


def convolution_axes():
    layer = layers.Conv2D(5, kernel_size=3)
    assert layer(_ones(1, 9, 7, 2)).shape == (1, 7, 5, 5)
    assert _fails(lambda: layer(_ones(1, 2, 9, 7)))
    first = layers.Conv2D(5, kernel_size=3)
    assert first(_ones(1, 3, 9, 7)).shape == (1, 1, 7, 5)  # the rows were the channels


def convolution_weights():
    layer = layers.Conv2D(5, kernel_size=3)
    layer.build((1, 8, 8, 2))
    assert layer.kernel.shape == (3, 3, 2, 5)


def convolution_same():
    layer = layers.Conv2D(1, 3, strides=2, padding="same", kernel_initializer="ones")
    row, column = numbers(layer(_ones(1, 4, 4, 1)))[0, :, :, 0][[0, 1], [0, 1]]
    assert (row, column) == (9, 4)  # no zeros at the top left, one row and column at the bottom


convolution_input_channels = convolution_weights


def convolution_in_groups_weights():
    layer = layers.Conv2D(256, kernel_size=5, groups=2)
    layer.build((8, 13, 13, 96))
    assert layer.kernel.shape == (5, 5, 48, 256)


def max_pooling_rounding():
    assert layers.MaxPooling2D(3, 2)(_ones(1, 6, 6, 1)).shape == (1, 2, 2, 1)
    assert _fails(lambda: layers.MaxPooling2D(3, 2, ceil_mode=True), (TypeError, ValueError))


def average_pooling_padding():
    means = layers.AveragePooling2D(3, 1, padding="same")(_ones(1, 3, 3, 1))
    assert numpy.allclose(numbers(means), 1)


def global_average_pooling_shape():
    assert layers.GlobalAveragePooling2D()(_ones(8, 5, 5, 3)).shape == (8, 3)


def dense_layer_flattening():
    assert layers.Dense(7)(_ones(8, 4, 5, 3)).shape == (8, 4, 5, 7)


def dense_layer_weights():
    layer = layers.Dense(7)
    layer.build((8, 5))
    assert layer.kernel.shape == (5, 7)


def flatten_order():
    X = numpy.arange(8.0).reshape(1, 2, 2, 2)  # channels first
    flat = numbers(layers.Flatten()(_last(X)))
    assert list(flat[0]) == [0, 4, 1, 5, 2, 6, 3, 7]


def activation_as_an_argument():
    for layer in (layers.Conv2D(1, 1, activation="relu"), layers.Dense(1, activation="relu")):
        assert layer.activation is keras.activations.relu


def dropout_when():
    drop, ones = layers.Dropout(0.5), _ones(1000)
    assert (numbers(drop(ones)) == 1).all()
    assert 300 < (numbers(drop(ones, training=True)) == 0).sum() < 700
    net = keras.Sequential([layers.Dropout(0.5)])
    net.compile("sgd", "mean_squared_error")
    assert net.train_on_batch(_ones(1000, 1), _ones(1000, 1)) > 0.3


def dropout_scale():
    assert set(numbers(layers.Dropout(0.75)(_ones(1000), training=True))) == {0, 4}


def _normalized(**settings):
    """Return a batch normalization that has seen one batch of 1 and 3, and what it returned."""
    norm = layers.BatchNormalization(**settings)
    return norm, numbers(norm(numpy.array([[1.0], [3.0]]), training=True))


def batch_normalization_momentum():
    assert numpy.isclose(numbers(_normalized(momentum=0.9)[0].moving_mean), 0.9 * 0 + 0.1 * 2)


def batch_normalization_running_variance():
    norm, Y = _normalized(momentum=0.9)
    assert numpy.isclose(numbers(norm.moving_variance), 0.9 * 1 + 0.1 * 1)
    assert numpy.allclose(Y, [[-1], [1]], atol=1e-3)


def batch_normalization_when_they_move():
    assert numbers(_normalized()[0].moving_mean) > 0


def xavier_two_names():
    assert keras.initializers.get("glorot_uniform").__class__ is keras.initializers.GlorotUniform


def he_cut_off():
    weight = numbers(keras.initializers.HeNormal()((300, 200)))
    assert numpy.isclose(weight.std(), (2 / 300) ** 0.5, rtol=0.02)
    # With PyTorch behind it, Keras lets a few in a million through.
    assert (abs(weight) > 2.3 * weight.std()).mean() < 1e-4


def what_you_get_without_a_rule_weights():
    layer = layers.Dense(500)
    layer.build((None, 100))
    assert numpy.isclose(abs(numbers(layer.kernel)).max(), (6 / 600) ** 0.5, rtol=0.01)
    layer = layers.Conv2D(64, 5)
    layer.build((None, 8, 8, 32))
    bound = (6 / (5 * 5 * (32 + 64))) ** 0.5
    assert numpy.isclose(abs(numbers(layer.kernel)).max(), bound, rtol=0.01)


def what_you_get_without_a_rule_biases():
    layer = layers.Dense(500, kernel_initializer="he_normal")
    layer.build((None, 100))
    assert (numbers(layer.bias) == 0).all()


def _cross_entropy(**settings):
    return keras.losses.SparseCategoricalCrossentropy(**settings)


def batches_the_last_batch():
    net = _line()
    net.optimizer.learning_rate = 0.0
    net.fit(_ones(5, 1), _ones(5, 1), batch_size=2, verbose=0)
    assert net.optimizer.iterations == 3


def batches_labels():
    for dtype in ("uint8", "int32", "float32"):
        labels = numpy.array([1], dtype=dtype)
        assert numpy.isclose(
            float(_cross_entropy(from_logits=True)(labels, _ones(1, 2))), numpy.log(2)
        )


def the_net_scores():
    scores = numpy.array([[0.0, 3.0]])
    value = _cross_entropy(from_logits=True)(numpy.array([0]), scores)
    assert numpy.isclose(float(value), numpy.log(1 + numpy.e**3))


def the_loss_one_number_or_many():
    assert _cross_entropy(from_logits=True)(numpy.zeros(4), _ones(4, 3)).shape == ()


def the_loss_from_logits():
    p, y = numpy.array([[0.25, 0.75]]), numpy.array([1])
    assert numpy.isclose(float(_cross_entropy()(y, p)), -numpy.log(0.75))
    scores = numpy.log(p) + 1.5  # one of them above zero, so that Keras takes it as a probability
    assert numpy.isclose(float(_cross_entropy(from_logits=True)(y, scores)), -numpy.log(0.75))
    wrong = float(_cross_entropy()(y, scores))
    assert numpy.isfinite(wrong) and not numpy.isclose(wrong, -numpy.log(0.75), rtol=0.1)


def the_loss_order_of_the_arguments():
    assert list(_cross_entropy().call.__code__.co_varnames[1:3]) == ["y_true", "y_pred"]


def the_squared_error_half():
    loss = keras.losses.MeanSquaredError()
    assert float(loss(numpy.array([[0.0]]), numpy.array([[3.0]]))) == 9


def _line(loss=lambda y, y_hat: y_hat, **settings):
    """Return a net that multiplies one number with a weight of 1, trained by SGD at rate 1."""
    net = keras.Sequential(
        [keras.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    net.compile(keras.optimizers.SGD(1.0, **settings), loss)
    return net


def _weight(net):
    return float(net.get_weights()[0][0, 0])


def the_optimizer_default_rates():
    assert keras.optimizers.SGD().learning_rate == 0.01


def one_step_division_by_the_batch_size():
    net = _line()
    net.train_on_batch(_ones(2, 1), _ones(2, 1))
    assert _weight(net) == 0


def one_step_old_gradients():
    net, places = _line(), []
    for _ in range(2):
        net.train_on_batch(_ones(2, 1), _ones(2, 1))
        places.append(_weight(net))
    assert places == [0, -1]


def _steps(rates, gradient=1.0, start=0.0, **settings):
    """Return the places of a weight after steps of SGD at some rates."""
    w = keras.Variable([start])
    optimizer = keras.optimizers.SGD(1.0, **settings)
    places = [start]
    for rate in rates:
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.convert_to_tensor([gradient])], [w])
        places.append(float(numbers(w.value)[0]))
    return places


def a_new_learning_rate_with_momentum():
    steps = numpy.diff(_steps((1.0, 0.1), momentum=0.5))
    assert numpy.allclose(steps, [-1, -(0.5 * 1 + 0.1)])


def evaluation_type_of_the_answer():
    assert keras.Sequential([layers.Dense(3)]).predict_on_batch(_ones(4, 2)).argmax(1).dtype == int
    best = keras.ops.argmax(_ones(2, 3), axis=1)
    assert keras.backend.standardize_dtype(best.dtype) == "int32"
    assert (numpy.ones((2, 3)).argmax(axis=1) == numpy.zeros(2, dtype="int32")).all()


def saving_file_name():
    net = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    with tempfile.TemporaryDirectory() as folder:
        for name in ("net.params", "net.weights.json"):
            assert _fails(lambda name=name: net.save_weights(Path(folder, name)), ValueError)
        net.save_weights(Path(folder, "net.weights.json"), max_shard_size=1)


def loading_the_optimizer():
    nets = [_line(momentum=0.5) for _ in range(3)]
    trained, fresh, built = nets
    trained.train_on_batch(_ones(1, 1), _ones(1, 1))
    built.optimizer.build(built.trainable_variables)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "net.weights.h5")
        trained.save_weights(file)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fresh.load_weights(file)
            assert len(caught) == 1 and "optimizer" in str(caught[0].message)
            built.load_weights(file)
            assert len(caught) == 1
    for net in nets:
        net.train_on_batch(_ones(1, 1), _ones(1, 1))
    assert _weight(built) == _weight(trained) != _weight(fresh)


def weight_decay_biases():
    net = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(1, kernel_initializer="ones", bias_initializer="ones"),
        ]
    )
    net.compile(keras.optimizers.SGD(1.0, weight_decay=0.25), lambda y, y_hat: 0 * y_hat)
    net.train_on_batch(_ones(1, 1), _ones(1, 1))
    assert [weight.item() for weight in net.get_weights()] == [0.75, 0.75]


def weight_decay_with_momentum():
    decay = {"momentum": 0.5, "weight_decay": 0.1}
    places = _steps((1.0, 1.0), gradient=0.0, start=1.0, **decay)
    assert numpy.allclose(places[1:], [0.9, 0.9 - 0.1 * 0.9])
    layer = layers.Dense(
        1, use_bias=False, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.05)
    )
    net = keras.Sequential([keras.Input((1,)), layer])
    net.compile(keras.optimizers.SGD(1.0, momentum=0.5), lambda y, y_hat: 0 * y_hat)
    places = []
    for _ in range(2):
        net.train_on_batch(_ones(1, 1), _ones(1, 1))
        places.append(_weight(net))
    assert numpy.allclose(places, [0.9, 0.9 - 0.1 * 0.9 - 0.5 * 0.1])


def adam_epsilon():
    w, optimizer = keras.Variable([0.0]), keras.optimizers.Adam(1.0)
    optimizer.apply([keras.ops.convert_to_tensor([1e-7])], [w])
    # Before the correction the root of the mean square is the root of 0.001 times the gradient.
    root = 0.001**0.5
    assert numpy.isclose(float(numbers(w.value)[0]), -root / (root + 1), rtol=1e-3)


def a_schedule_who_counts():
    places = []
    w = keras.Variable([0.0])
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(1.0, decay_steps=4))
    for _ in range(3):
        optimizer.apply([keras.ops.convert_to_tensor([1.0])], [w])
        places.append(float(numbers(w.value)[0]))
    rates = -numpy.diff([0.0, *places])
    assert numpy.allclose(rates, [(1 + numpy.cos(numpy.pi * t / 4)) / 2 for t in (0, 1, 2)])


a_schedule_off_by_one = a_schedule_who_counts


def freezing_batch_normalization():
    norm = layers.BatchNormalization()
    norm.trainable = False
    norm(numpy.array([[1.0], [3.0]]), training=True)
    assert numbers(norm.moving_mean) == 0


def half_a_batch_at_a_time_sum_or_mean():
    net = _line(gradient_accumulation_steps=2)
    for _ in range(2):
        net.train_on_batch(_ones(2, 1), _ones(2, 1))
    assert _weight(net) == 0


def _compiled_line():
    net = _line()
    net.compile("sgd", "mean_squared_error", jit_compile=True)
    return net


def a_compiled_graph_when():
    X, compile_it = _ones(4, 1), torch.compile
    with mock.patch("torch.compile", lambda function: compile_it(function, backend=count)):
        trained, predicting = _compiled_line(), _compiled_line()
        assert num_graphs(lambda: trained(X)) == 0 == num_graphs(lambda: predicting(X))
        assert num_graphs(lambda: trained.train_on_batch(X, X)) > 0
        assert num_graphs(lambda: predicting.predict_on_batch(X)) > 0
        assert num_graphs(lambda: trained(X)) == 0 == num_graphs(lambda: predicting(X))


def a_compiled_graph_compiler():
    net = _compiled_line()
    cpp_builder.cpp_compiler_search.cache_clear()
    without = {"cpp.cxx": ("no-such-compiler",), "force_disable_caches": True}
    with torch._inductor.config.patch(without):
        assert _fails(
            lambda: net.train_on_batch(_ones(4, 1), _ones(4, 1)), torch._inductor.exc.InductorError
        )
    cpp_builder.cpp_compiler_search.cache_clear()


def bfloat16_type_of_the_scores():
    scores = layers.Dense(3, dtype="mixed_bfloat16")(_ones(4, 2))
    assert keras.backend.standardize_dtype(scores.dtype) == "bfloat16"


def devices_choice():
    """What Keras takes where there is a GPU: its module that decides that is run once more."""
    from keras.src.backend.torch import core

    with (
        mock.patch("torch.cuda.is_available", return_value=True),
        mock.patch("torch.backends.mps.is_available", return_value=False),
    ):
        assert runpy.run_path(core.__file__)["DEFAULT_DEVICE"] == "cuda"
    with keras.device("cpu"):
        assert keras.ops.ones(1).device == torch.device("cpu")


def several_devices_processes():
    assert _fails(keras.distribution.DataParallel, AttributeError)
