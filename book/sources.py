"""Write the sources of the book, from which Sphinx makes its pages.

The files keep their places in the course, so that the links between them hold.
"""

import shutil
from pathlib import Path

import nbformat
import table_pages
from notebook_pages import lesson, students_exercises, teachers_exercises, with_boxes
from page_links import with_links

ROOT = table_pages.ROOT
BOOK = ROOT / "book"
DOCS = ["concordance", "gpu", "learning", "machines", "speed"]
PLAYGROUND = ROOT / "build" / "playground"  # from `make playground`
API = "api/d2l_helpers/index"  # which sphinx-autoapi writes
EDITIONS = ("book", "teacher", "print")


def pages(edition, executed=False):
    """Return {path of a page in the book: a notebook, or a text in Markdown}.

    Args:
        edition: "book", for students; "teacher", with solutions and the teacher's pages; or
            "print", the lessons alone.
        executed: whether lessons that `make run` has run have the outputs of that run.
    """
    paths = _notebooks("notebooks")
    found = {f"notebooks/{path.name}": lesson(as_run(path, executed)) for path in paths}
    found["index.md"] = _text(BOOK / "pages" / "index.md")
    if edition == "print":
        found["index.md"] = found["index.md"].splitlines()[0]
    else:
        found |= _exercises(edition) | _reference()
    if edition == "teacher":
        teaching = sorted((ROOT / "docs" / "teaching").glob("*.md"))
        found |= {f"docs/teaching/{path.name}": _text(path) for path in teaching}
    is_printed = edition == "print"
    found["index.md"] += _contents([*found, *([] if is_printed else [API])])
    return {page: _with_links(content, page, found) for page, content in found.items()}


def _exercises(edition):
    paths = _notebooks("exercises")
    as_shown = teachers_exercises if edition == "teacher" else students_exercises
    found = {f"exercises/{path.name}": as_shown(_read(path)) for path in paths}
    return found | {"exercises.md": table_pages.exercises(paths)}


def _reference():
    """Return the pages that explain, and those to look things up in."""
    own = (BOOK / "pages" / "figures").glob("*.md")
    found = {f"figures/{path.name}": with_boxes(_text(path)) for path in sorted(own)}
    if not PLAYGROUND.exists():
        del found["figures/playground.md"]
    found |= {f"docs/{name}.md": _text(ROOT / "docs" / f"{name}.md") for name in DOCS}
    found["docs/glossary.md"] = table_pages.glossary(_text(ROOT / "docs" / "glossary.md"))
    found["data/tutorials/README.md"] = table_pages.tutorials()
    found["results.md"] = table_pages.results()
    return found


def _notebooks(folder):
    return sorted((ROOT / folder).glob("*.ipynb"))


def as_run(path, executed):
    """Return a lesson as it is stored, or as `make run` has run it, if it did so to the end."""
    return (executed and _run_of(path)) or _read(path)


def not_run():
    """Return the names of the lessons that `make run` has not run to the end as they are now."""
    return [path.stem for path in _notebooks("notebooks") if not _run_of(path)]


def _run_of(path):
    run = ROOT / "build" / path.name
    if not run.exists():
        return None
    notebook = _read(run)
    is_whole = all(cell.get("execution_count", 1) for cell in notebook.cells)
    is_same = [cell.source for cell in notebook.cells] == [
        cell.source for cell in _read(path).cells
    ]
    return notebook if is_whole and is_same else None


def _read(path):
    return nbformat.read(path, as_version=4)


def _text(path):
    return path.read_text(encoding="utf-8")


def _with_links(content, page, pages):
    if isinstance(content, str):
        return with_links(content, page, pages)
    for cell in content.cells:
        if cell.cell_type == "markdown":
            cell.source = with_links(cell.source, page, pages)
    return content


# The parts of the book, each with the pages or the folders of pages that are in it.
PARTS = {
    "For teachers": ["docs/teaching/README.md", "docs/teaching/"],
    "Lessons": ["notebooks/"],
    "Exercises": ["exercises.md", "exercises/"],
    "Figures that move": ["figures/"],
    "To look things up": ["docs/glossary.md", "docs/concordance.md", "results.md", "data/", API],
    "The course": ["docs/learning.md", "docs/machines.md", "docs/gpu.md", "docs/speed.md"],
}


def _contents(pages):
    """Return the table of contents for the first page, a toctree for each part of the book."""
    trees = []
    for caption, beginnings in PARTS.items():
        found = [page for begin in beginnings for page in sorted(pages) if page.startswith(begin)]
        entries = list(dict.fromkeys(found))
        if entries:
            trees += ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```"]
    return "\n".join(trees) + "\n"


def as_text(content):
    """Return all that is in a page: Markdown, or a notebook with its outputs and metadata."""
    return content if isinstance(content, str) else nbformat.writes(content)


def write(edition, folder, executed=False):
    """Write the sources of an edition into a folder, which is made. The rest is as in `pages`."""
    for page, content in pages(edition, executed).items():
        path = Path(folder, page)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(content), encoding="utf-8")
    Path(folder, "docs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "docs" / "alexnet.png", Path(folder, "docs"))
