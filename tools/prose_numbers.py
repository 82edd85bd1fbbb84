"""The numbers in a piece of prose, what each says, and the equations that hold by themselves."""

import ast
import operator
import re
from typing import NamedTuple

UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
UNITS += ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"]
UNITS += ["eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {word: n for n, word in enumerate(UNITS) if n >= 4}
WORDS |= {word: 10 * n for n, word in enumerate(TENS, start=2)}
WORDS |= {
    f"{ten}-{UNITS[n]}": 10 * tens + n
    for tens, ten in enumerate(TENS, start=2)
    for n in range(1, 10)
}
# What a number is counted in, by the word behind it: the source may give it in ones.
SCALES = {"%": 0.01, "percent": 0.01, "thousand": 1e3, "million": 1e6, "billion": 1e9}
SCALES |= {"kB": 1e3, "MB": 1e6, "GB": 1e9, "GFLOP": 1e9, "TFLOP": 1e12, "points": 0.01}
NUMBER = re.compile(
    r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?(?![\w]|[.,]\d|,\d{3})"
    rf"|\b(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
# Parts of a text that hold names and not numbers, code, and minutes, which other tests compare.
NAMES = re.compile(
    r"^```[^`]*```$|`[^`]*[A-Za-z_]{2}[^`]*`"
    r"|\]\([^)]*\)|https?://\S+|^#+ .*$|^ *\d+\. |\b0\d\.\d+\b"
    r"|\b(?:lessons?|exercises?|sections?|step|Python|MXNet|NumPy|clinic\.)"
    r" ?\d[\d.]*(?:(?:, | to | and )\d[\d.]*)*"
    r"|^- \d: |\([\w ]+, \d+ min\)|about \d+ minutes\*|\*\*Time\*\*: .*$|\| \d+ min \|",
    re.MULTILINE | re.IGNORECASE,
)
STOP = {"the", "a", "an", "of", "and", "or", "to", "in", "with", "for", "x", "is", "are", "at"}
EXPRESSION = r"[\d.,()+*/x²³ -]"
EQUATION = re.compile(rf"({EXPRESSION}*\d{EXPRESSION}*) (?:=|is|are) (\d[\d,.]*)")
OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
OPERATIONS |= {ast.Div: operator.truediv, ast.Pow: operator.pow}


class Number(NamedTuple):
    """A number in prose.

    Attributes:
        text: as it is printed.
        value: what it says, in ones: 0.375 for 37.5 %.
        step: of its last digit, in ones.
        start, end: in the prose of the cell.
        words: those beside it.
    """

    text: str
    value: float
    step: float
    start: int
    end: int
    words: frozenset


def without_names(text):
    """Return a text in which names with digits are blanked out, at the same length."""
    return NAMES.sub(lambda match: " " * len(match[0]), text)


def stems(text):
    """Return the words of a text in lower case, without the s of a plural and without numbers."""
    words = re.findall(r"[a-z]+", text.lower())
    return {w.removesuffix("s") if len(w) > 3 else w for w in words} - STOP - {""}


def numbers_in(text):
    """Return the numbers of a piece of prose."""
    text = without_names(text)
    return [
        number_of(match[0], match.start(), match.end(), text) for match in NUMBER.finditer(text)
    ]


def number_of(written, start, end, text):
    """Return the `Number` that is written from start to end in a text."""
    word = written.lower()
    behind = re.match(r"\s?([%\w]+)", text[end:])
    scale = SCALES.get(behind[1], 1) if behind else 1
    if word in WORDS:
        value, step = WORDS[word], 1
    else:
        plain = written.replace(",", "")
        digits, _, exponent = plain.partition("e")
        value = float(plain)
        step = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    before = re.split(r"[.;:!?\n]", text[:start])[-1].split()[-3:]
    after = re.split(r"[.;:!?\n]", text[end:])[0].split()[:3]
    words = frozenset(stems(" ".join([*before, *after])))
    return Number(written, value * scale, step * scale, start, end, words)


def changed(number):
    """Return a number that is one more in its last digit."""
    return number._replace(value=number.value + number.step)


def evaluate(text):
    """Return the value of an arithmetic expression as it is written in prose, or None."""
    text = text.replace("²", "**2").replace("³", "**3").replace("^", "**").replace(",", "")
    try:
        return value_of(ast.parse(re.sub(r"\bx\b", "*", text).strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError):
        return None


def value_of(node):
    """Return the value of a parsed arithmetic expression; raise ValueError for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](value_of(node.left), value_of(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -value_of(node.operand)
    raise ValueError(node)


def in_equations(text):
    """Return the spans of the equations in a text that hold, to the digits of their right side."""
    spans, text = [], without_names(text)
    for match in EQUATION.finditer(text):
        left, right = match[1], match[2].rstrip(".,")
        value = evaluate(left)
        step = 10.0 ** -len(right.partition(".")[2])
        if value is None or not re.search(r"[-+*/x²³]", left.strip()):
            continue
        if abs(value - float(right.replace(",", ""))) <= step / 2 + 1e-9:
            spans.append((match.start(), match.start(2) + len(right)))
    return spans


def is_second_of_a_pair(text, number):
    """Return whether a number is the second one of 28 x 28: the first is looked at by itself."""
    first = re.search(r"(\d[\d,]*) x $", text[: number.start])
    return first is not None and float(first[1].replace(",", "")) == number.value


def is_rounded(value, number):
    """Return whether a number is a value, rounded to the digits that are printed."""
    return abs(abs(value) - number.value) <= number.step / 2 * (1 + 1e-9) and (
        number.step < 1 or number.value % 10 == 0 or abs(abs(value) - number.value) < 1e-9
    )


def beside(text, number):
    """Return the text on both sides of a number, which tells where it is, with # in its place."""
    before, after = text[: number.start][-25:], text[number.end :][:25]
    return " ".join(f"{before}#{after}".split())
