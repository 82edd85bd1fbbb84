"""Cut what is higher than a slide."""

import copy
import math
from dataclasses import replace

from book.slides.room import COMFORTABLE, HEIGHT, LEVELS, height, level_of, total_height

from bs4 import BeautifulSoup

SMALLEST = LEVELS[-1]


def pieces(unit):
    """Return blocks that want to be on one slide in lists that each fit on one: few lists."""
    if level_of(unit):
        return [unit]
    groups = [group for block in with_folded_code(unit) for group in cut_group(block)]
    slides = filled(groups, HEIGHT)
    # As few with less height on each: so that the last one does not hold a single line.
    evenly = (filled(groups, room) for room in range(HEIGHT // 3, HEIGHT, 20))
    return next((even for even in evenly if len(even) == len(slides)), slides)


def with_folded_code(unit):
    """Return lists of one block each, with the folded code that precedes it."""
    groups = [[]]
    for block in unit:
        groups[-1].append(block)
        if block.kind != "folded":
            groups.append([])
    return [group for group in groups if group]


def filled(groups, room):
    """Return groups of blocks joined while they are not higher than `room`."""
    slides = [[]]
    for group in groups:
        if slides[-1] and total_height(slides[-1] + group, COMFORTABLE[-1]) > room:
            slides.append([])
        slides[-1] += group
    return slides


def cut_group(group):
    """Return a group in pieces that fit on a slide; folded code stays with the first."""
    *folded, block = group
    first, *others = cut_block(block)
    return [[*folded, first], *([other] for other in others)]


def cut_block(block):
    """Return a block in equal pieces that fit on a slide."""
    number = math.ceil(height(block, SMALLEST) / HEIGHT)
    cut = {"code": cut_lines, "text": cut_lines, "table": cut_table, "frame": cut_frame}
    if number < 2 or block.kind not in cut:
        return [block]
    return cut[block.kind](block, number)


def parts(lines, number):
    """Return a list in a number of parts, of equal length except for the last."""
    length = math.ceil(len(lines) / number)
    return [lines[i : i + length] for i in range(0, len(lines), length)]


def cut_lines(block, number):
    """Return code or what it printed in pieces of as many lines."""
    return [with_text(block, "\n".join(part)) for part in parts(block.text.splitlines(), number)]


def cut_table(block, number):
    """Return a table in Markdown in pieces, each with its head."""
    head, line, *rows = block.text.splitlines()
    return [replace(block, text="\n".join([head, line, *part])) for part in parts(rows, number)]


def cut_frame(block, number):
    """Return a table in HTML in pieces, each with its head."""
    table = BeautifulSoup(block.text, "html.parser")
    rows = [row.extract() for row in table.select("tbody tr")]
    found = []
    for part in parts(rows, number):
        piece = copy.copy(table)
        piece.tbody.extend(part)
        found.append(with_text(block, str(piece)))
    return found


def with_text(block, text):
    """Return a block of code or an output with another text."""
    if not block.is_output:
        return replace(block, text=text)
    output = copy.deepcopy(block.output)
    if "text" in output:
        output.text = text
    else:
        output.data["text/html" if block.kind == "frame" else "text/plain"] = text
    return replace(block, text=text, output=output)
