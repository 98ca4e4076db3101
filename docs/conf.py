"""How the site is built: ``python -m sphinx -W --keep-going -c docs . build/site``.

The source folder is the repository, so that the pages that a forge shows (README and others) are pages of the site, and
a link from one to another, or to a file, is the same in both. What is linked and is no page is copied beside them.
"""

from __future__ import annotations

import re
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

project = "haboot"
version = release = installed("haboot")
root_doc = "docs/index"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**.md"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]

myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block"]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
add_module_names = False

smartquotes = False

html_theme = "pydata_sphinx_theme"
html_title = "haboot"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["site"]
html_css_files = ["site.css"]
html_sidebars = {"docs/index": [], "docs/tutorial": []}
html_theme_options = {
    "navigation_with_keys": False,
    "show_nav_level": 2,
    "show_toc_level": 2,
    "logo": {"text": "haboot", "link": "docs/index.html"},
    "secondary_sidebar_items": ["page-toc"],
    "navbar_align": "left",
    "footer_start": [],
    "footer_end": [],
}


class LikeAForge(SphinxTransform):
    """Take HTML anchors for targets, and links to folders for text, since the site lists no folders."""

    default_priority = 870  # before MyST looks for what links lead to

    def apply(self, **_: Any) -> None:
        """See docutils."""
        for raw in [*self.document.findall(nodes.raw)]:
            if found := re.fullmatch(r'<a id="([\w-]+)">', raw.astext()):
                target = nodes.target("", "", ids=[found[1]], names=[found[1]])
                self.document.note_explicit_target(target)
                raw.replace_self(target)
            elif raw.astext() == "</a>":
                raw.parent.remove(raw)
        folder = Path(self.env.doc2path(self.env.docname)).parent
        for link in [*self.document.findall(addnodes.pending_xref)]:
            if (folder / link["reftarget"]).is_dir():
                link.replace_self(link.children)


def with_examples(_: Any, __: Any, lines: list[str]) -> None:
    """Show the examples of a command as code."""
    shown = [text for line in lines if (text := line.lstrip("| ").rstrip()).startswith("haboot ")]
    lines[:] = [".. code-block:: console", "", *(f"   $ {one}" for one in shown), ""] if shown else []


def setup(app: Any) -> None:
    """Extend Sphinx."""
    app.add_transform(LikeAForge)
    app.connect("sphinx-click-process-epilog", with_examples)
