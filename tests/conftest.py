"""What the tests share: small nets, and small data that a small net learns in a moment."""

import shutil
import subprocess
from pathlib import Path

import d2l_helpers as dh

import matplotlib
import mxnet as mx
import numpy
import pytest
from launching import in_one_process
from mxnet.gluon import nn
from stored_lessons import read

matplotlib.use("Agg")

SIZE = 12  # pixels along each axis of the small images
NUM_CLASSES = 10


def small_net(activation="relu", dropout=0.0):
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, kernel_size=3, activation=activation),
        nn.Dense(32, activation=activation),
        nn.Dropout(dropout),
        nn.Dense(NUM_CLASSES),
    )
    return net


def bar_images(num_per_class, seed=0):
    """Return noisy uint8 images in which a bright column tells the class, and their labels."""
    rng = numpy.random.default_rng(seed)
    labels = numpy.tile(numpy.arange(NUM_CLASSES, dtype=numpy.int32), num_per_class)
    images = rng.integers(0, 50, (len(labels), SIZE, SIZE), dtype=numpy.uint8)
    images[numpy.arange(len(labels)), :, labels + 1] = 255
    return images, labels


class Interrupted:
    """Batches that end with Ctrl-C in the middle of an epoch; else as their loader."""

    def __init__(self, loader, epoch, after=2):
        self.loader, self.last_epoch, self.after = loader, epoch, after

    def __len__(self):
        return len(self.loader)

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def set_epoch(self, epoch):
        self.epoch = epoch
        self.loader.set_epoch(epoch)

    def __iter__(self):
        for i, pair in enumerate(self.loader):
            if self.epoch == self.last_epoch and i == self.after:
                raise KeyboardInterrupt
            yield pair


def parameters(net):
    """Return the values of a net's parameters, in order, as NumPy arrays."""
    return [p.data().asnumpy() for p in net.collect_params().values()]


def same_parameters(net, other):
    """Return whether two nets have the same parameters to the last bit."""
    return all(map(numpy.array_equal, parameters(net), parameters(other)))


@pytest.fixture(autouse=True)
def seeded():
    mx.random.seed(0)


@pytest.fixture
def net():
    return small_net()


@pytest.fixture
def train_iter():
    """400 images in 13 batches, the last one of 16."""
    return dh.BatchLoader(*bar_images(40), batch_size=32, shuffle=True)


@pytest.fixture
def test_iter():
    return dh.BatchLoader(*bar_images(5, seed=1), batch_size=32)


@pytest.fixture(scope="session")
def device():
    return mx.npx.cpu()


@pytest.fixture(scope="session")
def stub_driver(tmp_path_factory):
    """A libcuda.so.1 that shows the GPUs that $STUB_GPUS names, and none without it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("driver") / "libcuda.so.1"
    source = Path(__file__).with_name("stub_driver.c")
    soname = f"-Wl,-soname,{library.name}"
    subprocess.run([compiler, "-shared", "-fPIC", soname, "-o", library, source], check=True)
    return library


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """The folder of a training in one process."""
    return in_one_process(tmp_path_factory.mktemp("alone"), "--alone")


@pytest.fixture
def notebook(path):
    """The notebook of the path that a test file's own fixture gives."""
    return read(path)
