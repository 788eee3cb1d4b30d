"""Multimodal tracking: a network gives back the signal that it gets (Zanatta et al. 2024, equation 16, table 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.networks import Neurons, SpikingActorCritic
from neurosim_rl.gradient.training import one_torch_thread
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option, read_options

N_SINUSOIDS = 16
STEP_S = 0.01
TRAINING, VALIDATION = 0, 1
"""Which signals."""
IN_CACHE = 2**20
"""Membranes of a layer, over signals and steps, that are computed together: what is larger waits for memory."""


def signals(seed: int, part: int, n: int, n_steps: int) -> np.ndarray:
    """Return sums of 16 sinusoids, shape (n_steps, n).

    s(t) = sum of A sin(f t + phi), t in s from 0 in steps of 0.01 s, with A from 0 to 1, f from 0 to 2 rad/s, phi from
    0 to pi, all uniform (equation 16).

    Parameters
    ----------
    seed : int
    part : int
        `TRAINING` or `VALIDATION`.
    n, n_steps : int
        Number of signals, and their length.
    """
    rng = generator(seed, Purpose.TRACKING, part)
    amplitude, frequency, phase = (rng.uniform(0, high, (n, N_SINUSOIDS)) for high in (1.0, 2.0, np.pi))
    time_s = np.arange(n_steps) * STEP_S
    return np.stack([(amplitude * np.sin(frequency * t + phase)).sum(axis=1) for t in time_s])


@dataclass(frozen=True)
class TrackingOptions:
    """A training; defaults are those of the paper, which does not tell the number of epochs."""

    layers: int = option(1, "hidden layers", low=1)
    neurons: int = option(64, "neurons in each", low=1)
    seed: int = option(1, "of weights, signals and their order", low=0)
    surrogate: str = option("rectangular", "smooth curve whose derivative a spike gets")
    width: float = option(0.5, "its width", low=1e-9)
    learn_width: bool = option(False, "learnable surrogate gradient: each layer learns its width")
    samples: int = option(512, "training signals, and as many for validation", low=1)
    steps: int = option(2000, "steps of a signal, 0.01 s each", low=2)
    epochs: int = option(20, "passes through the training signals", low=1)
    batch: int = option(32, "signals between updates", low=1)
    learning_rate: float = option(1e-3, "of Adam", low=0)

    def __post_init__(self) -> None:
        """Check the ranges."""
        read_options(TrackingOptions, vars(self), "tracking")


@dataclass(frozen=True)
class Tracked:
    """What came of a training.

    Parameters
    ----------
    n_parameters : int
        Weights and biases.
    losses : array, shape (n_validations,)
        Mean squared error over the validation signals, before training and after every so many epochs.
    widths : tuple of float
        Width of each layer's surrogate in the end.
    """

    n_parameters: int
    losses: np.ndarray
    widths: tuple[float, ...]


def track(options: TrackingOptions, validate_every: int = 1) -> Tracked:
    """Train a network to give back its input, one tick a step, and return its losses.

    The result depends on the arguments only, and what is learned on the options only.

    Parameters
    ----------
    options : TrackingOptions
    validate_every : int
        Epochs from one validation to the next, at least 1; the last epoch always has one.

    Raises
    ------
    ConfigurationError
        When `validate_every` is below 1.
    """
    if validate_every < 1:
        raise ConfigurationError(f"validate_every = {validate_every}: expected at least 1.")
    with one_torch_thread():
        torch.manual_seed(options.seed)
        neurons = Neurons(surrogate=options.surrogate, width=options.width, learn_width=options.learn_width)
        network = SpikingActorCritic(1, (options.neurons,) * options.layers, 1, neurons)
        optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=options.learning_rate)
        training, validation = (
            torch.as_tensor(signals(options.seed, part, options.samples, options.steps), dtype=torch.float32)[..., None]
            for part in (TRAINING, VALIDATION)
        )
        together = max(1, IN_CACHE // (options.steps * options.neurons))
        losses = [_validate(network, validation, together)]
        for epoch in range(1, options.epochs + 1):
            for rows in torch.randperm(options.samples).split(options.batch):
                optimizer.zero_grad()
                for part in rows.split(together):
                    (_loss(network, training[:, part]) * (len(part) / len(rows))).backward()
                optimizer.step()
            if epoch % validate_every == 0 or epoch == options.epochs:
                losses.append(_validate(network, validation, together))
        widths = tuple(float(layer.width.detach()) for layer in network.spiking_layers)
    n_parameters = sum(p.numel() for p in network.actors_parameters.values())
    return Tracked(n_parameters, np.array(losses), widths)


def _loss(network: SpikingActorCritic, signal: Tensor) -> Tensor:
    outputs, _, _ = network(signal, torch.zeros(signal.shape[1], network.n_state), None)
    return torch.nn.functional.mse_loss(outputs, signal)


def _validate(network: SpikingActorCritic, signal: Tensor, together: int) -> float:
    with torch.no_grad():
        parts = signal.split(together, dim=1)
        return float(sum(float(_loss(network, part)) * part.shape[1] for part in parts) / signal.shape[1])
