"""The page that runs the net in a browser: what it says and does.

`make test-pages` needs node, npm and Chromium, and downloads some MB from npm.
"""

import os
import pickle

import d2l_helpers as dh
from d2l_helpers.export.environments import ONNX

import numpy
import pytest
from browser import in_browser
from mxnet import np, npx
from PIL import Image
from stored_lessons import load_tool

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def playground():
    return load_tool("playground")


@pytest.fixture(scope="module")
def reduced(playground, tmp_path_factory):
    """The net of the page itself after a few steps, so that its answers differ."""
    checkpoint = tmp_path_factory.mktemp("net") / "checkpoint"
    return playground.trained_net(checkpoint, per_class=300, num_epochs=2)


def trained(net, path, shape=(1, 28, 28), num_classes=10):
    """Train a net on ten random images, and write its checkpoint."""
    return learned(net, path, np.random.uniform(size=(10, *shape)), num_classes)


def learned(net, path, X, num_classes=10, num_epochs=1):
    """Train a net on ten images, of another class each, and write its checkpoint."""
    batch = X, np.arange(10, dtype="int32") % num_classes
    dh.train_ch6(net, [batch], [batch], num_epochs, 0.1, npx.cpu(), checkpoint=path)
    return net


def expected(net, pixels, size):
    """What MXNet says of 28 x 28 pixels."""
    images = numpy.array(pixels, dtype="uint8").reshape(-1, 28, 28)
    X = np.array(dh.resize_images(images, size))
    probabilities, _ = dh.predict(net, [(X, np.zeros(len(X), dtype="int32"))])
    return probabilities


# The learner's own net


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (dh.lenet, "LeNet"),
        (lambda: dh.lenet(activation="tanh"), "LeNet with tanh"),
        (dh.lenet_wide, "The wider LeNet"),
    ],
    ids=["sigmoid", "tanh", "wide"],
)
def test_a_checkpoint_gives_its_net_with_its_weights(playground, make, name, tmp_path):
    net = trained(make(), tmp_path / "own.checkpoint")
    own, said, size = playground.own_net(tmp_path / "own.checkpoint")
    assert (said, size) == (name, 28)
    X = np.random.uniform(size=(2, 1, 28, 28))
    assert np.array_equal(own(X), net(X))


def test_a_missing_file_is_named(playground, tmp_path):
    with pytest.raises(playground.PlaygroundError, match=r"There is no file .*x\.checkpoint"):
        playground.own_net(tmp_path / "x.checkpoint")


def test_a_damaged_file_is_refused(playground, tmp_path):
    path = tmp_path / "own.checkpoint"
    trained(dh.lenet(), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        playground.PlaygroundError, match=r"is damaged.*digest does not match.*\. Give a"
    ):
        playground.own_net(path)


def test_a_pickle_is_refused_and_not_run(playground, tmp_path):
    path, ran = tmp_path / "own.checkpoint", tmp_path / "ran"
    program = b"cos\nmkdir\n(S'%s'\ntR." % os.fsencode(ran)
    path.write_bytes(program)
    with pytest.raises(playground.PlaygroundError, match="is damaged or not a checkpoint"):
        playground.own_net(path)
    assert not ran.exists()
    pickle.loads(program)
    assert ran.exists()  # it would have run


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (lambda: dh.lenet(num_classes=5), {"num_classes": 5}),
        (lambda: dh.alexnet_reduced(dropout=0.25), {"shape": (1, 67, 67)}),
    ],
    ids=["five classes", "another dropout"],
)
def test_another_net_is_refused(playground, make, settings, tmp_path):
    trained(make(), tmp_path / "own.checkpoint", **settings)
    with pytest.raises(playground.PlaygroundError, match="holds another net than the page can run"):
        playground.own_net(tmp_path / "own.checkpoint")


@pytest.mark.parametrize("shape", [(3, 28, 28), (1, 28, 32)])
def test_a_net_for_other_images_is_refused(playground, shape, tmp_path):
    trained(dh.lenet(), tmp_path / "own.checkpoint", shape)
    with pytest.raises(playground.PlaygroundError, match=r"images of the shape \[\d, 28, \d+\]"):
        playground.own_net(tmp_path / "own.checkpoint")


def test_the_command_says_what_is_wrong(playground, tmp_path):
    with pytest.raises(SystemExit, match="There is no file"):
        playground.main([str(tmp_path / "x.checkpoint")])


# The page


def seen_in_a_browser(playground, net, name, size, folder):
    """Make the page in a folder, open it there without a server, and return what it said."""
    playground.fetch_runtime()
    ONNX.install()
    playground.make_page(folder / "page", net, name, size)
    boot = next(e for e in playground.examples() if e["name"] == "ankle boot")
    Image.fromarray(numpy.array(boot["pixels"], "uint8").reshape(28, 28)).save(
        folder / "picture.png"
    )
    return in_browser("playground.js", f"{(folder / 'page').as_uri()}/", folder)


@pytest.mark.skipif("TEST_PAGES" not in os.environ, reason="make test-pages needs Chromium")
@pytest.mark.parametrize("kind", ["reduced", "own"])
def test_in_a_browser(playground, kind, request, tmp_path):
    if kind == "reduced":
        net, name, size = request.getfixturevalue("reduced"), playground.TRAINED_HERE, 67
        about = [", made larger to 67 x 67 for the net", ": 48 of 15 x 15 values"]
    else:
        pixels = [example["pixels"] for example in playground.examples()]
        X = np.array(dh.resize_images(numpy.array(pixels, "uint8").reshape(-1, 28, 28), 28))
        learned(dh.lenet_wide(), tmp_path / "own.checkpoint", X, num_epochs=20)
        net, name, size = playground.own_net(tmp_path / "own.checkpoint")
        about = ["", ": 20 of 24 x 24 values"]
    said = seen_in_a_browser(playground, net, name, size, tmp_path)
    assert said["elsewhere"] == said["errors"] == said["faults"] == said["wide"] == []
    assert said["net"] == [name, *about]
    theirs = numpy.array(said["examples"])
    ours = expected(net, [example["pixels"] for example in playground.examples()], size)
    assert theirs.shape == ours.shape == (10, 10)
    assert numpy.abs(theirs - ours).max() < 1e-3
    assert numpy.ptp(ours, axis=0).max() > 0.05  # the images are told apart
    (empty,) = expected(net, numpy.zeros((28, 28)), size)
    assert said["empty"] == pytest.approx(list(empty), abs=1e-3)
    assert said["picture"] == pytest.approx(list(ours[9]), abs=0.01)
    for drawn in ("mouse", "keyboard"):
        assert said[drawn] != pytest.approx(said["empty"], abs=1e-4)
    assert said["rubbed"] == pytest.approx(said["empty"], abs=0.01)
