"""The compiled simulator against NEST."""

from functools import cache

import numpy as np
import pytest

from benchmarks.random_grids import RandomGrid
from benchmarks.random_networks import (
    MODELS,
    Comparison,
    compare,
    n_differing,
    neuron_parameters,
    random_case,
    weight_unit,
)
from neurosim_rl.bridge import Currents
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.auto import choose
from neurosim_rl.simulators.compiled_lanes import N_LANES, V, own_state
from neurosim_rl.simulators.compiled_state import forget_tiny
from neurosim_rl.training.configure import configure
from tests.distribution import each_day
from tests.tasks import EVERY_TASK, brief


def network(projections: tuple[Projection, ...] = (), model: str = "iaf_psc_alpha", **parameters: float) -> Network:
    populations = (Population("in", 2, model, parameters), Population("out", 1, model, parameters))
    return Network(populations, projections, input="in", output="out", resolution_ms=0.1)


def synapses(*rows: tuple[int, float], synapse: str = "static_synapse") -> Projection:
    pre, weight = zip(*rows, strict=True)
    zeros = np.zeros(len(pre), np.int64)
    return Projection("in", "out", np.array(pre), zeros, np.array(weight), zeros + 1.0, synapse)


@cache
def compared(seed: int) -> Comparison:
    """Return the comparison of a random case."""
    return compare(random_case(seed))


@pytest.mark.parametrize("seed", each_day(range(24), *range(5)))
def test_random_networks_spike_as_in_nest_with_the_same_membranes_to_the_last_bit(seed: int) -> None:
    found = compared(seed)
    assert found.spikes_differing == 0
    assert found.membranes_differing == 0


@pytest.mark.parametrize("model", MODELS)
def test_large_recurrent_networks_with_delays_of_one_step_and_more_spike_as_in_nest(model: str) -> None:
    rng = np.random.default_rng(3)
    active = [np.arange(20)] * 2 + [np.arange(3, 17)] + [np.array([5])] * 2  # elements end, blocks close ranks
    networks = [large_recurrent(rng, model) for _ in range(20)]
    drives = [Currents(rng.uniform(-200, 900, (len(rows), 150))) for rows in active]
    recordings = []
    for name in ("nest", "compiled"):
        with create_simulator(name) as simulator:
            simulator.build(networks, record_spikes=True)
            counts = [simulator.advance(d, 20.0, rows) for d, rows in zip(drives, active, strict=True)]
            recordings.append((simulator.spikes(), counts))
    (nest, nest_counts), (compiled, compiled_counts) = recordings
    assert len(nest) > 1000
    assert n_differing(nest, compiled) == 0
    for expected, found in zip(nest_counts, compiled_counts, strict=True):
        np.testing.assert_array_equal(found, expected)


def large_recurrent(rng: np.random.Generator, model: str) -> Network:
    """Return 150 neurons, more than are integrated together, with their own constants and synapses."""
    pre, post = np.nonzero(rng.random((150, 150)) < 0.05)
    weight = rng.normal(0.0, weight_unit(model), len(pre))
    synapses = Projection("all", "all", pre, post, weight, rng.integers(1, 5, len(pre)).astype(float))
    neurons = Population("all", 150, model, neuron_parameters(rng, model, 150, False, RandomGrid(1.0, True)))
    return Network((neurons,), (synapses,), input="all", output="all", resolution_ms=1.0, min_delay_ms=1.0)


def test_the_random_networks_do_spike() -> None:
    assert sum(compared(seed).spikes for seed in range(4)) > 1000


@pytest.mark.parametrize("model", MODELS)
def test_a_membrane_begins_where_it_does_in_nest_when_only_the_resting_potential_is_set(model: str) -> None:
    potentials = []
    for name in ("nest", "compiled"):
        with create_simulator(name) as simulator:
            simulator.build([network(model=model, E_L=-64.0)], record_membranes=True)
            simulator.advance(Currents(np.zeros((1, 2))), 5.0, np.arange(1))
            potentials.append(simulator.membranes().v_mv)
    np.testing.assert_array_equal(potentials[0], potentials[1])
    assert potentials[0].shape[-1] == 50
    assert -70.0 < np.nanmin(potentials[0]) < -69.0


@pytest.mark.parametrize("task", EVERY_TASK)
def test_an_untrained_controller_plays_as_in_nest(task: str) -> None:
    optimizee = create_optimizee(configure(task, {"episodes": 1, "learning": {"name": "none"}}, brief(task)))
    vectors = [optimizee.parameters.to_vector(optimizee.create_individual()) for _ in range(6)]
    played = []
    for name in ("nest", "compiled"):
        with create_simulator(name) as simulator:
            played.append(
                optimizee.play(vectors, optimizee.training_elements(0, range(6)), simulator=simulator, record=True)
            )
    nest, compiled = played
    np.testing.assert_array_equal(nest.episodes.returns, compiled.episodes.returns)
    assert nest.episodes.traces is not None
    assert compiled.episodes.traces is not None
    for name in ("observations", "actions", "counts", "rewards"):
        np.testing.assert_array_equal(getattr(nest.episodes.traces, name), getattr(compiled.episodes.traces, name))
    assert nest.spikes is not None
    assert compiled.spikes is not None
    assert len(nest.spikes) > 100
    for name in ("element", "neuron", "step"):
        np.testing.assert_array_equal(getattr(nest.spikes, name), getattr(compiled.spikes, name))


def test_a_window_cut_in_two_gives_the_same_spikes() -> None:
    cases = map(random_case, range(50))
    case = next(c for c in cases if isinstance(c.drives[0], Currents) and len(c.networks) > 1)
    n_batch = len(case.networks)
    drive = Currents(np.full((n_batch, case.networks[0].n_inputs), 900.0))
    trains = []
    for parts in (1, 2):
        with create_simulator("compiled") as simulator:
            simulator.build(case.networks, record_spikes=True)
            for _ in range(4):
                for _ in range(parts):
                    simulator.advance(drive, float(case.networks[0].grid.ms(200 // parts)), np.arange(n_batch))
            trains.append(simulator.spikes())
    np.testing.assert_array_equal(trains[0].step, trains[1].step)
    assert len(trains[0]) > 10


def test_a_neuron_that_slept_makes_up_for_its_decay() -> None:
    pa = [0.0, 700.0, 0.0, 0.0, 0.0, 700.0, 0.0, 350.0]
    potentials = []
    for record in (True, False):
        with create_simulator("compiled") as simulator:
            simulator.build([network()], record_spikes=True, record_membranes=record)
            for value in pa:
                simulator.advance(Currents(np.full((1, 2), value)), 10.0, np.arange(1))
            potentials.append(simulator.spikes().step)
    np.testing.assert_array_equal(potentials[0], potentials[1])
    assert len(potentials[0]) > 2


@pytest.mark.parametrize("n_batch", [1, 15, 16, 17, 40])
def test_networks_do_not_feel_their_neighbours(n_batch: int) -> None:
    """Elements end one by one, so that the others change places; each spikes as if it were alone."""
    rng = np.random.default_rng(n_batch)
    weights = rng.normal(300.0, 300.0, (n_batch, 2))
    networks = [network((synapses((0, a), (1, b)),), t_ref=1.0 + 0.1 * (k % 3)) for k, (a, b) in enumerate(weights)]
    pa = np.where(rng.random((n_batch, 12, 2)) < 0.4, 0.0, rng.uniform(0.0, 2500.0, (n_batch, 12, 2)))
    ends = rng.integers(4, 13, n_batch)
    with create_simulator("compiled") as simulator:
        simulator.build(networks, record_spikes=True)
        for window in range(ends.max()):
            active = np.flatnonzero(ends > window)
            simulator.advance(Currents(pa[active, window]), 20.0, active)
        together = simulator.spikes()
    for element in range(n_batch):
        with create_simulator("compiled") as simulator:
            simulator.build([networks[element]], record_spikes=True)
            for window in range(ends[element]):
                simulator.advance(Currents(pa[[element], window]), 20.0, np.arange(1))
            alone = simulator.spikes()
        mine = together.of(element)
        np.testing.assert_array_equal(mine.neuron, alone.neuron)
        np.testing.assert_array_equal(mine.step, alone.step)
    assert len(together) > n_batch // 2


def test_several_compiled_simulators_live_side_by_side() -> None:
    with create_simulator("compiled") as one, create_simulator("compiled") as other:
        one.build([network()])
        other.build([network()])
        a = one.advance(Currents(np.full((1, 2), 900.0)), 50.0, np.arange(1))
        b = other.advance(Currents(np.full((1, 2), 900.0)), 50.0, np.arange(1))
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("uncovered", "message"),
    [
        (network(model="iaf_cond_alpha"), "has no 'iaf_cond_alpha'"),
        (network(model="iaf_psc_exp", rho=0.1), "does not cover 'rho' of iaf_psc_exp"),
        (network((synapses((0, 1.0), synapse="stdp_triplet_synapse"),)), "has no 'stdp_triplet_synapse'"),
        (network((synapses((0, 1.0), (0, 2.0)),)), "at most one synapse"),
    ],
)
def test_what_is_not_covered_is_named_and_left_to_nest(uncovered: Network, message: str) -> None:
    with create_simulator("compiled") as simulator, pytest.raises(SimulatorError, match=message):
        simulator.build([uncovered])
    assert choose(uncovered) == "nest"


@pytest.mark.parametrize("model", MODELS)
def test_what_is_covered_is_compiled(model: str) -> None:
    assert choose(network((synapses((0, 100.0), (1, -50.0)),), model)) == "compiled"


def test_auto_plays_in_nest_what_is_not_covered() -> None:
    with create_simulator("auto") as simulator:
        simulator.build([network((synapses((0, 300.0), (0, 300.0)),))], record_spikes=True, record_membranes=True)
        counts = simulator.advance(Currents(np.full((1, 2), 900.0)), 50.0, np.arange(1))
        assert counts.shape == (1, 1)
        assert len(simulator.spikes()) > 0
        assert simulator.membranes().v_mv.shape[:2] == (1, 3)
        assert sorted(simulator.weights_pa()[0][0]) == [300.0, 300.0]


@pytest.mark.parametrize("name", ["compiled", "auto"])
@pytest.mark.parametrize("call", ["spikes", "membranes", "weights_pa"])
def test_asking_before_building_is_a_clear_error(name: str, call: str) -> None:
    with create_simulator(name) as simulator, pytest.raises(SimulatorError, match=r"build|recorded"):
        getattr(simulator, call)()


@pytest.mark.parametrize("call", ["spikes", "membranes"])
def test_what_was_not_recorded_is_a_clear_error(call: str) -> None:
    with create_simulator("compiled") as simulator:
        simulator.build([network()])
        with pytest.raises(SimulatorError, match="not recorded"):
            getattr(simulator, call)()


def test_an_ended_element_cannot_come_back() -> None:
    with create_simulator("compiled") as simulator:
        simulator.build([network()] * 3)
        simulator.advance(Currents(np.zeros((2, 2))), 10.0, np.array([0, 2]))
        with pytest.raises(SimulatorError, match="cannot come back"):
            simulator.advance(Currents(np.zeros((3, 2))), 10.0, np.arange(3))


def test_weights_are_those_described() -> None:
    with create_simulator("compiled") as simulator:
        simulator.build([network((synapses((0, 1.5), (1, -2.5)),))])
        np.testing.assert_array_equal(simulator.weights_pa()[0][0], [1.5, -2.5])


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
def test_the_drive_replaces_a_resting_current_that_differs_between_elements(simulator: str) -> None:
    networks = [network(I_e=pa) for pa in (500.0, 0.0, -200.0)]
    with create_simulator(simulator) as opened:
        opened.build(networks, record_membranes=True)
        for _ in range(2):
            opened.advance(Currents(np.full((3, 2), 500.0)), 5.0, np.arange(3))
        inputs = opened.membranes().v_mv[:, :2, :50]
    np.testing.assert_array_equal(inputs, np.broadcast_to(inputs[0, 0], inputs.shape))
    assert inputs[0, 0, -1] > -70.0


def test_what_has_decayed_is_forgotten_before_it_is_subnormal() -> None:
    states = np.full((2, own_state(4)[-1] + N_LANES), 1.5)
    states[0, ::2] = 1e-310
    states[1, ::2] = -1e-199

    forget_tiny(states)

    decaying = slice(V, None)
    assert (states[0, decaying][::2] == 0.0).all()
    assert (states[1, decaying][::2] == -1e-199).all()
    assert (states[:, decaying][:, 1::2] == 1.5).all()
    assert (states[0, :V][::2] == 1e-310).all()
