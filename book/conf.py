"""What Sphinx makes of the sources that sources.py has written, for both editions of the book."""

import sys
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

BOOK = Path(__file__).resolve().parent
sys.path.insert(0, str(BOOK))

from alternative_texts import alternative_texts  # noqa: E402

project = "AlexNet in MXNet Gluon"
language = "en"
smartquotes = False  # the text as it is written: -- belongs to a command
extensions = ["myst_nb", "sphinx.ext.napoleon", "autoapi.extension"]

html_theme = "sphinx_book_theme"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_copy_source = html_show_sourcelink = False
html_show_sphinx = False
html_use_index = html_domain_indices = False  # the glossary is the index
html_show_search_summary = False  # which a page in a folder, without a server, could not load
html_theme_options = {
    "use_download_button": False,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search field is in the side bar
    "footer_content_items": "",  # which would name an author
}

# The outputs are those that are stored: no cell is run.
nb_execution_mode = "off"
nb_merge_streams = True
nb_mime_priority_overrides = [("html", "image/png", 0), ("html", "text/html", 10)]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_heading_slug_func = "headings.slug"

# From the docstrings, without importing MXNet.
autoapi_dirs = [str(BOOK.parent / "d2l_helpers")]
autoapi_root = "api"
autoapi_options = ["members", "imported-members", "show-module-summary"]
autoapi_add_toctree_entry = False
autoapi_keep_files = False
suppress_warnings = ["autoapi.python_import_resolution"]  # of constants
default_role = "code"  # as the docstrings use it
napoleon_use_rtype = False  # they name what is returned, not only its type


def give_texts(app, doctree):
    """Give the figures of a notebook the texts that are stored with their outputs."""
    source = Path(app.env.doc2path(app.env.docname))
    if source.suffix != ".ipynb":
        return
    texts = alternative_texts(source)
    outputs = [box for box in doctree.findall(nodes.container) if "cell_output" in box["classes"]]
    pictures = [picture for output in outputs for picture in output.findall(nodes.image)]
    for picture, text in zip(pictures, texts, strict=True):
        picture["alt"] = text


def only_public_names(app, what, name, obj, skip, options):
    """Leave out the modules: their public names are those of the package, `dh.*`."""
    return skip or (what in ("package", "module") and name != "d2l_helpers")


# What axe finds in the theme and in myst-nb: names for screen readers that hide the words shown.
HIDING_NAMES = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'search-button__button pst-js-only" title="Search" aria-label="Search"': (
        'search-button__button pst-js-only" title="Search"'
    ),
}


def mend_names(app, error):
    """Take names out of the finished pages that hide the words shown.

    Raises:
        ExtensionError: one is in no page, so that it has to be looked at what the theme has now.
    """
    if error:
        return
    missing = set(HIDING_NAMES)
    for page in Path(app.outdir).rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        missing -= {name for name in missing if name in html}
        for name, mended in HIDING_NAMES.items():
            html = html.replace(name, mended)
        page.write_text(html, encoding="utf-8")
    if missing and app.builder.name == "html":
        raise ExtensionError(f"no page has {sorted(missing)} any more: see HIDING_NAMES in conf.py")


def setup(app):
    app.connect("autoapi-skip-member", only_public_names)
    app.connect("doctree-read", give_texts)
    app.connect("build-finished", mend_names)
