import os
import platform
import signal
import subprocess
import sys

from d2l_helpers.utils import files
from d2l_helpers.utils.files import ROOT, atomic_write, check_writable

import pytest


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as partial:
        partial.write_text("new, but only half of")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "file"
    with atomic_write(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"


def test_the_folder_is_made_and_holds_the_file_alone(tmp_path):
    path = tmp_path / "new" / "folder" / "file"
    check_writable(path)
    assert list(path.parent.iterdir()) == []
    with atomic_write(path) as partial:
        partial.write_text("new")
    assert list(path.parent.iterdir()) == [path]


def test_the_look_whether_a_file_can_be_written_leaves_it_as_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    check_writable(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_refused_beforehand(tmp_path):
    (tmp_path / "no folder").write_text("a file")
    with pytest.raises(OSError, match="no folder"):
        check_writable(tmp_path / "no folder" / "file")
    with pytest.raises(OSError, match="name too long"):
        check_writable(tmp_path / ("long" * 100))


def test_the_content_is_on_the_disk_before_the_file_gets_its_name(tmp_path, monkeypatch):
    path, events = tmp_path / "file", []
    replace = os.replace

    def fsync(descriptor):
        events.append(("flushed", os.fstat(descriptor).st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", lambda *args: (events.append("named"), replace(*args)))
    with atomic_write(path) as partial:
        partial.write_text("complete")
    assert events == [("flushed", len("complete")), "named"]


# What killed processes leave behind

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from writing import atomic_write
with atomic_write(Path(sys.argv[2])) as partial:
    partial.write_text("half of")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write_again(path):
    with atomic_write(path) as partial:
        partial.touch()


@pytest.mark.parametrize("write", [check_writable, write_again])
@pytest.mark.parametrize("name", ["net.checkpoint", "a b [1].csv", "déjà vu"])
def test_what_a_killed_process_left_is_removed_when_the_file_is_written_again(
    name, write, tmp_path
):
    path = tmp_path / name
    command = [sys.executable, "-c", KILLED, ROOT / "tools", path]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.read_text() == "half of"
    write(path)
    assert not left.exists()


def test_what_a_process_of_this_machine_left_is_known_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "here")
    left = tmp_path / ".file.here-999999999.partial"
    left.touch()
    with atomic_write(tmp_path / "file") as partial:
        assert not left.exists()
        assert partial == tmp_path / f".file.here-{os.getpid()}.partial"
        partial.touch()


@pytest.mark.parametrize(
    "name",
    [
        f".file.{platform.node()}-{os.getppid()}.partial",  # its process runs
        f".file.{platform.node()}-1.partial",
        f".file.other-{platform.node()}-999999999.partial",  # of another machine
        f".other file.{platform.node()}-999999999.partial",
        f".file.{platform.node()}-99999999x.partial",
        f"file.{platform.node()}-999999999.partial",
        ".file.999999999.partial",
    ],
)
def test_what_may_still_be_written_is_kept(name, tmp_path):
    (tmp_path / name).write_text("half of")
    with atomic_write(tmp_path / "file") as partial:
        partial.write_text("new")
    assert (tmp_path / name).read_text() == "half of"


def test_the_tools_write_by_the_same_code_and_do_not_wait_for_mxnet():
    program = (
        "import sys, writing\n"
        "print(writing.atomic_write.__wrapped__.__code__.co_filename)\n"
        "assert not {'mxnet', 'd2l_helpers', 'numpy'} & sys.modules.keys()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "tools", stdout=subprocess.PIPE, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, files.__file__)


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path):
    (tmp_path / "disk").mkdir()
    file, link = tmp_path / "disk" / "file", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)
    with atomic_write(link) as partial:
        partial.write_text("new")
    assert link.is_symlink() and file.read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 2
