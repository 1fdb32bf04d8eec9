"""The documentation: `python -m sphinx -W --keep-going docs build/docs`.

The pages are the Markdown files of this folder. What can be read off the package is
written before each build and not kept: `api/` from the docstrings of every public name
(`reference.py`), `methods/` from the table of methods (`cards.py`).
"""

import configparser
import re
import sys
from pathlib import Path
from types import FunctionType

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import cards  # noqa: E402
import reference  # noqa: E402
from sphinx.util import inspect  # noqa: E402

import keras_pod  # noqa: E402

_setup = configparser.ConfigParser()
_setup.read(ROOT / "setup.cfg")
URL = _setup["metadata"]["url"]

project = _setup["metadata"]["name"]
author = copyright = _setup["metadata"]["author"]
version = release = keras_pod.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["Thumbs.db", ".DS_Store"]
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3

toc_object_entries = False
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
maximum_signature_line_length = 72
napoleon_custom_sections = [("Call arguments", "params_style")]
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_theme_options = {
    "footer_icons": [{"name": "Repository", "url": URL, "html": "Repository"}],
}
pygments_style = "friendly"
pygments_dark_style = "monokai"


def _write(app) -> None:
    """Write the pages that are read off the package."""
    reference.write(HERE / "api")
    cards.write(HERE / "methods")


def _read(app, docname: str, source: list[str]) -> None:
    """Make of a page as GitHub shows it one as the documentation shows it."""
    text = source[0]
    if docname == "index":
        # The README begins the first page; its links to pages lead there.
        readme = (ROOT / "README.md").read_text()
        readme = readme.replace(f"{URL}/blob/main/docs/", "")
        text = readme.replace(f"{URL}/raw/main/", "../") + "\n" + text
    # Pictures are copied; other files outside this folder are in the repository.
    up = "(?:\\.\\./)+"
    text = re.sub(
        rf"(?<!!)(\[[^]]*\])\({up}(?=examples|keras_pod)", rf"\1({URL}/blob/main/", text
    )
    # A place that links may name.
    source[0] = re.sub(r'<a id="([^"]+)"></a>', r"[]{#\1}", text)


def _signature(app, what, name, obj, options, shown: str, returns: str):
    """Show the arguments of `__init__` where `__new__`, as Keras's, hides them."""
    if what != "class" or not isinstance(obj.__init__, FunctionType):
        return shown, returns
    found = inspect.signature(obj.__init__, bound_method=True)
    found = found.replace(return_annotation=found.empty)
    return inspect.stringify_signature(found, unqualified_typehints=True), returns


def setup(app) -> None:
    """Called by Sphinx."""
    app.connect("builder-inited", _write)
    app.connect("source-read", _read)
    app.connect("autodoc-process-signature", _signature)
    # Before napoleon, which reads the sections.
    app.connect("autodoc-process-docstring", reference.from_markdown, priority=400)
