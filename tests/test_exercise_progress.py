"""`dh.progress`, and progress.jsonl, which keeps the exercises that are solved."""

import datetime
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import d2l_helpers as dh
from d2l_helpers.exercises import check, progress
from d2l_helpers.utils.files import DataFileError

import pytest
from stored_lessons import EXERCISES, ROOT, load_tool, read, tasks

CHECKED = {"salt": "salt", "hints": [], "answers": {"n": {"kind": "number", "hash": "01234567"}}}
FOR_A_PERSON = {"salt": "salt", "hints": []}
ENTRIES = {
    "04.1": CHECKED,
    "05.1": CHECKED,
    "05.2": CHECKED,
    "05.3": FOR_A_PERSON,
    "05.4": CHECKED,
    "clinic.1": CHECKED,
}

NOT_NOTED = (
    "The answer is right, but progress.jsonl in the folder above this notebook's cannot hold it: "
    "{}. See what is in that place and whether it can be written to, and check the answer again."
)


@pytest.fixture
def known(monkeypatch):
    """Three small lessons, in which 05.3 is for a person."""
    monkeypatch.setattr(progress, "entries", lambda: ENTRIES)
    monkeypatch.setattr(progress, "variants", lambda: ["05.1", "05.2", "05.4"])


@pytest.fixture
def work(tmp_path, monkeypatch):
    """The folder of some working copies; the current folder is that of the exercises."""
    monkeypatch.setattr(progress, "_printed", set())
    for name in ("lessons", "exercises"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".copies.json").write_text("{}")
    monkeypatch.chdir(tmp_path / "exercises")
    return tmp_path


@pytest.fixture
def printed(capsys):
    """Return a function that returns what was printed since the last call, in one line."""
    return lambda: " ".join(capsys.readouterr().out.split())


@pytest.fixture
def path(work):
    return work / "progress.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def noted(path):
    return [(line["exercise"], line.get("variant")) for line in lines(path)]


# What is written


def test_a_line_holds_the_exercise_and_when_it_was_solved(path):
    before = datetime.datetime.now().astimezone().replace(microsecond=0)
    progress.record("05.1")
    (line,) = lines(path)
    assert line.keys() == {"exercise", "time"} and line["exercise"] == "05.1"
    time = datetime.datetime.fromisoformat(line["time"])
    assert time.tzinfo is not None
    assert before <= time <= datetime.datetime.now().astimezone()
    assert path.read_bytes().endswith(b"}\n")


def test_check_notes_right_answers_only(path, monkeypatch, printed):
    monkeypatch.setattr(check, "mistake", lambda *args, **options: "another number")
    dh.check("05.1", 1)
    assert not path.exists()
    monkeypatch.setattr(check, "mistake", lambda *args, **options: None)
    dh.check("05.1", 2)
    dh.check("05.1", 3, variant=7)
    assert noted(path) == [("05.1", None), ("05.1", 7)]
    path.unlink()
    path.mkdir()
    dh.check("05.1", 2)
    assert printed() == (
        "05.1: another number 05.1: right 05.1, variant 7: right 05.1: right "
        + NOT_NOTED.format("it is a folder, not a file")
    )


def test_a_line_is_on_the_disk_before_the_file_is_closed(path, monkeypatch):
    events = []
    close = os.close

    def fsync(descriptor):
        events.append(("flushed", os.fstat(descriptor).st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "close", lambda *args: (events.append("closed"), close(*args)))
    progress.record("05.1")
    assert events == [("flushed", path.stat().st_size), "closed"]


def test_an_exercise_and_its_variants_are_noted_once_each(path):
    for variant in (None, 7, None, 0, 7, 8, 0):
        progress.record("05.1", variant=variant)
    progress.record("05.2")
    assert noted(path) == [("05.1", v) for v in (None, 7, 0, 8)] + [("05.2", None)]


def test_lessons_and_exercises_share_one_file(path, work, monkeypatch):
    progress.record("05.1")
    monkeypatch.chdir(work / "lessons")
    progress.record("05.1")
    progress.record("05.2")
    assert noted(path) == [("05.1", None), ("05.2", None)]
    assert sorted(p.name for p in work.iterdir()) == ["exercises", "lessons", "progress.jsonl"]


def test_a_file_that_is_deleted_in_between_begins_anew(path):
    progress.record("05.1")
    path.unlink()
    progress.record("05.2")
    progress.record("05.1")
    assert noted(path) == [("05.2", None), ("05.1", None)]


def test_outside_of_working_copies_nothing_is_written(tmp_path, monkeypatch, printed):
    (tmp_path / "exercises").mkdir()
    monkeypatch.chdir(tmp_path / "exercises")
    progress.record("05.1")
    assert [p.name for p in tmp_path.rglob("*")] == ["exercises"]
    assert printed() == ""


@pytest.mark.parametrize("folder", ["notebooks", "exercises", "."])
def test_in_the_checkout_nothing_is_written(folder, monkeypatch):
    monkeypatch.chdir(ROOT / folder)
    written = []
    monkeypatch.setattr(progress, "_append", written.append)
    progress.record("05.1")
    assert not written and not Path("..", "progress.jsonl").exists()


def test_the_tool_behind_make_lab_marks_its_folders_with_this_file():
    assert str(progress.COPIES) == load_tool("working_copies").RECORD


def test_a_line_that_another_kernel_appends_at_the_same_moment_stays(path, monkeypatch):
    progress.record("05.1")
    write = os.write

    def write_after_another(descriptor, content):
        with open(path, "ab") as file:
            file.write(b'{"exercise": "05.4", "time": "2026-11-30T12:00:00+01:00"}\n')
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", write_after_another)
    progress.record("05.2")
    assert [exercise for exercise, _ in noted(path)] == ["05.1", "05.4", "05.2"]


RECORD_MANY = """
import sys
from d2l_helpers.exercises.progress import record
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    record(f"{sys.argv[1]}.{number}")
"""


def test_two_processes_at_once_lose_nothing(path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD_MANY, name],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["", ""]
    names = [name for name, _ in noted(path)]
    assert sorted(names) == sorted(f"{name}.{n}" for name in ("a", "b") for n in range(200))


# Files that are damaged or out of reach

DAMAGED = [
    b'{"exercise": "05.2", "ti',
    b"\xff\xfe\x00",
    b"[]",
    b"[" * 200_000,
    b"7",
    b'{"time": "2026-11-30T12:00:00+01:00"}',
    b'{"exercise": ["05.2"], "time": "2026-11-30T12:00:00+01:00"}',
    b'{"exercise": "05.2", "time": "yesterday"}',
    b'{"exercise": "05.2", "time": 7}',
]


@pytest.mark.parametrize("damaged", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_line_is_skipped_named_and_never_deleted(known, path, printed, damaged):
    progress.record("05.1")
    before = path.read_bytes() + b"\n" + damaged + b"\n"
    path.write_bytes(before)
    progress.record("05.1")
    assert path.read_bytes() == before
    progress.record("05.4")
    assert path.read_bytes().startswith(before)
    assert printed() == ""
    table = dh.progress("05")
    assert list(table.index[table["right since"] != ""]) == ["05.1", "05.4"]
    assert printed() == (
        "progress.jsonl in the folder above this notebook's has damaged lines, which do not "
        "count: 3. Repair or delete them (in JupyterLab: a right click on the file, Open With, "
        "Editor), and check again what is missing in the table."
    )


def test_a_line_that_was_cut_off_does_not_swallow_the_next_one(known, path):
    path.write_bytes(DAMAGED[0])
    progress.record("05.2")
    cut_off, whole = path.read_bytes().splitlines()
    assert cut_off == DAMAGED[0] and json.loads(whole)["exercise"] == "05.2"


def test_the_first_line_of_an_exercise_counts(known, path):
    days = ["2026-11-30", "2026-12-01"]
    path.write_text("".join(f'{{"exercise": "05.1", "time": "{d}T23:59:00Z"}}\n' for d in days))
    assert dh.progress("05")["right since"].iloc[0] == "2026-11-30"


def test_a_file_that_cannot_be_written_is_reported_once_and_is_no_error(path, printed):
    path.mkdir()
    progress.record("05.1")
    progress.record("05.2")
    assert printed() == NOT_NOTED.format("it is a folder, not a file")
    path.rmdir()
    progress.record("05.1")
    assert noted(path) == [("05.1", None)] and printed() == ""


def test_a_read_only_folder_is_no_error(path, printed):
    path.parent.chmod(0o555)
    try:
        if os.access(path.parent, os.W_OK):
            pytest.skip("root can write everywhere")
        progress.record("05.1")
    finally:
        path.parent.chmod(0o755)
    assert printed() == NOT_NOTED.format("Permission denied")
    assert not path.exists()


def test_a_disk_that_is_full_in_the_middle_of_a_line_is_no_error(path, printed):
    progress.record("05.1")
    before = path.read_bytes()
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
    try:
        progress.record("05.2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert printed() == NOT_NOTED.format("No space left on device")
    assert path.read_bytes().startswith(before)
    progress.record("05.2")
    first, _, last = path.read_bytes().splitlines()
    assert [json.loads(line)["exercise"] for line in (first, last)] == ["05.1", "05.2"]


def test_progress_says_that_a_file_cannot_be_read(path):
    path.mkdir()
    with pytest.raises(DataFileError, match=r"cannot be read: it is a folder, not a file\. Make"):
        dh.progress()


# The tables


def test_there_is_a_row_for_each_lesson(known, path):
    progress.record("05.2")
    progress.record("05.1", variant=3)
    progress.record("04.1")
    progress.record("99.1")  # of another edition of the course
    table = dh.progress()
    assert list(table) == ["checked by dh.check", "right", "open", "read by a person"]
    assert list(table.index) == ["04", "05", "clinic"] and table.index.name == "lesson"
    assert table.to_numpy().tolist() == [[1, 1, "", ""], [3, 1, "1, 4", "3"], [1, 0, "1", ""]]


def test_with_a_lesson_there_is_a_row_for_each_exercise(known, path):
    today = datetime.datetime.now().date().isoformat()
    for variant in (None, 7, 8):
        progress.record("05.2", variant=variant)
    progress.record("05.4", variant=0)
    table = dh.progress("05")
    assert list(table) == ["checked by", "right since", "variants right"]
    assert list(table.index) == ["05.1", "05.2", "05.3", "05.4"]
    assert table.to_numpy().tolist() == [
        ["dh.check", "", 0],
        ["dh.check", lines(path)[0]["time"][:10], 2],
        ["a person", "", ""],
        ["dh.check", "", 1],
    ]
    assert table["right since"].iloc[1] >= today


def test_without_working_copies_it_says_what_to_do(known, tmp_path, monkeypatch, printed):
    progress_of_others = tmp_path / "progress.jsonl"
    progress_of_others.write_text('{"exercise": "05.1", "time": "2026-11-30T12:00:00+01:00"}\n')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert list(dh.progress()["right"]) == [0, 0, 0]
    assert printed() == (
        "Your progress is kept in working copies only, and this notebook does not run in their "
        "folder. Type `make lab` in a terminal, and work in the copies that it opens. If you are "
        "in one and have changed the folder, with `%cd` or `os.chdir`, restart the kernel."
    )


def test_in_working_copies_nothing_is_printed(known, work, printed):
    assert list(dh.progress()["right"]) == [0, 0, 0]
    assert printed() == ""


@pytest.mark.parametrize("lesson", ["4", 4, "05.1", ""])
def test_an_unknown_lesson_is_reported_with_those_that_there_are(known, work, lesson):
    with pytest.raises(ValueError, match="Write one of these, as text, in quotes: 04, 05, clinic"):
        dh.progress(lesson)


def test_each_stored_exercise_is_listed_once_as_checked_or_for_a_person(work):
    stored = [c.metadata["exercise"] for p in EXERCISES for c in tasks(read(p))]
    table = dh.progress()
    assert list(table.index) == [p.stem.split("_")[0] for p in EXERCISES]
    for lesson, row in table.iterrows():
        of_lesson = [e for e in stored if e["id"].split(".")[0] == lesson]
        numbers = {e["id"].split(".")[1]: e["kind"] for e in of_lesson}
        by_person = [number for number, kind in numbers.items() if kind == "explain"]
        assert row["read by a person"] == ", ".join(by_person)
        assert row["open"] == ", ".join(n for n in numbers if n not in by_person)
        assert row["checked by dh.check"] == len(numbers) - len(by_person)
