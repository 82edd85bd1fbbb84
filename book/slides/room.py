"""What fits on a slide of 1280 x 720 pixels: sizes of type, and heights without a browser.

The widths and distances agree with deck.css. tests/pages/slides.js measures in Chromium that what
is estimated to fit fits.
"""

import math
import re
import textwrap
from typing import NamedTuple

from book.slides.blocks import picture_size, rows_of

WIDTH, HEIGHT = 1168, 556  # pixels of a slide below its title
GAP, ITEM_GAP = 20, 12  # between two blocks, and between two items of a list
PROSE_WIDTH = 1060
PROSE_LINE = 1.4  # height of a line, in units of its size
LETTER = 0.46  # mean width of a letter of Source Sans 3, in units of its size
INDENT = 36  # of a list
CODE_LETTER, CODE_LINE = 0.5, 1.3  # of Inconsolata, whose letters are equally wide
CODE_PADDING = 18
CODE_SMALLEST = 20  # below it a line is rather wrapped
ROW_LINE, ROW_PADDING, CELL_PADDING = 1.25, 6, 26
MAGNIFIED = 1.8  # at most: beyond it a figure's letters are blurred


class Level(NamedTuple):
    """How large things are on one slide: pixels of height, sizes of type, a share of the height."""

    room: int
    prose: int
    code: int
    table: int
    figure: float


# A slide takes the first level at which its blocks fit: little text is large.
LEVELS = [
    Level(room=400, prose=36, code=26, table=30, figure=1),
    Level(room=480, prose=32, code=26, table=28, figure=1),
    Level(room=HEIGHT, prose=28, code=26, table=28, figure=1),
    Level(room=HEIGHT, prose=28, code=24, table=26, figure=0.9),
    Level(room=HEIGHT, prose=28, code=22, table=24, figure=0.8),
    Level(room=HEIGHT, prose=28, code=20, table=22, figure=0.7),
    Level(room=HEIGHT, prose=26, code=20, table=20, figure=0.7),
]
COMFORTABLE = LEVELS[:3]  # a slide is filled further only at these,
TITLE = [Level(room=300, prose=size, code=24, table=24, figure=0.5) for size in (32, 28, 26)]
CLOSE = LEVELS[:4]  # and an answer at these, since its text belongs to its output,
TIGHT = LEVELS[:5]  # and a slide that would hold hardly anything at these
SCRAP = 120  # pixels, three lines: hardly anything


def level_of(blocks, levels=LEVELS):
    """Return the first level at which blocks fit on one slide, None if there is none."""
    return next((level for level in levels if total_height(blocks, level) <= level.room), None)


def total_height(blocks, level):
    """Return the height of blocks below each other, in pixels."""
    seen = [block for block in blocks if block.kind != "folded"]
    gaps = (ITEM_GAP if a.kind == b.kind == "item" else GAP for a, b in zip(seen, seen[1:]))
    return sum(height(block, level) for block in seen) + sum(gaps)


def is_scrap(blocks):
    """Whether blocks are too little for a slide of their own."""
    return total_height(blocks, COMFORTABLE[-1]) <= SCRAP


def height(block, level):
    """Return the height of a block in pixels."""
    if block.kind in ("prose", "item", "question", "aside", "recap"):
        size = type_size(block, level)
        indent = INDENT if block.kind == "item" else 0
        return PROSE_LINE * size * _lines(block.text, size, PROSE_WIDTH - indent)
    if block.kind == "figure":
        return figure_size(block, level)[1]
    if block.kind in ("table", "frame"):
        return _table_height(rows_of(block), level.table)
    if block.kind in ("code", "listing", "text"):
        size = type_size(block, level)
        letters = int((WIDTH - 2 * CODE_PADDING) / (CODE_LETTER * size))
        lines = sum(max(1, math.ceil(len(line) / letters)) for line in code_lines(block))
        return CODE_LINE * size * lines + (0 if block.kind == "text" else 2 * CODE_PADDING)
    raise ValueError(f"no height is known for {block.kind}")


def type_size(block, level):
    """Return the size of a block's type in pixels, None for a figure."""
    if block.kind in ("code", "listing", "text"):
        return _code_size(code_lines(block), level.code)
    sizes = {
        "prose": level.prose,
        "item": level.prose,
        "question": level.prose + 12,
        "aside": 26,
        "recap": 24,
        "table": level.table,
        "frame": level.table,
    }
    return sizes.get(block.kind)


def code_lines(block):
    """Return the lines of code or of what it printed, without the fences of Markdown."""
    return [line for line in block.text.splitlines() if not line.startswith("```")]


def _code_size(lines, largest):
    """Return the largest size at which no line has to be wrapped, if that is a readable one."""
    letters = max(map(len, lines))
    size = int((WIDTH - 2 * CODE_PADDING) / (CODE_LETTER * letters))
    return min(largest, size) if size >= CODE_SMALLEST else min(largest, 24)


def figure_size(block, level):
    """Return the width and height at which a figure is shown: as large as the slide allows."""
    width, height = picture_size(block)
    scale = min(WIDTH / width, level.figure * HEIGHT / height, MAGNIFIED)
    return round(scale * width), round(scale * height)


def _lines(markdown, size, width):
    """Return how many lines a text takes."""
    letters = int(width / (LETTER * size))
    lines = [textwrap.wrap(plain(line), letters) for line in markdown.splitlines()]
    return sum(max(1, len(line)) for line in lines)


def plain(markdown):
    """Return a text without the marks of Markdown."""
    text = re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", markdown)
    return re.sub(r"\*\*|`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)", "", text)


def _table_height(rows, size):
    """Return the height of a table that a browser fits into the width of the slide."""
    columns = list(zip(*(map(plain, row) for row in rows)))
    letter = 1.04 * LETTER * size  # the head is bold
    whole = [letter * max(map(len, column)) for column in columns]
    narrow = [letter * max(len(word) for word in " ".join(column).split()) for column in columns]
    room = WIDTH - CELL_PADDING * len(columns)
    if sum(narrow) > room:
        return math.inf
    # A column gets the width of its longest word, and its share of what is left.
    share = min(1, (room - sum(narrow)) / max(1, sum(whole) - sum(narrow)))
    widths = [round((n + share * (w - n)) / letter) for n, w in zip(narrow, whole)]
    lines = [
        max(max(1, len(textwrap.wrap(text, width))) for text, width in zip(row, widths))
        for row in zip(*columns)
    ]
    return sum(lines) * size * ROW_LINE + ROW_PADDING * len(lines)
