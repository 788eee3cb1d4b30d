"""A dashboard that serves in a thread of this process, and questions to it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.dashboard.access import Access
from neurosim_rl.dashboard.application import dashboard_application
from neurosim_rl.dashboard.catalogue import Catalogue
from neurosim_rl.dashboard.serving import listening, make_server
from tests.waiting import wait_until


@dataclass
class Answer:
    """An answer of the server."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Dashboard:
    """A dashboard that serves."""

    catalogue: Catalogue
    access: Access
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.access.token}/"

    def ask(self, path: str, *, method: str = "GET", host: str | None = None) -> Answer:
        """Ask for a path as it is; the token is a part of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True)
            if host != "":
                connection.putheader("Host", host or f"127.0.0.1:{self.port}")
            connection.endheaders()
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """Ask for a path behind the token."""
        return self.ask(f"/{self.access.token}{path}")

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return all rows by the name of the run."""
        return {row["name"]: row for row in self.get("/runs").json()["rows"]}

    def wait_for(self, name: str, **values: Any) -> dict[str, Any]:
        """Wait until the row of a run has some values; return it."""
        wait_until(
            lambda: all(self.rows().get(name, {}).get(key) == value for key, value in values.items()),
            f"{name} has {values}",
        )
        return self.rows()[name]

    def wait_until_read(self) -> dict[str, dict[str, Any]]:
        """Wait until all runs are read; return the rows."""
        wait_until(lambda: self.get("/runs").json()["waiting"] == 0, "all runs are read")
        return self.rows()


@contextmanager
def serving(root: Path) -> Iterator[Dashboard]:
    """Give a dashboard of a folder that serves in the ``with`` block."""
    catalogue = Catalogue(root)
    access = dashboard_application(catalogue)
    listener = listening(0)
    port = listener.getsockname()[1]
    server = make_server(access)
    thread = threading.Thread(target=server.run, args=([listener],))
    with catalogue:
        thread.start()
        try:
            yield Dashboard(catalogue, access, port)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
