"""A trained network, in PyTorch, beside its copy that played: the same observations, the same actions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from neurosim_rl.bridge.actions import actions_of_outputs
from neurosim_rl.evaluation.replay import REFERENCE
from neurosim_rl.gradient.twins import features, trained_network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.recording import Recording
from neurosim_rl.simulators import Simulator, create_simulator

SAME_ACTION = 1e-9
"""Actions that are no further apart are the same: exponentials are rounded to 1e-12 in the one, not in the other."""


@dataclass(frozen=True)
class TwinComparison:
    """How a recording compares with the network in PyTorch, in double precision.

    Parameters
    ----------
    actions_compared, actions_differing : int
    largest_difference_mv : float
        Between output membranes in NEST and in PyTorch, over all windows; NaN without neurons.
    """

    actions_compared: int
    actions_differing: int
    largest_difference_mv: float


def compare_with_twin(optimizee: ClosedLoop, vector: np.ndarray, recording: Recording) -> TwinComparison:
    """Give the recorded observations to the network in PyTorch, and to NEST.

    As long as actions are the same, so are the episodes: each observation is what follows from the actions before it.

    Parameters
    ----------
    optimizee : ClosedLoop
        One whose model can be trained by gradients.
    vector : array, shape (n_genes,)
    recording : Recording
        Single episodes of that genome.
    """
    outputs = [_outputs(optimizee, vector, observed) for observed in _observed(recording)]
    act = actions_of_outputs(optimizee.environment.action_space)
    n_differing = 0
    for trial, (values, length) in enumerate(zip(outputs, recording.lengths.tolist(), strict=True)):
        actions = act(values).reshape(length, -1)
        differs = np.abs(actions - recording.traces.actions[trial, :length]) > SAME_ACTION
        n_differing += int(differs.any(axis=1).sum())
    largest = _largest_difference(optimizee, vector, recording, outputs) if optimizee.has_neurons else float("nan")
    return TwinComparison(int(recording.lengths.sum()), n_differing, largest)


def _observed(recording: Recording) -> list[np.ndarray]:
    """Return what each episode's windows began with, shape (n_windows, n_observations) each."""
    return [recording.traces.observations[k, :n] for k, n in enumerate(recording.lengths.tolist())]


def _outputs(optimizee: ClosedLoop, vector: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the network's outputs in an episode, shape (n_windows, n_outputs)."""
    network = trained_network(optimizee, vector)
    at_rest = torch.zeros((1, network.n_state), dtype=torch.float64)
    with torch.no_grad():
        outputs, _, _ = network(features(optimizee, observed, torch.float64)[:, None], at_rest, None)
    return outputs[:, 0].numpy()  # type: ignore[no-any-return]


def _largest_difference(
    optimizee: ClosedLoop, vector: np.ndarray, recording: Recording, outputs: list[np.ndarray]
) -> float:
    """Return the largest difference between membranes of NEST and of PyTorch, all episodes in one kernel."""
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
