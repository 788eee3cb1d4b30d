"""Credit of past currents for a read-out: how far back in time a surrogate gradient reaches."""

from __future__ import annotations

import numpy as np
import torch

from neurosim_rl.gradient.layers import LeakyIntegrators, SpikingLayer


def credit_of_currents(
    current: np.ndarray, decay: float, threshold: float, surrogate: str, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return membranes of one neuron, and the gradient of the last read-out with respect to each tick's current.

    The current drives a spiking neuron with weight 1, and its spikes a leaky integrator with weight 1.

    Parameters
    ----------
    current : array, shape (n_ticks,)
    decay : float
        Share of a membrane that is left after a tick, of both.
    threshold : float
    surrogate : str
        A name of `SURROGATES`.
    width : float

    Returns
    -------
    membrane, gradient : array, each of shape (n_ticks,)
        The membrane before the reset of a spike.
    """
    neuron = SpikingLayer(1, 1, decay, threshold, surrogate, width).double()
    readout = LeakyIntegrators(1, 1, decay).double()
    with torch.no_grad():
        for layer in (neuron, readout):
            layer.currents.weights.fill_(1.0)
            layer.currents.biases.zero_()
    inputs = torch.tensor(current[:, None, None], dtype=torch.float64, requires_grad=True)
    at_rest = torch.zeros(1, 1, dtype=torch.float64)
    spikes, _ = neuron(inputs, at_rest, None)
    outputs, _ = readout(spikes, at_rest, None)
    outputs[-1].sum().backward()
    assert inputs.grad is not None
    return _membranes(current, spikes.detach().numpy().ravel(), decay), inputs.grad.numpy().ravel()


def _membranes(current: np.ndarray, spikes: np.ndarray, decay: float) -> np.ndarray:
    """Return the membrane in each tick, before it is reset where the neuron spiked."""
    membrane = np.zeros(len(current))
    v = 0.0
    for tick, value in enumerate(current):
        v = decay * v + value
        membrane[tick] = v
        v = 0.0 if spikes[tick] else v
    return membrane
