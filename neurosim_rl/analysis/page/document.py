"""The text of a page: one HTML file with its style, its scripts and its data, which asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from neurosim_rl.analysis.page.chart import Chart
from neurosim_rl.analysis.page.markup import Markup, element, joined, markup
from neurosim_rl.analysis.page.packing import json_text
from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs.files import make_folder, writing

LARGEST_PAGE = 5 * 10**6
"""Largest size of a page in bytes."""
RELOAD_S = 10
"""Time after which a page of something under way loads itself again, in s."""
PLOTLY = "plotly-cartesian.min.js"
SCRIPTS = (
    *("data.js", "charts.js", "player.js", "responses.js", "episode.js", "weights.js", "network.js", "film.js"),
    *("archive.js", "start.js"),
)


@dataclass(frozen=True)
class Page:
    """One page.

    Parameters
    ----------
    title : str
    sections : sequence of Markup
    charts : sequence of Chart
        Their places are in the sections.
    data : mapping
        What the other widgets draw, by the name of the widget.
    is_under_way : bool
        Whether the page loads itself again after some seconds.
    """

    title: str
    sections: Sequence[Markup]
    charts: Sequence[Chart] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    is_under_way: bool = False

    def html(self) -> str:
        """Return the text of the file."""
        content = {**self.data, "charts": [chart.table() for chart in self.charts]}
        scripts = [page_asset(PLOTLY), *map(page_asset, SCRIPTS)]
        parts = {
            "TITLE": markup(self.title),
            "RELOAD": element("meta", http_equiv="refresh", content=str(RELOAD_S)) if self.is_under_way else Markup(),
            "POLICY": element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
            "STYLE": Markup(page_asset("page.css")),
            "CONTENTS": _contents(self.sections),
            "SECTIONS": joined(self.sections),
            "DATA": Markup(json_text(content)),
            "SCRIPTS": Markup("\n".join(f"<script>{script}</script>" for script in scripts)),
        }
        # One pass: a mark in what is filled in stays as it is.
        return re.sub(r"@([A-Z]+)@", lambda found: parts[found.group(1)], page_asset("page.html"))

    def write(self, path: Path) -> Path:
        """Write the file, completely or not at all; its folder is made if need be.

        Raises
        ------
        RunFolderError
            When the file cannot be written, or is larger than `LARGEST_PAGE`.
        """
        text = self.html().encode("utf-8", "replace")
        if len(text) > LARGEST_PAGE:
            raise RunFolderError(f"the page would have {len(text)} bytes; expected at most {LARGEST_PAGE}.")
        make_folder(path.parent)
        with writing(path) as temporary:
            temporary.write_bytes(text)
        return path


@cache
def page_asset(name: str) -> str:
    """Return the text of a file that comes with the package."""
    text = files("neurosim_rl.analysis.page").joinpath("assets", name).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script") if name.endswith(".js") else text


def _policy(scripts: Sequence[str]) -> str:
    """Return the rules for the browser: no address, no frame, and no script but those whose digests are listed."""
    digests = []
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        digests.append(f"'sha256-{digest}'")
    allowed = {"default-src": "'none'", "img-src": "data: blob:", "style-src": "'unsafe-inline'"}
    rules = {**allowed, "script-src": " ".join(digests), "base-uri": "'none'", "form-action": "'none'"}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _contents(sections: Sequence[Markup]) -> Markup:
    """Return links to the sections, by their headings."""
    links = []
    for text in sections:
        found = re.match(r'<section id="([a-z-]+)"[^>]*><h2[^>]*>(.*?)</h2>', text)
        if found is not None:
            links.append(element("li", element("a", Markup(found.group(2)), href=f"#{found.group(1)}")))
    return element("ul", *links)
