"""Sphinx extension of the site: pages made of the code, and docstrings as this project writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docs.extension.docstrings import hide_signature_of_part, show_headings
from docs.extension.generated import write_generated_pages
from docs.extension.interactive import write_interactive_pages
from docs.extension.references import resolve_name
from docs.extension.tutorials import lead_to_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension to Sphinx."""
    for needed in ("sphinx.ext.autodoc", "sphinx.ext.napoleon"):  # they make events of docstrings
        app.setup_extension(needed)
    app.connect("builder-inited", write_generated_pages)
    app.connect("autodoc-process-docstring", show_headings, priority=400)  # before napoleon, which has 500
    app.connect("autodoc-process-signature", hide_signature_of_part)
    app.connect("missing-reference", resolve_name)
    app.connect("source-read", lead_to_pages)
    app.connect("build-finished", write_interactive_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
