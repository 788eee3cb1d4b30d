"""``neurosim-rl dashboard``: show runs in a browser, live and read-only."""

from __future__ import annotations

import argparse
import getpass
import platform
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim_rl.cli.arguments import add_json, print_output
from neurosim_rl.cli.messages import print_problem, without_sign, working
from neurosim_rl.errors import RunFolderError

if TYPE_CHECKING:
    from neurosim_rl.dashboard.access import Access

PORT = 8765
"""Port that is tried first: the address of the tunnel stays the same from day to day."""


def dashboard_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``dashboard``."""
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        default="runs",
        help="folder of runs or of studies, at any depth, or one run (default: runs)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        help=f"port on this machine (default: {PORT}); another one if it is in use; 0: any",
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    add_json(parser)


def dashboard_command(options: argparse.Namespace) -> int:
    """Show runs in a browser, live and read-only, also while they run: table, curves, settings, failures."""
    from neurosim_rl.dashboard.application import dashboard_application
    from neurosim_rl.dashboard.catalogue import Catalogue
    from neurosim_rl.dashboard.serving import listening, serve_dashboard

    root = Path(options.folder)
    if not root.is_dir():
        raise RunFolderError(f"{root} is no folder. Expected a folder of runs, such as neurosim-rl evolve makes.")
    catalogue = Catalogue(root.resolve())
    application = dashboard_application(catalogue)
    listener = listening(options.port)
    try:
        with working(f"looking for runs in {root}"):
            catalogue.look()
        _print_address(options, catalogue.changes(0)["rows"], listener, application)
        with without_sign(), catalogue:
            if options.open:
                _open(f"{_origin(listener)}{application.opening_path()}")
            serve_dashboard(application, listener)
    except KeyboardInterrupt:
        print_problem("neurosim-rl: the dashboard has ended; runs go on.")
    return 0


def _origin(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


def _print_address(
    options: argparse.Namespace, rows: list[dict[str, Any]], listener: socket.socket, application: Access
) -> None:
    """Print the address, and how it is reached from another machine."""
    port = listener.getsockname()[1]
    address = f"{_origin(listener)}/{application.token}/"
    tunnel = f"ssh -N -L {port}:127.0.0.1:{port} {_user()}@{platform.node()}"
    if options.json:
        print_output({"address": address, "port": port, "ssh": tunnel, "runs": len(rows)})
    else:
        if options.port not in (0, port):
            print_problem(f"neurosim-rl: port {options.port} is in use; this is {port}.")
        running = sum(row["state"] == "running" for row in rows)
        print_output(
            f"{len(rows)} runs in {options.folder}, {running} of them running\n\n"
            f"    {address}\n\n"
            "Who has the address can read the runs. From another machine, first run there\n\n"
            f"    {tunnel}\n\n"
            "and open the same address. Ctrl-C ends the dashboard; it writes into no folder."
        )
    sys.stdout.flush()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user, as in some containers
        return "USER"


def _open(address: str) -> None:
    """Open a browser, in a thread: some browsers return when they are closed."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
