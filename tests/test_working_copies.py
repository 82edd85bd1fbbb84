"""The tool behind `make lab`, on small lessons."""

import json
import os
import platform
import re
import subprocess
import sys

import nbformat
import pytest
from stored_lessons import ROOT, load_tool

pytestmark = pytest.mark.once

NEW = "00_small (new).ipynb"
NEW_2 = "00_small (new 2).ipynb"


@pytest.fixture
def tool(monkeypatch, tmp_path):
    """The module tools/working_copies.py; its course is in a folder of the test, with a lesson."""
    module = load_tool("working_copies")
    monkeypatch.setattr(module, "LESSONS", tmp_path / "course" / "notebooks")
    monkeypatch.setattr(module, "EXERCISES", tmp_path / "course" / "exercises")
    monkeypatch.setattr(module, "RESULTS", tmp_path / "course" / "results")
    monkeypatch.setattr(module, "TRAINED", tmp_path / "course" / "build" / "net.checkpoint")
    for folder in (module.LESSONS, module.EXERCISES, module.RESULTS, module.TRAINED.parent):
        folder.mkdir(parents=True)
    (module.RESULTS / "run.csv").write_text("recorded")
    store(module, "00_small", "print(6 * 7)")
    return module


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"


def store(tool, name, source, printed="42\n"):
    """Store an executed lesson in the course: a cell, and a guard."""
    output = nbformat.v4.new_output("stream", name="stdout", text=printed)
    cells = [
        nbformat.v4.new_markdown_cell("# Small"),
        nbformat.v4.new_code_cell(source, outputs=[output], execution_count=1),
        nbformat.v4.new_code_cell(
            "assert 6 * 7 == 42", execution_count=2, metadata={"tags": ["guard"]}
        ),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    for number, cell in enumerate(cells):
        cell.id = str(number)
    nbformat.write(notebook, tool.LESSONS / f"{name}.ipynb")


def copies(work):
    """Return the copies' names, and what the first code cell of each is."""
    paths = sorted((work / "lessons").glob("*.ipynb"))
    return {path.name: nbformat.read(path, as_version=4).cells[1].source for path in paths}


def edit(work, name, source="print('mine')"):
    """Work in a copy as a learner does, and return the file's bytes."""
    path = work / "lessons" / name
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = source
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_code_that_only_draws_is_folded_as_it_is(tool, tmp_path):
    cell = nbformat.v4.new_code_cell("def draw():\n    pass", metadata={"tags": ["drawing"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "lesson.ipynb")
    (copied,) = nbformat.reads(tool.working_copy(tmp_path / "lesson.ipynb"), as_version=4).cells
    assert copied.source == cell.source
    assert copied.metadata["jupyter"] == {"source_hidden": True}


def test_copies_have_no_outputs_and_folded_guards_that_show_no_answer(tool, work):
    assert tool.prepare(work) == []
    _, code, guard = nbformat.read(work / "lessons" / "00_small.ipynb", as_version=4).cells
    assert (code.outputs, code.execution_count) == ([], None)
    assert not code.metadata
    assert guard.metadata == {"tags": ["guard"], "jupyter": {"source_hidden": True}}
    assert guard.source == "# Checks what is shown above.\nassert 6 * 7 == 42"
    assert guard.execution_count is None


def test_outputs_are_kept_when_they_are_asked_for(tool, work):
    tool.prepare(work)
    tool.prepare(work, outputs=True)
    _, code, guard = nbformat.read(work / "lessons" / "00_small.ipynb", as_version=4).cells
    assert (code.outputs[0].text, code.execution_count) == ("42\n", 1)
    assert guard.metadata["jupyter"] == {"source_hidden": True}


def test_exercises_come_without_their_solutions(tool, work):
    source = "x = None\n### BEGIN SOLUTION\nx = 42\n### END SOLUTION"
    store(tool, "00_small", source)
    (tool.LESSONS / "00_small.ipynb").replace(tool.EXERCISES / "00_small.ipynb")
    tool.prepare(work, outputs=True)
    copy = nbformat.read(work / "exercises" / "00_small.ipynb", as_version=4)
    assert copy.cells[1].source == "x = None\n# your code\nraise NotImplementedError"
    assert not copy.cells[1].outputs


def test_a_copy_names_the_python_that_jupyterlab_would_write_into_it(tool, work):
    tool.prepare(work)
    copy = nbformat.read(work / "lessons" / "00_small.ipynb", as_version=4)
    assert copy.metadata.language_info.version == platform.python_version()


def test_links_in_the_copies_lead_to_copies(tmp_path):
    load_tool("working_copies").prepare(tmp_path)
    missing = [
        (path.name, target)
        for path in tmp_path.glob("*/*.ipynb")
        for target in re.findall(r"\]\(([\w./]+\.\w+)[#)]", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert not missing


def test_the_stored_lessons_stay_as_they_are(tool, work):
    (path,) = tool.LESSONS.iterdir()
    before = path.read_bytes()
    tool.prepare(work)
    assert list(tool.LESSONS.iterdir()) == [path] and path.read_bytes() == before


def test_copies_are_written_as_jupyter_writes_notebooks(tool, work):
    store(tool, "00_small", "print('α')")
    tool.prepare(work)
    path = work / "lessons" / "00_small.ipynb"
    before = path.read_bytes()
    nbformat.write(nbformat.read(path, as_version=4), path)
    assert path.read_bytes() == before


def test_what_a_learner_wrote_is_never_overwritten(tool, work):
    tool.prepare(work)
    mine = edit(work, "00_small.ipynb")
    for outputs in (False, True):
        assert tool.prepare(work, outputs) == []
    store(tool, "00_small", "print(43)")
    tool.prepare(work)
    assert (work / "lessons" / "00_small.ipynb").read_bytes() == mine


def test_a_copy_that_was_not_worked_in_is_replaced_by_the_newer_lesson(tool, work):
    tool.prepare(work)
    store(tool, "00_small", "print(43)")
    assert tool.prepare(work) == []
    assert copies(work) == {"00_small.ipynb": "print(43)"}


def test_a_newer_lesson_is_put_beside_the_learners_copy_once(tool, work):
    tool.prepare(work)
    edit(work, "00_small.ipynb")
    store(tool, "00_small", "print(43)")
    assert tool.prepare(work) == [
        f"00_small has changed. Your copy stays as it is; beside it: {NEW}"
    ]
    assert copies(work) == {"00_small.ipynb": "print('mine')", NEW: "print(43)"}
    assert tool.prepare(work) == []
    (work / "lessons" / NEW).unlink()
    assert tool.prepare(work) == []
    assert copies(work) == {"00_small.ipynb": "print('mine')"}


def test_a_newer_lesson_that_was_not_worked_in_makes_room_for_the_next(tool, work):
    tool.prepare(work)
    edit(work, "00_small.ipynb")
    for number in (43, 44):
        store(tool, "00_small", f"print({number})")
        tool.prepare(work)
    assert copies(work) == {"00_small.ipynb": "print('mine')", NEW: "print(44)"}
    edit(work, NEW, "print('mine too')")
    store(tool, "00_small", "print(45)")
    tool.prepare(work)
    assert copies(work) == {
        "00_small.ipynb": "print('mine')",
        NEW: "print('mine too')",
        NEW_2: "print(45)",
    }


def test_new_outputs_or_another_python_make_no_newer_lesson(tool, work, monkeypatch):
    tool.prepare(work)
    edit(work, "00_small.ipynb")
    store(tool, "00_small", "print(6 * 7)", printed="forty-two\n")
    monkeypatch.setattr(tool.platform, "python_version", lambda: "3.99.0")
    assert tool.prepare(work) == []
    assert list(copies(work)) == ["00_small.ipynb"]


def test_a_copy_that_was_deleted_is_made_again(tool, work):
    tool.prepare(work)
    (work / "lessons" / "00_small.ipynb").unlink()
    assert tool.prepare(work) == []
    assert copies(work) == {"00_small.ipynb": "print(6 * 7)"}


def test_without_the_record_a_learners_copy_is_still_safe(tool, work):
    tool.prepare(work)
    mine = edit(work, "00_small.ipynb")
    (work / "lessons" / tool.RECORD).unlink()
    tool.prepare(work)
    assert (work / "lessons" / "00_small.ipynb").read_bytes() == mine


def test_a_copy_that_is_open_in_jupyterlab_is_not_touched(tool, work):
    tool.prepare(work)
    path = work / "lessons" / "00_small.ipynb"
    os.utime(path, (0, 0))
    tool.prepare(work)
    assert path.stat().st_mtime == 0


def test_results_and_build_are_where_the_lessons_look(tool, work):
    tool.prepare(work)
    assert (work / "lessons" / "../results/run.csv").read_text() == "recorded"
    assert list((work / "lessons" / "../build").iterdir()) == []
    assert not (work / "build").is_symlink()


def test_the_link_to_results_follows_a_course_that_was_moved(tool, work, monkeypatch):
    tool.prepare(work)
    moved = tool.RESULTS.rename(tool.RESULTS.with_name("moved"))
    monkeypatch.setattr(tool, "RESULTS", moved)
    tool.prepare(work)
    assert (work / "results" / "run.csv").read_text() == "recorded"


def test_the_net_that_make_run_trained_is_found_and_never_written(tool, work):
    tool.TRAINED.write_text("trained by make run")
    tool.prepare(work)
    checkpoint = work / "build" / "net.checkpoint"
    assert checkpoint.read_text() == "trained by make run"
    # As a lesson does that trains it anew: see files.atomic_write.
    (work / "build" / "partial").write_text("trained in the lab")
    os.replace(work / "build" / "partial", checkpoint)
    tool.prepare(work)
    assert checkpoint.read_text() == "trained in the lab"
    assert tool.TRAINED.read_text() == "trained by make run"


def test_two_people_have_copies_and_checkpoints_of_their_own(tool, tmp_path):
    hers, his = tmp_path / "hers", tmp_path / "his"
    tool.prepare(hers)
    tool.prepare(his)
    edit(hers, "00_small.ipynb")
    (hers / "build" / "net.checkpoint").write_text("hers")
    tool.prepare(his)
    assert copies(his) == {"00_small.ipynb": "print(6 * 7)"}
    assert list((his / "build").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported(tool, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit, match="make lab WORK=~/alexnet"):
        tool.main([str(tmp_path / "file" / "work")])


def test_it_prints_where_the_copies_are_and_what_is_new(tool, work, capsys):
    tool.main([str(work)])
    edit(work, "00_small.ipynb")
    store(tool, "00_small", "print(43)")
    tool.main([str(work), "--outputs"])
    line = f"Working copies of the lessons: {work}/lessons\n"
    beside = f"00_small has changed. Your copy stays as it is; beside it: {NEW}\n"
    assert capsys.readouterr().out == 2 * line + beside


@pytest.mark.parametrize("name", ["lessons", "working_copies"])
def test_the_tool_imports_no_mxnet(name):
    code = f"import sys; sys.path.insert(0, 'tools'); import {name}; print(*sys.modules)"
    modules = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert "mxnet" not in modules.split()


# make lab


def lab_commands(*arguments, **environ):
    """Return what `make lab` would do, as text."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("WORK", "OUTPUTS")}
    inherited.pop("MAKEFLAGS", None)
    return subprocess.check_output(
        ["make", "-n", "lab", *arguments],
        cwd=ROOT,
        env={**inherited, "HOME": "/home/ada", **environ},
        text=True,
    )


@pytest.mark.parametrize(
    ("arguments", "environ", "folder"),
    [
        ([], {}, "work"),
        (["WORK=/elsewhere"], {}, "/elsewhere"),
        ([], {"WORK": "/elsewhere"}, "/elsewhere"),
        (["WORK=~/my lessons"], {}, "/home/ada/my lessons"),
    ],
)
def test_make_lab_opens_the_copies_in_lesson_00(arguments, environ, folder):
    commands = lab_commands(*arguments, **environ)
    assert f'tools/working_copies.py "{folder}"' in commands
    assert f'--ServerApp.root_dir="{folder}"' in commands
    assert "--LabApp.default_url=/lab/tree/lessons/00_start_here.ipynb" in commands
    assert "--outputs" not in commands


def test_make_lab_keeps_the_outputs_when_they_are_asked_for():
    assert 'tools/working_copies.py "work" --outputs' in lab_commands("OUTPUTS=1")


@pytest.mark.parametrize("user", [0, 1000])
def test_jupyterlab_may_be_started_by_root(tmp_path, user):
    command = tmp_path / "id"
    command.write_text(f"#!/bin/sh\necho {user}\n")
    command.chmod(0o755)
    commands = lab_commands(PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ("--allow-root" in commands) == (user == 0)
    assert "token" not in commands


@pytest.mark.parametrize(("file", "line"), [(".gitignore", "work/"), (".dockerignore", "work")])
def test_the_copies_are_ignored(file, line):
    assert line in (ROOT / file).read_text().splitlines()


def test_the_lesson_that_make_lab_opens_exists():
    opened = lab_commands().split("/lab/tree/lessons/")[1].split()[0]
    assert json.loads((ROOT / "notebooks" / opened).read_text())["nbformat"] == 4
