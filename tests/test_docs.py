"""README and the pages in docs/: short enough, and what they name is there."""

import re
from pathlib import Path

import pytest
from stored_lessons import ROOT, load_tool, make_targets, without_code

pytestmark = pytest.mark.once

README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "mxnet_today" / "README.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
STUDENT = ROOT / "docs" / "student.md"  # README.md of the students' edition
MOST_LINES = 120  # of README, which people read in a few minutes

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)


def words_of_code(text):
    """Return the commands of a page: its blocks of code, and what stands between backticks."""
    blocks = re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", without_code(text))])


def test_each_page_is_found_from_readme():
    found = {ROOT / link.partition("#")[0] for link in load_tool("links").links(README)}
    teaching = ROOT / "docs" / "teaching"
    expected = {page for page in PAGES if page.parent != teaching} - {README, STUDENT}
    assert expected | {teaching / "README.md"} <= found


def test_the_students_readme_names_the_same_licences_and_tutorials():
    _, heading, named = STUDENT.read_text(encoding="utf-8").partition("## Licence and sources\n")
    assert heading and heading + named in README.read_text(encoding="utf-8")


def test_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@each_page
def test_commands_name_targets_of_the_makefile_and_scripts(page):
    code = words_of_code(page.read_text(encoding="utf-8"))
    assert set(re.findall(r"\bmake ([a-z][\w-]*)", code)) <= make_targets()
    scripts = re.findall(r"\b(?:tools|benchmarks|experiments|tests)/[\w/]+\.\w+", code)
    assert [script for script in scripts if not Path(ROOT, script).is_file()] == []


@pytest.mark.parametrize("command", ["lab", "run", "test"])
def test_readme_has_the_three_commands(command):
    row = rf"^\| \w+ \| `make {command}` \| .+ \|$"
    assert re.search(row, README.read_text(encoding="utf-8"), re.MULTILINE)
