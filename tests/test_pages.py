"""The lessons' HTML copies in a browser: on a desk, on a phone and on paper, light and dark.

`make test-pages` needs node, npm and Chromium, and downloads a few MB from npm.
"""

import json
import os
import shutil
import subprocess

import pytest
from stored_lessons import LESSONS, ROOT, load_tool, read

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif("TEST_PAGES" not in os.environ, reason="make test-pages needs Chromium"),
]

# A page with everything that look.js looks for.
FAULTS = f"""\
<!DOCTYPE html>
<html lang="en">
<head><title></title></head>
<body><main>
<img src="http://localhost:9/picture.png" alt="A picture from elsewhere.">
<pre style="overflow: hidden">{"cut off" * 50}</pre>
<p tabindex="0" style="max-width: 200px; line-height: 20px; color: #aaaaaa">{"grey prose " * 50}</p>
</main></body>
</html>
"""


def look(page):
    """What look.js finds wrong with a page: texts."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser, f"none of {', '.join(names)} is installed"
    command = ["node", ROOT / "tests" / "pages" / "look.js", browser, page]
    return json.loads(subprocess.check_output(command, text=True))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_browser_finds_nothing_wrong(path, tmp_path):
    page = tmp_path / f"{path.stem}.html"
    page.write_text(load_tool().to_html(read(path), path.stem), encoding="utf-8")
    assert look(page) == []


def test_faults_are_found(tmp_path):
    page = tmp_path / "faults.html"
    page.write_text(FAULTS)
    found = "\n".join(look(page))
    assert "faults.html: asks for http://localhost:9/picture.png" in found
    assert "faults.html: cut off: <pre" in found
    assert "faults.html: on paper, cut off: <pre" in found
    assert "faults.html: tab stop 0: <p" in found
    assert "faults.html: lines of " in found
    assert "faults.html: serious, color-contrast: <p" in found
    assert "faults.html: serious, document-title: " in found
