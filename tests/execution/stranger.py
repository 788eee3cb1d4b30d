"""Another user of the same machine, who tries to get into a run. A script: ``python stranger.py REQUEST``.

The request is JSON: ``ports`` (pairs of host and number) and ``files``. The answer is JSON too: what the stranger got.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path
from typing import Any

from distributed import Security
from distributed.core import rpc

NOBODY = 65534
LIMIT_S = 4.0
"""Time for each try, in s. Who gets in is answered within milliseconds."""


def become_nobody() -> None:
    """Give up all rights, where the tests run as root. Python itself may be in a folder that nobody else can read."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def identities() -> dict[str, dict[str, Any]]:
    """Return how the stranger connects: without TLS, with TLS only, and with certificates of the stranger's own.

    The stranger trusts every server.
    """
    with_own = Security.temporary().get_connection_args("client")
    with_own["ssl_context"].verify_mode = ssl.CERT_NONE
    without = ssl.create_default_context()
    without.check_hostname = False
    without.verify_mode = ssl.CERT_NONE
    plain: dict[str, Any] = {"ssl_context": None, "require_encryption": False, "extra_conn_args": {}}
    return {"tcp": plain, "tls": with_own, "tls ": {**plain, "ssl_context": without}}


async def call(address: str, identity: dict[str, Any]) -> str:
    """Ask a scheduler, worker or nanny who it is, as any client begins; give its answer, or an empty text."""
    other = rpc(address, timeout=LIMIT_S, connection_args=identity)
    try:
        answer = await asyncio.wait_for(other.identity(), LIMIT_S)
    except Exception:
        return ""
    finally:
        await other.close_rpc()
    return f"{address}: {answer['type']}"


async def browse(host: str, port: int) -> str:
    """Ask a web server for its first page; give the answer's first line, or an empty text."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), LIMIT_S)
        writer.write(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        line = await asyncio.wait_for(reader.readline(), LIMIT_S)
        writer.close()
    except (TimeoutError, OSError):
        return ""
    return f"http://{host}:{port}: {line.decode()}" if line.startswith(b"HTTP/") else ""


async def tries(ports: list[tuple[str, int]], known: dict[str, dict[str, Any]]) -> list[str]:
    """Return the answers of all ports: to clients without and with certificates of the stranger's own, and to http."""
    calls = []
    for host, port in ports:
        calls += [call(f"{name.strip()}://{host}:{port}", identity) for name, identity in known.items()]
        calls.append(browse(host, port))
    return [answer for answer in await asyncio.gather(*calls) if answer]


def read(files: list[str]) -> list[str]:
    """Return those of the files that can be read, or of the folders that can be listed."""
    found = []
    for name in files:
        try:
            _ = list(Path(name).iterdir()) if Path(name).is_dir() else Path(name).read_bytes()
        except OSError:
            continue
        found.append(name)
    return found


def main() -> None:
    """Try everything."""
    request: dict[str, Any] = json.loads(sys.argv[1])
    known = identities()
    become_nobody()
    print(json.dumps({"in": asyncio.run(tries(request["ports"], known)), "read": read(request["files"])}))


if __name__ == "__main__":
    main()
