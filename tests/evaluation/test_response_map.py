from functools import cache

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation import response_map as probe
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.seeds import LazyGenerators
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure

CELLS = 4


@cache
def mountain_car() -> tuple[ClosedLoop, np.ndarray]:
    """Return a task and a genome whose network does not stay silent."""
    optimizee = create_optimizee(configure("mountain-car"))
    return optimizee, np.abs(optimizee.parameters.to_vector(optimizee.create_individual())) * 2


def alone(optimizee: ClosedLoop, vector: np.ndarray, observation: np.ndarray, n_windows: int) -> np.ndarray:
    """Return the counts of one network, alone in its simulator, that is shown one observation."""
    network = optimizee.network(vector)
    active = np.zeros(1, int)
    with create_simulator("nest") as simulator:
        simulator.build([network])
        optimizee.encoder.start([network])
        for _ in range(n_windows):
            drive = optimizee.encoder.encode(observation[None], active, LazyGenerators([0], [(0,)]))
            counts = simulator.advance(drive, 20.0, active)
    return counts[0]


@pytest.mark.parametrize("n_windows", [1, 3])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 2), (3, 1)])
def test_each_cell_is_the_answer_of_a_network_of_its_own(row: int, column: int, n_windows: int) -> None:
    optimizee, vector = mountain_car()
    found = response_map(optimizee, vector, n_grid=CELLS, n_windows=n_windows)
    observation = np.array([found.x[column], found.y[row]])
    assert np.array_equal(found.counts[row, column], alone(optimizee, vector, observation, n_windows))


def test_the_network_of_these_tests_is_not_silent_and_its_answers_differ() -> None:
    counts = response_map(*mountain_car(), n_grid=CELLS, n_windows=3).counts
    assert counts.max() > 0
    assert len(np.unique(counts.reshape(-1, 3), axis=0)) > 1


def test_actions_are_those_that_the_decoder_makes_of_the_counts() -> None:
    found = response_map(*mountain_car(), n_grid=CELLS, n_windows=3)
    for counts, action in zip(found.counts.reshape(-1, 3), found.actions.ravel(), strict=True):
        winners = np.flatnonzero(counts == counts.max())
        assert action == (winners[0] if len(winners) == 1 else 1)


def test_the_grid_lies_in_the_middle_of_equal_cells_within_the_bounds() -> None:
    found = response_map(*mountain_car(), n_grid=CELLS)
    assert found.x == pytest.approx([-0.975, -0.525, -0.075, 0.375])
    assert found.y == pytest.approx([-0.0525, -0.0175, 0.0175, 0.0525])
    assert found.counts.shape == (CELLS, CELLS, 3)
    assert found.actions.shape == (CELLS, CELLS, 1)


def test_a_map_does_not_depend_on_how_many_networks_share_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = response_map(*mountain_car(), n_grid=CELLS, n_windows=2)
    monkeypatch.setattr(probe, "NEURONS_PER_KERNEL", 100)
    parts = response_map(*mountain_car(), n_grid=CELLS, n_windows=2)
    assert np.array_equal(parts.counts, whole.counts)
    assert np.array_equal(parts.actions, whole.actions)


def test_a_longer_window_counts_what_all_shorter_ones_in_it_count() -> None:
    optimizee, vector = mountain_car()
    one, two = (response_map(optimizee, vector, n_grid=CELLS, n_windows=n).counts for n in (1, 2))
    long = response_map(optimizee, vector, n_grid=CELLS, window_ms=40.0)
    assert long.window_ms == 40.0
    assert np.array_equal(long.counts, one + two)


def test_the_task_says_which_variables_span_the_map_and_the_others_rest_in_the_middle() -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    vector = np.ones(optimizee.parameters.size)
    found = response_map(optimizee, vector, n_grid=2)
    assert found.axes == (2, 3)
    assert found.fixed == pytest.approx(np.zeros(4))
    assert found.x == pytest.approx([-0.105, 0.105])


def test_a_task_may_say_where_the_other_variables_rest() -> None:
    # Half-way between its bounds a cosine and its sine are both 0, which no angle has.
    optimizee = create_optimizee(configure("acrobot"))
    found = response_map(optimizee, np.ones(optimizee.parameters.size), n_grid=2)
    assert found.axes == (4, 5)
    assert found.fixed.tolist() == [1, 0, 1, 0, 0, 0]


def test_other_variables_and_values_can_be_asked_for() -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    vector = np.ones(optimizee.parameters.size)
    fixed = np.array([0.0, 0.0, 0.2, 2.9])
    found = response_map(optimizee, vector, n_grid=2, n_windows=2, axes=(1, 0), fixed=fixed)
    assert found.x == pytest.approx([-1.5, 1.5])
    assert found.y == pytest.approx([-1.2, 1.2])
    observation = np.array([found.y[1], found.x[0], 0.2, 2.9])
    assert np.array_equal(found.counts[1, 0], alone(optimizee, vector, observation, 2))


def test_a_grid_needs_bounds() -> None:
    optimizee = create_optimizee(configure("pendulum"))
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    low = optimizee.normalisation.shown_bounds[0]
    with pytest.raises(ConfigurationError, match=r"observation\[2\] has no bounds.*expected bounds="):
        response_map(optimizee, vector, n_grid=2, bounds=(low, np.array([1.0, 1.0, np.inf])))
    found = response_map(optimizee, vector, n_grid=2, bounds=(low, np.array([1.0, 1.0, 4.0])))
    assert found.y == pytest.approx([-5.0, 1.0])
    unknown = np.array([-np.inf, -1.0, -8.0]), np.array([1.0, 1.0, 4.0])
    found = response_map(optimizee, vector, n_grid=2, axes=(1, 2), fixed=np.zeros(3), bounds=unknown)
    assert found.x == pytest.approx([-0.5, 0.5])
