"""What the prose says is held to what is computed: numbers, and words in quotation marks."""

import json
import re

import pytest
from stored_lessons import EXERCISES, LESSONS, load_tool, read

pytestmark = pytest.mark.once

TOOL = load_tool("prose")
NUMBERS = load_tool("prose_numbers")
QUOTATIONS = json.loads((TOOL.SOURCES / "quotations.json").read_text(encoding="utf-8"))
NOTICED = 0.98  # of the numbers, where each is one more in its last digit

each_text = pytest.mark.parametrize(
    "path", TOOL.ALL, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


@pytest.fixture
def text(path):
    return TOOL.text_of(path)


# The numbers of the course


@each_text
def test_each_number_holds_or_is_a_known_violation(text):
    known, found = text.bindings.violations, text.violations()
    new = [violation for violation in found if violation not in known]
    assert not new, "nothing says so: compute it, or bind it to its source (tools/prose.py)"
    gone = [violation for violation in known if violation not in found]
    assert not gone, "these hold now, or are gone: python tools/prose.py --write"


@each_text
def test_each_binding_is_used_once_and_says_what_is_printed(text):
    where = [(name, TOOL.beside(words, number)) for _, name, words, number in text.numbers()]
    for entry in text.bindings.bound:
        assert (entry["cell"], entry["words"]) in where, entry
    keys = [(entry["cell"], entry["words"]) for entry in text.bindings.bound]
    assert len(set(keys)) == len(keys)
    for i, name, words, number in text.numbers():
        if text.bindings.value(name, words, number) is not None:
            assert text.holds(i, name, words, number), number


def test_a_number_that_is_changed_is_noticed():
    counts = [TOOL.text_of(path).noticed() for path in TOOL.ALL]
    num, noticed = map(sum, zip(*counts))
    assert noticed / num >= NOTICED


# The words of others


def quoted(paragraph):
    """Return what a paragraph quotes of a tutorial that it names just before or after."""
    before = re.findall(
        r'\bT[1-5]\b[^".]{0,60}\b(?:says|line|prints)\b[^".]{0,12}"([^"]+)"', paragraph
    )
    after = re.findall(
        r'"([^"]+)"[^"T]{0,70}\bT[1-5] says|"([^"]+)"[^".]{0,5} says T[1-5]', paragraph
    )
    found = [*before, *(first or second for first, second in after)]
    return [words for words in found if re.search("[a-z]", words)]


def test_each_quotation_of_a_tutorial_is_on_the_list_word_for_word():
    listed = {quotation["words"] for quotation in QUOTATIONS}
    for path in (*LESSONS, *EXERCISES):
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                assert set(quoted(cell.source)) <= listed, (path.stem, cell.id)


@pytest.mark.parametrize("quotation", QUOTATIONS, ids=lambda quotation: quotation["words"])
def test_each_quotation_on_the_list_is_short_and_made_somewhere(quotation):
    assert len(quotation["words"].split()) <= 12
    assert re.fullmatch("T[1-5]", quotation["tutorial"]) and quotation["line"] > 0
    pages = [cell.source for path in (*LESSONS, *EXERCISES) for cell in read(path).cells]
    assert any(f'"{quotation["words"]}"' in page for page in pages)


def test_words_that_a_tutorial_does_not_have_would_be_found():
    assert quoted('as T1 says, "ReLU is always better"') == ["ReLU is always better"]
    assert quoted('**"Nearly 2 GB"**: so much do they take, says T1.') == []
    assert quoted('**"nearly 2 GB"**: T1 says this.') == ["nearly 2 GB"]


# How numbers are found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("46,764,746 parameters", [46_764_746]),
        ("37.5 % of them", [0.375]),
        ("about 47 million parameters, 187 MB", [47e6, 187e6]),
        ("five epochs, twenty-four images, two nets", [5, 24]),
        ("28 x 28 pixels", [28, 28]),
        ("between 5e-9 and 0.25", [5e-9, 0.25]),
        ("[Lesson 05](05_shapes.ipynb), exercise 05.2, sections 3 to 5", []),
        ("conv1 of T1, CIFAR-10, float32, bfloat16, H100, `dh.f(x, 3)`", []),
        ("1. First (compute, 8 min)\n2. Second", []),
    ],
)
def test_numbers_are_found_in_ones(text, found):
    assert [number.value for number in NUMBERS.numbers_in(text)] == pytest.approx(found)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("20 x (5 x 5 x 1 + 1) = 520", True),
        ("20 x (5 x 5 x 1 + 1) = 521", False),
        ("163² - 99² = 16,768", True),
        ("1/79 = 0.0127", True),
        ("1/79 = 0.0128", False),
        ("n = 520", False),
    ],
)
def test_an_equation_proves_itself(text, holds):
    assert bool(NUMBERS.in_equations(text)) == holds


@pytest.mark.parametrize(
    ("printed", "value", "is_it"),
    [
        ("0.84", 0.8351, True),
        ("0.84", 0.8349, False),
        ("37.5 %", 0.37521, True),
        ("47 million", 46_764_746, True),
        ("46,764,746", 46_764_747, False),
        ("15", 15.3, False),
        ("60,000", 60_000, True),
    ],
)
def test_a_number_is_a_value_to_the_digits_that_are_printed(printed, value, is_it):
    (number,) = NUMBERS.numbers_in(printed)
    assert NUMBERS.is_rounded(value, number) == is_it
