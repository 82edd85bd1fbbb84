"""Fixtures of several test files."""

import collections
import shutil
import signal
import subprocess
from pathlib import Path

import d2l_helpers as dh

import matplotlib
import mxnet as mx
import pytest
from launching import in_one_process, run_worker
from small import bar_images, small_net
from stored_lessons import read

matplotlib.use("Agg")


@pytest.fixture(autouse=True, scope="session")
def ctrl_c():
    """Let Ctrl-C reach the tests and what they start, also if pytest runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def seeded():
    mx.random.seed(0)


@pytest.fixture(scope="module")
def counts():
    """How often each thing happened to a file's tests: printed at their end, with pytest's -s."""
    counter = collections.Counter()
    yield counter
    for what, num in sorted(counter.items()):
        print(f"\n{num:5} {what}", end="")
    print()


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
    """The folder of a training run in one process."""
    return in_one_process(tmp_path_factory.mktemp("alone"), "--alone")


@pytest.fixture(scope="session")
def with_dropout(tmp_path_factory):
    """The folder of a training run of three epochs with dropout, in two workers."""
    folder = tmp_path_factory.mktemp("dropout")
    code, _, err = run_worker(folder, "--epochs", 3, "--dropout", 0.5)
    assert (code, err) == (0, "")
    return folder


@pytest.fixture
def notebook(path):
    """The notebook of the path that a test file's own fixture gives."""
    return read(path)
