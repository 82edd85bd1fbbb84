"""Find the links that lead nowhere.

python tools/links.py [FOLDER]
python tools/links.py --external [FOLDER]

Reads the Markdown pages and the notebooks of a folder, by default of the course, without a network.
It prints each link to a file that is not there, or to a heading that its page does not have.
With --external it prints the addresses of other sites instead, one per line: `make test-addresses`,
which a workflow runs once a week, asks for them.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mistune

ROOT = Path(__file__).resolve().parent.parent
# What is built or installed; and the book's own pages, whose links are those of the built book.
NOT_READ = {"build", "work", "node_modules", "book"}
# This page is README.md of the students' edition, so its links begin there.
LINKS_BEGIN_IN = {ROOT / "docs" / "student.md": ROOT}

parse = mistune.create_markdown(renderer=None, plugins=["url"])


def pages(folder=ROOT):
    """Return the paths of the Markdown pages and notebooks in a folder, sorted."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in NOT_READ]
        found += [Path(place, name) for name in files if name.endswith((".md", ".ipynb"))]
    return sorted(found)


def prose(page):
    """Return the Markdown of a page or of a notebook."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def tokens(found):
    """Yield the parts of a text that mistune has found, each before what is inside it."""
    for token in found:
        yield token
        yield from tokens(token.get("children", []))


def links(page):
    """Yield the targets of a page's links and images, as they are written."""
    for token in tokens(parse(prose(page))):
        if token["type"] in ("link", "image"):
            yield token["attrs"]["url"]
        elif token["type"] in ("block_html", "inline_html"):
            yield from re.findall(r'\b(?:href|src)="([^"]+)"', token["raw"])


def words(token):
    """Return the text of a heading, without its markup."""
    return token.get("raw", "") + "".join(map(words, token.get("children", [])))


def anchors(page):
    """Return the anchors of a page: GitHub's of its headings, JupyterLab's in a notebook."""
    found = set()
    for token in tokens(parse(prose(page))):
        if token["type"] == "heading":
            title = words(token)
            if page.suffix != ".ipynb":
                title = re.sub(r"[^\w\- ]", "", title.lower())
            found.add(title.replace(" ", "-"))
        elif token["type"] in ("block_html", "inline_html"):
            found.update(re.findall(r'\bid="([^"]+)"', token["raw"]))
    return found


def leads_somewhere(link, page):
    """Return whether the target of a link is there; that of another site is taken to be."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    folder = LINKS_BEGIN_IN.get(page, page.parent)
    target = folder / unquote(parts.path) if parts.path else page
    if not parts.fragment:
        return target.exists()
    # Only pages and notebooks have headings to lead to.
    is_page = target.suffix in (".md", ".ipynb") and target.is_file()
    return is_page and unquote(parts.fragment) in anchors(target)


def broken_links(page):
    """Return the links of a page that lead to no file, or to no heading of it."""
    return [link for link in links(page) if not leads_somewhere(link, page)]


def addresses(folder=ROOT):
    """Return the addresses of other sites in the pages of a folder, each once, sorted."""
    found = {link for page in pages(folder) for link in links(page)}
    return sorted(link for link in found if link.startswith(("http://", "https://")))


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--external", action="store_true", help="print other sites' addresses")
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    if not folder.is_dir():
        parser.error(f"there is no folder {options.folder}")
    if options.external:
        print(*addresses(folder), sep="\n")
        return 0
    broken = [(page, link) for page in pages(folder) for link in broken_links(page)]
    for page, link in broken:
        print(f"{page.relative_to(folder)}: {link} leads nowhere")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
