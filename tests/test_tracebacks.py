"""The mistakes that students make, and what each must end in: one short message."""

import contextlib
import io
import linecache
import warnings
from types import SimpleNamespace

import d2l_helpers as dh
from d2l_helpers.notebook import tracebacks
from mxnet_today import cpu

import nbformat
import numpy
import pytest
from mxnet import gluon, init, np, npx
from mxnet.gluon import nn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from small import bar_images
from stored_lessons import KERNEL_STARTS

# What is written; what must be said.
MISTAKES = [
    # a net that was not initialized
    ("dh.evaluate_accuracy_gpu(dh.lenet(), batches)", "not initialized.*net.initialize()"),
    ("dh.predict(dh.lenet(), batches)", "not initialized.*net.initialize()"),
    ("dh.predict_table(dh.lenet(), X, y)", "not initialized.*net.initialize()"),
    ("dh.lenet()(X)", "not initialized.*net.initialize()"),
    # one-hot labels
    ("train(dh.lenet(), [(X, one_hot)])", "labels have shape .*, not (4, 10).*one-hot.*argmax"),
    ("dh.evaluate_accuracy_gpu(lenet, [(X, one_hot)])", "labels of shape (4, 10).*one-hot.*argmax"),
    ("dh.predict_table(lenet, X, one_hot)", "labels of shape (4, 10).*one-hot.*argmax"),
    ("cross_entropy(lenet(X), one_hot)", "labels, of shape (4, 10).*one-hot.*argmax"),
    # labels that are no class numbers
    ("train(dh.lenet(), [(X, halves)])", "class numbers.*one of these is 2.5"),
    ("dh.evaluate_accuracy_gpu(lenet, [(X, halves)])", "class numbers.*one of these is 2.5"),
    ("dh.predict(lenet, [(X, halves)])", "class numbers.*one of these is 2.5"),
    ("dh.predict_table(lenet, X, halves)", "class numbers.*one of these is 2.5"),
    ("dh.predict_table(lenet, X, halves * np.nan)", "class numbers.*one of these is nan"),
    ("dh.prediction_table(numpy.eye(10), numpy.full(10, 2.5))", "one of these is 2.5"),
    # NumPy's arrays in place of MXNet's
    ("train(dh.lenet(), [(X.asnumpy(), y)])", "images are a numpy ndarray.*np.array(...)"),
    ("train(dh.lenet(), [(X, y.asnumpy())])", "labels are a numpy ndarray.*np.array(...)"),
    ("dh.evaluate_accuracy_gpu(lenet, [(X.asnumpy(), y)])", "numpy ndarray.*np.array(...)"),
    ("dh.predict_table(lenet, X.asnumpy(), y)", "numpy ndarray.*np.array(...)"),
    ("lenet(X.asnumpy())", "not MXNet's arrays.*np.array(X)"),
    ("cross_entropy(lenet(X), y.asnumpy())", "not MXNet's arrays.*np.array(X)"),
    # a device given as text
    ("train(dh.lenet(), batches, device='cpu')", "device is 'cpu'.*dh.try_gpu().*without quotes"),
    ("dh.evaluate_accuracy_gpu(lenet, batches, 'gpu')", "device is 'gpu'.*without quotes"),
    ("dh.lenet().initialize(ctx='cpu')", "without quotes"),
    ("np.zeros(3, ctx='gpu')", "without quotes"),
    ("X.as_in_ctx('cpu')", "without quotes"),
    # a model function without its parentheses
    ("train(dh.alexnet, batches)", "alexnet is what makes a net.*write alexnet()"),
    ("dh.evaluate_accuracy_gpu(dh.alexnet, batches)", "write alexnet()"),
    ("dh.predict_table(dh.alexnet, X, y)", "write alexnet()"),
    ("dh.layer_table(dh.alexnet, X.shape)", "write alexnet()"),
    ("train(nn.HybridSequential, batches)", "write HybridSequential()"),
    ("dh.alexnet.initialize()", "parentheses.*dh.alexnet()"),
    # three channels for a net for one
    ("train(dh.lenet(), [(coloured, y)])", "for grey images.*becomes a net for 3.*6 kernels of 3"),
    ("dh.predict_table(untouched(), coloured, y)", "for grey images.*becomes a net for 3"),
    ("dh.evaluate_accuracy_gpu(lenet, [(coloured, y)])", "layer 0.*another number of channels"),
    ("lenet(coloured)", "layer 0.*another number of channels"),
    # channels last
    ("train(dh.lenet(), [(last, y)])", "channels seem to be last.*transpose(0, 3, 1, 2)"),
    ("dh.evaluate_accuracy_gpu(lenet, [(last, y)])", "channels seem to be last.*transpose"),
    ("untouched()(last)", "channels seem to be last.*transpose"),
    ("hybridized()(last)", "channels seem to be last.*transpose"),
    # an image too small
    ("train(dh.alexnet(), batches)", "layer 3, MaxPool2D.*image is too small"),
    ("train(dh.alexnet(), batches, hybridize=True)", "layer 3, MaxPool2D.*image is too small"),
    ("alexnet(X)", "layer 3, MaxPool2D.*image is too small"),
    ("hybridized(dh.alexnet)(X)", "layer 3, MaxPool2D.*image is too small"),
    # a word that is misspelt
    ("dh.alexnet(activation='rellu')", "no activation 'rellu'. Did you mean relu?"),
    ("dh.lenet(activation='Tanh')", "no activation 'Tanh'. Did you mean tanh?"),
    ("started(nn.Conv2D(3, 3, activation='rellu'))(X)", "no 'rellu'. Did you mean relu?"),
    ("nn.Conv2d(3, 3)", "no Conv2d. Did you mean Conv2D?"),
    ("nn.Dence(3)", "no Dence. Did you mean Dense?"),
    ("from mxnet.gluon.nn import MaxPool2d", "no MaxPool2d. Did you mean MaxPool2D?"),
    ("init.Xavir()", "no Xavir. Did you mean Xavier?"),
    ("dh.alexnett()", "no alexnett. Did you mean alexnet?"),
    ("nn.Conv2D(3, 3, stride=2)", "Conv2D has no argument stride. Did you mean strides?"),
    ("nn.MaxPool2D(3, stride=2)", "MaxPool2D has no argument stride. Did you mean strides?"),
    ("nn.Dense(3, activaton='relu')", "Dense has no argument activaton. Did you mean activation?"),
    ("dh.alexnet(activaton='relu')", "alexnet has no argument activaton. Did you mean activation?"),
    # others
    ("cpu.prepare(environ={}, loaded=['mxnet'])", "imported too early.*restart the kernel"),
    ("cpu.prepare(environ={}, loaded=['mxnet.base'])", "imported too early.*restart the kernel"),
    ("train(lenet, batches); train(lenet, batches)", "trained before.*initializes it.*checkpoint"),
    ("train(dh.lenet(), batches, 0.05, 10)", "num_epochs=10, lr=0.05"),
    ("dh.wilson_interval(0.9796, 10000)", "a share.*round(0.9796 * 10000)"),
    ("dh.confident_mistakes(all_right, 10)", "no mistakes among these 3 predictions"),
    ("dh.show_images([], 2, 5)", "no images to show"),
    # what is taken elsewhere
    ("dh.save_safetensors(dh.lenet, 'x')", "write lenet()"),
    ("dh.save_safetensors(dh.lenet(), 'x')", "not initialized.*net.initialize()"),
    ("dh.load_safetensors(lenet, 'x.pth')", "there is no file x.pth"),
    ("dh.load_safetensors(lenet, 'x.safetensors')", "there is no file x.safetensors"),
    ("dh.from_torchvision('x.pth')", "there is no file x.pth"),
    ("dh.imagenet_preprocess('photo.jpg')", "is a str: open it with PIL, Image.open(file)"),
    ("dh.predict_details(lenet, X, ['cat'])", "1 names for 10 classes"),
    ("dh.predict_details(lenet, X, top=11)", "top must be from 1 to.*10, not 11"),
    ("dh.new_head(dh.lenet(), 3)", "must be a Dense layer that has weights"),
    ("dh.load_image_folder('nowhere', 8, 28)", "no folder nowhere/train.*one folder per class"),
    # a training that diverges
    ("train(dh.lenet_wide(), bars, 1, 30)", "diverges.*learning rate of 30.*a tenth"),
    ("train(dh.lenet_wide(), bars_255, 1, 0.1)", "diverges.*values up to 255: divide them by 255"),
    ("train(dh.lenet(), bars, 1, 300)", "has not started to learn.*mean loss.*a tenth"),
]  # fmt: skip


def started(net):
    net.initialize()
    return net


def untouched():
    return started(dh.lenet())


def hybridized(make=dh.lenet):
    net = started(make())
    net.hybridize()
    return net


def train(net, batches, num_epochs=1, lr=0.1, device=None, **options):
    device = npx.cpu() if device is None else device
    return dh.train_ch6(net, batches, batches, num_epochs, lr, device, seed=0, **options)


def bars(largest):
    images, labels = bar_images(20)
    images = numpy.pad(images, ((0, 0), (8, 8), (8, 8)))[:, None] / 255 * largest
    images, labels = np.array(images, dtype="float32"), np.array(labels)
    return [(images[i : i + 20], labels[i : i + 20]) for i in range(0, 200, 20)]


@pytest.fixture
def names():
    """Return what the mistakes are written with."""
    X, y = np.zeros((4, 1, 28, 28)), np.array([1, 0, 2, 1], dtype="int32")
    lenet, alexnet = started(dh.lenet()), started(dh.alexnet())
    lenet(X)
    return {
        "dh": dh, "np": np, "npx": npx, "nn": nn, "init": init, "cpu": cpu, "numpy": numpy,
        "train": train, "started": started, "untouched": untouched, "hybridized": hybridized,
        "X": X, "y": y, "batches": [(X, y)], "lenet": lenet, "alexnet": alexnet,
        "one_hot": npx.one_hot(y, 10), "halves": np.full(4, 2.5),
        "coloured": np.zeros((4, 3, 28, 28)), "last": np.zeros((4, 28, 28, 1)),
        "cross_entropy": gluon.loss.SoftmaxCrossEntropyLoss(),
        "all_right": dh.prediction_table(numpy.eye(10)[:3], numpy.arange(3)),
        "bars": bars(1), "bars_255": bars(255),
    }  # fmt: skip


def run_as_cell(code, names):
    """Run code whose tracebacks find it as they find that of a cell."""
    linecache.cache["<cell>"] = (len(code), None, code.splitlines(keepends=True), "<cell>")
    exec(compile(code, "<cell>", "exec"), names)


@pytest.fixture(autouse=True)
def no_cell_left():
    yield
    linecache.cache.pop("<cell>", None)  # pytest would look in it for its own tracebacks


def said(code, names):
    """Return all that a reader of a notebook is told when a cell with this code is run."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            run_as_cell(code, names)
        except Exception as error:
            print(*tracebacks.short(error) or ["not folded"], sep="\n")
    print(*(warning.message for warning in caught if warning.category is RuntimeWarning), file=told)
    return told.getvalue()


@pytest.mark.parametrize(("code", "expected"), MISTAKES, ids=[code for code, _ in MISTAKES])
def test_a_mistake_ends_in_a_short_message(names, code, expected):
    told = said(code, names)
    position = 0
    for part in expected.split(".*"):
        assert part in told[position:]
        position = told.index(part, position) + len(part)
    assert len(told) < 900
    assert told.count("\n") <= 10


def test_what_is_right_is_left_alone(names):
    for code in (
        "untouched()(X)",
        "hybridized()(X)",
        "dh.predict_table(lenet, X, y)",
        "dh.predict_table(lenet, X, y.astype('float32'))",
        "dh.evaluate_accuracy_gpu(untouched(), batches)",
        "dh.layer_table(dh.alexnet(), (1, 3, 224, 224))",
        "dh.predict_table(started(dh.alexnet_reduced()), np.zeros((4, 3, 67, 67)), y)",
        "dh.wilson_interval(8.8, 11); dh.wilson_interval(1, 1); dh.wilson_interval(0, 10)",
        "dh.lenet(activation=None)",
        "dh.confident_mistakes(dh.prediction_table(numpy.eye(10)[:2], numpy.ones(2, int)), 5)",
    ):
        assert said(code, names).strip() == ""


def test_a_net_that_is_initialized_and_not_trained_is_not_said_to_be_trained(names):
    assert "anew" not in said("train(lenet, batches)", names)


def caught_in(code, names):
    """Return the error that a cell with this code ends in."""
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(Exception) as caught:
        run_as_cell(code, names)
    return caught.value


# What comes out of the reader's own code


@pytest.mark.parametrize(
    "code",
    [
        "1 / 0",
        "int('x')",
        "numpy.zeros(3).reshape(2, 2)",
        "f = len; f(y=3)",
        # functions with names that the course has too
        "def data(n): pass\n\ndata(x=1)",
        "def figures(n): pass\n\nfigures(x=1)",
        "def utils(n): pass\n\nutils(x=1)",
        "def mxnet(n): pass\n\nmxnet(x=1)",
        "def predict(net): pass\n\npredict(image=2)",
        "def alexnet(kernel=11): pass\n\nalexnet(kernels=7)",
        "def seconds(compute): pass\n\nseconds(repeat=2)",
        "class Conv2D:\n    def __init__(self, channels): pass\n\nConv2D(stride=2)",
        "class dh:\n    def lenet(classes): pass\n\ndh.lenet(num_class=3)",
        "def make(): pass\n\nmake.initialize()",
        "def lenet(): pass\n\nlenet.collect_params()",
        # blocks and functions that MXNet or the course calls
        "class Net(nn.Block):\n    def forward(self, X): return self.dense(X)\n\nNet()(X)",
        "class Net(nn.Block):\n    def forward(self, X): return X / {}[0]\n\nNet()(X)",
        "class Net(nn.Block):\n    def forward(self, X): raise OSError('MXNetError')\n\nNet()(X)",
        "dh.seconds(lambda: 1 / 0)",
        "dh.seconds_in_turns({'a': lambda: numpy.zeros(3).reshape(2, 2)})",
        # texts that MXNet's errors have too
        "raise RuntimeError(\"Parameter 'conv0_weight' has not been initialized\")",
        "raise ValueError('GPU is not enabled')",
        "raise ValueError('MXNetError: pick: Shape inconsistent')",
    ],
)
def test_an_error_of_the_readers_own_is_left_alone(code, names):
    assert tracebacks.short(caught_in(code, names)) is None


# What is not said to be something else


@pytest.mark.parametrize(
    "use",
    [
        "net[0].weight.data()",
        "net[2].weight.grad()",
        "net[2].weight.list_data()",
        "net.save_parameters('nowhere.params')",
        "gluon.Trainer(net.collect_params(), 'sgd').step(1)",
        "gluon.Trainer(net.collect_params(), 'adam').allreduce_grads()",
        "[p.data() for p in net.collect_params().values()]",
    ],
)
def test_a_net_that_has_seen_no_batch_is_told_from_one_that_is_not_initialized(names, use):
    names["gluon"] = gluon
    told = said(f"net = started(dh.lenet()); {use}", names)
    assert "Send one through the net first: net(X)." in told
    assert "was deferred" in told  # as MXNet says
    assert "net.initialize()" not in told
    assert "Call net.initialize()" in said(f"net = dh.lenet(); {use}", names)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # nets of dense layers, with two-dimensional input
        ("started(nn.Dense(1, in_units=4))(np.zeros((2, 5)))", "layer 0, Dense(4 -> 1"),
        ("dense(nn.Dense(3), nn.Dense(1, in_units=4))(np.zeros((2, 5)))", "layer 1, Dense(4 -> 1"),
        (
            "dense(nn.Dense(3))(np.zeros((2, 5), dtype='float64'))",
            "Check failed|expected float64",
        ),
        # losses
        ("gluon.loss.L2Loss()(np.zeros((2, 3)), np.zeros((2, 4)))", "Cannot reshape array"),
        ("cross_entropy(np.zeros((2, 3)), np.zeros(3))", "Provided = [3], inferred shape=[2]"),
        ("gluon.loss.HuberLoss()(np.zeros((2, 3)), np.zeros((5, 2)))", "Cannot reshape array"),
        # what nothing is known about
        ("np.dot(np.zeros((2, 3)), np.zeros((2, 3)))", "Shape inconsistent, Provided = [2,3]"),
        ("np.zeros((2, 3)) + np.zeros((2, 4))", "Check failed: l == 1 || r == 1: operands could"),
        ("X.backward()", "Check failed: !AGInfo: :IsNone(*i): Cannot differentiate node"),
        ("np.linalg.inv(np.zeros((2, 2))).asnumpy()", "Check failed: ret == 0 (1 vs. 0)"),
        ("lenet.load_parameters('nowhere.params')", 'Check failed: allow_null: :Open "nowhere'),
        ("npx.pooling(X, kernel='two')", "Invalid Parameter format for kernel"),
        # where advice is given
        ("npx.pooling(X, kernl=(2, 2))", "Did you mean kernel?|Cannot find argument 'kernl'"),
        ("dh.predict(lenet, [(X[:, :, :2], y)])", "image is too small|kernel size exceed"),
        ("np.zeros(3, ctx=npx.gpu(0))", "can use no GPU|not implemented for GPU"),
        ("lenet(X.asnumpy())", "np.array(X)|there must be one NDArray"),
    ],
)
def test_the_reason_that_mxnet_gives_is_never_hidden(names, code, expected):
    def dense(*layers):
        net = nn.Sequential()
        net.add(*layers)
        return started(net)

    told = "\n".join(tracebacks.short(caught_in(code, {**names, "gluon": gluon, "dense": dense})))
    for part in expected.replace(" || ", " OR ").split("|"):
        assert part.replace(" OR ", " || ") in told
    assert "input_shape" not in told
    assert ("cannot take" in told) == ("layer" in expected or "image" in expected)
    assert "src/" not in told  # no C++ functions


# Where the message itself would fail


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.fixture
def shell(monkeypatch):
    """A shell that keeps what it shows, with tracebacks that are folded."""
    shown = []
    shell = SimpleNamespace(_showtraceback=lambda *seen: shown.append(seen), shown=shown)
    monkeypatch.setattr(tracebacks, "get_ipython", lambda: shell)
    monkeypatch.setattr(tracebacks, "in_notebook", lambda: True)
    monkeypatch.setattr(tracebacks.symbol, "print", print, raising=False)
    tracebacks.fold_tracebacks()
    return shell


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("raise error", None),  # one without a text
        ("dh.alexnet(activaton='relu')", "did_you_mean"),
        ("untouched()(last)", "why_input_fails"),
        ("np.dot(X, y)", "reason"),
        ("np.zeros(3)[5]", "_cell_line"),
        ("dh.lenet(number=3)", "_on_line"),
    ],
)
def test_a_message_that_fails_leaves_the_traceback_alone(monkeypatch, names, shell, code, broken):
    def fails(*arguments):
        raise ZeroDivisionError

    if broken:
        monkeypatch.setattr(tracebacks, broken, fails)
    error = caught_in(code, {**names, "error": Unprintable()})
    shell._showtraceback(type(error), error, ["all", "lines"])
    assert shell.shown == [(type(error), error, ["all", "lines"])]


# In a kernel


@pytest.fixture(scope="module")
def kernel():
    """Return a client of a kernel that has imported the course's helpers."""
    client = NotebookClient(nbformat.v4.new_notebook(), startup_timeout=KERNEL_STARTS)
    with client.setup_kernel():
        run(client, "import d2l_helpers as dh\nfrom mxnet import np\nnet = dh.lenet()")
        yield client


def run(client, code):
    """Return the outputs of a cell with this code; those of one that fails come as an error."""
    client.nb.cells = [nbformat.v4.new_code_cell(code)]
    return client.execute_cell(client.nb.cells[0], 0).outputs


def shown(client, code):
    """Return the one output of a cell that fails."""
    with contextlib.suppress(CellExecutionError):
        run(client, code)
    (output,) = client.nb.cells[0].outputs
    return output


def test_a_kernel_folds_mxnets_traceback_and_tb_shows_it(kernel):
    output = shown(kernel, "def f(X):\n    return net(X)\n\nf(np.zeros((1, 1, 28, 28)))")
    assert (output.output_type, output.ename) == ("error", "RuntimeError")
    assert "has not been initialized" in output.evalue  # as ever
    assert output.traceback[:2] == ["----> 4 f(np.zeros((1, 1, 28, 28)))", "----> 2 return net(X)"]
    assert output.traceback[-1] == tracebacks.ALL
    output = shown(kernel, "%tb")
    assert output.output_type == "error"
    assert "parameter.py" in "".join(output.traceback)


def test_a_kernel_keeps_out_what_mxnet_prints_above_its_error(kernel):
    run(kernel, "traced = dh.alexnet()\ntraced.initialize()\ntraced.hybridize()")
    output = shown(kernel, "traced(np.zeros((1, 1, 28, 28)))")  # the one output of the cell
    assert "layer 3, MaxPool2D" in "".join(output.traceback)
    run(kernel, "f = lambda X: print('of the net') or X")
    assert run(kernel, "f(1);")[0].text == "of the net\n"


def test_a_kernel_shows_other_errors_as_ever(kernel):
    output = shown(kernel, "1 / 0")
    assert output.ename == "ZeroDivisionError"
    assert "Traceback (most recent call last)" in "".join(output.traceback)


def test_a_cell_that_fails_still_fails_where_lessons_are_run(kernel):
    with pytest.raises(CellExecutionError, match="a share"):
        run(kernel, "dh.wilson_interval(0.5, 10)")


def test_the_helpers_can_be_imported_again(kernel):
    run(kernel, "before = get_ipython()._showtraceback; import importlib; importlib.reload(dh)")
    run(kernel, "assert get_ipython()._showtraceback is before")
    assert shown(kernel, "dh.wilson_interval(0.5, 10)").traceback[-1] == tracebacks.ALL


def test_outside_of_a_kernel_nothing_is_folded(monkeypatch):
    monkeypatch.setattr(tracebacks, "get_ipython", lambda: pytest.fail("there is no kernel"))
    tracebacks.fold_tracebacks()
