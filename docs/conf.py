"""Settings of Sphinx for the documentation site (``make docs``)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import neurosim_rl  # noqa: E402

project = "neurosim-rl"
author = "the authors of neurosim-rl"
release = version = neurosim_rl.__version__

extensions = [
    "docs.extension",
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "__pycache__"]
nb_execution_mode = "off"  # notebooks are shown with the outputs that they are stored with
default_role = "py:obj"
highlight_language = "text"  # most blocks are commands; pages with Python say so
nitpicky = True
nitpick_ignore_regex = [("py:class", r".* .*|array|sequence|mapping|callable|shape")]  # phrases of docstrings, no names

autodoc_typehints = "none"  # docstrings have the types, with shapes and units
autodoc_member_order = "bysource"
autosummary_generate = False
napoleon_google_docstring = False
napoleon_use_param = False  # types are phrases with shapes and units, which are no references
napoleon_use_rtype = False

html_theme = "pydata_sphinx_theme"
html_title = f"neurosim-rl {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_context = {"default_mode": "auto"}  # light or dark as the reader's system; the theme's script wants it named
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 8,
    # Generated pages have wide tables and few headings: no contents beside them.
    "secondary_sidebar_items": {
        **{
            f"{place}/**": ["page-toc"] for place in ("concepts", "help", "how-to", "reference", "results", "tutorials")
        },
        "index": [],
        "install": ["page-toc"],
        "generated/**": [],
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}
copyright = "the authors of neurosim-rl, GPL-3.0-or-later"
copybutton_prompt_text = "$ "
