"""docs/glossary.md: each term leads to the place that introduces it, and no lesson uses it before.

An earlier use is allowed where the same sentence names a lesson in which the reader will have met
the term, or the same paragraph names the lesson that introduces it. A lesson announces its own
terms in its title and in the list of what one can do afterwards; a paragraph may name a section.
"""

import functools
import re
from typing import NamedTuple

import pytest
from stored_lessons import LESSONS, ROOT, headings, prose, read, table

pytestmark = pytest.mark.once

# Where a lesson uses a term before it is introduced, and what it means there.
ORDINARY = {
    ("feature map", "00"): "the map of the course",
    ("first weights", "04"): "T1's words, which are quoted",
    ("body", "07"): "the upper body, which tops cover",
    ("group", "07"): "ten images that are drawn together",
}
LINK = re.compile(r"\[(\d\d): (.+)\]\(\.\./notebooks/(\w+\.ipynb)#(\S+)\)")
CODE = re.compile(r"^```.*?^```$|\$\$.*?\$\$|`[^`]*`", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"\]\([^)\s]*\)|https?://\S+")
ABILITIES = re.compile(r"\*\*After this lesson you can\*\*\n+(?:- .*\n+)+")
PARAGRAPHS = re.compile(r"\n\s*\n|\n(?=\||[-*] |\d+\. )")  # rows and items are some too
SENTENCES = re.compile(r"(?<=[.?!])\s+")
NAMED_LESSON = re.compile(r"\blessons? (\d\d)|\]\((\d\d)_", re.IGNORECASE)
NAMED_SECTION = re.compile(r"\bsection (\d+)(?!\d|\.\d)")


class Place(NamedTuple):
    """What a lesson says under a heading; the id is None for what announces the lesson."""

    lesson: str
    id: str
    title: str
    text: str


class Term(NamedTuple):
    """A row of the glossary: a term and its other forms, a sentence, and the parts of a link."""

    names: list
    sentence: str
    lesson: str
    title: str
    file: str
    id: str

    def __str__(self):
        return self.names[0]


def blanked(pattern, text):
    """Return a text of the same length, with blanks in place of what a pattern matches."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def places_of(text, found):
    """Return the places of a lesson, in the order in which people read them.

    Args:
        text: its prose.
        found: its headings, as `headings` returns them.
    """
    first, *parts = re.split(r"^##? .+$", blanked(CODE, text), flags=re.MULTILINE)
    assert not first and len(parts) == len(found)
    lesson = found[0]["title"][:2]
    titles = [heading["title"].removeprefix(f"{lesson} ") for heading in found]
    abilities = "".join(ABILITIES.findall(parts[0]))
    parts[0] = blanked(ABILITIES, parts[0])
    places = [Place(lesson, None, titles[0], f"{titles[0]}\n\n{abilities}")]
    for heading, title, part in zip(found, titles, parts):
        own = title if heading["level"] == "h2" else ""
        places.append(Place(lesson, heading["id"], title, f"{own}\n\n{part}"))
    return places


def terms_of(page):
    """Return the terms of a glossary."""
    rows = [(names, sentence, LINK.fullmatch(link)) for names, sentence, link in table(page)]
    return [Term(names.split(", "), sentence, *link.groups()) for names, sentence, link in rows]


TERMS = terms_of((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
PLACES = [place for path in LESSONS for place in places_of(prose(read(path)), headings(path))]


def number_of(term, places):
    """Return the number of the place that introduces a term; raise ValueError if there is none."""
    keys = [(place.lesson, place.title, place.id) for place in places]
    return keys.index((term.lesson, term.title, term.id))


def expression(name):
    """Return what finds a name: with blank or hyphen, in the plural, small letters as capitals."""
    stem, ends = name, "(?:s|es)?"
    if re.search("[^aeiou]y$", name):
        stem, ends = name[:-1], "(?:y|ies)"
    found = r"[-\s]+".join(map(re.escape, re.split("[- ]", stem))) + ends
    return f"(?i:{found})" if name.islower() else found


def finder(terms):
    """Return a function that finds terms in a text, of several at one place the longest."""
    names = [(name, term) for term in terms for name in term.names]
    names.sort(key=lambda pair: -len(pair[0]))
    any_of = "|".join(f"({expression(name)})" for name, _ in names)
    pattern = re.compile(rf"(?<!\w)(?:{any_of})(?!\w)")
    return lambda text: [(names[m.lastindex - 1][1], m) for m in pattern.finditer(text)]


def lessons_in(text):
    return {first or second for first, second in NAMED_LESSON.findall(text)}


def says_where(term, place, sentence, paragraph):
    """Return whether the text around a use says where the term is introduced."""
    if place.lesson == term.lesson:
        number = re.match(r"(\d+)\. ", term.title)
        return bool(number) and number[1] in NAMED_SECTION.findall(paragraph)
    later = {lesson for lesson in lessons_in(sentence) if lesson > place.lesson}
    return term.lesson in lessons_in(paragraph) or any(lesson >= term.lesson for lesson in later)


def early_uses(terms, places):
    """Return the uses of terms before the places that introduce them: term, lesson and words."""
    find, found = finder(terms), []
    start = {str(term): number_of(term, places) for term in terms}
    for number, place in enumerate(places):
        for paragraph in PARAGRAPHS.split(place.text):
            for sentence in SENTENCES.split(paragraph):
                for term, match in find(blanked(ADDRESS, sentence)):
                    is_announced = place.id is None and place.lesson == term.lesson
                    if number >= start[str(term)] or is_announced:
                        continue
                    if not says_where(term, place, sentence, paragraph):
                        words = sentence[max(0, match.start() - 40) : match.end() + 40]
                        found.append((str(term), place.lesson, " ".join(words.split())))
    return found


def unused(terms, places):
    """Return the terms that the places that introduce them do not use."""
    return [str(term) for term in terms if not finder([term])(places[number_of(term, places)].text)]


def unexplained(terms, places):
    """Return the terms whose sentences use terms that come later, each with the later one."""
    find, found = finder(terms), []
    for term in terms:
        number = number_of(term, places)
        for other, _ in find(term.sentence):
            is_said = says_where(other, places[number], term.sentence, term.sentence)
            if number_of(other, places) > number and not is_said:
                found.append((str(term), str(other)))
    return found


# The glossary


def test_the_terms_are_in_the_order_of_the_alphabet():
    order = [str(term).lower().replace("-", " ") for term in TERMS]
    assert order == sorted(order)


def test_no_name_stands_twice():
    names = [name.lower() for term in TERMS for name in term.names]
    assert [name for name in names if names.count(name) > 1] == []


def is_one_sentence(text):
    return re.fullmatch(r"[A-Z](?:(?![.?!] ).)*[^.?!]\.", text) is not None


def test_each_term_has_one_sentence():
    assert [str(term) for term in TERMS if not is_one_sentence(term.sentence)] == []


@pytest.mark.parametrize("text", ["No full stop", "Two. Sentences.", "small.", "What? This."])
def test_what_is_not_one_sentence_is_noticed(text):
    assert not is_one_sentence(text)


def test_no_sentence_uses_a_term_that_comes_later():
    assert unexplained(TERMS, PLACES) == []


# The lessons


def test_each_link_leads_to_a_lesson_and_to_a_heading_of_it():
    for term in TERMS:
        assert ROOT / "notebooks" / term.file in LESSONS and term.file.startswith(term.lesson), term
        number_of(term, PLACES)


def test_each_place_uses_its_terms():
    assert unused(TERMS, PLACES) == []


@functools.cache
def early_in_the_lessons():
    return early_uses(TERMS, PLACES)


def test_no_lesson_uses_a_term_before_the_place_that_introduces_it():
    found = [use for use in early_in_the_lessons() if use[:2] not in ORDINARY]
    assert not found, "introduce it earlier, say where it comes, or use another word"


def test_each_exception_is_one():
    assert set(ORDINARY) <= {use[:2] for use in early_in_the_lessons()}


# How uses are found, in two small lessons


FIRST = """# 01 Pictures

**After this lesson you can**

- {ability};

## Seen

{text}

"""
SECOND = """# 02 Kernels

**After this lesson you can**

- use a kernel;

## 1. Sums

{text}

## 2. Windows

Max pooling and a kernel. To convolve is to use it. XY's rule is in a library.
"""
ROWS = """
| term | what it is | introduced in |
|---|---|---|
| convolve, convolved | To use a kernel. | [02: 2. Windows](../notebooks/02_b.ipynb#2.-Windows) |
| kernel | A table. | [02: 2. Windows](../notebooks/02_b.ipynb#2.-Windows) |
| library | A program. | [02: 2. Windows](../notebooks/02_b.ipynb#2.-Windows) |
| max pooling | A largest one. | [02: 2. Windows](../notebooks/02_b.ipynb#2.-Windows) |
| picture | Pixels. | [01: Seen](../notebooks/01_a.ipynb#Seen) |
| XY's rule | A rule. | [02: 2. Windows](../notebooks/02_b.ipynb#2.-Windows) |
"""


def small_places(first="A picture.", second="Sums.", ability="see"):
    """Return the places of two lessons that introduce the terms of `ROWS`."""
    places = []
    for text in (FIRST.format(text=first, ability=ability), SECOND.format(text=second)):
        found = [
            {"level": f"h{len(marks)}", "id": title.replace(" ", "-"), "title": title}
            for marks, title in re.findall("^(##?) +(.+)$", text, re.MULTILINE)
        ]
        places += places_of(text, found)
    return places


def early(**texts):
    return [term for term, _, _ in early_uses(terms_of(ROWS), small_places(**texts))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A kernel.", ["kernel"]),
        ("The **Kernel's** two\nkernels.", ["kernel", "kernel"]),
        ("It is convolved.", ["convolve"]),
        ("A max-pooling, or max\npoolings.", ["max pooling", "max pooling"]),
        ("Libraries.", ["library"]),
        ("XY's rule.", ["XY's rule"]),
        ("| a | table |\n|---|---|\n| a | kernel |", ["kernel"]),
        ("A kernel of lesson 01.", ["kernel"]),
        ("A kernel. Lesson 03 has more.", ["kernel"]),
        ("A kernel.\n\n[Next](02_b.ipynb).", ["kernel"]),
        ("| [02](02_b.ipynb) | |\n| 01 | a kernel |", ["kernel"]),
        ("| [02](02_b.ipynb) | a kernel |", []),
        ("A kernel. It comes in [the next lesson](02_b.ipynb).", []),
        ("A kernel, of which lesson 03 has many.", []),
        ("`kernel`, [a page](kernel.md), https://kernel.org", []),
        ("```\na kernel\n```", []),
        ("Colonel, kernelled, subkernel, xy's rule.", []),
    ],
)
def test_uses_in_an_earlier_lesson_are_found(text, expected):
    assert early(first=text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A kernel.", ["kernel"]),
        ("A kernel (section 2.1 of the paper).", ["kernel"]),
        ("A kernel ([lesson 03](03_c.ipynb)).", ["kernel"]),
        ("A kernel (section 2).", []),
        ("A picture.", []),
    ],
)
def test_uses_in_the_same_lesson_are_found(text, expected):
    assert early(second=text) == expected


def test_a_lesson_announces_its_own_terms_and_no_others():
    assert early() == []
    assert early(ability="see a kernel") == ["kernel"]


def test_a_place_that_does_not_use_its_term_and_a_sentence_that_comes_too_early_are_found():
    assert unused(terms_of(ROWS), small_places(first="Nothing.")) == ["picture"]
    rows = ROWS.replace("Pixels.", "What a kernel sees.")
    assert unexplained(terms_of(rows), small_places()) == [("picture", "kernel")]


@pytest.mark.parametrize("old", ["02: 2. Windows]", "#2.-Windows)", "[02: 2."])
def test_a_link_that_leads_nowhere_is_noticed(old):
    (term, *_) = terms_of(ROWS.replace(old, old.replace("2", "3")))
    with pytest.raises(ValueError, match="not in list"):
        number_of(term, small_places())
