"""Make the book: one site from the lessons, the exercises and the pages in docs/.

python book/make_book.py book [--executed]       build/book/
python book/make_book.py teacher [--executed]    build/teacher/: solutions and teacher's pages too
python book/make_book.py print [--executed]      build/alexnet.pdf: the lessons, printed by Chromium

The lessons have their stored outputs; with --executed those that `make run` has run have its own.
No cell is run.
Sphinx is in an environment of its own, build/book-venv, which needs Python 3.11 or newer and, once,
a network.
"""

import argparse
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from d2l_helpers.export.environments import Environment, OwnEnvironmentError
from d2l_helpers.utils.files import atomic_write, replace_folder
from writing import making

import sources

ROOT = sources.ROOT
BUILD = ROOT / "build"
TITLES = {
    "book": "AlexNet in MXNet Gluon",
    "teacher": "AlexNet in MXNet Gluon: for teachers",
    "print": "AlexNet in MXNet Gluon",
}
OLDEST = (3, 11)


def environment():
    """Return the environment that holds Sphinx.

    Raises:
        OwnEnvironmentError: it is not installed, and no Python here is new enough for it.
    """
    requirements = ROOT / "requirements-book.lock"
    there = Environment("Sphinx", BUILD / "book-venv", requirements, "make book")
    return there if there.is_installed else dataclasses.replace(there, interpreter=_new_enough())


def _new_enough():
    # $PYTHON chooses the course's own Python, which may be older.
    outside = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    find = ROOT / "tools" / "find-pythons"
    found = subprocess.run([find], capture_output=True, text=True, check=False, env=outside)
    for line in found.stdout.splitlines():
        version, path = line.split(" ", 1)
        if tuple(map(int, version.split("."))) >= OLDEST:
            return Path(path)
    raise OwnEnvironmentError(
        "the book needs Python 3.11 or newer, which may be another one than the course's: install "
        "it so that it is on the PATH, and try again"
    )


def build(edition, executed=False, folder=BUILD):
    """Make an edition of the book.

    Args:
        edition, executed: as of `sources.pages`.
        folder: in which it is made; what was made there before is replaced at the end.

    Returns:
        The page to begin with, or the PDF.

    Raises:
        OwnEnvironmentError: Sphinx or Chromium is missing, or found something wrong.
    """
    browser = find_browser() if edition == "print" else None
    sphinx = environment()
    sphinx.install()
    if executed and (stored := sources.not_run()):
        print("With stored outputs, since make run has not run them:", *stored, file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    # Unlike the site, what is printed is one page, without the package's names.
    form = ["-b", "singlehtml", "-D", "autoapi_generate_api_docs=0"] if edition == "print" else []
    # Beside what it replaces: renamed in the end, and within reach of a confined browser.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        staged, pages = Path(scratch, "sources"), Path(scratch, "pages")
        sources.write(edition, staged, executed)
        options = ["-W", "--keep-going", "-q", "-D", f"html_title={TITLES[edition]}", *form]
        print(f"{edition}: half a minute or so", file=sys.stderr)
        sphinx.run("-m", "sphinx", *options, "-c", sources.BOOK, staged, pages)
        shutil.rmtree(pages / ".doctrees")  # which only builds the book
        if edition == "print":
            return print_pdf(pages / "index.html", folder / "alexnet.pdf", browser)
        if sources.PLAYGROUND.exists():
            shutil.copytree(sources.PLAYGROUND, pages / "playground")
        replace_folder(folder / edition, pages)
    return folder / edition / "index.html"


def print_pdf(page, pdf, browser):
    """Print a page with Chromium, with the numbers of the pages and an outline, and return the PDF.

    Raises:
        OwnEnvironmentError: it printed nothing.
    """
    with atomic_write(pdf) as partial:
        command = [browser, "--headless", "--no-pdf-header-footer"]
        command += ["--generate-pdf-document-outline", f"--print-to-pdf={partial}"]
        # As root, as in a container, Chromium starts only without its sandbox.
        command += ["--no-sandbox"] * (os.geteuid() == 0)
        done = subprocess.run(
            [*command, page.as_uri()], capture_output=True, text=True, check=False
        )
        if done.returncode or not partial.exists():
            raise OwnEnvironmentError(f"{browser} printed nothing:\n{done.stderr}")
    return pdf


def find_browser():
    """Return the path of Chromium.

    Raises:
        OwnEnvironmentError: it is not installed.
    """
    names = ["chromium", "chromium-browser", "google-chrome"]
    browser = next(filter(None, map(shutil.which, names)), None)
    if not browser:
        raise OwnEnvironmentError(
            f"this needs a browser, {' or '.join(names)}: install one of them, and try again"
        )
    return browser


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("edition", choices=sources.EDITIONS)
    parser.add_argument("--executed", action="store_true", help="with the outputs of make run")
    options = parser.parse_args()
    try:
        with making(BUILD / options.edition):
            print(f"{options.edition}:", build(options.edition, options.executed))
    except (OwnEnvironmentError, OSError) as error:
        sys.exit(f"The {options.edition} was not made: {error}")


if __name__ == "__main__":
    main()
