"""tools/links.py: no link of the course leads nowhere, and one that does is found."""

import functools
from os.path import normpath

import nbformat
import pytest
from stored_lessons import EXERCISES, LESSONS, ROOT, load_tool

pytestmark = pytest.mark.once

tool = load_tool("links")
PAGES = tool.pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_leads_to_a_file_and_to_a_heading_of_it(page):
    assert tool.broken_links(page) == []


OWN = ROOT / "book" / "pages"  # what only the book has; Sphinx checks the headings that it links to


@pytest.mark.parametrize("page", sorted(OWN.rglob("*.md")), ids=lambda page: page.stem)
def test_each_link_of_the_books_own_pages_leads_to_a_page_of_it(page):
    """If it did not, the book would show its words without the link."""
    place = page.relative_to(OWN).parent
    names = [link.partition("#")[0] for link in tool.links(page) if "://" not in link]
    targets = {normpath(place / name) for name in names if name}
    pictures = {name for name in targets if name.endswith(".png") and (ROOT / name).is_file()}
    assert targets - pictures - book_pages() == set()


@functools.cache
def book_pages():
    """Return the paths in the students' book of all its pages."""
    return {*load_tool("sources", "book").pages("book")}


def test_all_pages_are_read():
    written = {ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")}
    written |= {*(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")}
    assert written | {*LESSONS, *EXERCISES} <= set(PAGES)
    names = {page.relative_to(ROOT).parts[0] for page in PAGES}
    assert not names & {".venv", "build", "work"}


@pytest.fixture
def folder(tmp_path):
    """A folder with a page, a notebook and a picture."""
    (tmp_path / "there.md").write_text('# A `dh` page, with "words"\n\n<a id="mark"></a>\n')
    (tmp_path / "picture 1.png").touch()
    (tmp_path / "code.py").write_text("# Title\n")
    cells = [nbformat.v4.new_markdown_cell("# 05  Shapes?"), nbformat.v4.new_code_cell("# Code")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "lesson.ipynb")
    return tmp_path


def broken(folder, text):
    page = folder / "page.md"
    page.write_text(f"# Title\n\n{text}\n")
    return tool.broken_links(page)


@pytest.mark.parametrize(
    "link",
    [
        "there.md",
        "there.md#a-dh-page-with-words",
        "there.md#mark",
        "#title",
        "lesson.ipynb#05--Shapes?",
        "lesson.ipynb#05--Shapes%3F",
        "picture%201.png",
        ".",
        "https://example.org/nothing",
        "mailto:somebody",
    ],
)
def test_a_link_that_leads_somewhere_is_none_of_the_broken(folder, link):
    assert broken(folder, f"[a link]({link})") == []


@pytest.mark.parametrize(
    "link",
    [
        "nothing.md",
        "there.md#A-dh-page-with-words",  # this is how JupyterLab writes it
        "lesson.ipynb#05--shapes",  # and this how GitHub does
        "lesson.ipynb#Code",
        "nothing.md#title",
        "#nothing",
        "code.py#title",
        ".#title",
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "A [link]({}).",
        "A [`link`][label].\n\n[label]: {}",
        "![a picture]({})",
        "- In a list, **in [bold]({})**",
        "| table |\n|---|\n| [cell]({}) |",
        '<a href="{}">HTML</a>',
        '<img src="{}">',
    ],
)
def test_a_broken_link_is_found(folder, form, link):
    assert broken(folder, f"[a page](there.md) {form.format(link)}") == [link]


def test_what_is_code_is_no_link(folder):
    assert broken(folder, "`[no](nothing.md)`\n\n```\n[no](nothing.md)\n# Not a title\n```") == []
    assert broken(folder, "[no](#not-a-title)\n\n```\n# Not a title\n```") == ["#not-a-title"]


def test_the_broken_links_of_a_folder_are_printed(folder, capsys):
    assert tool.main([str(folder)]) == 0 and capsys.readouterr().out == ""
    cells = [
        nbformat.v4.new_markdown_cell("[a](there.md)"),
        nbformat.v4.new_markdown_cell("[b](c)"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "other.ipynb")
    assert tool.main([str(folder)]) == 1
    assert capsys.readouterr().out == "other.ipynb: c leads nowhere\n"


@pytest.mark.parametrize("name", [".hidden", "build", "work", "node_modules", "book"])
def test_what_is_built_or_installed_is_not_read(folder, name):
    (folder / name).mkdir()
    (folder / name / "page.md").write_text("[a](nothing.md)")
    assert tool.main([str(folder)]) == 0
    assert tool.main([str(folder / name)]) == 1


def test_a_folder_that_is_not_there_is_refused(folder, capsys):
    with pytest.raises(SystemExit):
        tool.main([str(folder / "nothing")])
    assert "there is no folder" in capsys.readouterr().err


def test_addresses_of_other_sites_are_listed_once(folder, capsys):
    (folder / "a.md").write_text(
        "<https://b.example/x>, https://a.example/y; [z](http://c.example)"
    )
    (folder / "b.md").write_text("https://a.example/y. `https://code.example` [there](there.md)")
    assert tool.main(["--external", str(folder)]) == 0
    listed = ["http://c.example", "https://a.example/y", "https://b.example/x"]
    assert capsys.readouterr().out.splitlines() == listed
