"""Hybrid units: composable pieces between parts of a network that carry numbers and parts that carry spikes.

After Zhao et al. 2022 (Nat. Commun. 13:3427): a signal in time goes through a window W, a filter H, a nonlinearity F
and a discretisation Q. Each piece can be designed, or learned, or left out; a piece takes and gives a Tensor of shape
(n_ticks, n_batch, n_channels). From spikes to numbers: ``HybridUnit(window=Window(10), filter=ExponentialFilter(n))``.
From numbers to spikes: ``HybridUnit(nonlinearity=torch.nn.ReLU(), discretisation=SpikeDiscretisation(n))``.

Example
-------
An encoder without neurons in front of a spiking controller::

    encoder = torch.nn.Sequential(Affine(4, 16), torch.nn.ELU())
    unit = HybridUnit(discretisation=SpikeDiscretisation(16))
    network = Hybrid(encoder, unit, SpikingActorCritic(16, (32,), 2, Neurons()))

`Hybrid` is an `ActorCritic`: the PPO of this package trains it like any other (`neurosim_rl.gradient.training.train`
with ``create``). ``python -m benchmarks.hybrid`` does so, and plays the spiking controller in NEST.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.networks import ActorCritic
from neurosim_rl.gradient.surrogates import spike

Piece = Callable[[Tensor], Tensor]
"""Takes and gives a signal of shape (n_ticks, n_batch, n_channels)."""


def _check(name: str, value: float, fits: bool, expected: str) -> None:
    if not fits:
        raise ConfigurationError(f"{name} = {value}: expected {expected}.")


class Window(nn.Module):
    """W: what a signal was in the last ticks, summed up with weights; it is 0 before the first tick.

    Parameters
    ----------
    n_ticks : int
        Length of the window, at least 1.
    learn : bool
        Whether the weights, at first 1 for each tick, are learned.
    """

    def __init__(self, n_ticks: int, learn: bool = False) -> None:
        super().__init__()
        _check("n_ticks", n_ticks, n_ticks >= 1, "at least 1")
        self.weights = nn.Parameter(torch.ones(n_ticks), requires_grad=learn)

    def forward(self, signal: Tensor) -> Tensor:
        """Return the sum over the window that ends with each tick, the first weight being that of the last tick."""
        n = len(self.weights)
        padded = torch.cat([signal.new_zeros((n - 1, *signal.shape[1:])), signal])
        return (padded.unfold(0, n, 1) * self.weights.flip(0)).sum(dim=-1)


class ExponentialFilter(nn.Module):
    """H: a low-pass filter for each channel, y <- decay y + (1 - decay) x, from 0.

    Parameters
    ----------
    n_channels : int
    decay : float
        At first, in (0, 1).
    learn : bool
        Whether each channel learns its decay, as the logistic function of a parameter.
    """

    def __init__(self, n_channels: int, decay: float = 0.9, learn: bool = False) -> None:
        super().__init__()
        _check("decay", decay, 0 < decay < 1, "a number between 0 and 1, both excluded")
        self.logit = nn.Parameter(torch.full((n_channels,), math.log(decay / (1 - decay))), requires_grad=learn)

    def forward(self, signal: Tensor) -> Tensor:
        """Return the filtered signal."""
        decay, values, filtered = torch.sigmoid(self.logit), torch.zeros_like(signal[0]), []
        for value in signal.unbind():
            values = decay * values + (1 - decay) * value
            filtered.append(values)
        return torch.stack(filtered)


class Scale(nn.Module):
    """F: a gain and an offset for each channel, which are learned, then a fixed nonlinearity.

    Parameters
    ----------
    n_channels : int
    activation : callable
        Identity if left out.
    """

    def __init__(self, n_channels: int, activation: Piece = lambda signal: signal) -> None:
        super().__init__()
        self.gain, self.offset = nn.Parameter(torch.ones(n_channels)), nn.Parameter(torch.zeros(n_channels))
        self.activation = activation

    def forward(self, signal: Tensor) -> Tensor:
        """Return the scaled signal after the nonlinearity."""
        return self.activation(signal * self.gain + self.offset)


class SpikeDiscretisation(nn.Module):
    """Q: integrate-and-fire neurons, one a channel, that lose the threshold when they spike.

    Spikes count a signal that lies between 0 and the threshold in each tick, to within one threshold. What exceeds it
    (a neuron spikes once a tick at most) or is negative piles up in the membrane, and is paid back later or never.

    Parameters
    ----------
    n_channels : int
    threshold : float
        Of each channel, at first; above 0.
    learn : bool
        Whether thresholds are learned; they stay above 0 because their logarithms are.
    surrogate : str
        Name in `neurosim_rl.gradient.surrogates.SURROGATES`.
    width : float
        Its width.
    """

    def __init__(
        self,
        n_channels: int,
        threshold: float = 0.5,
        learn: bool = False,
        surrogate: str = "rectangular",
        width: float = 0.5,
    ) -> None:
        super().__init__()
        _check("threshold", threshold, threshold > 0, "a number above 0")
        _check("width", width, width > 0, "a number above 0")
        self.log_threshold = nn.Parameter(torch.full((n_channels,), math.log(threshold)), requires_grad=learn)
        self.surrogate = surrogate
        self.register_buffer("width", torch.tensor(width))

    @property
    def threshold(self) -> Tensor:
        """Threshold of each channel, shape (n_channels,)."""
        return self.log_threshold.exp()

    def forward(self, signal: Tensor) -> Tensor:
        """Return spikes, 0 or 1."""
        threshold = self.threshold
        membrane, spikes = torch.zeros_like(signal[0]), []
        for value in signal.unbind():
            membrane = membrane + value
            z = spike(membrane - threshold, self.width, self.surrogate)
            membrane = membrane - z * threshold
            spikes.append(z)
        return torch.stack(spikes)


class Quantisation(nn.Module):
    """Q: the nearest multiple of a step; backward as if nothing had been rounded (straight-through).

    Parameters
    ----------
    step : float
        Above 0.
    """

    def __init__(self, step: float) -> None:
        super().__init__()
        _check("step", step, step > 0, "a number above 0")
        self.step = step

    def forward(self, signal: Tensor) -> Tensor:
        """Return the rounded signal."""
        return signal + (torch.round(signal / self.step) * self.step - signal).detach()


class HybridUnit(nn.Module):
    """Window, filter, nonlinearity and discretisation one after the other; those left out change nothing.

    Parameters
    ----------
    window, filter, nonlinearity, discretisation : callable or None
        See `Piece`; modules among them are learned with the unit.
    """

    def __init__(
        self,
        window: Piece | None = None,
        filter: Piece | None = None,
        nonlinearity: Piece | None = None,
        discretisation: Piece | None = None,
    ) -> None:
        super().__init__()
        self.window, self.filter, self.nonlinearity, self.discretisation = window, filter, nonlinearity, discretisation

    def forward(self, signal: Tensor) -> Tensor:
        """Return what has gone through all pieces, shape (n_ticks, n_batch, n_channels)."""
        for piece in (self.window, self.filter, self.nonlinearity, self.discretisation):
            signal = signal if piece is None else piece(signal)
        return signal


class Hybrid(ActorCritic):
    """An encoder, a hybrid unit, and a network behind them.

    The encoder and the unit answer each observation by itself: the unit's signal is the observation, held for some
    ticks, whose mean the network gets. The network alone remembers.

    Parameters
    ----------
    encoder : torch.nn.Module
        From observations, shape (..., n_inputs), to channels, shape (..., n_channels).
    unit : HybridUnit
    network : ActorCritic
        Takes the channels as its inputs.
    unit_ticks : int
        Ticks for which the unit gets an observation.
    """

    def __init__(self, encoder: nn.Module, unit: HybridUnit, network: ActorCritic, unit_ticks: int = 4) -> None:
        super().__init__()
        self.encoder, self.unit, self.network, self.unit_ticks = encoder, unit, network, unit_ticks
        self.n_state = network.n_state

    def forward(self, features: Tensor, state: Tensor, ended: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return outputs, values and state (see `ActorCritic.forward`)."""
        return self.network(self.encoded(features), state, ended)  # type: ignore[no-any-return]

    def encoded(self, features: Tensor) -> Tensor:
        """Return what the network gets, shape (..., n_channels), for features of shape (..., n_inputs)."""
        channels = self.encoder(features)
        held = channels.reshape(1, -1, channels.shape[-1]).expand(self.unit_ticks, -1, -1)
        return self.unit(held).mean(dim=0).reshape(channels.shape)  # type: ignore[no-any-return]

    @property
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """Those of the network; the encoder and the unit are no part of a genome."""
        return self.network.actors_parameters
