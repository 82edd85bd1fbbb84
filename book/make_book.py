"""Make the book: one site from the lessons, the exercises and the pages in docs/.

python book/make_book.py book [--executed]       build/book/
python book/make_book.py teacher [--executed]    build/teacher/: solutions and teacher's pages too

The lessons have their stored outputs; with --executed those that `make run` has run have its own.
No cell is run.
Sphinx is in an environment of its own, build/book-venv, which needs Python 3.11 or newer and, once,
a network.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from d2l_helpers.export.environments import Environment, OwnEnvironmentError

import sources

ROOT = sources.ROOT
TITLES = {"book": "AlexNet in MXNet Gluon", "teacher": "AlexNet in MXNet Gluon: for teachers"}
OLDEST = (3, 11)


def environment():
    """Return the environment that holds Sphinx.

    Raises:
        OwnEnvironmentError: no Python here is new enough for it.
    """
    found = subprocess.run(
        [ROOT / "tools" / "find-pythons"], capture_output=True, text=True, check=False
    )
    pythons = [line.split(" ", 1) for line in found.stdout.splitlines()]
    usable = [path for version, path in pythons if tuple(map(int, version.split("."))) >= OLDEST]
    if not usable:
        raise OwnEnvironmentError("the book needs Python 3.11 or newer, beside the course's own")
    requirements = ROOT / "requirements-book.lock"
    folder = ROOT / "build" / "book-venv"
    return Environment("Sphinx", folder, requirements, "make book", Path(usable[0]))


def build(edition, executed):
    """Make an edition of the book.

    Args:
        edition, executed: as of `sources.pages`.

    Returns:
        The folder of the pages.

    Raises:
        OwnEnvironmentError: Sphinx cannot be installed, or found something wrong.
    """
    sphinx, output = environment(), ROOT / "build" / edition
    sphinx.install()
    os.environ["BOOK_TITLE"] = TITLES[edition]
    with tempfile.TemporaryDirectory() as folder:
        staged, pages = Path(folder, "sources"), Path(folder, "pages")
        sources.write(edition, staged, executed)
        sphinx.run("-m", "sphinx", "-W", "--keep-going", "-q", "-c", sources.BOOK, staged, pages)
        # What only builds the book stays behind.
        shutil.rmtree(pages / ".doctrees")
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(exist_ok=True)
        shutil.move(pages, output)
    return output


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("edition", choices=sources.EDITIONS)
    parser.add_argument("--executed", action="store_true", help="with the outputs of make run")
    options = parser.parse_args()
    try:
        pages = build(options.edition, options.executed)
    except OwnEnvironmentError as error:
        sys.exit(str(error))
    print("The book:", pages / "index.html")


if __name__ == "__main__":
    main()
