"""Cut the lessons into slides that need no network: PYTHONPATH=tools python -m book.slides [05 ...]

build/slides/05_shapes.html    the deck of a lesson, with the speaker notes
build/slides/index.html        all decks
build/slides/assets/           reveal.js, fonts and styles, which all decks share

The stored outputs are shown; no cell is run. reveal.js and the fonts are fetched from npm, once.
"""

import argparse
import shutil
import sys
from pathlib import Path

import npm
from book.slides.cut import cut
from book.slides.deck import list_page, to_html
from book.slides.notes import read_notes
from lessons import choose, write
from writing import ROOT, atomic_write, making

import nbformat

SOURCE = Path(__file__).resolve().parent
PACKAGES = SOURCE / "node_modules"
TEACHING = ROOT / "docs" / "teaching"
FOLDER = ROOT / "build" / "slides"
SANS, MONO = "@fontsource/source-sans-3", "@fontsource/inconsolata"
# What decks read, by its name in assets/.
ASSETS = {
    "deck.css": SOURCE / "deck.css",
    "deck.js": SOURCE / "deck.js",
    "reveal.css": PACKAGES / "reveal.js/dist/reveal.css",
    "reveal.js": PACKAGES / "reveal.js/dist/reveal.js",
    "notes.js": PACKAGES / "reveal.js/dist/plugin/notes.js",
    "reveal.js.LICENSE": PACKAGES / "reveal.js/LICENSE",
    "source-sans-3.LICENSE": PACKAGES / SANS / "LICENSE",
    "inconsolata.LICENSE": PACKAGES / MONO / "LICENSE",
    **{
        f"{font}.woff2": PACKAGES / package / "files" / f"{font}.woff2"
        for package, font in [
            (SANS, "source-sans-3-latin-400-normal"),
            (SANS, "source-sans-3-latin-400-italic"),
            (SANS, "source-sans-3-latin-600-normal"),
            (MONO, "inconsolata-latin-400-normal"),
            (MONO, "inconsolata-latin-700-normal"),
        ]
    },
}


def fetch_packages():
    """Fetch reveal.js and the fonts from npm, unless they are there."""
    if all(path.exists() for path in ASSETS.values()):
        return
    instead = "use the folder build/slides of another machine"
    npm.install(SOURCE, "reveal.js and the fonts", instead)


def copy_assets(folder):
    """Copy what decks read to a folder beside them."""
    for name, source in ASSETS.items():
        with atomic_write(folder / "assets" / name) as partial:
            shutil.copy(source, partial)


def make_deck(path, folder):
    """Write the deck of a lesson to a folder; return its slides."""
    page = (TEACHING / f"{path.stem}.md").read_text(encoding="utf-8")
    slides = cut(nbformat.read(path, as_version=4), read_notes(page))
    write(folder / f"{path.stem}.html", to_html(slides))
    return slides


def make_list(folder):
    """Write the page that leads to all decks in a folder."""
    made = [path for path in choose([]) if (folder / f"{path.stem}.html").exists()]
    decks = [(path.stem, title_of(nbformat.read(path, as_version=4))) for path in made]
    write(folder / "index.html", list_page(decks))


def title_of(notebook):
    """Return the title of a lesson, as in "05  Shapes"."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lesson", nargs="*", help="numbers or names; all lessons when left out")
    paths = choose(parser.parse_args(arguments).lesson)
    with making(FOLDER):
        try:
            fetch_packages()
        except npm.NpmError as error:
            sys.exit(str(error))
        copy_assets(FOLDER)
        for path in paths:
            print(f"{path.stem:34}{len(make_deck(path, FOLDER)):4} slides", flush=True)
        make_list(FOLDER)
    print("The slides: build/slides/index.html")


if __name__ == "__main__":
    main()
