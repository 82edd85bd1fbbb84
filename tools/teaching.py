"""Make the teacher's edition: pages that need neither a network nor an installation.

python tools/teaching.py

build/teacher/index.html        how to teach with the course, from docs/teaching/
build/teacher/05_shapes.html    a page for each lesson: minutes, what the class predicts, and why
build/teacher/exercises.html    all exercises in a table: kind, minutes, points, how checked
build/teacher/lessons/          the lessons with their outputs
build/teacher/exercises/        the exercises with solutions and rubrics, as pages and as notebooks
"""

import json
import re
import shutil

from d2l_helpers.exercises.entries import ANSWER_HASHES
from lessons import EXERCISES, ROOT, choose, title, to_html, write

import nbformat

PAGES = ROOT / "docs" / "teaching"
FOLDER = ROOT / "build" / "teacher"
TO_ALL_EXERCISES = "\n[All exercises in a table](exercises.html)\n"
# The links of a source, and the same links in its page. `to_html` has changed the lessons' own.
MOVED = {
    r"\.\./\.\./notebooks/(\w+)\.ipynb": r"lessons/\1.html",
    r"\.\./\.\./exercises/(\w+)\.ipynb": r"exercises/\1.html",
    r"\.\./notebooks/(\w+)\.ipynb": r"../lessons/\1.html",
    r"\.\./exercises/(\w+)\.ipynb": r"../exercises/\1.html",
    r"README\.md": r"index.html",
    r"((?:\d\d|clinic)_\w+)\.md": r"\1.html",
}
# Links to pages of the course that are not in this edition: their words name the page.
OUTSIDE = re.compile(r'<a href="\.\./\w+\.md(?:#[^"]*)?"[^>]*>(.*?)</a>')


def as_notebook(text):
    """Return a page in Markdown as a notebook with a cell for each section."""
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(s) for s in sections])


def overview():
    """Return a page in Markdown with a table of all exercises."""
    hashes = json.loads(ANSWER_HASHES.read_text(encoding="utf-8"))
    lines = ["# All exercises", ""]
    for path in sorted(EXERCISES.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        lines += ["", f"## {title(notebook)}", "", f"[With solutions](exercises/{path.stem}.html)"]
        lines += ["", "| | | kind | minutes | points | checked |", "|---|---|---|---|---|---|"]
        for cell in notebook.cells:
            if "exercise" in cell.metadata:
                lines.append(_row(cell, hashes))
    return "\n".join(lines)


def _row(cell, hashes):
    exercise = cell.metadata["exercise"]
    name = cell.source.splitlines()[0].split("  ", 1)[1]
    kinds = [answer["kind"] for answer in hashes[exercise["id"]].get("answers", {}).values()]
    how = ", ".join(dict.fromkeys(kinds)) or "by a person"
    shown = [exercise["id"], name, exercise["kind"], exercise["minutes"], exercise["points"], how]
    return f"| {' | '.join(map(str, shown))} |"


def with_links_moved(html):
    """Return a page with its links changed to the pages of this edition."""

    def moved(link):
        for old, new in MOVED.items():
            target, number = re.subn(rf"^{old}\b", new, link[2])
            if number:
                return link[1] + target
        return link[0]

    html = re.sub(r'(<a [^>]*href=")([^"#]+)', moved, html)
    return OUTSIDE.sub(r"\1", html)


def write_page(path, notebook, name=None):
    """Write a notebook as a page.

    Args:
        path: of the page.
        notebook: with its outputs.
        name: of the lesson, if it is one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, with_links_moved(to_html(notebook, name)))


def make_teacher(folder=FOLDER):
    """Write the teacher's edition."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in sorted(PAGES.glob("*_*.md")):
        write_page(folder / f"{path.stem}.html", as_notebook(path.read_text(encoding="utf-8")))
    index = (PAGES / "README.md").read_text(encoding="utf-8") + TO_ALL_EXERCISES
    write_page(folder / "index.html", as_notebook(index))
    write_page(folder / "exercises.html", as_notebook(overview()))
    for path in choose([]):
        page = folder / "lessons" / f"{path.stem}.html"
        write_page(page, nbformat.read(path, as_version=4), path.stem)
    for path in sorted(EXERCISES.glob("*.ipynb")):
        page = folder / "exercises" / f"{path.stem}.html"
        write_page(page, nbformat.read(path, as_version=4))
        shutil.copy(path, page.with_suffix(".ipynb"))


if __name__ == "__main__":
    make_teacher()
    print("The teacher's edition:", FOLDER / "index.html")
