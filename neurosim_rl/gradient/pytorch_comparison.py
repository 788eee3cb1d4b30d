"""Comparison of a recording with the PyTorch network of the same genome: actions, and membranes in NEST."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from neurosim_rl.bridge.actions import actions_of_outputs
from neurosim_rl.evaluation.replay import REFERENCE
from neurosim_rl.gradient.conversion import features, trained_network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.recording import Recording
from neurosim_rl.simulators import Simulator, create_simulator

SAME_ACTION = 1e-9
"""Largest difference of equal actions: a policy rounds exponentials to 1e-12, and PyTorch does not."""


@dataclass(frozen=True)
class PyTorchComparison:
    """Comparison of a recording with the PyTorch network, in double precision.

    Parameters
    ----------
    actions_compared, actions_differing : int
    largest_difference_mv : float
        Largest difference between output membranes in NEST and in PyTorch over all windows; NaN without neurons.
    """

    actions_compared: int
    actions_differing: int
    largest_difference_mv: float


def compare_with_pytorch(optimizee: ClosedLoop, vector: np.ndarray, recording: Recording) -> PyTorchComparison:
    """Compare the answers of the PyTorch network and of NEST to the recorded observations.

    Both get the recorded observations. If all actions are equal, PyTorch would have played the same episodes, because
    observations follow from actions.

    Parameters
    ----------
    optimizee : ClosedLoop
        Optimizee with a model that can be trained by gradients.
    vector : array, shape (n_genes,)
    recording : Recording
        Single episodes of that genome.
    """
    outputs = [outputs_of_episode(optimizee, vector, observed) for observed in _observed(recording)]
    act = actions_of_outputs(optimizee.environment.action_space)
    n_differing = 0
    for trial, (values, length) in enumerate(zip(outputs, recording.lengths.tolist(), strict=True)):
        actions = act(values).reshape(length, -1)
        differs = np.abs(actions - recording.traces.actions[trial, :length]) > SAME_ACTION
        n_differing += int(differs.any(axis=1).sum())
    largest = float("nan")
    if optimizee.has_neurons:
        largest = _largest_difference(optimizee, vector, recording, outputs)
    return PyTorchComparison(int(recording.lengths.sum()), n_differing, largest)


def _observed(recording: Recording) -> list[np.ndarray]:
    """Return the observations at the beginning of the windows of each episode, shape (n_windows, n_observations)."""
    return [recording.traces.observations[k, :n] for k, n in enumerate(recording.lengths.tolist())]


def outputs_of_episode(optimizee: ClosedLoop, vector: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the outputs of the PyTorch network in an episode, shape (n_windows, n_outputs)."""
    network = trained_network(optimizee, vector)
    at_rest = torch.zeros((1, network.n_state), dtype=torch.float64)
    with torch.no_grad():
        outputs, _, _ = network(features(optimizee, observed, torch.float64)[:, None], at_rest, None)
    return outputs[:, 0].numpy()  # type: ignore[no-any-return]


def _largest_difference(
    optimizee: ClosedLoop, vector: np.ndarray, recording: Recording, outputs: list[np.ndarray]
) -> float:
    """Return the largest difference between output membranes in NEST and in PyTorch; one kernel plays all episodes."""
    lengths, largest = recording.lengths, 0.0
    with create_simulator(REFERENCE) as simulator:
        simulator.build([optimizee.network(vector)] * len(lengths))
        optimizee.encoder.start(simulator.networks)
        for window in range(int(lengths.max())):
            active = np.flatnonzero(lengths > window)
            expected = np.stack([outputs[k][window] for k in active])
            found = _membranes(optimizee, simulator, recording.traces.observations[active, window], active)
            largest = max(largest, float(np.abs(found - expected).max()))
    return largest


def _membranes(optimizee: ClosedLoop, simulator: Simulator, observed: np.ndarray, active: np.ndarray) -> np.ndarray:
    drive = optimizee.encoder.encode(optimizee.normalisation.apply(observed), active, [])
    for part, part_ms in optimizee.encoder.phases(drive):
        simulator.advance(part, part_ms, active)
    return simulator.output_mv()
