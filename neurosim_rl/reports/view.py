"""The view of a figure: which episode, part of its time, observed variables and neurons to show."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from neurosim_rl.analysis.labels import Labels, without_unit
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network
from neurosim_rl.records.recording import Recording
from neurosim_rl.settings.checks import lookup

_RANGE = re.compile(r"([0-9.]+)(s?):([0-9.]+)(s?)")
_NEURONS = re.compile(r"(?:(?P<population>[^\[\]]+)\[)?(?P<first>\d+)(?::(?P<last>\d+))?(?P<end>\])?")


@dataclass(frozen=True)
class View:
    """What a figure shows; an empty field leaves the choice to the figure.

    Parameters
    ----------
    episode : int or None
        Number of the recorded episode, or trial, from 1; None: that with the return nearest to the median.
    time_range : str
        ``FROM:TO`` in environment steps, or with an ``s`` in seconds of biological time, such as ``0.5s:2s``.
    variables : tuple of str
        Observed variables, by name without the unit, or by number from 0.
    neurons : tuple of str
        Neurons: a population (``hidden_1``), some of its neurons (``hidden_1[0]``, ``hidden_1[0:8]``), or numbers
        through all populations (``3``, ``0:8``); of a range, the last one is left out.
    """

    episode: int | None = None
    time_range: str = ""
    variables: tuple[str, ...] = ()
    neurons: tuple[str, ...] = ()

    def trial(self, recording: Recording, median_return: float | None = None) -> int:
        """Return the index of the recorded trial, from 0.

        Parameters
        ----------
        recording : Recording
        median_return : float or None
            As in `Recording.median_trial`.

        Raises
        ------
        ConfigurationError
            When there is no trial of this number.
        """
        if self.episode is None:
            return recording.median_trial(median_return)
        n_trials = len(recording.start_seeds)
        if not 1 <= self.episode <= n_trials:
            raise ConfigurationError(f"episode {self.episode}: expected 1 to {n_trials}, the recorded episodes.")
        return self.episode - 1

    def steps(self, n_steps: int, window_ms: float) -> tuple[int, int]:
        """Return the first environment step to show, and the one after the last.

        Parameters
        ----------
        n_steps : int
            Steps of the episode.
        window_ms : float
            Biological time of a step.

        Raises
        ------
        ConfigurationError
            When the range is no range, or has no step of the episode.
        """
        if not self.time_range:
            return 0, n_steps
        match = _RANGE.fullmatch(self.time_range)
        try:
            first, last = [_in_steps(*side, window_ms) for side in _sides(match)]
        except ValueError:
            raise ConfigurationError(
                f"time range {self.time_range!r}: expected FROM:TO in environment steps, such as 0:50, or in seconds "
                "of biological time, such as 0.5s:2s."
            ) from None
        shown = math.floor(first + 1e-9), min(math.ceil(last - 1e-9), n_steps)
        if shown[0] >= shown[1]:
            length_s = n_steps * window_ms * 1e-3
            raise ConfigurationError(
                f"time range {self.time_range!r} has no step of the episode; expected a range within 0:{n_steps} "
                f"steps, or 0s:{length_s:g}s."
            )
        return shown

    def variable_numbers(self, labels: Labels) -> list[int]:
        """Return the numbers of the chosen variables; empty: the choice is the figure's.

        Raises
        ------
        ConfigurationError
            For an unknown variable, with the nearest match.
        """
        by_name = {without_unit(label): k for k, label in enumerate(labels.observations)}
        by_name |= {str(k): k for k in range(len(labels.observations))}
        return [lookup("observed variable", without_unit(name), by_name) for name in self.variables]

    def neuron_numbers(self, network: Network) -> np.ndarray | None:
        """Return the chosen neurons, counted through the populations, sorted; None: the choice is the figure's.

        Raises
        ------
        ConfigurationError
            For an unknown population, with the nearest match, and for neurons that it does not have.
        """
        if not self.neurons:
            return None
        return np.unique(np.concatenate([_neurons_of(text, network) for text in self.neurons]))


def _sides(match: re.Match[str] | None) -> list[tuple[str, str]]:
    """Return number and unit of both ends of a range."""
    if match is None:
        raise ValueError
    return [(match[1], match[2] or match[4]), (match[3], match[4] or match[2])]


def _in_steps(number: str, unit: str, window_ms: float) -> float:
    return float(number) * (1e3 / window_ms if unit else 1.0)


def _neurons_of(text: str, network: Network) -> np.ndarray:
    """Return the neurons that a text names."""
    sizes = {population.name: population.size for population in network.populations}
    if text in sizes:
        return network.neurons_of((text,))
    match = _NEURONS.fullmatch(text)
    if match is None or bool(match["population"]) != bool(match["end"]):
        lookup("population", text.partition("[")[0], sizes)
        raise ConfigurationError(
            f"neurons {text!r}: expected a population, such as {next(iter(sizes))}, some of its neurons, such as "
            f"{next(iter(sizes))}[0:4], or numbers, such as 0:8."
        )
    first_of_all, size = 0, network.n_neurons
    if match["population"]:
        size = lookup("population", match["population"], sizes)
        first_of_all = network.first_neuron[match["population"]]
    first = int(match["first"])
    last = first + 1 if match["last"] is None else int(match["last"])
    if not first < last <= size:
        raise ConfigurationError(f"neurons {text!r}: expected numbers within 0:{size}.")
    return first_of_all + np.arange(first, last)
