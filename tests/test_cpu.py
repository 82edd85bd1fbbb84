import os
import subprocess
import sys

from mxnet_today import cpu, stack
from mxnet_today.importing import stand_ins

import pytest


def test_cpu_features_are_read_slowest_first(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu amx_tile avx2 sse avx512f avx\nbugs\t: \n")
    assert cpu.features(cpuinfo) == ["avx", "avx2", "avx512f", "amx_tile"]


def test_cpu_features_without_the_file_or_its_line_are_none(tmp_path):
    assert cpu.features(tmp_path / "missing") == []
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n")
    assert cpu.features(tmp_path / "cpuinfo") == []


def test_the_cpu_is_named(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A: CPU @ 2 GHz\nmodel name\t: other\n")
    assert cpu.model(cpuinfo) == "A: CPU @ 2 GHz"
    assert cpu.model(tmp_path / "missing")
    assert cpu.model()


def test_num_cores_is_at_least_one():
    assert cpu.num_cores() >= 1


def test_two_logical_cores_of_one_physical_core_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    for number in range(4):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{number % 2},{number % 2 + 2}\n")
    assert cpu.num_physical_cores(tmp_path) == 2


def test_without_a_topology_all_logical_cores_count(tmp_path):
    assert cpu.num_physical_cores(tmp_path) == cpu.num_cores()


def test_a_container_s_quota_limits_the_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(cpu, "num_physical_cores", lambda: 8)
    quota = tmp_path / "cpu.max"
    for text, threads in [("250000 100000", 2), ("50000 100000", 1), ("9900000 100000", 8)]:
        quota.write_text(text)
        assert cpu.num_threads(quota) == threads
    quota.write_text("max 100000")
    assert cpu.num_threads(quota) == 8
    assert cpu.num_threads(tmp_path / "missing") == 8


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
    settings = cpu.settings(flags)
    assert settings.get("OPENBLAS_CORETYPE") == kernels
    assert settings["OMP_NUM_THREADS"] == str(cpu.num_threads())
    assert settings["OMP_WAIT_POLICY"] == "passive"
    assert settings["GOMP_SPINCOUNT"] == "1000"


@pytest.mark.parametrize("build, size", [("mxnet", "0"), ("mxnet-cu112", None)])
def test_updates_are_joined_on_a_gpu_only(monkeypatch, build, size):
    monkeypatch.setattr(stack, "versions", lambda: {build: "1.9.1"})
    assert cpu.settings(set()).get("MXNET_OPTIMIZER_AGGREGATION_SIZE") == size


@pytest.mark.parametrize("granted", [True, False])
def test_onednn_may_use_amx_only_where_linux_grants_it(monkeypatch, granted):
    monkeypatch.setattr(cpu, "request_amx", lambda: granted)
    assert ("DNNL_MAX_CPU_ISA" in cpu.settings(cpu.AMX_FEATURES)) == granted


def test_amx_is_not_even_asked_for_on_a_cpu_without_it(monkeypatch):
    monkeypatch.setattr(cpu, "request_amx", lambda: pytest.fail("asked"))
    assert "DNNL_MAX_CPU_ISA" not in cpu.settings({"amx_tile", "avx512f"})


def test_linux_is_asked_for_amx_with_the_numbers_of_its_page(monkeypatch):
    calls = []

    def refuse(request, argument):
        calls.append((request, getattr(argument, "value", None)))
        return -1

    monkeypatch.setattr(cpu, "_linux_x86_64", lambda: True)
    monkeypatch.setattr(cpu, "_arch_prctl", refuse)
    assert not cpu.request_amx()
    assert not cpu.amx_granted()
    assert calls[0] == (0x1023, 18)
    assert calls[1][0] == 0x1022


def test_elsewhere_than_on_linux_there_is_no_amx(monkeypatch):
    monkeypatch.setattr(cpu.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(cpu, "_arch_prctl", lambda *_: pytest.fail("asked"))
    assert not cpu.request_amx()
    assert not cpu.amx_granted()


def test_the_kernel_here_says_the_same_before_and_after_amx_is_asked_for():
    if cpu.instruction_sets() >= cpu.AMX_FEATURES:
        assert cpu.request_amx() == cpu.amx_granted()
    else:
        assert not cpu.request_amx()
        assert not cpu.amx_granted()


def test_prepare_sets_what_is_missing_and_nothing_else(monkeypatch):
    monkeypatch.setattr(cpu, "settings", lambda: {"A": "1", "B": "2"})
    environ = {"B": "mine"}
    cpu.prepare(environ, loaded={})
    assert environ == {"A": "1", "B": "mine"}


def test_one_switch_turns_prepare_off():
    environ = {"D2L_HELPERS_PREPARE": "0"}
    cpu.prepare(environ, loaded={})
    assert environ == {"D2L_HELPERS_PREPARE": "0"}


def test_prepare_that_comes_too_late_says_what_is_lost(monkeypatch):
    monkeypatch.setattr(cpu, "settings", lambda: {"A": "1", "B": "2"})
    environ = {"B": "mine"}
    with pytest.warns(
        RuntimeWarning,
        match=r"too early to set A=1\. .*Import mxnet_today,",
    ):
        cpu.prepare(environ, loaded={"mxnet": None})
    assert environ == {"B": "mine"}


def test_prepare_that_comes_late_but_finds_all_set_says_nothing(monkeypatch, recwarn):
    monkeypatch.setattr(cpu, "settings", lambda: {"A": "1"})
    cpu.prepare({"A": "2"}, loaded={"mxnet": None})
    assert not recwarn


@pytest.mark.skipif(
    bool(stand_ins()), reason="on this Python or NumPy MXNet fails without its help"
)
def test_importing_mxnet_first_is_noticed_in_a_real_process():
    environ = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    code = "import mxnet, d2l_helpers"
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert run.returncode == 0
    assert "too early to set OMP_NUM_THREADS=" in run.stderr
