"""What every stored notebook of exercises must be like."""

import ast
import builtins
import json
import re

from d2l_helpers.exercises import check
from d2l_helpers.exercises.entries import ANSWER_HASHES, can_be_checked

import pytest
from mxnet import init
from stored_lessons import EXERCISES, LESSONS, ROOT, code_cells, read, tasks

pytestmark = pytest.mark.once

KINDS = {"compute", "predict", "bug", "explain", "write", "open"}
EACH_LESSON_HAS = {"compute", "predict", "bug", "explain"}
CLINIC = ROOT / "exercises" / "clinic_ten_broken_nets.ipynb"  # which has no lesson of its own
OF_A_LESSON = [path for path in EXERCISES if path != CLINIC]
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@pytest.fixture(params=EXERCISES, ids=lambda path: path.stem)
def path(request):
    return request.param


each_lesson = pytest.mark.parametrize("path", OF_A_LESSON, ids=lambda path: path.stem)


def tags(cell):
    return cell.metadata.get("tags", [])


def parts(notebook):
    """Return the cells of each exercise by its number."""
    found, number = {}, None
    for cell in notebook.cells:
        number = cell.metadata.get("exercise", {}).get("id", number)
        if number:
            found.setdefault(number, []).append(cell)
    return found


def test_cell_ids_are_unique(notebook):
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_exercises_are_numbered_in_order_and_have_a_kind(path, notebook):
    lesson = path.stem.split("_")[0]
    for number, cell in enumerate(tasks(notebook), start=1):
        exercise = cell.metadata["exercise"]
        assert exercise["id"] == f"{lesson}.{number}"
        assert exercise["kind"] in KINDS and exercise["minutes"] > 0 and exercise["points"] > 0
        assert cell.source.startswith(f"## {lesson}.{number}  ")


@each_lesson
def test_each_lesson_has_each_kind_of_exercise(notebook):
    kinds = {cell.metadata["exercise"]["kind"] for cell in tasks(notebook)}
    assert kinds >= EACH_LESSON_HAS


def test_the_clinic_has_ten_cases_with_symptoms_before_the_answer():
    cases = parts(read(CLINIC))
    assert len(cases) == 10
    for number, cells in cases.items():
        exercise = cells[0].metadata["exercise"]
        assert exercise["kind"] == "bug" and len(exercise["hints"]) >= 2, number
        (answer,) = (i for i, cell in enumerate(cells) if "answer" in tags(cell))
        assert any(cell.get("outputs") for cell in cells[:answer]), number
        question, suspicion, repair = cells[answer - 3 : answer]
        assert "which one number would tell?" in question.source, number
        assert "note" in tags(suspicion), number
        assert repair.source.startswith("**The repair.** "), number
        after = [cell for cell in cells[answer:] if "solution" in tags(cell)]
        # The symptoms that the text claims are measured, and the mistake that most make is named.
        assert any("assert " in c.source for c in after if c.cell_type == "code"), number
        why = next(cell.source for cell in after if cell.source.startswith("**Why.**"))
        assert "*How one finds it.*" in why and "*The usual mistake*" in why, number


def test_a_wrong_answer_in_the_clinic_leaves_the_next_patient_whole(monkeypatch):
    monkeypatch.chdir(CLINIC.parent)
    source = {cell.id: cell.source for cell in code_cells(read(CLINIC))}
    namespace = {"__name__": "__main__"}
    for name in ("setup", "setup-train", "e09given", "e09code", "e09examine"):
        exec(source[name], namespace)

    def begun_again(net, data, device):
        net.initialize(ctx=device, force_reinit=True)
        return namespace["accuracy"](net, data)

    def second_layer_alone(net, data, device):
        net[1].collect_params().reset_ctx(device)
        return namespace["accuracy"](net, data, device)

    examine = namespace["examine_move"]
    for answer in (begun_again, second_layer_alone):
        assert check.mistake("clinic.9", answer, by=examine) is not None
    assert check.mistake("clinic.9", namespace["score"], by=examine) is None


def test_the_clinic_wants_an_initializer_with_its_brackets():
    source = {cell.id: cell.source for cell in code_cells(read(CLINIC))}
    namespace = {"init": init}
    exec(source["e03examine"], namespace)
    for answer in (init.Xavier, 0.01):
        found = check.mistake("clinic.3", answer, by=namespace["examine_initializer"])
        assert found.startswith("an initializer is wanted, with its brackets"), found


def is_one_call_with_names(source, number):
    """Return whether a check cannot raise: dh.check("05.2", widths, values), perhaps with by=."""
    call = ast.parse(source, mode="eval").body
    arguments = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    return (
        ast.unparse(call.func) == "dh.check"
        and call.args[0].value == number
        and bool(arguments)
        and all(isinstance(argument, ast.Name) for argument in arguments)
        and [keyword.arg for keyword in call.keywords] in ([], ["by"])
    )


def test_each_exercise_has_its_solution_and_its_check(notebook):
    for number, cells in parts(notebook).items():
        kind = cells[0].metadata["exercise"]["kind"]
        solutions = [c for c in cells if "solution" in tags(c) or BEGIN in c.source]
        assert solutions, number
        if kind == "explain":
            assert any("**Points.**" in cell.source for cell in cells), number
        else:
            (check,) = (cell for cell in cells if "check" in tags(cell))
            assert is_one_call_with_names(check.source, number), check.source
            assert [o.text for o in check.outputs] == [f"{number}: right\n"]


def test_no_stored_output_contradicts_what_a_solution_expects(notebook):
    texts = [output.get("text", "") for cell in code_cells(notebook) for output in cell.outputs]
    assert "Not as expected" not in "".join(texts)  # see dh.verdict: measured on a busy machine


def made_and_used(cells):
    """Return the names that the code of some cells makes, and those that it uses."""
    made, used = set(), set()
    for node in ast.walk(ast.parse("\n".join(cell.source for cell in cells))):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
    return made, used


def test_an_exercise_needs_no_cell_of_another(notebook):
    of_exercises = parts(notebook)
    first = notebook.cells.index(next(iter(of_exercises.values()))[0])
    setup, _ = made_and_used(c for c in notebook.cells[:first] if c.cell_type == "code")
    for number, cells in of_exercises.items():
        made, used = made_and_used(cell for cell in cells if cell.cell_type == "code")
        assert used <= made | setup | set(dir(builtins)), number


def test_solutions_are_marked_by_whole_lines_in_pairs(notebook):
    for cell in notebook.cells:
        marks = re.findall(r"^ *(### (?:BEGIN|END) SOLUTION)$", cell.source, re.MULTILINE)
        assert marks == [BEGIN, END] * (len(marks) // 2)
        assert len(marks) == cell.source.count("SOLUTION")
        assert not marks or "answer" in tags(cell)


def test_markers_never_appear_in_a_lesson():
    for lesson in LESSONS:
        assert "### BEGIN" not in lesson.read_text()


def test_no_error_and_no_stderr_is_stored(notebook):
    for cell in code_cells(notebook):
        assert cell.execution_count
        assert not [
            o for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"
        ]


def test_the_stored_answer_hashes_are_those_of_the_notebooks():
    entries = json.loads(ANSWER_HASHES.read_text())
    stored = {
        c.metadata["exercise"]["id"]: c.metadata["exercise"]
        for p in EXERCISES
        for c in tasks(read(p))
    }
    assert list(entries) == list(stored)  # in order, since `check` names the first and the last
    for number, exercise in stored.items():
        assert entries[number]["hints"] == exercise["hints"]
        assert can_be_checked(entries[number]) == (exercise["kind"] != "explain")


def test_each_hint_that_an_introduction_names_is_there(notebook, capsys):
    calls = re.findall(r"`dh\.(hint\([^`]*\))`", notebook.cells[0].source)
    assert len(calls) == 2
    for call in calls:
        eval(call, {"hint": check.hint})  # an error if there is no such hint


def test_the_clinic_is_found_from_the_readme_and_from_lesson_00():
    for place in (ROOT / "README.md", LESSONS[0]):
        assert f"exercises/{CLINIC.name})" in place.read_text()


@each_lesson
def test_the_list_in_the_lesson_and_the_notebook_agree(path, notebook):
    lesson = "\n".join(cell.source for cell in read(ROOT / "notebooks" / path.name).cells)
    assert f"](../exercises/{path.name})" in lesson
    of_list = lesson.split("## Exercises")[1]
    listed = re.findall(r"^(\d+)\. (.*) \((.*), (\d+) min\)$", of_list, re.M)
    stored = []
    for number, cell in enumerate(tasks(notebook), start=1):
        exercise, title = cell.metadata["exercise"], cell.source.splitlines()[0].split("  ", 1)[1]
        kind = {"bug": "find the bug"}.get(exercise["kind"], exercise["kind"])
        stored.append((str(number), title, kind, str(exercise["minutes"])))
    assert listed == stored
