"""Weights that change, in both simulators: against hand-computed changes, and against each other."""

from __future__ import annotations

import math
import signal
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.plastic_networks import PlasticComparison, compare_plastic, random_plastic_case
from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.errors import NetworkError, ShapeError, SimulatorError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.auto import choose
from tests.distribution import each_day
from tests.simulators.networks import ONE, drive, network, projection

RULE = {"tau_plus": 15.0, "lambda": 0.02, "alpha": 1.3, "mu_plus": 0.0, "mu_minus": 0.0, "Wmax": 2.0}
TAU_MINUS_MS = 25.0
RESOLUTION_MS = 0.1


EACH_DAY = (*range(6), 8, 9, 10)
"""Random cases, some of which last long enough to learn."""


@cache
def compared(seed: int) -> PlasticComparison:
    """Return the comparison of a random case."""
    return compare_plastic(random_plastic_case(seed))


@pytest.mark.parametrize("seed", each_day(range(24), *EACH_DAY))
def test_random_plastic_networks_spike_and_learn_as_in_nest_to_the_last_bit(seed: int) -> None:
    found = compared(seed)
    assert found.spikes_differing == 0
    assert found.weights_differing == 0
    assert found.membranes_differing == 0


def test_the_random_plastic_networks_do_spike_and_learn() -> None:
    # Shorter cases have no time to learn.
    found = [compared(seed) for seed in EACH_DAY if sum(random_plastic_case(seed).windows_ms) > 100]
    assert len(found) >= 4
    assert sum(c.spikes for c in found) > 1000
    assert sum(c.synapses_changed for c in found) > 0.8 * sum(c.synapses for c in found)


@pytest.mark.parametrize("seed", range(4))
def test_membranes_of_networks_that_learn_are_those_of_nest_to_the_last_bit(seed: int) -> None:
    case = random_plastic_case(seed)
    v_mv = []
    for name in ("nest", "compiled"):
        with create_simulator(name) as simulator:
            simulator.build(case.networks, record_membranes=True)
            for window in case.windows():
                simulator.advance(*window)
            v_mv.append(simulator.membranes().v_mv)
    np.testing.assert_array_equal(v_mv[0], v_mv[1])
    assert v_mv[0].shape[2] >= len(case.drives)


def test_the_archive_grows_and_keeps_its_order_when_sources_are_silent() -> None:
    """Room for 16 spikes at first: windows that each need more, after some were forgotten."""
    pre, post = [20, 2000, 2300, 9020], [*range(30, 2400, 9), *range(2400, 9000, 30)]
    (nest, *_), (compiled, *_) = (
        weight_after(name, pair(1.0, 0.5, **{"lambda": 1e-3}), pre, post, n_windows=10) for name in ("nest", "compiled")
    )
    assert compiled == nest != 1.0


# --- one synapse, spikes at given times ---


def pair(weight: float, delay_ms: float, **rule: float) -> Network:
    """Return two neurons that spike one step after their inputs, and a plastic synapse too weak to make one spike."""
    neurons = {"V_th": 0.0, "t_ref": RESOLUTION_MS, "tau_minus": TAU_MINUS_MS}
    populations = (
        Population("in", 2, SPIKE_SOURCE),
        Population("pre", 1, "iaf_psc_delta", neurons),
        Population("post", 1, "iaf_psc_delta", neurons),
    )
    index = np.zeros(1, np.int64)
    strong = [
        Projection("in", name, index + k, index, np.full(1, 1000.0), np.full(1, RESOLUTION_MS))
        for k, name in enumerate(("pre", "post"))
    ]
    weak = Projection(
        "pre", "post", index, index, np.full(1, weight), np.full(1, delay_ms), "stdp_synapse", RULE | rule
    )
    return Network(populations, (*strong, weak), "in", "post", RESOLUTION_MS)


def weight_after(
    simulator: str, synapse: Network, pre: list[int], post: list[int], n_windows: int = 1
) -> tuple[float, list, list]:
    """Return the last weight, and the times in ms at which the neurons did spike."""
    n_steps = -(-(max([*pre, *post]) + 2) // n_windows)
    neuron, step = np.repeat([0, 1], [len(pre), len(post)]), np.array([*pre, *post], np.int64)
    nothing = SpikeTrains(*(np.zeros(0, np.int64),) * 3, 1)
    with create_simulator(simulator) as opened:
        opened.build([synapse], record_spikes=True)
        for start in range(0, n_steps * n_windows, n_steps):
            now = (step > start) & (step <= start + n_steps)
            train = SpikeTrains(np.zeros(now.sum(), np.int64), neuron[now], step[now] - start, 1)
            opened.advance(train, n_steps * RESOLUTION_MS, ONE)
        opened.advance(nothing, 2.0, ONE)  # so that the last spikes are delivered
        spikes = opened.spikes()
        times = [(spikes.time_ms[spikes.neuron == neuron]).tolist() for neuron in (2, 3)]
        return float(opened.weights_pa()[0][2][0]), *times


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize("delay_ms", [0.1, 1.0, 3.0])
@pytest.mark.parametrize(
    ("pre", "post", "facilitates", "depresses"),
    [
        ([50], [10], False, True),
        ([50, 400], [70], True, True),
        ([50, 400], [], False, False),
        ([50], [], False, False),
        ([], [50], False, False),
    ],
)
def test_one_pair_of_spikes_changes_the_weight_by_the_exponentials(
    simulator: str, delay_ms: float, pre: list[int], post: list[int], facilitates: bool, depresses: bool
) -> None:
    weight, pre_ms, post_ms = weight_after(simulator, pair(1.0, delay_ms), pre, post)
    assert (len(pre_ms), len(post_ms)) == (len(pre), len(post))
    expected = 1.0
    if facilitates:
        expected += 0.02 * 2.0 * math.exp(-(post_ms[0] + delay_ms - pre_ms[0]) / 15.0)
    if depresses:
        expected -= 1.3 * 0.02 * 2.0 * math.exp(-(pre_ms[-1] - delay_ms - post_ms[0]) / TAU_MINUS_MS)
    assert weight == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
def test_a_spike_that_arrives_with_the_next_presynaptic_one_facilitates_and_does_not_depress(simulator: str) -> None:
    weight, pre_ms, post_ms = weight_after(simulator, pair(1.0, 1.0), [50, 150], [140])
    assert post_ms[0] + 1.0 == pytest.approx(pre_ms[1])
    assert weight == pytest.approx(1.0 + 0.02 * 2.0 * math.exp(-10.0 / 15.0), rel=1e-12)


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize(("mu_plus", "mu_minus"), [(1.0, 1.0), (0.4, 0.7), (0.0, 1.0)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_changes_depend_on_the_weight_by_their_exponents(
    simulator: str, mu_plus: float, mu_minus: float, sign: float
) -> None:
    synapse = pair(0.5 * sign, 1.0, mu_plus=mu_plus, mu_minus=mu_minus, Wmax=2.0 * sign)
    weight, pre_ms, post_ms = weight_after(simulator, synapse, [50, 300], [70])
    w = 0.25
    w += 0.02 * (1 - w) ** mu_plus * math.exp(-(post_ms[0] + 1.0 - pre_ms[0]) / 15.0)
    w -= 1.3 * 0.02 * w**mu_minus * math.exp(-(pre_ms[1] - 1.0 - post_ms[0]) / TAU_MINUS_MS)
    assert weight == pytest.approx(2.0 * sign * w, rel=1e-12)


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize(("pre", "post", "limit"), [([50, 90], [55], 2.0), ([60], [50], 0.0)])
def test_a_weight_stays_between_zero_and_the_largest(simulator: str, pre: list, post: list, limit: float) -> None:
    rule = {"lambda": 1.0, "alpha": 0.0 if limit else 1.3}
    assert weight_after(simulator, pair(1.9 if limit else 0.1, 0.1, **rule), pre, post)[0] == limit


steps = st.lists(st.integers(1, 250), max_size=40, unique=True).map(lambda ks: sorted(3 * k for k in ks))


@settings(max_examples=60, deadline=None)
@given(steps, steps, st.sampled_from([0.1, 0.5, 2.0, 7.3]))
def test_the_additive_rule_sums_over_all_pairs(pre: list[int], post: list[int], delay_ms: float) -> None:
    if not pre and not post:
        return
    weight, pre_ms, post_ms = weight_after("compiled", pair(1.0, delay_ms, **{"lambda": 1e-4}), pre, post)
    arrivals = [t + delay_ms for t in post_ms]
    tiny = 1e-6
    gain = sum(math.exp((p - a) / 15.0) for a in arrivals for p in pre_ms if p < a - tiny and a < pre_ms[-1] + tiny)
    loss = sum(math.exp((a - p) / TAU_MINUS_MS) for a in arrivals for p in pre_ms if a < p - tiny)
    assert weight == pytest.approx(1.0 + 1e-4 * 2.0 * (gain - 1.3 * loss), rel=1e-9)


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
def test_a_source_that_was_silent_for_long_learns_from_all_spikes_since(simulator: str) -> None:
    post = list(range(30, 9000, 30))
    weight, pre_ms, post_ms = weight_after(simulator, pair(1.0, 0.5, **{"lambda": 1e-3}), [20, 9020], post)
    assert len(post_ms) == 299
    gain = sum(math.exp((pre_ms[0] - t - 0.5) / 15.0) for t in post_ms)
    loss = sum(math.exp((t + 0.5 - pre_ms[1]) / TAU_MINUS_MS) for t in post_ms)
    assert weight == pytest.approx(1.0 + 1e-3 * 2.0 * (gain - 1.3 * loss), rel=1e-12)


# --- elements that end ---


def learning_network(weight_pa: float = 2000.0) -> Network:
    rows = [(0, 0, weight_pa), (1, 1, weight_pa)]
    described = projection("in", "out", rows)
    plastic = Projection(
        "in", "out", described.pre, described.post, described.weight_pa, described.delay_ms, "stdp_synapse",
        {"Wmax": 5000.0, "lambda": 0.05, "alpha": 0.3},
    )  # fmt: skip
    return network(plastic)


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_an_element_that_ended_keeps_its_weights_once_its_last_spikes_are_delivered(name: str) -> None:
    with create_simulator(name) as simulator:
        simulator.build([learning_network()] * 3)
        seen = []
        for active in (np.arange(3), np.array([0, 2]), np.array([0, 2]), np.array([0, 2])):
            simulator.advance(drive(len(active), 2000.0), 20.0, active)
            seen.append([element[0].tolist() for element in simulator.weights_pa()])
    assert seen[1][1] == seen[2][1] == seen[3][1]
    assert seen[0][0] == seen[0][1]
    assert seen[3][0] == seen[3][2] != seen[1][0]


# --- signals ---


@pytest.mark.parametrize("synapse", ["static_synapse", "stdp_synapse"])
def test_a_signal_within_a_window_raises_what_its_handler_raises(synapse: str) -> None:
    """Arrays that compiled code returns would make it a SystemError, and an interrupt a failed individual."""
    populations, weights = (Population("in", 100), Population("out", 100)), np.full((100, 100), 50.0)
    wide = Projection.all_to_all("in", "out", weights, 1.0, synapse)
    back = Projection.all_to_all("out", "in", weights, 1.0)  # recurrent: wave by wave

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with create_simulator("compiled") as simulator:
        simulator.build([Network(populations, (wide, back), "in", "out")] * 16)
        currents = Currents(np.full((16, 100), 800.0))

        def play(n_windows: int) -> None:
            for _ in range(n_windows):
                simulator.advance(currents, 50.0, np.arange(16))

        play(1)  # compiles
        before = signal.signal(signal.SIGVTALRM, interrupt)
        try:
            for _ in range(5):
                signal.setitimer(signal.ITIMER_VIRTUAL, 0.03)
                with pytest.raises(KeyboardInterrupt, match=r"^$"):
                    play(1000)
        finally:
            signal.signal(signal.SIGVTALRM, before)


# --- weights that are set ---


@pytest.mark.parametrize("name", ["nest", "compiled", "auto"])
def test_spikes_of_the_last_slice_meet_the_weights_that_are_set(name: str) -> None:
    counts = []
    for weight_pa in (9000.0, 0.0):
        with create_simulator(name) as simulator:
            simulator.build([network()] * 2, record_spikes=True, sets_weights=True)
            simulator.advance(drive(2), 0.5, np.arange(2))  # the inputs spike within the slice of 1 ms
            assert len(simulator.spikes()) == 4
            simulator.set_weights_pa(0, np.full((2, 2), weight_pa))
            np.testing.assert_array_equal(simulator.weights_pa(), np.full((2, 1, 2), weight_pa))
            counts.append(int(simulator.advance(drive(2, 0.0), 20.0, np.arange(2)).sum()))
    assert counts[0] > 0
    assert counts[1] == 0


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_weights_are_set_in_the_chosen_elements_only(name: str) -> None:
    with create_simulator(name) as simulator:
        simulator.build([learning_network()] * 4, sets_weights=True)
        simulator.set_weights_pa(0, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 3]))
        weights = [element[0].tolist() for element in simulator.weights_pa()]
        assert weights == [[2000.0] * 2, [1.0, 2.0], [2000.0] * 2, [3.0, 4.0]]
        simulator.advance(drive(3, 0.0), 5.0, np.array([0, 1, 3]))
        simulator.set_weights_pa(0, np.arange(6.0).reshape(3, 2))
        weights = [element[0].tolist() for element in simulator.weights_pa()]
        assert weights == [[0.0, 1.0], [2.0, 3.0], [2000.0] * 2, [4.0, 5.0]]


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_networks_of_different_synapses_take_one_array_a_row(name: str) -> None:
    sparse, dense = network(projection("in", "out", [(1, 0, 5.0)])), network()
    with create_simulator(name) as simulator:
        simulator.build([dense, sparse], sets_weights=True)
        simulator.set_weights_pa(0, [np.array([1.0, -2.0]), np.array([-3.0])])
        assert [element[0].tolist() for element in simulator.weights_pa()] == [[1.0, -2.0], [-3.0]]


@pytest.mark.parametrize("name", ["nest", "compiled"])
@pytest.mark.parametrize(
    ("number", "weights", "elements", "error", "message"),
    [
        (1, np.ones((2, 2)), None, SimulatorError, "projection is 1; expected one of the 1, counted from 0"),
        (0, np.ones((3, 2)), None, ShapeError, "weight_pa has 3 rows; expected 2, one for each element"),
        (0, np.ones((2, 3)), None, ShapeError, r"weight_pa has shape \(2, 3\); expected \(2, 2\)"),
        (0, np.ones(2), None, ShapeError, r"weight_pa has shape \(2,\); expected \(2, 2\)"),
        (0, np.array([[1.0, 1.0], [1.0, np.nan]]), None, NetworkError, r"weight\[1, 1\] is nan; expected a finite"),
        (0, -np.ones((2, 2)), None, NetworkError, r"weight\[0, 0\] is -1 and Wmax is 5000; expected the same sign"),
        (0, np.ones((1, 2)), np.array([1]), SimulatorError, "An element that has ended cannot come back"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_nothing_is_set(
    name: str, number: int, weights: np.ndarray, elements: Any, error: type[Exception], message: str
) -> None:
    with create_simulator(name) as simulator:
        simulator.build([learning_network()] * 3, sets_weights=True)
        simulator.advance(drive(2, 0.0), 5.0, np.array([0, 2]))
        with pytest.raises(error, match=message):
            simulator.set_weights_pa(number, weights, elements)
        assert {w for element in simulator.weights_pa() for w in element[0].tolist()} == {2000.0}


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_setting_weights_has_to_be_announced(name: str) -> None:
    with create_simulator(name) as simulator:
        simulator.build([learning_network()])
        with pytest.raises(SimulatorError, match=r"weights cannot be set\. Build with sets_weights=True"):
            simulator.set_weights_pa(0, np.ones((1, 2)))


# --- spikes of the last window ---


@pytest.mark.parametrize("name", ["nest", "compiled", "auto"])
@pytest.mark.parametrize("recorded", [False, True])
def test_the_spikes_of_a_window_are_those_of_the_chosen_populations(name: str, recorded: bool) -> None:
    with create_simulator(name) as simulator, create_simulator("compiled") as whole:
        for one, options in ((simulator, {"record_spikes": recorded, "window_spikes_of": ["in"]}),
                             (whole, {"record_spikes": True})):  # fmt: skip
            one.build([network()] * 3, **options)
        assert len(simulator.window_spikes()) == 0
        for window, active in enumerate((np.arange(3), np.array([0, 2]))):
            for one in (simulator, whole):
                one.advance(drive(len(active)), 20.0, active)
            ours, spikes = simulator.window_spikes(), whole.spikes()
            mine = (spikes.neuron < 2) & (spikes.step > 200 * window)
            for key in ("element", "neuron", "step"):
                np.testing.assert_array_equal(getattr(ours, key), getattr(spikes, key)[mine])
            assert len(ours) > 10


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_the_spikes_of_a_window_may_be_those_of_sources(name: str) -> None:
    train = SpikeTrains(np.zeros(3, np.int64), np.array([0, 0, 1]), np.array([3, 9, 5]), 1)
    with create_simulator(name) as simulator:
        simulator.build([pair(1.0, 1.0)], window_spikes_of=["in", "post"])
        simulator.advance(train, 2.0, ONE)
        spikes = simulator.window_spikes()
        assert list(zip(spikes.neuron.tolist(), spikes.step.tolist(), strict=True)) == [(0, 3), (1, 5), (3, 6), (0, 9)]
        simulator.advance(SpikeTrains(*(np.zeros(0, np.int64),) * 3, 1), 2.0, ONE)
        assert len(simulator.window_spikes()) == 0


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_spikes_of_windows_have_to_be_announced(name: str) -> None:
    with create_simulator(name) as simulator:
        simulator.build([network()])
        with pytest.raises(SimulatorError, match=r"Build with window_spikes_of=\[names\]"):
            simulator.window_spikes()
        with pytest.raises(UnknownNameError, match=r"unknown population 'oot'\. Did you mean 'out'"):
            simulator.build([network()], window_spikes_of=["oot"])


# --- which simulator ---


def other_synapse(synapse: str, **parameters: float) -> Network:
    index = np.zeros(1, np.int64)
    return network(Projection("in", "out", index, index, np.full(1, 50.0), np.ones(1), synapse, parameters))


def test_what_learns_by_stdp_is_compiled_and_other_plasticity_is_left_to_nest() -> None:
    assert choose(learning_network()) == "compiled"
    triplet = other_synapse("stdp_triplet_synapse", Wmax=200.0)
    assert choose(triplet) == "nest"
    with create_simulator("auto") as simulator:
        simulator.build([triplet])
        for _ in range(5):
            simulator.advance(drive(1, 2000.0), 20.0, ONE)
        assert 0.0 <= simulator.weights_pa()[0][0][0] <= 200.0


def test_given_spikes_reach_a_plastic_synapse_through_a_parrot_in_nest() -> None:
    weak = learning_network().projections[0]
    populations = (Population("in", 2, SPIKE_SOURCE), Population("parrot", 2, "parrot_neuron"), Population("out", 2))
    relay = Projection("in", "parrot", np.arange(2), np.arange(2), np.ones(2), np.ones(2))
    plastic = replace(weak, source="parrot", target="out", synapse="stdp_synapse", parameters={"Wmax": 9000.0})
    described = Network(populations, (relay, plastic), "in", "out")
    assert choose(described) == "nest"
    with create_simulator("auto") as simulator:
        simulator.build([described])
        step = np.tile(np.arange(10, 500, 10), 2)
        train = SpikeTrains(np.zeros(98, np.int64), np.repeat([0, 1], 49), step, 1)
        assert simulator.advance(train, 50.0, ONE).sum() > 0
        assert (simulator.weights_pa()[0][1] != 2000.0).all()


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (other_synapse("stdp_sinapse"), "NEST refuses the network: .*stdp_sinapse"),
        (other_synapse("stdp_triplet_synapse", Wmux=1.0), "NEST refuses the network: .*does not have parameter Wmux"),
    ],
)
def test_what_no_simulator_knows_is_told(refused: Network, message: str) -> None:
    with create_simulator("auto") as simulator, pytest.raises(SimulatorError, match=message):
        simulator.build([refused])


@pytest.mark.parametrize("name", ["nest", "compiled"])
def test_networks_that_set_different_synapse_parameters_cannot_share_a_batch(name: str) -> None:
    with create_simulator(name) as simulator, pytest.raises(NetworkError, match="2 different layouts"):
        simulator.build([other_synapse("stdp_synapse", Wmax=100.0), other_synapse("stdp_synapse", alpha=1.0)])


def test_a_time_constant_that_is_not_positive_is_refused() -> None:
    described = learning_network()
    populations = (described.populations[0], Population("out", 2, parameters={"tau_minus": 0.0}))
    refused = Network(populations, described.projections, "in", "out")
    for name, message in (
        ("compiled", "tau_minus is 0 ms; expected a value above 0"),
        ("nest", "must be strictly pos"),
    ):
        with create_simulator(name) as simulator, pytest.raises(SimulatorError, match=message):
            simulator.build([refused])
