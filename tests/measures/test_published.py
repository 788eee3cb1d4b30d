"""Published scores hold together, and the constants of energy give the published energies."""

import pytest

from neurosim_rl.measures.energy import DEVICES, dense_operations
from neurosim_rl.measures.published import EXPERT_ACTORS, SCORES
from neurosim_rl.optimizees import TASKS
from neurosim_rl.optimizees.robot import Robot

TRAINED = {
    "swimmer": [((8, 64, 64, 2), 1), ((8, 64, 64, 1), 1)],
    "hopper": [((11, 256, 256, 6), 1), ((14, 256, 256, 1), 4)],
    "half-cheetah": [((17, 256, 256, 12), 1), ((23, 256, 256, 25), 4)],
    "walker2d": [((17, 256, 256, 12), 1), ((23, 256, 256, 1), 4)],
    "ant": [((105, 256, 256, 16), 1), ((113, 256, 256, 1), 4)],
}
"""All networks of the experts' training, and how many of each: actor, critics and their targets."""
WEIGHTS = {"swimmer": 9_408, "hopper": 347_392, "half-cheetah": 384_256, "walker2d": 359_680, "ant": 475_392}
ENERGIES_J = {
    "swimmer": {"x86": 8.31e-5, "arm": 8.70e-6},
    "hopper": {"x86": 3.01e-3, "arm": 3.15e-4},
    "half-cheetah": {"x86": 3.33e-3, "arm": 3.48e-4},
    "walker2d": {"x86": 3.12e-3, "arm": 3.26e-4},
    "ant": {"x86": 4.11e-3, "arm": 4.30e-4},
}
"""Weights and energies of the dense experts as Vasilache et al. 2025 print them."""


@pytest.mark.parametrize("task", sorted(SCORES))
def test_published_weights_and_energies_are_those_of_all_networks_of_training(task: str) -> None:
    counts = [(n * m, n * u) for sizes, n in TRAINED[task] for m, u in [dense_operations(sizes)]]
    operations, units = (sum(column) for column in zip(*counts, strict=True))
    assert operations == WEIGHTS[task]
    for device, published_j in ENERGIES_J[task].items():
        assert DEVICES[device].energy_j(operations, units) == pytest.approx(published_j, rel=0.005)


@pytest.mark.parametrize("task", sorted(SCORES))
def test_the_acting_network_is_the_trained_actor(task: str) -> None:
    (trained, _), *_ = TRAINED[task]
    acting = EXPERT_ACTORS[task]
    assert acting[:-1] == trained[:-1]
    assert trained[-1] in (acting[-1], 2 * acting[-1])  # means, or means and deviations
    assert acting[-1] == len(TASKS[task].action_labels)


def test_scores_are_of_robots_that_exist_and_name_their_sources() -> None:
    for task, scores in SCORES.items():
        assert issubclass(TASKS[task], Robot)
        assert len({score.controller for score in scores}) == len(scores)
        assert all("20" in score.source or "zoo" in score.source for score in scores)
