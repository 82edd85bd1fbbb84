"""The requirements, the lock files made from them, and the environment made from those."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
CLASSIC, MODERN = ["3.9", "3.10", "3.11"], ["3.12", "3.13", "3.14"]
SYSTEMS = [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64")]
NAMES = ["requirements", "requirements-gpu"]
# The environments beside the course's, each with the Pythons that its packages are there for.
OTHERS = {
    "requirements-onnx": CLASSIC + MODERN,
    "requirements-nbgrader": CLASSIC + MODERN,
    "requirements-bench": CLASSIC[1:] + MODERN,
    "requirements-book": CLASSIC[2:] + MODERN,
    "requirements-tools": CLASSIC[2:] + MODERN,
}
# pip and npm as commands, in a shell or as the words of a list in Python, with continued lines.
INSTALLS = re.compile(r"\b(?:pip|npm)\b[\"', ]+(?:install|ci|i|add)\b(?:\\\n|[^\n])*")

# What `pip check` says where MXNet and d2l stand beside today's packages, less what is installed.
COMPLAINTS = """\
d2l 1.0.3 has requirement matplotlib-inline==0.1.6
d2l 1.0.3 has requirement matplotlib==3.7.2
d2l 1.0.3 has requirement numpy==1.23.5
d2l 1.0.3 has requirement pandas==2.0.3
d2l 1.0.3 has requirement requests==2.31.0
d2l 1.0.3 has requirement scipy==1.10.1
d2l 1.0.3 requires jupyter, which is not installed.
mxnet 1.9.1 has requirement numpy<2.0.0,>1.16.0
"""


def pinned(file, python, system=SYSTEMS[0]):
    """Return {package: version} of a requirements or lock file on one Python and system."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "platform_system": system[0],
        "platform_machine": system[1],
        "sys_platform": system[0].lower(),
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins = {}
    for line in (ROOT / file).read_text().splitlines():
        text = line.split("#")[0].rstrip(" \\")
        if not text or text.startswith((" ", "-e ")):
            continue
        requirement = Requirement(text)
        if not requirement.marker or requirement.marker.evaluate(environment):
            assert requirement.name not in pins
            (specifier,) = requirement.specifier
            assert specifier.operator == "=="
            pins[requirement.name] = specifier.version
    return pins


def here():
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def gpu():
    """Say whether the CUDA build of MXNet is installed here."""
    try:
        return bool(metadata.version("mxnet-cu112"))
    except metadata.PackageNotFoundError:
        return False


@pytest.mark.once
@pytest.mark.parametrize("python", CLASSIC + MODERN)
def test_the_requirements_for_a_gpu_differ_in_mxnet_and_its_libraries_alone(python):
    cpu, gpu = pinned("requirements.txt", python), pinned("requirements-gpu.txt", python)
    assert gpu.pop("mxnet-cu112") == cpu.pop("mxnet") == "1.9.1"
    assert {name: v for name, v in gpu.items() if not name.startswith("nvidia-")} == cpu


@pytest.mark.once
@pytest.mark.parametrize("system", SYSTEMS, ids="-".join)
@pytest.mark.parametrize("python", CLASSIC + MODERN)
@pytest.mark.parametrize("name", NAMES)
def test_the_lock_file_holds_the_required_versions(name, python, system):
    required = pinned(f"{name}.txt", python, system)
    locked = pinned(f"{name}.lock", python, system)
    assert {package: locked.get(package) for package in required} == required


@pytest.mark.once
@pytest.mark.parametrize("name", OTHERS)
def test_a_lock_file_of_another_environment_holds_the_required_versions(name):
    for python in OTHERS[name]:
        required, locked = pinned(f"{name}.txt", python), pinned(f"{name}.lock", python)
        assert required
        assert {package: locked.get(package) for package in required} == required, python


@pytest.mark.once
def test_all_requirements_have_a_lock_file_that_make_lock_makes():
    assert {path.stem for path in ROOT.glob("requirements*.txt")} == {*NAMES, *OTHERS}
    assert {path.stem for path in ROOT.glob("requirements*.lock")} == {*NAMES, *OTHERS}
    makefile = (ROOT / "Makefile").read_text()
    made = re.search(r"^lock: tools\n((?:\t.+\n)+)", makefile, re.MULTILINE)[1]
    names = {f"requirements-{name}" for name in re.findall(r"\b([a-z]+):3\.\d+", made)}
    assert names == set(OTHERS)


def installations():
    """Yield the path of each file that may install packages, and each of its commands for that."""
    folders = ["tools", "d2l_helpers", "mxnet_today", "book", ".github", ".devcontainer"]
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in [ROOT / "Makefile", ROOT / "Dockerfile", *paths]:
        if not {"node_modules", "__pycache__"} & set(path.parts):
            for command in INSTALLS.findall(path.read_text(encoding="utf-8", errors="replace")):
                yield path, command


@pytest.mark.once
def test_nothing_is_installed_but_from_a_lock_file():
    seen = []
    for path, command in installations():
        seen.append(path.name)
        if command.startswith("npm"):
            assert re.match(r"npm[\"', ]+ci\b", command), (path, command)
            assert "--ignore-scripts" in command, (path, command)
        elif "--require-hashes" not in command:
            # Advice in messages, the course's own packages, and Environment.install, whose test
            # is in test_weights.py.
            is_advice = "`" in command or "mxnet_today" in path.parts
            is_ours = "--no-deps --no-build-isolation --editable ." in command
            is_environment = path.name == "environments.py"
            assert is_advice or is_ours or is_environment, (path, command)
    assert {"Makefile", "make-venv", "npm.py", "environments.py"} <= set(seen)


# Python 3.9 is not among them: what has a fix is often no longer there for it.
@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pythons", [CLASSIC[1:], MODERN], ids=["classic", "modern"])
def test_the_pythons_of_a_stack_have_the_same_versions(name, pythons):
    versions = {pin for python in pythons for pin in pinned(f"{name}.lock", python).items()}
    assert len(versions) == len(dict(versions))


@pytest.mark.once
@pytest.mark.parametrize("name", [*NAMES, *OTHERS])
def test_the_lock_file_holds_pins_with_hashes_and_no_address(name):
    text = (ROOT / f"{name}.lock").read_text()
    pin = r"[\w.-]+(?:\[\w+(?:-\w+)*\])?==[\w.]+(?: ; [^\\#]+)?"
    entries = rf"(?:{pin}(?: \\\n +--hash=sha256:[0-9a-f]{{64}})+\n|(?: +)?#.*\n|\n)+"
    assert re.fullmatch(entries, text)
    assert "://" not in text


def test_this_environment_is_that_of_the_lock_file():
    locked = pinned("requirements-gpu.lock" if gpu() else "requirements.lock", here())
    assert {name: metadata.version(name) for name in locked} == locked


def test_pip_complains_about_nothing_but_what_mxnet_and_d2l_forbid():
    check = subprocess.run([sys.executable, "-m", "pip", "check"], text=True, capture_output=True)
    lines = [line.split(", but you have")[0] for line in check.stdout.splitlines()]
    if here() in CLASSIC:
        assert lines == ["No broken requirements found."]
    else:
        complaints = COMPLAINTS.replace("mxnet ", "mxnet-cu112 ") if gpu() else COMPLAINTS
        assert sorted(lines) == complaints.splitlines()


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_the_requirements_bring_the_course_s_own_packages_and_the_lock_file_does_not(name):
    # pip refuses a folder in a file with hashes; make installs it after the others.
    assert re.search(r"^-e \.(?: |$)", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)
    assert not re.search(r"^(?:-e|d2l-helpers)", (ROOT / f"{name}.lock").read_text(), re.MULTILINE)
