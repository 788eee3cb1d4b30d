"""Access to the dashboard: only with its token in the address, and only by an address of this machine.

Any process of this machine can connect to a port of 127.0.0.1, those of other users, too, and any web page in the
user's browser can make it ask. The token keeps both out. The check of the header ``Host`` keeps out pages with a name
that leads to 127.0.0.1 ("DNS rebinding").
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An application by ASGI."""

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Names of this machine in the header ``Host``; ``ssh -L`` may change the port."""
TOKEN_BYTES = 24
OPENING = "/open"
REPORTS = "/report/"


class Access:
    """An application behind a token: ``/TOKEN/...`` reaches it as ``/...``, and all else is refused with 403.

    The address of a report has a ticket in the place of the token. A report is a file that a stranger may have
    written, and its scripts can read its address.

    Parameters
    ----------
    application : Application
    token : str or None
        None: a new random one.
    """

    def __init__(self, application: Application, token: str | None = None) -> None:
        self._application = application
        self.token = secrets.token_hex(TOKEN_BYTES) if token is None else token
        self._opening: str | None = None

    def ticket(self, path: str) -> str:
        """Return what stands in the place of the token in the address of one report."""
        return hmac.new(self.token.encode(), path.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def opening_path(self) -> str:
        """Return a path that leads to the dashboard once.

        Other users of the machine see the command lines of all processes, that of a browser, too.
        """
        self._opening = secrets.token_hex(TOKEN_BYTES)
        return f"/{self._opening}{OPENING}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        first, slash, rest = str(scope["path"]).removeprefix("/").partition("/")
        path = slash + rest
        if not _is_local(scope) or not self._is_key(first, path):
            await _answer(send, 403, b"Refused. Open the address that neurosim-rl dashboard printed, with its token.\n")
        elif path == OPENING:
            self._opening = None
            await _answer(send, 303, b"", [(b"location", f"/{self.token}/".encode())])
        elif not path:
            await _answer(send, 307, b"", [(b"location", f"/{self.token}/".encode())])
        else:
            inner = {**scope, "path": path, "raw_path": path.encode("utf-8", "replace")}
            await self._application(inner, receive, send)

    def _is_key(self, given: str, path: str) -> bool:
        """Return whether the first part of an address fits the rest; the time that takes says nothing of the key."""
        expected: str | None = self.token
        if path == OPENING:
            expected = self._opening
        elif path.startswith(REPORTS):
            expected = self.ticket(path)
        return hmac.compare_digest(given.encode("utf-8", "replace"), (expected or secrets.token_hex()).encode())


def _is_local(scope: Scope) -> bool:
    """Return whether the header ``Host`` is there once and names this machine."""
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    if len(hosts) != 1:
        return False
    host = hosts[0].decode("latin-1").lower()
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host) in HOSTS


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    kept_off = [(b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer")]
    all_headers = [*plain, *kept_off, *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})
