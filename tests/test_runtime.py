import os
import re

import d2l_helpers as dh
from d2l_helpers import runtime

import pytest
from mxnet import npx

FITTING = {"mxnet": "1.9.1", "numpy": "1.23.5"}


def test_this_environment_fits():
    runtime.check_stack()


@pytest.mark.parametrize("python", [(3, 9), (3, 10), (3, 11)])
@pytest.mark.parametrize("mxnet", ["mxnet", "mxnet-cu112"])
def test_each_supported_python_fits_with_either_build_of_mxnet(python, mxnet):
    runtime.check_stack(python, {mxnet: "1.9.1", "numpy": "1.23.5"})


@pytest.mark.parametrize("python", [(2, 7), (3, 8), (3, 12), (3, 13)])
def test_another_python_is_refused_with_the_way_out(python):
    found = rf"this is {python[0]}\.{python[1]}\..*numpy below 1\.24.*make run.*environment\.yml"
    with pytest.raises(ImportError, match=found):
        runtime.check_stack(python, FITTING)


@pytest.mark.parametrize("version", ["1.24.0", "1.26.4", "2.0.0rc1"])
def test_a_numpy_that_is_too_new_is_refused_with_the_way_out(version):
    with pytest.raises(ImportError, match=rf"numpy {version} is too new.*pip install numpy==1\.23"):
        runtime.check_stack((3, 11), {"mxnet": "1.9.1", "numpy": version})


def test_missing_mxnet_is_said_with_the_way_out():
    with pytest.raises(ImportError, match=r"MXNet is not installed.*requirements\.txt"):
        runtime.check_stack((3, 11), {"numpy": "1.23.5"})


def test_versions_names_what_is_installed_and_nothing_else():
    versions = runtime.versions()
    assert versions["numpy"].startswith("1.23.")
    assert {"mxnet", "mxnet-cu112"} & versions.keys()
    assert versions.keys() <= set(runtime.REPORTED_PACKAGES)


def test_cpu_features_are_read_slowest_first(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu amx_tile avx2 sse avx512f avx\nbugs\t: \n")
    assert runtime.cpu_features(cpuinfo) == ["avx", "avx2", "avx512f", "amx_tile"]


def test_cpu_features_without_the_file_or_its_line_are_none(tmp_path):
    assert runtime.cpu_features(tmp_path / "missing") == []
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n")
    assert runtime.cpu_features(tmp_path / "cpuinfo") == []


def test_num_cores_is_at_least_one():
    assert runtime.num_cores() >= 1


def test_the_report_is_text_and_covers_python_packages_cpu_and_gpus():
    report = dh.report()
    assert {"python", "mxnet", "numpy", "CPU cores", "best CPU feature", "GPUs"} <= report.keys()
    assert all(isinstance(value, str) and value for value in report.values())


def test_try_gpu_says_why_it_chose_the_cpu(capsys):
    missing = npx.num_gpus()  # counted from 0, so one more than there are
    assert dh.try_gpu(missing) == npx.cpu()
    assert re.fullmatch(r"Using the CPU: .{20,}\.\n", capsys.readouterr().out)


def test_try_gpu_takes_no_negative_number_for_a_gpu():
    assert dh.try_gpu(-1) == npx.cpu()


@pytest.mark.skipif(npx.num_gpus() == 0, reason="needs a GPU")
def test_try_gpu_returns_the_gpu_without_a_word(capsys):
    assert dh.try_gpu() == npx.gpu(0)
    assert capsys.readouterr().out == ""


def test_two_logical_cores_of_one_physical_core_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    for cpu in range(4):
        folder = tmp_path / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{cpu % 2},{cpu % 2 + 2}\n")
    assert runtime.num_physical_cores(tmp_path) == 2


def test_without_a_topology_all_logical_cores_count(tmp_path):
    assert runtime.num_physical_cores(tmp_path) == runtime.num_cores()


def test_mxnet_gets_a_thread_for_each_physical_core():
    environ = {}
    runtime.use_all_cores(environ)
    assert environ == {"OMP_NUM_THREADS": str(runtime.num_physical_cores())}


def test_the_number_of_threads_that_a_user_has_set_stays():
    environ = {"OMP_NUM_THREADS": "7"}
    runtime.use_all_cores(environ)
    assert environ == {"OMP_NUM_THREADS": "7"}
