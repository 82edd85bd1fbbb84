"""Code in the style of d2l.ai runs unchanged after `import d2l_helpers as d2l`.

Tutorials T1 and T2 are written in that style; the code here is not theirs.
"""

import copy
import inspect
import pickle
import re
import types

import d2l_helpers as d2l
from d2l_helpers.utils.validation import nearest

import pandas as pd
import pytest
from d2l import mxnet as real_d2l
from mxnet import autograd, gluon, init, np
from mxnet.gluon import nn

SHARED_NAMES = [
    "Animator",
    "evaluate_accuracy_gpu",
    "get_fashion_mnist_labels",
    "load_data_fashion_mnist",
    "plot",
    "show_images",
    "train_ch6",
    "try_gpu",
]
# The output of every layer for one 224 x 224 image, as T1 prints it.
SHAPES = [
    "conv: (1, 96, 54, 54)",
    "pool: (1, 96, 26, 26)",
    "conv: (1, 256, 26, 26)",
    "pool: (1, 256, 12, 12)",
    "conv: (1, 384, 12, 12)",
    "conv: (1, 384, 12, 12)",
    "conv: (1, 256, 12, 12)",
    "pool: (1, 256, 5, 5)",
    "dense: (1, 4096)",
    "dropout: (1, 4096)",
    "dense: (1, 4096)",
    "dropout: (1, 4096)",
    "dense: (1, 10)",
]


def build_net():
    net = nn.Sequential()
    net.add(nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"))
    net.add(nn.MaxPool2D(pool_size=3, strides=2))
    net.add(nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"))
    net.add(nn.MaxPool2D(pool_size=3, strides=2))
    for channels in (384, 384, 256):
        net.add(nn.Conv2D(channels, kernel_size=3, padding=1, activation="relu"))
    net.add(nn.MaxPool2D(pool_size=3, strides=2))
    for _ in range(2):
        net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(10))
    return net


@pytest.mark.parametrize("name", SHARED_NAMES)
def test_a_shared_name_takes_d2ls_arguments(name):
    ours, theirs = (inspect.signature(getattr(module, name)) for module in (d2l, real_d2l))
    positional = [p.name for p in ours.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    # An Animator has one picture, so it leaves out d2l's nrows and ncols.
    left_out = ("nrows", "ncols") if name == "Animator" else ()
    assert positional == [p for p in theirs.parameters if p not in left_out]


def test_the_loop_over_the_layers_prints_the_shapes_of_the_tutorial():
    net, printed = build_net(), []
    net.initialize()
    X = np.random.uniform(size=(1, 1, 224, 224))
    for layer in net:
        X = layer(X)
        kind = re.match("[a-z]+", layer.name)[0]
        printed.append(f"{kind}: {X.shape}")
    assert printed == SHAPES


def test_build_load_train_and_predict_as_in_t1(capsys):
    net, device = build_net(), d2l.try_gpu()
    train_iter, test_iter = d2l.load_data_fashion_mnist(
        10, resize=224, per_class=2, test_per_class=1
    )
    d2l.train_ch6(net, train_iter, test_iter, 1, 0.01, device)
    assert re.search(
        r"^loss \d+\.\d{3}, train acc [01]\.\d{3}, test acc [01]\.\d{3}\n"
        r"\d+\.\d examples/sec on [cg]pu\(0\)\n\Z",
        capsys.readouterr().out,
        re.MULTILINE,
    )

    for X, y in test_iter:  # noqa: B007 - as d2l's readers write it
        break
    y_hat = net(X.as_in_ctx(device)).argmax(axis=1)
    trues = d2l.get_fashion_mnist_labels(y)
    preds = d2l.get_fashion_mnist_labels(y_hat)
    by_hand = pd.DataFrame({"true label": trues, "predicted label": preds})
    assert len(by_hand) == 10

    table = d2l.predict_table(net, X, y)
    assert table[by_hand.columns.tolist()].equals(by_hand)
    assert table["correct"].mean() == (by_hand["true label"] == by_hand["predicted label"]).mean()

    d2l.show_images(
        X[0:10].squeeze(axis=1), 2, 5, titles=[f"{t}\n{p}" for t, p in zip(trues, preds)]
    )


def test_a_hand_written_training_loop_as_in_t2():
    net, device = nn.HybridSequential(), d2l.try_gpu()
    net.add(
        nn.Conv2D(20, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Flatten(),
        nn.Dense(32, activation="relu"),
        nn.Dense(10),
    )
    net.initialize(init.Xavier(), ctx=device)
    train_iter, _ = d2l.load_data_fashion_mnist(50, per_class=50)
    loss_function = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})

    timer, losses, accuracies = d2l.Timer(), [], []
    for _ in range(3):
        metric = d2l.Accumulator(3)
        for X, y in train_iter:
            X, y = X.as_in_ctx(device), y.as_in_ctx(device)
            with autograd.record():
                y_hat = net(X)
                l = loss_function(y_hat, y)
            l.backward()
            trainer.step(X.shape[0])
            metric.add(l.sum(), (y_hat.argmax(axis=1).astype("int32") == y).sum(), y.size)
        assert metric[2] == 500
        losses.append(float(metric[0] / metric[2]))
        accuracies.append(float(metric[1] / metric[2]))
    timer.stop()

    assert losses[0] > losses[1] > losses[2]
    assert accuracies[2] > accuracies[0]
    assert d2l.evaluate_accuracy_gpu(net, train_iter) > 0.5
    assert timer.sum() > 0


# What the course hands on from d2l.mxnet

REPLACED = [name for name in vars(real_d2l) if name in vars(d2l) and not name.startswith("_")]
PUBLIC = [name for name in vars(real_d2l) if name not in REPLACED and not name.startswith("_")]


def test_linear_regression_as_in_d2ls_chapter():
    true_w, true_b = d2l.tensor([2, -3.4]), 4.2
    features, labels = d2l.synthetic_data(true_w, true_b, 100)
    data_iter = d2l.load_array((features, labels), 10)
    w, b = d2l.normal(0, 0.01, (2, 1)), d2l.zeros(1)
    w.attach_grad()
    b.attach_grad()
    for _ in range(6):
        for X, y in data_iter:
            with autograd.record():
                l = d2l.squared_loss(d2l.linreg(X, w, b), y)
            l.backward()
            d2l.sgd([w, b], 0.1, 10)
    assert float(d2l.abs(true_w - d2l.reshape(w, true_w.shape)).max()) < 0.05
    assert abs(d2l.numpy(b)[0] - true_b) < 0.05


def test_a_residual_net_and_its_accuracy_as_in_d2ls_chapter():
    with d2l.plt.rc_context():
        d2l.set_figsize((3, 2))
        assert d2l.plt.rcParams["figure.figsize"] == [3, 2]
    net = nn.Sequential()
    net.add(d2l.Residual(4, use_1x1conv=True, strides=2), nn.GlobalAvgPool2D(), nn.Dense(10))
    device = [*d2l.try_all_gpus(), d2l.cpu()][0]
    net.initialize(ctx=device)
    X, y = (array.as_in_ctx(device) for array in (d2l.randn(6, 1, 8, 8), d2l.arange(6)))
    y_hat = net(X)
    right = d2l.astype(d2l.argmax(y_hat, axis=1), y.dtype) == y
    assert d2l.accuracy(y_hat, y) == d2l.reduce_sum(right)
    assert d2l.size(y_hat) == 60


@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_of_d2l_is_handed_on_unless_it_downloads(name):
    if name in d2l._DOWNLOADING:
        assert not hasattr(d2l, name)
        message = f"does not hand on {name} of d2l.mxnet, which downloads.*`from d2l.mxnet import"
        with pytest.raises(AttributeError, match=message):
            getattr(d2l, name)
    else:
        assert getattr(d2l, name) is getattr(real_d2l, name)
    assert (name in dir(d2l)) == hasattr(d2l, name)


@pytest.mark.parametrize("name", SHARED_NAMES)
def test_a_name_that_the_course_replaces_is_its_own(name):
    assert getattr(d2l, name) is not getattr(real_d2l, name)
    assert getattr(d2l, name).__module__.startswith("d2l_helpers.")


def used_names(value):
    """Return the names that a function, or the methods of a class, use."""
    functions = vars(value).values() if isinstance(value, type) else [value]
    codes = [getattr(f, "__func__", f).__code__ for f in functions if hasattr(f, "__code__")]
    names = set()
    while codes:
        code = codes.pop()
        names.update(code.co_names)
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return names


def test_what_downloads_is_all_that_leads_to_a_request_and_nothing_else():
    own = {n: v for n, v in vars(real_d2l).items() if getattr(v, "__module__", "") == "d2l.mxnet"}
    uses = {name: used_names(value) for name, value in own.items() if name in PUBLIC + REPLACED}
    leads_there = {"requests", "FashionMNIST"}  # Gluon's own data set downloads too
    while True:
        more = {name for name, used in uses.items() if used & leads_there} - leads_there
        if not more:
            break
        leads_there |= more
    assert leads_there - {"requests"} == {*d2l._DOWNLOADING, "load_data_fashion_mnist"}
    assert d2l.load_data_fashion_mnist is not real_d2l.load_data_fashion_mnist


# codespell:ignore-next-line
@pytest.mark.parametrize("name", ["__wrapped__", "_", "_read_wiki", "__all__", "acuracy", "nets"])
def test_a_private_or_an_unknown_name_is_no_attribute(name):
    assert not hasattr(d2l, name)
    with pytest.raises(AttributeError, match=f"module 'd2l_helpers' has no attribute '{name}'"):
        getattr(d2l, name)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("acuracy", "accuracy"),  # codespell:ignore
        ("Residul", "Residual"),
        ("set_figsze", "set_figsize"),
        ("load_data_fashon_mnist", "load_data_fashion_mnist"),
        ("try_gpus", "try_gpu"),
    ],
)
def test_a_misspelt_name_is_near_one_that_can_be_used(misspelt, meant):
    assert nearest(misspelt, dir(d2l)) == meant


@pytest.mark.parametrize("name", ["Residual", "accuracy", "Accumulator", "BatchLoader", "alexnet"])
def test_what_is_handed_on_can_be_pickled_and_copied(name):
    value = getattr(d2l, name)
    assert pickle.loads(pickle.dumps(value)) is value
    assert copy.copy(value) is copy.deepcopy(value) is value
