"""Links of the course, as the book's pages need them."""

import os
import re
from pathlib import PurePosixPath

from headings import slug

LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]*)(#[^)\s]*)?\)")
CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.MULTILINE | re.DOTALL)


def with_links(text, page, pages):
    """Return Markdown whose links lead to pages of the book.

    A link to a file that is not in the book becomes its words. A link to a heading gets the name
    that the book gives to this heading. Code is left alone.

    Args:
        text: Markdown.
        page: its path in the book, such as "notebooks/05_shapes.ipynb".
        pages: the paths of all pages, a set.
    """

    def adapted(match):
        words, target, anchor = match[1], match[2], match[3] or ""
        if target.startswith(("http:", "https:", "mailto:")):
            return match[0]
        if target and resolved(page, target) not in pages:
            return words
        return f"[{words}]({target}{'#' + slug(anchor[1:]) if anchor else ''})"

    pieces = CODE.split(text)
    return "".join(piece if i % 2 else LINK.sub(adapted, piece) for i, piece in enumerate(pieces))


def resolved(page, target):
    """Return the path in the book that a link of a page leads to."""
    return os.path.normpath(PurePosixPath(page).parent / target)
