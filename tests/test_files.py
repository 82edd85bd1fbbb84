import contextlib
import errno
import os
import platform
import shutil
import signal
import stat
import subprocess
import sys

from d2l_helpers.utils import files
from d2l_helpers.utils.files import ROOT, CannotWrite, atomic_write, check_writable

import pytest

NOBODY = 65534


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


# What the system refuses


@contextlib.contextmanager
def as_a_person_without_rights(folder):
    """Take from this process the right to write to a folder."""
    folder.chmod(0o555)
    if os.geteuid() == 0:  # who may write everywhere
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        folder.chmod(0o755)


def vanish(folder):
    """Let a folder be gone when the content of its file is written."""
    (folder / "gone").mkdir()
    with atomic_write(folder / "gone" / "file") as partial:
        shutil.rmtree(folder / "gone")
        partial.write_text("new")


def vanish_later(folder):
    """Let a folder be gone when its file gets its name."""
    (folder / "gone").mkdir()
    with atomic_write(folder / "gone" / "file") as partial:
        partial.write_text("new")
        shutil.rmtree(folder / "gone")


def write_to(name):
    def write(folder):
        with atomic_write(folder / name) as partial:
            partial.write_text("new")

    return write


def write_without_rights(folder):
    with as_a_person_without_rights(folder):
        check_writable(folder / "file")


REFUSALS = {
    "folder gone": (vanish, "gone/file cannot be written: No such file .* is gone: make it again"),
    "gone later": (vanish_later, "gone/file cannot be written: No such file .* make it again"),
    "a folder": (write_to("folder"), "/folder cannot be written: Is a dir.* move the folder away"),
    "a file": (write_to("old/file"), "old/file cannot be written: .* name of one of its folders"),
    "a file above": (write_to("old/new/file"), "file cannot be written: .* one of its folders"),
    "long": (write_to("long" * 100), "cannot be written: File name too long. Give a shorter name"),
    "rights": (write_without_rights, "/file cannot be written: Permission denied. .* you may"),
}


@pytest.mark.parametrize(("write", "message"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_system_refuses_is_said_with_the_file_and_the_way_out(tmp_path, write, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old").write_text("old")
    with pytest.raises(CannotWrite, match=message) as raised:
        write(tmp_path)
    assert raised.value.errno is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "old"]
    assert (tmp_path / "old").read_text() == "old"


def test_a_folder_is_refused_before_anything_is_computed(tmp_path):
    with pytest.raises(CannotWrite, match="A folder has this name"):
        check_writable(tmp_path)


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file", "another"), OSError("no number"), OSError()]
)
def test_an_error_of_another_file_stays_as_it_is(tmp_path, error):
    with pytest.raises(OSError) as raised, atomic_write(tmp_path / "file"):
        raise error
    assert raised.value is error


def test_a_reason_without_a_way_out_of_its_own_is_told(tmp_path):
    match = r"file cannot be written: broken\. Give another place\."
    with pytest.raises(CannotWrite, match=match), atomic_write(tmp_path / "file"):
        raise OSError(errno.EIO, "broken")


def test_a_folder_that_cannot_be_flushed_is_no_error(tmp_path, monkeypatch):
    fsync = os.fsync

    def refuse_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not for folders")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_to("file")(tmp_path)
    assert (tmp_path / "file").read_text() == "new"


def test_the_content_is_on_the_disk_before_the_file_gets_its_name(tmp_path, monkeypatch):
    path, events = tmp_path / "file", []
    replace = os.replace

    def fsync(descriptor):
        events.append(("flushed", os.fstat(descriptor).st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", lambda *args: (events.append("named"), replace(*args)))
    with atomic_write(path) as partial:
        partial.write_text("complete")
    folder = ("flushed", os.stat(tmp_path).st_size)
    assert events == [("flushed", len("complete")), "named", folder]


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
