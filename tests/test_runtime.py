import os
import re
import subprocess
import sys

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


def test_the_cpu_is_named(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A: CPU @ 2 GHz\nmodel name\t: other\n")
    assert runtime.cpu_model(cpuinfo) == "A: CPU @ 2 GHz"
    assert runtime.cpu_model(tmp_path / "missing")
    assert runtime.cpu_model()


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


def test_a_container_s_quota_limits_the_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "num_physical_cores", lambda: 8)
    quota = tmp_path / "cpu.max"
    for text, threads in [("250000 100000", 2), ("50000 100000", 1), ("9900000 100000", 8)]:
        quota.write_text(text)
        assert runtime.num_threads(quota) == threads
    quota.write_text("max 100000")
    assert runtime.num_threads(quota) == 8
    assert runtime.num_threads(tmp_path / "missing") == 8


AVX512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}


@pytest.mark.parametrize(
    "flags, kernels",
    [
        ({"avx2", "fma", *AVX512}, "SkylakeX"),
        ({"avx2", "fma", "avx512f"}, "Haswell"),
        ({"avx2", "fma"}, "Haswell"),
        ({"avx"}, None),
        (set(), None),
    ],
)
def test_openblas_gets_the_fastest_kernels_that_the_cpu_can_run(flags, kernels):
    settings = runtime.settings(flags)
    assert settings.get("OPENBLAS_CORETYPE") == kernels
    assert settings["OMP_NUM_THREADS"] == str(runtime.num_threads())


@pytest.mark.parametrize("build, size", [("mxnet", "0"), ("mxnet-cu112", None)])
def test_updates_are_joined_on_a_gpu_only(monkeypatch, build, size):
    monkeypatch.setattr(runtime, "versions", lambda: {build: "1.9.1"})
    assert runtime.settings(set()).get("MXNET_OPTIMIZER_AGGREGATION_SIZE") == size


@pytest.mark.parametrize("granted", [True, False])
def test_onednn_may_use_amx_only_where_linux_grants_it(monkeypatch, granted):
    monkeypatch.setattr(runtime, "request_amx", lambda: granted)
    assert ("DNNL_MAX_CPU_ISA" in runtime.settings(runtime.AMX_FEATURES)) == granted


def test_amx_is_not_even_asked_for_on_a_cpu_without_it(monkeypatch):
    monkeypatch.setattr(runtime, "request_amx", lambda: pytest.fail("asked"))
    assert "DNNL_MAX_CPU_ISA" not in runtime.settings({"amx_tile", "avx512f"})


def test_linux_is_asked_for_amx_with_the_numbers_of_its_page(monkeypatch):
    calls = []

    def refuse(request, argument):
        calls.append((request, getattr(argument, "value", None)))
        return -1

    monkeypatch.setattr(runtime, "_linux_x86_64", lambda: True)
    monkeypatch.setattr(runtime, "_arch_prctl", refuse)
    assert not runtime.request_amx()
    assert not runtime.amx_granted()
    assert calls[0] == (0x1023, 18)
    assert calls[1][0] == 0x1022


def test_elsewhere_than_on_linux_there_is_no_amx(monkeypatch):
    monkeypatch.setattr(runtime.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(runtime, "_arch_prctl", lambda *_: pytest.fail("asked"))
    assert not runtime.request_amx()
    assert not runtime.amx_granted()


def test_the_kernel_here_says_the_same_before_and_after_amx_is_asked_for():
    if runtime._cpu_flags() >= runtime.AMX_FEATURES:
        assert runtime.request_amx() == runtime.amx_granted()
    else:
        assert not runtime.request_amx()
        assert not runtime.amx_granted()


@pytest.mark.parametrize(
    "flags, isa, granted, reason",
    [
        ({"avx512f"}, None, False, "no AMX"),
        (runtime.AMX_FEATURES, None, True, "DNNL_MAX_CPU_ISA is not"),
        (runtime.AMX_FEATURES, "AVX2", True, "DNNL_MAX_CPU_ISA is not"),
        (runtime.AMX_FEATURES, "AVX512_CORE_AMX", False, "Linux refuses"),
    ],
)
def test_bfloat16_is_fast_only_with_all_that_it_needs(monkeypatch, flags, isa, granted, reason):
    monkeypatch.setattr(runtime, "amx_granted", lambda: granted)
    environ = {"DNNL_MAX_CPU_ISA": isa} if isa else {}
    fast, why = runtime.bfloat16_support(environ, flags)
    assert not fast
    assert reason in why


def test_bfloat16_is_fast_with_amx(monkeypatch):
    monkeypatch.setattr(runtime, "amx_granted", lambda: True)
    environ = {"DNNL_MAX_CPU_ISA": runtime.AMX_ISA}
    assert runtime.bfloat16_support(environ, {"avx2", *runtime.AMX_FEATURES})[0]


def test_prepare_sets_what_is_missing_and_nothing_else(monkeypatch):
    monkeypatch.setattr(runtime, "settings", lambda: {"A": "1", "B": "2"})
    environ = {"B": "mine"}
    runtime.prepare(environ, loaded={})
    assert environ == {"A": "1", "B": "mine"}


def test_one_switch_turns_prepare_off():
    environ = {"D2L_HELPERS_PREPARE": "0"}
    runtime.prepare(environ, loaded={})
    assert environ == {"D2L_HELPERS_PREPARE": "0"}


def test_prepare_that_comes_too_late_says_what_is_lost(monkeypatch):
    monkeypatch.setattr(runtime, "settings", lambda: {"A": "1", "B": "2"})
    environ = {"B": "mine"}
    with pytest.warns(RuntimeWarning, match=r"too late to set A=1\. .*Import d2l_helpers first"):
        runtime.prepare(environ, loaded={"mxnet": None})
    assert environ == {"B": "mine"}


def test_prepare_that_comes_late_but_finds_all_set_says_nothing(monkeypatch, recwarn):
    monkeypatch.setattr(runtime, "settings", lambda: {"A": "1"})
    runtime.prepare({"A": "2"}, loaded={"mxnet": None})
    assert not recwarn


def test_importing_mxnet_first_is_noticed_in_a_real_process():
    environ = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    code = "import mxnet, d2l_helpers"
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert run.returncode == 0
    assert "too late to set OMP_NUM_THREADS=" in run.stderr


def test_a_missing_cuda_library_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setattr(runtime, "CUDA_LIBRARIES", (("cudnn", "libnot_there.so.8"),))
    with pytest.raises(ImportError, match=r"needs libnot_there\.so\.8.*make lab GPU=1"):
        runtime.load_cuda_libraries(folders=[])


def test_a_missing_driver_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setattr(runtime, "CUDA_LIBRARIES", ())
    monkeypatch.setattr(runtime, "CUDA_DRIVER", "libnot_there.so.1")
    with pytest.raises(ImportError, match=r"NVIDIA's driver.*no driver here.*CPU build"):
        runtime.load_cuda_libraries(folders=[])


def test_a_library_from_pypi_goes_before_the_system_s(tmp_path, monkeypatch):
    packaged = tmp_path / "cudnn" / "lib" / "libcudnn.so.8"
    packaged.parent.mkdir(parents=True)
    packaged.touch()
    loaded = []
    monkeypatch.setattr(runtime, "_load_globally", lambda name: not loaded.append(name))
    runtime.load_cuda_libraries(folders=[tmp_path])
    assert str(packaged) in loaded
    assert "libcudnn.so.8" not in loaded
    assert loaded[0] == "libcudart.so.11.0"
    assert loaded[-1] == "libcuda.so.1"


@pytest.mark.parametrize("capability", [(5, 0), (6, 1), (7, 5), (8, 6), (8, 9)])
def test_gpus_from_maxwell_to_ada_work(capability):
    assert runtime.gpu_problem("a GPU", capability) is None


@pytest.mark.parametrize("capability", [(3, 5), (9, 0), (10, 0), (12, 0)])
def test_older_and_newer_gpus_do_not_and_the_reason_names_them(capability):
    major, minor = capability
    problem = runtime.gpu_problem("a GPU", capability)
    assert f"a GPU has compute capability {major}.{minor}" in problem
    assert "5.0 to 8.9" in problem


@pytest.fixture
def cuda_build(monkeypatch):
    monkeypatch.setattr(runtime, "versions", lambda: {"mxnet-cu112": "1.9.1"})


@pytest.mark.parametrize(
    "visible, num_gpus, i, reason",
    [
        ([("H100", (9, 0))], 1, 0, "H100 has compute capability 9.0"),
        ([("RTX", (8, 9))], 1, 0, None),
        ([("RTX", (8, 9)), ("H200", (9, 0))], 2, 1, "H200 has compute capability 9.0"),
        ([("RTX", (8, 9))], 1, 1, "GPU 1 was asked for, but MXNet sees only 1"),
        ([], 0, 0, "finds no NVIDIA GPU"),
    ],
)
def test_a_gpu_is_refused_with_its_reason(cuda_build, monkeypatch, visible, num_gpus, i, reason):
    monkeypatch.setattr(runtime, "gpus", lambda: visible)
    why = runtime._why_no_gpu(i, num_gpus)
    assert why == reason or reason in why


def test_without_a_driver_there_are_no_gpus(monkeypatch):
    monkeypatch.setattr(runtime, "CUDA_DRIVER", "libnot_there.so.1")
    assert runtime.gpus() == []


def test_gpus_are_read_from_the_driver(stub_driver, monkeypatch):
    monkeypatch.setattr(runtime, "CUDA_DRIVER", str(stub_driver))
    assert runtime.gpus() == []
    monkeypatch.setenv("STUB_GPUS", "80 90")
    assert runtime.gpus() == [("Stub 80", (8, 0)), ("Stub 90", (9, 0))]
