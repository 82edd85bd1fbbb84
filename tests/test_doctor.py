import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

from d2l_helpers.data import fashion_mnist
from d2l_helpers.utils import files
from mxnet_today import bfloat16, cpu, cuda, doctor, importing, libraries, stack

import pytest

ROOT = Path(__file__).resolve().parent.parent
COURSE_DOCTOR = ROOT / "tools" / "doctor.py"


def run_doctor(*arguments, **environ):
    return subprocess.run(
        [sys.executable, *(arguments or [COURSE_DOCTOR])],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def course():
    """The module tools/doctor.py."""
    spec = importlib.util.spec_from_file_location("course_doctor", COURSE_DOCTOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_report_covers_all_and_the_course_can_run_here():
    run = run_doctor()
    assert run.returncode == 0, run.stdout + run.stderr
    for what in (
        "packages",
        "system",
        "MXNet",
        "stand-ins",
        "CPU",
        "OMP_NUM_THREADS",
        "bfloat16",
        "GPU",
        "memory",
    ):
        assert f"  {what} " in run.stdout
    assert "70,000 images, checksums right" in run.stdout
    assert run.stdout.endswith("The course can run here.\n")


def test_it_also_reports_where_mxnet_cannot_be_imported(tmp_path):
    (tmp_path / "mxnet.py").write_text("raise OSError('libsomething.so: cannot open')")
    run = run_doctor(PYTHONPATH=str(tmp_path))
    assert run.returncode == 1
    assert "BROKEN  MXNet" in run.stdout
    assert "OSError: libsomething.so: cannot open" in run.stdout
    assert run.stdout.endswith("Broken: MXNet.\n")
    assert run.stderr == ""


def test_the_report_on_the_machine_alone_knows_nothing_of_the_course():
    run = run_doctor("-m", "mxnet_today")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("MXNet can run here.\n")
    assert "data" not in run.stdout


def test_it_also_reports_on_a_python_without_packages(tmp_path):
    shutil.copytree(Path(doctor.__file__).parent, tmp_path / "mxnet_today")
    run = run_doctor("-S", "-m", "mxnet_today", PYTHONPATH=str(tmp_path))
    assert run.returncode == 1
    assert "BROKEN  packages" in run.stdout
    assert "MXNet is not installed" in run.stdout
    assert run.stderr == ""


def test_a_program_started_with_m_that_imports_the_course_is_not_the_doctor(tmp_path):
    (tmp_path / "program.py").write_text("import d2l_helpers\nprint('ran')\n")
    run = run_doctor("-m", "program", PYTHONPATH=str(tmp_path))
    assert run.stdout == "ran\n"


def test_settings_of_the_user_and_the_switch_are_said():
    run = run_doctor("-m", "mxnet_today", OMP_NUM_THREADS="7")
    assert "7, as the environment says" in run.stdout
    run = run_doctor("-m", "mxnet_today", D2L_HELPERS_PREPARE="0")
    assert "D2L_HELPERS_PREPARE=0: nothing is set" in run.stdout
    assert run.returncode == 0


@pytest.fixture
def visible(monkeypatch):
    def show(*gpus):
        monkeypatch.setattr(cuda, "gpus", lambda: list(gpus))
        return list(doctor.check_gpus())

    return show


def test_each_gpu_gets_its_verdict(visible, monkeypatch):
    ada, hopper = ("RTX 4090", (8, 9)), ("H100", (9, 0))
    monkeypatch.setattr(stack, "versions", lambda: {"mxnet-cu112": "1.9.1"})
    fits, too_new = visible(ada, hopper)
    assert (fits.what, fits.verdict, too_new.what, too_new.verdict) == (
        "GPU 0",
        "ok",
        "GPU 1",
        "note",
    )
    assert "H100 has compute capability 9.0" in too_new.text
    monkeypatch.setattr(stack, "versions", lambda: {"mxnet": "1.9.1"})
    assert "CUDA build" in visible(ada)[0].text
    assert "shows none" in visible()[0].text


@pytest.mark.parametrize(("missing", "verdict"), [(True, doctor.BROKEN), (False, doctor.OK)])
def test_a_library_that_the_system_lacks_is_broken(monkeypatch, missing, verdict):
    def check():
        if missing:
            raise ImportError("libquadmath.so.0 is missing: install libquadmath0")

    monkeypatch.setattr(libraries, "check", check)
    finding = doctor.check_libraries()
    assert finding.verdict == verdict
    assert ("install libquadmath0" in finding.text) == missing


@pytest.mark.parametrize(
    ("problem", "verdict", "text"),
    [("no AVX-512", doctor.NOTE, "not used: no AVX-512"), (None, doctor.OK, "runs here")],
)
def test_bfloat16_that_cannot_be_used_is_a_note(monkeypatch, problem, verdict, text):
    monkeypatch.setattr(bfloat16, "problem", lambda: problem)
    assert doctor.check_bfloat16().verdict == verdict
    assert text in doctor.check_bfloat16().text


@pytest.mark.parametrize(
    ("names", "text"), [(["pkg_b", "pkg_a"], "for pkg_a, pkg_b"), ([], "none are needed")]
)
def test_the_stand_ins_are_named(monkeypatch, names, text):
    monkeypatch.setattr(importing, "stand_ins", lambda: dict.fromkeys(names))
    assert doctor.check_compat() == doctor.Finding("stand-ins", doctor.OK, text)


def test_little_memory_is_a_note_with_what_to_do(tmp_path, course):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 8000000 kB\nMemAvailable:  900000 kB\n")
    finding = course.check_memory(meminfo)
    assert finding.verdict == doctor.NOTE
    assert "0.9 GB free" in finding.text
    meminfo.write_text("MemAvailable: 4000000 kB\n")
    assert course.check_memory(meminfo).verdict == doctor.OK
    assert course.check_memory(tmp_path / "missing").verdict == doctor.NOTE


def test_a_damaged_data_file_is_broken(monkeypatch, course):
    def refuse(train):
        raise files.DataFileError("train-images is damaged: run git checkout data")

    monkeypatch.setattr(fashion_mnist, "fashion_mnist_arrays", refuse)
    finding = course.check_data()
    assert finding.verdict == doctor.BROKEN
    assert "git checkout data" in finding.text


@pytest.mark.parametrize(
    "flags, verdict",
    [([], "note"), (["avx"], "note"), (["avx", "avx2"], "ok"), (["asimd", "bf16"], "ok")],
)
def test_a_slow_or_unknown_cpu_is_a_note(monkeypatch, flags, verdict):
    monkeypatch.setattr(cpu, "features", lambda: flags)
    assert next(doctor.check_cpu()).verdict == verdict


def test_the_package_itself_is_the_doctor(monkeypatch):
    monkeypatch.setattr(doctor, "main", lambda: 7)
    with pytest.raises(SystemExit) as left:
        runpy.run_module("mxnet_today", run_name="__main__")
    assert left.value.code == 7
