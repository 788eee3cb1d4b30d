"""What every task keeps: a description that fits, L2L's interface, keys, and episodes that depend on nothing else."""

import pickle
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError, EncodingError, SimulatorError, UnknownNameError
from neurosim_rl.optimizees import TASKS, ClosedLoop, create_optimizee
from neurosim_rl.seeds import UNSEEN_END, VALIDATION_END, Purpose
from neurosim_rl.simulators import Simulator
from neurosim_rl.training.configure import configure
from tests.tasks import EVERY_TASK
from tests.toys import CorridorTask

HEADINGS = ["Observation", "Action", "Encoding", "Decoding", "Genome", "Fitness", "Episode end"]
every_task = pytest.mark.parametrize("name", EVERY_TASK)


def task(name: str, **layer: Any) -> ClosedLoop:
    return create_optimizee(configure(name, layer))


# --- descriptions ---


@every_task
def test_every_task_describes_itself_under_the_fixed_headings(name: str) -> None:
    lines = [line.strip() for line in (TASKS[name].__doc__ or "").splitlines()]
    found = [line for line, below in pairwise(lines) if below and set(below) == {"-"}]
    expected = [heading for heading in HEADINGS if heading in found]
    assert [heading for heading in found if heading in HEADINGS] == expected
    inherited = {h for base in TASKS[name].__mro__ for h in HEADINGS if h in (base.__doc__ or "")}
    assert inherited == set(HEADINGS)


def one_episode(optimizee: ClosedLoop, seed: int = 11) -> Any:
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    return [vector], optimizee.evaluation_elements([seed])


def test_a_task_without_a_rule_says_so() -> None:
    with pytest.raises(ConfigurationError, match="ClosedLoop has no simple rule"):
        ClosedLoop(None, configure("cart-pole")).rule(np.zeros((1, 4)))


def test_a_task_without_a_solved_return_does_not_say_what_success_is() -> None:
    optimizee = ClosedLoop(None, configure("cart-pole"))
    episodes = optimizee.play(*one_episode(optimizee)).episodes
    assert optimizee.successes(episodes) is None


def test_an_unknown_task_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown task 'cartpole'\. Did you mean 'cart-pole'"):
        configure("cartpole")
    with pytest.raises(UnknownNameError, match="Did you mean 'mountain-car'"):
        create_optimizee(replace(configure("mountain-car"), task="montain-car"))


def test_an_unbounded_observation_says_what_to_set() -> None:
    with pytest.raises(EncodingError, match=r"has bounds \[-inf, inf\].* Set environment\.observation_low"):
        _ = task("cart-pole", environment={"observation_low": [], "observation_high": []}).encoder


# --- L2L's interface ---


def test_the_bounding_function_moves_genes_to_the_bounds() -> None:
    optimizee = task("cart-pole")
    limit = optimizee.parameters.high
    individual = optimizee.to_individual(np.linspace(-3, 3, limit.size) * limit)
    bounded = optimizee.parameters.to_vector(optimizee.bounding_func(individual))
    np.testing.assert_array_equal(bounded, np.clip(np.linspace(-3, 3, limit.size) * limit, -limit, limit))


@pytest.mark.parametrize(
    ("model", "aggregate"), [("feed-forward", "mean"), ("feed-forward", "worst"), ("dense", "mean")]
)
def test_simulate_gives_what_the_own_loop_gives(model: str, aggregate: str) -> None:
    optimizee = task("cart-pole", episodes=3, model={"name": model}, fitness={"aggregate": aggregate})
    individual = optimizee.create_individual()
    trajectory = SimpleNamespace(individual=L2LIndividual(individual, generation=4, ind_idx=7))
    elements = optimizee.training_elements(4, [7])
    episodes = optimizee.play([optimizee.parameters.to_vector(individual)], elements).episodes
    scores = optimizee.scores(episodes)
    assert optimizee.simulate(trajectory) == ({"mean": scores.mean(), "worst": scores.min()}[aggregate],)


class L2LIndividual(dict):
    """What L2L gives an optimizee: parameters by name, generation and index as attributes."""

    def __init__(self, params: dict[str, np.ndarray], generation: int, ind_idx: int) -> None:
        super().__init__(params)
        self.generation, self.ind_idx = generation, ind_idx


# --- seeds and keys ---


@pytest.mark.parametrize("starts", ["fresh", "fixed", "generation"])
def test_start_seeds_of_training_follow_the_configured_rule(starts: str) -> None:
    optimizee = task("mountain-car", starts=starts, episodes=3)
    seeds = [[e.start_seed for e in optimizee.training_elements(g, [0, 1])] for g in range(3)]
    for row in seeds:
        assert row[:3] == row[3:], "all individuals of a generation meet the same starts"
        assert len(set(row)) == 3
    if starts == "generation":
        assert seeds == [[0, 1, 2] * 2, [3, 4, 5] * 2, [6, 7, 8] * 2]
    else:
        assert (seeds[0] == seeds[1]) == (starts == "fixed")
        assert min(min(row) for row in seeds) >= VALIDATION_END


def test_a_curriculum_cuts_training_and_not_validation() -> None:
    curriculum = {"environment": {"first_steps": 20, "growth": 1.5, "max_steps": 40}, "episodes": 2}
    car = create_optimizee(configure("mountain-car", curriculum))
    vector = car.parameters.to_vector(car.create_individual())
    for generation, length in ((0, 20), (1, 30), (2, 40)):
        played = car.play([vector], car.training_elements(generation, [0]))
        assert played.episodes.lengths.tolist() == [length] * 2
    validated = car.play([vector], car.validation_elements()[:2], training=False)
    assert validated.episodes.lengths.min() > 40


def test_keys_tell_generation_individual_and_episode_not_the_place_in_the_batch() -> None:
    elements = task("mountain-car", episodes=2).training_elements(5, [9, 3])
    purpose = int(Purpose.TRAINING_ELEMENT)
    assert [e.individual for e in elements] == [0, 0, 1, 1]
    assert [e.key for e in elements] == [(purpose, 5, 9, 0), (purpose, 5, 9, 1), (purpose, 5, 3, 0), (purpose, 5, 3, 1)]


def test_validation_starts_lie_in_their_own_range() -> None:
    elements = task("mountain-car", validation_episodes=30).validation_elements()
    assert len({e.start_seed for e in elements}) == 30
    assert all(UNSEEN_END <= e.start_seed < VALIDATION_END for e in elements)


# --- playing ---


@pytest.mark.parametrize("encoder", ["current", "poisson", "regular"])
@pytest.mark.parametrize("tie", ["first", "random"])
def test_an_episode_is_the_same_alone_and_in_any_batch(encoder: str, tie: str) -> None:
    short = {"kwargs": {"max_episode_steps": 15}}
    optimizee = task("cart-pole", environment=short, encoder={"name": encoder}, decoder={"tie": tie}, episodes=2)
    rng = np.random.default_rng(2)
    vectors = [optimizee.parameters.sample(rng) for _ in range(3)]
    elements = optimizee.training_elements(0, range(3))
    together = optimizee.play(vectors, elements, record=True)
    for place in (0, 3, 5):
        alone = optimizee.play(vectors, [elements[place]], record=True)
        for name in ("returns", "lengths", "observation_max", "observed", "spikes"):
            assert getattr(alone.episodes, name)[0].tolist() == getattr(together.episodes, name)[place].tolist()
        assert alone.spikes is not None
        assert together.spikes is not None
        mine = together.spikes.of(place)
        assert alone.spikes.neuron.tolist() == mine.neuron.tolist()
        assert alone.spikes.step.tolist() == mine.step.tolist()


def test_a_given_simulator_is_used_and_stays_open(nest_simulator: Simulator) -> None:
    optimizee = task("cart-pole")
    vectors, elements = one_episode(optimizee)
    first, second = (optimizee.play(vectors, elements, simulator=nest_simulator) for _ in range(2))
    assert first.spikes is None
    assert len(nest_simulator.networks) == 1
    assert first.episodes.spikes.tolist() == second.episodes.spikes.tolist()


def test_a_simulator_of_its_own_is_closed_also_after_an_error() -> None:
    optimizee = task("cart-pole", model={"neuron": "no_such_neuron"})
    with pytest.raises(SimulatorError, match="no_such_neuron"):
        optimizee.play(*one_episode(optimizee))
    assert task("cart-pole").play(*one_episode(task("cart-pole"))).episodes.lengths[0] > 0


def test_a_pickle_holds_no_more_than_the_configuration_and_plays_the_same() -> None:
    optimizee = task("cart-pole", encoder={"name": "poisson"})
    vectors, elements = one_episode(optimizee)
    episodes = optimizee.play(vectors, elements).episodes
    blob = pickle.dumps(optimizee)
    assert len(blob) < 3000
    copy = pickle.loads(blob)
    assert copy.play(vectors, elements).episodes.returns.tolist() == episodes.returns.tolist()
    mine, its = (o.parameters.to_vector(o.create_individual()) for o in (optimizee, copy))
    np.testing.assert_array_equal(mine, its)


def test_the_known_corridor_is_played_to_its_best_return(toys: None) -> None:
    optimizee = CorridorTask(None)
    vector = np.zeros(optimizee.parameters.size)
    played = optimizee.play([vector], optimizee.evaluation_elements([0, 3]), record=True)
    assert played.episodes.returns.tolist() == [-4, -1]
    np.testing.assert_array_equal(optimizee.successes(played.episodes), [False, True])
    assert played.episodes.traces is not None
    assert played.episodes.traces.observations[0, :, 0].tolist() == [0, 1, 2, 3, 4]
