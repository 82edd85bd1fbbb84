"""The HTML copies of the lessons, which `make run` writes: their figures have a text."""

import functools

import nbformat
import pytest
from bs4 import BeautifulSoup
from stored_lessons import LESSONS, load_tool, read

# What nbconvert writes where it finds no text.
PLACEHOLDER = "No description has been provided"
PNG = "iVBORw0KGgo="


to_html = load_tool().to_html


@functools.cache
def page(path):
    return parse(to_html(read(path)))


def parse(html):
    return BeautifulSoup(html, "html.parser")


def texts(notebook):
    """What is stored with the figures of a notebook, in order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    return [figure.metadata["image/png"]["alt"] for figure in figures]


def with_figure(**metadata):
    """A notebook of one figure."""
    data, metadata = {"image/png": PNG}, {"image/png": metadata}
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request):
    return request.param


def test_every_figure_of_a_page_has_its_stored_text(path):
    figures = page(path).select(".jp-RenderedImage img")
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
    stored = {"width": 30, "height": 20, "unconfined": True, "needs_background": "dark"}
    figure = parse(to_html(with_figure(alt="A cat.", **stored))).img
    assert figure["src"] == f"data:image/png;base64,{PNG}"
    assert (figure["alt"], figure["width"], figure["height"]) == ("A cat.", "30", "20")
    assert figure["class"] == ["unconfined", "jp-needs-dark-background"]


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


def test_the_template_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse(to_html(with_figure(alt="A cat."))).img["alt"] == "A cat."
