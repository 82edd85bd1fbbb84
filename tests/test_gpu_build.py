"""MXNet's CUDA build on a machine without a GPU: `make test-gpu-build` downloads it (2.3 GB)."""

import os
import subprocess
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / "build" / "gpu-venv" / "bin" / "python"
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        "TEST_GPU_BUILD" not in os.environ, reason="make test-gpu-build downloads 2.3 GB"
    ),
]

TRAIN_A_STEP = """
import d2l_helpers as dh
from mxnet import gluon, np, npx
print("GPUs:", npx.num_gpus())
device = dh.try_gpu()
net = dh.lenet(activation="relu")
X, y = np.random.uniform(size=(8, 1, 28, 28)), np.zeros(8)
net.initialize(ctx=device)
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
losses = [dh.training.loop.train_step(net, X, y, trainer, device)[0] for _ in range(3)]
assert losses[2] < losses[0]
print("trained on", device)
"""


def run(code, driver=None, **environ):
    """Run code in the CUDA build's environment, with the folder of a driver or without any."""
    environ = {**os.environ, **environ}
    if driver:
        environ["LD_LIBRARY_PATH"] = str(driver.parent)
    return subprocess.run([PYTHON, "-c", code], env=environ, capture_output=True, text=True)


def test_without_a_driver_the_import_says_what_to_do():
    imported = run("import d2l_helpers")
    assert imported.returncode == 1
    assert "there is no driver here. Install it, or use MXNet's CPU build" in imported.stderr


def test_with_a_driver_but_no_gpu_it_trains_on_the_cpu(stub_driver):
    trained = run(TRAIN_A_STEP, stub_driver)
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.splitlines() == [
        "GPUs: 0",
        "Using the CPU: MXNet's CUDA build is installed, but it finds no NVIDIA GPU.",
        "trained on cpu(0)",
    ]


@pytest.mark.parametrize("capability, refused", [(86, False), (90, True)])
def test_a_gpu_that_is_too_new_is_refused(stub_driver, capability, refused):
    """The stub has no CUDA behind it, so the verdict is asked for before CUDA starts."""
    code = "from d2l_helpers.utils import devices; print(devices._why_no_gpu(0, num_gpus=1))"
    asked = run(code, stub_driver, STUB_GPUS=str(capability))
    assert asked.returncode == 0, asked.stderr
    assert ("has compute capability 9.0" in asked.stdout) == refused


def test_the_doctor_explains_the_missing_driver(stub_driver):
    report = subprocess.run([PYTHON, "-m", "mxnet_today"], capture_output=True, text=True)
    assert report.returncode == 1
    assert "BROKEN  MXNet" in report.stdout
    assert "no driver here" in report.stdout
