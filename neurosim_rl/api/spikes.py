"""Spikes of a replay, by neuron, time and population."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import lookup, require_extra

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class ReplaySpikes:
    """Spikes of all neurons in one replay, in order of time.

    Parameters
    ----------
    neuron : int array, shape (n_spikes,)
        Which neuron, counted through the populations.
    time_ms : array, shape (n_spikes,)
        In ms since the network was built.
    network : Network
    stop_ms : float
        Simulated time of the replay, in ms.
    annotations : dict of str to str or int
        Task, start seed and simulator.
    """

    neuron: np.ndarray
    time_ms: np.ndarray
    network: Network
    stop_ms: float
    annotations: dict[str, Any]

    def __len__(self) -> int:
        """Return the number of spikes."""
        return len(self.neuron)

    @cached_property
    def population(self) -> np.ndarray:
        """Name of each spike's population, shape (n_spikes,)."""
        of_neuron = [population.name for population in self.network.populations for _ in range(population.size)]
        return np.array(of_neuron)[self.neuron]

    def of(self, population: str) -> ReplaySpikes:
        """Return the spikes of one population; neurons are still counted through all.

        Raises
        ------
        UnknownNameError
            For an unknown population, with the nearest match.
        """
        lookup("population", population, self.network.first_neuron)
        mine = self.population == population
        return ReplaySpikes(self.neuron[mine], self.time_ms[mine], self.network, self.stop_ms, self.annotations)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a spike: ``neuron``, ``time_ms``, ``population`` (pandas)."""
        import pandas as pd

        return pd.DataFrame({"neuron": self.neuron, "time_ms": self.time_ms, "population": self.population})

    def to_neo(self) -> Any:
        """Return a `neo.Block` with one segment and a spike train for each neuron, silent ones included.

        Trains have times in ms, names ``population[k]``, and annotations: population, neuron and model. Block and
        segment are annotated with task, start seed and simulator.

        Raises
        ------
        MissingExtraError
            Without the extra ``[neo]``.
        """
        neo = require_extra("neo", "neo")
        block = neo.Block(name=f"replay of {self.annotations['task']}", **self.annotations)
        segment = neo.Segment(name=f"start seed {self.annotations['start_seed']}", **self.annotations)
        block.segments.append(segment)
        for population in self.network.populations:
            first = self.network.first_neuron[population.name]
            for k in range(population.size):
                times_ms = self.time_ms[self.neuron == first + k]
                train = neo.SpikeTrain(
                    times_ms,
                    units="ms",
                    t_start=0.0,
                    t_stop=self.stop_ms,
                    name=f"{population.name}[{k}]",
                    population=population.name,
                    neuron=first + k,
                    model=population.model,
                )
                segment.spiketrains.append(train)
        return block

    def __repr__(self) -> str:
        """Return one line."""
        present = [p.name for p in self.network.populations]
        counts = ", ".join(f"{name} {np.count_nonzero(self.population == name)}" for name in present)
        return f"<ReplaySpikes: {len(self)} in {self.stop_ms / 1000:.3g} s ({counts})>"
