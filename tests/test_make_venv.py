"""How the Python of the environment is found, and what is installed, when, and how often."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ["sh", "cat", "cksum", "cut", "dirname", "env", "grep", "head", "tr", "uname"]
TOOLS += ["cp", "mkdir", "rm"]


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


def run(machine, tool, *arguments, python=None, root=ROOT):
    environment = {"PATH": str(machine), **({"PYTHON": str(python)} if python else {})}
    command = [str(root / "tools" / tool), *map(str, arguments)]
    return subprocess.run(command, env=environment, text=True, capture_output=True)


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
    """Run make-venv for a folder that must not be made, and return what it prints."""
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
    printed = make_venv(machine, python=name)
    assert "Python 3.9 to 3.14" in printed
    assert f"{machine}/{name}: {name[6:]}.1\n" in printed
    assert all(way in printed for way in ("pyenv install", "conda env create", "uv python install"))


def test_without_any_python_that_is_reported(machine):
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


# Installing, with a stand-in for Python that notes in a log what it is asked to do.

# The steps of an installation, by a word of each.
STEPS = ["uninstall", "--require-hashes", "--editable", "compileall", "link"]
CREATE = "-m venv .venv"
OFFLINE = "ERROR: Could not find a version that satisfies the requirement mxnet==1.9.1"


class Project:
    """A copy of what make-venv reads, on a machine with one Python."""

    def __init__(self, machine, folder):
        self.machine, self.folder = machine, folder
        self.log, self.trouble = machine.parent / "log", machine.parent / "trouble"
        (folder / "tools").mkdir(parents=True)
        for name in (
            "tools/make-venv",
            "tools/find-pythons",
            "pyproject.toml",
            "requirements.lock",
        ):
            shutil.copy(ROOT / name, folder / name)
        answers = f"""\
case "$*" in
*ensurepip*) echo "usable 3.11 $0"; exit ;;
*platform.system*) echo 'Linux x86_64'; exit ;;
-c*|*libraries.py) exit ;;
esac
echo "$*" >> '{self.log}'
case "$*" in
"-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
esac
[ -e '{self.trouble}' ] && . '{self.trouble}'
exit 0"""
        script(machine / "python3", answers)

    def fail(self, step, how):
        """From now on a step fails: `how` is what the shell does in its place."""
        self.trouble.write_text(f'case "$*" in *"{step}"*) {how} ;; esac\n')

    def make(self):
        """Run make-venv; return what it did, a line each, and the finished process."""
        self.log.write_text("")
        done = run(self.machine, "make-venv", root=self.folder)
        return self.log.read_text().splitlines(), done

    def change_lock(self, text):
        lock = self.folder / "requirements.lock"
        before = lock.read_text()
        lock.write_text(text)
        return before


@pytest.fixture
def project(machine, tmp_path):
    return Project(machine, tmp_path / "the course")


def assert_installs(did, *, anew):
    """All steps are done in order; `anew` is whether in a new environment."""
    assert (did[0] == CREATE) == anew
    steps = did[1:] if anew else did
    assert len(steps) == len(STEPS)
    assert all(word in step for word, step in zip(STEPS, steps))


def test_it_installs_once_and_then_does_and_prints_nothing(project):
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)
    assert "Creating .venv with " in done.stdout
    project.fail("pip", "exit 1")  # as without a network
    did, done = project.make()
    assert (did, done.returncode, done.stdout, done.stderr) == ([], 0, "", "")


def test_a_package_with_a_file_that_cannot_be_compiled_is_installed_all_the_same(project):
    project.fail("compileall", "exit 1")
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)


@pytest.mark.skipif(shutil.which("flock") is None, reason="needs flock")
def test_of_two_installations_at_once_the_second_waits_and_finds_it_done(project, tmp_path):
    (project.machine / "flock").symlink_to(shutil.which("flock"))
    (project.machine / "sleep").symlink_to(shutil.which("sleep"))
    goes_on, log = tmp_path / "goes on", project.log
    project.fail("compileall", f"until [ -e '{goes_on}' ]; do sleep 0.05; done")
    command, environment = project.folder / "tools" / "make-venv", {"PATH": str(project.machine)}
    pipe = subprocess.PIPE
    with subprocess.Popen([command], env=environment, stdout=pipe, text=True) as first:
        while not (log.exists() and "compileall" in log.read_text()):
            assert first.poll() is None
        with subprocess.Popen([command], env=environment, stdout=pipe, text=True) as second:
            said = second.stdout.readline()
            goes_on.touch()
            said += second.communicate()[0]
        first.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert said == "Another process installs into .venv: waiting for it\n"
    assert_installs(log.read_text().splitlines(), anew=True)


def test_a_changed_lock_is_installed_into_the_same_environment(project):
    project.make()
    project.change_lock("another==1\n")
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=False)


@pytest.mark.parametrize("how", ["exit 1", "kill -9 $PPID"], ids=["fails", "is killed"])
@pytest.mark.parametrize("step", ["-m venv", *STEPS[:3], STEPS[-1]])
def test_an_interrupted_installation_never_passes_for_a_finished_one(project, step, how):
    project.fail(step, how)
    did, done = project.make()
    assert done.returncode != 0
    assert step in did[-1]
    project.trouble.unlink()
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)


def test_an_interrupted_update_does_not_pass_for_the_old_environment(project):
    project.make()
    before = project.change_lock("another==1\n")
    project.fail("--require-hashes", "kill -9 $PPID")
    assert project.make()[1].returncode != 0
    project.trouble.unlink()
    project.change_lock(before)
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)


def test_a_folder_that_was_moved_gets_a_new_environment(project):
    project.make()
    project.folder = project.folder.rename(project.folder.with_name("moved"))
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)


def test_an_environment_whose_python_is_gone_is_made_anew(project):
    project.make()
    add_shim(project.folder / ".venv" / "bin", "python")
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)


def test_without_a_network_pip_prints_why_and_the_next_try_finishes(project):
    project.fail("--require-hashes", f"echo '{OFFLINE}' >&2; exit 1")
    _, done = project.make()
    assert done.returncode == 1
    assert done.stderr == f"{OFFLINE}\n"
    assert not (project.folder / ".venv" / "installed").exists()
    project.trouble.unlink()
    did, done = project.make()
    assert done.returncode == 0
    assert_installs(did, anew=True)
