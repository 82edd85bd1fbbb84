"""Compare the numbers in prose with what the notebooks compute, and measure how well that works.

python tools/prose.py [--measure | --bind] [--write] [NOTEBOOK or PAGE ...]

A number in the text of a notebook has to be

- one side of an equation that holds, such as 20 x (5 x 5 x 1 + 1) = 520;
- or, rounded to the digits that are printed, in the code or an output of the same notebook: a
  number of one or two digits in the same section, or beside the same word (a stride, a kernel);
- or bound to its source in tests/prose/, in a file for each notebook, see `Bindings`.

The same holds for the teacher's pages, beside what their lesson and exercises say, and for README
and the other pages, whose numbers are all bound.

Without options it prints the numbers of which none holds. --measure changes each number by one in
its last digit, one at a time, and prints which share of the changes is noticed. --bind binds what
would not be noticed to the cell that holds the number beside the most of its words; nobody has
judged whether it is meant there. --write puts the numbers that do not hold on the list of known
violations, which the test allows and which is there to become empty.
"""

import argparse
import ast
import bisect
import contextlib
import functools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from prose_numbers import (
    SCALES,
    beside,
    changed,
    evaluate,
    in_equations,
    is_rounded,
    is_second_of_a_pair,
    number_of,
    numbers_in,
    stems,
    value_of,
)
from writing import atomic_write

import nbformat
import pandas as pd
from nbval.plugin import get_sanitize_patterns

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests" / "prose"
# Of a teacher's page: minutes, which another test compares, and what a class may guess.
NOT_CLAIMED = re.compile(
    r"^## Minutes\n(?:(?!^## ).*\n)*|(?:\d\d\.\d+ )?\(\d+ min[^)]*\)|^- Most (?:say|suspect): .*$",
    re.MULTILINE,
)
ALL = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("exercises/*.ipynb")])
TEACHING = sorted((ROOT / "docs" / "teaching").glob("*_*.md"))
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "mxnet_today/README.md")]
DOCUMENTS += sorted([*(ROOT / "docs").glob("*.md"), ROOT / "docs" / "teaching" / "README.md"])
DOCUMENTS += sorted((ROOT / "book" / "pages").rglob("*.md"))
ALL += [*TEACHING, *DOCUMENTS]
# Of a document: code, and what a script writes or another test compares.
NOT_COMPARED = re.compile(
    r"^```.*?^```|<!-- written by .*?<!-- end -->|\| \d+ min \||\| \d+ \|$|\[\d\d\b(?:: [^\]]+)?"
    r"|(?<=\| )(?:\d\d(?:, )?)+ \|$|(?<=\| )\d+ s \|$|(?<![\d.])0\d\b(?:(?:, | and )1\d\b)*"
    r"|arXiv:\d+\.\d+|x86-64|64-bit|WSL 2",
    re.MULTILINE | re.DOTALL,
)
IN_CODE = re.compile(r"(?<![A-Za-z_\d.])\d[\d_,]*(?:\.\d+)?(?:e-?\d+)?(?![A-Za-z_])")


class Evidence(NamedTuple):
    """A number in code or in an output, with the words beside it and the section it is in."""

    value: float
    words: frozenset
    section: int


def evidence_of(notebook):
    """Return what the code and the outputs of a notebook hold, and the section of each cell."""
    found, sections, section = [], [], 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^##? ", cell.source, re.MULTILINE):
            section += 1
        sections.append(section)
        if cell.cell_type == "code":
            found += _in_code(cell.source, section)
            for output in cell.get("outputs", []):
                found += _in_output(output, section)
        found += _in_metadata(cell.metadata.get("exercise", {}).get("answers", {}), section)
    return found, sections


def _in_code(source, section):
    found = []
    for line in source.splitlines():
        words = frozenset(stems(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", line.replace("_", " "))))
        found += [Evidence(n, words, section) for n in _plain_numbers(line)]
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.BinOp):  # what is written as a product is a number too
                with contextlib.suppress(ValueError, ZeroDivisionError, OverflowError):
                    found.append(Evidence(float(value_of(node)), frozenset(), section))
    return found


def _plain_numbers(text):
    for match in IN_CODE.finditer(text):
        with contextlib.suppress(ValueError):
            yield float(match[0].replace("_", "").replace(",", ""))


@functools.cache
def _masks():
    return get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text())


def without_measured(text):
    """Return an output without what nbval masks: another machine says something else there."""
    for regex, _ in _masks():
        text = re.sub(regex, " ", text)
    return text


def _in_output(output, section):
    texts = [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    found = []
    for text in texts:
        text = without_measured(text)
        head = stems(text.split("\n", 1)[0])
        for line in text.splitlines():
            words = frozenset(head | stems(line))
            found += [Evidence(n, words, section) for n in _plain_numbers(line)]
    return found


def _in_metadata(value, section):
    if isinstance(value, dict):
        return [e for item in value.values() for e in _in_metadata(item, section)]
    if isinstance(value, list):
        return [e for item in value for e in _in_metadata(item, section)]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [Evidence(float(value), frozenset(), section)] if is_number else []


@functools.cache
def evidence_by_cell(path):
    """Return what each code cell of a notebook holds, by the cell's id."""
    cells = nbformat.read(path, as_version=4).cells
    return {cell.id: evidence_of(nbformat.v4.new_notebook(cells=[cell]))[0] for cell in cells}


class Notebook:
    """The prose of a notebook, and what it is held to.

    Args:
        path: of the notebook.
    """

    def __init__(self, path):
        self.path, self.notebook = path, nbformat.read(path, as_version=4)
        lessons = sorted(ROOT.glob("notebooks/*.ipynb"), key=lambda p: p.name != path.name)
        self.own, self.others = [path], [other for other in lessons if other != path]
        self.evidence, self.sections = evidence_of(self.notebook)
        self.values = sorted(e.value for e in self.evidence)
        self.bindings = Bindings(path)

    def prose(self):
        """Yield the cell's number, its id and its text: Markdown, and the hints of exercises."""
        for i, cell in enumerate(self.notebook.cells):
            if cell.cell_type == "markdown":
                yield i, cell.id, cell.source
                for n, hint in enumerate(cell.metadata.get("exercise", {}).get("hints", []), 1):
                    yield i, f"{cell.id} hint {n}", hint

    def numbers(self):
        """Yield each number: its cell's number and id, the text, and the `Number`."""
        for i, name, text in self.prose():
            for number in numbers_in(text):
                yield i, name, text, number

    def holds(self, i, name, text, number):
        """Return whether a number holds where it stands."""
        bound = self.bindings.value(name, text, number)
        if bound is not None:
            return is_rounded(bound, number)
        if any(a <= number.start and number.end <= b for a, b in self._equations(text, number)):
            return True
        if is_second_of_a_pair(text, number):
            return True
        if number.step < 1 or number.value >= 100:
            return self._is_somewhere(number)
        near = [e for e in self.evidence if is_rounded(e.value, number)]
        section = self.sections[i]
        return any(number.words & e.words or e.section in (section - 1, section) for e in near)

    def _equations(self, text, number):
        # The number may be a changed one.
        written = text[number.start : number.end].replace(",", "")
        if re.fullmatch(r"[\d.]+", written) and abs(float(written) - number.value) > 1e-12:
            decimals = len(written.partition(".")[2])
            text = text[: number.start] + f"{number.value:.{decimals}f}" + text[number.end :]
        return in_equations(text)

    def _is_somewhere(self, number):
        low = bisect.bisect_left(self.values, number.value - number.step)
        high = bisect.bisect_right(self.values, number.value + number.step)
        return any(is_rounded(value, number) for value in self.values[low:high])

    def violations(self):
        """Return the numbers that do not hold, as rows for the list of known violations."""
        return [
            {"cell": name, "number": number.text, "words": beside(text, number)}
            for i, name, text, number in self.numbers()
            if not self.holds(i, name, text, number)
        ]

    def bind(self):
        """Bind each number whose change would not be noticed to the cell that it is most like.

        Bindings of text or of cells that are gone go too.
        """
        there = {(name, beside(text, number)) for _, name, text, number in self.numbers()}
        self.bindings.bound = [
            entry
            for entry in self.bindings.bound
            if (entry["cell"], entry["words"]) in there and self.bindings.resolves(entry)
        ]
        for i, name, text, number in self.numbers():
            if self.bindings.value(name, text, number) is not None:
                continue
            source = None
            if not self.holds(i, name, text, number):
                is_long = len(re.sub(r"\D", "", number.text).strip("0")) >= 3
                # Elsewhere a short number is found by accident.
                related = [p for p in self.others if p.name == self.path.name or is_long]
                source = self._source(number, related, is_long)
                if source is None and name.endswith("task"):  # what is given proves itself
                    source = {"source": "given in the task", "says": number.value}
            elif self.holds(i, name, text, changed(number)):
                source = self._source(number, self.own, True, i)
            if source:
                entry = {"cell": name, "words": beside(text, number), "number": number.text}
                scale = re.match(r"\s?([%\w]+)", text[number.end :])
                if scale and scale[1] in SCALES:
                    entry["scale"] = f"{number.text} {scale[1]}"
                self.bindings.bound.append({**entry, **source})

    def _source(self, number, paths, is_enough, i=0):
        """Return what to bind a number to, in the first of some notebooks that holds it, or None.

        Args:
            number: the `Number`.
            paths: of the notebooks.
            is_enough: whether the number alone is enough, without a word that is the same.
            i: the nearest of several such cells is taken.
        """
        for path in paths:
            found = []
            for distance, (name, evidence) in enumerate(evidence_by_cell(path).items(), -i):
                near = [e for e in evidence if is_rounded(e.value, number)]
                like = max((len(number.words & e.words) for e in near), default=0)
                if near and (like or is_enough):
                    found.append((-like, abs(distance), name))
            if found:
                own = {} if path == self.path else {"notebook": str(path.relative_to(ROOT))}
                return {**own, "in": min(found)[2]}
        return None

    def noticed(self):
        """Return how many numbers hold, and of how many of these a change is noticed."""
        found = [n for n in self.numbers() if self.holds(*n)]
        missed = [n for n in found if self.holds(*n[:3], changed(n[3]))]
        return len(found), len(found) - len(missed)


class Page(Notebook):
    """A teacher's page, which is held to its lesson and its exercises, and to what they say.

    Args:
        path: of the page.
    """

    blanked = NOT_CLAIMED

    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        self.path, self.text = path, self.blanked.sub(lambda match: " " * len(match[0]), text)
        self.own = [p for p in ALL if p.stem == path.stem and p.suffix == ".ipynb"]
        self.others = [p for p in ALL if p.parent.name == "notebooks" and p not in self.own]
        self.evidence = []
        for notebook in map(Notebook, self.own):
            said = [Evidence(n.value, n.words, 0) for *_, n in notebook.numbers()]
            self.evidence += notebook.evidence + said
        self.sections = [-1]
        self.values = sorted(e.value for e in self.evidence)
        self.bindings = Bindings(path)

    def prose(self):
        yield 0, "page", self.text


class Document(Page):
    """README or another page, which has no notebook of its own."""

    blanked = NOT_COMPARED


class Bindings:
    """The sources of numbers that their notebook does not compute: tests/prose/NAME.json.

    It holds "bound", a list of dicts: "cell", "words" (as `beside` gives them), "number" and one of
    - "compute": an expression of numbers;
    - "results": a file in results/, with "where", {column: value}, and "column"; the mean of them;
    - "in": the id of a cell whose code or outputs hold the number, of this notebook or of
      "notebook", a path;
    - "file": a file of the course, with "line", a part of it that holds the number;
    - "source": where it is said, such as "paper, section 3.5" or "T1", with "says", the number
      there.
    And "violations", a list of what is known not to hold.
    """

    def __init__(self, path):
        self.notebook = path
        self.path = SOURCES / path.relative_to(ROOT).with_suffix(".json")
        content = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.bound = content.get("bound", [])
        self.violations = content.get("violations", [])

    def value(self, name, text, number):
        """Return the value that a number is bound to, or None."""
        words = beside(text, number)
        for entry in self.bound:
            if entry["cell"] == name and entry["words"] == words:
                return self.resolve(entry)
        return None

    def resolves(self, entry):
        """Return whether an entry leads somewhere."""
        with contextlib.suppress(ValueError):
            return self.resolve(entry) is not None
        return False

    def resolve(self, entry) -> Any:
        """Return the value that an entry leads to.

        Raises:
            ValueError: it leads nowhere.
        """
        if "compute" in entry:
            return evaluate(entry["compute"])
        if "says" in entry:
            return entry["says"]
        written = number_of(
            entry["number"], 0, len(entry["number"]), entry.get("scale", entry["number"])
        )
        if "file" in entry:
            is_there = entry["line"] in (ROOT / entry["file"]).read_text(encoding="utf-8")
            return _the_one_like(written, _plain_numbers(entry["line"]) if is_there else (), entry)
        if "results" in entry:
            table = pd.read_csv(ROOT / "results" / entry["results"], comment="#")
            for column, wanted in entry["where"].items():
                table = table[table[column] == wanted]
            return float(table[entry["column"]].mean())
        cells = evidence_by_cell(ROOT / entry["notebook"] if "notebook" in entry else self.notebook)
        return _the_one_like(written, [e.value for e in cells.get(entry["in"], [])], entry)


def _the_one_like(written, values, entry):
    for value in values:
        if is_rounded(value, written):
            return value
    raise ValueError(f"{entry['number']} is not there any more: {entry}")


def text_of(path):
    """Return a `Notebook`, a `Page` or a `Document`, by the path."""
    if path.suffix == ".ipynb":
        return Notebook(path)
    return (Page if path in TEACHING else Document)(path)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", nargs="*", type=Path, help="notebooks or pages; default: all")
    parser.add_argument("--measure", action="store_true", help="change each number by one")
    parser.add_argument("--bind", action="store_true", help="the numbers that are not noticed")
    parser.add_argument("--write", action="store_true", help="the list of known violations")
    options = parser.parse_args()
    totals = [0, 0, 0]
    for path in options.texts or ALL:
        notebook = text_of(path.resolve())
        if options.bind:
            notebook.bind()
            write(notebook, notebook.bindings.violations)
        violations = notebook.violations()
        if options.write:
            write(notebook, violations)
        elif options.measure:
            num, noticed = notebook.noticed()
            totals = [a + b for a, b in zip(totals, (num, noticed, len(violations)))]
            print(
                f"{path.parent.name}/{path.stem:24} {num:4} hold, {len(violations):3} do not; ",
                end="",
            )
            print(f"changed by one, {noticed / max(1, num):.1%} are noticed")
        else:
            for v in violations:
                print(f"{path.stem}: {v['cell']}: {v['number']!r} in {v['words']!r}")
    if options.measure:
        print(f"in all {totals[0]} hold, {totals[2]} do not; noticed {totals[1] / totals[0]:.1%}")


def write(notebook, violations):
    path = notebook.bindings.path
    content = {"bound": notebook.bindings.bound, "violations": violations}
    with atomic_write(path) as partial:
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
