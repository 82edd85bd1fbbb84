"""Slides as a page: nbconvert renders the cells, reveal.js shows them."""

import functools
from pathlib import Path

from book.slides.room import figure_size, type_size

import jinja2
from nbconvert import SlidesExporter
from nbformat import from_dict

FOLDER = Path(__file__).resolve().parent
FLOWING = "prose", "item"  # one cell, since a list is one list


def to_html(slides):
    """Return a page with slides. It reads reveal.js, fonts and styles from assets/ beside it."""
    resources = {"deck": {"title": slides[0].title}}
    html, _ = exporter().from_notebook_node(as_notebook(slides), resources)
    return html


@functools.cache
def exporter():
    """Return nbconvert's exporter with the template deck/."""
    return SlidesExporter(
        template_name="deck",
        extra_template_basedirs=[str(FOLDER)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )


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
        first.metadata.slideshow = from_dict({"slide_type": slide_type})
        first.metadata.deck.slide = from_dict({"kind": slide.kind, "title": slide.title})
        cells += [first, *notes_of(slide), *others]  # not after the others: they may be a fragment
    return from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def cells_of(slide):
    """Return the cells of a slide; folded code is the last, all of it in one cell."""
    cells, previous, level = [], None, slide.level
    for block in slide.blocks:
        if block.kind == "folded":
            continue
        if flows(previous, block):
            both_items = previous.kind == block.kind == "item"
            cells[-1].source += ("\n" if both_items else "\n\n") + block.text
        else:
            cells.append(cell_of(block, level))
        previous = block
    code = "\n\n\n".join(block.text for block in slide.blocks if block.kind == "folded")
    return [*cells, code_cell(code, {"kind": "folded"})] if code else cells


def flows(previous, block):
    """Whether a block continues the text or the list of the previous one."""
    is_text = previous and previous.kind in FLOWING and block.kind in FLOWING
    return is_text and not block.slide_type


def cell_of(block, level):
    """Return a block as a cell, with what the template has to know about it."""
    deck = {"kind": "prose" if block.kind == "item" else block.kind}
    if block.kind == "figure":
        deck["width"], deck["height"] = figure_size(block, level)
    else:
        deck["size"] = type_size(block, level)
    if block.is_output:
        cell = code_cell("", deck, [block.output])
    elif block.kind == "code":
        cell = code_cell(block.text, deck)
    else:
        cell = prose_cell(block.text, deck)
    if block.slide_type == "fragment":
        cell.metadata.slideshow = from_dict({"slide_type": "fragment"})
    return cell


def notes_of(slide):
    """Return a slide's notes as a list of one cell, or of none."""
    text = "\n\n".join(filter(None, slide.notes))
    if not text:
        return []
    cell = prose_cell(text, {})
    cell.metadata.slideshow = from_dict({"slide_type": "notes"})
    return [cell]


# Not nbformat's own: they give each cell a random id, which would differ from one deck to the next.


def prose_cell(source, deck):
    """Return a cell of Markdown, with what the template has to know."""
    return from_dict({"cell_type": "markdown", "source": source, "metadata": {"deck": deck}})


def code_cell(source, deck, outputs=()):
    """Return a cell of code, with what the template has to know."""
    cell = {"cell_type": "code", "source": source, "outputs": list(outputs)}
    return from_dict({**cell, "execution_count": None, "metadata": {"deck": deck}})
