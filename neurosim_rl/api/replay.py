"""One trial of a controller, played again with everything recorded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.api.series import TimeSeries, labelled
from neurosim_rl.api.spikes import ReplaySpikes
from neurosim_rl.networks.units import variable_unit
from neurosim_rl.records.recording import Recording
from neurosim_rl.reports.labels import task_labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Replay:
    """One trial with everything recorded.

    Parameters
    ----------
    optimizee : ClosedLoop
        The task, in the simulator that played.
    vector : array, shape (n_genes,)
    recording : Recording
        Of one trial.

    Examples
    --------
    >>> replay = nrl.load("champion:cart-pole").replay(seed=5)  # doctest: +SKIP
    >>> replay.spikes.to_neo(), replay.membranes["output[0]"]  # doctest: +SKIP
    """

    optimizee: Any
    vector: np.ndarray
    recording: Recording

    @classmethod
    def of(cls, optimizee: Any, vector: np.ndarray, seed: int | None) -> Replay:
        """Play one start with everything recorded.

        Parameters
        ----------
        optimizee : ClosedLoop
        vector : array, shape (n_genes,)
        seed : int or None
            Start seed of the environment; None: 1 000 000, the first unseen start.
        """
        from neurosim_rl.evaluation.replay import FIRST_UNSEEN, record

        return cls(optimizee, vector, record(optimizee, vector, [FIRST_UNSEEN if seed is None else seed]))

    @property
    def seed(self) -> int:
        """Start seed of the environment."""
        return int(self.recording.start_seeds[0])

    @property
    def total_return(self) -> float:
        """Sum of rewards; of a trial of several episodes, their mean."""
        return float(self.recording.returns[0])

    @property
    def episode_lengths(self) -> np.ndarray:
        """Environment steps of each episode of the trial, shape (n_episodes,)."""
        return self.recording.episode_lengths[0]

    @property
    def simulator(self) -> str:
        """Name of the simulator that played; ``"none"`` without neurons."""
        return self.recording.simulator

    @property
    def observations(self) -> TimeSeries:
        """Observed variables before each window and after the last, shape (n_windows + 1, n_observations)."""
        n = len(self) + 1
        return labelled(self.recording.traces.observations[0, :n], self._time_ms(n), self._labels.observations)

    @property
    def actions(self) -> TimeSeries:
        """Action of each window, shape (n_windows, n_dimensions); a discrete action is its number."""
        labels = ("action",) if self._labels.discrete else self._labels.actions
        return labelled(self.recording.traces.actions[0, : len(self)], self._time_ms(len(self)), labels)

    @property
    def rewards(self) -> TimeSeries:
        """Reward of each window, shape (n_windows, 1)."""
        values = self.recording.traces.rewards[0, : len(self), None]
        return TimeSeries(values, self._time_ms(len(self)), ("reward",), ("1",))

    @property
    def counts(self) -> TimeSeries:
        """Spikes of each output neuron in each window, shape (n_windows, n_outputs)."""
        values = self.recording.traces.counts[0, : len(self)]
        names = self._labels.outputs or tuple(f"output {k}" for k in range(values.shape[1]))
        return TimeSeries(values, self._time_ms(len(self)), names, ("spikes",) * values.shape[1])

    @cached_property
    def spikes(self) -> ReplaySpikes:
        """Spikes of all neurons.

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        """
        played = self.recording.spikes
        annotations = {"task": self.optimizee.config.task, "start_seed": self.seed, "simulator": self.simulator}
        network = self.optimizee.network(self.vector)
        stop_ms = float(self._time_ms(len(self) + 1)[-1])
        return ReplaySpikes(played.neuron, played.time_ms, network, stop_ms, annotations)

    @cached_property
    def membranes(self) -> TimeSeries:
        """Membrane potential of each neuron in mV, shape (n_times, n_neurons), named ``population[k]``.

        The trial is played once more when this is first asked for: membranes of long episodes are large. Spike
        sources have no membrane: NaN.

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        """
        from neurosim_rl.evaluation.replay import record_membranes

        names = self._neuron_names
        recorded = record_membranes(self.optimizee, self.vector, self.seed)
        return TimeSeries(recorded.v_mv[0].T, recorded.time_ms, names, ("mV",) * len(names))

    def recorded(self, variable: str) -> TimeSeries:
        """Return a variable of each neuron that NEST can record, such as ``"g_ex"``, named ``population[k]``.

        The trial is played once more, in NEST. NaN where a model has no such variable.

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        UnknownNameError
            When no neuron has the variable; lists those that there are.
        """
        from neurosim_rl.evaluation.replay import record_variable

        values = record_variable(self.optimizee, self.vector, self.seed, variable)
        time_ms = np.arange(1, values.shape[1] + 1) * self.optimizee.config.resolution_ms
        names = self._neuron_names
        return TimeSeries(values.T, time_ms, names, (variable_unit(variable),) * len(names))

    @property
    def _neuron_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for population in self.optimizee.network(self.vector).populations:
            names += [f"{population.name}[{k}]" for k in range(population.size)]
        return tuple(names)

    def pictures(self, every: int = 1) -> list[np.ndarray]:
        """Return the environment's own pictures: the first, then each `every`-th; uint8, shape (height, width, 3).

        The environment plays the recorded actions again, without the network.

        Raises
        ------
        EnvironmentSetupError
            When the environment cannot draw.
        """
        from neurosim_rl.evaluation.replay import pictures_of

        return list(pictures_of(self.optimizee, self.recording, every=every))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a step: observations, action, reward and spikes of outputs (pandas; see `steps_frame`)."""
        from neurosim_rl.api.steps import steps_frame

        return steps_frame(self)

    def to_neo(self, *, membranes: bool = True) -> Any:
        """Return a `neo.Block` with spikes, membranes, observations, actions and rewards (see `replay_block`).

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        MissingExtraError
            Without the extra ``[neo]``.
        """
        from neurosim_rl.api.neo_block import replay_block

        return replay_block(self, membranes=membranes)

    def plot(self, name: str = "episode") -> Figure:
        """Return a figure: ``"episode"``, ``"raster"`` or ``"gait"``.

        Raises
        ------
        UnknownNameError
            For another name, with the nearest match.
        ConfigurationError
            When the model has no neurons to draw.
        """
        from neurosim_rl.api.display import in_notebooks
        from neurosim_rl.reports.controller_figures import trial_figure

        return in_notebooks(trial_figure(self.optimizee, self.vector, self.recording, name))

    def __len__(self) -> int:
        """Return the number of windows (environment steps)."""
        return int(self.recording.lengths[0])

    @cached_property
    def _labels(self) -> Any:
        return task_labels(self.optimizee)

    def _time_ms(self, n: int) -> np.ndarray:
        """Return when windows begin, in ms, shape (n,)."""
        return np.arange(n) * self.optimizee.config.window_ms

    def __repr__(self) -> str:
        """Return two lines."""
        config = self.optimizee.config
        spikes = f", {len(self.recording.spikes)} spikes" if self.optimizee.has_neurons else ""
        return (
            f"<Replay of {config.task} from seed {self.seed}: return {self.total_return:.2f}, {len(self)} windows of "
            f"{config.window_ms:g} ms{spikes}, simulator {self.simulator}>"
        )
