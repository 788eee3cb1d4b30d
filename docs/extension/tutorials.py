"""Links of tutorials: in ``notebooks`` they lead to files, on the site to pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "tutorials/notebooks/"
LINK = re.compile(r"\[([^\]\[]+)\]\((\.\./docs/)?([\w/-]+)\.(?:rst|ipynb)\)")
"""Link of Markdown to a page of ``docs``, or to another notebook: text, ``../docs/``, name without ending."""


def lead_to_pages(app: Sphinx, docname: str, source: list[str]) -> None:
    """Rewrite links to files of ``docs``, which readers of Jupyter and of the repository follow, as names of pages.

    Names, not paths: the folder of the notebooks is a link, and Sphinx looks up paths where it leads to.
    """
    if docname.startswith(FOLDER):
        source[0] = LINK.sub(_page, source[0])


def _page(link: re.Match[str]) -> str:
    text, is_page, name = link.groups()
    return f"{{doc}}`{text.replace('`', '')} </{'' if is_page else FOLDER}{name}>`"
