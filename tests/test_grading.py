"""nbgrader's course folder; with TEST_GRADING=1 (`make test-grading`) graded by nbgrader itself."""

import json
import re

import pytest
from course_folder import handed_out, scores, solved, submit, with_cell, with_nbgrader
from stored_lessons import EXERCISES, load_tool

pytestmark = pytest.mark.once

LESSON = "05_shapes"  # the one whose submissions are spoiled
BY_HAND, LOST = 3, 2  # points: of 05.8, which a person grades, and of 05.3, which is spoiled


@pytest.fixture(scope="module")
def tool():
    return load_tool("grading")


@pytest.fixture(params=EXERCISES, ids=lambda path: path.stem)
def stored(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


@pytest.fixture
def source(tool, stored):
    return tool.for_nbgrader(stored)


def text(cell):
    return "".join(cell["source"])


def graders(notebook):
    return [c["metadata"]["nbgrader"] for c in notebook["cells"] if "nbgrader" in c["metadata"]]


def test_each_exercise_is_graded_once_with_its_points(stored, source):
    points = [
        cell["metadata"]["exercise"]["points"]
        for cell in stored["cells"]
        if "exercise" in cell["metadata"]
    ]
    assert [g["points"] for g in graders(source) if g["grade"]] == points


def test_what_is_written_by_students_is_open_and_the_rest_locked(stored, source):
    answers = [c["id"] for c in stored["cells"] if "answer" in c["metadata"].get("tags", [])]
    assert [g["grade_id"] for g in graders(source) if g["solution"]] == answers
    assert [g["grade_id"] for g in graders(source) if not g["locked"]] == answers
    # nbgrader stops at a cell of its own that is neither graded nor locked.
    notes = {c["id"] for c in stored["cells"] if "note" in c["metadata"].get("tags", [])}
    assert {c["id"] for c in source["cells"] if "nbgrader" not in c["metadata"]} == notes


def test_each_check_has_its_hidden_test(stored, source):
    checks = [c for c in stored["cells"] if "check" in c["metadata"].get("tags", [])]
    graded = [c for c in source["cells"] if "### BEGIN HIDDEN TESTS" in text(c)]
    assert len(graded) == len(checks) > 0
    for check, cell in zip(checks, graded):
        call = re.sub(r"^dh\.check\(", "feedback = mistake(", text(check))
        assert text(cell).startswith(text(check)) and call in text(cell)


@pytest.mark.parametrize(
    "arguments",
    [
        '"05.1", sizes',
        '"05.2", widths, values',
        '\n    "05.4",\n    *widths,\n    name,\n',
        '"1", f(2)',
    ],
)
def test_a_hidden_test_hands_on_all_arguments_of_its_check(tool, arguments):
    test = tool.hidden_test(f"dh.check({arguments})")
    assert f"feedback = mistake({arguments})\n" in test


def test_a_task_in_words_holds_its_model_answer_and_rubric(source):
    explained = [
        c for c in source["cells"] if c["metadata"].get("exercise", {}).get("kind") == "explain"
    ]
    assert all(c["metadata"]["nbgrader"]["locked"] for c in explained)
    for words in map(text, explained):
        rubric = words.split("BEGIN MARK SCHEME")[1].split("END MARK SCHEME")[0]
        assert "**A model answer.**" in rubric and "**Points.**" in rubric


def test_what_is_beside_a_solution_is_not_handed_out(source):
    assert not [c for c in source["cells"] if "solution" in c["metadata"].get("tags", [])]
    assert not [c for c in source["cells"] if c.get("outputs")]
    for cell in source["cells"]:
        assert set(cell["metadata"].get("exercise", {})) <= {"id", "kind", "minutes", "points"}


def test_recorded_runs_come_with_their_assignment(tool, tmp_path):
    for path in EXERCISES:
        tool.write_source(path, tmp_path)
        written = (tmp_path / "source" / path.stem / path.name).read_text()
        assert "../results" not in written
        for name in re.findall(r"\bresults/[\w-]+\.csv", written):
            assert (tmp_path / "source" / path.stem / name).exists(), name


# With nbgrader


@pytest.fixture(scope="module")
def course(tool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    tool.install()
    tool.make(folder)
    return folder


@with_nbgrader
def test_a_damaged_submission_loses_only_its_own_points_and_stops_no_other(tool, course):
    full = solved(course, LESSON)
    submit(course, "full", LESSON, full)
    submit(course, "empty", LESSON, handed_out(course, LESSON))
    submit(course, "wrong", LESSON, with_cell(full, "e03code", "last, smallest = 1, 194"))
    submit(course, "no-answer", LESSON, with_cell(full, "e03code", None))
    submit(course, "no-check", LESSON, with_cell(full, "e03check", None))
    submit(course, "endless", LESSON, with_cell(full, "e03code", "while True:\n    pass"))
    submit(course, "cheat", LESSON, with_cell(full, "e03check", 'print("05.3: right")'))
    said = tool.run("autograde", LESSON, "--create", "--Execute.timeout=20", folder=course)

    reached, most = scores(tool, course, LESSON)
    whole = most - BY_HAND
    assert reached == {
        "full": whole,
        "empty": 0,
        "wrong": whole - LOST,
        "no-answer": whole - LOST,
        "no-check": whole,  # the check comes back, and the answer is right
        "endless": whole - LOST,
        "cheat": whole,  # likewise
    }
    assert "Missing grade cell e03check" in said
    assert "Timeout waiting for execute reply" in said

    assert "**Points.**" not in json.dumps(handed_out(course, LESSON))
    tool.run("generate_feedback", LESSON, folder=course)
    for student in reached:
        page = (course / "feedback" / student / LESSON / f"{LESSON}.html").read_text()
        assert "05.3" in page and "A model answer." in page


@with_nbgrader
@pytest.mark.parametrize("name", [p.stem for p in EXERCISES if p.stem != LESSON])
def test_solutions_get_full_marks_and_empty_copies_none(tool, course, name):
    submit(course, "full", name, solved(course, name))
    submit(course, "empty", name, handed_out(course, name))
    tool.run("autograde", name, "--create", folder=course)
    reached, most = scores(tool, course, name)
    source = json.loads((course / "source" / name / f"{name}.ipynb").read_text())
    cells = [c for c in source["cells"] if c["cell_type"] == "markdown"]
    by_hand = sum(c["metadata"].get("nbgrader", {}).get("points", 0) for c in cells)
    assert (reached["full"], reached["empty"]) == (most - by_hand, 0)
    errors = {
        output["ename"]
        for cell in json.loads(
            (course / "autograded" / "empty" / name / f"{name}.ipynb").read_text()
        )["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    }
    assert errors <= {"NotImplementedError", "AssertionError"}
