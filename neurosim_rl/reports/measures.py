"""Measures of a champion as a table and as JSON, beside dense networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.measures.champion import dense_twin, measures
from neurosim_rl.measures.energy import DEVICES
from neurosim_rl.measures.measures import Measures, dense_measures
from neurosim_rl.measures.published import EXPERT_ACTORS
from neurosim_rl.runs.champion import ChampionRecord

Format = Callable[[np.ndarray], str]
NONE = "-"


def beside(champion: ChampionRecord, own: Measures) -> dict[str, Measures]:
    """Return the measures of dense networks to compare a champion with, by name.

    One network has about as many weights as the champion. The other is the acting network of the published deep expert
    of the task, where there is one.
    """
    found = {}
    if own.kind != "dense":
        found["dense, as many weights"] = dense_twin(champion, own.non_zero_weights)
    if champion.config.task in EXPERT_ACTORS:
        sizes = EXPERT_ACTORS[champion.config.task]
        weights = [np.ones(shape) for shape in pairwise(sizes)]
        biases = [np.ones(n) for n in sizes[1:]]
        genes = sum(map(np.size, (*weights, *biases)))
        found["dense, published expert"] = dense_measures(weights, biases, genes=genes)
    return found


def all_measures(champion: ChampionRecord, episodes: int = 0) -> dict[str, Measures]:
    """Return the measures of a champion, and of dense networks beside it, by name (see `measures` and `beside`)."""
    own = measures(champion, episodes)
    return {"champion": own, **beside(champion, own)}


def measures_json(measures: Measures) -> dict[str, Any]:
    """Return measures as JSON; measures of activity as mean and standard deviation over trials, NaN as null."""
    content: dict[str, Any] = {}
    for name, value in vars(measures).items():
        if isinstance(value, dict):
            content[name] = {device: _mean_sd(values) for device, values in value.items()}
        elif isinstance(value, np.ndarray):
            content[name] = _mean_sd(value)
        else:
            content[name] = value
    return content


def _mean_sd(values: np.ndarray) -> dict[str, float] | None:
    if np.isnan(values).any():
        return None
    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(values.mean()), "sd": sd}


def measures_table(columns: Mapping[str, Measures]) -> TextTable:
    """Return a table of measures, one column for each controller.

    Measures of activity are means and standard deviations over trials.

    Parameters
    ----------
    columns : mapping of str to Measures
        By the controller's name.
    """
    lines = []
    for label, read in _ROWS:
        texts = [read(measures) for measures in columns.values()]
        lines.append([label, *texts])
    return TextTable(("measure", *columns), lines, tuple(columns), rule=True)


def _count(name: str) -> Callable[[Measures], str]:
    """Return a function that gives a count as text."""
    return lambda m: f"{getattr(m, name):,}".replace(",", " ")


def _varying(name: str, form: Callable[[float], str]) -> Callable[[Measures], str]:
    """Return a function that gives mean and standard deviation of a measure of activity as text."""
    return lambda m: with_sd(getattr(m, name), form)


def with_sd(values: np.ndarray, form: Callable[[float], str]) -> str:
    """Return mean and standard deviation as text; of a single value, the value; of NaN, a dash."""
    if np.isnan(values).any():
        return NONE
    mean = form(float(values.mean()))
    if len(values) == 1:
        return mean
    return f"{mean} +- {form(float(values.std(ddof=1)))}"


def _energy(device: str) -> Callable[[Measures], str]:
    """Return a function that gives the energy on a device as text, in nJ."""

    def read(measures: Measures) -> str:
        energies = measures.energy_per_step_j
        return with_sd(energies[device] * 1e9, three_digits) if device in energies else NONE

    return read


def three_digits(value: float) -> str:
    """Return a number with three significant digits; from 1000 on, as a whole number without an exponent."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _plain(value: float) -> str:
    return f"{value:.1f}"


_ROWS: list[tuple[str, Callable[[Measures], str]]] = [
    ("genes", _count("genes")),
    ("weights that are not 0", _count("non_zero_weights")),
    ("biases that are not 0", _count("biases")),
    ("neurons or units", _count("units")),
    ("connection sparsity (%)", lambda m: _percent(m.connection_sparsity)),
    ("firing rate of a neuron (Hz)", _varying("rate_hz", _plain)),
    ("activation sparsity, published definition (%)", _varying("activation_sparsity_published", _percent)),
    ("activation sparsity, neurons only (%)", _varying("activation_sparsity", _percent)),
    ("spikes per environment step", _varying("spikes_per_step", _plain)),
    ("synaptic operations per environment step", _varying("synaptic_operations_per_step", _plain)),
    ("updates of neurons per environment step", _count("updates_per_step")),
    *((f"energy per environment step, {d.name} (nJ)", _energy(key)) for key, d in DEVICES.items()),
]
"""Label and unit of each row, and the function that gives the text of a controller."""


def sources_text() -> str:
    """Return the sources of the energy constants, one line for each device."""
    return "\n".join(f"{device.name}: {device.source}." for device in DEVICES.values())
