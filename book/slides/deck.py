"""Slides as a page: nbconvert renders the cells, reveal.js shows them."""

from pathlib import Path

from book.slides.room import figure_size, type_size

import jinja2
import nbformat
from nbconvert import SlidesExporter

FOLDER = Path(__file__).resolve().parent
FLOWING = "prose", "item"  # one cell, since a list is one list


def to_html(slides):
    """Return a page with slides. It reads reveal.js, fonts and styles from assets/ beside it."""
    exporter = SlidesExporter(
        template_name="deck",
        extra_template_basedirs=[str(FOLDER)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    resources = {"deck": {"title": slides[0].title}}
    html, _ = exporter.from_notebook_node(as_notebook(slides), resources)
    return html


def list_page(decks):
    """Return the page that leads to decks, given as pairs of a name and a title."""
    template = (FOLDER / "deck" / "list.html.j2").read_text(encoding="utf-8")
    return jinja2.Template(template, autoescape=True).render(decks=decks)


def as_notebook(slides):
    """Return slides as a notebook with nbconvert's slide types."""
    cells = []
    for slide in slides:
        first, *others = cells_of(slide)
        slide_type = "slide" if slide.begins_section else "subslide"
        first.metadata.slideshow = {"slide_type": slide_type}
        first.metadata.deck.slide = {"kind": slide.kind, "title": slide.title}
        cells += [first, *notes_of(slide), *others]  # not after the others: they may be a fragment
    return nbformat.v4.new_notebook(cells=cells, nbformat_minor=4)  # cells without random ids


def cells_of(slide):
    """Return the cells of a slide; folded code is the last, all of it in one cell."""
    cells, previous = [], None
    for block in slide.blocks:
        if block.kind == "folded":
            continue
        cell = cell_of(block, slide.level)
        if flows(previous, block):
            both_items = previous.kind == block.kind == "item"
            cells[-1].source += ("\n" if both_items else "\n\n") + block.text
        else:
            cells.append(cell)
        previous = block
    code = "\n\n\n".join(block.text for block in slide.blocks if block.kind == "folded")
    return [*cells, folded_cell(code)] if code else cells


def flows(previous, block):
    """Whether a block continues the text or the list of the previous one."""
    is_text = previous and previous.kind in FLOWING and block.kind in FLOWING
    return is_text and not block.slide_type


def cell_of(block, level):
    """Return a block as a cell, with what the template has to know about it."""
    if block.is_output:
        cell = without_id(nbformat.v4.new_code_cell(outputs=[block.output]))
    elif block.kind == "code":
        cell = without_id(nbformat.v4.new_code_cell(block.text))
    else:
        cell = without_id(nbformat.v4.new_markdown_cell(block.text))
    cell.metadata.deck = {"kind": "prose" if block.kind == "item" else block.kind}
    if block.kind == "figure":
        cell.metadata.deck.width, cell.metadata.deck.height = figure_size(block, level)
    else:
        cell.metadata.deck.size = type_size(block, level)
    if block.slide_type == "fragment":
        cell.metadata.slideshow = {"slide_type": "fragment"}
    return cell


def folded_cell(code):
    """Return code that is shown on demand as a cell."""
    cell = without_id(nbformat.v4.new_code_cell(code))
    cell.metadata.deck = {"kind": "folded"}
    return cell


def notes_of(slide):
    """Return a slide's notes as a list of one cell, or of none."""
    text = "\n\n".join(filter(None, slide.notes))
    if not text:
        return []
    cell = without_id(nbformat.v4.new_markdown_cell(text))
    cell.metadata.slideshow = {"slide_type": "notes"}
    return [cell]


def without_id(cell):
    """Return a new cell without its random id, which would differ from one deck to the next."""
    del cell["id"]
    return cell
