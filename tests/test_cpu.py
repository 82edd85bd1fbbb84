import ctypes
import errno
import os
import platform
import re
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


@pytest.mark.parametrize(
    ("found", "limit", "expected"),
    [
        (["avx2", "avx512f"], None, "avx512f"),
        (["avx2", "avx512f", "amx_bf16", "amx_tile"], None, "avx512f"),  # unasked no AMX
        (["avx2", "avx512f", "amx_bf16", "amx_tile"], cpu.AMX_ISA, "amx_tile"),
        (["avx2", "avx512f", "amx_bf16", "amx_tile"], "AVX2", "avx512f, limited to AVX2"),
        ([], None, "unknown"),
    ],
)
def test_onednn_uses_the_best_instruction_set_that_it_may(monkeypatch, found, limit, expected):
    monkeypatch.setattr(cpu, "features", lambda: found)
    environ = {} if limit is None else {"DNNL_MAX_CPU_ISA": limit}
    assert cpu.onednn_features(environ) == expected


def test_the_cpu_is_named(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A: CPU @ 2 GHz\nmodel name\t: other\n")
    assert cpu.model(cpuinfo) == "A: CPU @ 2 GHz"


@pytest.mark.parametrize("processor, expected", [("arm", "arm"), ("", "aarch64")])
def test_a_cpu_whose_name_linux_does_not_list_is_called_by_its_kind(
    tmp_path, monkeypatch, processor, expected
):
    monkeypatch.setattr(platform, "processor", lambda: processor)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n")
    for name in ("cpuinfo", "missing"):
        assert cpu.model(tmp_path / name) == expected


@pytest.fixture
def four_cores(monkeypatch):
    """Four logical cores that this process may use, on a machine that has more."""
    usable = {0: {0, 1, 2, 3}}  # 0 stands for this process
    monkeypatch.setattr(os, "sched_getaffinity", usable.get, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)


def test_the_cores_that_count_are_those_that_this_process_may_use(four_cores):
    assert cpu.num_cores() == 4


@pytest.mark.parametrize("counted, num_cores", [(16, 16), (None, 1)])
def test_all_cores_count_where_the_system_cannot_restrict_a_process(
    monkeypatch, counted, num_cores
):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)
    assert cpu.num_cores() == num_cores


def test_two_logical_cores_of_one_physical_core_count_once(tmp_path, four_cores):
    for number in range(4):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{number % 2},{number % 2 + 2}\n")
    assert cpu.num_physical_cores(tmp_path) == 2


def test_without_a_topology_all_logical_cores_count(tmp_path, four_cores):
    assert cpu.num_physical_cores(tmp_path) == 4


def test_a_container_s_quota_limits_the_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(cpu, "num_physical_cores", lambda: 8)
    quota = tmp_path / "cpu.max"
    for text, threads in [("250000 100000", 2), ("50000 100000", 1), ("9900000 100000", 8)]:
        quota.write_text(text)
        assert cpu.num_threads(quota) == threads
    quota.write_text("max 100000")
    assert cpu.num_threads(quota) == 8
    assert cpu.num_threads(tmp_path / "missing") == 8


def test_the_threads_in_use_are_those_that_someone_has_set():
    assert cpu.threads_in_use({"OMP_NUM_THREADS": "5"}) == 5
    assert cpu.threads_in_use({"OMP_NUM_THREADS": "4,2"}) == 4
    assert cpu.threads_in_use({"OMP_NUM_THREADS": " 3 ,2"}) == 3
    for nothing_set in ({}, {"OMP_NUM_THREADS": ""}, {"OMP_NUM_THREADS": "auto"}):
        assert cpu.threads_in_use(nothing_set) == cpu.num_threads()


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
    assert cpu.settings(flags).get("OPENBLAS_CORETYPE") == kernels


@pytest.mark.skipif(sys.platform != "linux", reason="asks GNU's OpenMP, which is Linux's")
def test_the_threads_of_mxnet_get_their_settings():
    ours = {*cpu.settings(), cpu.SWITCH}
    environ = {name: value for name, value in os.environ.items() if name not in ours}
    run = subprocess.run(
        [sys.executable, "-c", "import mxnet_today, mxnet"],
        env={**environ, "OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
    )
    used = dict(re.findall(r"(\w+) = '(.*)'", run.stderr))
    assert used["OMP_NUM_THREADS"] == str(cpu.num_threads())
    assert (used["OMP_WAIT_POLICY"], used["GOMP_SPINCOUNT"]) == ("PASSIVE", "1000")


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


@pytest.mark.parametrize("has_amx", [True, False])
def test_amx_is_granted_once_it_was_asked_for_and_only_where_linux_has_it(monkeypatch, has_amx):
    granted = 0x200E7  # SSE, AVX, AVX-512, and of AMX what needs no permission

    def arch_prctl(request, argument):
        nonlocal granted
        if request == cpu.ARCH_REQ_XCOMP_PERM and has_amx:
            granted |= 1 << argument.value
        elif request == cpu.ARCH_GET_XCOMP_PERM:
            argument._obj.value = granted
        else:
            return -1
        return 0

    monkeypatch.setattr(cpu, "_linux_x86_64", lambda: True)
    monkeypatch.setattr(cpu, "_arch_prctl", arch_prctl)
    assert not cpu.amx_granted()
    assert cpu.request_amx() == has_amx
    assert cpu.amx_granted() == has_amx


def test_a_linux_that_does_not_know_the_question_has_granted_nothing(monkeypatch):
    monkeypatch.setattr(cpu, "_linux_x86_64", lambda: True)
    monkeypatch.setattr(cpu, "_arch_prctl", lambda *_: -1)
    assert not cpu.request_amx()
    assert not cpu.amx_granted()


def test_elsewhere_than_on_linux_there_is_no_amx(monkeypatch):
    monkeypatch.setattr(cpu.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(cpu, "_arch_prctl", lambda *_: pytest.fail("asked"))
    assert not cpu.request_amx()
    assert not cpu.amx_granted()


def kernel():
    """Return the version of Linux on x86-64 as a tuple, (0, 0) elsewhere."""
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    known = version and (platform.system(), platform.machine()) == ("Linux", "x86_64")
    return tuple(map(int, version.groups())) if known else (0, 0)


@pytest.mark.skipif(kernel() < (5, 16), reason="Linux 5.16 and newer know of AMX, on x86-64")
def test_the_kernel_here_knows_what_it_is_asked():
    granted = ctypes.c_uint64()
    assert cpu._arch_prctl(cpu.ARCH_GET_XCOMP_PERM, ctypes.byref(granted)) == 0
    assert granted.value & 0b11 == 0b11  # x87 and SSE, which every process has
    words = cpu.SYS_ARCH_PRCTL, cpu.ARCH_REQ_XCOMP_PERM, cpu.XFEATURE_XTILEDATA
    answer = ctypes.CDLL(None, use_errno=True).syscall(*map(ctypes.c_long, words))
    error = ctypes.get_errno() if answer else 0
    # EINVAL would say that there is no such request. A process can have too little room for the
    # tile registers where it handles signals.
    has_amx = cpu.instruction_sets() >= cpu.AMX_FEATURES
    assert error in ((0, errno.ENOSPC) if has_amx else (errno.EOPNOTSUPP,))
    assert cpu.request_amx() == cpu.amx_granted() == (error == 0)


def test_prepare_sets_what_is_missing_and_nothing_else(monkeypatch):
    monkeypatch.setattr(cpu, "settings", lambda: {"A": "1", "B": "2"})
    environ = {"B": "mine"}
    cpu.prepare(environ, loaded={})
    assert environ == {"A": "1", "B": "mine"}


def test_one_switch_turns_prepare_off():
    environ = {"D2L_HELPERS_PREPARE": "0"}
    cpu.prepare(environ, loaded={})
    assert environ == {"D2L_HELPERS_PREPARE": "0"}


@pytest.mark.parametrize("loaded", ["mxnet", "mxnet.base"])
def test_prepare_that_comes_too_late_says_what_is_lost(monkeypatch, loaded):
    monkeypatch.setattr(cpu, "settings", lambda: {"A": "1", "B": "2"})
    environ = {"B": "mine"}
    with pytest.warns(
        RuntimeWarning,
        match=r"too early to set A=1\. .*Import mxnet_today,",
    ):
        cpu.prepare(environ, loaded={loaded: None})
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
