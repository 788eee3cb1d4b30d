"""Who is let in: the token in constant time, one ticket for each report, one opening, and names of this machine."""

from __future__ import annotations

import asyncio
import hmac
from typing import Any

import pytest

from neurosim_rl.dashboard.access import Access

TOKEN = "t" * 48


async def inner(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.fixture
def access() -> Access:
    return Access(inner, TOKEN)


def ask(
    access: Access, path: str, hosts: tuple[bytes, ...] = (b"127.0.0.1:8765",), kind: str = "http"
) -> list[dict[str, Any]]:
    """Return the messages of an answer."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is received")

    scope = {"type": kind, "path": path, "headers": [(b"host", host) for host in hosts], "method": "GET"}
    asyncio.run(access(scope, receive, send))
    return sent


def status(access: Access, path: str, *hosts: bytes) -> int:
    return int(ask(access, path, hosts or (b"127.0.0.1:8765",))[0]["status"])


@pytest.mark.parametrize("path", ["/", "/runs", "/assets/data.js", "/curves", "/failures/1", "/nowhere"])
def test_the_token_lets_in_and_anything_else_is_refused(access: Access, path: str) -> None:
    assert ask(access, f"/{TOKEN}{path}")[1]["body"] == path.encode()
    for first in ("", TOKEN[:-1], TOKEN + "t", TOKEN.upper(), "\u00e9", "x" * 10_000):
        assert status(access, f"/{first}{path}") == 403
    assert status(access, path) == 403


def test_tokens_are_new_and_long() -> None:
    tokens = {Access(inner).token for _ in range(5)}
    assert len(tokens) == 5
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize("path", ["/runs", "/report/1", "/open"])
def test_keys_are_compared_in_constant_time(access: Access, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert status(access, f"/wrong{path}") == 403
    assert [one for one, _ in compared] == [b"wrong"]
    assert len(compared[0][1]) >= 32


def test_a_report_has_a_ticket_of_its_own_which_opens_nothing_else(access: Access) -> None:
    ticket = access.ticket("/report/1")
    assert status(access, f"/{ticket}/report/1") == 200
    for path in ("/report/2", "/runs", "/", "/report/1/..", "/open"):
        assert status(access, f"/{ticket}{path}") == 403
    assert status(access, f"/{TOKEN}/report/1") == 403  # so no address of a report has the token
    assert TOKEN not in ticket
    assert Access(inner, "another").ticket("/report/1") != ticket


def test_the_path_of_an_opening_leads_to_the_page_once(access: Access) -> None:
    assert status(access, f"/{TOKEN}/open") == 403
    path = access.opening_path()
    assert TOKEN not in path
    answer = ask(access, path)[0]
    assert answer["status"] == 303
    assert dict(answer["headers"])[b"location"] == f"/{TOKEN}/".encode()
    assert status(access, path) == 403


def test_an_address_without_its_last_slash_is_mended(access: Access) -> None:
    answer = ask(access, f"/{TOKEN}")[0]
    assert answer["status"] == 307
    assert dict(answer["headers"])[b"location"] == f"/{TOKEN}/".encode()


@pytest.mark.parametrize("host", [b"127.0.0.1", b"127.0.0.1:1", b"localhost:9999", b"LOCALHOST", b"[::1]:80", b"[::1]"])
def test_names_of_this_machine_are_let_in_with_any_port(access: Access, host: bytes) -> None:
    assert status(access, f"/{TOKEN}/runs", host) == 200


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example",
        b"evil.example:8765",
        b"127.0.0.1.evil.example",
        b"localhost.evil.example:80",
        b"",
        b"127.0.0.1:x",
        b"evil.example:80:127.0.0.1",
        b"\xff",
    ],
)
def test_other_names_are_refused_even_with_the_token(access: Access, host: bytes) -> None:
    assert status(access, f"/{TOKEN}/runs", host) == 403


def test_a_host_that_is_missing_or_there_twice_is_refused(access: Access) -> None:
    assert ask(access, f"/{TOKEN}/runs", ())[0]["status"] == 403
    assert status(access, f"/{TOKEN}/runs", b"127.0.0.1", b"evil.example") == 403


def test_there_are_no_web_sockets(access: Access) -> None:
    assert ask(access, f"/{TOKEN}/runs", kind="websocket") == [{"type": "websocket.close", "code": 1008}]
