"""On a full disk the course says what to do, and loses nothing that was there or was learned."""

import json
import os
import subprocess
import sys

from d2l_helpers.utils.files import ROOT

import pytest

MOUNTED = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh"]
FULL = "No space left on device. Make room on its disk, or give a place on another one."


def can_mount(folder):
    """Return whether a disk of its own can be had here, which only its process sees."""
    try:
        done = subprocess.run([*NAMESPACE, folder, "true"], capture_output=True)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@pytest.fixture(scope="module")
def on_a_full_disk(tmp_path_factory):
    """What tests/full_disk.py found."""
    disk = tmp_path_factory.mktemp("disk")
    if not can_mount(disk):
        pytest.skip("needs Linux and the right to mount in a namespace of its own")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tools")])
    done = subprocess.run(
        [*NAMESPACE, disk, sys.executable, ROOT / "tests" / "full_disk.py", disk],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return disk, json.loads(done.stdout)


def test_a_training_run_ends_with_its_history_and_the_old_checkpoint_is_whole(on_a_full_disk):
    disk, found = on_a_full_disk
    text = f"{disk}/net.checkpoint cannot be written: {FULL} The training run ends here."
    assert found["error"]["kind"] == "NotSaved"
    assert found["error"]["text"].startswith(text)
    assert "the same call resumes from it" in found["error"]["text"]
    assert found["epochs"] == [1, 2, 3]
    assert found["old file is whole"]
    assert found["what was learned is kept"]
    assert found["resumed as if undisturbed"]


def test_nothing_is_resumed_where_no_epoch_was_saved(on_a_full_disk):
    disk, found = on_a_full_disk
    text = found["first epoch"]["text"]
    assert text.startswith(f"{disk}/other.checkpoint cannot be written: {FULL}")
    assert "resume" not in text


@pytest.mark.parametrize(
    ("what", "name"),
    [("weights", "net.safetensors"), ("results", "results/a.csv"), ("lesson", "00_small.ipynb")],
)
def test_other_files_are_named_with_the_reason_and_the_way_out(on_a_full_disk, what, name):
    disk, found = on_a_full_disk
    text = f"{disk}/{name} cannot be written: {FULL}"
    assert found[what]["text"] == text


def test_the_old_table_is_whole_and_nothing_is_left_beside(on_a_full_disk):
    _, found = on_a_full_disk
    assert found["old table is whole"]
    assert found["names"] == ["filler", "net.checkpoint"]
