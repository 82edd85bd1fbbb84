import d2l_helpers as dh
from d2l_helpers.inspection import layer_table
from d2l_helpers.training import loop

import mxnet as mx
import numpy
import pytest
from mxnet import autograd, gluon, init, np, npx
from mxnet.base import MXNetError
from mxnet.gluon import nn
from small import parameters

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
            lambda: loop.train_step(net, *batch, sgd, npx.cpu()),
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
        self.num_calls += 1
        return np.concatenate((self.wide(X), self.narrow(X)), axis=1)


class HybridBranches(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2D(3, kernel_size=5, padding=2)
        self.narrow = nn.HybridSequential()
        self.narrow.add(nn.Conv2D(2, kernel_size=1), nn.BatchNorm(), nn.Dropout(0.5))

    def hybrid_forward(self, F, X):
        return F.np.concatenate((self.wide(X), self.narrow(X)), axis=1)


def net_of(*layers):
    net = nn.Sequential()
    net.add(*layers)
    return net


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


class Convolution(nn.Block):
    """A convolution by hand, behind one of Gluon's."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2D(3, kernel_size=3)
        self.kernel = self.params.get("kernel", shape=(2, 3, 3, 3))
        self.scale = self.params.get("scale", shape=(1, 2, 1, 1), grad_req="null")

    def forward(self, X):
        Y = npx.pooling(self.first(X), kernel=(2, 2), stride=(1, 1), pad=(1, 1))
        settings = dict(kernel=(3, 3), stride=(2, 2), num_filter=2, no_bias=True)
        return self.scale.data() * npx.convolution(Y, self.kernel.data(), **settings)


def test_what_a_block_computes_by_itself_counts_as_well():
    table = dh.layer_table(net_of(Convolution(), nn.Conv2D(1, kernel_size=1)), (1, 1, 13, 13))
    # The maps: 11 x 11, 12 x 12 behind the block's own pooling, 5 x 5 behind its own convolution.
    assert table["output_shape"].tolist()[0] == (1, 2, 5, 5)
    assert table["parameters"].tolist() == [30 + 54 + 2, 30, 3, 89]
    # The 54 weights of the block's own convolution are each used at 25 positions.
    own = [27 * 121 + 54 * 25, 27 * 121, 2 * 25]
    assert table["multiply_adds"].tolist() == [*own, own[0] + own[2]]
    assert table["receptive_field"].tolist() == [3 + 1 + 2, 3, 6, 6]


class FixedHidden(nn.Block):
    """A hidden layer that is not trained, as in d2l's chapter about custom blocks."""

    def __init__(self):
        super().__init__()
        self.fixed = self.params.get_constant("fixed", np.ones((20, 6)))
        self.dense = nn.Dense(20)

    def forward(self, X):
        return npx.relu(np.dot(self.dense(X), self.fixed.data()))


@pytest.mark.parametrize("frozen", [False, True])
def test_weights_that_are_not_trained_count_as_well(frozen):
    net = FixedHidden()
    if frozen:
        net.collect_params().setattr("grad_req", "null")
    table = dh.layer_table(net, (1, 1, 3, 5))
    assert table["parameters"].tolist() == [15 * 20 + 20 + 120, 320, 440]
    assert table["multiply_adds"].tolist() == [15 * 20 + 120, 300, 420]


@pytest.mark.parametrize(
    ("forward", "field"),
    [
        (lambda X: X.mean(axis=(2, 3)), 12),
        (lambda X: X.max(axis=-1), 12),
        (lambda X: X.mean(axis=1), 3),  # of the channels
        (lambda X: npx.relu(X.reshape(len(X), -1)) * 2, 3),
        (lambda X: np.dot(X, np.ones((10, 2))), 12),
        (lambda X: np.ones_like(X), 3),  # nothing to follow
    ],
)
def test_what_a_function_sees(forward, field):
    net = net_of(nn.Conv2D(2, kernel_size=3), nn.Lambda(forward), nn.Flatten())
    assert dh.layer_table(net, (2, 1, 12, 12))["receptive_field"].tolist() == [3, *[field] * 3]


def test_the_part_that_cannot_take_its_input_is_named(capfd):
    net = net_of(nn.Conv2D(2, kernel_size=3), Branches(), nn.Dense(1))
    net.initialize()
    net(np.zeros((1, 1, 8, 8)))
    reason = dh.why_input_fails(net, (3, 4, 8, 8))
    assert reason.startswith("layer 0, Conv2D(1 -> 2")
    assert dh.why_input_fails(net[1], (3, 1, 6, 6)).startswith(
        "layer 0, Branches, cannot take an input of shape (3, 1, 6, 6): its part Conv2D(2 -> 3, "
    )
    assert dh.why_input_fails(Convolution(), (1, 1, 2, 2)).startswith(
        "layer 0, Convolution, cannot take an input of shape (1, 1, 2, 2): its part Conv2D(-1 -> 3"
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


def test_a_compiled_graph_is_refused():
    net, data = dh.lenet(), mx.sym.var("data", dtype="float32").as_np_ndarray()
    block = gluon.SymbolBlock(net(data), data)
    assert "a SymbolBlock is compiled" in dh.why_input_fails(net_of(block), (1, 1, 28, 28))


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


def test_blocks_that_exchange_several_arrays_are_refused():
    net = net_of(nn.Lambda(lambda X: [X, X]), nn.Lambda(lambda Xs: Xs[0] + Xs[1]))
    table = dh.layer_table(net[0], (2, 1, 4, 4))
    assert table["output_shape"].iloc[0] == [(2, 1, 4, 4)] * 2
    assert dh.why_input_fails(net, (2, 1, 4, 4)).endswith(
        "is given 2 arrays; only one can be followed"
    )


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
