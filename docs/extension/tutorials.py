"""Links of tutorials: from ``notebooks`` they lead to ``../docs``, on the site to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "tutorials/notebooks/"


def lead_to_pages(app: Sphinx, docname: str, source: list[str]) -> None:
    """Rewrite links to files of ``docs``, which readers of Jupyter and of the repository follow, as links to pages."""
    if docname.startswith(FOLDER):
        source[0] = source[0].replace("](../docs/", "](../../")
