"""Base class of policies without neurons: functions of the observation alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from gymnasium.spaces import Space

from neurosim_rl.bridge.actions import Act, actions_of_outputs, check_actions_bounded, n_action_outputs
from neurosim_rl.bridge.reflection import ALONE, Reflection, TiedWeights
from neurosim_rl.errors import ConfigurationError, EncodingError
from neurosim_rl.models.layers import Layer
from neurosim_rl.models.model import Model, Reflections, no_reflections
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.settings.checks import first_non_finite
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Policy(Model):
    """Layers of weighted sums between observation and action, for comparison with spiking networks.

    A policy uses no encoder, decoder or simulator. ``Discrete``: the largest output selects the action; of equal
    outputs the first one does. ``Box``: the hyperbolic tangent of each output is scaled to the bounds of its action.
    Other spaces: each part has outputs of its own (`neurosim_rl.bridge.actions.actions_of_outputs`).

    Genome
    ------
    ``weights_0``, ``weights_1``, ...: from each layer to the next, shape (n_source, n_target).
    ``biases_0``, ``biases_1``, ...: of each layer except the input, shape (n_target,).
    With ``mirror`` they hold only the free values, shape (n_free,).

    Parameters
    ----------
    low, high : array, shape (n_observations,)
        Bounds of the observed variables, as an encoder gets them.
    action_space : gymnasium.spaces.Space
        Every ``Box`` in it is bounded.
    n_spiking_genes : callable
        Returns the number of genes of the task's spiking network.
    reflections : callable
        Returns the effect of the task's mirror on observations and on actions.
    """

    low: np.ndarray
    high: np.ndarray
    action_space: Space
    n_spiking_genes: Callable[[], int]
    reflections: Reflections = no_reflections

    observations: str = option(
        "scaled",
        "inputs of the policy: scaled = observations scaled from their bounds to [-1, 1] and clipped; raw = unchanged",
        choices=("scaled", "raw"),
    )
    weight_unit: float = option(1.0, "weight or bias of a gene of 1", low=1e-9)
    weight_limit: float = option(10.0, "largest absolute value of a gene", low=1e-9)
    initial_limit: float = option(5.0, "largest absolute value of a gene in the first generation", low=0)
    mirror: bool = option(False, "tie weights that are mirror images of each other (only for tasks with a mirror)")

    def __post_init__(self) -> None:
        """Check the bounds of actions, and of observations if they are scaled."""
        check_actions_bounded(self.action_space)
        usable = np.isfinite(self.low) & np.isfinite(self.high) & (self.low < self.high)
        if self.observations == "scaled" and not usable.all():
            index = int(np.argmin(usable))
            raise ConfigurationError(
                f"observation[{index}] has bounds [{self.low[index]}, {self.high[index]}]; expected finite, ordered "
                "bounds. Set environment.observation_low and environment.observation_high, or measure them: "
                "normalisation.name = 'bounds'. Or set model.observations = 'raw'."
            )

    @property
    @abstractmethod
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units in each hidden layer."""

    @property
    @abstractmethod
    def activate(self) -> Callable[[np.ndarray], np.ndarray]:
        """Activation function of hidden units."""

    @property
    def n_outputs(self) -> int:
        """Number of values of all choices, plus the number of dimensions of all continuous actions."""
        return n_action_outputs(self.action_space)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units in each layer, with input and output."""
        return (len(self.low), *self.hidden_sizes, self.n_outputs)

    @cached_property
    def parameters(self) -> ParameterSpace:
        """Weights between layers, and biases."""
        limit, start = self.weight_limit, min(self.initial_limit, self.weight_limit)
        unit = f"{self.weight_unit:g}"
        genes = []
        for name, shape in self._gene_shapes().items():
            genes.append(Parameter(name, shape, -limit, limit, unit, (-start, start)))
        return ParameterSpace(*genes)

    def _gene_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each array of the genome."""
        if self.mirror:
            return {name: (tied.n_genes,) for name, tied in self._ties.items() if tied.n_genes}
        shapes: dict[str, tuple[int, ...]] = {}
        for k, shape in enumerate(pairwise(self.sizes)):
            shapes[f"weights_{k}"] = shape
        for k, n_units in enumerate(self.sizes[1:]):
            shapes[f"biases_{k}"] = (n_units,)
        return shapes

    def act(self, genomes: Sequence[Genome], individuals: Sequence[int]) -> Act:
        """Return the policy of a batch.

        The action of an element depends only on its own genome and observation, to the last bit.

        Parameters
        ----------
        genomes : sequence of Genome
        individuals : sequence of int
            Index of the genome of each element of the batch, shape (n_batch,).
        """
        layers = [self._layer(k, genomes, individuals) for k in range(len(self.sizes) - 1)]
        *hidden, last = layers

        def act(observations: np.ndarray, active: np.ndarray) -> np.ndarray:
            values = self.inputs(observations)
            for layer in hidden:
                values = self.activate(layer.sums(values, active))
            return self._actions(last.sums(values, active))

        return act

    def layers(self, genome: Genome) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the weights, shape (n_source, n_target), and biases, shape (n_target,), of each layer of a genome."""
        return [self._weights_and_biases(k, genome) for k in range(len(self.sizes) - 1)]

    def _layer(self, k: int, genomes: Sequence[Genome], individuals: Sequence[int]) -> Layer:
        weights, biases = zip(*[self._weights_and_biases(k, genome) for genome in genomes], strict=True)
        return Layer(weights, biases, individuals)

    def _weights_and_biases(self, k: int, genome: Genome) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights and biases of one layer of a genome."""
        weights = self._values(f"weights_{k}", genome) * self.weight_unit
        biases = self._values(f"biases_{k}", genome) * self.weight_unit
        return weights, biases

    def _values(self, name: str, genome: Genome) -> np.ndarray:
        """Return an array of the genome; with ``mirror``, expanded from its free values."""
        if not self.mirror:
            return genome[name]
        # An array without any free value is absent from the genome.
        free = genome.get(name, np.zeros(0))
        values = self._ties[name].expand(free)
        return values[0] if name.startswith("biases") else values

    @cached_property
    def _ties(self) -> dict[str, TiedWeights]:
        """Ties between the weights and biases of each layer; in the mirror, hidden units come in reversed order."""
        first, last = self.reflections()
        layers = [first, *map(Reflection.reversing, self.hidden_sizes), last]
        ties = {}
        for k, (source, target) in enumerate(pairwise(layers)):
            ties[f"weights_{k}"] = TiedWeights.between(source, target)
        for k, target in enumerate(layers[1:]):
            ties[f"biases_{k}"] = TiedWeights.between(ALONE, target)
        return ties

    def inputs(self, observations: np.ndarray) -> np.ndarray:
        """Return the inputs of the first layer, shape (n_rows, n_observations), from -1 to 1 unless they are raw.

        Parameters
        ----------
        observations : array, shape (n_rows, n_observations)
            In the units of `low` and `high`; values beyond these bounds are clipped.
        """
        if self.observations == "raw":
            self._check_finite(observations)
            return observations
        clipped = np.clip(observations, self.low, self.high)
        return 2.0 * (clipped - self.low) / (self.high - self.low) - 1.0

    def _check_finite(self, observations: np.ndarray) -> None:
        # A sum of infinite inputs may be NaN, which would select an action without a word.
        bad = first_non_finite(observations)
        if bad is not None:
            raise EncodingError(
                f"observation[{bad[1]}] is {observations[bad]}; expected a finite value. Check the environment, or "
                "clip observations: normalisation.name = 'statistics'."
            )

    def _actions(self, outputs: np.ndarray) -> np.ndarray:
        """Return the actions for outputs of shape (n_rows, n_outputs)."""
        return actions_of_outputs(self.action_space)(outputs)
