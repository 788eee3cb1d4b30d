"""Networks with an actor and a critic: shared hidden layers, a head for actions, and a head for the value."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.fields import FieldLayer
from neurosim_rl.gradient.layers import Affine, LeakyIntegrators, SpikingLayer


@dataclass(frozen=True)
class Neurons:
    """Parameters that all hidden layers of a spiking network share; see `neurosim_rl.gradient.layers.SpikingLayer`.

    Parameters
    ----------
    decay : float
        In [0, 1).
    threshold : float
        Above 0.
    ticks : int
        Ticks for each observation, at least 1.
    recurrent : bool
    surrogate : str
    width : float
    learn_width : bool
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
    """Base class of networks with an actor and a critic, spiking or not.

    Attributes
    ----------
    n_state : int
        Size of the state that is kept from one observation to the next.
    """

    n_state = 0

    @abstractmethod
    def forward(self, features: Tensor, state: Tensor, ended: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return outputs, values and the state after a sequence of observations.

        Parameters
        ----------
        features : Tensor, shape (n_steps, n_batch, n_inputs)
        state : Tensor, shape (n_batch, n_state)
            State before the first observation.
        ended : bool Tensor of shape (n_steps, n_batch), or None
            Whether an episode ended with each step; the next step then begins at rest. None = no episode ended.

        Returns
        -------
        outputs : Tensor, shape (n_steps, n_batch, n_outputs)
        values : Tensor, shape (n_steps, n_batch, 1)
        state : Tensor, shape (n_batch, n_state)
        """

    @property
    @abstractmethod
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """Parameters of the actor, with the hidden layers, by their names in a genome; without the critic's head."""

    def genome(self) -> dict[str, np.ndarray]:
        """Return the parameters of the actor as arrays, float64."""
        return {name: p.detach().double().numpy().copy() for name, p in self.actors_parameters.items()}

    def load_genome(self, genome: Mapping[str, np.ndarray]) -> None:
        """Set the parameters of the actor from arrays of the same shapes."""
        with torch.no_grad():
            for name, parameter in self.actors_parameters.items():
                parameter.copy_(torch.as_tensor(np.ascontiguousarray(genome[name])))


class SpikingActorCritic(ActorCritic):
    """Leaky integrate-and-fire neurons, with heads of neurons that do not spike (Zanatta et al. 2024).

    Observations are currents into the first layer, the same in each tick. The outputs are the membranes of the heads
    after the last tick.

    Parameters
    ----------
    n_inputs : int
    hidden : sequence of int
        Neurons in each hidden layer, at least one layer.
    n_outputs : int
    neurons : Neurons
    fields : FieldLayer or None
        Layer between observations and the first hidden layer; None: observations are its inputs.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden: Sequence[int],
        n_outputs: int,
        neurons: Neurons,
        fields: FieldLayer | None = None,
    ) -> None:
        super().__init__()
        self.ticks, self.fields = neurons.ticks, fields
        self.hidden = nn.ModuleList()
        for n_source, n_neurons in pairwise([n_inputs, *hidden]):
            layer = SpikingLayer(
                n_source,
                n_neurons,
                neurons.decay,
                neurons.threshold,
                neurons.surrogate,
                neurons.width,
                neurons.learn_width,
                neurons.recurrent,
            )
            self.hidden.append(layer)
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
        *states, actor_state, critic_state = state.split(self._n_states, dim=1)
        values = features if self.fields is None else self.fields(features)
        if self.ticks > 1:
            values = values.repeat_interleave(self.ticks, dim=0)
        keep = None if ended is None else self._keep(ended, features.dtype)
        states_after, self.spikes = [], []
        for layer, layer_state in zip(self.hidden, states, strict=True):
            values, state_after = layer(values, layer_state, keep)
            states_after.append(state_after)
            self.spikes.append(values)
        outputs, actor_state = self.actor(values, actor_state, keep)
        value, critic_state = self.critic(values, critic_state, keep)
        last_ticks = slice(self.ticks - 1, None, self.ticks)
        return outputs[last_ticks], value[last_ticks], torch.cat([*states_after, actor_state, critic_state], dim=1)

    def _keep(self, ended: Tensor, dtype: torch.dtype) -> Tensor | None:
        """Return the factor of the state before each tick (0 after an end), or None if all factors are 1.

        The factors have shape (n_steps * ticks, n_batch, 1).
        """
        ended_before_last = ended[:-1]  # an end with the last step concerns the next sequence
        if not bool(ended_before_last.any()):
            return None
        keep = torch.ones((len(ended) * self.ticks, ended.shape[1], 1), dtype=dtype)
        keep[self.ticks :: self.ticks, :, 0] = (~ended_before_last).to(dtype)
        return keep

    @property
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """Weights and biases of each layer and of the head for actions, recurrent weights, and learned fields."""
        layers = [*(layer.currents for layer in self.hidden), self.actor.currents]
        parameters = _affine(layers)
        for k, layer in enumerate(self.hidden):
            if layer.recurrent is not None:
                parameters[f"recurrent_{k}"] = layer.recurrent
        return parameters if self.fields is None else parameters | self.fields.genes


class DenseActorCritic(ActorCritic):
    """Fully connected layers without spikes, with linear heads.

    Parameters
    ----------
    n_inputs : int
    hidden : sequence of int
        Units in each hidden layer.
    n_outputs : int
    activation : torch.nn.Module
        Activation function of hidden units.
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
    """Return the weights and biases of `Affine` layers by their names in a genome: all weights, then all biases."""
    weights: dict[str, nn.Parameter] = {f"weights_{k}": layer.weights for k, layer in enumerate(layers)}
    return weights | {f"biases_{k}": layer.biases for k, layer in enumerate(layers)}
