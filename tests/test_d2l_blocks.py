"""The nets of d2l's later chapters, small, as its readers write them.

Each trains with `train_ch6`, and each has a table, whose numbers are computed by hand here.
"""

import d2l_helpers as d2l

import numpy
import pytest
from d2l import mxnet as real_d2l
from mxnet import autograd, init, np, npx
from mxnet.gluon import nn
from small import bar_images, parameters

COLUMNS = ["layer", "parameters", "multiply_adds", "receptive_field"]
ONE_IMAGE = (1, 1, 12, 12)


# The nets


def vgg_block(num_convs, num_channels):
    blk = nn.Sequential()
    for _ in range(num_convs):
        blk.add(nn.Conv2D(num_channels, kernel_size=3, padding=1, activation="relu"))
    blk.add(nn.MaxPool2D(pool_size=2, strides=2))
    return blk


def vgg():
    net = nn.Sequential()
    for num_convs, num_channels in ((1, 4), (2, 6)):
        net.add(vgg_block(num_convs, num_channels))
    net.add(nn.Dense(16, activation="relu"), nn.Dropout(0.5), nn.Dense(10))
    return net


def nin_block(num_channels, kernel_size, strides, padding):
    blk = nn.Sequential()
    blk.add(
        nn.Conv2D(num_channels, kernel_size, strides, padding, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
    )
    return blk


def nin():
    net = nn.Sequential()
    net.add(nin_block(6, 5, 2, 2), nn.MaxPool2D(pool_size=3, strides=2), nn.Dropout(0.5))
    net.add(nin_block(10, 3, 1, 1), nn.GlobalAvgPool2D(), nn.Flatten())
    return net


class Inception(nn.Block):
    # c1 to c4: the output channels of each branch
    def __init__(self, c1, c2, c3, c4, **kwargs):
        super().__init__(**kwargs)
        self.b1_1 = nn.Conv2D(c1, kernel_size=1, activation="relu")
        self.b2_1 = nn.Conv2D(c2[0], kernel_size=1, activation="relu")
        self.b2_2 = nn.Conv2D(c2[1], kernel_size=3, padding=1, activation="relu")
        self.b3_1 = nn.Conv2D(c3[0], kernel_size=1, activation="relu")
        self.b3_2 = nn.Conv2D(c3[1], kernel_size=5, padding=2, activation="relu")
        self.b4_1 = nn.MaxPool2D(pool_size=3, strides=1, padding=1)
        self.b4_2 = nn.Conv2D(c4, kernel_size=1, activation="relu")

    def forward(self, x):
        b1 = self.b1_1(x)
        b2 = self.b2_2(self.b2_1(x))
        b3 = self.b3_2(self.b3_1(x))
        b4 = self.b4_2(self.b4_1(x))
        return np.concatenate((b1, b2, b3, b4), axis=1)


def googlenet():
    net = nn.Sequential()
    net.add(nn.Conv2D(3, kernel_size=3, strides=2, padding=1, activation="relu"))
    net.add(Inception(2, (2, 3), (1, 2), 1), nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


class HybridResidual(nn.HybridBlock):
    def __init__(self, num_channels, use_1x1conv=False, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=strides)
        self.bn1 = nn.BatchNorm()
        self.bn2 = nn.BatchNorm()

    def hybrid_forward(self, F, X):
        Y = F.npx.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return F.npx.relu(Y + X)


def resnet(residual, sequential):
    net = sequential()
    net.add(nn.Conv2D(4, kernel_size=3, padding=1), nn.BatchNorm(), nn.Activation("relu"))
    net.add(residual(4), residual(6, use_1x1conv=True, strides=2))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


def batch_norm(X, gamma, beta, moving_mean, moving_var, eps, momentum):
    if not autograd.is_training():
        X_hat = (X - moving_mean) / np.sqrt(moving_var + eps)
    else:
        assert len(X.shape) in (2, 4)
        axes = 0 if len(X.shape) == 2 else (0, 2, 3)
        mean = X.mean(axis=axes, keepdims=True)
        var = ((X - mean) ** 2).mean(axis=axes, keepdims=True)
        X_hat = (X - mean) / np.sqrt(var + eps)
        moving_mean = (1.0 - momentum) * moving_mean + momentum * mean
        moving_var = (1.0 - momentum) * moving_var + momentum * var
    return gamma * X_hat + beta, moving_mean, moving_var


class BatchNorm(nn.Block):
    def __init__(self, num_features, num_dims, **kwargs):
        super().__init__(**kwargs)
        shape = (1, num_features) if num_dims == 2 else (1, num_features, 1, 1)
        self.gamma = self.params.get("gamma", shape=shape, init=init.One())
        self.beta = self.params.get("beta", shape=shape, init=init.Zero())
        self.moving_mean = np.zeros(shape)
        self.moving_var = np.ones(shape)

    def forward(self, X):
        if self.moving_mean.ctx != X.ctx:
            self.moving_mean = self.moving_mean.copyto(X.ctx)
            self.moving_var = self.moving_var.copyto(X.ctx)
        Y, self.moving_mean, self.moving_var = batch_norm(
            X, self.gamma.data(), self.beta.data(), self.moving_mean, self.moving_var, 1e-12, 0.1
        )
        return Y


def lenet_by_hand():
    net = nn.Sequential()
    net.add(nn.Conv2D(4, kernel_size=5), BatchNorm(4, num_dims=4), nn.Activation("sigmoid"))
    net.add(nn.AvgPool2D(pool_size=2, strides=2), nn.Dense(8))
    net.add(BatchNorm(8, num_dims=2), nn.Activation("sigmoid"), nn.Dense(10))
    return net


class MyDense(nn.Block):
    def __init__(self, units, in_units, **kwargs):
        super().__init__(**kwargs)
        self.weight = self.params.get("weight", shape=(in_units, units))
        self.bias = self.params.get("bias", shape=(units,), init=init.Zero())

    def forward(self, x):
        linear = np.dot(x, self.weight.data(ctx=x.ctx)) + self.bias.data(ctx=x.ctx)
        return npx.relu(linear)


class LeNetClassifier(real_d2l.Classifier):
    """As d2l's modules are written: a net inside of a block."""

    def __init__(self, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential()
        self.net.add(nn.Conv2D(4, kernel_size=3), nn.Flatten(), MyDense(8, 400), nn.Dense(10))
        self.net.initialize(init.Xavier())


NETS = {
    "VGG": vgg,
    "NiN": nin,
    "GoogLeNet": googlenet,
    "ResNet": lambda: resnet(real_d2l.Residual, nn.Sequential),
    "hybrid ResNet": lambda: resnet(HybridResidual, nn.HybridSequential),
    "batch norm by hand": lenet_by_hand,
    "a module": LeNetClassifier,
}


# Their numbers: parameters, multiply-adds and receptive field by hand

TABLES = {
    "VGG": [
        ("conv1", 4 * 9 + 4, 4 * 9 * 144, 3),
        ("pool1", 0, 0, 4),
        ("conv2", 6 * 4 * 9 + 6, 6 * 4 * 9 * 36, 8),
        ("conv3", 6 * 6 * 9 + 6, 6 * 6 * 9 * 36, 12),
        ("pool2", 0, 0, 14),
        ("dense1", 6 * 9 * 16 + 16, 6 * 9 * 16, 12),
        ("dropout1", 0, 0, 12),
        ("dense2", 170, 160, 12),
    ],
    "NiN": [
        ("conv1", 6 * 25 + 6, 6 * 25 * 36, 5),
        ("conv2", 42, 36 * 36, 5),
        ("conv3", 42, 36 * 36, 5),
        ("pool1", 0, 0, 9),  # 5 + 2 pixels of 2
        ("dropout1", 0, 0, 9),
        ("conv4", 10 * 6 * 9 + 10, 10 * 6 * 9 * 4, 17),  # 9 + 2 pixels of 4
        ("conv5", 110, 100 * 4, 17),
        ("conv6", 110, 100 * 4, 17),
        ("globalavgpool2d1", 0, 0, 12),
        ("flatten1", 0, 0, 12),
    ],
    "GoogLeNet": [
        ("conv1", 3 * 9 + 3, 3 * 9 * 36, 3),
        # The largest branch is the third: 3 + 4 pixels of 2.
        ("inception1", 8 + 8 + 57 + 4 + 52 + 4, (6 + 6 + 54 + 3 + 50 + 3) * 36, 11),
        ("inception1.conv1", 3 * 2 + 2, 6 * 36, 3),
        ("inception1.conv2", 3 * 2 + 2, 6 * 36, 3),
        ("inception1.conv3", 2 * 3 * 9 + 3, 54 * 36, 7),
        ("inception1.conv4", 3 * 1 + 1, 3 * 36, 3),
        ("inception1.conv5", 1 * 2 * 25 + 2, 50 * 36, 11),
        ("inception1.pool1", 0, 0, 7),
        ("inception1.conv6", 3 * 1 + 1, 3 * 36, 7),
        ("globalavgpool2d1", 0, 0, 12),
        ("dense1", 90, 80, 12),
    ],
    "ResNet": [
        ("conv1", 40, 36 * 144, 3),
        ("batchnorm1", 16, 0, 3),
        ("activation1", 0, 0, 3),
        ("residual1", 2 * 148 + 2 * 16, 2 * 144 * 144, 7),
        ("residual1.conv1", 4 * 4 * 9 + 4, 144 * 144, 5),
        ("residual1.batchnorm1", 16, 0, 5),
        ("residual1.conv2", 148, 144 * 144, 7),
        ("residual1.batchnorm2", 16, 0, 7),
        # Behind the stride of 2, a pixel of the map is 2 of the image.
        ("residual2", 222 + 24 + 330 + 24 + 30, (216 + 324 + 24) * 36, 13),
        ("residual2.conv1", 4 * 6 * 9 + 6, 216 * 36, 9),
        ("residual2.batchnorm1", 24, 0, 9),
        ("residual2.conv2", 6 * 6 * 9 + 6, 324 * 36, 13),
        ("residual2.batchnorm2", 24, 0, 13),
        ("residual2.conv3", 4 * 6 + 6, 24 * 36, 7),
        ("globalavgpool2d1", 0, 0, 12),
        ("dense1", 70, 60, 12),
    ],
    "batch norm by hand": [
        ("conv1", 4 * 25 + 4, 100 * 64, 5),
        ("batchnorm1", 4 + 4, 0, 5),  # the moving means are no parameters here
        ("activation1", 0, 0, 5),
        ("pool1", 0, 0, 6),
        ("dense1", 64 * 8 + 8, 64 * 8, 12),
        ("batchnorm2", 8 + 8, 0, 12),
        ("activation2", 0, 0, 12),
        ("dense2", 90, 80, 12),
    ],
    "a module": [
        ("lenetclassifier1", 40 + 3208 + 90, None, None),
        ("lenetclassifier1.conv1", 4 * 9 + 4, 36 * 100, 3),
        ("lenetclassifier1.flatten1", 0, 0, 3),
        # A product of matrices that is called as a function cannot be counted or followed.
        ("lenetclassifier1.mydense1", 400 * 8 + 8, None, None),
        ("lenetclassifier1.dense1", 8 * 10 + 10, 80, None),
    ],
}
TABLES["hybrid ResNet"] = [
    (name.replace("residual", "hybridresidual"), *numbers) for name, *numbers in TABLES["ResNet"]
]


@pytest.mark.parametrize("name", NETS)
def test_the_table_has_the_numbers_computed_by_hand(name):
    expected = TABLES[name]
    table = d2l.layer_table(NETS[name](), ONE_IMAGE)
    numbers = table[COLUMNS].astype(object)
    *rows, total = numbers.where(numbers.notna(), None).itertuples(index=False, name=None)
    assert rows == expected
    layers = [row for row in expected if "." not in row[0]]
    columns = [[row[column] for row in layers] for column in (1, 2)]
    sums = (None if None in column else sum(column) for column in columns)
    assert total == ("total", *sums, layers[-1][3])


@pytest.mark.parametrize("name", NETS)
def test_the_net_itself_agrees_with_its_table(name):
    net = NETS[name]()
    table = d2l.layer_table(net, (5, *ONE_IMAGE[1:]))
    assert table["output_shape"].iloc[-1] == (5, 10)
    net.initialize(init.Xavier(), force_reinit=True)
    assert net(np.zeros((5, *ONE_IMAGE[1:]))).shape == (5, 10)
    assert table["parameters"].iloc[-1] == sum(p.size for p in parameters(net))


@pytest.mark.parametrize("name", NETS)
def test_the_net_trains_and_its_table_stays(name):
    net, device = NETS[name](), d2l.try_gpu()
    before = d2l.layer_table(net, ONE_IMAGE)
    train_iter = d2l.BatchLoader(*bar_images(4), batch_size=20)
    history = d2l.train_ch6(net, train_iter, train_iter, 1, 0.05, device)
    assert len(history) == 1
    assert numpy.isfinite(history[-1]["train loss"])
    assert d2l.layer_table(net, ONE_IMAGE).equals(before)
