import d2l_helpers as dh
from d2l_helpers import shapes, training

import numpy
import pytest
from conftest import parameters
from mxnet import gluon, np, npx
from mxnet.base import MXNetError
from mxnet.gluon import nn

COLUMNS = ["layer", "type", "output_shape", "parameters", "multiply_adds", "receptive_field"]


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
    with dh.training.autograd.record():
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
    assert shapes.leaf_layers(net) == [*inner, net[1], net[2]]


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


@pytest.mark.parametrize("shape", [(1, 28, 28), (28,), (1, 1, 1, 28, 28)])
def test_an_input_shape_without_four_axes_is_refused(shape):
    with pytest.raises(ValueError, match=r"must be \(batch, channel, height, width\)"):
        dh.layer_table(dh.lenet(), shape)


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
            lambda: training.train_step(net, *batch, sgd, npx.cpu()),
        ):
            with pytest.raises(ValueError, match=layer):
                use()
    assert dh.layer_table(net, (5, 1, 28, 28))["parameters"].iloc[-1] == 61_706


def test_an_error_of_a_net_that_is_no_sequential_is_left_alone():
    net = nn.Dense(1, in_units=4)
    net.initialize()
    with pytest.raises(MXNetError):
        dh.predict(net, [(np.zeros((2, 5)), np.zeros(2))])


def test_a_global_pooling_sees_the_whole_image():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, kernel_size=3), nn.GlobalAvgPool2D(), nn.Dense(2))
    table = dh.layer_table(net, (1, 1, 12, 20))
    assert table["receptive_field"].tolist() == [3, 20, 20, 20]
