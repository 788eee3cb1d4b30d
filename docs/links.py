"""Links of the built site: ``python -m docs.links docs/_build/html`` lists those that lead nowhere.

Sphinx refuses references that it cannot resolve, but does not read what themes and extensions write. This reads the
pages as a browser does: files and anchors must exist, and no page may load a picture, script or style from elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

TEMPLATES = ("webpack-macros.html",)
"""Files of the theme that are no pages."""


class PageParser(HTMLParser):
    """The anchors of a page, and its links: what it points to, and whether it loads it."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[tuple[str, bool]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag is called, points to and loads."""
        values = {key: value for key, value in attrs if value}
        if "id" in values:
            self.anchors.add(str(values["id"]))
        if "href" in values:
            self.links.add((str(values["href"]), tag == "link" and values.get("rel") == "stylesheet"))
        if "src" in values:
            self.links.add((str(values["src"]), True))


@cache
def parsed(page: Path) -> PageParser:
    """Return a page's anchors and links."""
    parser = PageParser()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def broken_links(site: Path) -> list[str]:
    """Return one line for each link of a site that leads nowhere, and for each thing that is loaded from elsewhere."""
    return sorted(set(_broken_links(site.resolve())))


def _broken_links(site: Path) -> Iterator[str]:
    for page in site.rglob("*.html"):
        if page.name in TEMPLATES:
            continue
        for link, is_loaded in parsed(page).links:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if is_loaded:
                    yield f"{page.relative_to(site)}: loads {link}"
            elif not _is_found(page, unquote(parts.path), unquote(parts.fragment)):
                yield f"{page.relative_to(site)}: {link} leads nowhere"


def _is_found(page: Path, path: str, anchor: str) -> bool:
    """Return whether a file and an anchor in it exist."""
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".html" or anchor in parsed(target).anchors


def main(site: Path) -> int:
    """Print the broken links of a site; return 1 if there are any."""
    broken = broken_links(site)
    for line in broken:
        print(line, file=sys.stderr)
    return int(bool(broken))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
