"""Layers of leaky integrate-and-fire neurons in discrete time, for PyTorch.

One tick of a spiking neuron (Zanatta et al. 2024, equations 6 to 9; as in Wu et al. 2018)::

    v  <-  decay * v + I,   I = sum of weights * inputs + bias
    z  =   1 if v >= threshold else 0
    v  <-  0 where z = 1                    (hard reset to a resting potential of 0)

A tick passes through all layers at once: the inputs of a layer are the spikes of the layer below in the same tick. In
the paper, equations 7 and 8 have delays: a layer gets the spikes of the previous tick, z(t-1), and a membrane that
crosses the threshold at t spikes at t+1. With one tick for each observation, as in the paper and here, each layer would
then delay the answer to an observation by further steps. A neuron that does not spike has no threshold; its membrane is
its output.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from neurosim_rl.gradient.scans import LeakyScan, SpikingScan
from neurosim_rl.gradient.surrogates import SURROGATES, spike
from neurosim_rl.settings.checks import lookup


class Affine(nn.Module):
    """Weighted sums with biases; first values are uniform within 1 / sqrt(n_inputs), as in PyTorch's ``Linear``.

    Parameters
    ----------
    n_inputs, n_outputs : int
    """

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        limit = 1 / math.sqrt(n_inputs)
        self.weights = nn.Parameter(torch.empty(n_inputs, n_outputs).uniform_(-limit, limit))
        self.biases = nn.Parameter(torch.empty(n_outputs).uniform_(-limit, limit))

    def forward(self, values: Tensor) -> Tensor:
        """Return sums, shape (..., n_outputs), of values of shape (..., n_inputs)."""
        return (values @ self.weights).add_(self.biases)  # in place, because nothing else uses the product


class LeakyIntegrators(nn.Module):
    """Non-spiking neurons: leaky integrators.

    Parameters
    ----------
    n_inputs, n_neurons : int
    decay : float
        Factor of a membrane from one tick to the next, in [0, 1).
    """

    def __init__(self, n_inputs: int, n_neurons: int, decay: float) -> None:
        super().__init__()
        self.n_state, self.decay = n_neurons, decay
        self.currents = Affine(n_inputs, n_neurons)

    def forward(self, inputs: Tensor, state: Tensor, keep: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the membranes of a sequence of ticks and the state after it.

        Parameters
        ----------
        inputs : Tensor, shape (n_ticks, n_batch, n_inputs)
        state : Tensor, shape (n_batch, n_state)
            Membranes before the first tick.
        keep : Tensor of shape (n_ticks, n_batch, 1), or None
            Factor of the state before each tick: 0 if the tick begins a new episode, else 1; None = always 1.
        """
        membranes = LeakyScan.apply(self.currents(inputs), state, keep, self.decay)
        return membranes, membranes[-1]


class SpikingLayer(nn.Module):
    """Leaky integrate-and-fire neurons with hard reset and a surrogate gradient.

    Parameters
    ----------
    n_inputs, n_neurons : int
    decay : float
        Factor of a membrane from one tick to the next, in [0, 1).
    threshold : float
    surrogate : str
        Name in `neurosim_rl.gradient.surrogates.SURROGATES`.
    width : float
        Width of the surrogate, above 0.
    learn_width : bool
        Whether the width is learned; it stays above 0, because its logarithm is the parameter.
    recurrent : bool
        Whether neurons also get the spikes of their own layer from the previous tick, with learned weights.
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        decay: float,
        threshold: float,
        surrogate: str = "rectangular",
        width: float = 0.5,
        learn_width: bool = False,
        recurrent: bool = False,
    ) -> None:
        super().__init__()
        self.n_neurons, self.decay, self.threshold, self.surrogate = n_neurons, decay, threshold, surrogate
        self.currents = Affine(n_inputs, n_neurons)
        self.log_width = nn.Parameter(torch.tensor(math.log(width)), requires_grad=learn_width)
        self.recurrent: nn.Parameter | None = None
        if recurrent:
            limit = 1 / math.sqrt(n_neurons)
            self.recurrent = nn.Parameter(torch.empty(n_neurons, n_neurons).uniform_(-limit, limit))
        self.n_state = n_neurons * (2 if recurrent else 1)

    @property
    def width(self) -> Tensor:
        """Width of the surrogate, shape ()."""
        return self.log_width.exp()

    def forward(self, inputs: Tensor, state: Tensor, keep: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the spikes of a sequence of ticks, shape (n_ticks, n_batch, n_neurons), and the state after it.

        Parameters
        ----------
        inputs, keep : Tensor
            See `LeakyIntegrators`.
        state : Tensor, shape (n_batch, n_state)
            Membranes after the reset; a recurrent layer also has the spikes of the last tick.
        """
        currents = self.currents(inputs)
        if self.recurrent is not None:
            return self._tick_by_tick(currents, state, keep, self.recurrent)
        surrogate = lookup("surrogate", self.surrogate, SURROGATES)
        spikes, state = SpikingScan.apply(currents, state, keep, self.width, self.decay, self.threshold, surrogate)
        return spikes, state

    def _tick_by_tick(
        self, currents: Tensor, state: Tensor, keep: Tensor | None, recurrent: Tensor
    ) -> tuple[Tensor, Tensor]:
        # Recurrent spikes need the previous tick of all neurons, so no compiled scan over single neurons is possible.
        width, spikes = self.width, []
        membrane, last = state.split(self.n_neurons, dim=1)
        for t, current in enumerate(currents.unbind()):
            if keep is not None:
                membrane, last = membrane * keep[t], last * keep[t]
            v = self.decay * membrane + current + last @ recurrent
            last = spike(v - self.threshold, width, self.surrogate)
            membrane = v * (1 - last)
            spikes.append(last)
        return torch.stack(spikes), torch.cat([membrane, last], dim=1)
