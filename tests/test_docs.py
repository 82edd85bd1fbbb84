"""README and the pages in docs/: short enough, and what they name is there."""

import re
from pathlib import Path

import pytest
from stored_lessons import ROOT, headings, without_code

pytestmark = pytest.mark.once

README = ROOT / "README.md"
PAGES = [README, ROOT / "mxnet_today" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# This one is README.md of the students' edition, so its links begin there.
STUDENT = ROOT / "docs" / "student.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")
MOST_LINES = 120  # of README, which people read in a few minutes

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)


def anchors(page):
    """Return the anchors of a page's headings on GitHub, or of a lesson's in JupyterLab."""
    if page.suffix == ".ipynb":
        return {heading["id"] for heading in headings(page)}
    text = without_code(page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(page, text):
    """Return the links of a page that lead to no file, or to no heading of it."""
    folder = ROOT if page == STUDENT else page.parent
    broken = []
    for link in LINK.findall(text):
        name, _, anchor = link.partition("#")
        target = folder / name if name else page
        if "://" in link:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def words_of_code(text):
    """Return the commands of a page: its blocks of code, and what stands between backticks."""
    blocks = re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", without_code(text))])


@each_page
def test_links_lead_to_files_and_headings(page):
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("link", ["docs/nothing.md", "docs/machines.md#nothing", "#nothing"])
def test_a_broken_link_is_found(link):
    assert broken_links(README, f"[a page](docs/machines.md#without-make), [x]({link})") == [link]


def test_each_page_is_found_from_readme():
    targets = [link.partition("#")[0] for link in LINK.findall(README.read_text(encoding="utf-8"))]
    found = {(ROOT / target).resolve() for target in targets if target}
    teaching = ROOT / "docs" / "teaching"
    expected = {page for page in PAGES if page.parent != teaching} - {README, STUDENT}
    assert expected | {teaching / "README.md"} <= found


def test_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@each_page
def test_commands_name_targets_of_the_makefile_and_scripts(page):
    rules = re.findall(r"^([a-z][\w -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    code = words_of_code(page.read_text(encoding="utf-8"))
    assert set(re.findall(r"\bmake ([a-z][\w-]*)", code)) <= targets
    scripts = re.findall(r"\b(?:tools|benchmarks|experiments|tests)/[\w/]+\.\w+", code)
    assert [script for script in scripts if not Path(ROOT, script).is_file()] == []


@pytest.mark.parametrize("command", ["lab", "run", "test"])
def test_readme_has_the_three_commands(command):
    row = rf"^\| \w+ \| `make {command}` \| .+ \|$"
    assert re.search(row, README.read_text(encoding="utf-8"), re.MULTILINE)
