"""Noise of NEST in the loop: it depends on run, generation, individual and episode, and on nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.noisy_networks import NOISES, START, element, noisy_models, noisy_task
from neurosim_rl.bridge import Currents
from neurosim_rl.errors import SimulatorError
from neurosim_rl.evaluation.dispatch import dispatch
from neurosim_rl.evaluation.replay import record, record_membranes, verify
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.optimizees.trials import PlayedBatch
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import noise_seed
from neurosim_rl.simulators import create_simulator

LEARNING = {
    "name": "r-stdp",
    "episodes": 2,
    "projections": ["hidden_1->output"],
    "learning_rate": 1e-3,
    "w_max_pa": 2000.0,
    "critic": {"name": "loss"},
}


@pytest.fixture(autouse=True)
def _noisy_models() -> Iterator[None]:
    with noisy_models():
        yield


def genome(optimizee: ClosedLoop, seed: int = 2) -> np.ndarray:
    return optimizee.parameters.sample(np.random.default_rng(seed))


def play(optimizee: ClosedLoop, *elements: Element, **options: Any) -> PlayedBatch:
    return optimizee.play([genome(optimizee)], elements, record=True, **options)


def spikes(played: PlayedBatch, row: int = 0) -> list[tuple[int, int]]:
    assert played.spikes is not None
    return spikes_of(played.spikes, row)


def spikes_of(record_of_all: Spikes, row: int = 0) -> list[tuple[int, int]]:
    mine = record_of_all.of(row)
    return list(zip(mine.step.tolist(), mine.neuron.tolist(), strict=True))


@pytest.mark.parametrize("noise", NOISES)
def test_noise_is_that_of_the_episode_in_a_batch_and_alone(noise: str) -> None:
    optimizee = noisy_task(noise)
    first, other, other_run = element(), element(episode=1), element(seed=2)
    batch = play(optimizee, other, first, other_run, first)
    alone = spikes(play(optimizee, first))
    assert alone
    assert spikes(batch, 1) == spikes(batch, 3) == alone
    assert spikes(batch, 0) == spikes(play(optimizee, other))
    assert len({tuple(spikes(batch, row)) for row in (0, 1, 2)}) == 3  # two episodes differ, and so do two runs


def test_noise_is_new_for_each_generation_and_individual() -> None:
    optimizee = noisy_task("poisson_generator")
    batch = play(optimizee, element(), element(generation=1), element(individual=1))
    assert len({tuple(spikes(batch, row)) for row in range(3)}) == 3


def test_seeds_of_noise_fit_nest_and_differ() -> None:
    keys = [(3, generation, individual, 0) for generation in range(40) for individual in range(50)]
    seeds = {noise_seed(run, key) for run in (1, 2) for key in keys}
    assert len(seeds) == 2 * len(keys)
    assert min(seeds) >= 1
    assert max(seeds) < 2**32


@pytest.mark.parametrize("noise", ["poisson_generator", "pp_psc_delta", "bernoulli_synapse"])
def test_a_recording_with_noise_is_verified(noise: str) -> None:
    optimizee = noisy_task(noise)
    recording = record(optimizee, genome(optimizee), [5, 6])
    result = verify(optimizee, genome(optimizee), recording)
    assert result.identical
    assert result.spikes_compared > 20


@pytest.mark.parametrize("noise", ["gamma_sup_generator", "noise_generator", "poisson_generator"])
def test_neither_records_of_spikes_nor_of_membranes_change_the_noise(noise: str) -> None:
    optimizee = noisy_task(noise)
    elements = optimizee.evaluation_elements([START])
    unrecorded = optimizee.play([genome(optimizee)], elements, training=False).episodes
    recording = record(optimizee, genome(optimizee), [START])
    counts = recording.traces.counts[0]
    assert counts[counts >= 0].sum() == unrecorded.spikes.sum() > 0
    with create_simulator("nest") as simulator:
        options: dict[str, Any] = {"training": False, "simulator": simulator, "record": True, "record_membranes": True}
        assert spikes(optimizee.play([genome(optimizee)], elements, **options)) == spikes_of(recording.spikes)
    v_mv = record_membranes(optimizee, genome(optimizee), START).v_mv[0]
    network = optimizee.network(genome(optimizee))
    first = network.first_neuron["noise"]
    assert np.isnan(v_mv[first:]).all()
    assert np.isfinite(v_mv[:first]).all()


def test_an_evaluation_does_not_depend_on_chunks_and_a_failure_stays_alone() -> None:
    vectors = [genome(noisy_task("poisson_generator"), k) for k in range(3)]
    results = []
    for batch_size in (1, 4, 128):
        optimizee = noisy_task("poisson_generator", batch_size=batch_size, episodes=2)
        elements = optimizee.training_elements(0, range(3))
        results.append(dispatch(optimizee, vectors, elements, SerialExecutor(), scored=True).episodes.spikes)
    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()
    vectors[1] = np.full_like(vectors[1], np.nan)
    failed = dispatch(optimizee, vectors, elements, SerialExecutor(), scored=True)
    assert list(failed.failures) == [1]
    assert (failed.episodes.spikes[[0, 1, 4, 5]] == results[0][[0, 1, 4, 5]]).all()


def test_networks_learn_through_the_episodes_of_a_trial_with_noise() -> None:
    optimizee = noisy_task("poisson_generator", learning=LEARNING)
    batch = play(optimizee, element(episode=1), element())
    alone = play(optimizee, element())
    assert batch.learned is not None
    assert alone.learned is not None
    assert (batch.learned[1] == alone.learned[0]).all()
    assert (batch.learned[0] != batch.learned[1]).any()
    assert (alone.learned[0] != genome(optimizee)).any()
    unchanged = {**LEARNING, "learning_rate": 0.0}
    first, second = play(noisy_task("poisson_generator", learning=unchanged), element()).episodes.spikes
    assert (first != second).any()  # the noise runs on into the trial's second episode


def test_a_map_of_responses_is_the_same_again() -> None:
    optimizee = noisy_task("poisson_generator")
    one, again = (response_map(optimizee, genome(optimizee), n_grid=3).counts for _ in range(2))
    assert (one == again).all()


def test_trials_that_are_played_one_by_one_are_joined_to_what_the_batch_gives() -> None:
    optimizee = noisy_task("pp_psc_delta", model={"name": "feed-forward"})
    elements = [replace(element(episode=k), start_seed=k) for k in range(4)]
    batch = play(optimizee, *elements, training=False)
    joined = PlayedBatch.join([play(optimizee, one, training=False) for one in elements])
    np.testing.assert_equal(vars(joined.episodes.traces), vars(batch.episodes.traces))
    assert [spikes(joined, k) for k in range(4)] == [spikes(batch, k) for k in range(4)]
    assert (joined.episodes.returns == batch.episodes.returns).all()


def test_a_simulator_refuses_a_batch_with_noise_and_noise_without_a_seed() -> None:
    optimizee = noisy_task("bernoulli_synapse")
    network = optimizee.network(genome(optimizee))
    with create_simulator("nest") as simulator:
        with pytest.raises(SimulatorError, match=r"bernoulli_synapse: .* one generator.* background\.name = 'poisson'"):
            simulator.build([network, network], noise_seeds=[1, 2])
        simulator.build([network])
        with pytest.raises(SimulatorError, match=r"noise needs a seed.* noise_seeds=\[seed\]"):
            simulator.advance(Currents(np.zeros((1, network.n_inputs))), 20.0, np.arange(1))


def test_the_compiled_simulator_refuses_noise_and_names_the_way_out() -> None:
    optimizee = noisy_task("poisson_generator", simulator="compiled")
    with pytest.raises(SimulatorError, match=r"--simulator nest\..* background\.name = 'poisson'"):
        play(optimizee, element())
    assert noisy_task("poisson_generator").config.simulator == "nest"
