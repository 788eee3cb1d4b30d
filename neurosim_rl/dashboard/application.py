"""The answers of the dashboard: the page, its scripts, and the runs as JSON. All routes read, none writes."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from neurosim_rl.analysis.page.document import PLOTLY, page_asset
from neurosim_rl.analysis.page.markup import markup
from neurosim_rl.analysis.page.packing import json_values
from neurosim_rl.dashboard.access import REPORTS, Access
from neurosim_rl.dashboard.catalogue import Catalogue
from neurosim_rl.dashboard.watched_run import REPORT, WatchedRun
from neurosim_rl.errors import NeurosimError
from neurosim_rl.runs.files import LARGEST_FILE
from neurosim_rl.settings.checks import require_extra
from neurosim_rl.settings.regular_file import read_regular

SHARED = ("page.css", PLOTLY, "data.js", "charts.js", "start.js")
"""Files of the report's page that this one has, too."""
OWN = (
    *("dashboard.css", "runs.js", "filters.js", "table.js", "curves.js"),
    *("parallel.js", "failures.js", "live.js"),
)
MOST_CURVES = 24
"""Most curves of one question; the page asks for no more."""
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Rules for the browser: nothing comes from another place, and nothing goes there."""
REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Rules for a report, which is a file from somebody: an origin of its own, and no address at all."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def dashboard_application(catalogue: Catalogue, token: str | None = None) -> Access:
    """Return the application of a catalogue, behind a token.

    Parameters
    ----------
    catalogue : Catalogue
    token : str or None
        None: a new random one.

    Raises
    ------
    MissingExtraError
        Without the extra ``[dashboard]``.
    """
    for library in ("starlette", "uvicorn"):
        require_extra(library, "dashboard")
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware

    answers = Answers(catalogue)
    access = Access(Starlette(routes=answers.routes(), middleware=[Middleware(GZipMiddleware)]), token)
    answers.access = access
    return access


class Answers:
    """Answers to all requests that were let in.

    Functions that are not ``async`` are called by threads, so that a read from a slow disk stops no other answer.

    Parameters
    ----------
    catalogue : Catalogue
    """

    access: Access

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def routes(self) -> list[Any]:
        """Return the routes; each answers GET only."""
        from starlette.routing import Route

        return [
            Route("/", self.page),
            Route("/assets/{name}", self.asset),
            Route("/runs", self.runs),
            Route("/curves", self.curves),
            Route("/failures/{run}", self.failures),
            Route(f"{REPORTS}{{run}}", self.report),
        ]

    def page(self, request: Any) -> Any:
        """Return the page, without data."""
        parts = {"FOLDER": markup(self._catalogue.root)}
        text = re.sub(r"@([A-Z]+)@", lambda found: parts[found.group(1)], own_asset("dashboard.html"))
        return _response(text, "text/html; charset=utf-8", {"Content-Security-Policy": POLICY})

    def asset(self, request: Any) -> Any:
        """Return a script or style of the page."""
        name = request.path_params["name"]
        if name not in (*SHARED, *OWN):
            return _response("There is no such file.\n", "text/plain", status=404)
        text = page_asset(name) if name in SHARED else own_asset(name)
        return _response(text, TYPES[name.rpartition(".")[2]], {"Cache-Control": "private, max-age=3600"})

    def runs(self, request: Any) -> Any:
        """Return the rows that have changed after the version ``after``."""
        after = request.query_params.get("after", "0")
        found = self._catalogue.changes(int(after) if re.fullmatch("[0-9]{1,15}", after) else 0)
        for row in found["rows"]:
            run = self._catalogue.run(row["id"])
            row["report"] = None if run is None or not run.row.has_report else self.report_address(row["id"])
        return _json(found)

    def curves(self, request: Any) -> Any:
        """Return the curves of the runs ``id``, by id; runs that are gone are left out."""
        found = {}
        for identifier in request.query_params.getlist("id")[:MOST_CURVES]:
            run = self._catalogue.run(identifier)
            if run is not None:
                found[identifier] = run.row.curve.table()
        return _json(found)

    def failures(self, request: Any) -> Any:
        """Return the failures of a run, with tracebacks, and the end of its log."""
        run = self._run(request)
        if run is None:
            return _response("There is no such run.\n", "text/plain", status=404)
        return _json(run.failures())

    def report_address(self, identifier: str) -> str:
        """Return the address of a run's report, as seen from the page."""
        path = f"{REPORTS}{identifier}"
        return f"../{self.access.ticket(path)}{path}"

    def report(self, request: Any) -> Any:
        """Return the report in a run folder, as its file is."""
        run = self._run(request)
        try:
            if run is None:
                raise OSError("the run is gone")
            run.folder.check_links()
            content = read_regular(run.folder.path / REPORT, LARGEST_FILE)
        except (NeurosimError, OSError):
            text = "This run has no report that can be read. neurosim-rl report RUN writes it.\n"
            return _response(text, "text/plain; charset=utf-8", status=404)
        return _response(content, "text/html; charset=utf-8", {"Content-Security-Policy": REPORT_POLICY})

    def _run(self, request: Any) -> WatchedRun | None:
        return self._catalogue.run(request.path_params["run"])


@cache
def own_asset(name: str) -> str:
    """Return the text of a file of the dashboard's page."""
    return files("neurosim_rl.dashboard").joinpath("assets", name).read_text(encoding="utf-8")


def _json(content: Any) -> Any:
    return _response(json.dumps(json_values(content), allow_nan=False), "application/json")


def _response(content: str | bytes, kind: str, headers: dict[str, str] | None = None, status: int = 200) -> Any:
    from starlette.responses import Response

    all_headers = {"Cache-Control": "no-store", **HEADERS, **(headers or {})}
    return Response(content, status, all_headers, kind)
