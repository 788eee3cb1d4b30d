"""Checks of single values in a study's file, which may be anybody's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs.run_list import plain_name

MOST_RUNS = 100_000
"""Largest number of runs of a study."""


def whole_number(what: str, value: Any) -> int:
    """Return a whole number that is not negative.

    Raises
    ------
    ConfigurationError
        Names `what`, for a fraction, infinity, NaN, text or a negative number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0 or value % 1 != 0:
        raise ConfigurationError(f"{what} = {value!r}: expected a whole number, at least 0.")
    return int(value)


def study_folder_name(name: str, path: Path) -> str:
    """Return the name of a study, as it is: its runs are in ``runs/NAME``, and nowhere else.

    Raises
    ------
    ConfigurationError
        For a path, and for a name with control characters.
    """
    try:
        if name.isprintable():
            return plain_name(name)
    except ValueError:
        pass
    raise ConfigurationError(f"{path}: name = {name!r}: expected the name of a folder, without slashes. Change it.")


def check_size(n_runs: int, path: Path) -> None:
    """Raise ConfigurationError for a study of more than `MOST_RUNS` runs: its table alone would take all memory."""
    if n_runs > MOST_RUNS:
        raise ConfigurationError(f"{path}: {n_runs:.4g} runs; expected at most {MOST_RUNS}. Name fewer values.")


def check_scale(scale: Mapping[str, tuple[float, float]], path: Path) -> None:
    """Raise ConfigurationError unless the returns that are scaled to 0 and to 1 are two finite numbers."""
    for task, (zero, one) in scale.items():
        if not math.isfinite(zero - one) or zero == one:
            raise ConfigurationError(f"{path}: scale.{task}: {zero} and {one}: expected two different, finite numbers.")
