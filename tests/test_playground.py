"""The page that runs the net in a browser: what it says and does.

`make test-pages` needs node, npm and Chromium, and downloads some MB from npm.
"""

import json
import os
import shutil
import subprocess
import threading

import d2l_helpers as dh
from d2l_helpers.export.environments import ONNX

import numpy
import pytest
from mxnet import np
from PIL import Image
from stored_lessons import ROOT, load_tool

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def playground():
    return load_tool("playground")


@pytest.fixture(scope="module")
def net(playground, tmp_path_factory):
    """The net after a few steps, so that its answers differ."""
    checkpoint = tmp_path_factory.mktemp("net") / "checkpoint"
    return playground.trained_net(checkpoint, per_class=300, num_epochs=2)


def expected(net, pixels):
    """What MXNet says of 28 x 28 pixels."""
    images = numpy.array(pixels, dtype="uint8").reshape(-1, 28, 28)
    X = np.array(dh.resize_images(images, 67))
    probabilities, _ = dh.predict(net, [(X, np.zeros(len(X), dtype="int32"))])
    return probabilities


@pytest.mark.skipif("TEST_PAGES" not in os.environ, reason="make test-pages needs Chromium")
def test_in_a_browser(playground, net, tmp_path):
    playground.fetch_runtime()
    ONNX.install()
    playground.make_page(tmp_path / "page", net)
    boot = next(e for e in playground.examples() if e["name"] == "ankle boot")
    Image.fromarray(numpy.array(boot["pixels"], "uint8").reshape(28, 28)).save(
        tmp_path / "picture.png"
    )
    names = ["chromium", "chromium-browser", "google-chrome"]
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser, f"none of {', '.join(names)} is installed"
    with playground.server(tmp_path / "page") as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{serving.server_port}/"
        command = ["node", ROOT / "tests" / "pages" / "playground.js", browser, address, tmp_path]
        said = json.loads(subprocess.check_output(command, text=True))
        serving.shutdown()
    assert said["elsewhere"] == said["errors"] == said["faults"] == said["wide"] == []
    theirs = numpy.array(said["examples"])
    ours = expected(net, [example["pixels"] for example in playground.examples()])
    assert theirs.shape == ours.shape == (10, 10)
    assert numpy.abs(theirs - ours).max() < 1e-3
    assert numpy.ptp(ours, axis=0).max() > 0.05  # the images are told apart
    (empty,) = expected(net, numpy.zeros((28, 28)))
    assert said["empty"] == pytest.approx(list(empty), abs=1e-3)
    assert said["picture"] == pytest.approx(list(ours[9]), abs=0.01)
    for drawn in ("mouse", "keyboard"):
        assert said[drawn] != pytest.approx(said["empty"], abs=1e-4)
    assert said["rubbed"] == pytest.approx(said["empty"], abs=0.01)
