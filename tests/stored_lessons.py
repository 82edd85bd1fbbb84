"""What the tests of the lessons share: where they are, how they are read, their tools."""

import functools
import importlib.util
import re
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL_STARTS = 600  # seconds; a busy machine needs more than nbclient's 60
EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))


@functools.cache
def read(path):
    """Return the notebook of a path; all callers share it, so it must stay as it is."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    """Return the code cells of a notebook that are not empty."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def prose(notebook):
    """Return the Markdown of a notebook."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@functools.cache
def headings(path):
    """Return the headings of a notebook, each with its "level", "id" and "title"."""
    page = BeautifulSoup(markdown2html(prose(read(path))), "html.parser")
    found = []
    for tag in page.select("h1[id], h2[id]"):
        tag.select_one(".anchor-link").decompose()  # a pilcrow, which links to the heading itself
        found.append({"level": tag.name, "id": tag["id"], "title": " ".join(tag.text.split())})
    return tuple(found)


def without_code(text):
    """Return a text in Markdown without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def table(text):
    """Return the rows of a table in Markdown, without its head."""
    rows = re.findall(r"^\| *(.*?) *\|$", text, re.MULTILINE)
    return [re.split(r" *\| *", row) for row in rows[2:]]


def tasks(notebook):
    """Return the cells of a notebook that each begin an exercise."""
    return [cell for cell in notebook.cells if "exercise" in cell.metadata]


def make_targets():
    """Return the names of the Makefile's targets."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^([a-z][\w -]*):(?!=)", makefile, re.MULTILINE)
    return {target for names in rules for target in names.split()}


def solution_lines(notebook):
    """Return the lines of all solutions of exercises that are long enough to be recognized."""
    texts = []
    for cell in notebook.cells:
        if "solution" in cell.metadata.get("tags", []):
            texts.append(cell.source)
        texts += re.findall("### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.DOTALL)
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {line for line in lines if len(line) > 12}


def given_lines(notebook):
    """Return the lines of exercises that students get: a solution may repeat one of them."""
    secret = {"answer", "solution"}
    given = [cell for cell in notebook.cells if not secret & set(cell.metadata.get("tags", []))]
    return {line.strip() for cell in given for line in cell.source.splitlines()}


def load_tool(name="lessons", folder="tools"):
    """Return the module tools/lessons.py, or another one, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
