"""The editions: the students' holds nothing of a solution and works; the teacher's is whole."""

import json
import re
import subprocess

import nbformat
import pytest
from nbclient import NotebookClient
from stored_lessons import (
    EXERCISES,
    KERNEL_STARTS,
    ROOT,
    given_lines,
    load_tool,
    read,
    solution_lines,
)

pytestmark = pytest.mark.once

CHECKED = ["05_shapes", "clinic_ten_broken_nets"]  # run as students get them, the others looked at


@pytest.fixture(scope="module")
def tool():
    return load_tool("editions")


@pytest.fixture(params=EXERCISES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def handed_out(tool, path):
    return tool.without_solutions(json.loads(path.read_text()))


def own_lines(notebook):
    """Return the lines that students are meant to read: a solution may repeat one of them."""
    return {
        line.strip() for cell in notebook["cells"] for line in "".join(cell["source"]).splitlines()
    }


def test_no_line_of_a_solution_is_handed_out(path, handed_out):
    shared = solution_lines(read(path)) & own_lines(handed_out)
    assert shared <= given_lines(read(path))


def test_no_output_is_handed_out(handed_out):
    code = [cell for cell in handed_out["cells"] if cell["cell_type"] == "code"]
    assert code and all(not c["outputs"] and c["execution_count"] is None for c in code)


def test_no_metadata_describe_the_answer(handed_out):
    for cell in handed_out["cells"]:
        assert set(cell["metadata"].get("exercise", {})) <= {"id", "kind", "minutes", "points"}
        assert "solution" not in cell["metadata"].get("tags", [])


def test_each_place_for_an_answer_is_marked(path, handed_out):
    solved = sum(cell.source.count("### BEGIN SOLUTION") for cell in read(path).cells)
    text = "\n".join("".join(cell["source"]) for cell in handed_out["cells"])
    assert text.count("raise NotImplementedError") == text.count("# your code") == solved
    assert "SOLUTION" not in text and "**A model answer.**" not in text


def printed_answers(notebook):
    """Return the longer numbers that solutions print, such as 46,764,746 or 0.892."""
    for cell in notebook.cells:
        if "### BEGIN SOLUTION" in cell.source:
            for output in cell.outputs:
                yield from re.findall(r"(?<![~\d.])\d[\d,]{4,}|\b0\.\d{3,}", output.get("text", ""))


def test_no_answer_is_handed_out_in_clear(path, handed_out):
    # A task may name a number that its solution prints again.
    tasks = {"".join(cell["source"]) for cell in handed_out["cells"]}
    shown = "\n".join(tasks).replace(",", "")
    tasks_of_source = "\n".join(
        c.source
        for c in read(path).cells
        if "solution" not in c.metadata.get("tags", [])
        and "answer" not in c.metadata.get("tags", [])
    ).replace(",", "")
    for answer in printed_answers(read(path)):
        number = answer.strip(",").replace(",", "")
        assert number not in shown or number in tasks_of_source, answer


def test_what_is_handed_out_can_be_handed_out_again(tool, handed_out):
    assert tool.without_solutions(handed_out) == handed_out


def run(notebook):
    """Run a notebook, also past errors; return the errors' names and what was printed."""
    notebook = nbformat.reads(json.dumps(notebook), as_version=4)
    NotebookClient(
        notebook,
        allow_errors=True,
        startup_timeout=KERNEL_STARTS,
        resources={"metadata": {"path": str(ROOT / "exercises")}},
    ).execute()
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    return (
        {o.ename for o in outputs if o.output_type == "error"},
        "".join(o.text for o in outputs if o.get("name") == "stdout"),
    )


@pytest.mark.parametrize("name", CHECKED)
def test_a_copy_runs_with_nothing_but_answers_missing(tool, name):
    stored = json.loads((ROOT / "exercises" / f"{name}.ipynb").read_text())
    errors, printed = run(tool.without_solutions(stored))
    assert errors == {"NotImplementedError"}
    assert printed.count("no answer yet") >= 6 and ": right\n" not in printed


def files_of(package):
    """Return the paths of the modules and data of a package, relative to it."""
    paths = [p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return {path.relative_to(package) for path in paths}


def makefile_rules(folder, targets):
    """Return what `make` would run for some targets."""
    return subprocess.check_output(["make", "-n", *targets], cwd=folder, text=True)


def test_the_edition_is_complete_and_holds_no_solution(tool, monkeypatch, tmp_path):
    monkeypatch.setattr(tool, "BUILD", tmp_path)
    folder = tool.make_student(outputs=False)
    for path in folder.rglob("*"):
        if path.suffix in (".ipynb", ".py", ".md") and path.name != "editions.py":
            assert "### BEGIN SOLUTION" not in path.read_text(), path
    for name in ("Makefile", "README.md", "requirements.lock"):
        assert (folder / name).exists()
    help_text = subprocess.check_output(["make", "help"], cwd=folder, text=True)
    assert set(re.findall(r"^  make ([\w-]+)", help_text, re.MULTILINE)) == set(
        tool.STUDENTS_TARGETS
    )
    for script in re.findall(r"tools/[\w.-]+", makefile_rules(folder, tool.STUDENTS_TARGETS)):
        assert (folder / script).exists(), script
    assert load_tool("links").main([str(folder)]) == 0
    for package in ("d2l_helpers", "mxnet_today"):
        assert files_of(folder / package) == files_of(ROOT / package)
    assert not (folder / "tests").exists() and not (folder / "tools" / "grading.py").exists()
    lesson = nbformat.read(folder / "notebooks" / "05_shapes.ipynb", as_version=4)
    assert not [c for c in lesson.cells if c.cell_type == "code" and c.outputs]
    assert (tmp_path / "alexnet-student.zip").stat().st_size > 30_000_000
