"""The names of headings in links: one rule for Jupyter's links and for the book's own."""

import re


def slug(title):
    """Return the name of a heading: "Which parts help?" gives "which-parts-help".

    Jupyter's own name, "Which-parts-help?", gives the same.
    """
    return re.sub(r"[^\w -]", "", title.strip().lower()).replace(" ", "-")
