"""The HTML copies of the lessons, which `make run` writes, as far as no browser is needed.

`make test-pages` looks at them in one (test_pages.py).
"""

import functools
import itertools
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from stored_lessons import EXERCISES, LESSONS, ROOT, load_tool, read

pytestmark = pytest.mark.once

# What nbconvert writes where it finds no text.
PLACEHOLDER = "No description has been provided"
PNG = "iVBORw0KGgo="


to_html = load_tool().to_html


@functools.cache
def page(path):
    return parse(to_html(read(path), path.stem))


def parse(html):
    return BeautifulSoup(html, "html.parser")


def texts(notebook):
    """What is stored with the figures of a notebook, in order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    return [figure.metadata["image/png"]["alt"] for figure in figures]


def prose(text):
    """A notebook of one cell of prose."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def with_figure(**metadata):
    """A notebook of one figure."""
    data, metadata = {"image/png": PNG}, {"image/png": metadata}
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request):
    return request.param


def test_every_figure_of_a_page_has_its_stored_text(path):
    figures = page(path).select(".output_png img")
    assert [figure["alt"] for figure in figures] == texts(read(path))


def test_there_are_figures():
    assert any(texts(read(path)) for path in LESSONS)


def test_every_picture_of_a_page_has_a_text(path):
    # Those in the prose too.
    assert all(picture["alt"].strip() for picture in page(path).find_all("img"))
    assert str(page(path)).count(PLACEHOLDER) == 0


def test_a_text_is_escaped():
    alt = '<b>"bold"</b> & a coin\'s &lt;\nsecond line'
    html = to_html(with_figure(alt=alt))
    assert parse(html).img["alt"] == alt
    assert "<b>" not in html


def test_a_figure_keeps_what_else_is_stored_with_it():
    stored = {"width": 30, "height": 20, "unconfined": True}
    figure = parse(to_html(with_figure(alt="A cat.", **stored))).img
    assert figure["src"] == f"data:image/png;base64,{PNG}"
    assert (figure["alt"], figure["width"], figure["height"]) == ("A cat.", "30", "20")
    assert figure["class"] == ["unconfined"]


def test_a_figure_without_a_text_still_gets_the_placeholder():
    # What the tests above look for is what nbconvert writes.
    assert parse(to_html(with_figure())).img["alt"].startswith(PLACEHOLDER)


def test_a_guard_is_folded_away_and_other_cells_are_not():
    cells = [nbformat.v4.new_code_cell("assert 1"), nbformat.v4.new_code_cell("assert 2")]
    cells[1].metadata["tags"] = ["guard"]
    page = parse(to_html(nbformat.v4.new_notebook(cells=cells)))
    (folded,) = page.find_all("details")
    assert "assert 2" in folded.text and "assert 1" not in folded.text
    assert not folded.has_attr("open")


def test_code_that_only_draws_is_folded_and_its_picture_is_not():
    cell = nbformat.v4.new_code_cell("draw()", metadata={"tags": ["drawing"]})
    cell.outputs = [nbformat.v4.new_output("stream", text="a picture")]
    page = parse(to_html(nbformat.v4.new_notebook(cells=[cell])))
    (folded,) = page.find_all("details")
    assert "draw()" in folded.text and "a picture" not in folded.text
    assert "a picture" in page.text


def test_the_template_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse(to_html(with_figure(alt="A cat."))).img["alt"] == "A cat."


def test_the_title_is_the_number_and_the_name(path):
    title = page(path).title.text
    assert title.startswith(f"{path.stem[:2]} ")
    assert title == re.sub(
        r"^# +(\d\d) +(.*)", r"\1 \2", read(path).cells[0].source.splitlines()[0]
    )


def test_a_title_is_escaped():
    html = to_html(prose("# 05  `<b>` & more\n\n## `</a>`"))
    assert parse(html).title.text == "05 <b> & more"
    assert parse(html).select_one(".contents").text.strip() == "</a>"


def test_the_contents_are_the_headings(path):
    links = page(path).select(".contents a")
    headings = page(path).select("main h2")
    assert len(links) > 4
    assert [link["href"] for link in links] == ["#" + heading["id"] for heading in headings]
    assert [link.text + "\N{PILCROW SIGN}" for link in links] == [h.text for h in headings]


def test_no_two_things_of_a_page_have_one_id(path):
    ids = [tag["id"] for tag in page(path).select("[id]")]
    assert len(ids) == len(set(ids))


def test_lessons_lead_to_the_next_and_the_previous():
    names, titles = [path.stem for path in LESSONS], [page(path).title.text for path in LESSONS]
    following = [page(path).select("[rel=next]") for path in LESSONS]
    previous = [page(path).select("[rel=prev]") for path in LESSONS]
    assert previous[0] == following[-1] == []
    # Above the lesson and below it.
    assert [[link["href"] for link in links] for links in following[:-1]] == [
        [f"{name}.html"] * 2 for name in names[1:]
    ]
    assert [[link["href"] for link in links] for links in previous[1:]] == [
        [f"{name}.html"] * 2 for name in names[:-1]
    ]
    assert [links[0].text for links in following[:-1]] == [
        f"{title} \u2192" for title in titles[1:]
    ]
    assert [links[0].text for links in previous[1:]] == [f"\u2190 {title}" for title in titles[:-1]]


def test_links_between_lessons_lead_to_the_copies():
    text = "[lesson 06](06_training.ipynb#Exercises), [a file](data.ipynb), `06_training.ipynb`"
    html = parse(to_html(prose(text)))
    links = [link["href"] for link in html.select(".text_cell_render a")]
    assert links == ["06_training.html#Exercises", "data.ipynb"]
    assert html.code.text == "06_training.ipynb"


def test_each_link_of_a_page_leads_somewhere(path):
    for link in page(path).select("a"):
        address, _, place = link["href"].partition("#")
        if address.startswith("https:"):
            assert link.find_parent(class_="text_cell_render")
            continue
        if address in [f"../exercises/{path.name}" for path in EXERCISES]:  # seen from build/
            continue
        assert address in ["", *(f"{path.stem}.html" for path in LESSONS)]
        there = page(ROOT / "notebooks" / f"{address[:-5]}.ipynb") if address else page(path)
        assert not place or there.find(id=place)


def test_a_page_is_read_without_a_network(path):
    loads = page(path).select("[src], [srcset], [data], [poster], link")
    assert all(tag.get("src", "").startswith("data:") for tag in loads)
    styles = "".join(tag.text for tag in page(path).select("style"))
    assert "url(" not in styles and "@import" not in styles
    assert "http" not in "".join(tag.text for tag in page(path).select("script"))


def test_guards_of_the_lessons_are_folded(path):
    guards = [c.source for c in read(path).cells if "guard" in c.metadata.get("tags", [])]
    folded = [tag.pre.text.strip() for tag in page(path).select("details.guard")]
    assert folded == guards


def test_no_cell_is_stored_as_a_tab_stop(path):
    # Those that scroll become one, in the browser.
    assert page(path).select("[tabindex]") == []


def test_the_empty_corner_of_a_table_is_no_header(path):
    assert all(header.text.strip() for header in page(path).find_all("th"))


def test_tables_of_the_prose_have_a_box_to_scroll_in():
    box = parse(to_html(prose("| a | b |\n|---|---|\n| 1 | 2 |"))).select_one(".wide")
    assert [cell.text for cell in box.select("table td")] == ["1", "2"]


def luminance(colour):
    """Relative luminance of a colour like #1c1e21, as WCAG 2 defines it."""
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_texts_stand_out_from_their_ground():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    styles = (ROOT / "tools" / "html" / "lesson.css").read_text()
    schemes = [
        dict(re.findall(r"--(\w+): (#\w+);", s)) for s in re.findall(r":root \{.*?\}", styles, re.S)
    ]
    assert len(schemes) == 2  # light and dark
    for colours in schemes:
        texts = colours.keys() - {"page", "box", "line"}
        assert {"text", "muted", "comment", "number"} < texts
        for text, ground in itertools.product(texts, ["page", "box"]):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
