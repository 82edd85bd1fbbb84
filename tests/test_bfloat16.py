import functools
import platform
import subprocess
import sys

from mxnet_today import bfloat16, cpu

import pytest

X86 = platform.system() == "Linux" and platform.machine() == "x86_64"
NATIVE = {"avx2", "avx512_bf16"}


@pytest.fixture
def trial(monkeypatch):
    """Puts another program in the place of the trial; its answer is not kept."""
    fresh = functools.cache(bfloat16._problem_in_a_trial.__wrapped__)
    monkeypatch.setattr(bfloat16, "_problem_in_a_trial", fresh)
    return functools.partial(monkeypatch.setattr, bfloat16, "TRIAL")


@pytest.mark.parametrize("max_isa", [None, cpu.AMX_ISA])
def test_where_the_cpu_has_bfloat16_nothing_is_tried(trial, max_isa):
    trial("raise SystemExit(1)")
    environ = {"DNNL_MAX_CPU_ISA": max_isa} if max_isa else {}
    assert bfloat16.problem(environ, NATIVE) is None


def test_amx_without_permission_is_never_used(monkeypatch):
    environ = {"DNNL_MAX_CPU_ISA": cpu.AMX_ISA}
    monkeypatch.setattr(cpu, "amx_granted", lambda: False)
    assert "did not grant it" in bfloat16.problem(environ, cpu.AMX_FEATURES | NATIVE)
    monkeypatch.setattr(cpu, "amx_granted", lambda: True)
    assert bfloat16.problem(environ, cpu.AMX_FEATURES | NATIVE) is None


FLOAT32 = "print('seconds', 1.0)\n"
REFUSAL = "raise RuntimeError('could not create a primitive descriptor iterator')"
IMITATED = "this CPU has no bfloat16 of its own, and imitated it is 0.2 times as fast as float32"
FAILED = "a small trial in bfloat16 failed: "


@pytest.mark.parametrize(
    "program, reason",
    [
        (FLOAT32 + "print('seconds', 1.1)", None),
        ("print('dnnl_verbose,info')\n" + FLOAT32 + "print('2\\nseconds', 1.1)", None),
        (FLOAT32 + "print('seconds', 5.0)", IMITATED),
        (FLOAT32 + REFUSAL, "MXNet's oneDNN has no bfloat16 for this CPU"),
        # Whatever else goes wrong says nothing of the CPU.
        (REFUSAL, FAILED + "RuntimeError: could not create a primitive descriptor iterator"),
        ("raise ImportError('no libgomp:\\n  apt')", FAILED + "ImportError: no libgomp:\n  apt"),
        (FLOAT32 + "raise MemoryError('all is used')", FAILED + "MemoryError: all is used"),
        (
            FLOAT32 + "print('seconds', 1.1)\nraise SystemExit(3)",
            FAILED + "it ended with exit code 3: seconds 1.0\nseconds 1.1",
        ),
        ("print()", FAILED + "it ended with exit code 0 and printed nothing"),
        (
            "import os; os.kill(os.getpid(), 4)",
            FAILED + "it was ended by SIGILL and printed nothing",
        ),
    ],
    ids=[
        *("works", "works and a library prints", "imitated", "refused", "float32 refused"),
        *("no MXNet", "no memory", "fails at its end", "no times", "killed"),
    ],
)
def test_where_it_is_not_sure_another_process_tries_and_its_reason_is_told(trial, program, reason):
    trial(program)
    assert bfloat16.problem({}, {"avx2"}) == reason


def test_a_trial_that_takes_too_long_is_ended(trial, monkeypatch):
    trial("import time; time.sleep(60)")
    monkeypatch.setattr(bfloat16, "TRIAL_SECONDS", 0.5)
    assert "took more than 0.5 seconds" in bfloat16.problem({}, {"avx2"})


def test_a_trial_is_made_once(trial, tmp_path):
    log = f"open({str(tmp_path / 'log')!r}, 'a').write('tried')\n"
    trial(log + FLOAT32 + FLOAT32)
    for _ in range(2):
        assert bfloat16.problem({}, {"avx2"}) is None
    assert (tmp_path / "log").read_text() == "tried"


@pytest.mark.skipif(not X86, reason="instruction sets of x86-64")
@pytest.mark.parametrize("verbose", ["0", "1"])
def test_the_real_trial_tells_a_cpu_that_refuses(monkeypatch, verbose):
    code = "from mxnet_today import bfloat16; print(bfloat16.problem())"
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "AVX2")
    monkeypatch.setenv("DNNL_VERBOSE", verbose)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "MXNet's oneDNN has no bfloat16 for this CPU\n"
    assert run.stderr == ""
