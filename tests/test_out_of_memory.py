"""A batch that is too large for the memory: the message names it."""

import resource
import subprocess
import sys

import d2l_helpers as dh
from d2l_helpers.data import loader
from d2l_helpers.notebook.tracebacks import advice
from d2l_helpers.utils.out_of_memory import OutOfMemory, naming_the_batch

import pytest
from mxnet import base, np
from small import SIZE, bar_images
from stored_lessons import ROOT

# What MXNet 1.9.1 says of a CPU, of a GPU, and of an operator that needs room beside its arrays.
SAID = [
    "MXNetError: Failed to allocate CPU Memory",
    "Check failed: e == cudaSuccess: cudaMalloc retry failed: out of memory",
    "std::bad_alloc",
]
LIMITED = """
import os, re, resource
import d2l_helpers as dh
from mxnet import gluon, np, npx
from small import small_net
from d2l_helpers.training.loop import train_step

net, X, y = small_net(), np.zeros((3000, 1, 64, 64)), np.zeros(3000, "int32")
net.initialize()
net(X[:1])
trainer = gluon.Trainer(net.collect_params(), "sgd")
npx.waitall()
used = int(re.search(r"VmData:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + 2**26, resource.RLIM_INFINITY))
try:
    train_step(net, X, y, trainer, npx.cpu())
except MemoryError as error:
    print(type(error).__name__, error, flush=True)
os._exit(0)  # MXNet can crash from here on
"""


@pytest.fixture(params=SAID)
def failing_net(request, net, monkeypatch):
    """An initialized net to which MXNet says that there is no memory."""

    def fail(*_):
        base.check_call(-1)

    net.initialize()
    net(np.zeros((1, 1, SIZE, SIZE)))
    net[1].register_forward_hook(fail)
    monkeypatch.setattr(base, "get_last_ffi_error", lambda: base.MXNetError(request.param))
    return net


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_DATA") or sys.platform != "linux", reason="Linux")
def test_a_step_that_gets_no_memory_names_its_batch():
    command = [sys.executable, "-c", LIMITED]
    folders = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run(command, env=folders, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("OutOfMemory the memory is not enough for a batch of 3000 examp")
    assert "restarting the kernel" in done.stdout


def test_an_evaluation_that_gets_no_memory_names_its_batch(failing_net):
    batch = dh.BatchLoader(*bar_images(2), batch_size=20)
    named = "a batch of 20 examples: take a batch_size below 20"
    with pytest.raises(OutOfMemory, match=named) as caught:
        dh.evaluate_accuracy_gpu(failing_net, batch)
    assert advice(caught.value) is None  # so that a notebook shows this message, and no other


def test_a_loader_that_gets_no_memory_names_its_batch(monkeypatch):
    def no_memory(*_):
        raise MemoryError("Unable to allocate 822. MiB for an array")

    monkeypatch.setattr(loader, "resize_images", no_memory)
    with pytest.raises(OutOfMemory, match="a batch of 16 examples"):
        next(iter(dh.BatchLoader(*bar_images(2), batch_size=16)))


def test_other_errors_of_mxnet_stay_as_they_are():
    with pytest.raises(base.MXNetError, match="Shape inconsistent"), naming_the_batch(16):
        raise base.MXNetError("Shape inconsistent")


def test_in_a_loop_of_ones_own_the_advice_is_smaller_batches(failing_net):
    with pytest.raises(base.MXNetError) as caught:
        failing_net(np.zeros((1, 1, SIZE, SIZE)))
    assert advice(caught.value).startswith("The memory is used up. Take smaller batches")
