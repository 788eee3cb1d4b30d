"""Hybrid units (Zhao et al. 2022): conversion between numbers and spikes within one network.

After Zhao et al. 2022 (Nat. Commun. 13:3427), a signal in time passes through a window W, a filter H, a nonlinearity F
and a discretisation Q. Each piece can be fixed, learned or left out. A piece maps a Tensor of shape (n_ticks, n_batch,
n_channels) to another. From spikes to numbers: ``HybridUnit(window=Window(10), filter=ExponentialFilter(n))``.
From numbers to spikes: ``HybridUnit(nonlinearity=torch.nn.ReLU(), discretisation=SpikeDiscretisation(n))``.

Example
-------
An encoder without neurons in front of a spiking controller::

    encoder = torch.nn.Sequential(Affine(4, 16), torch.nn.ELU())
    unit = HybridUnit(discretisation=SpikeDiscretisation(16))
    network = Hybrid(encoder, unit, SpikingActorCritic(16, (32,), 2, Neurons()))

`Hybrid` is an `ActorCritic`: PPO trains it like any other network (`train_generation` with
``create``). ``python -m benchmarks.hybrid`` does this, and replays the spiking controller in NEST.
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
"""A function from one signal to another, of shape (n_ticks, n_batch, n_channels)."""


def _check(name: str, value: float, fits: bool, expected: str) -> None:
    if not fits:
        raise ConfigurationError(f"{name} = {value}: expected {expected}.")


class Window(nn.Module):
    """W: the weighted sum of a signal over the last ticks; the signal is 0 before the first tick.

    Parameters
    ----------
    n_ticks : int
        Length of the window, at least 1.
    learn : bool
        Whether the weights are learned; each is 1 at first.
    """

    def __init__(self, n_ticks: int, learn: bool = False) -> None:
        super().__init__()
        _check("n_ticks", n_ticks, n_ticks >= 1, "at least 1")
        self.weights = nn.Parameter(torch.ones(n_ticks), requires_grad=learn)

    def forward(self, signal: Tensor) -> Tensor:
        """Return the sum over the window that ends with each tick; the first weight belongs to the latest tick."""
        n = len(self.weights)
        padded = torch.cat([signal.new_zeros((n - 1, *signal.shape[1:])), signal])
        return (padded.unfold(0, n, 1) * self.weights.flip(0)).sum(dim=-1)


class ExponentialFilter(nn.Module):
    """H: a low-pass filter for each channel, y <- decay y + (1 - decay) x, beginning at 0.

    Parameters
    ----------
    n_channels : int
    decay : float
        First decay, in (0, 1).
    learn : bool
        Whether each channel learns its decay, which is the logistic function of a parameter.
    """

    def __init__(self, n_channels: int, decay: float = 0.9, learn: bool = False) -> None:
        super().__init__()
        _check("decay", decay, 0 < decay < 1, "a number between 0 and 1, both excluded")
        self.logit = nn.Parameter(torch.full((n_channels,), math.log(decay / (1 - decay))), requires_grad=learn)

    def forward(self, signal: Tensor) -> Tensor:
        """Return the filtered signal."""
        decay, values = torch.sigmoid(self.logit), torch.zeros_like(signal[0])
        filtered = []
        for value in signal.unbind():
            values = decay * values + (1 - decay) * value
            filtered.append(values)
        return torch.stack(filtered)


class Scale(nn.Module):
    """F: a learned gain and a learned offset for each channel, then a fixed nonlinearity.

    Parameters
    ----------
    n_channels : int
    activation : callable
        Nonlinearity; the identity by default.
    """

    def __init__(self, n_channels: int, activation: Piece = lambda signal: signal) -> None:
        super().__init__()
        self.gain, self.offset = nn.Parameter(torch.ones(n_channels)), nn.Parameter(torch.zeros(n_channels))
        self.activation = activation

    def forward(self, signal: Tensor) -> Tensor:
        """Return the scaled signal after the nonlinearity."""
        return self.activation(signal * self.gain + self.offset)


class SpikeDiscretisation(nn.Module):
    """Q: one integrate-and-fire neuron for each channel; a spike subtracts the threshold from the membrane.

    If the signal of each tick lies between 0 and the threshold, the number of spikes times the threshold equals the
    summed signal, up to one threshold. A larger or a negative signal accumulates in the membrane, because a neuron
    spikes at most once in each tick.

    Parameters
    ----------
    n_channels : int
    threshold : float
        First threshold of each channel, above 0.
    learn : bool
        Whether thresholds are learned; they stay above 0, because their logarithms are the parameters.
    surrogate : str
        Name in `neurosim_rl.gradient.surrogates.SURROGATES`.
    width : float
        Width of the surrogate.
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
        membrane = torch.zeros_like(signal[0])
        spikes = []
        for value in signal.unbind():
            membrane = membrane + value
            z = spike(membrane - threshold, self.width, self.surrogate)
            membrane = membrane - z * threshold
            spikes.append(z)
        return torch.stack(spikes)


class Quantisation(nn.Module):
    """Q: the nearest multiple of a step; the gradient ignores the rounding (straight-through estimator).

    Parameters
    ----------
    step : float
        Step, above 0.
    """

    def __init__(self, step: float) -> None:
        super().__init__()
        _check("step", step, step > 0, "a number above 0")
        self.step = step

    def forward(self, signal: Tensor) -> Tensor:
        """Return the rounded signal."""
        rounding = torch.round(signal / self.step) * self.step - signal
        return signal + rounding.detach()


class HybridUnit(nn.Module):
    """Window, filter, nonlinearity and discretisation one after the other; each can be left out.

    Parameters
    ----------
    window, filter, nonlinearity, discretisation : callable or None
        Pieces (`Piece`); parameters of modules among them are trained with the unit. None = left out.
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
        """Return the signal after all pieces, shape (n_ticks, n_batch, n_channels)."""
        for piece in (self.window, self.filter, self.nonlinearity, self.discretisation):
            if piece is not None:
                signal = piece(signal)
        return signal


class Hybrid(ActorCritic):
    """An encoder, then a hybrid unit, then a network.

    The unit gets each encoded observation for some ticks, and the network gets the mean of the unit's output over these
    ticks. The encoder and the unit have no state between observations; only the network has.

    Parameters
    ----------
    encoder : torch.nn.Module
        Maps observations, shape (..., n_inputs), to channels, shape (..., n_channels).
    unit : HybridUnit
    network : ActorCritic
        Network with the channels as inputs.
    unit_ticks : int
        Ticks of the unit for each observation.
    """

    def __init__(self, encoder: nn.Module, unit: HybridUnit, network: ActorCritic, unit_ticks: int = 4) -> None:
        super().__init__()
        self.encoder, self.unit, self.network, self.unit_ticks = encoder, unit, network, unit_ticks
        self.n_state = network.n_state

    def forward(self, features: Tensor, state: Tensor, ended: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return outputs, values and state (see `ActorCritic.forward`)."""
        return self.network(self.encoded(features), state, ended)  # type: ignore[no-any-return]

    def encoded(self, features: Tensor) -> Tensor:
        """Return the inputs of the network, shape (..., n_channels), for features of shape (..., n_inputs)."""
        channels = self.encoder(features)
        held = channels.reshape(1, -1, channels.shape[-1]).expand(self.unit_ticks, -1, -1)
        return self.unit(held).mean(dim=0).reshape(channels.shape)  # type: ignore[no-any-return]

    @property
    def actors_parameters(self) -> dict[str, nn.Parameter]:
        """Parameters of the network's actor; the encoder and the unit do not belong to a genome."""
        return self.network.actors_parameters
