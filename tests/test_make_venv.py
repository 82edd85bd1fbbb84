"""How the Python of the environment is found, and when nothing is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ["sh", "cat", "cksum", "cut", "dirname", "env", "grep", "head", "tr", "uname"]


@pytest.fixture
def machine(tmp_path):
    """A folder that is all of the PATH: the commands that the scripts use, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def add_python(folder, name, verdict, *, system="Linux x86_64", libraries=0):
    """Add a stand-in for a Python: it answers as a real one to what the scripts ask it."""
    if verdict.startswith("usable"):
        verdict += " $0"
    answers = f"""\
case "$*" in
*ensurepip*) echo "{verdict}" ;;
*platform.system*) echo '{system}' ;;
*libraries.py) echo 'MXNet needs libgomp.so.1' >&2; exit {libraries} ;;
*) echo "$0 $*" >&2; exit 70 ;;
esac"""
    script(folder / name, answers)


def add_shim(folder, name):
    script(folder / name, f"echo '{name}: command not found' >&2; exit 127")


def run(machine, tool, *arguments, python=None):
    environment = {"PATH": str(machine), **({"PYTHON": str(python)} if python else {})}
    command = [str(ROOT / "tools" / tool), *map(str, arguments)]
    return subprocess.run(command, env=environment, text=True, capture_output=True, timeout=60)


def found(machine, python=None):
    """Return (version, path below the machine's folder) of the Pythons that are found, in order."""
    lines = run(machine, "find-pythons", python=python).stdout.splitlines()
    pairs = (line.split(" ", 1) for line in lines)
    return [(version, os.path.relpath(path, machine)) for version, path in pairs]


def test_3_11_comes_first_and_then_the_newest(machine):
    for minor in range(8, 16):
        add_python(machine, f"python3.{minor}", f"usable 3.{minor}" if 9 <= minor <= 14 else "no")
    add_python(machine, "python3", "usable 3.12")
    assert found(machine) == [
        (version, f"python{version}") for version in ["3.11", "3.14", "3.13", "3.12", "3.10", "3.9"]
    ]


def test_a_python_that_has_no_version_in_its_name_is_found(machine):
    add_python(machine, "python3", "usable 3.13")
    add_python(machine, "python", "2.7.18")
    assert found(machine) == [("3.13", "python3")]


def test_a_python_that_does_not_start_is_passed_over(machine, tmp_path):
    add_shim(machine, "python3.13")
    add_shim(machine, "python3.11")
    add_python(machine, "python3.12", "usable 3.12")
    assert found(machine) == [("3.12", "python3.12")]
    assert "python3.11: does not start" in run(machine, "find-pythons").stderr


def test_a_version_of_pyenv_that_is_not_active_is_found(machine, tmp_path):
    root = tmp_path / "py env"
    pyenv = f'[ "$1" = root ] && echo "{root}" || printf "3.12.1\\n3.13.0\\n"'
    script(machine / "pyenv", pyenv)
    for version in ("3.12", "3.13"):
        add_shim(machine, f"python{version}")
    add_python(root / "versions" / "3.12.1" / "bin", "python", "usable 3.12")
    add_python(root / "versions" / "3.13.0" / "bin", "python3.13", "usable 3.13")
    paths = [("3.13", "3.13.0/bin/python3.13"), ("3.12", "3.12.1/bin/python")]
    expected = [(version, f"../py env/versions/{path}") for version, path in paths]
    assert found(machine) == expected
    assert found(machine, python="python3.13") == expected[:1]


def test_python_chooses_by_name_or_by_path(machine, tmp_path):
    add_python(machine, "python3.11", "usable 3.11")
    add_python(machine, "python3.9", "usable 3.9")
    add_python(tmp_path / "else where", "python", "usable 3.10")
    assert found(machine, python="python3.9") == [("3.9", "python3.9")]
    assert found(machine, python=tmp_path / "else where" / "python")[0][0] == "3.10"
    assert found(machine, python="python3.14") == []


def test_behind_an_active_environment_its_python_is_found(machine):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    expected = f"{version} {sys._base_executable}\n"
    assert run(machine, "find-pythons", python=sys.executable).stdout == expected


def make_venv(machine, lock="requirements.lock", python=None):
    """Run make-venv for a folder that must not be made, and return what it says."""
    venv = machine.parent / "venv"
    result = run(machine, "make-venv", lock, venv, python=python)
    assert result.returncode == 1
    assert not venv.exists()
    assert not result.stdout
    return result.stderr


@pytest.mark.parametrize("name", ["python3.8", "python3.15"])
def test_without_a_python_that_serves_it_names_the_ways_out(machine, name):
    add_python(machine, name, f"{name[6:]}.1")
    add_python(machine, "python3", f"{name[6:]}.1")
    said = make_venv(machine, python=name)
    assert "Python 3.9 to 3.14" in said
    assert f"{machine}/{name}: {name[6:]}.1\n" in said
    assert all(way in said for way in ("pyenv install", "conda env create", "uv python install"))


def test_without_any_python_it_says_so(machine):
    assert "none" in make_venv(machine)


@pytest.mark.parametrize(
    ("lock", "system", "reason"),
    [
        ("requirements.lock", "Darwin arm64", "no package of it for Darwin arm64"),
        ("requirements.lock", "Linux armv7l", "no package of it for Linux armv7l"),
        ("requirements-gpu.lock", "Linux aarch64", "for Linux x86-64 only, not for Linux aarch64"),
        ("requirements-gpu.lock", "Darwin x86_64", "for Linux x86-64 only"),
    ],
)
def test_where_there_is_no_mxnet_nothing_is_made(machine, lock, system, reason):
    add_python(machine, "python3", "usable 3.13", system=system)
    assert reason in make_venv(machine, lock)


def test_where_a_system_library_is_missing_nothing_is_made(machine):
    add_python(machine, "python3", "usable 3.13", libraries=1)
    assert make_venv(machine) == "MXNet needs libgomp.so.1\n"


def test_windows_is_refused(machine):
    (machine / "uname").unlink()
    script(machine / "uname", "echo MINGW64_NT-10.0")
    assert "Use WSL 2" in make_venv(machine)
