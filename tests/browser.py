"""The scripts of tests/pages/, which look at pages in Chromium."""

import json
import subprocess

from make_book import find_browser
from stored_lessons import ROOT


def in_browser(script, *arguments):
    """Return what a script in tests/pages/ prints, which is JSON."""
    command = ["node", ROOT / "tests" / "pages" / script, find_browser(), *arguments]
    return json.loads(subprocess.check_output(command, text=True))
