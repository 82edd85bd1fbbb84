"""The tool behind `make run` and `make refresh`, on small lessons."""

import nbformat
import pytest
from stored_lessons import load_tool

WORKS = ["print(6 * 7)"]
FAILS = ["x = 1", "print('so far')\nx / 0", "print('never')"]


@pytest.fixture
def tool(monkeypatch, tmp_path):
    """The module tools/lessons.py; its lessons and its build are in an empty folder."""
    module = load_tool()
    monkeypatch.setattr(module, "LESSONS", tmp_path / "notebooks")
    monkeypatch.setattr(module, "EXERCISES", tmp_path / "exercises")
    monkeypatch.setattr(module, "BUILD", tmp_path / "build")
    module.LESSONS.mkdir()
    module.EXERCISES.mkdir()
    return module


@pytest.fixture
def dead_kernels():
    return load_tool("dead_kernels")


@pytest.fixture
def add(tool):
    """A function that adds a lesson that was not executed, and returns its path."""

    def add(name, sources, tags=()):
        cells = [nbformat.v4.new_markdown_cell(f"# {name}")]
        cells += [nbformat.v4.new_code_cell(s, metadata={"tags": list(tags)}) for s in sources]
        path = tool.LESSONS / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return add


def printed(path):
    """Return what the cells of an executed lesson have printed."""
    cells = nbformat.read(path, as_version=4).cells
    return [output.text for cell in cells for output in cell.get("outputs", []) if "text" in output]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_run_makes_notebooks_and_leaves_the_lessons_as_they_are(tool, add, capsys):
    stored = add("00_small", WORKS, tags=["headline"]), add("01_next", ["print('next')"])
    before = [path.read_bytes() for path in stored]
    assert tool.main(["run"]) == 0
    assert files(tool.BUILD) == ["00_small.ipynb", "01_next.ipynb"]
    assert printed(tool.BUILD / "00_small.ipynb") == ["42\n"]
    assert [path.read_bytes() for path in stored] == before
    said = capsys.readouterr().out
    assert "\ntotal " in said and "make book RUN=1" in said and said.endswith("\n00_small\n\n42\n")


def test_refresh_stores_the_outputs_of_a_lesson_and_of_its_exercises(tool, add):
    lesson, other = add("00_small", WORKS), add("01_next", WORKS)
    for path in (lesson, other):
        (tool.EXERCISES / path.name).write_bytes(path.read_bytes())
    assert tool.main(["refresh", "00"]) == 0
    assert printed(lesson) == printed(tool.EXERCISES / lesson.name) == ["42\n"]
    assert printed(tool.EXERCISES / other.name) == []


def test_refresh_stores_the_outputs_of_the_clinic_with_all_and_by_its_name(tool, add):
    lesson = add("00_small", WORKS)
    clinic = tool.EXERCISES / "clinic_small.ipynb"
    clinic.write_bytes(lesson.read_bytes())
    assert tool.main(["refresh", "00"]) == 0
    assert (printed(lesson), printed(clinic)) == (["42\n"], [])
    as_it_was = lesson.read_bytes()
    assert tool.main(["refresh", "clinic"]) == 0
    assert (lesson.read_bytes(), printed(clinic)) == (as_it_was, ["42\n"])
    assert tool.to_refresh([]) == tool.to_refresh(["00", "clinic"]) == [lesson, clinic]


def test_refresh_stores_the_outputs_of_the_chosen_lesson_alone(tool, add):
    chosen, other = add("00_small", WORKS), add("01_next", WORKS)
    assert tool.main(["refresh", "00"]) == 0
    assert (printed(chosen), printed(other)) == (["42\n"], [])
    assert not tool.BUILD.exists()


def test_a_failing_lesson_is_named_and_the_others_run_all_the_same(tool, add, capsys):
    add("00_small", WORKS, tags=["headline"])
    add("01_fails", FAILS, tags=["headline"])
    add("02_later", WORKS, tags=["headline"])
    add("03_dies", ["import os\nos._exit(1)"])
    assert tool.main(["run"]) == 1
    out, said = capsys.readouterr()
    assert "\n00_small\n\n42\n" in out and "\n02_later\n\n42\n" in out
    assert "\n01_fails\n\n" not in out
    assert said.endswith("\n2 of 4 failed: 01_fails, 03_dies\n")
    assert "01_fails failed in cell 3 of 4:" in said
    assert "    print('so far')\n    x / 0\n" in said
    assert "ZeroDivisionError: division by zero\n" in said
    assert "build/01_fails.ipynb" in said
    names = ["00_small", "01_fails", "02_later", "03_dies"]
    assert files(tool.BUILD) == [f"{name}.ipynb" for name in names]
    assert printed(tool.BUILD / "02_later.ipynb") == ["42\n"]
    assert printed(tool.BUILD / "01_fails.ipynb") == ["so far\n"]


def test_a_lesson_that_fails_in_a_refresh_stays_as_it_was(tool, add):
    failed, finished = add("00_fails", FAILS), add("01_small", WORKS)
    before = failed.read_bytes()
    assert tool.main(["refresh"]) == 1
    assert printed(finished) == ["42\n"]
    assert failed.read_bytes() == before


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("os._exit(3)", "The kernel ended with exit code 3: the cell, or a library"),
        ("os.abort()", "The kernel crashed (SIGABRT), in MXNet or another compiled library."),
        ("ctypes.string_at(0)", "The kernel crashed (SIGSEGV), in MXNet or another compiled"),
        ("signal.raise_signal(signal.SIGKILL)", "Linux killed the kernel (SIGKILL), because"),
    ],
)
def test_a_dead_kernel_is_reported_with_its_cell_and_the_reason(
    tool, add, capsys, monkeypatch, end, reason
):
    counts = iter([4, 5])
    monkeypatch.setattr(tool, "memory_kills", lambda: next(counts))
    add("00_dies", ["import ctypes, os, signal", f"{end}  # dies here"])
    assert tool.main(["run"]) == 1
    said = capsys.readouterr().err
    assert f"00_dies failed in cell 3 of 3:\n\n    {end}  # dies here\n" in said
    assert reason in said


@pytest.mark.parametrize(
    ("code", "kills", "reason"),
    [
        (-9, (4, 5), "Linux killed the kernel (SIGKILL), because memory was used up."),
        (
            -9,
            (4, 4),
            "Another program killed the kernel (SIGKILL): Linux had not run out of memory",
        ),
        (-9, (None, None), "killed (SIGKILL). The usual reason is too little memory."),
        (-15, (4, 5), "The kernel was ended by SIGTERM, which another program sent."),
        (-40, (None, None), "The kernel was ended by signal 40, which another program sent."),
        (-4, (4, 4), "The kernel crashed (SIGILL), in MXNet or another compiled library."),
        (0, (4, 4), "The kernel ended with exit code 0"),
        (None, (4, 4), "The kernel died. The usual reason is too little memory."),
    ],
)
def test_the_reason_for_a_death_is_as_good_as_what_is_known(dead_kernels, code, kills, reason):
    assert reason in dead_kernels.why_it_died(code, *kills)


def test_linux_is_asked_how_often_it_ran_out_of_memory(dead_kernels, tmp_path):
    vmstat = tmp_path / "vmstat"
    assert dead_kernels.memory_kills(vmstat) is None
    vmstat.write_text("pgfault 9\n")
    assert dead_kernels.memory_kills(vmstat) is None
    vmstat.write_text("pgfault 9\noom_kill 12\ndrop_pagecache 0\n")
    assert dead_kernels.memory_kills(vmstat) == 12


def test_lessons_are_chosen_by_number_or_name_and_come_in_order(tool, add):
    paths = [add(name, WORKS) for name in ("00_small", "01_next", "02_later")]
    assert tool.choose([]) == paths
    assert tool.choose(["02", "00_small", "02_later"]) == [paths[0], paths[2]]


def test_a_lesson_that_does_not_exist_is_refused_with_those_that_do(tool, add):
    add("00_small", WORKS)
    add("01_next", WORKS)
    with pytest.raises(SystemExit) as refused:
        tool.main(["run", "00", "99"])
    # Python prints a text on stderr and exits with status 1.
    assert refused.value.code == "There is no lesson 99. The lessons:\n  00_small\n  01_next"
    assert not tool.BUILD.exists()


def test_a_folder_without_lessons_is_reported(tool):
    with pytest.raises(SystemExit, match="There are no lessons in "):
        tool.main(["run"])
