import math

import d2l_helpers as dh
from d2l_helpers.inspection.layer_table import activation_name

import numpy
import pytest
from mxnet import init, np, npx
from mxnet.gluon import nn

MODELS = [dh.lenet, dh.lenet_wide, dh.alexnet]
# Layer by layer, weights and biases. The first three by hand: 6*(25+1), 16*(6*25+1), ...
LENET = [156, 0, 2416, 0, 48120, 10164, 850]
LENET_WIDE = [520, 0, 25050, 0, 102528, 1290]
ALEXNET = [11712, 0, 614656, 0, 885120, 1327488, 884992, 0, 26218496, 0, 16781312, 0, 40970]


@pytest.mark.parametrize(
    ("model", "size", "parameters"),
    [(dh.lenet, 28, LENET), (dh.lenet_wide, 28, LENET_WIDE), (dh.alexnet, 224, ALEXNET)],
)
def test_parameters_of_each_layer(model, size, parameters):
    table = dh.layer_table(model(), (1, 1, size, size))
    assert table["parameters"].tolist() == [*parameters, sum(parameters)]


def test_alexnet_has_the_parameters_of_the_tutorial():
    table = dh.layer_table(dh.alexnet(), (1, 1, 224, 224)).set_index("type")["parameters"]
    assert sum(ALEXNET) == table[""] == 46_764_746
    assert table["Conv2D"].sum() == 3_723_968
    assert table["Dense"].sum() == 43_040_778


@pytest.mark.parametrize(
    ("net", "size", "parameters"),
    [
        (dh.alexnet_2012(), 227, 60_965_224),
        (dh.alexnet_2012(groups=1), 227, 62_378_344),
        (dh.alexnet_one_tower(), 224, 61_100_840),
        (dh.alexnet_padded(), 227, 28_823_912),
        (dh.alexnet_padded(num_classes=6), 227, 28_823_912 - 994 * 4097),
        (dh.alexnet_t4(), 224, 21_622_154),
        (dh.alexnet_batchnorm(), 32, 25_730_506),
    ],
)
def test_parameters_of_the_paper_and_the_tutorials(net, size, parameters):
    table = dh.layer_table(net, (1, 3, size, size))
    assert table["parameters"].iloc[-1] == parameters


# C: convolution, P: pooling, D: dense, N: normalization, A: activation, -: dropout.
LETTERS = {"Conv2D": "C", "MaxPool2D": "P", "AvgPool2D": "P", "Dense": "D", "Dropout": "-"}
LETTERS |= {"LRN": "N", "BatchNorm": "N", "Activation": "A"}


@pytest.mark.parametrize(
    ("net", "layers"),
    [
        (dh.lenet(), "CPCPDDD"),
        (dh.lenet_wide(), "CPCPDD"),
        (dh.alexnet(), "CPCPCCCPD-D-D"),
        (dh.alexnet_reduced(), "CNPCNPCCCPD-D-D"),
        (dh.alexnet_2012(), "CNPCNPCCCPD-D-D"),
        (dh.alexnet_one_tower(), "CPCPCCCP-D-DD"),
        (dh.alexnet_padded(), "CPCPCCPCPD-D-D"),
        (dh.alexnet_t4(), "CNAPCNAPCCCD-D-D"),
        (dh.alexnet_batchnorm(), "CNAPCNAPCNACNACNAP" + 3 * "DNA-" + "DN"),
    ],
)
def test_the_layers_are_in_the_order_of_their_source(net, layers):
    letters = "".join(LETTERS[type(layer).__name__] for layer in net)
    assert letters == layers


@pytest.mark.parametrize(("size", "rounded"), [(224, math.ceil), (227, math.floor)])
def test_the_papers_maps_come_from_224_pixels_or_from_227(size, rounded):
    """As in the authors' program, layer.py, or as in MXNet."""
    lengths = []
    for layer in dh.alexnet_2012()[:10]:
        if not isinstance(layer, dh.LRN):
            made = dh.conv_settings(layer)
            free = size + 2 * made["padding"][0] - made["kernel"][0]
            size = rounded(free / made["stride"][0]) + 1
            lengths.append(size)
    assert lengths == [55, 27, 27, 13, 13, 13, 13, 6]
    table = dh.layer_table(dh.alexnet_2012(), (1, 3, 227, 227))
    maps = table[table["type"].isin(["Conv2D", "MaxPool2D"])]["output_shape"]
    assert [shape[2] for shape in maps] == lengths


def test_the_papers_net_takes_224_pixels_with_three_rows_and_columns_of_zeros():
    conv1 = dh.alexnet_2012()[0]
    conv1.initialize()
    X = np.random.normal(size=(1, 3, 224, 224))
    padded = np.pad(X, ((0, 0), (0, 0), (0, 3), (0, 3)))
    assert conv1(X).shape[2:] == (54, 54) and conv1(padded).shape[2:] == (55, 55)
    assert np.allclose(conv1(padded)[..., :54, :54], conv1(X), atol=1e-5)


def test_the_one_tower_net_is_torchvisions_and_not_that_of_2014():
    """Which has the same convolutions but for conv1's padding: layers-imagenet-1gpu.cfg."""
    table = dh.layer_table(dh.alexnet_one_tower(), (1, 3, 224, 224))
    convolutions = table[table["type"] == "Conv2D"]
    assert [shape[1] for shape in convolutions["output_shape"]] == [64, 192, 384, 256, 256]
    assert dh.conv_settings(dh.alexnet_one_tower()[0])["padding"] == (2, 2)
    last_map = table[table["type"] == "MaxPool2D"]["output_shape"].iloc[-1]
    sizes = [224]
    for kernel, stride, padding in [(11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 2, 0)]:
        sizes.append(math.ceil((sizes[-1] + 2 * padding - kernel) / stride) + 1)
    assert last_map == (1, 256, sizes[-1], sizes[-1])  # so the dense layers are equal too


def test_t4s_net_has_the_maps_of_its_tutorial():
    table = dh.layer_table(dh.alexnet_t4(), (1, 3, 224, 224)).set_index("layer")
    maps = {name: shape[1:] for name, shape in table["output_shape"].items()}
    assert maps["conv1"] == (96, 56, 56) and maps["pool1"] == (96, 27, 27)
    assert maps["conv2"] == (256, 7, 7) and maps["pool2"] == (256, 3, 3)
    assert [maps[f"conv{i}"] for i in (3, 4, 5)] == [(384, 1, 1), (384, 1, 1), (256, 1, 1)]


def test_the_repaired_net_of_t3_pools_four_times():
    table = dh.layer_table(dh.alexnet_padded(), (1, 3, 227, 227)).set_index("layer")
    maps = {name: shape[1:] for name, shape in table["output_shape"].items() if len(shape) == 4}
    assert list(maps.items()) == [
        ("conv1", (96, 55, 55)),  # (227 + 2 - 11) / 4 + 1
        ("pool1", (96, 27, 27)),
        ("conv2", (256, 25, 25)),  # a kernel of 5 and a border of 1
        ("pool2", (256, 12, 12)),
        ("conv3", (384, 12, 12)),
        ("conv4", (384, 12, 12)),
        ("pool3", (384, 5, 5)),
        ("conv5", (256, 5, 5)),
        ("pool4", (256, 2, 2)),
    ]
    counts = [34_944, 614_656, 885_120, 1_327_488, 884_992]  # as without groups
    assert [table["parameters"][f"conv{i}"] for i in range(1, 6)] == counts
    assert table["parameters"]["dense1"] == 256 * 2 * 2 * 4096 + 4096


@pytest.mark.parametrize(
    ("part", "left_out"), [("lrn_alpha", None), ("overlapping", False), ("dropout", 0)]
)
def test_each_part_of_the_reduced_net_can_be_left_out(part, left_out):
    whole, without = dh.alexnet_reduced(), dh.alexnet_reduced(**{part: left_out})
    tables = [dh.layer_table(net, (1, 1, 67, 67)) for net in (whole, without)]
    # No part has parameters or changes the size of a map.
    assert tables[0]["parameters"].iloc[-1] == tables[1]["parameters"].iloc[-1] == 2_126_186
    for kind in ("Conv2D", "MaxPool2D", "Dense"):
        shapes = [list(t["output_shape"][t["type"] == kind]) for t in tables]
        assert shapes[0] == shapes[1]
    kinds = [list(t["type"]) for t in tables]
    assert kinds[0].count("LRN") == 2 and kinds[1].count("LRN") == (0 if part == "lrn_alpha" else 2)
    windows = {
        dh.conv_settings(layer)["kernel"] for layer in without if isinstance(layer, nn.MaxPool2D)
    }
    assert windows == ({(2, 2)} if part == "overlapping" else {(3, 3)})
    rates = {layer._rate for layer in without if isinstance(layer, nn.Dropout)}
    assert rates == ({0} if part == "dropout" else {0.5})


def sums_of_squares(X, depth_radius):
    """Return each value's square plus those of its neighbours in other channels, one by one."""
    sums = numpy.zeros(X.shape)
    for channel in range(X.shape[1]):
        for other in range(channel - depth_radius, channel + depth_radius + 1):
            if 0 <= other < X.shape[1]:
                sums[:, channel] += X[:, other] ** 2
    return sums


@pytest.mark.parametrize("hybridize", [False, True])
def test_lrn_divides_alpha_by_the_number_of_channels(hybridize):
    X = numpy.random.default_rng(0).normal(size=(2, 8, 3, 3)).astype("float32")
    # A large alpha, so that the division shows.
    lrn = dh.LRN(alpha=0.5)
    lrn.hybridize(hybridize)
    expected = X / (2 + 0.5 / 5 * sums_of_squares(X, 2)) ** 0.75
    assert numpy.allclose(lrn(np.array(X)).asnumpy(), expected, rtol=1e-4)


# More channels than the window has, as many, fewer, and a single one: the borders differ.
@pytest.mark.parametrize("channels", [24, 11, 6, 1])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"depth_radius": 1},
        {"depth_radius": 2, "bias": 2.0, "alpha": 1e-4 / 5, "beta": 0.75},
        {"depth_radius": 0, "beta": 1.0},
    ],
    ids=["defaults", "3 channels", "the paper's", "1 channel"],
)
@pytest.mark.parametrize("hybridize", [False, True])
def test_tensorflows_lrn_follows_its_formula(channels, settings, hybridize):
    X = numpy.random.default_rng(1).normal(0, 3, size=(2, channels, 3, 4)).astype("float32")
    lrn = dh.tensorflow_lrn(**settings)
    lrn.hybridize(hybridize)
    s = {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5, **settings}
    sums = sums_of_squares(X, s["depth_radius"])
    expected = X / (s["bias"] + s["alpha"] * sums) ** s["beta"]
    assert numpy.allclose(lrn(np.array(X)).asnumpy(), expected, rtol=1e-4)


def test_t4s_net_normalizes_as_tensorflow_does_and_before_relu():
    layers = list(dh.alexnet_t4())
    places = [i for i, layer in enumerate(layers) if isinstance(layer, dh.LRN)]
    X = np.random.normal(size=(2, 96, 2, 2))
    assert len(places) == 2
    for i in places:
        assert isinstance(layers[i - 1], nn.Conv2D) and layers[i - 1].act is None
        assert layers[i + 1]._act_type == "relu"
        assert (layers[i](X) == dh.tensorflow_lrn()(X)).all()
    # Unlike with the paper's settings, its place matters: a quarter of what comes out.
    last = npx.relu(layers[places[0]](X))
    first = layers[places[0]](npx.relu(X))
    assert float(abs(last - first).sum() / first.sum()) > 0.2


def test_the_biases_of_the_paper_start_at_one_where_it_says_so():
    net = dh.alexnet_2012(num_classes=3)
    net.initialize(init.Normal(0.01))
    net(np.zeros((1, 3, 227, 227)))
    layers = [layer for layer in net if isinstance(layer, (nn.Conv2D, nn.Dense))]
    starts = [set(layer.bias.data().asnumpy()) for layer in layers]
    assert starts == [{0}, {1}, {0}, {1}, {1}, {1}, {1}, {0}]


@pytest.mark.parametrize(("model", "size"), [(dh.lenet, 28), (dh.lenet_wide, 28), (dh.alexnet, 67)])
@pytest.mark.parametrize("num_classes", [10, 3])
def test_a_net_gives_one_score_per_class(model, size, num_classes):
    net = model(num_classes)
    net.initialize()
    assert net(np.zeros((2, 1, size, size))).shape == (2, num_classes)


@pytest.mark.parametrize("num_classes", [0, 2.5, "10", None])
@pytest.mark.parametrize(
    "model",
    [
        *MODELS,
        dh.alexnet_2012,
        dh.alexnet_reduced,
        dh.alexnet_one_tower,
        dh.alexnet_padded,
        dh.alexnet_t4,
        dh.alexnet_batchnorm,
    ],
)
def test_a_number_of_classes_is_a_whole_number(model, num_classes):
    with pytest.raises((TypeError, ValueError), match="num_classes must be"):
        model(num_classes)


def test_alexnet_takes_no_image_below_67_pixels():
    dh.layer_table(dh.alexnet(), (1, 1, 67, 67))
    with pytest.raises(ValueError, match="layer 7"):
        dh.layer_table(dh.alexnet(), (1, 1, 66, 66))


@pytest.mark.parametrize("model", MODELS)
def test_a_net_comes_uninitialized(model):
    with pytest.raises(RuntimeError, match="has not been initialized"):
        model()(np.zeros((1, 1, 224, 224)))


def activations(net):
    return [name for name in map(activation_name, net) if name]


@pytest.mark.parametrize(
    ("net", "activation", "times"),
    [
        (dh.lenet(), "sigmoid", 4),
        (dh.lenet_wide(), "relu", 3),
        (dh.alexnet(), "relu", 7),
        (dh.lenet(activation="relu"), "relu", 4),
        (dh.alexnet(activation="sigmoid"), "sigmoid", 7),
        (dh.alexnet(activation="tanh"), "tanh", 7),
    ],
)
def test_every_layer_but_the_last_has_the_activation(net, activation, times):
    assert activations(net) == [activation] * times
    assert net[-1].act is None


def test_alexnet_has_dropout_of_a_half_behind_both_hidden_dense_layers():
    net = dh.alexnet()
    assert [type(layer) for layer in list(net)[8:]] == [nn.Dense, nn.Dropout] * 2 + [nn.Dense]
    assert [layer._rate for layer in net if isinstance(layer, nn.Dropout)] == [0.5, 0.5]


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_the_activation_of_alexnet_bounds_its_first_map(activation):
    first = dh.alexnet(activation=activation)[0]
    first.initialize(init.Normal(1))
    output = first(np.random.normal(size=(1, 1, 67, 67))).asnumpy()
    assert output.min() >= 0
    assert (output.max() <= 1) == (activation == "sigmoid")


@pytest.mark.parametrize(
    "other", [dh.LRN(3), dh.LRN(alpha=1e3), dh.LRN(beta=1), dh.LRN(k=1), dh.tensorflow_lrn()]
)
def test_the_text_of_an_lrn_tells_its_settings(other):
    """A checkpoint tells nets apart by it."""
    assert repr(dh.LRN()) == "LRN(nsize=5, alpha=0.0001, beta=0.75, knorm=2)" != repr(other)
