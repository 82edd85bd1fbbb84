"""Submissions that students spoiled are repaired; with TEST_GRADING=1 nbgrader grades them too."""

import copy
import json
import random
import time

import course_folder
import pytest
from small_class import (
    ANSWERS,
    copied,
    extra,
    handed_out,
    marks,
    points,
    position,
    solved,
)
from stored_lessons import EXERCISES, load_tool

pytestmark = pytest.mark.once

FULL = 8  # points: three checks and an answer in words


@pytest.fixture(scope="module")
def repair():
    repair = load_tool("repair").repair
    return lambda notebook: repair(notebook, handed_out())


def order(notebook):
    return [marks(cell)["grade_id"] for cell in notebook["cells"] if marks(cell)]


# Each kind of damage: it changes a right notebook, which deserves all points all the same.

DAMAGES = {}


def damage(change):
    DAMAGES[change.__name__] = change
    return change


def insert(notebook, name, cell, after=True):
    notebook["cells"].insert(position(notebook, name) + after, cell)


def take(notebook, name):
    return notebook["cells"].pop(position(notebook, name))


def cell_of(notebook, name):
    return notebook["cells"][position(notebook, name)]


@damage
def answer_copied(notebook):
    insert(notebook, "first", copied(cell_of(notebook, "first")))


@damage
def answer_copied_behind_its_check(notebook):
    insert(notebook, "check2", copied(cell_of(notebook, "second")))


@damage
def copy_as_handed_out_last(notebook):
    insert(notebook, "first", copied(cell_of(handed_out(), "first")))


@damage
def copy_as_handed_out_first(notebook):
    insert(notebook, "first", copied(cell_of(handed_out(), "first")), after=False)


@damage
def a_wrong_copy_first(notebook):
    insert(notebook, "first", copied(cell_of(notebook, "first"), source="root = 5"), after=False)


@damage
def a_wrong_copy_behind_the_check(notebook):
    insert(notebook, "check1", copied(cell_of(notebook, "first"), source="root = 5"))


@damage
def a_wrong_copy_last_that_was_not_run(notebook):
    cell_of(notebook, "first")["execution_count"] = 7
    insert(notebook, "first", copied(cell_of(notebook, "first"), source="root = 5"))
    notebook["cells"][position(notebook, "first") + 1]["execution_count"] = None
    said = [{"output_type": "stream", "name": "stdout", "text": ["1.1: right\n"]}]
    cell_of(notebook, "check1").update(execution_count=9, outputs=said)


@damage
def check_copied(notebook):
    insert(notebook, "check1", copied(cell_of(notebook, "check1")))


@damage
def check_copied_before_the_answer(notebook):
    insert(notebook, "first", copied(cell_of(notebook, "check1")), after=False)


@damage
def both_copied_for_a_wrong_attempt(notebook):
    said = [{"output_type": "stream", "name": "stdout", "text": "1.1: right\n"}]
    cell_of(notebook, "check1")["outputs"] = said
    wrong = copied(cell_of(notebook, "first"), source="root = 5")
    insert(notebook, "check1", copied(cell_of(notebook, "check1"), outputs=[]))
    insert(notebook, "check1", wrong)


@damage
def both_copied_behind_a_wrong_attempt(notebook):
    wrong = copied(cell_of(notebook, "first"), source="root = 5")
    insert(notebook, "task1", copied(cell_of(notebook, "check1")))
    insert(notebook, "task1", wrong)


@damage
def exercise_copied(notebook):
    start, end = position(notebook, "task2"), position(notebook, "task3")
    notebook["cells"][end:end] = [copied(cell) for cell in notebook["cells"][start:end]]


@damage
def words_copied(notebook):
    insert(notebook, "words", copied(cell_of(notebook, "words")))


@damage
def words_copied_as_handed_out(notebook):
    insert(notebook, "words", copied(cell_of(handed_out(), "words")))


@damage
def setup_copied_to_the_end(notebook):
    notebook["cells"].append(copied(cell_of(notebook, "setup")))


def split(notebook, name, text, marked):
    """Split a cell before a text; the second part keeps the metadata if it is marked."""
    cell = cell_of(notebook, name)
    first, text, rest = cell["source"].partition(text)
    cell["source"] = first.rstrip("\n")
    second = copied(cell, source=text + rest) if marked else extra(text + rest, cell["cell_type"])
    insert(notebook, name, second)


@damage
def split_at_a_line(notebook):
    split(notebook, "first", "root", marked=False)


@damage
def split_at_a_line_by_jupyterlab(notebook):
    split(notebook, "first", "root", marked=True)


@damage
def split_at_a_line_and_its_check_deleted(notebook):
    split(notebook, "first", "root", marked=False)
    take(notebook, "check1")


@damage
def something_unfinished_before_an_answer(notebook):
    insert(notebook, "third", extra("def later(n):"), after=False)
    insert(notebook, "first", copied(cell_of(notebook, "first")))


@damage
def split_within_a_function(notebook):
    split(notebook, "second", "    return", marked=False)


@damage
def split_within_a_function_by_jupyterlab(notebook):
    split(notebook, "second", "    copied", marked=True)


@damage
def split_behind_the_indentation(notebook):
    split(notebook, "second", "return", marked=True)


@damage
def split_into_three(notebook):
    split(notebook, "second", "    return", marked=False)
    split(notebook, "second", "    copied", marked=False)


@damage
def words_split(notebook):
    split(notebook, "words", "Because", marked=True)


@damage
def words_split_without_metadata(notebook):
    split(notebook, "words", "Because", marked=False)


@damage
def check_moved_before_its_answer(notebook):
    insert(notebook, "task1", take(notebook, "check1"))


@damage
def answer_moved_to_the_end(notebook):
    notebook["cells"].append(take(notebook, "second"))


@damage
def setup_moved_to_the_end(notebook):
    notebook["cells"].append(take(notebook, "setup"))


@damage
def given_code_moved_behind_its_check(notebook):
    insert(notebook, "check2", take(notebook, "given"))


@damage
def check_deleted(notebook):
    take(notebook, "check2")


@damage
def check_of_an_answer_elsewhere_deleted(notebook):
    take(notebook, "check1")
    answer = take(notebook, "first")
    insert(notebook, "task1", extra(answer["source"]))


@damage
def tasks_deleted(notebook):
    for name in ("title", "task1", "task2", "task3", "task4"):
        take(notebook, name)


@damage
def setup_deleted(notebook):
    take(notebook, "setup")


@damage
def words_and_their_task_deleted_and_typed_anew(notebook):
    take(notebook, "task3")
    insert(notebook, "words", extra("It is larger.", "markdown"))
    take(notebook, "words")


@damage
def words_typed_into_a_cell_of_code(notebook):
    cell_of(notebook, "words")["source"] = "*Your answer:*"
    insert(notebook, "words", extra("It is larger, that is why."))


@damage
def words_typed_below_the_task(notebook):
    cell_of(notebook, "words")["source"] = "*Your answer:*"
    cell_of(notebook, "task3")["source"] += "\n\nIt is larger."


@damage
def check_retyped(notebook):
    take(notebook, "check1")
    insert(notebook, "first", extra('dh.check("1.1",  root )'))


@damage
def answer_retyped(notebook):
    take(notebook, "third")
    insert(notebook, "task4", extra(ANSWERS["third"]))


@damage
def answer_typed_where_another_belongs(notebook):
    take(notebook, "third")
    insert(notebook, "task3", extra(ANSWERS["third"]))


@damage
def answer_typed_above_the_cell_for_it(notebook):
    cell_of(notebook, "third")["source"] = cell_of(handed_out(), "third")["source"]
    insert(notebook, "task4", extra(ANSWERS["third"]))


@damage
def answer_typed_into_the_check(notebook):
    cell_of(notebook, "third")["source"] = cell_of(handed_out(), "third")["source"]
    check = cell_of(notebook, "check4")
    check["source"] = ANSWERS["third"] + "\n" + check["source"]


@damage
def answer_merged_with_its_check(notebook):
    check = take(notebook, "check1")
    cell_of(notebook, "first")["source"] += "\n" + check["source"]


@damage
def import_added_to_the_setup(notebook):
    cell_of(notebook, "setup")["source"] += "\nimport cmath"
    cell_of(notebook, "first")["source"] = "root = abs(cmath.sqrt(256))"


@damage
def all_metadata_lost(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}


@damage
def all_metadata_lost_and_an_answer_moved(notebook):
    notebook["cells"].append(take(notebook, "second"))
    all_metadata_lost(notebook)


@damage
def all_metadata_and_ids_lost(notebook):
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]


@damage
def metadata_of_another_notebook(notebook):
    other = copied(cell_of(notebook, "first"), source="pass")
    other["metadata"]["nbgrader"]["grade_id"] = "e77code"
    notebook["cells"].insert(2, other)


@damage
def metadata_emptied(notebook):
    notebook["cells"].append(extra("pass", metadata={"nbgrader": {}}))


@damage
def check_no_longer_graded(notebook):
    marks(cell_of(notebook, "check1"))["grade"] = False


@damage
def ids_doubled(notebook):
    for cell in notebook["cells"]:
        cell["id"] = "same"


@pytest.fixture(params=DAMAGES)
def damaged(request):
    notebook = solved()
    DAMAGES[request.param](notebook)
    return notebook


def test_a_right_answer_gets_its_points_after_any_damage(repair, damaged):
    before = json.dumps(damaged)
    repaired, notes = repair(damaged)
    assert points(repaired) == FULL
    assert notes or points(damaged) == FULL
    assert json.dumps(damaged) == before  # the submission itself is not changed


def test_a_repaired_submission_needs_no_repair(repair, damaged):
    repaired, _ = repair(damaged)
    assert repair(repaired) == (repaired, [])


def test_a_repaired_submission_has_each_cell_once_and_no_id_twice(repair, damaged):
    repaired, _ = repair(damaged)
    assert sorted(order(repaired)) == sorted(order(handed_out()))
    ids = [cell["id"] for cell in repaired["cells"]]
    assert len(set(ids)) == len(ids)


def test_most_damages_cost_points_without_a_repair():
    lost = 0
    for change in DAMAGES.values():
        notebook = solved()
        change(notebook)
        lost += points(notebook) < FULL
    assert lost > len(DAMAGES) / 2
    assert points(solved()) == FULL and points(handed_out()) == 0


def test_a_submission_that_fits_is_left_as_it_is(repair):
    with_own_cells = solved()
    insert(with_own_cells, "task2", extra("scratch = 1"))
    insert(with_own_cells, "check2", extra("root = 7", id="own-2"))
    insert(with_own_cells, "words", extra("A remark.", "markdown", id="own-3"))
    for notebook in (solved(), handed_out(), with_own_cells):
        assert repair(notebook) == (notebook, [])


def test_code_is_not_taken_for_an_answer_in_words(repair):
    notebook = handed_out()
    insert(notebook, "words", extra("side = 3"))
    assert repair(notebook) == (notebook, [])


def test_a_copy_behind_the_check_does_not_take_the_place_of_the_answer(repair):
    notebook = solved()
    a_wrong_copy_behind_the_check(notebook)
    repaired, notes = repair(notebook)
    assert cell_of(repaired, "first")["source"] == ANSWERS["first"]
    assert not [note for note in notes if "order" in note]


def test_cells_are_known_by_their_headings_and_checks_and_not_added_again(repair):
    notebook = solved()
    check_retyped(notebook)
    cell_of(notebook, "task2").update(
        metadata={}, source="## 1.2  A function\n\nWrite this.", id="x"
    )
    repaired, _ = repair(notebook)
    assert len(repaired["cells"]) == len(handed_out()["cells"])


def test_a_call_for_a_variant_is_not_the_check_of_the_exercise():
    checked_exercise = load_tool("repair").checked_exercise
    assert checked_exercise('dh.check("1.1", root, by=f)') == "1.1"
    for text in (
        'dh.check("1.1", 2, variant=3)',
        'x = dh.check("1.1")\nx',
        "dh.check(number)",
        "(",
    ):
        assert checked_exercise(text) is None


def test_a_swap_of_whole_exercises_is_no_damage(repair):
    notebook = solved()
    cells = notebook["cells"]
    second = slice(position(notebook, "task2"), position(notebook, "task3"))
    moved, cells[second] = cells[second], []
    cells[2:2] = moved
    assert repair(notebook) == (notebook, [])


def test_wrong_answers_stay_wrong(repair):
    for change in DAMAGES.values():
        notebook = handed_out()
        change(notebook)
        given = points(repair(notebook)[0])
        # Some changes bring right answers of their own.
        assert given <= 2 * json.dumps(notebook).count("math.sqrt") + 2, change.__name__
    wrong = solved()
    cell_of(wrong, "first")["source"] = "root = 5"
    insert(wrong, "first", copied(cell_of(wrong, "first"), source="root = 6"))
    assert points(repair(wrong)[0]) == FULL - 2


def test_a_deleted_answer_costs_its_own_points_only(repair):
    for name in ("first", "second", "words", "third"):
        notebook = solved()
        take(notebook, name)
        assert points(repair(notebook)[0]) == FULL - 2


def test_two_different_answers_are_a_matter_for_the_teacher(repair):
    notebook = solved()
    insert(notebook, "first", copied(cell_of(notebook, "first"), source="root = 5"))
    assert "which one is meant" in " ".join(repair(notebook)[1])


def text_of(cell):
    return "".join(cell["source"])


def lines(notebook):
    return {line.strip() for cell in notebook["cells"] for line in cell["source"].split("\n")}


def test_nothing_that_a_student_wrote_is_lost(repair, damaged):
    repaired, _ = repair(damaged)
    for cell in repaired["cells"]:
        cell["source"] = "".join(cell["source"])
    lost = lines(damaged) - lines(repaired) - lines(handed_out())
    assert lost <= {'dh.check("1.1",  root )'}  # of the check that was retyped


@pytest.mark.parametrize("seed", range(200))
def test_several_damages_at_once_are_repaired_in_one_go(repair, seed):
    chosen = random.Random(seed).sample(sorted(DAMAGES), 3)
    notebook = solved()
    for name in chosen:
        try:
            DAMAGES[name](notebook)
        except StopIteration:  # an earlier one took the cell away
            continue
    repaired, _ = repair(notebook)
    assert sorted(order(repaired)) == sorted(order(handed_out())), chosen
    assert repair(repaired) == (repaired, []), chosen


# Files


@pytest.fixture(scope="module")
def tool():
    return load_tool("submissions")


@pytest.fixture
def course(tmp_path):
    """A course folder with one assignment, `roots`, that was handed out."""
    write(tmp_path / "release" / "roots" / "roots.ipynb", handed_out())
    return tmp_path


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def hand_in(course, student="ada", change=answer_copied):
    """Submit the right answers, changed; return the file."""
    notebook = solved()
    change(notebook)
    return write(course / "submitted" / student / "roots" / "roots.ipynb", notebook)


def state(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_submission_is_repaired_in_its_place_and_kept_beside_it(tool, course, capsys):
    path = hand_in(course)
    before = path.read_bytes()
    tool.main([str(course)])
    assert points(json.loads(path.read_text())) == FULL
    assert path.with_name("roots (handed in).ipynb").read_bytes() == before
    said, note = capsys.readouterr().out, (course / "repairs" / "ada" / "roots.txt").read_text()
    for text in (said, note):
        assert "roots.ipynb was repaired; as it was: roots (handed in).ipynb" in text
        assert "the answer of 1.1 was there 2 times" in text
    assert all(line.startswith("ada, roots: ") for line in said.splitlines())


def test_a_second_run_changes_nothing(tool, course, capsys):
    hand_in(course)
    tool.main([str(course)])
    capsys.readouterr()
    before = state(course)
    tool.main([str(course)])
    assert state(course) == before
    assert capsys.readouterr().out == "All submissions are as nbgrader needs them.\n"


def test_an_original_that_was_kept_is_never_overwritten(tool, course):
    first = hand_in(course).read_bytes()
    tool.main([str(course)])
    second = hand_in(course, change=check_copied).read_bytes()
    tool.main([str(course)])
    path = hand_in(course)  # the first one once more
    tool.main([str(course)])
    kept = sorted(path.parent.glob("roots (*).ipynb"))
    assert [p.name for p in kept] == ["roots (handed in 2).ipynb", "roots (handed in).ipynb"]
    assert [p.read_bytes() for p in kept] == [second, first]
    assert "the check of 1.1" in (course / "repairs" / "ada" / "roots.txt").read_text()


def test_a_submission_that_fits_is_not_touched(tool, course):
    hand_in(course, change=lambda notebook: None)
    before = state(course)
    assert list(tool.repair_all(course)) == []
    assert state(course) == before


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "is empty: ask for it again"),
        (b" \n", "is empty"),
        (b"\x89PNG\r\n", "is no notebook, or a damaged one: ask for it again"),
        (json.dumps(solved()).encode()[:-40], "is no notebook, or a damaged one"),
        (b"[1, 2]", "is no notebook: ask for it again"),
        (b"[" * 100_000, "is no notebook"),
        (json.dumps({**solved(), "nbformat": 3}).encode(), "open it in JupyterLab and save it"),
        (json.dumps({**solved(), "cells": None}).encode(), "is a damaged notebook"),
        (json.dumps({**solved(), "cells": [{"source": 1}]}).encode(), "is a damaged notebook"),
        (json.dumps({**solved(), "cells": [extra("", metadata=1)]}).encode(), "is a damaged"),
    ],
)
def test_what_is_no_notebook_is_left_alone_and_stops_no_other(tool, course, content, said):
    path = hand_in(course, "ada")
    path.write_bytes(content)
    other = hand_in(course, "bob")
    (line, *lines) = tool.repair_all(course)
    assert line.startswith("ada, roots: roots.ipynb ") and said in line
    assert path.read_bytes() == content and len(list(path.parent.iterdir())) == 1
    assert said in (course / "repairs" / "ada" / "roots.txt").read_text()
    assert lines and points(json.loads(other.read_text())) == FULL


def test_a_notebook_of_another_name_is_named(tool, course):
    path = hand_in(course)
    path.rename(path.with_name("roots-Copy1.ipynb"))
    (line,) = tool.repair_all(course)
    assert "there is no roots.ipynb, but: roots-Copy1.ipynb. If one of them" in line


def test_files_and_hidden_folders_beside_submissions_are_passed_over(tool, course):
    path = hand_in(course, change=lambda notebook: None)
    (path.parent.parent / "all.zip").write_bytes(b"PK")
    (path.parent.parent / ".ipynb_checkpoints").mkdir()
    assert list(tool.repair_all(course)) == []


def test_an_unknown_assignment_is_named(tool, course):
    write(course / "submitted" / "ada" / "rots" / "roots.ipynb", solved())
    assert list(tool.repair_all(course)) == [
        "ada, rots: no assignment rots was handed out: rename this folder"
    ]


def test_a_link_is_not_followed(tool, course, tmp_path):
    outside = write(tmp_path / "outside.ipynb", solved())
    path = hand_in(course)
    path.unlink()
    path.symlink_to(outside)
    before = outside.read_bytes()
    (line,) = tool.repair_all(course)
    assert "is a link: put the file itself here" in line and outside.read_bytes() == before


def test_a_submission_that_was_graded_before_is_to_be_graded_anew(tool, course):
    hand_in(course)
    (course / "autograded" / "ada" / "roots").mkdir(parents=True)
    said = " ".join(tool.repair_all(course))
    assert "nbgrader autograde roots --student ada --force" in said


def test_an_interrupted_repair_is_made_again(tool, course, monkeypatch):
    path = hand_in(course)
    before = path.read_bytes()

    def power_cut(notebook):
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, "as_text", power_cut)
    with pytest.raises(KeyboardInterrupt):
        tool.main([str(course)])
    assert path.read_bytes() == before
    monkeypatch.undo()
    tool.main([str(course)])
    assert points(json.loads(path.read_text())) == FULL
    assert path.with_name("roots (handed in).ipynb").read_bytes() == before
    assert len(list(path.parent.iterdir())) == 2
    assert (course / "repairs" / "ada" / "roots.txt").read_text().count("was repaired") == 1


def test_a_broken_character_does_not_stop_the_others(tool, course):
    def break_a_character(notebook):
        answer_copied(notebook)
        notebook["cells"].append(extra("# \ud800"))

    path = hand_in(course, change=break_a_character)
    list(tool.repair_all(course))
    assert points(json.loads(path.read_text())) == FULL


def test_a_submission_is_never_run(tool, course, tmp_path):
    trace = tmp_path / "trace"

    def leave_a_trace(notebook):
        answer_copied(notebook)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["source"] = f"open({str(trace)!r}, 'w')\n{cell['source']}"

    hand_in(course, change=leave_a_trace)
    assert list(tool.repair_all(course)) and not trace.exists()


def test_a_folder_that_is_no_course_folder_says_what_to_do(tool, tmp_path):
    with pytest.raises(SystemExit, match="has no release/: make the course folder first"):
        tool.main([str(tmp_path)])


# With nbgrader

LESSON = "05_shapes"


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    folder, grading = tmp_path_factory.mktemp("class"), load_tool("grading")
    grading.install()
    grading.make(folder, [path for path in EXERCISES if path.stem == LESSON])
    return folder


def a_class(folder):
    """Return what twenty students hand in: by the kind of it, a notebook and its lost points.

    All but the first four and the last two hold right answers.
    """
    blank, full = course_folder.handed_out(folder, LESSON), course_folder.solved(folder, LESSON)
    checks = [c["id"] for c in full["cells"] if marks(c).get("grade") and c["cell_type"] == "code"]
    worth = {name: marks(cell_of(full, name))["points"] for name in checks}
    answers = {name: full["cells"][position(full, name) - 1]["id"] for name in checks}
    check = checks[2]
    answer = answers[check]
    task = next(c["id"] for c in full["cells"][position(full, checks[1]) + 1 :])
    words = next(c["id"] for c in full["cells"] if marks(c).get("grade") and c["id"] not in checks)
    function = next(n for n in answers.values() if "def " in text_of(cell_of(blank, n)))
    students = {}

    def student(kind, lost=0, notebook=full):
        students[kind] = copy.deepcopy(notebook), lost
        return students[kind][0]

    student("right")
    student("empty", sum(worth.values()), blank)
    cell_of(student("wrong", worth[check]), answer)["source"] = "wrong = None"
    half = student("half", sum(worth[name] for name in checks[3:]))
    for name in checks[3:]:
        cell_of(half, answers[name])["source"] = cell_of(blank, answers[name])["source"]

    insert(student("answer-copied"), answer, copied(cell_of(full, answer)))
    insert(student("copy-as-handed-out"), answer, copied(cell_of(blank, answer)))
    insert(student("check-copied"), check, copied(cell_of(full, check)))
    notebook = student("exercise-copied")
    start, end = position(full, task), position(full, check) + 1
    notebook["cells"][end:end] = [copied(cell) for cell in full["cells"][start:end]]
    insert(student("words-copied"), words, copied(cell_of(full, words)))

    for kind, marked in (("split", False), ("split-by-jupyterlab", True)):
        notebook = student(kind)
        cell_of(notebook, function)["source"] = text_of(cell_of(full, function))
        split(notebook, function, "    return", marked)

    notebook = student("check-moved")
    insert(notebook, task, take(notebook, check))
    notebook = student("setup-moved")
    notebook["cells"].append(take(notebook, "setup"))

    take(student("check-deleted"), check)
    notebook = student("check-and-answer-deleted", worth[check])
    take(notebook, answer), take(notebook, check)
    take(student("words-deleted"), words)

    notebook = student("check-retyped")
    take(notebook, check)
    insert(notebook, answer, extra(text_of(cell_of(full, check))))
    for cell in student("metadata-lost")["cells"]:
        cell["metadata"] = {}
        del cell["id"]

    students["no-notebook"] = "My answers: 32, 16, 11", sum(worth.values())
    students["no-content"] = "", sum(worth.values())
    return students, sum(worth.values())


@course_folder.with_nbgrader
def test_a_class_of_twenty_gets_the_points_of_its_right_answers(tool, class_folder, capsys):
    grading, start = load_tool("grading"), time.monotonic()
    students, most = a_class(class_folder)
    assert len(students) == 20
    for student, (notebook, _) in students.items():
        if isinstance(notebook, str):
            path = class_folder / "submitted" / student / LESSON / f"{LESSON}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(notebook)
        else:
            course_folder.submit(class_folder, student, LESSON, notebook)

    tool.main([str(class_folder)])
    with pytest.raises(RuntimeError) as failed:  # only the two that are no notebooks
        grading.run("autograde", LESSON, "--create", folder=class_folder)
    graded = {path.parent.name for path in class_folder.glob(f"autograded/*/{LESSON}")}
    assert graded == set(students) - {"no-notebook", "no-content"}, failed.value
    grading.run("generate_feedback", LESSON, folder=class_folder)
    reached, _ = course_folder.scores(grading, class_folder, LESSON)

    wanted = {student: most - lost for student, (_, lost) in students.items()}
    with capsys.disabled():
        print(f"\n{'kind':26} wanted given")
        for student, score in wanted.items():
            print(f"{student:26} {score:6} {reached.get(student, 0):5.0f}")
        print(f"Repaired, graded, with feedback, in {time.monotonic() - start:.0f} s")
    assert {student: reached.get(student, 0) for student in students} == wanted
    for student in graded:
        assert (class_folder / "feedback" / student / LESSON / f"{LESSON}.html").exists()
        assert not list((class_folder / "feedback" / student).rglob("*handed in*"))
