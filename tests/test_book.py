"""The sources of the book: whole, linked, and without solutions in the students' edition.

Sphinx makes pages of them without running a cell. `make test-pages` looks at these in a browser.
"""

import re
import subprocess
import sys
import types
from pathlib import Path

from d2l_helpers.export.environments import OwnEnvironmentError

import headings
import make_book
import nbformat
import notebook_pages
import page_links
import pytest
import sources
import table_pages
from alternative_texts import alternative_texts
from stored_lessons import EXERCISES, LESSONS, ROOT, given_lines, prose, read, solution_lines, tasks

pytestmark = pytest.mark.once

TREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module", params=["book", "teacher"])
def edition(request):
    return request.param


@pytest.fixture(scope="module")
def pages(edition):
    return sources.pages(edition)


def shown(content):
    """Return what a page shows, without the outputs of cells."""
    if isinstance(content, str):
        return content
    return "\n".join(cell.source for cell in content.cells)


# Solutions


def leaked(path, page):
    """Return the lines of the solutions of a notebook that a page shows."""
    secret = solution_lines(read(path)) - given_lines(read(path))
    return secret & {line.strip() for line in page.splitlines()}


def test_the_students_book_shows_no_solution():
    pages = sources.pages("book")
    for path in EXERCISES:
        page = pages[f"exercises/{path.name}"]
        assert not leaked(path, shown(page)), path.name
        assert not [cell for cell in page.cells if cell.get("outputs")]
    everything = "\n".join(map(sources.as_text, pages.values()))
    assert notebook_pages.SOLUTION not in everything and "### BEGIN" not in everything
    assert not [page for page in pages if page.startswith("docs/teaching/")]


def test_a_leak_would_be_found():
    path = EXERCISES[5]
    assert leaked(path, shown(read(path)))
    assert leaked(path, shown(notebook_pages.teachers_exercises(read(path))))


def test_the_teachers_book_has_a_solution_to_open_for_each_exercise():
    pages = sources.pages("teacher")
    for path in EXERCISES:
        text = shown(pages[f"exercises/{path.name}"])
        assert solution_lines(read(path)) <= {line.strip() for line in text.splitlines()}
        assert text.count(notebook_pages.SOLUTION) == len(tasks(read(path)))
        assert text.count("<details") == text.count("</details>")
    assert len([page for page in pages if page.startswith("docs/teaching/")]) == len(LESSONS) + 2


def test_hints_are_to_be_opened_and_belong_to_the_task_above(pages):
    for path in EXERCISES:
        cells = pages[f"exercises/{path.name}"].cells
        texts = [cell.source for cell in cells]
        for task in tasks(read(path)):
            hints = task.metadata["exercise"].get("hints", [])
            i = next(i for i, cell in enumerate(cells) if cell.id == task.id)
            below = texts[i + 1 : i + 1 + len(hints)]
            assert len(below) == len(hints)
            assert all(text.startswith('<details class="hint">') for text in below)
            assert all(words_of(hint) in words_of(text) for hint, text in zip(hints, below))


def words_of(text):
    """Return the words of a text, without those of its links' targets, which may differ."""
    return " ".join(re.findall(r"\w+", re.sub(r"\]\([^)]*\)", "]", text)))


# Lessons


def test_what_proves_and_what_draws_is_folded_and_nothing_else(pages):
    for path in LESSONS:
        page = pages[f"notebooks/{path.name}"]
        folded = {"guard": "hide-cell", "drawing": "hide-input"}
        for cell in page.cells:
            tags = set(cell.metadata.get("tags", []))
            assert tags & set(folded.values()) == {folded[tag] for tag in tags & folded.keys()}


def test_the_lessons_keep_their_code_their_outputs_and_their_predictions(pages):
    for path in LESSONS:
        stored, page = read(path), pages[f"notebooks/{path.name}"]
        code = [(c.source, c.outputs) for c in stored.cells if c.cell_type == "code"]
        assert [(c.source, c.outputs) for c in page.cells if c.cell_type == "code"] == code
        begins = re.findall(r"^\*\*Predict", prose(stored), re.MULTILINE)
        assert prose(page).count('<div class="predict">') == len(begins) > 0


def test_every_figure_has_its_stored_text():
    assert sum(len(alternative_texts(path)) for path in [*LESSONS, *EXERCISES]) > 90


def test_a_figure_without_a_text_is_an_error(tmp_path):
    output = nbformat.v4.new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    with pytest.raises(KeyError, match="image/png"):
        alternative_texts(tmp_path / "a.ipynb")


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """A function that stores a lesson as `make run` leaves it, and returns what the book takes."""
    stored = read(LESSONS[0])
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "build").mkdir()
    nbformat.write(stored, tmp_path / "notebooks" / LESSONS[0].name)
    monkeypatch.setattr(sources, "ROOT", tmp_path)

    def taken(run, executed=True):
        nbformat.write(run, tmp_path / "build" / LESSONS[0].name)
        return sources.as_run(tmp_path / "notebooks" / LESSONS[0].name, executed)

    return taken


def test_a_finished_run_is_taken_and_no_other(executed):
    assert sources.not_run() == [LESSONS[0].stem]
    run = nbformat.from_dict(read(LESSONS[0]))
    code = [cell for cell in run.cells if cell.cell_type == "code"]
    code[0].outputs = [nbformat.v4.new_output("stream", text="of this run")]
    assert executed(run).cells == run.cells and sources.not_run() == []
    assert executed(run, executed=False).cells == read(LESSONS[0]).cells
    code[-1].execution_count = None  # it failed before
    assert executed(run).cells == read(LESSONS[0]).cells and sources.not_run()
    code[-1].execution_count = 1
    code[-1].source += "\n# of another edition"
    assert executed(run).cells == read(LESSONS[0]).cells


# What can go wrong


@pytest.fixture
def sphinx(tmp_path, monkeypatch):
    """A Sphinx that does what `sphinx.run` is set to, and a folder in which a book is already."""
    stub = types.SimpleNamespace(install=lambda: None, run=lambda *words: Path(words[-1]).mkdir())
    monkeypatch.setattr(make_book, "environment", lambda: stub)
    monkeypatch.setattr(make_book, "BUILD", tmp_path)
    monkeypatch.setattr(make_book.build, "__defaults__", (False, tmp_path))
    monkeypatch.setattr(sources, "write", lambda edition, folder, executed: folder.mkdir())
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.html").write_text("the old book")
    return stub


def made(monkeypatch, *words):
    """Call the tool, and return the sentence with which it ends."""
    monkeypatch.setattr(sys, "argv", ["make_book.py", *words])
    with pytest.raises(SystemExit) as end:
        make_book.main()
    return str(end.value)


def test_when_sphinx_finds_something_wrong_it_is_shown_and_the_old_book_stays(
    sphinx, tmp_path, monkeypatch
):
    def fail(*words):
        raise OwnEnvironmentError("index.md:3: WARNING: unknown document")

    sphinx.run = fail
    said = made(monkeypatch, "book")
    assert said == "The book was not made: index.md:3: WARNING: unknown document"
    assert (tmp_path / "book" / "index.html").read_text() == "the old book"
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


def test_without_a_browser_nothing_is_printed_and_that_is_said_at_once(sphinx, monkeypatch):
    sphinx.install = sphinx.run = lambda *words: pytest.fail("Sphinx ran")
    monkeypatch.setenv("PATH", "")
    said = made(monkeypatch, "print")
    assert said.startswith("The print was not made: this needs a browser, chromium or ")
    assert said.endswith("install one of them, and try again")


def test_without_a_python_that_is_new_enough_the_book_says_which_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(make_book, "BUILD", tmp_path)
    old = subprocess.CompletedProcess([], 0, stdout="3.9 /usr/bin/python3.9\n3.10 /python3.10\n")
    monkeypatch.setattr(make_book.subprocess, "run", lambda *words, **options: old)
    said = made(monkeypatch, "book")
    assert said.startswith("The book was not made: the book needs Python 3.11 or newer")
    old.stdout += "3.12 /a folder/python3.12\n"
    assert make_book.environment().interpreter == Path("/a folder/python3.12")


def test_lessons_that_were_not_run_are_named(sphinx, monkeypatch, capsys):
    monkeypatch.setattr(sources, "not_run", lambda: ["05_shapes", "06_training"])
    sphinx.run = lambda *words: (Path(words[-1]) / ".doctrees").mkdir(parents=True)
    make_book.build("book", executed=True)
    assert "since make run has not run them: 05_shapes 06_training\n" in capsys.readouterr().err
    make_book.build("book")
    assert "05_shapes" not in capsys.readouterr().err


# Links


def targets(page, text):
    """Yield the files and headings that a page links to."""
    pieces = page_links.CODE.split(text)
    for match in page_links.LINK.finditer("".join(pieces[::2])):
        if "://" not in match[2]:
            yield page_links.resolved(page, match[2]) if match[2] else page, (match[3] or "#")[1:]


def names_of_headings(text):
    return {headings.slug(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def test_links_to_what_is_not_in_the_book_become_words_and_these_are_few(pages):
    left_out = set()
    for page in pages:
        if (ROOT / page).suffix == ".md" and (ROOT / page).exists():
            for target, _ in targets(page, (ROOT / page).read_text(encoding="utf-8")):
                left_out |= {target} - pages.keys()
    assert left_out == {"README.md", "mxnet_today/README.md", "docs/packages.csv"}


def test_each_link_leads_to_a_page_and_a_heading_of_the_book(pages):
    texts = {page: markdown(content) for page, content in pages.items()}
    for page, text in texts.items():
        for target, heading in targets(page, text):
            assert target in texts, page
            assert not heading or heading in names_of_headings(texts[target]), (page, heading)


def markdown(content):
    return content if isinstance(content, str) else prose(content)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b.md) and [c](gone.md)", "[a](b.md) and c"),
        ("[x](../notebooks/05_s.ipynb#Why-so-deep?)", "[x](../notebooks/05_s.ipynb#why-so-deep)"),
        ("[home](https://example.org/a.md#B)", "[home](https://example.org/a.md#B)"),
        ("`[a](gone.md)` [here](#One-formula)", "`[a](gone.md)` [here](#one-formula)"),
        ("```\n[a](gone.md)\n```", "```\n[a](gone.md)\n```"),
        ("![picture](gone.png)", "![picture](gone.png)"),
    ],
)
def test_a_link_is_adapted(text, expected):
    pages = {"docs/a.md", "docs/b.md", "notebooks/05_s.ipynb"}
    assert page_links.with_links(text, "docs/a.md", pages) == expected


# Pages made from tables, and contents


def test_the_contents_hold_each_page_once(pages):
    entries = [
        entry
        for tree in TREE.findall(pages["index.md"])
        for entry in tree.splitlines()
        if entry and not entry.startswith(":")
    ]
    others = {"index.md", "api/d2l_helpers/index"}
    assert sorted({*entries} - others) == sorted(pages.keys() - others)
    assert len(entries) == len(set(entries))


def test_the_glossary_has_all_terms(pages):
    table = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", table, re.MULTILINE)[2:]
    text = pages["docs/glossary.md"]
    assert len(rows) > 150
    for names, sentence in rows:
        assert all(f"\n{name}\n" in text for name in names.split(", ")) and sentence in text


def test_results_hold_all_recorded_runs_with_their_commands(pages):
    text = pages["results.md"]
    for path in (ROOT / "results").glob("*.csv"):
        (section,) = re.findall(rf"^## {path.stem}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert section.count("\n| ") - 1 == len(lines)
        assert "\n- `python " in section or "\n- `make bench`\n" in section


def test_a_column_that_does_not_change_is_told_above_the_table():
    columns = [("a", "1", "2"), ("b", "3", "3")]
    assert table_pages.by_variety(columns) == ([("b", "3", "3")], [("a", "1", "2")])
    assert table_pages.by_variety([("a", "1")]) == ([], [("a", "1")])


def test_all_exercises_are_on_one_page(pages):
    rows = re.findall(r"^\| \[[\d.cli]+", pages["exercises.md"], re.MULTILINE)
    assert len(rows) == sum(len(tasks(read(path))) for path in EXERCISES) > 120


def test_all_statements_of_the_tutorials_are_there(pages):
    text = pages["data/tutorials/README.md"]
    with open(ROOT / "data" / "tutorials" / "statements.csv", encoding="utf-8") as file:
        assert len(re.findall(r"^\| \d", text, re.MULTILINE)) == sum(1 for _ in file) - 1


def test_text_in_a_table_is_shown_as_it_is():
    assert table_pages.literal("a|b_c *d* <e>") == r"a\|b\_c \*d\* \<e\>"
