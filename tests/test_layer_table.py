import re
import threading

import d2l_helpers as dh
from d2l_helpers.inspection import layer_table
from d2l_helpers.training import loop

import mxnet as mx
import numpy
import pandas as pd
import pytest
from mxnet import autograd, gluon, init, np, npx
from mxnet.base import MXNetError
from mxnet.gluon import nn
from small import parameters

COLUMNS = ["layer", "type", "output_shape", "parameters", "multiply_adds", "receptive_field"]


def net_of(*layers, kind=nn.Sequential):
    net = kind()
    net.add(*layers)
    return net


def column(table, name):
    """Return a column of a table as a list, with None for what is unknown."""
    return [None if value is pd.NA else value for value in table[name]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((224, 11, 4), 54),  # 54.25 rounded down
        ((227, 11, 4), 55),
        ((224, 11, 4, 2), 55),
        ((54, 3, 2), 26),
        ((26, 5, 1, 2), 26),
        ((28, 5), 24),
        ((5, 5), 1),
        ((3, 5, 1, 1), 1),
    ],
)
def test_conv_output_size(arguments, expected):
    assert dh.conv_output_size(*arguments) == expected


def test_conv_output_size_counts_the_positions_of_the_kernel():
    for size, kernel, stride, padding in numpy.ndindex(12, 6, 4, 3):
        kernel, stride = kernel + 1, stride + 1
        starts = range(-padding, size + padding - kernel + 1, stride)
        if starts:
            assert dh.conv_output_size(size, kernel, stride, padding) == len(starts)


@pytest.mark.parametrize("arguments", [(2, 3), (4, 11, 4, 3), (0, 1)])
def test_a_kernel_that_does_not_fit_is_refused(arguments):
    with pytest.raises(ValueError, match=f"a kernel of {arguments[1]} does not fit .* vanishes"):
        dh.conv_output_size(*arguments)


def test_the_table_of_alexnet_has_the_shapes_of_the_tutorial():
    table = dh.layer_table(dh.alexnet(), (1, 1, 224, 224))
    assert list(table.columns) == COLUMNS
    names = "conv1 pool1 conv2 pool2 conv3 conv4 conv5 pool3 dense1 dropout1 dense2 dropout2 dense3"
    assert table["layer"].tolist() == [*names.split(), "total"]
    maps = [(96, 54), (96, 26), (256, 26), (256, 12), (384, 12), (384, 12), (256, 12), (256, 5)]
    dense = [4096, 4096, 4096, 4096, 10]
    expected = [(1, c, s, s) for c, s in maps] + [(1, d) for d in dense]
    assert table["output_shape"].tolist() == [*expected, (1, 10)]


def test_receptive_fields_of_alexnet():
    # Each layer adds (kernel - 1) times the product of the strides before it:
    # 11, + 2*4, + 4*8, + 2*8, + 2*16 three times, + 2*16; then the whole image.
    table = dh.layer_table(dh.alexnet(), (1, 1, 224, 224))
    assert table["receptive_field"].tolist() == [11, 19, 51, 67, 99, 131, 163, 195] + [224] * 6


def test_a_receptive_field_is_what_one_output_value_reacts_to():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(1, kernel_size=3, strides=2), nn.AvgPool2D(2, 2), nn.Conv2D(1, kernel_size=2))
    expected = dh.layer_table(net, (1, 1, 23, 23))["receptive_field"].iloc[-1]
    net.initialize()
    X = np.ones((1, 1, 23, 23))
    X.attach_grad()
    with autograd.record():
        value = net(X)[0, 0, 0, 0]
    value.backward()
    touched = numpy.flatnonzero(X.grad.asnumpy()[0, 0].any(axis=0))
    assert len(touched) == touched[-1] + 1 == expected == 9


def test_multiply_adds_by_hand():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(6, kernel_size=5, padding=2), nn.AvgPool2D(2, 2), nn.Dense(7))
    table = dh.layer_table(net, (3, 2, 10, 10))
    conv, dense = 6 * 2 * 5 * 5 * 10 * 10, 6 * 5 * 5 * 7  # of one image, whatever the batch
    assert table["multiply_adds"].tolist() == [conv, 0, dense, conv + dense]


def test_groups_divide_parameters_and_multiply_adds():
    whole, halves = nn.HybridSequential(), nn.HybridSequential()
    whole.add(nn.Conv2D(8, kernel_size=3, use_bias=False))
    halves.add(nn.Conv2D(8, kernel_size=3, use_bias=False, groups=2))
    one, two = (dh.layer_table(net, (1, 4, 9, 9)).iloc[-1] for net in (whole, halves))
    assert one["parameters"] == 2 * two["parameters"] == 8 * 4 * 9
    assert one["multiply_adds"] == 2 * two["multiply_adds"] == 8 * 4 * 9 * 49


@pytest.mark.parametrize(("model", "size"), [(dh.lenet, 28), (dh.lenet_wide, 28), (dh.alexnet, 67)])
def test_the_table_agrees_with_the_net_itself(model, size):
    net = model()
    table = dh.layer_table(net, (2, 1, size, size))
    net.initialize()
    X = np.zeros((2, 1, size, size))
    for layer, expected in zip(net, table["output_shape"]):
        X = layer(X)
        assert X.shape == expected
    assert table["parameters"].iloc[-1] == sum(p.size for p in parameters(net))


def test_nested_sequentials_are_opened_up():
    inner, net = nn.HybridSequential(), nn.Sequential()
    inner.add(nn.Conv2D(2, kernel_size=3), nn.BatchNorm())
    net.add(inner, nn.Flatten(), nn.Dense(3))
    table = dh.layer_table(net, (1, 1, 5, 5))
    assert table["type"].tolist() == ["Conv2D", "BatchNorm", "Flatten", "Dense", ""]
    assert table["parameters"].tolist() == [20, 8, 0, 57, 85]
    assert layer_table.leaf_layers(net) == [*inner, net[1], net[2]]


def test_the_table_leaves_an_uninitialized_net_as_it_was():
    net = dh.lenet()
    before = [p.shape for p in net.collect_params().values()]
    dh.layer_table(net, (1, 1, 28, 28))
    assert [p.shape for p in net.collect_params().values()] == before
    net.initialize()
    assert net(np.zeros((1, 1, 40, 40))).shape == (1, 10)  # another size is still possible


def test_the_table_leaves_the_parameters_of_a_trained_net_as_they_were(net):
    net.initialize()
    net(np.zeros((1, 1, 12, 12)))
    before = parameters(net)
    dh.layer_table(net, (1, 1, 12, 12))
    assert all(map(numpy.array_equal, before, parameters(net)))


@pytest.mark.parametrize("shape", [(1, 28, 28), (28,), (1, 784), (1, 1, 1, 28, 28), (1, 0, 28, 28)])
def test_what_is_no_batch_of_images_is_refused_by_a_net_for_images(shape):
    with pytest.raises(ValueError, match=r"must be \(batch, channel, height, width\)"):
        dh.layer_table(dh.lenet(), shape)


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (1, 2.5), (1, -1), (1, "3")])
def test_what_is_no_shape_is_refused_by_any_net(shape):
    with pytest.raises(
        ValueError, match=r"input_shape must be .* or \(batch, features\) .*, not \("
    ):
        dh.layer_table(nn.Dense(2), shape)


@pytest.mark.parametrize("given", [28, None, 2.5])
def test_a_number_is_no_shape(given):
    message = f"input_shape must be .*, not {given}$"
    with pytest.raises(ValueError, match=message):
        dh.layer_table(dh.lenet(), given)
    assert re.match(message, dh.why_input_fails(dh.lenet(), given))


@pytest.mark.parametrize("array", [np.zeros((4, 28, 28, 3)), numpy.zeros((4, 28, 28, 3))])
def test_an_array_is_no_shape_and_not_written_out(array):
    message = "input_shape is an array of shape (4, 28, 28, 3): give its shape, X.shape"
    with pytest.raises(ValueError, match=re.escape(message)):
        dh.layer_table(dh.lenet(), array)
    assert dh.why_input_fails(dh.lenet(), array) == message
    assert dh.why_input_fails(dh.lenet(), numpy.array([4, 1, 28, 28])) is None


def test_the_layer_that_cannot_take_its_input_is_named(capfd):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, kernel_size=3), nn.Conv2D(2, kernel_size=5))
    with pytest.raises(ValueError, match=r"layer 1, Conv2D\(.*\), cannot take .* \(1, 2, 4, 4\)"):
        dh.layer_table(net, (1, 1, 6, 6))
    assert capfd.readouterr().out == ""  # MXNet's own print is held back


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((2, 3, 28, 28), r"layer 0, Conv2D\(1 -> 6, .* has weights of shape \(6, 1, 5, 5\)"),
        ((2, 1, 32, 32), r"layer 4, Dense\(400 -> 120, .* takes \(120, 576\)"),
        ((2, 1, 4, 4), r"layer 2, Conv2D\(.* cannot take an input of shape \(2, 6, 2, 2\)"),
    ],
)
def test_images_that_a_trained_net_cannot_take(shape, layer):
    net = dh.lenet()
    net.initialize()
    net(np.zeros((1, 1, 28, 28)))
    batch = np.zeros(shape), np.zeros(2)
    sgd = gluon.Trainer(net.collect_params(), "sgd")
    for hybridize in (False, True):
        net.hybridize(hybridize)
        for use in (
            lambda: dh.layer_table(net, shape),
            lambda: dh.evaluate_accuracy_gpu(net, [batch]),
            lambda: dh.predict(net, [batch]),
            lambda: loop.train_step(net, *batch, sgd, npx.cpu()),
        ):
            with pytest.raises(ValueError, match=layer):
                use()
    assert dh.layer_table(net, (5, 1, 28, 28))["parameters"].iloc[-1] == 61_706


def initialized(net):
    net.initialize()
    return net


class Stages(nn.HybridBlock):
    """As the nets of Gluon's model zoo are made: two attributes, called one after the other."""

    def __init__(self, features, output):
        super().__init__()
        self.features, self.output = features, output

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


@pytest.mark.parametrize("hybridized", [False, True])
@pytest.mark.parametrize(
    ("make", "shape", "reasons"),
    [
        (lambda: nn.Dense(1, in_units=4), (2, 5), ["layer 0, Dense(4 -> 1", "inconsistent"]),
        (
            lambda: net_of(nn.Dense(3), nn.Dense(1, in_units=4), kind=nn.HybridSequential),
            (2, 5),
            ["layer 1, Dense", "(2, 3)"],
        ),
        (gluon.model_zoo.vision.alexnet, (2, 3, 32, 32), ["AlexNet", "MaxPool2D", "too small"]),
        (gluon.model_zoo.vision.vgg11, (2, 3, 16, 16), ["VGG", "MaxPool2D", "too small"]),
        (
            lambda: Stages(nn.Conv2D(2, kernel_size=9), nn.Dense(3)),
            (2, 1, 8, 8),
            ["layer 0, Stages", "its part Conv2D(", "is given (2, 1, 8, 8)", "kernel"],
        ),
        (
            lambda: Stages(nn.Dense(3), Stages(nn.Dense(2), nn.Dense(2, in_units=3))),
            (2, 4),
            ["layer 0, Stages", "its part Dense(3 -> 2, linear) is given (2, 2)", "inconsistent"],
        ),
    ],
)
def test_any_net_names_the_layer_that_cannot_take_a_batch(make, shape, reasons, hybridized):
    net = initialized(make())
    net.hybridize(hybridized)
    with pytest.raises(ValueError) as caught:
        dh.predict(net, [(np.zeros(shape), np.zeros(2))])
    for reason in reasons:
        assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("first", "then", "made_for"),
    [
        ((2, 4), (2, 5), "the net is made for an input of another shape."),
        ((2, 1, 9, 9), (2, 2, 9, 9), "images with another number of channels, or of another size."),
        ((2, 3, 4), (2, 3, 5), "the net is made for an input of another shape."),
    ],
)
def test_a_net_that_has_seen_a_batch_is_made_for_its_shape(first, then, made_for):
    net = initialized(nn.Dense(3))
    assert dh.why_input_fails(net, then) is None
    net(np.zeros(first))
    assert dh.why_input_fails(net, then).startswith("layer 0, Dense(")
    assert dh.why_input_fails(net, then).endswith(made_for)


@pytest.mark.parametrize("error", [MXNetError, ValueError])
def test_an_error_that_no_shape_explains_is_left_alone(error):
    naming = layer_table.naming_the_layer(nn.Dense(3), np.zeros((2, 5)))
    with pytest.raises(error, match=r"^of its own$"), naming:
        raise error("of its own")


def test_a_global_pooling_sees_the_whole_image():
    net = net_of(nn.Conv2D(4, kernel_size=3), nn.GlobalAvgPool2D(), nn.Dense(2))
    assert column(dh.layer_table(net, (1, 1, 12, 20)), "receptive_field") == [3, 20, 20, 20]


@pytest.mark.parametrize(
    ("layer", "field"),
    [
        (nn.Conv2D(1, kernel_size=(5, 3)), 3 + 4),
        (nn.Conv2D(1, kernel_size=(3, 5), strides=2), 3 + 4),
        (nn.AvgPool2D(pool_size=(1, 4)), 3 + 3),
        (nn.LeakyReLU(0.1), 3),
        (nn.Swish(), 3),
        (nn.HybridLambda(lambda F, x: 2 * F.npx.relu(x) + 1), 3),
        (dh.LRN(), 3),
        (nn.Conv2DTranspose(1, kernel_size=2, strides=2), None),
        (nn.MaxPool2D(2, layout="NHWC"), None),
        (nn.Dense(4, flatten=False), None),
        (nn.LayerNorm(), None),
        (nn.HybridLambda(lambda F, x: F.npx.slice(x, (0, 0, 2, 2), (None, None, 5, 5))), None),
        (nn.HybridLambda(lambda F, x: F.np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))), None),
        (nn.Lambda(lambda X: X[:, :, ::2]), None),
    ],
)
def test_a_receptive_field_is_right_or_unknown_from_there_on(layer, field):
    net = net_of(nn.Conv2D(2, kernel_size=3), layer, nn.Conv2D(1, kernel_size=1), nn.Dense(2))
    last = None if field is None else 12
    expected = [3, field, field, last, last]
    assert column(dh.layer_table(net, (1, 1, 12, 12)), "receptive_field") == expected


@pytest.mark.parametrize(
    ("net", "shape", "fields", "multiply_adds"),
    [
        (net_of(nn.Dense(5), nn.BatchNorm(), nn.Dense(2)), (9, 7), [7, 7, 7, 7], [35, 0, 10, 45]),
        (net_of(nn.Dropout(0.5), nn.Dense(3, flatten=False)), (9, 7), [1, 7, 7], [0, 21, 21]),
        # 4 kernels of 3 at 6 places; 12 values for 2 units.
        (
            net_of(nn.Conv1D(4, 3), nn.MaxPool1D(2), nn.Dense(2)),
            (9, 1, 8),
            [3, 4, 8, 8],
            [72, 0, 24, 96],
        ),
        # 5 kernels of 2 * 2 * 2 for 2 channels at 3 * 3 * 3 places.
        (nn.Conv3D(5, 2), (9, 2, 4, 4, 4), [2, 2], [5 * 2 * 8 * 27] * 2),
        # Each of the 2 * 3 * 2 * 2 weights once for each of the 16 values of a channel.
        (nn.Conv2DTranspose(3, 2, strides=2), (9, 2, 4, 4), [None] * 2, [24 * 16] * 2),
        # The channels last: 3 kernels of 3 * 3 * 2 at 3 * 3 places.
        (nn.Conv2D(3, 3, layout="NHWC", in_channels=2), (9, 5, 5, 2), [None] * 2, [54 * 9] * 2),
        # 4 x 3 weights for each of 7 words.
        (net_of(nn.Embedding(10, 4), nn.Dense(3, flatten=False)), (9, 7), [None] * 3, [0, 84, 84]),
    ],
)
def test_the_table_of_other_inputs_and_layers(net, shape, fields, multiply_adds):
    table = dh.layer_table(net, shape)
    assert column(table, "receptive_field") == fields
    assert column(table, "multiply_adds") == multiply_adds


@pytest.mark.parametrize("net", [nn.Sequential(), nn.HybridSequential(), net_of(nn.Sequential())])
def test_a_net_without_layers_is_refused(net):
    with pytest.raises(ValueError, match=r"Sequential has no layers: add them with net\.add"):
        dh.layer_table(net, (1, 1, 5, 5))


@pytest.mark.parametrize(
    "net", [nn.Flatten(), net_of(nn.MaxPool2D(2), nn.Activation("relu")), nn.Lambda(npx.relu)]
)
def test_a_net_without_parameters_has_a_table(net):
    total = dh.layer_table(net, (1, 1, 6, 6)).iloc[-1]
    assert (total["parameters"], total["multiply_adds"]) == (0, 0)


def test_what_layers_share_counts_once_in_the_total():
    first = nn.Dense(5, in_units=5)
    table = dh.layer_table(net_of(first, nn.Dense(5, params=first.params), first), (1, 5))
    assert table["parameters"].tolist() == [30, 30, 30, 30]
    assert table["multiply_adds"].tolist() == [25, 25, 25, 75]


def test_a_dilated_kernel_reaches_further():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(1, kernel_size=3, strides=2), nn.Conv2D(1, kernel_size=3, dilation=2))
    assert dh.layer_table(net, (1, 1, 20, 20))["receptive_field"].tolist() == [3, 11, 11]


def test_conv_settings_are_those_that_a_layer_was_made_with():
    conv = nn.Conv2D(8, kernel_size=(5, 3), strides=(2, 1), padding=(1, 0), dilation=2, groups=4)
    expected = {"kernel": (5, 3), "stride": (2, 1), "padding": (1, 0), "dilation": (2, 2)}
    assert dh.conv_settings(conv) == {**expected, "groups": 4}
    expected = {"kernel": (3, 3), "stride": (2, 2), "padding": (0, 0), "dilation": (1, 1)}
    assert dh.conv_settings(nn.MaxPool2D(3, 2)) == {**expected, "groups": 1}


@pytest.mark.parametrize("layer", [nn.Dense(3), nn.BatchNorm(), (5, 5)])
def test_a_layer_without_a_kernel_has_no_settings_of_one(layer):
    with pytest.raises(TypeError, match=f"is a {type(layer).__name__}, without a kernel"):
        dh.conv_settings(layer)


def test_a_refusal_is_the_sentence_of_the_table_and_none_for_what_fits():
    net, too_small = dh.alexnet(), (1, 1, 66, 66)
    with pytest.raises(ValueError) as caught:
        dh.layer_table(net, too_small)
    assert dh.why_input_fails(net, too_small) == str(caught.value)
    assert dh.why_input_fails(net, too_small).startswith("layer 7, MaxPool2D")
    assert dh.why_input_fails(net, (66, 66)).startswith("input_shape must be")
    assert dh.why_input_fails(net, (1, 1, 67, 67)) is None


# Blocks with a forward of their own


class Branches(nn.Block):
    """A block as d2l's readers write it, with all that could give a trace away."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2D(3, kernel_size=5, padding=2, activation="relu")
        self.narrow = nn.Sequential()
        self.narrow.add(nn.Conv2D(2, kernel_size=1), nn.BatchNorm(), nn.Dropout(0.5))
        self.num_calls = np.zeros(1)

    def forward(self, X):
        self.num_calls = self.num_calls + 1
        return np.concatenate((self.wide(X), self.narrow(X)), axis=1)


class HybridBranches(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2D(3, kernel_size=5, padding=2)
        self.narrow = nn.HybridSequential()
        self.narrow.add(nn.Conv2D(2, kernel_size=1), nn.BatchNorm(), nn.Dropout(0.5))

    def hybrid_forward(self, F, X):
        return F.np.concatenate((self.wide(X), self.narrow(X)), axis=1)


@pytest.mark.parametrize("kind", [Branches, HybridBranches])
@pytest.mark.parametrize("nested", [True, False])
def test_a_block_is_measured_with_its_parts_below_it(kind, nested):
    block = kind()
    table = dh.layer_table(net_of(block) if nested else block, (4, 1, 8, 8))
    name = kind.__name__.lower()
    parts = ("conv1", "conv2", "batchnorm1", "dropout1")
    assert table["layer"].tolist() == [f"{name}1", *(f"{name}1.{p}" for p in parts), "total"]
    channels = [5, 3, 2, 2, 2, 5]
    assert table["output_shape"].tolist() == [(4, c, 8, 8) for c in channels]
    assert table["parameters"].tolist() == [78 + 4 + 8, 78, 4, 8, 0, 90]
    assert table["multiply_adds"].tolist() == [77 * 64, 75 * 64, 2 * 64, 0, 0, 77 * 64]
    assert table["receptive_field"].tolist() == [5, 5, 1, 1, 1, 5]
    assert layer_table.without_parts(table)["layer"].tolist() == [f"{name}1", "total"]


def test_measuring_leaves_an_uninitialized_block_as_it_was():
    net = net_of(Branches())
    before = [p.shape for p in net.collect_params().values()]
    dh.layer_table(net, (1, 1, 8, 8))
    assert [p.shape for p in net.collect_params().values()] == before
    assert net[0].num_calls.item() == 0
    with pytest.raises(RuntimeError, match="has not been initialized"):
        net(np.zeros((1, 1, 8, 8)))
    net.initialize()
    assert net(np.zeros((1, 3, 8, 8))).shape == (1, 5, 8, 8)  # other channels are still possible


def state_of(net):
    """Return the values and gradients of a net's parameters."""
    gradients = [p.grad().asnumpy() for p in net.collect_params().values() if p.grad_req != "null"]
    return parameters(net) + gradients


@pytest.mark.parametrize("kind", [Branches, HybridBranches])
def test_measuring_leaves_a_trained_block_as_it_was(kind):
    net, X = net_of(kind()), np.random.normal(size=(2, 1, 8, 8))
    net.initialize(init.Xavier())
    if kind is HybridBranches:
        net[0].hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9})
    with autograd.record():
        l = net(X).sum()
    l.backward()
    trainer.step(1)
    before, output = state_of(net), net(X).asnumpy()
    seen = []
    net[0].register_forward_hook(lambda *_: seen.append("called"))
    dh.layer_table(net, (1, 1, 8, 8))
    assert not seen
    assert all(map(numpy.array_equal, before, state_of(net)))
    assert numpy.array_equal(net(X).asnumpy(), output)
    assert [p.grad_req for p in net.collect_params().values()].count("null") == 2  # moving means
    if kind is HybridBranches:
        assert net[0]._active and net[0]._cached_op  # still compiled
    trainer.step(1, ignore_stale_grad=True)


def test_measuring_says_nothing(capfd, recwarn):
    net = net_of(Branches())
    net.initialize()
    dh.layer_table(net, (1, 1, 8, 8))
    assert (*capfd.readouterr(), *recwarn) == ("", "")


def test_measuring_draws_no_random_numbers():
    net = net_of(Branches(), nn.Dense(3, weight_initializer=init.Normal(1)))
    draws = []
    for measure in (False, True):
        mx.random.seed(7)
        if measure:
            dh.layer_table(net, (1, 1, 8, 8))
        draws.append(np.random.uniform(size=5).tolist())
    assert draws[0] == draws[1]


class TwiceTheSame(nn.Block):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(2, kernel_size=3, padding=1)

    def forward(self, X):
        return self.conv(self.conv(X)) + X


def test_a_part_that_is_called_twice_costs_twice_and_has_its_parameters_once():
    table = dh.layer_table(TwiceTheSame(), (1, 2, 6, 6))
    assert table["layer"].tolist() == ["twicethesame1", "twicethesame1.conv1", "total"]
    assert table["parameters"].tolist() == [38] * 3
    assert table["multiply_adds"].tolist() == [2 * 36 * 36] * 3
    assert table["receptive_field"].tolist() == [5] * 3


class WithAnotherHead(nn.Block):
    """A block with a part that is for training alone."""

    def __init__(self):
        super().__init__()
        self.dense, self.other = nn.Dense(3), nn.Dense(2)

    def forward(self, X):
        return self.dense(X)


def test_the_size_of_a_part_that_is_not_called_is_unknown_until_it_is_decided():
    net = net_of(nn.Dense(4), WithAnotherHead())
    assert column(dh.layer_table(net, (1, 7)), "parameters") == [32, None, 15, None]
    net[1].other.weight.shape = (2, 6)
    assert column(dh.layer_table(net, (1, 7)), "parameters") == [32, 15 + 14, 15, 32 + 29]


# What a forward computes itself: its multiply-adds are right or unknown


class Computes(nn.Block):
    """A convolution of Gluon's, and what a function makes of its output and of own weights."""

    def __init__(self, compute):
        super().__init__()
        self.compute = compute
        self.conv = nn.Conv2D(6, kernel_size=3, padding=1)
        self.kernel = self.params.get("kernel", shape=(6, 6, 3, 3))

    def forward(self, X):
        return self.compute(self.conv(X), self.kernel.data())


def convolved(Y, kernel):
    return npx.convolution(Y, kernel, kernel=(3, 3), pad=(1, 1), num_filter=6, no_bias=True)


def convolved_in_numpy(Y, kernel):
    padded = numpy.pad(Y.asnumpy(), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.array(numpy.einsum("bchwij,dcij->bdhw", windows, kernel.asnumpy()))


def convolved_unseen(Y, kernel):
    with autograd.pause():
        return convolved(Y, kernel)


def convolved_and_changed(Y, kernel):
    Y = convolved(Y, kernel)
    Y += 1
    return Y


@pytest.mark.parametrize(
    "compute",
    [
        # A 3 x 3 convolution followed by an 8 x 8 pooling, which leaves one of 64 places.
        lambda Y, kernel: npx.pooling(convolved(Y, kernel), kernel=(8, 8), stride=(8, 8)),
        lambda Y, kernel: npx.relu(convolved(Y, kernel)) + Y,
        lambda Y, kernel: npx.deconvolution(Y, kernel, kernel=(3, 3), num_filter=6, no_bias=True),
        lambda Y, kernel: npx.fully_connected(Y, np.ones((2, 384)), num_hidden=2, no_bias=True),
        lambda Y, kernel: np.dot(Y, np.ones((8, 2))),
        lambda Y, kernel: np.matmul(Y, Y),
        lambda Y, kernel: np.einsum("bchw,bdhw->bcd", Y, Y),
        lambda Y, kernel: np.tensordot(Y, kernel, axes=([1], [1])),
        lambda Y, kernel: (Y[:, :, :, :, None] * Y[:, :, :, None]).sum(axis=2),
        lambda Y, kernel: (Y * Y).mean(axis=(2, 3)),
        convolved_in_numpy,
        lambda Y, kernel: Y + convolved_in_numpy(Y, kernel),
        convolved_unseen,
        lambda Y, kernel: Y + convolved_unseen(Y, kernel),
        convolved_and_changed,
    ],
)
def test_multiply_adds_that_cannot_be_counted_are_unknown(compute):
    net = net_of(nn.Conv2D(3, kernel_size=1), Computes(compute), nn.Dense(2))
    table = dh.layer_table(net, (2, 1, 8, 8)).set_index("layer")
    assert table["multiply_adds"]["conv1"] == 3 * 64
    assert table["multiply_adds"]["computes1.conv1"] == 6 * 3 * 9 * 64
    assert table["multiply_adds"]["computes1"] is pd.NA
    assert table["multiply_adds"]["total"] is pd.NA
    assert table["parameters"]["computes1"] == (6 * 3 * 9 + 6) + 6 * 6 * 9


@pytest.mark.parametrize(
    "compute",
    [
        lambda Y, kernel: npx.relu(2 * Y + 1) - Y / 3,
        lambda Y, kernel: Y * np.sqrt(kernel[:1, :, :1, :1] + 1),
        lambda Y, kernel: np.concatenate((Y, npx.sigmoid(Y)), axis=1),
        lambda Y, kernel: npx.pooling(Y, kernel=(2, 2), stride=(2, 2)),
        lambda Y, kernel: Y.reshape(len(Y), -1),
        lambda Y, kernel: Y.transpose(0, 2, 3, 1)[:, 2:5],
        lambda Y, kernel: np.maximum(Y.max(axis=1), 0),
        lambda Y, kernel: npx.softmax(np.clip(Y, 0, 6)),
        lambda Y, kernel: Y,
    ],
)
def test_operations_without_products_leave_the_multiply_adds_known(compute):
    table = dh.layer_table(Computes(compute), (2, 3, 8, 8))
    assert table["multiply_adds"].tolist() == [6 * 3 * 9 * 64] * 3


@pytest.mark.parametrize(
    ("move", "multiply_adds"),
    [
        (lambda X: X.transpose(1, 0, 2, 3), 20 * 3 * 8),
        (lambda X: X.reshape(-1, 4), 20 * 3 * 8),
        (lambda X: X.max(axis=0), None),  # 480 in all, for 7 images
    ],
)
def test_multiply_adds_are_of_one_image_wherever_the_batch_goes(move, multiply_adds):
    class Moved(nn.Block):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(5, flatten=False)

        def forward(self, X):
            return self.dense(move(X))

    table = dh.layer_table(Moved(), (7, 3, 8, 4))
    assert column(table, "multiply_adds") == [multiply_adds] * 3


class Doubled(nn.Conv2D):
    """A layer of Gluon's with a forward of its own."""

    def hybrid_forward(self, F, x, weight, bias=None):
        return F.npx.convolution(x, weight, bias, **self._kwargs) + super().hybrid_forward(
            F, x, weight, bias
        )


class DoubledDense(nn.Dense):
    def forward(self, x):
        return 2 * super().forward(super().forward(x))


@pytest.mark.parametrize(
    ("layer", "multiply_adds"),
    [
        (type("Renamed", (nn.Conv2D,), {})(2, 3), 2 * 9 * 36),
        (type("Renamed", (nn.Dense,), {})(64), 64 * 64),
        (Doubled(2, 3), None),
        (DoubledDense(64), None),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_a_layer_with_a_forward_of_its_own_is_not_taken_for_gluons(layer, multiply_adds, inside):
    net = net_of(nn.Lambda(npx.relu), layer)
    table = dh.layer_table(Branch(net) if inside else net, (1, 1, 8, 8))
    assert column(table, "multiply_adds")[-1] == multiply_adds


# Receptive fields where branches meet


class Branch(nn.Block):
    """Sends its input through some blocks, and combines what they make of it."""

    def __init__(self, *blocks, combine=lambda Y: Y):
        super().__init__()
        self.combine = combine
        for block in blocks:
            self.register_child(block)

    def forward(self, X):
        return self.combine(*(block(X) for block in self._children.values()))


def along(axis):
    return lambda *arrays: np.concatenate(arrays, axis=axis)


@pytest.mark.parametrize(
    ("blocks", "combine", "field"),
    [
        ([nn.Conv2D(1, 3, padding=1), nn.Conv2D(1, 5, padding=2)], np.add, 5),
        ([nn.Conv2D(1, 3, 2, 1), nn.AvgPool2D(2, 2)], np.maximum, 3),
        ([nn.Conv2D(1, 3), nn.AvgPool2D(3, 1)], along(1), 3),
        ([nn.Lambda(npx.relu), nn.GlobalAvgPool2D()], np.multiply, 8),
        ([nn.Conv2D(1, 3), nn.AvgPool2D(3, 1)], along(2), None),  # no longer one grid
        ([nn.Conv2D(1, 3, 2, 1), nn.Conv2D(1, 5)], np.add, None),  # two grids
        ([nn.Conv2D(1, 8), nn.Conv2D(1, 1)], np.add, None),  # one value for all places
        ([nn.Conv2D(1, 3), nn.Lambda(lambda X: X[:, :, 2:, 2:])], np.add, None),
        ([nn.Lambda(npx.relu), nn.Lambda(np.ones_like)], np.add, None),
    ],
)
def test_where_branches_meet_the_largest_field_counts_if_they_share_a_grid(blocks, combine, field):
    table = dh.layer_table(net_of(Branch(*blocks, combine=combine), nn.Conv2D(1, 1)), (1, 1, 8, 8))
    fields = dict(zip(table["layer"], column(table, "receptive_field")))
    assert [fields["branch1"], fields["total"]] == [field, field]


def test_a_forward_that_changes_arrays_in_place_is_measured():
    class InPlace(nn.Block):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2D(2, kernel_size=3)

        def forward(self, X):
            Y = self.conv(X)
            Y[:, 0] = 0
            return Y

    table = dh.layer_table(net_of(InPlace(), nn.Dense(3)), (1, 1, 5, 5))
    assert table["output_shape"].iloc[0] == (1, 2, 3, 3)
    assert table["parameters"].iloc[-1] == 20 + 57


def test_the_part_that_cannot_take_its_input_is_named(capfd):
    net = net_of(nn.Conv2D(2, kernel_size=3), Branches(), nn.Dense(1))
    net.initialize()
    net(np.zeros((1, 1, 8, 8)))
    reason = dh.why_input_fails(net, (3, 4, 8, 8))
    assert reason.startswith("layer 0, Conv2D(1 -> 2")
    assert dh.why_input_fails(net[1], (3, 1, 6, 6)).startswith(
        "layer 0, Branches, cannot take an input of shape (3, 1, 6, 6): its part Conv2D(2 -> 3, "
    )
    assert dh.why_input_fails(TwiceTheSame(), (1, 1, 16, 16)).startswith(
        "layer 0, TwiceTheSame, cannot take an input of shape (1, 1, 16, 16): its part Conv2D"
    )
    assert capfd.readouterr().out == ""


def test_training_and_predicting_name_the_part(net):
    net = net_of(Branches())
    net.initialize()
    net(np.zeros((1, 1, 8, 8)))
    batch = np.zeros((2, 3, 8, 8)), np.zeros(2)
    sgd = gluon.Trainer(net.collect_params(), "sgd")
    for use in (
        lambda: dh.predict(net, [batch]),
        lambda: loop.train_step(net, *batch, sgd, npx.cpu()),
    ):
        with pytest.raises(ValueError, match=r"layer 0, Branches, .* its part Conv2D\(1 -> 3"):
            use()


class Broken(nn.Block):
    def forward(self, X):
        assert X.shape[1] == 3, "three channels are needed"
        return self.no_such_part(X)


def test_an_error_of_the_blocks_own_is_part_of_the_sentence():
    assert "(AssertionError: three channels are needed)" in dh.why_input_fails(
        Broken(), (1, 1, 8, 8)
    )
    with pytest.raises(ValueError, match="no_such_part") as caught:
        dh.layer_table(Broken(), (1, 3, 8, 8))
    assert isinstance(caught.value.__cause__.__cause__, AttributeError)


def test_a_compiled_graph_has_a_shape_and_parameters_and_an_unknown_cost():
    net, data = dh.lenet(), mx.sym.var("data", dtype="float32").as_np_ndarray()
    block = gluon.SymbolBlock(net(data), data)
    table = dh.layer_table(net_of(nn.Conv2D(1, kernel_size=1), block), (3, 1, 28, 28))
    assert table["output_shape"].tolist() == [(3, 1, 28, 28), (3, 10), (3, 10)]
    assert column(table, "parameters") == [2, 61_706, 61_708]
    assert column(table, "multiply_adds") == [28 * 28, None, None]
    assert dh.why_input_fails(block, (3, 1, 28, 28)) is None


def test_a_block_that_cannot_be_copied_is_said_to_be_so_and_not_to_fail():
    block = nn.Lambda(npx.relu)
    block.locks = [threading.Lock()]
    with pytest.raises(ValueError, match=r"Lambda, cannot be looked into .*lock"):
        dh.layer_table(block, (1, 5))
    assert dh.why_input_fails(block, (1, 5)) is None


def test_a_sequential_with_a_forward_of_its_own_is_not_opened_up():
    class Doubled(nn.Sequential):
        def forward(self, X):
            Y = super().forward(X)
            return np.concatenate((Y, Y), axis=1)

    net = Doubled()
    net.add(nn.Conv2D(2, kernel_size=3))
    table = dh.layer_table(net_of(net, nn.Flatten()), (1, 1, 5, 5))
    assert table["layer"].tolist() == ["doubled1", "doubled1.conv1", "flatten1", "total"]
    assert table["output_shape"].tolist() == [(1, 4, 3, 3), (1, 2, 3, 3), (1, 36), (1, 36)]


def test_blocks_can_exchange_several_arrays():
    net = net_of(nn.Lambda(lambda X: [X, X]), nn.Lambda(lambda Xs: Xs[0] + Xs[1]), nn.Dense(3))
    table = dh.layer_table(net, (2, 1, 4, 4))
    assert table["output_shape"].tolist() == [[(2, 1, 4, 4)] * 2, (2, 1, 4, 4), (2, 3), (2, 3)]
    assert table["multiply_adds"].tolist() == [0, 0, 48, 48]


def test_a_cast_net_is_measured_in_its_own_type():
    net = net_of(Branches())
    net.cast("float64")
    assert dh.layer_table(net, (1, 1, 8, 8))["parameters"].iloc[-1] == 90


def test_the_net_of_a_model_zoo_has_the_numbers_that_are_known_of_it():
    table = dh.layer_table(gluon.model_zoo.vision.resnet18_v1(), (1, 3, 224, 224))
    # He et al. 2015, table 1: 1.8 x 10^9 multiply-adds. torchvision's resnet18 has 11,689,512
    # parameters; here the moving mean and variance of 4,800 channels count as well.
    assert table["parameters"].iloc[-1] == 11_689_512 + 2 * 4_800
    assert round(table["multiply_adds"].iloc[-1] / 1e9, 1) == 1.8
