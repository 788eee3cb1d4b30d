"""Measures of a champion, as a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim_rl.reports.measures import all_measures, measures_json
from neurosim_rl.runs.champion import ChampionRecord

if TYPE_CHECKING:
    import pandas as pd


def measures_frame(record: ChampionRecord, episodes: int = 0) -> pd.DataFrame:
    """Return one row a measure: the champion, and dense networks for the same task beside it.

    Measures of activity are means over trials; NaN where a network has none such. Energies are in J.
    """
    import pandas as pd

    columns = {name: _numbers(measures_json(found)) for name, found in all_measures(record, episodes).items()}
    return pd.DataFrame(columns)


def _numbers(table: dict[str, Any]) -> dict[str, Any]:
    """Return one value a measure: of what varies between trials its mean, of energies one a device."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if not isinstance(value, dict):
            found[name] = value
        elif "mean" in value:
            found[name] = value["mean"]
        else:
            for device, energy in value.items():
                found[f"{name} {device}"] = None if energy is None else energy["mean"]
    return found
