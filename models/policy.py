"""What every policy without neurons offers: observations go in, actions come out, no time passes between."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from gymnasium.spaces import Box, Space

from neurosim_rl.bridge.actions import actions_of_outputs, finite_bounds, n_action_outputs
from neurosim_rl.bridge.reflection import ALONE, Reflection, TiedWeights
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.loop.rollout import Act
from neurosim_rl.models.layers import Layer
from neurosim_rl.models.model import Model, Reflections, no_reflections
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Policy(Model):
    """Layers of weighted sums between observation and action, for comparison with spiking networks.

    Neither an encoder, a decoder nor a simulator takes part. ``Discrete``: the action of the largest output, the first
    of them if several are equal. ``Box``: the hyperbolic tangent of each output spans its action's bounds.

    Genome
    ------
    ``weights_0``, ``weights_1``, ...: from each layer to the next, shape (n_source, n_target).
    ``biases_0``, ``biases_1``, ...: of each layer but the input, shape (n_target,).
    With ``mirror`` only the free ones, shape (n_free,).

    Parameters
    ----------
    low, high : array, shape (n_observations,)
        Bounds of the observed variables, the same as an encoder gets.
    action_space : gymnasium.spaces.Space
        ``Discrete`` or bounded ``Box``.
    n_spiking_genes : callable
        Returns the number of genes of the task's spiking network.
    reflections : callable
        Returns what the task's mirror does to observations and actions.
    """

    low: np.ndarray
    high: np.ndarray
    action_space: Space
    n_spiking_genes: Callable[[], int]
    reflections: Reflections = no_reflections

    observations: str = option(
        "scaled",
        "what enters: observations scaled to [-1, 1] by the bounds that an encoder gets, and cut there; or raw ones",
        choices=("scaled", "raw"),
    )
    weight_unit: float = option(1.0, "weight or bias that a gene of 1 stands for", low=1e-9)
    weight_limit: float = option(10.0, "genes lie between minus and plus this", low=1e-9)
    initial_limit: float = option(5.0, "first genes are drawn between minus and plus this", low=0)
    mirror: bool = option(False, "tie weights that are each other's mirror image (tasks with a mirror symmetry only)")

    def __post_init__(self) -> None:
        """Check the bounds that observations are scaled by, and those of actions."""
        if isinstance(self.action_space, Box):
            finite_bounds(self.action_space)
        fit = np.isfinite(self.low) & np.isfinite(self.high) & (self.low < self.high)
        if self.observations == "scaled" and not fit.all():
            index = int(np.argmin(fit))
            raise ConfigurationError(
                f"observation[{index}] has bounds [{self.low[index]}, {self.high[index]}]; expected finite, ordered "
                "bounds. Set environment.observation_low and environment.observation_high, or model.observations = "
                "'raw'."
            )

    @property
    @abstractmethod
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units in each hidden layer."""

    @property
    @abstractmethod
    def activate(self) -> Callable[[np.ndarray], np.ndarray]:
        """What a hidden unit makes of its sum."""

    @property
    def n_outputs(self) -> int:
        """Number of actions to choose from, or of dimensions of the action."""
        return n_action_outputs(self.action_space)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units in each layer, input and output included."""
        return (len(self.low), *self.hidden_sizes, self.n_outputs)

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights between layers, and biases."""
        shapes: dict[str, tuple[int, ...]] = {f"weights_{k}": shape for k, shape in enumerate(pairwise(self.sizes))}
        shapes |= {f"biases_{k}": (n,) for k, n in enumerate(self.sizes[1:])}
        if self.mirror:
            shapes = {name: (tied.n_genes,) for name, tied in self._ties.items() if tied.n_genes}
        limit, start = self.weight_limit, min(self.initial_limit, self.weight_limit)
        unit = f"{self.weight_unit:g}"
        return ParameterSpace(*(Parameter(n, s, -limit, limit, unit, (-start, start)) for n, s in shapes.items()))

    def act(self, genomes: Sequence[Genome], individuals: Sequence[int]) -> Act:
        """Return the policy of a batch.

        What an element does depends on its own genome and observation only, to the last bit.

        Parameters
        ----------
        genomes : sequence of Genome
        individuals : sequence of int
            Which genome each element of the batch acts by, shape (n_batch,).
        """
        *hidden, last = (self._layer(k, genomes, individuals) for k in range(len(self.sizes) - 1))

        def act(observations: np.ndarray, active: np.ndarray) -> np.ndarray:
            values = self.inputs(observations)
            for layer in hidden:
                values = self.activate(layer.sums(values, active))
            return self._actions(last.sums(values, active))

        return act

    def layers(self, genome: Genome) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return weights, shape (n_source, n_target), and biases, shape (n_target,), of each layer of a genome."""
        kinds = ("weights", "biases")
        weights, biases = (
            [self._values(f"{kind}_{k}", genome) * self.weight_unit for k in range(len(self.sizes) - 1)]
            for kind in kinds
        )
        return list(zip(weights, biases, strict=True))

    def _layer(self, k: int, genomes: Sequence[Genome], individuals: Sequence[int]) -> Layer:
        weights, biases = (
            [self._values(f"{kind}_{k}", g) * self.weight_unit for g in genomes] for kind in ("weights", "biases")
        )
        return Layer(weights, biases, individuals)

    def _values(self, name: str, genome: Genome) -> np.ndarray:
        """Return all weights or biases of that name."""
        if not self.mirror:
            return genome[name]
        whole = self._ties[name].expand(genome.get(name, np.zeros(0)))
        return whole[0] if name.startswith("biases") else whole

    @cached_property
    def _ties(self) -> dict[str, TiedWeights]:
        """What ties weights and biases of each layer; hidden units change places with those from the other end."""
        first, last = self.reflections()
        layers = [first, *map(Reflection.reversing, self.hidden_sizes), last]
        ties = {f"weights_{k}": TiedWeights.between(*ends) for k, ends in enumerate(pairwise(layers))}
        return ties | {f"biases_{k}": TiedWeights.between(ALONE, layer) for k, layer in enumerate(layers[1:])}

    def inputs(self, observations: np.ndarray) -> np.ndarray:
        """Return what enters the first layer, shape (n_rows, n_observations)."""
        if self.observations == "raw":
            return observations
        return 2.0 * (np.clip(observations, self.low, self.high) - self.low) / (self.high - self.low) - 1.0

    def _actions(self, outputs: np.ndarray) -> np.ndarray:
        """Return the actions of outputs of shape (n_rows, n_outputs)."""
        return actions_of_outputs(self.action_space)(outputs)
