"""The pages that are made from tables: the glossary, recorded runs, tutorials, all exercises."""

import csv
import json
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
STATEMENTS = ROOT / "data" / "tutorials"
ANSWER_HASHES = ROOT / "d2l_helpers" / "exercises" / "answer_hashes.json"
ROWS_SHOWN = 12  # of a recorded run; longer tables are folded


def markdown_table(header, rows):
    """Return a table in Markdown; its cells hold Markdown too."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def literal(text):
    """Return a text of a table's cell, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


def glossary(text):
    """Return the glossary's page with an entry for each row of its table, which links can name."""
    head, table = re.split(r"^\| term .*\n\|[-|]*\n", text, flags=re.MULTILINE)
    entries = []
    for names, sentence, place in re.findall(
        r"^\| (.+?) \| (.+) \| (.+?) \|$", table, re.MULTILINE
    ):
        entries += [*names.split(", "), f"  {sentence} {place}", ""]
    return "\n".join([head, ":::{glossary}", *entries, ":::"])


def results():
    """Return the page of all recorded runs: command, day and versions, machine, and a table."""
    paths = sorted(RESULTS.glob("*.csv"))
    return "\n\n".join(["# Recorded runs", INTRODUCTION, *map(_recorded_run, paths)]) + "\n"


def _recorded_run(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    notes = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    notes = notes or ["make bench"]  # which keeps the rest in columns
    columns = zip(*csv.reader(line for line in lines if not line.startswith("#")))
    same, different = by_variety(columns)
    notes += [f"{name}: {value}" for name, value, *_ in same if value]
    header, *rows = zip(*([literal(cell) for cell in column] for column in different))
    table = markdown_table(header, rows)
    if len(rows) > ROWS_SHOWN:
        table = f"<details><summary>{len(rows)} rows</summary>\n\n{table}\n\n</details>"
    return "\n\n".join([f"## {path.stem}", "\n".join(f"- {_note(note)}" for note in notes), table])


def _note(note):
    return f"`{note}`" if note.startswith(("python ", "make ")) else literal(note)


def by_variety(columns):
    """Return the columns, each with its name, that have one value in several rows, and the rest."""
    same, different = [], []
    for column in columns:
        is_same = len(column) > 2 and len(set(column[1:])) == 1
        (same if is_same else different).append(column)
    return same, different


INTRODUCTION = (
    "What took too long for a lesson was run once and recorded. Each table comes with the command "
    "that made it, the day and the versions, the machine, and the state of the course's files."
)


def tutorials():
    """Return the page of everything that the five tutorials state, with what was found."""
    head = (STATEMENTS / "README.md").read_text(encoding="utf-8")
    with open(STATEMENTS / "statements.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = [head]
    for name in dict.fromkeys(row["tutorial"] for row in rows):
        of_this = [row for row in rows if row["tutorial"] == name]
        columns = ["lines", "statement", "verdict", "found", "where"]
        cells = [[literal(row[column]) for column in columns] for row in of_this]
        table = markdown_table(columns, cells)
        parts += [f"## {name}", f'<div class="statements">\n\n{table}\n\n</div>']
    return "\n\n".join(parts) + "\n"


def exercises(paths):
    """Return the page with a table of all exercises.

    Args:
        paths: of the notebooks in exercises/.
    """
    hashes = json.loads(ANSWER_HASHES.read_text(encoding="utf-8"))
    parts = ["# All exercises"]
    for path in paths:
        cells = nbformat.read(path, as_version=4).cells
        title = cells[0].source.splitlines()[0].removeprefix("# ")
        rows = [_exercise(cell, path.name, hashes) for cell in cells if "exercise" in cell.metadata]
        parts.append(f"## {title}")
        parts.append(markdown_table(["exercise", "kind", "minutes", "points", "checked"], rows))
    return "\n\n".join(parts) + "\n"


def _exercise(cell, file, hashes):
    exercise, heading = cell.metadata["exercise"], cell.source.splitlines()[0].removeprefix("## ")
    kinds = [answer["kind"] for answer in hashes[exercise["id"]].get("answers", {}).values()]
    how = ", ".join(dict.fromkeys(kinds)) or "by a person"
    link = f"[{heading}](exercises/{file}#{heading.replace(' ', '-')})"
    return [link, exercise["kind"], exercise["minutes"], exercise["points"], how]
