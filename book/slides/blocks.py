"""The blocks of a lesson: paragraphs, items of lists, code, and outputs, one after the other."""

import base64
import functools
import re
import struct
from dataclasses import dataclass

from bs4 import BeautifulSoup

QUESTION = re.compile(r"(?=\*\*Predict:\*\*)")
ITEM = re.compile(r"^(?=(?:-|\d+\.) )", re.MULTILINE)
LOCAL_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)\s]+\)")
SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes")  # as nbconvert knows them


@dataclass
class Block:
    """A piece of a lesson that is not cut in two.

    Args:
        kind: heading, prose, item, table, listing, question, notes (Markdown); code, folded (code);
            text, frame, figure (an output). Later also aside, recap (see cut.py).
        text: the Markdown, the code, or what the output says.
        output: of the notebook, for an output.
        slide_type: what the cell's author wants, one of SLIDE_TYPES, for its first block.
        answers: it belongs to the answer to a prediction.
    """

    kind: str
    text: str
    output: dict = None
    slide_type: str = ""
    answers: bool = False

    @property
    def is_prose(self):
        return self.kind in ("prose", "item", "table", "listing")

    @property
    def is_output(self):
        return self.output is not None


def blocks_of(notebook):
    """Return the blocks of a notebook. What only prepares or proves is left out."""
    blocks = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks += with_slide_type(list(_prose(cell)), cell)
        elif not _prepares_or_proves(cell, blocks):
            blocks += with_slide_type(list(_code(cell)), cell)
    return blocks


def with_slide_type(blocks, cell):
    """Return the blocks of a cell as its author wants them: left out, as notes, or marked."""
    slide_type = slide_type_of(cell)
    if slide_type == "skip":
        return []
    if slide_type == "notes":
        return [Block("notes", cell.source)]
    if blocks:
        blocks[0].slide_type = slide_type
    return blocks


def slide_type_of(cell):
    """Return what a cell's author wants: nbconvert's slideshow metadata, or a tag of that name."""
    wanted = cell.metadata.get("slideshow", {}).get("slide_type")
    tags = cell.metadata.get("tags", [])
    return next((kind for kind in SLIDE_TYPES if kind == wanted or kind in tags), "")


def _prose(cell):
    for part in _paragraphs(without_local_links(cell.source)):
        if part.startswith("#"):
            yield Block("heading", part.lstrip("# "))
        elif part.startswith("|"):
            yield Block("table", part)
        elif part.startswith("```"):
            yield Block("listing", part)
        elif ITEM.match(part):
            yield from (Block("item", item.rstrip()) for item in ITEM.split(part) if item.strip())
        else:
            for piece in filter(None, (piece.strip() for piece in QUESTION.split(part))):
                yield Block("question" if QUESTION.match(piece) else "prose", piece)


def _paragraphs(markdown):
    """Return what empty lines separate, outside of fenced code."""
    fenced = re.split(r"^(```.*?^```)$", markdown, flags=re.MULTILINE | re.DOTALL)
    for i, piece in enumerate(fenced):
        parts = [piece] if i % 2 else re.split(r"\n\s*\n", piece)
        yield from (part.strip("\n") for part in parts if part.strip())


def without_local_links(markdown):
    """Return Markdown in which links to other files of the course are words only."""
    return LOCAL_LINK.sub(r"\1", markdown)


def _code(cell):
    outputs = [_output(output) for output in cell.outputs]
    draws = "drawing" in cell.metadata.get("tags", []) or any(
        block.kind == "figure" for block in outputs
    )
    says_only_verdicts = bool(outputs) and all(_is_verdict(block) for block in outputs)
    yield Block("folded" if draws or says_only_verdicts else "code", cell.source)
    yield from outputs


def _prepares_or_proves(cell, before):
    """Whether code does without a place: before the first section, or the proof of a claim."""
    is_in_section = [block.kind for block in before].count("heading") > 1  # the first is the title
    return not is_in_section or "guard" in cell.metadata.get("tags", [])


def _output(output):
    if output.output_type == "stream":
        return Block("text", output.text.rstrip(), output)
    if "image/png" in output.data:
        return Block("figure", output.metadata["image/png"].get("alt", ""), output)
    if "text/html" in output.data:
        return Block("frame", output.data["text/html"], output)
    return Block("text", output.data["text/plain"], output)


def _is_verdict(block):
    """Whether all lines begin with ~: what other machines gave, and whether this one agrees."""
    return block.kind == "text" and all(line.startswith("~ ") for line in block.text.splitlines())


def picture_size(block):
    """Return width and height of a figure, in pixels."""
    head = base64.b64decode(block.output.data["image/png"][:64])
    return struct.unpack(">II", head[16:24])


def rows_of(block):
    """Return the texts of a table, row by row, its head first."""
    return _rows_of_html(block.text) if block.kind == "frame" else _rows_of_markdown(block.text)


@functools.cache
def _rows_of_html(html):
    rows = BeautifulSoup(html, "html.parser").find_all("tr")
    return [[cell.get_text() for cell in row.find_all(["td", "th"])] for row in rows]


def _rows_of_markdown(markdown):
    head, _, *lines = markdown.splitlines()
    return [cells_of_row(line) for line in [head, *lines]]


def cells_of_row(line):
    """Return the texts of a row of a table in Markdown."""
    return [text.strip() for text in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
