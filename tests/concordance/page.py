"""What docs/concordance.md holds, taken apart: blocks of code, defaults and bullets."""

import re
from typing import NamedTuple

FRAMEWORKS = ("Gluon", "PyTorch", "Keras")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHAPES = re.compile(r"# \(([\d, ]+)\) -> \(([\d, ]+)\)")
DEFAULTS = re.compile(r"^\| of \| the default is \|\n\|[-|]+\|\n((?:\|.*\n)+)", re.MULTILINE)
SETTING = re.compile(r"`(\w+)(?:=([^`]+)`|` must be given)")
BULLET = re.compile(r"^- \*\*(.+?)\.\*\* (.+)$", re.MULTILINE)


class Default(NamedTuple):
    """A default: what takes the argument, the name of the argument, and the value as code.

    The value is empty where the argument has no default.
    """

    owner: str
    argument: str
    value: str


class Entry(NamedTuple):
    """What stands below one heading.

    Attributes:
        part, title: the headings.
        code: by framework; empty where the entry has no block.
        takes, gives: shapes of the input and the output of a layer, or None.
        defaults: lists of `Default` by framework.
        bullets: the sentences on what differs, by the names of the functions that check them.
    """

    part: str
    title: str
    code: dict
    takes: tuple
    gives: tuple
    defaults: dict
    bullets: dict


def entries_of(text):
    """Return the entries of the page in order; the first, without a title, has the imports."""
    entries = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE):
        part_title, *sections = re.split(r"^### ", part, flags=re.MULTILINE)
        heading = part_title.partition("\n")[0]
        if not entries:
            entries.append(_entry("", "", part_title))
        entries += [_entry(heading, *section.split("\n", 1)) for section in sections]
    return entries


def _entry(part, title, text):
    block = BLOCK.search(text)
    shapes = SHAPES.search(block[1]) if block else None
    takes, gives = map(_shape, shapes.groups()) if shapes else (None, None)
    bullets = {_function(title, lead): sentence for lead, sentence in BULLET.findall(text)}
    code = _by_framework(block[1]) if block else {}
    return Entry(part, title, code, takes, gives, _defaults(text), bullets)


def _shape(text):
    return tuple(int(length) for length in text.split(","))


def _by_framework(block):
    """Return the three parts of a block; each begins with a comment, the name of a framework."""
    pieces = re.split(rf"^# ({'|'.join(FRAMEWORKS)})\n", block, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2]))


def _defaults(text):
    found = {name: [] for name in FRAMEWORKS}
    for table in DEFAULTS.finditer(text):
        for framework, row in zip(FRAMEWORKS, table[1].splitlines()):
            owner, settings = row.strip("| ").split(" | ")
            found[framework] += [
                Default(owner.strip("`"), *setting) for setting in SETTING.findall(settings)
            ]
    return found


def _function(title, lead):
    """Return "max_pooling_rounding" for the bullet Rounding below the heading Max pooling."""
    return re.sub(r"\W+", "_", f"{title} {lead}".lower()).strip("_")
