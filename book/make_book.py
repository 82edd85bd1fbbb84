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
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from d2l_helpers.export.environments import Environment, OwnEnvironmentError
from d2l_helpers.utils.files import atomic_write

import sources

ROOT = sources.ROOT
BUILD = ROOT / "build"
TITLES = dict.fromkeys(sources.EDITIONS, "AlexNet in MXNet Gluon")
TITLES["teacher"] += ": for teachers"
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
    folder = BUILD / "book-venv"
    return Environment("Sphinx", folder, requirements, "make book", Path(usable[0]))


def build(edition, executed=False):
    """Make an edition of the book.

    Args:
        edition, executed: as of `sources.pages`.

    Returns:
        The page to begin with, or the PDF.

    Raises:
        OwnEnvironmentError: Sphinx or Chromium is missing, or found something wrong.
    """
    sphinx = environment()
    sphinx.install()
    os.environ["BOOK_TITLE"] = TITLES[edition]
    # Unlike the site, what is printed is one page, without the package's names.
    form = ["-b", "singlehtml", "-D", "autoapi_generate_api_docs=0"] if edition == "print" else []
    with tempfile.TemporaryDirectory() as folder:
        staged, pages = Path(folder, "sources"), Path(folder, "pages")
        sources.write(edition, staged, executed)
        options = ["-W", "--keep-going", "-q", *form, "-c", sources.BOOK]
        sphinx.run("-m", "sphinx", *options, staged, pages)
        shutil.rmtree(pages / ".doctrees")  # which only builds the book
        if edition == "print":
            return print_pdf(pages / "index.html", BUILD / "alexnet.pdf")
        if sources.PLAYGROUND.exists():
            shutil.copytree(sources.PLAYGROUND, pages / "playground")
        output = BUILD / edition
        shutil.rmtree(output, ignore_errors=True)
        shutil.move(pages, output)
    return output / "index.html"


def print_pdf(page, pdf):
    """Print a page with Chromium, with the numbers of the pages and an outline, and return the PDF.

    Raises:
        OwnEnvironmentError: there is no Chromium, or it printed nothing.
    """
    names = ["chromium", "chromium-browser", "google-chrome"]
    browser = next(filter(None, map(shutil.which, names)), None)
    if not browser:
        raise OwnEnvironmentError(f"a PDF needs a browser that prints: {' or '.join(names)}")
    with atomic_write(pdf) as partial:
        command = [browser, "--headless", "--no-pdf-header-footer"]
        command += ["--generate-pdf-document-outline", f"--print-to-pdf={partial}"]
        # As root, as in a container, Chromium starts only without its sandbox.
        command += ["--no-sandbox"] * (os.geteuid() == 0)
        done = subprocess.run(
            [*command, page.as_uri()], capture_output=True, text=True, check=False
        )
        if not partial.exists() or not partial.stat().st_size:
            raise OwnEnvironmentError(f"{browser} printed nothing:\n{done.stderr}")
    return pdf


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("edition", choices=sources.EDITIONS)
    parser.add_argument("--executed", action="store_true", help="with the outputs of make run")
    options = parser.parse_args()
    try:
        print(f"{options.edition}:", build(options.edition, options.executed))
    except OwnEnvironmentError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
