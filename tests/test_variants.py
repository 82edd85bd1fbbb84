"""Tasks with other numbers: `dh.exercise`, and the tool that draws, solves and hashes them."""

import inspect
import json
import re
import string

import d2l_helpers as dh
from d2l_helpers.exercises import answer_hashes, check, progress, variants
from d2l_helpers.exercises.entries import entries

import pytest
from mxnet import gluon, np, npx
from stored_lessons import EXERCISES, ROOT, load_tool, read, tasks

TOOL = load_tool("variants")
TASKS = TOOL.TASKS
FORTY = {"kind": "number", "hash": answer_hashes.digest("alexnet course 05.1 variant 1/n", "40")}
STORED = {
    "05.1": {
        "names": ["n"],
        "task": "{n} pixels and {more[0]:,}. How many are left (`n`)?",
        "variants": [
            {"numbers": {"n": 4, "more": [1000]}, "answers": {"n": {**FORTY, "coarser": []}}},
            {"numbers": {"n": 5, "more": [2000]}, "answers": {"n": {**FORTY, "coarser": []}}},
        ],
    },
    "05.3": {"names": ["a", "b"], "task": "", "variants": []},
}
ENTRIES = {name: {"salt": "salt", "hints": []} for name in ("04.1", "05.1", "05.2", "05.3")}
# What an entry may say besides hashes: nothing of it is an answer.
SAID = {"kind", "digits", "decimals", "share", "factors", "cases", "of"}
# In these the exercise itself asks for something else as well, or for something larger.
UNLIKE_THE_EXERCISE = {"04.1", "04.3", "07.2", "07.4", "07.6", "11.3", "11.6", "12.6"}
UNLIKE_THE_EXERCISE |= {"clinic.8"}

each_task = pytest.mark.parametrize("number", TASKS)


@pytest.fixture
def small(monkeypatch):
    """Two exercises of lesson 05 with variants, one without, and one in a lesson without any."""
    monkeypatch.setattr(variants, "variants", lambda: STORED)
    monkeypatch.setattr(variants, "entries", lambda: ENTRIES)
    monkeypatch.setattr(check, "entries", lambda: ENTRIES)


@pytest.fixture(scope="module")
def drawn():
    """The numbers and the answers of all variants, by exercise."""
    return {number: TOOL.draw_variants(number) for number in TASKS}


# The function


def test_a_variant_is_printed_with_its_numbers_and_its_check(small, capsys):
    dh.exercise("05.1", variant=2)
    assert capsys.readouterr().out == (
        "05.1, variant 2\n\n5 pixels and 2,000. How many are left (`n`)?\n\n"
        'To check it: dh.check("05.1", n, variant=2)\n'
    )


def test_without_a_variant_it_prints_where_the_task_stands_and_which_variants_there_are(
    small, capsys
):
    dh.exercise("05.1")
    assert capsys.readouterr().out == (
        "05.1 is in exercises/05_shapes.ipynb. It has variants 1 to 2, the same task with other\n"
        'numbers: dh.exercise("05.1", variant=1)\n'
    )
    dh.exercise("05.2")
    assert capsys.readouterr().out == (
        "05.2 is in exercises/05_shapes.ipynb. It has no variants. In lesson 05, 05.1 and 05.3\n"
        "have them.\n"
    )


def test_the_package_alone_names_the_lesson(small, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(variants, "ROOT", tmp_path)
    dh.exercise("05.1")
    assert capsys.readouterr().out.startswith("05.1 is in the exercises of lesson 05. It has")


@pytest.mark.parametrize("variant", [0, 3, -1, "2", 2.0, True, [1]])
@pytest.mark.parametrize("ask", [dh.exercise, dh.check, check.mistake])
def test_another_variant_is_refused_with_those_that_there_are(small, ask, variant):
    message = re.escape(
        f"exercise 05.1 has no variant {variant!r}. Give a whole number from 1 to 2, such as "
        "variant=1."
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        ask("05.1", variant=variant)


@pytest.mark.parametrize("ask", [dh.exercise, dh.check, check.mistake])
def test_an_exercise_without_variants_names_others_of_its_lesson(small, ask):
    with pytest.raises(ValueError, match=r"^exercise 05\.2 has no variants\. In lesson 05, 05\.1"):
        ask("05.2", variant=1)
    with pytest.raises(ValueError, match=r"No exercise of lesson 04 has any\.$"):
        ask("04.1", variant=1)


@pytest.mark.parametrize("variant", [None, 1])
@pytest.mark.parametrize("number, words", [("05.9", "There are 05.1 to 05.3."), (5.1, "in quotes")])
def test_an_unknown_exercise_is_refused_as_by_check(small, number, words, variant):
    with pytest.raises(ValueError, match=words):
        dh.exercise(number, variant=variant)
    with pytest.raises(ValueError, match=words):
        dh.check(number, 40, variant=variant)


# The check


def test_check_says_which_variant_is_right_and_records_it(small, monkeypatch, capsys):
    recorded = []
    monkeypatch.setattr(check, "record", lambda *solved: recorded.append(solved))
    dh.check("05.1", 40, variant=1)
    assert capsys.readouterr().out == "05.1, variant 1: right\n"
    assert recorded == [("05.1", 1)]
    dh.check("05.1", 41, variant=1)
    dh.check("05.1", 40, variant=2)
    assert capsys.readouterr().out == (
        "05.1, variant 1: off by one: too large\n05.1, variant 2: another number\n"
    )
    assert recorded == [("05.1", 1)]


def test_a_right_variant_stands_in_the_file_of_the_progress(small, monkeypatch, tmp_path):
    (tmp_path / "exercises").mkdir()
    monkeypatch.chdir(tmp_path / "exercises")
    progress.COPIES.write_text("{}")
    dh.check("05.1", 40, variant=1)
    (line,) = (tmp_path / "progress.jsonl").read_text().splitlines()
    assert json.loads(line).items() >= {"exercise": "05.1", "variant": 1}.items()


def test_the_wanted_call_names_the_variant(small):
    wrong = check.mistake("05.1", 40, 41, variant=2)
    assert wrong == '2 answers were given, and 1 wanted: dh.check("05.1", n, variant=2)'


# The tasks


def test_at_least_thirty_exercises_have_twenty_variants_each():
    stored = variants.variants()
    assert len(stored) >= 30 and list(stored) == list(TASKS)
    assert {len(entry["variants"]) for entry in stored.values()} == {20}
    assert [number for number in entries() if number in stored] == list(stored)


def test_only_exercises_that_can_be_checked_have_variants():
    kinds = {
        cell.metadata["exercise"]["id"]: cell.metadata["exercise"]["kind"]
        for path in EXERCISES
        for cell in tasks(read(path))
    }
    assert {kinds[number] for number in TASKS} <= {"compute", "predict", "write", "bug"}


@each_task
def test_the_text_uses_all_numbers_and_names_all_answers_in_order(number, drawn):
    task = TASKS[number]
    fields = [field for _, field, _, _ in string.Formatter().parse(task.text) if field]
    used = {re.split(r"[.\[]", field)[0] for field in fields}
    for numbers, answers in [(task.original, task.solve(**task.original)), *drawn[number]]:
        assert set(numbers) == used
        text = task.text.format(**numbers)
        assert not re.search(r"\d*\.\d*(0{6}|9{6})", text)  # such as 0.30000000000000004
        places = [text.find(f"`{name}") for name in answers]
        assert -1 not in places and places == sorted(places)


@each_task
def test_all_variants_have_other_answers_than_each_other_and_than_the_exercise(
    number, drawn, monkeypatch
):
    monkeypatch.setattr(answer_hashes, "digest", lambda salt, text: text)  # rounded, not hashed
    task = TASKS[number]
    of_all = [task.solve(**task.original), *(answers for _, answers in drawn[number])]
    texts = [
        str([answer_hashes.hash_answer("", a, **task.specs.get(n, {})) for n, a in answers.items()])
        for answers in of_all
    ]
    assert len(set(texts)) == len(texts) == 21


@each_task
def test_all_variants_are_sensible(number, drawn):
    for numbers, answers in drawn[number]:
        assert TASKS[number].is_sensible(numbers, answers)
        assert TASKS[number].solve(**numbers).keys() == answers.keys()


@pytest.mark.once
@pytest.mark.parametrize("number", [n for n in TASKS if n not in UNLIKE_THE_EXERCISE])
def test_the_solution_solves_the_exercise_itself(number):
    answers = TASKS[number].solve(**TASKS[number].original)
    assert check.mistake(number, *answers.values()) is None


def test_the_shares_of_devices_are_those_of_mxnet(drawn):
    for numbers, answers in drawn["13.1"]:
        devices = [npx.cpu(i) for i in range(numbers["devices"])]
        batch = np.zeros((numbers["images"], 1))
        parts = gluon.utils.split_and_load(batch, devices, even_split=False)
        assert [len(part) for part in parts] == answers["devices"]


# What is stored


def rounded(answer, spec):
    """Return an answer with the digits that are wanted, as somebody may write it down."""
    if isinstance(answer, list):
        return [rounded(item, spec) for item in answer]
    if "decimals" in spec:
        return round(answer, spec["decimals"])
    return float(f"{answer:.{spec['digits']}g}") if "digits" in spec else answer


@each_task
def test_each_right_answer_is_accepted_and_that_of_another_variant_is_not(number, drawn):
    specs = TASKS[number].specs
    for variant, (_, answers) in enumerate(drawn[number], start=1):
        assert check.mistake(number, *answers.values(), variant=variant) is None
        given = [rounded(answer, specs.get(name, {})) for name, answer in answers.items()]
        assert check.mistake(number, *given, variant=variant) is None
    _, first = drawn[number][0]
    assert check.mistake(number, *first.values(), variant=2) is not None


@pytest.mark.once
def test_the_stored_variants_are_those_that_the_tool_writes():
    written = {number: TOOL.entry(number) for number in TASKS}
    assert json.loads(json.dumps(written)) == variants.variants()
    assert variants.VARIANTS.stat().st_size < 1_000_000
    lines = variants.VARIANTS.read_text().splitlines()
    assert [line[:1] for line in lines] == ["{", *['"'] * len(TASKS), "}"]


def said_and_hashed(answer):
    """Return what an entry says in plain words, and its hashes."""
    said, hashed = set(), []
    for name, value in answer.items():
        if name == "items":
            parts = [said_and_hashed(i) for item in value for i in [item.get("result", item)]]
            said |= {word for words, _ in parts for word in words}
            hashed += [text for _, texts in parts for text in texts]
        elif name in ("hash", "hashes", "coarser"):
            hashed += [value] if name == "hash" else value
        else:
            said |= {name} - {"shape"}
    return said, hashed


def test_the_stored_answers_are_hashes_and_nothing_else():
    for stored in variants.variants().values():
        for variant in stored["variants"]:
            assert variant.keys() == {"numbers", "answers"}
            assert list(variant["answers"]) == stored["names"]
            for answer in variant["answers"].values():
                said, hashed = said_and_hashed(answer)
                assert said <= SAID
                assert hashed and all(re.fullmatch("[0-9a-f]{16}", text) for text in hashed)


@pytest.mark.once
def test_the_package_holds_no_line_of_a_solution():
    package = "\n".join(path.read_text() for path in (ROOT / "d2l_helpers").rglob("*.py"))
    package += json.dumps(variants.variants())
    solutions = [line for task in TASKS.values() for line in own_lines(task.solve)]
    assert len(solutions) > 100
    assert [line for line in solutions if line in package] == []


def own_lines(function):
    """Return the lines of a solution that are long enough to be recognized."""
    source = inspect.getsource(function)
    lines = [line.strip() for line in source[source.index("\ndef ") :].splitlines()]
    return [line for line in lines if len(line) > 40 and not line.startswith("def ")]


def test_the_solutions_stay_out_of_the_students_edition():
    scripts = {path.name for path in (ROOT / "tools").glob("*.py") if "TASKS" in path.read_text()}
    scripts |= {path.name for path in (ROOT / "tools").glob("variant*.py")}
    assert {"variants.py", "variants_00_to_07.py"} <= scripts
    assert scripts <= set(load_tool("editions").LEFT_OUT)


# The tool


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """The path of the file that the tool writes, in a folder of the test."""
    path = tmp_path / "variants.json"
    monkeypatch.setattr(TOOL, "VARIANTS", path)
    return path


def test_the_tool_replaces_the_chosen_exercises_and_keeps_the_others(stored, capsys):
    TOOL.main(["05.1"])
    TOOL.main(["00.1", "clinic.4"])
    assert capsys.readouterr().out.endswith("2 exercises with 20 variants each\n")
    content = json.loads(stored.read_text())
    assert list(content) == ["00.1", "05.1", "clinic.4"]
    assert content["05.1"] == json.loads(json.dumps(TOOL.entry("05.1")))
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]


def test_the_tool_drops_an_exercise_that_has_no_task_any_more(stored):
    stored.write_text('{"99.1": {}}')
    TOOL.main(["05.1"])
    assert list(json.loads(stored.read_text())) == ["05.1"]


def test_the_tool_names_the_tasks_that_there_are(stored):
    with pytest.raises(SystemExit, match=r"no tasks with variants: 05\.8\. There are 00\.1, "):
        TOOL.main(["05.1", "05.8"])
    assert not stored.exists()


def test_a_task_with_too_few_different_answers_is_refused(monkeypatch):
    few = TASKS["00.1"]._replace(draw=lambda rng: {**TASKS["00.1"].original, "kernel": 3})
    monkeypatch.setitem(TASKS, "00.1", few)
    monkeypatch.setattr(TOOL, "MAX_DRAWS", 10)
    with pytest.raises(RuntimeError, match=r"00\.1 has too few sensible variants: 1"):
        TOOL.draw_variants("00.1")
