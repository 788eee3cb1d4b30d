"""The dashboard's server: one socket of 127.0.0.1, until Ctrl-C."""

from __future__ import annotations

import errno
import socket

from neurosim_rl.dashboard.access import Application
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import require_extra

LOOPBACK = "127.0.0.1"
LAST_PORT = 65535
LAST_ANSWERS_S = 2
"""Time in which answers under way may end, in s, before the server ends."""


def listening(port: int) -> socket.socket:
    """Return a socket of this machine alone, with the port or, if that is 0 or in use, with an open one.

    Raises
    ------
    ConfigurationError
        For a port that does not exist or is not allowed.
    """
    if not 0 <= port <= LAST_PORT:
        raise ConfigurationError(f"--port {port}: expected 0 to {LAST_PORT} (0: any open port).")
    try:
        return _bound(port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _bound(0)
        raise ConfigurationError(f"--port {port}: {error.strerror}. Choose a port above 1023, or 0.") from error


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that a dashboard has just left
        made.bind((LOOPBACK, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


def serve_dashboard(application: Application, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C or another signal ends the process; then the socket is closed.

    Raises
    ------
    KeyboardInterrupt
        After the signal.
    MissingExtraError
        Without the extra ``[dashboard]``.
    """
    server = make_server(application)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def make_server(application: Application):  # type: ignore[no-untyped-def]  # uvicorn is an extra
    """Return uvicorn's server of an application; errors as of `serve_dashboard`."""
    uvicorn = require_extra("uvicorn", "dashboard")
    # No log of requests: it would hold the token. No libraries beyond uvicorn's own, whatever is installed.
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    return uvicorn.Server(config)
