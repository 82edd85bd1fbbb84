"""Two processes at one place: the second one is told so, and spoils nothing."""

import errno
import fcntl
import os
import signal
import subprocess
import sys

import d2l_helpers as dh
import editions
import lessons
import ranges
import release
import working_copies
from d2l_helpers.export.environments import Environment, OwnEnvironmentError
from d2l_helpers.utils.files import ROOT
from d2l_helpers.utils.locks import InUse, locked

import make_book
import pytest
from mxnet import npx
from small import bar_images, parameters, small_net

# Tells when it has the lock, and keeps it until it is told to end.
HOLDER = """
import sys
sys.path.insert(0, "tools")
from writing import making
with making(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another process that has the lock of a path."""

    def __init__(self, path, program=HOLDER):
        command = [sys.executable, "-c", program, path]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout.readline() == "locked\n"

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        self.process.communicate()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_second_process_is_told_which_one_has_the_place(tmp_path):
    path = tmp_path / "new" / "file"
    with Holder(path) as process:
        message = rf"new/file is in use by process {process.pid} on .*\. Wait until that has ended"
        with pytest.raises(InUse, match=message), locked(path):
            pass
        with locked(path.with_name("another")):
            pass
    with locked(path):
        assert names(path.parent) == [".file.lock"]
    assert names(path.parent) == []


def test_a_lock_ends_with_a_process_that_is_killed_and_what_it_left_is_removed(tmp_path):
    path = tmp_path / "file"
    with Holder(path) as process:
        process.kill()
        process.wait()
        assert names(tmp_path) == [".file.lock"]
        with locked(path):
            pass
    assert names(tmp_path) == []


def test_a_lock_ends_with_its_process_though_that_has_started_others(tmp_path):
    path = tmp_path / "file"
    program = HOLDER.replace("    sys.stdin", "    import os\n    os.fork()\n    sys.stdin")
    with Holder(path, program) as process:
        process.kill()
        process.wait()
        with locked(path):
            pass


def test_a_link_and_its_file_are_one_place(tmp_path):
    (tmp_path / "disk").mkdir()
    file, link = tmp_path / "disk" / "file", tmp_path / "link"
    link.symlink_to(file)
    with Holder(file), pytest.raises(InUse, match="link is in use"), locked(link):
        pass


def test_a_lock_that_was_removed_meanwhile_is_not_taken_for_one(tmp_path, monkeypatch):
    path, opened = tmp_path / "file", []
    system_open = os.open

    def open_and_lose(file, *args):
        descriptor = system_open(file, *args)
        if not opened:
            os.unlink(file)  # as its owner does, between our two steps
        opened.append(file)
        return descriptor

    monkeypatch.setattr(os, "open", open_and_lose)
    with locked(path):
        assert len(opened) == 2
        assert names(tmp_path) == [".file.lock"]


def test_what_went_wrong_is_told_though_the_folder_of_the_lock_is_gone(tmp_path):
    folder = tmp_path / "folder"
    with pytest.raises(ZeroDivisionError), locked(folder / "file"):
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("a file")
        raise ZeroDivisionError


@pytest.mark.parametrize("number", ["ENOLCK", "EOPNOTSUPP"])
def test_where_there_are_no_locks_everything_goes_on_without(tmp_path, monkeypatch, number):
    def refuse(*_):
        raise OSError(getattr(errno, number), "no locks here")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    done = []
    with locked(tmp_path / "file"):
        done.append(1)
    assert done == [1]


# What is locked


def train(path, num_epochs=1):
    loader, test_iter = dh.BatchLoader(*bar_images(40), 32), dh.BatchLoader(*bar_images(5), 32)
    net = small_net()
    dh.train_ch6(net, loader, test_iter, num_epochs, 0.1, npx.cpu(), seed=1, checkpoint=path)
    return net


def test_two_training_runs_do_not_share_a_checkpoint(tmp_path):
    path = tmp_path / "net.checkpoint"
    with Holder(path) as process:
        message = f"net.checkpoint is in use by process {process.pid} .* Or give another file name"
        with pytest.raises(dh.CheckpointError, match=message):
            train(path)
        assert names(tmp_path) == [".net.checkpoint.lock"]


def test_a_finished_run_is_loaded_while_another_process_trains_on(tmp_path):
    path = tmp_path / "net.checkpoint"
    net = train(path)
    with Holder(path):
        again = train(path)
        with pytest.raises(dh.CheckpointError, match="in use"):
            train(path, num_epochs=2)
    assert all(map((lambda a, b: (a == b).all()), parameters(net), parameters(again)))


@pytest.mark.once
@pytest.mark.parametrize(
    ("tool", "folder", "words", "place"),
    [
        (lessons, "BUILD", ["run", "00", "01"], "01_fashion_mnist.ipynb"),
        (editions, "BUILD", ["student"], "student"),
        (make_book, "BUILD", ["book"], "book"),
        (release, "BUILD", ["pack"], "release"),
        (working_copies, "ROOT", ["WORK"], "lessons"),
        (ranges, "RANGES", ["06"], ""),
    ],
)
def test_two_tools_do_not_make_the_same(tool, folder, words, place, tmp_path, monkeypatch):
    build = tmp_path / "build"
    monkeypatch.setattr(tool, folder, build)
    words = [str(build) if word == "WORK" else word for word in words]
    monkeypatch.setattr(sys, "argv", ["tool", *words])
    monkeypatch.setattr(ranges, "measure", lambda _: pytest.fail("it measures"))  # for minutes
    with Holder(build / place) as process, pytest.raises(SystemExit) as end:
        tool.main()
    assert f"{build / place} is in use by process {process.pid} on " in str(end.value)
    assert all(path.suffix == ".lock" for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.once
def test_two_environments_of_one_folder_are_not_made_at_once(tmp_path):
    requirements = tmp_path / "requirements.lock"
    requirements.touch()
    environment = Environment("Something", tmp_path / "venv", requirements, "make something")
    with Holder(tmp_path / "venv"), pytest.raises(OwnEnvironmentError, match="venv is in use by"):
        environment.install()


def test_ctrl_c_gives_the_lock_back(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "file"):
        signal.raise_signal(signal.SIGINT)
    assert names(tmp_path) == []
