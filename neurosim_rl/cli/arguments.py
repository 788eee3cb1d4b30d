"""Arguments and output that several commands share."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from typing import Any

from neurosim_rl.cli.sign_of_life import SIGN
from neurosim_rl.settings.printable import KEPT, printable


def add_run(parser: argparse.ArgumentParser, champions: bool = True) -> None:
    """Add the argument RUN."""
    help_text = "run folder, champion file, or champion:NAME" if champions else "run folder"
    parser.add_argument("run", metavar="RUN", help=help_text)


def add_episode(parser: argparse.ArgumentParser) -> None:
    """Add the option --episode: a recorded one."""
    parser.add_argument(
        "--episode",
        type=int,
        metavar="N",
        help="number of the recorded episode, from 1 (default: the one with the return nearest to the median)",
    )


def add_time_range(parser: argparse.ArgumentParser) -> None:
    """Add the option --time-range: a part of an episode."""
    parser.add_argument(
        "--time-range",
        default="",
        metavar="FROM:TO",
        help="part of the episode in environment steps (0:50), or in seconds of biological time (0.5s:2s)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def print_output(content: Any) -> None:
    """Print a page so that it fits the terminal, text as it is, and other content as JSON.

    Control characters are shown: a stranger's file may hold the text. In JSON, NaN and infinity become null.
    """
    SIGN.clear()
    if isinstance(content, str):
        print(printable(content, KEPT))
    elif hasattr(content, "parts"):
        # Imported here: it loads Matplotlib, which help and JSON do not need.
        from neurosim_rl.cli.terminal import print_page

        print_page(content)
    else:
        print(json.dumps(_strict(content), indent=2, allow_nan=False))


def _strict(content: Any) -> Any:
    """Return content without NaN and infinity, which JSON does not have."""
    if isinstance(content, Mapping):
        return {key: _strict(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_strict(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
