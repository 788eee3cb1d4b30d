"""Answers of a dashboard that serves: every route, its refusals, its headers, and what it tells of files."""

from __future__ import annotations

import os
import re
import socket
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.dashboard.application import OWN, SHARED, Answers, dashboard_application
from neurosim_rl.dashboard.catalogue import Catalogue
from neurosim_rl.dashboard.serving import listening
from neurosim_rl.errors import ConfigurationError, MissingExtraError
from neurosim_rl.runs import RunFolder
from tests.dashboard.folders import make_runs, rising
from tests.dashboard.server import Dashboard, serving

pytest.importorskip("starlette", reason="needs the extra [dashboard]")
pytest.importorskip("uvicorn", reason="needs the extra [dashboard]")

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    root = tmp_path_factory.mktemp("served") / HOSTILE
    runs = make_runs(root, 3)
    (runs[0] / "report.html").write_text("<!DOCTYPE html><title>Report</title>", encoding="utf-8")
    secret = root.parent / "secret.html"
    secret.write_text("secret", encoding="utf-8")
    (runs[1] / "report.html").symlink_to(secret)
    with serving(root) as served:
        yield served


def paths(dashboard: Dashboard) -> list[str]:
    """Return a path for every route of the application."""
    identifier = next(iter(dashboard.rows().values()))["id"]
    routes = [route.path for route in Answers(dashboard.catalogue).routes()]
    return [route.replace("{name}", "data.js").replace("{run}", identifier) for route in routes]


def test_every_route_answers_with_its_key_and_refuses_any_other(dashboard: Dashboard) -> None:
    asked = paths(dashboard)
    assert len(asked) == 6
    for path in asked:
        key = dashboard.access.ticket(path) if path.startswith("/report/") else dashboard.access.token
        assert dashboard.ask(f"/{key}{path}").status == 200
        for wrong in (path, f"/{path}", f"/wrong{path}", f"/{key[:-1]}{path}", f"/{key}x{path}", f"/%00{path}"):
            answer = dashboard.ask(wrong)
            assert (answer.status, b"Refused" in answer.body) == (403, True), wrong
        assert dashboard.ask(f"/{key}{path}", host="evil.example").status == 403
        assert dashboard.ask(f"/{key}{path}", host="").status in (400, 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_there_is_nothing_to_change(dashboard: Dashboard, method: str) -> None:
    for path in paths(dashboard):
        key = dashboard.access.ticket(path) if path.startswith("/report/") else dashboard.access.token
        assert dashboard.ask(f"/{key}{path}", method=method).status == 405


def test_the_page_shows_the_name_of_the_folder_as_text_and_asks_nothing_of_any_other_place(
    dashboard: Dashboard,
) -> None:
    answer = dashboard.get("/")
    text = answer.body.decode()
    assert HOSTILE not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert dashboard.access.token not in text
    assert re.findall(r'(?:src|href)="(?!assets/|#|data:)([^"]*)"', text) == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_every_answer_keeps_the_address_to_itself(dashboard: Dashboard) -> None:
    for path in paths(dashboard)[:-1]:
        headers = dashboard.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


def test_the_files_of_the_page_are_there_and_no_others(dashboard: Dashboard) -> None:
    text = dashboard.get("/").body.decode()
    named = re.findall(r'(?:src|href)="assets/([^"]+)"', text)
    assert sorted(named) == sorted((*SHARED, *OWN))
    for name in named:
        assert dashboard.get(f"/assets/{name}").status == 200
    for name in ("dashboard.html", "page.html", "..%2f..%2fapplication.py", "%2fetc%2fhostname", "x.js"):
        assert dashboard.get(f"/assets/{name}").status == 404


def test_rows_and_curves_are_those_of_the_runs(dashboard: Dashboard) -> None:
    rows = dashboard.wait_until_read()
    assert sorted(rows) == ["run-000", "run-001", "run-002"]
    first, last = rows["run-000"]["id"], rows["run-002"]["id"]
    answer = dashboard.get(f"/curves?id={first}&id={last}&id=unknown&id=../../etc").json()
    assert set(answer) == {first, last}
    assert answer[last]["best_fitness"] == [0, 3]
    assert answer[last]["generation"] == [1, 2]


@pytest.mark.parametrize("after", ["-1", "x", "1e9", "", "9" * 40, "%F0%9F%98%80"])
def test_a_version_that_is_none_gives_all_rows(dashboard: Dashboard, after: str) -> None:
    assert len(dashboard.get(f"/runs?after={after}").json()["rows"]) == 3


def test_failures_are_told_with_tracebacks_and_unknown_runs_are_not_found(dashboard: Dashboard) -> None:
    rows = dashboard.wait_until_read()
    found = dashboard.get(f"/failures/{rows['run-002']['id']}").json()
    assert found["failures"][0]["traceback"] == "Traceback"
    assert " created" in found["log"]
    assert dashboard.get("/failures/unknown").status == 404
    assert dashboard.get("/nowhere").status == 404


def report_of(dashboard: Dashboard, name: str) -> Any:
    identifier = dashboard.rows()[name]["id"]
    path = f"/report/{identifier}"
    return dashboard.ask(f"/{dashboard.access.ticket(path)}{path}")


def test_a_report_is_the_file_in_a_cage(dashboard: Dashboard) -> None:
    rows = dashboard.rows()
    address = rows["run-000"]["report"]
    assert address.startswith("../")
    assert dashboard.access.token not in address
    answer = dashboard.ask(address.removeprefix(".."))
    assert answer.body == b"<!DOCTYPE html><title>Report</title>"
    rules = answer.headers["content-security-policy"]
    assert rules.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in rules
    assert "default-src 'none'" in rules
    assert rows["run-002"]["report"] is None


def test_a_report_that_leads_out_of_its_run_or_is_not_there_is_not_found(dashboard: Dashboard) -> None:
    for name in ("run-001", "run-002"):
        answer = report_of(dashboard, name)
        assert answer.status == 404
        assert b"secret" not in answer.body


def test_a_pipe_in_the_place_of_a_report_stops_nobody(tmp_path: Path) -> None:
    (run,) = make_runs(tmp_path, 1)
    os.mkfifo(run / "report.html")
    with serving(tmp_path) as dashboard:
        assert report_of(dashboard, "run-000").status == 404


def test_a_new_generation_is_in_the_next_answers(tmp_path: Path) -> None:
    (run,) = make_runs(tmp_path, 1)
    with serving(tmp_path) as dashboard:
        dashboard.wait_for("run-000", is_read=True)
        RunFolder(run).add_generation(rising(2, step=50))
        row = dashboard.wait_for("run-000", best_fitness=100)
        assert dashboard.get(f"/curves?id={row['id']}").json()[row["id"]]["best_fitness"] == [0, 1, 100]


def test_a_large_answer_is_compressed(dashboard: Dashboard) -> None:
    request = urllib.request.Request(f"{dashboard.address}assets/data.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["content-encoding"] == "gzip"


def test_a_port_in_use_is_replaced_by_an_open_one_of_this_machine() -> None:
    with listening(0) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        with listening(port) as second:
            assert second.getsockname()[0] == "127.0.0.1"
            assert second.getsockname()[1] != port


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_an_error(port: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"--port {port}: expected 0 to 65535"):
        listening(port)


def test_a_port_that_is_not_allowed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: Any) -> None:
        raise PermissionError(13, "Permission denied")

    class Refusing(socket.socket):
        bind = refuse  # type: ignore[assignment]

    monkeypatch.setattr(socket, "socket", Refusing)
    with pytest.raises(ConfigurationError, match=r"--port 80: Permission denied\. Choose a port above 1023"):
        listening(80)


@pytest.mark.parametrize("library", ["starlette", "uvicorn"])
def test_without_the_extra_the_error_names_it(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"'{library}' is not installed .*neurosim-rl\[dashboard\]"):
        dashboard_application(Catalogue(tmp_path))
