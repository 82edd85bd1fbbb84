"""The image that the Dockerfile makes, as far as it can be seen without building it."""

import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import image_contents

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COURSE = "./home/student/course/"
pytestmark = pytest.mark.once


def member(name, mode=0o644, uid=0, kind=tarfile.REGTYPE):
    found = tarfile.TarInfo(name)
    found.mode, found.uid, found.type = mode, uid, kind
    return found


def scan(*members):
    """Return the status and the output of the script for an image of these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as image:
        for one in members:
            image.addfile(one)
    script = [sys.executable, ROOT / "tools" / "image_contents.py"]
    done = subprocess.run(script, input=packed.getvalue(), capture_output=True)
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize(
    "found, fault",
    [
        (member("./usr/bin/su", 0o4755), "it runs with the rights of its owner or group"),
        (member("usr/bin/ssh-agent", 0o2755), "it runs with the rights of its owner or group"),
        (member("./etc/open", 0o666), "anybody may change it"),
        (member("./srv", 0o777, kind=tarfile.DIRTYPE), "anybody may change it"),
        (member(COURSE + "Makefile", uid=1000), "the student owns it"),
        (member(COURSE + "workshop", uid=1000), "the student owns it"),
        (member(COURSE + ".git/config"), "it is a repository"),
        (member(COURSE + ".pytest_cache/x"), "it is a cache"),
        (member("./root/.cache/pip/x"), "it is a cache of root's"),
        (member("./home/student/.netrc", uid=1000), "it is a secret"),
        (member("var/cache/apt/archives/make_4.deb"), "it is an archive of apt"),
    ],
)
def test_what_should_not_be_in_the_image_is_found(found, fault):
    assert image_contents.faults(found) == [fault]


@pytest.mark.parametrize(
    "found",
    [
        member("./tmp", 0o1777, kind=tarfile.DIRTYPE),
        member("usr/bin/awk", 0o777, kind=tarfile.SYMTYPE),
        member("./home/student", 0o755, 1000, tarfile.DIRTYPE),
        member("./home/student/.cache/matplotlib/x", uid=1000),
        member(COURSE + "work/lessons/00.ipynb", uid=1000),
        member(COURSE + "build", 0o755, 1000, tarfile.DIRTYPE),
        member(COURSE + ".venv/bin/python", 0o755),
        member(COURSE + ".gitignore"),
    ],
    ids=lambda found: found.name,
)
def test_what_belongs_in_the_image_is_passed_over(found):
    assert image_contents.faults(found) == []


def test_the_script_names_each_finding_and_fails():
    makefile = member(COURSE + "Makefile")
    assert scan(makefile) == (0, "1 files, 0 findings\n")
    status, output = scan(makefile, member("./usr/bin/su", 0o4755))
    assert status == 1
    assert output.startswith("/usr/bin/su: it runs with the rights of its owner")


def test_another_image_does_not_pass():
    status, output = scan(member("./etc/passwd"))
    assert status == 1
    assert "not the course's image" in output


def test_the_student_owns_three_folders_of_the_course_and_runs_it():
    assert "--chown" not in DOCKERFILE
    owned = re.findall(r"^.*install -d -o student -g student (.+)$", DOCKERFILE, re.MULTILINE)
    assert owned == ["work build data/weights"]
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1] == "student"
    for word in ("sudo", "chmod 777", "curl", "wget"):
        assert word not in DOCKERFILE


def test_no_program_keeps_the_rights_of_its_owner():
    stages = DOCKERFILE.split("\nFROM ")
    assert "find / -xdev -type f -perm /6000 -exec chmod a-s {} +" in stages[1]
    assert "apt-get" not in stages[-1]  # which could bring others


def test_the_repository_and_what_was_made_are_not_copied():
    left_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".git", ".venv", "build", "data/weights", "work", "**/__pycache__"} <= set(left_out)
    assert "docker export" in (ROOT / ".github" / "workflows" / "image.yml").read_text()
