"""The book in a browser: on a desk, on a phone and on paper, light and dark; and its search.

`make test-pages` needs node, npm and Chromium, and downloads a few MB from npm.
"""

import os
import re

import make_book
import pytest
import sources
from browser import in_browser
from stored_lessons import EXERCISES, read, solution_lines

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif("TEST_PAGES" not in os.environ, reason="make test-pages needs Chromium"),
]

EDITIONS = "book", "teacher"
# The teacher's book has all pages of the students' book, and its own.
PAGES = sorted(page.rpartition(".")[0] for page in sources.pages("teacher"))
PAGES += ["api/d2l_helpers/index", "search"]
# A page with everything that look.js looks for.
FAULTS = f"""\
<!DOCTYPE html>
<html lang="en">
<head><title></title></head>
<body><main class="bd-article"><section>
<img src="http://localhost:9/picture.png" alt="A picture from elsewhere.">
<script src="missing.js"></script><script>broken(</script>
<pre style="overflow: hidden">{"cut off" * 50}</pre>
<div tabindex="0" style="color: #aaaaaa">grey</div>
{'<p style="max-width: 200px; line-height: 20px">' + "short lines " * 50 + "</p>"}
{('<p style="max-width: 200px; line-height: 20px">' + "short lines " * 50 + "</p>") * 9}
</section></main></body>
</html>
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """The folders of the editions, made anew."""
    folder = tmp_path_factory.mktemp("books")
    return {edition: make_book.build(edition, folder=folder).parent for edition in EDITIONS}


@pytest.mark.parametrize("page", PAGES)
def test_a_browser_finds_nothing_wrong(page, books):
    assert in_browser("look.js", books["teacher"] / f"{page}.html") == []


def test_faults_are_found(tmp_path):
    page = tmp_path / "faults.html"
    page.write_text(FAULTS)
    found = "\n".join(in_browser("look.js", page))
    assert "faults.html: asks for http://localhost:9/picture.png" in found
    assert "faults.html: not found: file://" in found and "faults.html: error: Syntax" in found
    assert "faults.html: cut off: <pre" in found
    assert "faults.html: on paper, cut off: <pre" in found
    assert "faults.html: tab stop 0: <div" in found
    assert "faults.html: lines of " in found
    assert "faults.html: serious, color-contrast: <div" in found
    assert "faults.html: serious, document-title: " in found


def test_the_search_works_from_a_folder(books):
    found = in_browser("search.js", books["book"], "receptive field", "momentum", "zebra crossing")
    assert found["elsewhere"] == found["zebra crossing"] == []
    first, *others = [result["address"] for result in found["receptive field"]]
    assert first.endswith("/docs/glossary.html#term-receptive-field")
    assert any(address.endswith("/notebooks/05_shapes.html") for address in others)
    for result in found["momentum"]:
        name = result["address"].removeprefix("file://").partition("#")[0]
        assert os.path.exists(name)


def test_the_students_book_holds_no_solution_in_its_search_either(books):
    indices = [(books[e] / "searchindex.js").read_text(encoding="utf-8") for e in EDITIONS]
    shown = "\n".join(map(sources.as_text, sources.pages("book").values())).lower()
    lines = [line for path in EXERCISES for line in solution_lines(read(path))]
    names = {word.lower() for line in lines for word in re.findall(r"[a-z]{3,}_[a-z_]{6,}", line)}
    # Without their last letters, which the index cuts off.
    secret = {f'"{name[:-3]}' for name in names if name not in shown}
    in_students, in_teachers = ({name for name in secret if name in index} for index in indices)
    assert len(in_teachers) > 5 and not in_students
    assert "docs/teaching" in indices[1] and "docs/teaching" not in indices[0]
