"""Signal tracking: a network learns to reproduce its input signal (Zanatta et al. 2024, equation 16, table 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.networks import Neurons, SpikingActorCritic
from neurosim_rl.gradient.one_thread import one_torch_thread
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option, read_options

N_SINUSOIDS = 16
STEP_S = 0.01
TRAINING, VALIDATION = 0, 1
"""The two sets of signals."""
IN_CACHE = 2**20
"""Largest number of membranes of a layer (signals times steps times neurons) in one pass, to fit the cache."""


def signals(seed: int, part: int, n: int, n_steps: int) -> np.ndarray:
    """Return sums of 16 sinusoids, shape (n_steps, n).

    s(t) = sum of A sin(f t + phi), with t from 0 s in steps of 0.01 s; A is uniform in [0, 1], f in [0, 2] rad/s, and
    phi in [0, pi] (equation 16).

    Parameters
    ----------
    seed : int
    part : int
        `TRAINING` or `VALIDATION`.
    n, n_steps : int
        Number of signals, and their length.
    """
    rng = generator(seed, Purpose.TRACKING, part)
    amplitude = rng.uniform(0, 1.0, (n, N_SINUSOIDS))
    frequency = rng.uniform(0, 2.0, (n, N_SINUSOIDS))
    phase = rng.uniform(0, np.pi, (n, N_SINUSOIDS))
    values = np.empty((n_steps, n))
    for step, t in enumerate(np.arange(n_steps) * STEP_S):
        values[step] = (amplitude * np.sin(frequency * t + phase)).sum(axis=1)
    return values


@dataclass(frozen=True)
class TrackingOptions:
    """Options of a training. Defaults are those of the paper; it does not state the number of epochs."""

    layers: int = option(1, "hidden layers", low=1)
    neurons: int = option(64, "neurons in each hidden layer", low=1)
    seed: int = option(1, "seed of weights, signals and their order", low=0)
    surrogate: str = option("rectangular", "surrogate gradient of a spike")
    width: float = option(0.5, "width of the surrogate", low=1e-9)
    learn_width: bool = option(False, "whether each layer learns the width of its surrogate")
    samples: int = option(512, "number of training signals, and of validation signals", low=1)
    steps: int = option(2000, "steps of a signal, 0.01 s each", low=2)
    epochs: int = option(20, "passes over the training signals", low=1)
    batch: int = option(32, "signals between updates", low=1)
    learning_rate: float = option(1e-3, "learning rate of Adam", low=0)

    def __post_init__(self) -> None:
        """Check the ranges."""
        read_options(TrackingOptions, vars(self), "tracking")


@dataclass(frozen=True)
class Tracked:
    """Results of a training.

    Parameters
    ----------
    n_parameters : int
        Number of weights and biases.
    losses : array, shape (n_validations,)
        Mean squared error on the validation signals, before training and at each validation.
    widths : tuple of float
        Width of the surrogate of each layer after training.
    """

    n_parameters: int
    losses: np.ndarray
    widths: tuple[float, ...]


def track(options: TrackingOptions, validate_every: int = 1) -> Tracked:
    """Train a network to reproduce its input, with one tick for each step.

    The result depends only on the arguments; `validate_every` has no effect on the training itself.

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
        raise ConfigurationError(f"validate_every = {validate_every}: expected at least 1. Set a larger number.")
    with one_torch_thread():
        torch.manual_seed(options.seed)
        neurons = Neurons(surrogate=options.surrogate, width=options.width, learn_width=options.learn_width)
        network = SpikingActorCritic(1, (options.neurons,) * options.layers, 1, neurons)
        optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=options.learning_rate)
        training, validation = _signals(options, TRAINING), _signals(options, VALIDATION)
        together = max(1, IN_CACHE // (options.steps * options.neurons))
        losses = [_validate(network, validation, together)]
        for epoch in range(1, options.epochs + 1):
            for rows in torch.randperm(options.samples).split(options.batch):
                optimizer.zero_grad()
                # Parts of a batch that fit the cache; their gradients add up to that of the whole batch.
                for part in rows.split(together):
                    (_loss(network, training[:, part]) * (len(part) / len(rows))).backward()
                optimizer.step()
            if epoch % validate_every == 0 or epoch == options.epochs:
                losses.append(_validate(network, validation, together))
        widths = tuple(float(layer.width.detach()) for layer in network.spiking_layers)
    n_parameters = sum(p.numel() for p in network.actors_parameters.values())
    return Tracked(n_parameters, np.array(losses), widths)


def _signals(options: TrackingOptions, part: int) -> Tensor:
    """Return the training or validation signals, shape (n_steps, n_samples, 1)."""
    values = signals(options.seed, part, options.samples, options.steps)
    return torch.as_tensor(values, dtype=torch.float32)[..., None]


def _loss(network: SpikingActorCritic, signal: Tensor) -> Tensor:
    """Return the mean squared error of the network's outputs."""
    outputs, _, _ = network(signal, torch.zeros(signal.shape[1], network.n_state), None)
    return torch.nn.functional.mse_loss(outputs, signal)


def _validate(network: SpikingActorCritic, signal: Tensor, together: int) -> float:
    """Return the mean squared error over all signals."""
    total = 0.0
    with torch.no_grad():
        for part in signal.split(together, dim=1):
            total += float(_loss(network, part)) * part.shape[1]
    return total / signal.shape[1]
