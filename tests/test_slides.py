"""The slides: how lessons are cut, and, with `make test-pages`, what a browser shows.

The browser needs node, npm and Chromium, and a few MB are downloaded from npm.
"""

import functools
import json
import os
import re
import subprocess

import book.slides.__main__ as make
from book.slides.blocks import blocks_of, without_local_links
from book.slides.cut import GOALS, Slide, cut
from book.slides.deck import list_page, to_html
from book.slides.notes import read_notes
from book.slides.pieces import pieces
from book.slides.room import LEVELS, TITLE, level_of, type_size

import pytest
from browser import in_browser
from bs4 import BeautifulSoup
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from stored_lessons import EXERCISES, LESSONS, ROOT, code_cells, prose, read, without_code

pytestmark = pytest.mark.once

SOURCE = ROOT / "book" / "slides"
PAGES = ROOT / "docs" / "teaching"
# A picture of 300 x 200 pixels, as far as its head tells.
PNG = "iVBORw0KGgoAAAANSUhEUgAAASwAAADICAIAAADdvUsCAAAA"
in_a_browser = pytest.mark.skipif("TEST_PAGES" not in os.environ, reason="needs Chromium")


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request):
    return request.param


@functools.cache
def page(path):
    """The teacher's page of a lesson."""
    return (PAGES / path.with_suffix(".md").name).read_text(encoding="utf-8")


@functools.cache
def slides(path):
    """The slides of a lesson; all tests share them, so they must stay as they are."""
    return cut(read(path), read_notes(page(path)))


def texts(slide, kinds=()):
    return [block.text for block in slide.blocks if not kinds or block.kind in kinds]


# Lessons that show one rule each


def lesson(*cells):
    """A lesson with a section of some cells, given as Markdown or as cells."""
    opening = ["# 05  Shapes\n\nWhat it is about.\n\n**After this lesson you can**\n\n- do it."]
    cells = [*opening, new_code_cell("import os"), "## A section", *cells]
    return new_notebook(cells=[new_markdown_cell(c) if isinstance(c, str) else c for c in cells])


def code(source, printed="", tags=()):
    outputs = [new_output("stream", text=printed)] if printed else []
    return new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})


def figure(source="draw()", **metadata):
    data = {"image/png": PNG, "text/plain": "Figure: A cat."}
    output = new_output("display_data", data=data, metadata={"image/png": metadata})
    return new_code_cell(source, outputs=[output])


def table_of(rows):
    body = "".join(f"<tr><th>{i}</th><td>{i * i}</td></tr>" for i in range(rows))
    head = "<thead><tr><th></th><th>square</th></tr></thead>"
    html = f"<table>{head}<tbody>{body}</tbody></table>"
    return new_code_cell("table", outputs=[new_output("execute_result", data={"text/html": html})])


def shown(*cells):
    """The slides of such a section: pairs of a kind and the texts on it."""
    return [(slide.kind, texts(slide)) for slide in cut(lesson(*cells))[2:]]


def test_the_title_and_the_goals_have_slides_of_their_own():
    title, goals, section = cut(lesson("Text."))
    assert (title.kind, title.title, texts(title)) == ("title", "05  Shapes", ["What it is about."])
    assert (goals.title, texts(goals)) == ("After this lesson you can", ["- do it."])
    assert (section.title, texts(section)) == ("A section", ["Text."])


def test_a_section_begins_a_slide_and_is_continued_below_it():
    long = "Many words. " * 30
    found = cut(lesson(long, long, long, "## Another", "Short."))[2:]
    assert [slide.title for slide in found] == ["A section"] * (len(found) - 1) + ["Another"]
    assert len(found) > 2
    assert [slide.begins_section for slide in found] == [True, *[False] * (len(found) - 2), True]


def test_a_prediction_is_alone_and_its_answer_is_next():
    question, answer = "**Predict:** how many?", "They are two. Indeed."
    code_and_guard = code("1 + 1", "2"), code("assert 1", tags=["guard"])
    found = shown("Before. " * 60, question, *code_and_guard, answer, code("after()", "3"))
    assert found[-3:] == [
        ("prediction", [question, "1 + 1"]),
        ("answer", [question, "1 + 1", "2", answer]),
        ("section", ["after()", "3"]),
    ]


def test_what_leads_to_a_question_is_above_it_unless_it_is_long():
    question = "**Predict:** how many?"
    for space in (" ", "\n\n"):
        assert shown(f"It is so.{space}{question}", code("1", "2"))[0][1] == [
            "It is so.",
            question,
            "1",
        ]
    assert shown(f"{'It is so. ' * 60}\n\n{question}", code("1", "2"))[1][1] == [question, "1"]


def test_a_list_or_a_listing_that_a_question_is_about_is_above_it():
    for lead in ("```\nmodel.add(x)\n```", "| a |\n|---|\n| 1 |", "- one\n- two"):
        (kind, found), *_ = shown(f"See:\n\n{lead}\n\n**Predict:** which?", code("1", "1"))
        assert kind == "prediction"
        assert "\n".join(found).startswith(f"See:\n{lead}")


def test_an_answer_above_the_next_question_is_not_moved_to_it():
    first, second = "**Predict:** how many?", "**Predict:** and now?"
    found = shown(first, code("1", "1"), f"One.\n\n{second}", code("2", "2"))
    assert found[1] == ("answer", [first, "1", "1", "One."])
    assert found[2] == ("prediction", [second, "2"])


def test_what_is_said_between_a_question_and_its_output_goes_with_the_question():
    question = "**Predict:** how many?"
    found = shown(question, code("prepare()"), "It takes a minute.", code("run()", "2"), "Two.")
    assert found == [
        ("prediction", [question, "It takes a minute.", "prepare()", "run()"]),
        ("answer", [question, "prepare()", "run()", "2", "Two."]),
    ]


def test_a_prediction_that_only_prose_answers_is_answered_on_the_next_slide():
    question = "**Predict:** how many?"
    assert shown(question, "Two.") == [("prediction", [question]), ("answer", [question, "Two."])]


def kinds(*cells):
    return [block.kind for block in cut(lesson(*cells))[-1].blocks]


def test_code_that_draws_or_only_compares_with_other_runs_is_folded():
    assert kinds(code("f()", "1")) == ["code", "text"]
    assert kinds(code("f()", "1", tags=["drawing"])) == ["folded", "text"]
    assert kinds(figure(alt="A cat.")) == ["folded", "figure"]
    assert kinds(code("dh.seen()", "~ 1; as seen elsewhere: 1\n~ 2")) == ["folded", "text"]
    assert kinds(code("f()", "~ 1\n2")) == ["code", "text"]


def test_guards_and_what_prepares_the_lesson_are_left_out():
    assert shown(code("assert 1", tags=["guard"]), "Text.") == [("section", ["Text."])]
    assert "import os" not in to_html(cut(lesson("Text.")))


@pytest.mark.parametrize("where", ["metadata", "tag"])
def test_a_slide_type_overrules_the_rule(where):
    def typed(cell, kind):
        tagged, typed = {"tags": [kind]}, {"slideshow": {"slide_type": kind}}
        cell.metadata = from_dict(tagged if where == "tag" else typed)
        return cell

    one, two = code("one()"), new_markdown_cell("Two.")
    assert len(shown(one, two)) == 1
    for kind in ("slide", "subslide"):
        assert shown(one, typed(two, kind)) == [("section", ["one()"]), ("section", ["Two."])]
    assert shown(one, typed(two, "skip")) == [("section", ["one()"])]
    assert cut(lesson(one, typed(two, "notes")))[-1].notes == ["", "Two."]
    html = parse(to_html(cut(lesson(one, typed(two, "fragment")))))
    assert [tag.text.strip() for tag in html.select(".fragment")] == ["Two."]


def test_links_to_files_of_the_course_are_words():
    text = "[lesson 06](06_training.ipynb#x), [it](../a.md) and [a site](https://example.org)"
    assert without_local_links(text) == "lesson 06, it and [a site](https://example.org)"


# What fits


def test_little_text_is_large_and_much_is_not():
    few, many = (cut(lesson("Word and word. " * n))[-1] for n in (10, 60))
    sizes = [type_size(slide.blocks[0], slide.level) for slide in (few, many)]
    assert sizes == [36, 28]


def test_code_takes_the_largest_size_at_which_its_lines_are_whole():
    def size(letters):
        return type_size(blocks_of(lesson(code("x" * letters)))[-1], LEVELS[0])

    assert [size(n) for n in (10, 80, 100, 113)] == [26, 26, 22, 20]
    assert size(300) == 24  # wrapped


@pytest.mark.parametrize("cell", [code("f()", "line\n" * 60), table_of(40)], ids=["text", "table"])
def test_what_is_higher_than_a_slide_is_cut_and_nothing_is_lost(cell):
    unit = blocks_of(lesson(cell))[-1:]
    found = pieces(unit)
    assert len(found) > 1
    assert all(level_of(blocks) for blocks in found)
    rows = [row for blocks in found for row in re.findall(r"line|<td>\d+</td>", blocks[0].text)]
    assert rows == re.findall(r"line|<td>\d+</td>", unit[0].text)
    if unit[0].kind == "frame":
        assert all("square" in blocks[0].text for blocks in found)


def test_a_list_is_not_cut_so_that_one_line_is_left():
    found = shown("\n".join(f"- {'word ' * 40}" for _ in range(5)))
    assert [len(items) for _, items in found] == [3, 2]


def test_a_short_paragraph_has_no_slide_of_its_own():
    lines = "\n".join("f()" for _ in range(14))
    assert len(shown("Short.", code(lines))) == 1
    assert len(shown("Word and word. " * 20, code(lines))) == 2


# The lessons


def test_each_section_has_its_slides_in_order(path):
    headings = re.findall(r"^## +(.+)$", without_code(prose(read(path))), re.MULTILINE)
    found = [slide.title for slide in slides(path) if slide.begins_section]
    assert found == [slides(path)[0].title, "After this lesson you can", *headings]


def test_each_prediction_is_a_slide_and_has_its_answer(path):
    asked = re.findall(r"\*\*Predict:\*\*.*", without_local_links(prose(read(path))))
    found = [slide for slide in slides(path) if slide.kind == "prediction"]
    assert [texts(slide, ["question"]) for slide in found] == [[text] for text in asked]
    for slide in found:
        kinds = {block.kind for block in slide.blocks if not block.is_prose}
        assert kinds <= {"question", "aside", "folded"}
    for slide, answer in zip(slides(path), slides(path)[1:]):
        if slide.kind == "prediction":
            assert answer.kind == "answer"
            assert any(block.is_output for block in answer.blocks)


def test_outputs_are_in_the_order_of_the_lesson(path):
    # So that no answer precedes its question.
    outputs = [output for cell in read(path).cells for output in cell.get("outputs", [])]
    place = {id(output): i for i, output in enumerate(outputs)}  # two may be equal
    found = [block.output for s in slides(path) for block in s.blocks if block.is_output]
    places = [place[id(output)] for output in found if id(output) in place]
    assert places == sorted(set(places))
    assert len(found) - len(places) < 5  # those that are cut in pieces


def test_no_prose_of_a_lesson_is_lost(path):
    shown = "\n".join(text for s in slides(path) for text in [s.title, *texts(s)])
    for line in without_local_links(prose(read(path))).splitlines():
        before, *question = line.strip("# ").split("**Predict:**")
        assert all(part.strip() in shown for part in [before.replace(GOALS, ""), *question]), line


def test_no_cell_of_a_lesson_is_lost_but_guards_and_what_prepares(path):
    shown = "\n".join(text for slide in slides(path) for text in texts(slide))
    first_section = next(
        i for i, cell in enumerate(read(path).cells) if "\n## " in f"\n{cell.source}"
    )
    for cell in code_cells(new_notebook(cells=read(path).cells[first_section:])):
        is_guard = "guard" in cell.metadata.get("tags", [])
        assert (cell.source in shown) != is_guard, cell.source
        for output in cell.outputs:
            text = output.get("text") or output.data["text/plain"]
            assert is_guard or "data" in output or text.splitlines()[0] in shown


def test_all_fits(path):
    for slide in slides(path):
        levels = TITLE if slide.kind == "title" else LEVELS
        assert level_of(slide.blocks, levels), (slide.title, texts(slide))


def test_few_slides_hold_next_to_nothing(path):
    def words(slide):
        return sum(len(block.text.split()) for block in slide.blocks)

    sparse = [s for s in slides(path) if s.kind == "section" and words(s) < 12]
    sparse = [s for s in sparse if all(block.is_prose for block in s.blocks)]
    assert len(sparse) <= 1, [texts(slide) for slide in sparse]


@functools.cache
def html(path):
    return to_html(slides(path))


@functools.cache
def parsed(path):
    return parse(html(path))


def parse(text):
    return BeautifulSoup(text, "html.parser")


def test_every_figure_has_its_text(path):
    figures = parsed(path).find_all("img")
    stored = [
        output.metadata["image/png"]["alt"]
        for cell in read(path).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert [figure["alt"] for figure in figures] == stored
    assert all(text.strip() for text in stored)


def test_a_deck_reads_nothing_but_its_assets(path):
    tags = parsed(path).select("[src], [srcset], [data], [poster], link")
    addresses = {tag.get("src") or tag["href"] for tag in tags}
    files = {address for address in addresses if not address.startswith("data:")}
    assert files <= {f"assets/{name}" for name in make.ASSETS}
    assert all("url(" not in tag.text for tag in parsed(path).find_all("style"))


def test_styles_read_nothing_but_assets():
    styles = (SOURCE / "deck.css").read_text()
    fonts = re.findall(r"url\((.+?)\)", styles)
    assert set(fonts) == {name for name in make.ASSETS if name.endswith(".woff2")}
    assert "@import" not in styles


def test_a_deck_has_no_solution(path):
    own = "\n".join(cell.source for cell in read(path).cells)
    exercises = next(e for e in EXERCISES if e.name == path.name)
    solutions = [c for c in read(exercises).cells if "solution" in c.metadata.get("tags", [])]
    lines = {line.strip() for cell in solutions for line in cell.source.splitlines()}
    lines = {line for line in lines if len(line) > 30 and line not in own}
    assert lines, "no solution to look for"
    text = parsed(path).text
    assert [line for line in lines if line in text] == []


def test_decks_are_the_same_each_time():
    path = LESSONS[0]
    assert html(path) == to_html(cut(read(path), read_notes(page(path))))


def test_texts_are_escaped():
    cells = lesson(figure(alt='<b>"bold"</b> & more'), "## `<b>` & more", "Text.")
    found = parse(to_html(cut(cells)))
    assert found.img["alt"] == '<b>"bold"</b> & more'
    assert found.find_all("h2")[-1].text == "<b> & more"


# Notes


def test_the_whole_page_of_the_teacher_is_in_the_notes(path):
    notes = "\n".join(note for slide in slides(path) for note in slide.notes)
    _, first, *lines = filter(None, without_local_links(page(path)).splitlines())
    lines.append(first.removeprefix("All pages, the lesson and its exercises. "))
    for line in lines:
        if line.startswith("|"):
            assert all(is_noted(text.strip(" *"), notes) for text in line.split("|")[2:])
        elif line not in ("## What the room predicts", "## To the exercises", "## Minutes"):
            assert is_noted(re.sub(r'^(\*\*".*"\*\* *|## )', "", line), notes)


def is_noted(text, notes):
    """Whether the notes have a text, the rule and the head of a table excepted."""
    return text in notes or text in ("---", "minutes", "if time is short")


def test_notes_are_on_the_slides_that_they_are_about(path):
    notes = read_notes(page(path))
    questions = [slide for slide in slides(path) if slide.kind == "prediction"]
    for words, note in notes.predictions.items():
        (about,) = [s for s in questions if note in s.notes]
        assert f"**Predict:** {words}" in "\n".join(texts(about))
        assert note in slides(path)[slides(path).index(about) + 1].notes
    for slide in slides(path):
        if slide.begins_section and slide.title in notes.sections:
            assert notes.sections[slide.title] in slide.notes
    assert notes.rest in slides(path)[0].notes


# Colours, as WCAG 2 measures them


def luminance(colour):
    """Relative luminance of a colour like #1c1e21."""
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_texts_stand_out_from_their_ground_light_and_dark():
    styles = (SOURCE / "deck.css").read_text()
    blocks = re.findall(r":root(?:\[.*?\])? \{.*?\}", styles, re.DOTALL)
    schemes = [dict(re.findall(r"--(\w+): (#\w+);", block)) for block in blocks]
    assert len(schemes) == 2
    for colours in schemes:
        grounds = ["page", "box", "ask"]
        for text in colours.keys() - {"line", *grounds}:
            for ground in grounds:
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


# The command


def test_versions_are_exact_and_locked():
    wanted = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    locked = json.loads((SOURCE / "package-lock.json").read_text())["packages"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(locked[f"node_modules/{name}"]["integrity"] for name in wanted)


@pytest.mark.parametrize(
    "error", [FileNotFoundError("npm"), subprocess.CalledProcessError(1, "npm")]
)
def test_without_npm_or_a_network_it_says_what_to_do(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(make, "ASSETS", {"reveal.js": SOURCE / "nowhere"})
    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(SystemExit, match="needs npm, and the network once"):
        make.main(["05"])


def test_the_list_leads_to_each_deck():
    found = parse(list_page([("05_shapes", "05  <Shapes>")]))
    assert [(link["href"], link.text) for link in found.find_all("a")] == [
        ("05_shapes.html", "05  <Shapes>")
    ]


# In a browser


def look(*decks):
    """What tests/pages/slides.js says of decks, by their names."""
    return in_browser("slides.js", *decks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with what decks read."""
    make.fetch_packages()
    path = tmp_path_factory.mktemp("slides")
    make.copy_assets(path)
    return path


@in_a_browser
def test_a_browser_finds_nothing_wrong(path, folder):
    make.make_deck(path, folder)
    said = look(folder / f"{path.stem}.html")[f"{path.stem}.html"]
    assert said["found"] == []
    assert said["slides"] == len(slides(path))
    assert said["predictions"] == sum(slide.kind == "prediction" for slide in slides(path))
    assert said["notes"] == sum(any(slide.notes) for slide in slides(path))


@in_a_browser
def test_faults_are_found(folder):
    (text,) = blocks_of(lesson("Words and words. " * 100))[-1:]
    (asked,) = blocks_of(lesson("**Predict:** how many?"))[-1:]
    (picture,) = blocks_of(lesson("![](http://localhost:9/picture.png)"))[-1:]
    tiny = '<span style="font-size: 10px; color: #cccccc">tiny and grey</span>'
    (unreadable,) = blocks_of(lesson(tiny))[-1:]
    wrong = [
        Slide("title", "Wrong", [text], ["Notes."], True),
        Slide("section", "Too much", [text] * 4),
        Slide("prediction", "No answer", [asked]),
        Slide("section", "From elsewhere", [picture]),
        Slide("section", "Not to be read", [unreadable]),
    ]
    (folder / "wrong.html").write_text(to_html(wrong), encoding="utf-8")
    found = "\n".join(look(folder / "wrong.html")["wrong.html"]["found"])
    assert "slide 2: beyond the slide: <div" in found
    assert "slide 4: no answer" in found
    assert "asks for http://localhost:9/picture.png" in found
    assert "slide 5: small: <span" in found
    assert "serious, color-contrast: <span" in found
