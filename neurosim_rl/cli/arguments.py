"""What several commands share: arguments, and printing."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def add_run(parser: argparse.ArgumentParser, champions: bool = True) -> None:
    """Add the argument RUN."""
    help_text = "a run folder" + (", a champion file, or champion:NAME" if champions else "")
    parser.add_argument("run", metavar="RUN", help=help_text)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def print_result(content: Any) -> None:
    """Print text as it is, and anything else as JSON, in which numbers that are not finite are null."""
    print(content if isinstance(content, str) else json.dumps(_strict(content), indent=2, allow_nan=False))


def _strict(content: Any) -> Any:
    """Return content without NaN and infinities, which JSON does not have."""
    if isinstance(content, Mapping):
        return {key: _strict(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_strict(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def draw_figures(target: str, out: Path) -> None:
    """Draw all figures and print their paths."""
    from neurosim_rl.reports.figures import draw_all

    for path in draw_all(target, out):
        print(path)
