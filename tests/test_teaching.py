"""What the pages in docs/teaching must be like, and that they agree with the notebooks."""

import re

import pytest
from stored_lessons import EXERCISES, LESSONS, ROOT, prose, read, table, tasks

pytestmark = pytest.mark.once

PAGES = ROOT / "docs" / "teaching"
CLINIC = ROOT / "exercises" / "clinic_ten_broken_nets.ipynb"  # which has no lesson of its own
SECTIONS = ["Minutes", "What the room predicts", "Where they get stuck", "To the exercises"]
SECTIONS_OF_CLINIC = [*SECTIONS[:3], "How to run it"]
PARTS = ["Most say", "Why", "The lesson", "Say"]
PARTS_OF_CLINIC = ["Most suspect", "Why", "The number", "Say"]
WORDS = 350, 600  # of about one printed page
PREDICTIONS = 3, 5
PROMPT = re.compile(r"\*\*Predict(?::\*\*|\*\*:?)\s+(?=\S)")
NAMED = re.compile(r"(\d\d\.\d+) \((\d+) min, (\d+) points\)")
EXERCISE = re.compile(r"(?<![\d.])(?:0\d|clinic)\.\d+(?![\d.])")  # 11.5 may be a number
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
# Behind a ~, and the two closing lines of train_ch6.
MEASURED = re.compile(r"~\S+|^loss \d.*|^.* examples/sec .*", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request):
    return request.param


# A lesson's page, or that of the clinic.
each_page = pytest.mark.parametrize("path", [*LESSONS, CLINIC], ids=lambda path: path.stem)


@pytest.fixture
def page(path):
    return (PAGES / f"{path.stem}.md").read_text(encoding="utf-8")


def shown(notebook):
    """Return a notebook's prose and outputs, without what was measured: that differs by machine."""
    texts = [prose(notebook)]
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return MEASURED.sub("", "\n".join(texts))


def headings(text):
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def section(page, heading):
    """Return the text of a section of a page."""
    return re.split(r"^## .+$", page, flags=re.MULTILINE)[1 + headings(page).index(heading)]


def predictions(page):
    """Return the quoted prompts of a page, each with its parts by name."""
    text = section(page, "What the room predicts")
    pieces = re.split(r'^\*\*"(.+)"\*\*.*$', text, flags=re.MULTILINE)[1:]
    parts = [re.findall(r"^- ([\w ]+): (.+)$", piece, re.MULTILINE) for piece in pieces[1::2]]
    return list(zip(pieces[::2], parts))


def minutes_of(path, text):
    """Return the minutes of a notebook in the list of lessons, in README or in docs/teaching."""
    (row,) = re.findall(rf"^\| \[[^\]]+\]\([\w/]*{path.stem}\.\w+\) \|.*$", text, re.MULTILINE)
    return int(re.search(r"\| (\d+)(?: min)? \|", row)[1])


def as_students_get_it(case):
    """Return the prose of a case of the clinic, without its solution."""
    text = "\n\n".join(
        cell.source
        for cell in read(CLINIC).cells
        if cell.cell_type == "markdown" and "solution" not in cell.metadata.get("tags", [])
    )
    return re.search(rf"^## {re.escape(case)}  .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[0]


# Form


def test_each_lesson_and_the_clinic_have_their_page_and_there_is_no_other():
    names = [*(path.stem for path in LESSONS), "README", CLINIC.stem]
    assert sorted(page.stem for page in PAGES.glob("*.md")) == names


@each_page
def test_a_page_has_the_title_of_its_notebook_and_its_sections_in_order(path, page, notebook):
    title = re.match(r"# ([^:\n]+)", notebook.cells[0].source.strip())[1]
    assert page.startswith(f"# {title}: for the teacher\n")
    assert headings(page) == (SECTIONS_OF_CLINIC if path == CLINIC else SECTIONS)


@each_page
def test_a_page_is_about_one_printed_page(page):
    words = re.findall(r"[^\W_]+(?:['.,-][^\W_]+)*", LINK.sub("]", page))
    assert WORDS[0] <= len(words) <= WORDS[1]


@each_page
def test_each_prediction_has_its_four_parts(path, page, notebook):
    found = predictions(page)
    prompts = len(PROMPT.findall(prose(notebook)))
    assert min(PREDICTIONS[0], prompts) <= len(found) <= PREDICTIONS[1]
    for prompt, parts in found:
        names = PARTS_OF_CLINIC if path == CLINIC else PARTS
        assert [name for name, _ in parts] == names, prompt
        assert re.fullmatch(r'".+"', dict(parts)["Say"]), prompt


@each_page
def test_two_to_four_places_are_named_where_people_get_stuck(page):
    assert 2 <= len(re.findall("^- ", section(page, "Where they get stuck"), re.MULTILINE)) <= 4


# Agreement with the notebooks


def test_the_minutes_name_all_sections_of_the_lesson_word_for_word(page, notebook):
    rows = table(section(page, "Minutes"))
    assert [row[0] for row in rows[:-1]] == headings(prose(notebook))[:-1]  # without "Exercises"
    assert headings(prose(notebook))[-1] == "Exercises"


def test_the_minutes_add_up_to_those_of_the_lesson_and_of_both_lists(path, page, notebook):
    *rows, (name, total, _) = table(section(page, "Minutes"))
    total = int(total.strip("*"))
    assert name == "**in all**"
    assert sum(int(minutes) for _, minutes, _ in rows) == total
    assert int(re.search(r"\*\*Time\*\*: (?:about )?(\d+) minutes", prose(notebook))[1]) == total
    for readme in (ROOT / "README.md", PAGES / "README.md"):
        assert minutes_of(path, readme.read_text(encoding="utf-8")) == total


def test_prompts_are_quoted_word_for_word(page, notebook):
    text = prose(notebook)
    asked = [text[match.end() :] for match in PROMPT.finditer(text)]
    for prompt, _ in predictions(page):
        assert any(question.startswith(prompt) for question in asked), prompt


@each_page
def test_what_a_notebook_shows_stands_in_the_notebook(page, notebook):
    text = shown(notebook)
    for prompt, parts in predictions(page):
        for name, said in parts[2:]:  # "The lesson" or "The number", and "Say"
            for number in NUMBER.findall(said):
                assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", text), (
                    prompt,
                    name,
                    number,
                )


def test_all_exercises_are_named_with_their_minutes_and_points(path, page):
    exercises = [cell.metadata["exercise"] for cell in tasks(read(ROOT / "exercises" / path.name))]
    text = section(page, "To the exercises")
    facts = [(e["id"], str(e["minutes"]), str(e["points"])) for e in exercises]
    assert sorted(NAMED.findall(text)) == sorted(facts)
    for_a_person = re.search(r"^- To grade: (.+)$", text, re.MULTILINE)[1]
    assert [number for number, _, _ in NAMED.findall(for_a_person)] == [
        e["id"] for e in exercises if e["kind"] == "explain"
    ]


def test_exercises_that_are_mentioned_exist():
    known = [cell.metadata["exercise"]["id"] for path in EXERCISES for cell in tasks(read(path))]
    for source in PAGES.glob("*.md"):
        for number in EXERCISE.findall(source.read_text(encoding="utf-8")):
            assert number in known, (source.name, number)


# The clinic


@pytest.fixture
def clinic():
    return (PAGES / f"{CLINIC.stem}.md").read_text(encoding="utf-8")


def test_the_minutes_of_the_clinic_are_those_of_its_cases_and_add_up(clinic):
    *rows, (name, total, *_) = table(section(clinic, "Minutes"))
    cases = {headings(c.source)[0]: c.metadata["exercise"] for c in tasks(read(CLINIC))}
    assert [(row[0], int(row[1])) for row in rows] == [
        (heading, exercise["minutes"]) for heading, exercise in cases.items()
    ]
    total = int(total.strip("*"))
    assert name == "**in all**"
    assert sum(int(minutes) for _, minutes, *_ in rows) == total
    assert minutes_of(CLINIC, (PAGES / "README.md").read_text(encoding="utf-8")) == total


def test_a_case_rests_on_lessons_that_the_clinic_needs(clinic):
    needed = {f"0{number}" for number in range(10)}
    assert "lessons 00 to [09]" in prose(read(CLINIC))
    assert "lessons 00 to 09" in section(clinic, "Minutes")
    for name, _, lessons, _ in table(section(clinic, "Minutes"))[:-1]:
        assert set(lessons.split(", ")) <= needed, name


def test_a_case_is_quoted_word_for_word_as_students_get_it(clinic):
    quoted = re.findall(r'^\*\*"(.+)"\*\* \((.+)\)$', clinic, re.MULTILINE)
    assert len(quoted) == len(predictions(clinic))
    for words, case in quoted:
        assert words in as_students_get_it(case), case


def test_the_plan_for_90_minutes_has_three_or_four_cases_and_adds_up(clinic):
    plan = re.search(r"^- In 90 minutes: (.+)$", section(clinic, "How to run it"), re.MULTILINE)[1]
    chosen = EXERCISE.findall(plan)
    first, after_each, last = map(int, re.findall(r"(?<![\d.])\d+", plan))
    exercises = [cell.metadata["exercise"] for cell in tasks(read(CLINIC))]
    minutes = [e["minutes"] + after_each for e in exercises if e["id"] in chosen]
    assert 3 <= len(chosen) <= 4
    assert first + sum(minutes) + last == 90


# Links (that they lead somewhere: test_links.py)


def test_a_page_leads_to_its_lesson_and_to_its_exercises(path, page):
    links = LINK.findall(page)
    assert f"../../notebooks/{path.name}" in links
    assert f"../../exercises/{path.name}" in links


def test_the_page_of_the_clinic_leads_to_its_cases(clinic):
    assert f"../../exercises/{CLINIC.name}" in LINK.findall(clinic)


def test_the_list_of_pages_is_complete():
    links = LINK.findall((PAGES / "README.md").read_text(encoding="utf-8"))
    pages = [f"{path.stem}.md" for path in [*LESSONS, CLINIC]]
    assert pages == [link for link in links if "/" not in link]
