"""Actor and critic in one network: shared hidden layers, a head for actions and a head for the value."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.layers import Affine, LeakyIntegrators, SpikingLayer


@dataclass(frozen=True)
class Neurons:
    """What the hidden layers of a spiking network have in common.

    Parameters
    ----------
    decay, threshold : float
        In [0, 1), and above 0.
    ticks : int
        Ticks for each observation, at least 1.
    recurrent : bool
    surrogate : str
    width : float
    learn_width : bool
        See `neurosim_rl.gradient.layers.SpikingLayer`.
    """

    decay: float = 0.2
    threshold: float = 0.5
    ticks: int = 1
    recurrent: bool = False
    surrogate: str = "rectangular"
    width: float = 0.5
    learn_width: bool = False

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, fits, expected in (
            ("decay", 0 <= self.decay < 1, "a number from 0 to below 1"),
            ("threshold", self.threshold > 0, "a number above 0"),
            ("ticks", self.ticks >= 1, "at least 1"),
            ("width", self.width > 0, "a number above 0"),
        ):
            if not fits:
                raise ConfigurationError(f"{name} = {getattr(self, name)}: expected {expected}.")


class ActorCritic(nn.Module):
    """What a spiking network and one without neurons have in common.

    Attributes
    ----------
    n_state : int
        Numbers that it carries from one observation to the next.
    """

    n_state = 0

    @abstractmethod
    def forward(self, features: Tensor, state: Tensor, ended: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return outputs, values and the state after a sequence of observations.

        Parameters
        ----------
        features : Tensor, shape (n_steps, n_batch, n_inputs)
        state : Tensor, shape (n_batch, n_state)
            Before the first of them.
        ended : bool Tensor of shape (n_steps, n_batch), or None
            Whether the episode ended with that step: the next one begins at rest. None: none did.

        Returns
        -------
        outputs : Tensor, shape (n_steps, n_batch, n_outputs)
        values : Tensor, shape (n_steps, n_batch, 1)
        state : Tensor, shape (n_batch, n_state)
        """

    @property
    @abstractmethod
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """The parameters that act, under their names in a genome; the critic's are not among them."""

    def genome(self) -> dict[str, np.ndarray]:
        """Return the parameters that act as arrays, float64."""
        return {name: p.detach().double().numpy().copy() for name, p in self.actors_parameters.items()}

    def load_genome(self, genome: Mapping[str, np.ndarray]) -> None:
        """Take the parameters that act from arrays of the same shapes."""
        with torch.no_grad():
            for name, parameter in self.actors_parameters.items():
                parameter.copy_(torch.as_tensor(np.ascontiguousarray(genome[name])))


class SpikingActorCritic(ActorCritic):
    """Leaky integrate-and-fire neurons, with heads of neurons that do not spike (Zanatta et al. 2024).

    Observations enter as currents, the same in each tick; the heads' membranes after the last tick are the outputs.

    Parameters
    ----------
    n_inputs : int
    hidden : sequence of int
        Neurons in each hidden layer, at least one layer.
    n_outputs : int
    neurons : Neurons
    """

    def __init__(self, n_inputs: int, hidden: Sequence[int], n_outputs: int, neurons: Neurons) -> None:
        super().__init__()
        self.ticks = neurons.ticks
        sources = [n_inputs, *hidden[:-1]]
        self.hidden = nn.ModuleList(
            SpikingLayer(
                n_source,
                n,
                neurons.decay,
                neurons.threshold,
                neurons.surrogate,
                neurons.width,
                neurons.learn_width,
                neurons.recurrent,
            )
            for n_source, n in zip(sources, hidden, strict=True)
        )
        self.actor = LeakyIntegrators(hidden[-1], n_outputs, neurons.decay)
        self.critic = LeakyIntegrators(hidden[-1], 1, neurons.decay)
        self._n_states = [layer.n_state for layer in (*self.hidden, self.actor, self.critic)]
        self.n_state = sum(self._n_states)
        self.spikes: list[Tensor] = []
        """Spikes of each hidden layer in the last call, each of shape (n_steps * ticks, n_batch, n_neurons)."""

    @property
    def spiking_layers(self) -> list[SpikingLayer]:
        """The hidden layers."""
        return [layer for layer in self.hidden if isinstance(layer, SpikingLayer)]

    def forward(self, features: Tensor, state: Tensor, ended: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return outputs, values and state (see `ActorCritic.forward`)."""
        *states, of_actor, of_critic = state.split(self._n_states, dim=1)
        values = features.repeat_interleave(self.ticks, dim=0) if self.ticks > 1 else features
        keep = None if ended is None else self._keep(ended, features.dtype)
        after, self.spikes = [], []
        for layer, own in zip(self.hidden, states, strict=True):
            values, own = layer(values, own, keep)
            after.append(own)
            self.spikes.append(values)
        outputs, of_actor = self.actor(values, of_actor, keep)
        value, of_critic = self.critic(values, of_critic, keep)
        last = slice(self.ticks - 1, None, self.ticks)
        return outputs[last], value[last], torch.cat([*after, of_actor, of_critic], dim=1)

    def _keep(self, ended: Tensor, dtype: torch.dtype) -> Tensor | None:
        """Return 0 at the first tick after an end, else 1, shape (n_steps * ticks, n_batch, 1); None: all are 1."""
        before_last = ended[:-1]
        if not bool(before_last.any()):
            return None
        keep = torch.ones((len(ended) * self.ticks, ended.shape[1], 1), dtype=dtype)
        keep[self.ticks :: self.ticks, :, 0] = (~before_last).to(dtype)
        return keep

    @property
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """Weights and biases of each layer and of the head for actions, and recurrent weights."""
        layers = [*(layer.currents for layer in self.hidden), self.actor.currents]
        recurrent = {f"recurrent_{k}": layer.recurrent for k, layer in enumerate(self.hidden)}
        return _affine(layers) | {name: p for name, p in recurrent.items() if p is not None}


class DenseActorCritic(ActorCritic):
    """The twin without neurons: layers of ELU units with linear heads.

    Parameters
    ----------
    n_inputs : int
    hidden : sequence of int
        Units in each hidden layer.
    n_outputs : int
    activation : torch.nn.Module
        What a hidden unit makes of its sum.
    """

    def __init__(self, n_inputs: int, hidden: Sequence[int], n_outputs: int, activation: nn.Module) -> None:
        super().__init__()
        sizes = [n_inputs, *hidden]
        self.hidden = nn.ModuleList(Affine(a, b) for a, b in pairwise(sizes))
        self.actor, self.critic = Affine(sizes[-1], n_outputs), Affine(sizes[-1], 1)
        self.activation = activation

    def forward(self, features: Tensor, state: Tensor, ended: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return outputs, values and the state, which is empty (see `ActorCritic.forward`)."""
        values = features
        for layer in self.hidden:
            values = self.activation(layer(values))
        return self.actor(values), self.critic(values), state

    @property
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """Weights and biases of each layer and of the head for actions."""
        return _affine([*self.hidden, self.actor])


def _affine(layers: Sequence[nn.Module]) -> dict[str, nn.Parameter]:
    weights: dict[str, nn.Parameter] = {f"weights_{k}": layer.weights for k, layer in enumerate(layers)}
    return weights | {f"biases_{k}": layer.biases for k, layer in enumerate(layers)}
