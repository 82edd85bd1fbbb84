import re

import d2l_helpers as dh
from d2l_helpers.utils import devices
from mxnet_today import cuda, stack

import pytest
from mxnet import npx


def test_the_report_is_text_and_covers_python_packages_cpu_and_gpus():
    report = dh.report()
    assert {"python", "mxnet", "numpy", "CPU cores", "best CPU feature", "GPUs"} <= report.keys()
    assert all(isinstance(value, str) and value for value in report.values())


@pytest.mark.parametrize(("package", "build"), [("mxnet", "CPU"), ("mxnet-cu112", "CUDA")])
def test_the_report_names_the_build_of_mxnet_once(monkeypatch, package, build):
    monkeypatch.setattr(stack, "versions", lambda: {package: "1.9.1", "d2l": "1.0.3"})
    report = dh.report()
    assert (report["mxnet"], report["MXNet build"]) == ("1.9.1", build)
    assert "mxnet-cu112" not in report


def test_try_gpu_says_why_it_chose_the_cpu(capsys):
    missing = npx.num_gpus()  # counted from 0, so one more than there are
    assert dh.try_gpu(missing) == npx.cpu()
    assert re.fullmatch(r"Using the CPU: .{20,}\.\n", capsys.readouterr().out)


@pytest.mark.skipif(npx.num_gpus() == 0, reason="needs a GPU")
def test_try_gpu_returns_the_gpu_without_a_word(capsys):
    assert dh.try_gpu() == npx.gpu(0)
    assert capsys.readouterr().out == ""


def test_try_gpu_takes_the_gpu_that_is_asked_for(monkeypatch):
    monkeypatch.setattr(devices, "_why_no_gpu", lambda i, num_gpus: None)
    assert [dh.try_gpu(i) for i in (0, 1, 3)] == [npx.gpu(0), npx.gpu(1), npx.gpu(3)]


@pytest.fixture
def cuda_build(monkeypatch):
    monkeypatch.setattr(stack, "versions", lambda: {"mxnet-cu112": "1.9.1"})


@pytest.mark.parametrize(
    "visible, num_gpus, i, reason",
    [
        ([("H100", (9, 0))], 1, 0, "H100 has compute capability 9.0"),
        ([("RTX", (8, 9))], 1, 0, None),
        ([("RTX", (8, 9)), ("H200", (9, 0))], 2, 1, "H200 has compute capability 9.0"),
        ([("RTX", (8, 9))], 1, 1, "GPU 1 was asked for, but MXNet sees only 1"),
        ([("RTX", (8, 9))], 1, -1, "GPU -1 was asked for, but MXNet sees only 1"),
        ([("H100", (9, 0))], 1, -1, "GPU -1 was asked for, but MXNet sees only 1"),
        ([], 0, 0, "finds no NVIDIA GPU"),
    ],
)
def test_a_gpu_is_refused_with_its_reason(cuda_build, monkeypatch, visible, num_gpus, i, reason):
    monkeypatch.setattr(cuda, "gpus", lambda: visible)
    why = devices._why_no_gpu(i, num_gpus)
    assert why == reason or reason in why
