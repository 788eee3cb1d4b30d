"""A controller: a genome and the configuration that gives it its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.api.evaluation import Evaluation
from neurosim_rl.api.replay import Replay
from neurosim_rl.api.response_map import Responses, responses_of
from neurosim_rl.errors import ConfigurationError, GenomeError
from neurosim_rl.optimizees import Configuration, create_optimizee, require_complete
from neurosim_rl.settings.checks import require_extra
from neurosim_rl.training.configure import configure

if TYPE_CHECKING:
    import gymnasium
    from matplotlib.figure import Figure

    from neurosim_rl.networks.network import Network
    from neurosim_rl.reports.weight_matrices import WeightMatrix


class Controller:
    """A genome and the configuration that gives it its meaning: it can play, be drawn and be measured.

    Parameters
    ----------
    configuration : Configuration or str
        Complete, or the name of a task, which is configured by its defaults.
    genome : array of shape (n_genes,), mapping of str to array, or None
        None: drawn as an individual of the first generation is.
    seed : int
        Of that draw.

    Raises
    ------
    GenomeError
        When the genome does not fit.

    Examples
    --------
    >>> nrl.Controller("cart-pole", seed=2).evaluate(episodes=10).mean_return  # doctest: +SKIP
    """

    def __init__(
        self,
        configuration: Configuration | str,
        genome: np.ndarray | Mapping[str, np.ndarray] | None = None,
        *,
        seed: int = 1,
    ) -> None:
        self.configuration = configure(configuration) if isinstance(configuration, str) else configuration
        require_complete(self.configuration)
        if genome is None:
            self.vector = self._optimizee.parameters.sample(np.random.default_rng(seed))
        elif isinstance(genome, Mapping):
            self.vector = self._optimizee.parameters.to_vector(genome)
        else:
            self.vector = np.asarray(genome, dtype=np.float64)
            expected = (self._optimizee.parameters.size,)
            if self.vector.shape != expected:
                raise GenomeError(f"genome has shape {self.vector.shape}; expected {expected}.")

    @cached_property
    def _optimizee(self) -> Any:
        return create_optimizee(self.configuration)

    @property
    def genome(self) -> dict[str, np.ndarray]:
        """Genes by name, each with its own shape."""
        return self._optimizee.parameters.to_genome(self.vector)

    @cached_property
    def network(self) -> Network:
        """The spiking network that the genome describes.

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        """
        return self._optimizee.network(self.vector)

    @property
    def positions(self) -> np.ndarray | None:
        """Place of each neuron in steps of a grid, shape (n_neurons, n_axes); None: neurons have no place."""
        return getattr(self._optimizee.model, "positions", None)

    def weights(self) -> list[WeightMatrix]:
        """Return the weight matrices: read-in, one for each pair of connected populations, read-out.

        Those of a policy without neurons are its layers. Each has ``title``, ``values`` of shape (n_source, n_target)
        with NaN where there is no synapse, ``unit``, names of sources and targets, and ``to_frame()``. They are weights
        before learning; of a network that learns, `Champion.learning` gives their course.

        Examples
        --------
        >>> for matrix in nrl.load("champion:ant").weights():  # doctest: +SKIP
        ...     print(matrix.title, matrix.unit, matrix.values.shape)
        """
        from neurosim_rl.reports.weight_matrices import weight_matrices

        return weight_matrices(self._optimizee, self.vector)

    def evaluate(
        self, episodes: int = 100, *, first_seed: int | None = None, simulator: str | None = None, workers: int = 0
    ) -> Evaluation:
        """Play unseen starts, and return returns with their statistics.

        Parameters
        ----------
        episodes : int
            Number of starts; with trials of several episodes, number of trials.
        first_seed : int or None
            Episode k starts from seed ``first_seed + k``; None: 1 000 000.
        simulator : str or None
            None: the configured one.
        workers : int
            Local processes; 0: one for each core.

        Raises
        ------
        ConfigurationError
            For fewer than one episode, or seeds outside the range of unseen starts.
        """
        from neurosim_rl.evaluation.unseen_starts import evaluate_starts

        unseen = evaluate_starts(
            self._in(simulator), self.vector, first_seed=first_seed, episodes=episodes, workers=workers
        )
        return Evaluation(unseen, self.configuration.task)

    def replay(self, seed: int | None = None, *, simulator: str | None = None) -> Replay:
        """Play one start with everything recorded: observations, actions, rewards, spikes and membranes.

        Parameters
        ----------
        seed : int or None
            Start seed of the environment; None: 1 000 000, the first unseen start.
        simulator : str or None
            None: the configured one; ``"nest"``: the reference.
        """
        return Replay.of(self._in(simulator), self.vector, seed)

    def response_map(self, **options: Any) -> Responses:
        """Return spike counts and actions over a grid of two observed variables.

        Parameters
        ----------
        **options
            ``grid`` (cells on each axis), ``windows`` (for which each observation is held), ``window_ms``, ``axes``
            (names or numbers of two variables), ``fixed`` and ``bounds``: see `responses_of`.
        """
        return responses_of(self._optimizee, self.vector, **options)

    def input_currents(self, observations: np.ndarray) -> np.ndarray:
        """Return the current into each input neuron in pA, shape (n_rows, n_inputs).

        Parameters
        ----------
        observations : array, shape (n_rows, n_observations)

        Raises
        ------
        ConfigurationError
            When the encoder gives spikes instead of currents, or the model has no neurons.
        """
        from neurosim_rl.evaluation.response_map import input_currents

        return input_currents(self._optimizee, self.vector, np.asarray(observations, dtype=np.float64))

    def make_environment(self, **options: Any) -> gymnasium.Env:
        """Return a new environment of the task, as Gymnasium makes it.

        Parameters
        ----------
        **options
            For `gymnasium.make`, such as ``render_mode="rgb_array"``.
        """
        return self._optimizee.environment.make(**options)

    def plot(self, name: str) -> Figure:
        """Return a figure of the network: ``"space"`` or ``"lengths"``.

        Raises
        ------
        UnknownNameError
            For another name, with the nearest match.
        ConfigurationError
            When the neurons have no place.
        """
        from neurosim_rl.api.display import in_notebooks
        from neurosim_rl.reports.controller_figures import network_figure

        return in_notebooks(network_figure(self.network, self.positions, self.configuration.task, name))

    def export(self, path: Path | str, **options: Any) -> Path:
        """Write the network as a NIR file, for other simulators; `load` reads it again.

        Parameters
        ----------
        path : path
            Ends with ``.nir``.
        **options
            ``outputs`` (``"li"`` or ``"lif"``) and ``dt_s`` (step of the software that reads it, in s).

        Raises
        ------
        ExchangeError
            For a model other than ``lif``, or when the file cannot be written.
        MissingExtraError
            Without the extra ``[gradient]``.
        """
        from neurosim_rl.exchange.nir import write_nir

        write_nir(self._optimizee, self.vector, Path(path), **options)
        return Path(path)

    def pytorch_outputs(self, observations: Any) -> np.ndarray:
        """Return outputs of the same network in PyTorch, in mV, shape (n_steps, n_outputs).

        Parameters
        ----------
        observations : array, shape (n_steps, n_observations)
            Of one episode, from its start.

        Raises
        ------
        ConfigurationError
            When gradients cannot train the model.
        MissingExtraError
            Without the extra ``[gradient]``.
        """
        require_extra("torch", "gradient")
        from neurosim_rl.gradient.pytorch_comparison import outputs_of_episode

        return outputs_of_episode(self._optimizee, self.vector, np.asarray(observations))

    def _in(self, simulator: str | None) -> Any:
        """Return the task in another simulator."""
        if simulator is None:
            return self._optimizee
        if not self._optimizee.has_neurons:
            raise ConfigurationError(f"simulator = {simulator!r}: the model has no neurons to simulate. Leave it out.")
        return create_optimizee(self.configuration.replace(simulator=simulator))

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Controller of {self.configuration.task}: {self._optimizee.parameters.describe()}>"
