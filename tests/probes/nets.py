"""Gluon: layers, losses, recurrent layers, blocks saved and loaded, mixed precision."""

from probes import folder, probe, probe_each, probe_lines

import mxnet as mx
import numpy
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn, rnn

ONE, TWO, THREE = numpy.int64(1), numpy.int64(2), numpy.int32(3)
HALF = numpy.float32(0.5)


def images(*shape):
    return np.arange(float(numpy.prod(shape))).reshape(shape) / 10


# A layer whose numbers are NumPy's, and the shape of its input
LAYERS = {
    "Dense": (lambda: nn.Dense(THREE), (2, 4)),
    "Dense of known size": (lambda: nn.Dense(THREE, in_units=numpy.int64(4)), (2, 4)),
    "Dense not flattened": (lambda: nn.Dense(TWO, flatten=False, activation="relu"), (2, 3, 4)),
    "Conv1D": (lambda: nn.Conv1D(TWO, THREE, strides=TWO, padding=ONE), (1, 2, 6)),
    "Conv2D": (lambda: nn.Conv2D(channels=TWO, kernel_size=numpy.int64(3)), (1, 2, 5, 5)),
    "Conv2D with a tuple": (
        lambda: nn.Conv2D(TWO, (THREE, TWO), strides=(TWO, ONE), padding=(ONE, ONE)),
        (1, 2, 5, 5),
    ),
    "Conv2D with groups": (
        lambda: nn.Conv2D(TWO, THREE, groups=TWO, dilation=ONE, in_channels=TWO),
        (1, 2, 5, 5),
    ),
    "Conv3D": (lambda: nn.Conv3D(TWO, TWO), (1, 1, 3, 3, 3)),
    "Conv1DTranspose": (lambda: nn.Conv1DTranspose(TWO, TWO, strides=TWO), (1, 2, 3)),
    "Conv2DTranspose": (
        lambda: nn.Conv2DTranspose(TWO, THREE, strides=TWO, output_padding=ONE),
        (1, 2, 3, 3),
    ),
    "Conv3DTranspose": (lambda: nn.Conv3DTranspose(ONE, TWO), (1, 1, 2, 2, 2)),
    "MaxPool1D": (lambda: nn.MaxPool1D(TWO), (1, 1, 6)),
    "MaxPool2D": (lambda: nn.MaxPool2D(TWO, strides=TWO, padding=ONE), (1, 1, 4, 4)),
    "MaxPool2D ceil": (lambda: nn.MaxPool2D(THREE, TWO, ceil_mode=numpy.bool_(True)), (1, 1, 6, 6)),
    "MaxPool3D": (lambda: nn.MaxPool3D(TWO), (1, 1, 2, 2, 2)),
    "AvgPool1D": (lambda: nn.AvgPool1D(TWO), (1, 1, 6)),
    "AvgPool2D": (lambda: nn.AvgPool2D((TWO, TWO), count_include_pad=False), (1, 1, 4, 4)),
    "AvgPool3D": (lambda: nn.AvgPool3D(TWO), (1, 1, 2, 2, 2)),
    "GlobalMaxPool1D": (lambda: nn.GlobalMaxPool1D(), (1, 2, 3)),
    "GlobalMaxPool2D": (lambda: nn.GlobalMaxPool2D(), (1, 2, 3, 3)),
    "GlobalMaxPool3D": (lambda: nn.GlobalMaxPool3D(), (1, 2, 2, 2, 2)),
    "GlobalAvgPool1D": (lambda: nn.GlobalAvgPool1D(), (1, 2, 3)),
    "GlobalAvgPool2D": (lambda: nn.GlobalAvgPool2D(), (1, 2, 3, 3)),
    "GlobalAvgPool3D": (lambda: nn.GlobalAvgPool3D(), (1, 2, 2, 2, 2)),
    "ReflectionPad2D": (lambda: nn.ReflectionPad2D(ONE), (1, 1, 3, 3)),
    "BatchNorm": (lambda: nn.BatchNorm(epsilon=numpy.float64(1e-3), momentum=HALF), (2, 3, 2, 2)),
    "BatchNorm of an axis": (lambda: nn.BatchNorm(axis=ONE, in_channels=THREE), (2, 3)),
    "LayerNorm": (lambda: nn.LayerNorm(axis=ONE, epsilon=numpy.float32(1e-5)), (2, 3)),
    "InstanceNorm": (lambda: nn.InstanceNorm(axis=ONE), (2, 2, 3)),
    "GroupNorm": (lambda: nn.GroupNorm(num_groups=TWO), (2, 4, 2)),
    "Embedding": (lambda: nn.Embedding(numpy.int64(12), TWO), (2, 3)),
    "Flatten": (lambda: nn.Flatten(), (2, 2, 2)),
    "Dropout": (lambda: nn.Dropout(HALF, axes=(ONE,)), (2, 3)),
    "Activation": (lambda: nn.Activation("softsign"), (2, 3)),
    "LeakyReLU": (lambda: nn.LeakyReLU(HALF), (2, 3)),
    "PReLU": (lambda: nn.PReLU(), (2, 3)),
    "ELU": (lambda: nn.ELU(HALF), (2, 3)),
    "SELU": (lambda: nn.SELU(), (2, 3)),
    "GELU": (lambda: nn.GELU(), (2, 3)),
    "Swish": (lambda: nn.Swish(HALF), (2, 3)),
    "Lambda": (lambda: nn.Lambda(lambda x: x * HALF), (2, 3)),
    "HybridLambda": (lambda: nn.HybridLambda(lambda F, x: F.np.add(x, HALF)), (2, 3)),
}

ONLY_LEGACY = ("ReflectionPad2D", "InstanceNorm", "GroupNorm")


def _weights(net):
    """Give each parameter numbers that the place in it tells."""
    for parameter in net.collect_params().values():
        values = numpy.arange(parameter.data().size, dtype="float32") % 7 / 10 - 0.3
        if "running_var" in parameter.name:
            values = numpy.abs(values) + 1
        parameter.set_data(np.array(values.reshape(parameter.shape)))
    return net


@probe_each([name for name in LAYERS if name not in ONLY_LEGACY])
def layer(name):
    make, shape = LAYERS[name]
    net = make()
    net.initialize(init.One())
    x = images(*shape)
    net(x)
    _weights(net)
    x.attach_grad(grad_req="null" if name == "Embedding" else "write")
    with autograd.record(train_mode=name != "Dropout"):
        y = net(x)
        y.sum().backward()
    shapes = {key: value.shape for key, value in net.collect_params().items()}
    return y, x.grad, shapes, repr(net)


@probe_each([name for name in LAYERS if name not in ("Lambda", "Dropout", *ONLY_LEGACY)])
def hybridized_layer(name):
    make, shape = LAYERS[name]
    net = make()
    net.initialize(init.One())
    net(images(*shape))
    _weights(net)
    plain = net(images(*shape))
    net.hybridize()
    return float(np.abs(net(images(*shape)) - plain).max()) < 1e-4


@probe_each(ONLY_LEGACY, legacy=True)
def legacy_layer(name):
    make, shape = LAYERS[name]
    net = make()
    net.initialize(init.One())
    return net(mx.nd.array(images(*shape).asnumpy())), repr(net)


@probe_each(("Conv2D", "Dense", "BatchNorm", "Dropout", "MaxPool2D", "LeakyReLU", "Embedding"))
def symbol_of_layer(name):
    net = LAYERS[name][0]()
    with mx.util.np_array(True):
        return [
            {key: node.get(key) for key in ("op", "name", "attrs")}
            for node in _nodes(net(mx.sym.var("data").as_np_ndarray()))
        ]


def _nodes(symbol):
    import json

    return json.loads(symbol.tojson())["nodes"]


LOSSES = {
    "L2Loss": lambda: gluon.loss.L2Loss(weight=HALF),
    "L1Loss": lambda: gluon.loss.L1Loss(batch_axis=numpy.int64(0)),
    "SigmoidBinaryCrossEntropyLoss": lambda: gluon.loss.SigmoidBinaryCrossEntropyLoss(),
    "SigmoidBCELoss from sigmoid": lambda: gluon.loss.SigmoidBCELoss(from_sigmoid=True),
    "KLDivLoss": lambda: gluon.loss.KLDivLoss(from_logits=False, axis=numpy.int64(-1)),
    "HuberLoss": lambda: gluon.loss.HuberLoss(rho=HALF),
    "HingeLoss": lambda: gluon.loss.HingeLoss(margin=numpy.float64(1)),
    "SquaredHingeLoss": lambda: gluon.loss.SquaredHingeLoss(margin=numpy.int64(1)),
    "LogisticLoss": lambda: gluon.loss.LogisticLoss(label_format="binary"),
    "PoissonNLLLoss": lambda: gluon.loss.PoissonNLLLoss(),
    "PoissonNLLLoss from no logits": lambda: gluon.loss.PoissonNLLLoss(from_logits=False),
    "SoftmaxCrossEntropyLoss dense": lambda: gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False),
}


@probe_each(LOSSES, legacy=True)
def legacy_loss(name):
    return _loss(name, mx.nd.array)


@probe_each([name for name in LOSSES if name[:4] in ("L2Lo", "L1Lo", "Sigm", "Soft")])
def loss(name):
    return _loss(name, np.array)


def _loss(name, array):
    prediction = array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.4]])
    label = array([[0.0, 1, 0], [1, 0, 0.5]])
    weight = array([[1.0], [2]])
    prediction.attach_grad()
    with autograd.record():
        value = LOSSES[name]()(prediction, label, *[weight] * ("Poisson" not in name))
    value.backward()
    return value, prediction.grad


@probe
def softmax_cross_entropy_loss():
    prediction, label = images(2, 3), np.array([2, 0])
    prediction.attach_grad()
    with autograd.record():
        value = gluon.loss.SoftmaxCrossEntropyLoss(axis=numpy.int64(1))(prediction, label)
    value.backward()
    return value, prediction.grad


@probe(legacy=True)
def losses_of_their_own_kind():
    x = mx.nd.arange(6).reshape((2, 3))
    activations = mx.nd.arange(40).reshape((2, 5, 4)) / 10
    return (
        gluon.loss.CTCLoss()(activations, mx.nd.array([[1, 2], [2, -1]])),
        gluon.loss.TripletLoss(margin=HALF)(x, x * 2, x - 1),
        gluon.loss.CosineEmbeddingLoss(margin=HALF)(x, x - 1, mx.nd.array([1, -1])),
    )


@probe(legacy=True)
def sdml_loss():
    x = mx.nd.arange(6).reshape((2, 3))
    return gluon.loss.SDMLLoss(smoothing_parameter=numpy.float64(0.3))(x, x + 1)


RECURRENT = {
    "RNN": lambda: rnn.RNN(TWO, num_layers=TWO, activation="tanh"),
    "LSTM": lambda: rnn.LSTM(TWO, layout="NTC", bidirectional=numpy.bool_(True)),
    "GRU": lambda: rnn.GRU(TWO, input_size=THREE),
    "RNNCell": lambda: rnn.RNNCell(TWO),
    "LSTMCell": lambda: rnn.LSTMCell(TWO),
    "GRUCell": lambda: rnn.GRUCell(TWO),
    "ZoneoutCell": lambda: rnn.ZoneoutCell(rnn.RNNCell(TWO), HALF, HALF),
    "ResidualCell": lambda: rnn.ResidualCell(rnn.RNNCell(THREE)),
    "DropoutCell": lambda: rnn.DropoutCell(HALF),
    "BidirectionalCell": lambda: rnn.BidirectionalCell(rnn.RNNCell(TWO), rnn.GRUCell(TWO)),
}


@probe_each(RECURRENT, legacy=True)
def recurrent_layer(name):
    net = RECURRENT[name]()
    net.initialize(init.Constant(0.1))
    x = mx.nd.arange(12).reshape((2, 2, 3)) / 10
    if "Cell" in name:
        return net.unroll(numpy.int64(2), x, layout="NTC", merge_outputs=True)
    state = net.begin_state(batch_size=numpy.int64(2))
    return net(x, state)


@probe_each(("RNN", "LSTM", "GRU"))
def recurrent_layer_in_the_numpy_interface(name):
    net = RECURRENT[name]()
    net.initialize(init.Constant(0.1))
    x = images(2, 2, 3)
    x.attach_grad()
    with autograd.record():
        y = net(x)
    y.backward()
    return y, x.grad


@probe(legacy=True)
def recurrent_layers_in_a_row():
    net = rnn.SequentialRNNCell()
    net.add(rnn.LSTMCell(TWO))
    net.add(rnn.GRUCell(THREE))
    net.initialize(init.Constant(0.1))
    return net.unroll(2, [mx.nd.ones((1, 2)), mx.nd.zeros((1, 2))])[0]


@probe_each(("VariationalDropoutCell", "LSTMPCell", "Conv2DLSTMCell"), legacy=True)
def contributed_cell(name):
    from mxnet.gluon.contrib import rnn as contributed

    x = mx.nd.ones((1, 2, 3))
    if name == "VariationalDropoutCell":
        net = contributed.VariationalDropoutCell(rnn.RNNCell(TWO), drop_inputs=0)
    elif name == "LSTMPCell":
        net = contributed.LSTMPCell(TWO, THREE)
    else:
        net = contributed.Conv2DLSTMCell(
            (ONE, THREE, THREE), TWO, (THREE, THREE), (THREE, THREE), i2h_pad=(ONE, ONE)
        )
        x = mx.nd.ones((1, 2, 1, 3, 3))
    net.initialize(init.Constant(0.1))
    return net.unroll(2, x, layout="NTC")[0]


@probe_each(("Concurrent", "HybridConcurrent", "Identity", "PixelShuffle2D", "SyncBatchNorm"))
def contributed_layer(name):
    from mxnet.gluon.contrib import nn as contributed

    x = mx.nd.arange(16).reshape((1, 4, 2, 2))
    with mx.util.np_array(False):
        if "Concurrent" in name:
            net = getattr(contributed, name)(axis=numpy.int64(1))
            net.add(contributed.Identity(), contributed.Identity())
        elif name == "PixelShuffle2D":
            net = contributed.PixelShuffle2D(TWO)
        elif name == "SyncBatchNorm":
            net = contributed.SyncBatchNorm(in_channels=4, num_devices=ONE)
        else:
            net = contributed.Identity()
        net.initialize()
        return net(x)


def lenet(kind=nn.HybridSequential):
    net = kind(prefix="lenet_")
    with net.name_scope():
        net.add(
            nn.Conv2D(TWO, kernel_size=THREE, activation="relu"),
            nn.BatchNorm(),
            nn.MaxPool2D(TWO, TWO),
            nn.Flatten(),
            nn.Dense(THREE),
        )
    net.initialize(init.Xavier())
    return net


@probe_each(("list", "dictionary", "frombuffer"))
def saving_arrays(way):
    arrays = {"a": np.arange(3), "b": np.array([[True, False]]), "c": np.array(2, dtype="int8")}
    with folder() as path:
        if way == "list":
            npx.save(f"{path}/f", list(arrays.values()))
            return npx.load(f"{path}/f")
        if way == "dictionary":
            npx.save(f"{path}/f", arrays)
            return npx.load(f"{path}/f")
        npx.save(f"{path}/f", arrays)
        with open(f"{path}/f", "rb") as file:
            return mx.nd.load_frombuffer(file.read())


@probe_each((True, False))
def saving_parameters_and_loading_them(hybridized):
    net, other = lenet(), lenet()
    if hybridized:
        net.hybridize()
    x = images(2, 1, 8, 8)
    y = net(x)
    with folder() as path:
        net.save_parameters(f"{path}/p", deduplicate=True)
        other.load_parameters(f"{path}/p", ctx=mx.cpu())
        loaded = mx.nd.load(f"{path}/p")
    return y, float(np.abs(other(x) - y).max()), {k: v.shape for k, v in loaded.items()}


@probe
def loading_parameters_of_another_type():
    net, other = lenet(), lenet()
    net(images(1, 1, 8, 8))
    net.cast(numpy.float16)
    with folder() as path:
        net.save_parameters(f"{path}/p")
        other.load_parameters(f"{path}/p", cast_dtype=True, dtype_source="saved")
        return [numpy.dtype(p.dtype).name for p in other.collect_params().values()]


@probe
def exporting_and_importing():
    net = lenet()
    net.hybridize()
    x = images(1, 1, 8, 8)
    y = net(x)
    with folder() as path:
        net.export(f"{path}/net", epoch=numpy.int64(3))
        loaded = gluon.SymbolBlock.imports(
            f"{path}/net-symbol.json", ["data"], f"{path}/net-0003.params"
        )
        names = sorted(mx.nd.load(f"{path}/net-0003.params"))
        nodes = _nodes(mx.sym.load(f"{path}/net-symbol.json"))
    return float(np.abs(loaded(x) - y).max()) < 1e-6, names, [n.get("attrs") for n in nodes]


@probe(legacy=True)
def exporting_and_importing_in_the_legacy_interface():
    net = lenet()
    net.hybridize(static_alloc=True, static_shape=True)
    x = mx.nd.arange(64).reshape((1, 1, 8, 8))
    y = net(x)
    with folder() as path:
        net.export(f"{path}/net")
        loaded = gluon.SymbolBlock.imports(
            f"{path}/net-symbol.json", ["data"], f"{path}/net-0000.params"
        )
        _, arguments, states = mx.model.load_checkpoint(f"{path}/net", 0)
    return float((loaded(x) - y).abs().max().asscalar()) < 1e-6, sorted(arguments), sorted(states)


@probe(legacy=True)
def a_symbol_block_of_layers_inside():
    net = lenet()
    net(mx.nd.ones((1, 1, 8, 8)))
    inside = net(mx.sym.var("data")).get_internals()
    outputs = [inside[name] for name in inside.list_outputs() if name.endswith("fwd_output")]
    block = gluon.SymbolBlock(outputs[:2], mx.sym.var("data"), params=net.collect_params())
    return [out.shape for out in block(mx.nd.ones((1, 1, 8, 8)))]


@probe
def what_a_net_prints():
    net = lenet()
    net(images(2, 1, 8, 8))
    return [repr(net), repr(net.collect_params()), repr(net[0].weight)]


@probe
def the_summary_of_a_net():
    import contextlib
    import io

    out = io.StringIO()
    net = lenet()
    with contextlib.redirect_stdout(out):
        net.summary(np.zeros((TWO, ONE, numpy.int64(8), numpy.int64(8))))
    return out.getvalue().splitlines()


@probe
def parameters_by_hand():
    parameter = gluon.Parameter("w", shape=(TWO, THREE), dtype=numpy.float64, lr_mult=HALF)
    parameter.initialize(init.Constant(numpy.float32(2)))
    constant = gluon.Constant("c", numpy.ones((2, 2)))
    constant.initialize()
    parameter.set_data(np.ones((2, 3)))
    parameter.grad_req = "add"
    return parameter.data(), parameter.grad(), repr(parameter), constant.data(), parameter.shape


@probe
def a_parameter_of_unknown_size():
    parameter = gluon.Parameter("w", shape=(TWO, -1), allow_deferred_init=True)
    parameter.initialize()
    before = parameter.shape
    parameter.shape = (numpy.int64(2), numpy.int64(3))
    parameter._finish_deferred_init()
    return before, parameter.shape, parameter.data().shape


@probe
def a_constant_in_a_block():
    class Scaled(nn.HybridBlock):
        def __init__(self):
            super().__init__(prefix="s_")
            with self.name_scope():
                self.scale = self.params.get_constant("scale", numpy.float32([1, 2, 3]))

        def hybrid_forward(self, F, x, scale):
            return x * scale

    net = Scaled()
    net.initialize()
    eager = net(images(2, 3))
    net.hybridize()
    return eager, net(images(2, 3))


@probe
def a_block_with_parameters_of_its_own():
    class Linear(nn.Block):
        def __init__(self, units, in_units):
            super().__init__(prefix="l_")
            self.weight = self.params.get("weight", shape=(in_units, units))
            self.bias = self.params.get("bias", shape=(units,))

        def forward(self, x):
            return npx.relu(np.dot(x, self.weight.data()) + self.bias.data())

    net = Linear(TWO, THREE)
    net.initialize(init.Normal(numpy.float32(0.1)))
    return net(images(2, 3)), repr(net)


@probe
def hooks_of_a_block():
    net, seen = lenet(), []
    net[0].register_forward_hook(lambda block, x, y: seen.append(y.shape))
    net.register_forward_pre_hook(lambda block, x: seen.append(x[0].shape))
    net(images(1, 1, 8, 8))
    return seen


@probe(legacy=True)
def autograd_function():
    class Sigmoid(autograd.Function):
        def forward(self, x):
            y = 1 / (1 + mx.nd.exp(-x))
            self.save_for_backward(y)
            return y

        def backward(self, dy):
            (y,) = self.saved_tensors
            return dy * y * (1 - y) * numpy.float32(2)

    x = mx.nd.arange(3) / 10
    x.attach_grad()
    with autograd.record():
        y = Sigmoid()(x)
    y.backward()
    return y, x.grad


AUTOGRAD = """
grad(lambda x: x * x)
grad(lambda x: (x ** numpy.float32(3)).sum())
grad(lambda x: np.tanh(x) * numpy.float64(2))
grad(lambda x: x[numpy.int64(1)])
grad(lambda x: np.reshape(x, (numpy.int64(3), -1)))
grad(lambda x: np.where(x > numpy.float32(0.2), x, x * x))
grad(lambda x: np.cumsum(x))
grad(lambda x: np.pad(x.reshape(1, 3), ((1, 1), (1, 1)), "constant"))
grad(lambda x: np.linalg.norm(x))
grad(lambda x: np.std(x))
grad(lambda x: npx.softmax(x)[0])
grad(lambda x: x.detach() * x)
grad(lambda x: np.clip(x, numpy.float32(0.05), numpy.float32(0.15)))
grad(lambda x: np.quantile(x, 0.5))
grad(lambda x: np.average(x, weights=x))
grad(lambda x: np.einsum("i,i", x, x))
grad(lambda x: np.sort(x)[::-1])
autograd.is_recording()
autograd.is_training()
higher()
inside_and_outside()
accumulated()
head_gradient()
"""


def _autograd_names():
    def grad(function):
        x = images(3)
        x.attach_grad()
        with autograd.record():
            y = function(x)
        y.backward()
        return x.grad

    def higher():
        x = images(3)
        x.attach_grad()
        with autograd.record():
            y = np.exp(x)
            dy = autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
        dy.backward()
        return x.grad

    def inside_and_outside():
        with autograd.record(), autograd.pause(train_mode=True):
            return autograd.is_recording(), autograd.is_training()

    def accumulated():
        x = images(3)
        x.attach_grad(grad_req="add")
        for _ in range(3):
            with autograd.record():
                y = x * numpy.float32(2)
            y.backward()
        return x.grad

    def head_gradient():
        x = images(3)
        x.attach_grad()
        with autograd.record():
            y = x * 2
        y.backward(np.array(numpy.float32([1, 10, 100])))
        return x.grad

    return {**globals(), **locals()}


probe_lines(AUTOGRAD, _autograd_names)


@probe_each(("float16", "bfloat16"))
def a_symbol_in_mixed_precision(dtype):
    from mxnet.contrib import amp

    net = lenet()
    symbol = net(mx.sym.var("data").as_np_ndarray())
    return [node["op"] for node in _nodes(amp.convert_symbol(symbol, target_dtype=dtype))]


@probe
def lists_of_mixed_precision():
    from mxnet.contrib import amp

    names = ("list_lp16_ops", "list_fp32_ops", "list_lp16_fp32_ops", "list_widest_type_cast")
    return [len(getattr(amp, name)("float16")) for name in names]


@probe
def casting_a_net():
    net = nn.Dense(TWO)
    net.cast(numpy.float64)
    net.initialize(init.One())
    return net(np.ones((2, 3), dtype="float64")), net.weight.dtype


INITIALIZERS = {
    "Zero": lambda: init.Zero(),
    "One": lambda: init.One(),
    "Constant": lambda: init.Constant(numpy.float32(0.3)),
    "Constant of an array": lambda: init.Constant(np.ones((4, 6)) * 2),
    "Uniform": lambda: init.Uniform(numpy.float32(0.1)),
    "Normal": lambda: init.Normal(numpy.float64(0.1)),
    "Orthogonal": lambda: init.Orthogonal(scale=numpy.float32(2)),
    "Orthogonal normal": lambda: init.Orthogonal(rand_type="normal"),
    "Xavier": lambda: init.Xavier(magnitude=numpy.int64(2)),
    "Xavier in": lambda: init.Xavier(rnd_type="gaussian", factor_type="in"),
    "Xavier out": lambda: init.Xavier(factor_type="out", magnitude=numpy.float64(1)),
    "MSRAPrelu": lambda: init.MSRAPrelu(slope=numpy.float32(0.1)),
    "LSTMBias": lambda: init.LSTMBias(numpy.float32(1)),
    "by name": lambda: "xavier",
}


@probe_each(INITIALIZERS)
def initializer(name):
    net = nn.Dense(4, in_units=6, prefix="d_")
    net.initialize(INITIALIZERS[name]())
    weight = net.weight.data()
    if "Orthogonal" in name:  # each direction may come with either sign
        return np.abs(weight), np.dot(weight, weight.T).round(4) + 0
    return weight, net.bias.data()


NAMES = ("upsampling", "stn_loc_bias", "moving_mean", "moving_var", "a_gamma", "a_beta", "a_min")


@probe_each(NAMES, legacy=True)
def initializer_by_the_name(name):
    weight = mx.nd.ones((6,) if name == "stn_loc_bias" else (1, 1, 4, 4)) * 2
    init.Xavier()(name, weight)
    return weight


@probe_each(("Bilinear", "LSTMBias", "FusedRNN", "Load", "Mixed"), legacy=True)
def legacy_initializer(name):
    if name == "Bilinear":
        weight = mx.nd.zeros((1, 1, 4, 4))
        init.Bilinear()("up_weight", weight)
    elif name == "LSTMBias":
        weight = mx.nd.zeros((8,))
        init.LSTMBias(numpy.float32(1))._init_weight("bias", weight)
    elif name == "Mixed":
        weight = mx.nd.zeros((2,))
        init.Mixed([".*bias", ".*"], [init.Zero(), init.One()])("weight", weight)
    elif name == "Load":
        weight = mx.nd.zeros((2,))
        init.Load({"w": mx.nd.array([1, 2])}, default_init=init.One())("w", weight)
    else:
        weight = mx.nd.zeros((4 * 2 * (2 + 2 + 2),))
        init.FusedRNN(init.One(), 2, 1, "lstm")._init_weight(init.InitDesc("rnn_weight"), weight)
    return weight


@probe
def initializers_as_text():
    return [
        init.Xavier(magnitude=3).dumps(),
        init.Normal(0.1).dumps(),
        init.Constant(2).dumps(),
        init.Orthogonal().dumps(),
    ]


@probe
def split_and_load():
    data, ctx = np.arange(12).reshape(6, 2), [mx.cpu(0), mx.cpu(1)]
    return (
        gluon.utils.split_and_load(data, ctx),
        gluon.utils.split_data(data, numpy.int64(3), batch_axis=numpy.int64(0)),
        gluon.utils.split_and_load(numpy.arange(4.0), ctx),
    )


@probe(legacy=True)
def clip_global_norm():
    arrays = [mx.nd.ones(3), mx.nd.ones((2, 2)) * 2]
    return gluon.utils.clip_global_norm(arrays, numpy.float32(1)), arrays


@probe
def check_sha1_of_a_file():
    with folder() as path:
        with open(f"{path}/f", "wb") as file:
            file.write(b"AlexNet")
        return gluon.utils.check_sha1(f"{path}/f", "0" * 40)


MODELS = ("alexnet", "squeezenet1.1", "mobilenet0.25", "mobilenetv2_0.25", "resnet18_v1")


@probe_each(MODELS, legacy=True)
def model_of_the_zoo(name):
    net = gluon.model_zoo.vision.get_model(name, classes=numpy.int64(5), pretrained=False)
    net.initialize(init.Zero())
    symbol = net(mx.sym.var("data"))
    shapes = symbol.infer_shape(data=(numpy.int64(1), 3, 224, 224))
    count = sum(int(numpy.prod(shape)) for shape in shapes[0])
    return shapes[1], count, len(list(net.collect_params()))
