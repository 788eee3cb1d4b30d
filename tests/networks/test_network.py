"""Network descriptions: what is derived from them, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.errors import NetworkError, ShapeError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection


def synapses(source: str, target: str, delay_ms: list[float], weight_pa: float = 1.0) -> Projection:
    """Return synapses from neuron 0 to neuron 0."""
    zeros = np.zeros(len(delay_ms), np.int64)
    return Projection(source, target, zeros, zeros, np.full(len(delay_ms), weight_pa), np.array(delay_ms))


def network(*projections: Projection, **options: Any) -> Network:
    populations = (Population("in", 2, SPIKE_SOURCE), Population("hidden", 3), Population("out", 4))
    return Network(populations, projections, **{"input": "in", "output": "out", **options})


def test_sizes_are_counted_through_the_populations() -> None:
    net = network(synapses("in", "hidden", [1.0, 1.0]), synapses("hidden", "out", [1.0]))
    assert (net.n_neurons, net.n_synapses, net.n_inputs, net.n_outputs) == (9, 3, 2, 4)
    assert net.first_neuron == {"in": 0, "hidden": 2, "out": 5}
    assert net.population("hidden").size == 3
    assert [p.is_source for p in net.populations] == [True, False, False]


def test_all_to_all_joins_each_source_to_each_target() -> None:
    projection = Projection.all_to_all("in", "hidden", np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 1.5)
    assert projection.pre.tolist() == [0, 0, 0, 1, 1, 1]
    assert projection.post.tolist() == [0, 1, 2, 0, 1, 2]
    assert projection.weight_pa.tolist() == [1, 2, 3, 4, 5, 6]
    assert projection.delay_ms.tolist() == [1.5] * 6
    assert projection.n_synapses == 6
    assert projection.label == "projection 'in' -> 'hidden'"


@pytest.mark.parametrize(
    ("delays", "minimum", "expected"),
    [
        (([2.0, 1.5], [3.0]), None, (1.5, 3.0)),
        (([2.0, 1.5], [3.0]), 0.5, (0.5, 3.0)),
        (([], [3.0]), None, (3.0, 3.0)),
        (([], []), None, (0.1, 0.1)),
    ],
)
def test_the_delay_range_spans_all_synapses(
    delays: tuple[list[float], list[float]], minimum: float | None, expected: tuple[float, float]
) -> None:
    net = network(synapses("in", "hidden", delays[0]), synapses("hidden", "out", delays[1]), min_delay_ms=minimum)
    assert net.delay_range_ms == expected


@given(st.integers(1, 10_000), st.sampled_from([0.1, 0.2, 0.25, 1.0, 0.3, 0.35, 0.7, 0.95, 0.001]))
def test_every_multiple_of_the_resolution_is_a_delay(steps: int, resolution_ms: float) -> None:
    net = network(synapses("in", "out", [steps * resolution_ms]), resolution_ms=resolution_ms)
    assert net.delay_range_ms[0] == steps * resolution_ms
    assert net.delay_range_steps == (steps, steps)


@pytest.mark.parametrize("delay_ms", [0.0, 0.05, 0.15, -1.0, 1.03, float("nan"), float("inf")])
def test_a_delay_off_the_grid_is_refused(delay_ms: float) -> None:
    with pytest.raises(NetworkError, match=r"'in' -> 'out': delays must be multiples of the resolution, 0\.1 ms"):
        network(synapses("in", "out", [1.0, delay_ms]))


@pytest.mark.parametrize("min_delay_ms", [0.0, 0.25, 1.1, float("nan")])
def test_a_smallest_delay_that_no_simulator_can_keep_is_refused(min_delay_ms: float) -> None:
    with pytest.raises(
        NetworkError, match=r"min_delay_ms = .*; expected a multiple .* at most the smallest delay, 1\.0"
    ):
        network(synapses("in", "out", [1.0]), min_delay_ms=min_delay_ms)


@pytest.mark.parametrize("resolution_ms", [0.0125, 0.0015, 1 / 3, 0.0, -0.1, 0.0009, float("nan"), float("inf")])
def test_a_resolution_that_is_no_whole_number_of_ticks_is_refused(resolution_ms: float) -> None:
    with pytest.raises(
        NetworkError, match=r"^resolution_ms is .*; expected a multiple of 0\.001 ms \(NEST's tick\), from"
    ):
        network(resolution_ms=resolution_ms)


def test_a_delay_that_a_synapse_of_nest_cannot_hold_is_refused() -> None:
    network(synapses("in", "out", [2097151.0]), resolution_ms=1.0)
    with pytest.raises(NetworkError, match=r"a delay has 2097152 steps; NEST holds at most 2097151, 2\.09715e\+06 ms"):
        network(synapses("in", "out", [2097152.0]), resolution_ms=1.0)


def test_a_population_needs_a_neuron() -> None:
    with pytest.raises(NetworkError, match="population 'out' has 0 neurons"):
        Population("out", 0)


def test_a_parameter_may_differ_between_neurons() -> None:
    assert np.shape(Population("out", 3, parameters={"tau_m": np.arange(3.0), "C_m": 250}).parameters["tau_m"]) == (3,)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_m": np.zeros(2)}, r"tau_m has shape \(2,\); expected \(\) or \(3,\)"),
        ({"tau_m": [[1.0], [1.0]]}, r"tau_m has shape \(2, 1\)"),
        ({"tau_m": float("nan")}, "tau_m is nan; expected a number"),
        ({"tau_m": [1.0, float("nan"), 1.0]}, "tau_m is .*; expected a number"),
        ({"tau_m": "10"}, "tau_m is '10'; expected a number"),
        ({"tau_m": None}, "tau_m is None; expected a number"),
    ],
)
def test_a_parameter_that_is_not_a_number_a_neuron_is_refused(parameters: Mapping[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=f"population 'out': {message}"):
        Population("out", 3, parameters=parameters)


@pytest.mark.parametrize(("n_pre", "n_weights"), [(2, 3), (3, 2)])
def test_arrays_of_a_projection_must_be_equally_long(n_pre: int, n_weights: int) -> None:
    index = np.zeros(n_pre, np.int64)
    with pytest.raises(NetworkError, match="must be 1-D and equally long"):
        Projection("in", "out", index, index, np.zeros(n_weights), np.ones(n_pre))


@pytest.mark.parametrize("name", ["pre", "post"])
def test_an_index_that_is_no_whole_number_is_refused(name: str) -> None:
    pre, post = (np.array([0.5]) if name == end else np.zeros(1, np.int64) for end in ("pre", "post"))
    with pytest.raises(NetworkError, match=rf"{name} is not an array of whole numbers; expected indices of neurons"):
        Projection("in", "out", pre, post, np.ones(1), np.ones(1))


def test_a_weight_that_is_not_finite_is_refused_with_its_index() -> None:
    index = np.zeros(2, np.int64)
    with pytest.raises(NetworkError, match=r"weight\[1\] is nan"):
        Projection("in", "out", index, index, np.array([0.0, np.nan]), np.ones(2))


@pytest.mark.parametrize(
    ("projections", "options", "message"),
    [
        ((), {"input": "inn"}, "input population 'inn' does not exist"),
        ((), {"output": "oot"}, "output population 'oot' does not exist"),
        ((), {"output": "in"}, "output population 'in' emits given spikes"),
        ((synapses("x", "out", [1.0]),), {}, "'x' -> 'out': source does not exist"),
        ((synapses("in", "x", [1.0]),), {}, "'in' -> 'x': target does not exist"),
        ((synapses("out", "in", [1.0]),), {}, "a spike source cannot receive synapses"),
    ],
)
def test_an_inconsistent_network_is_refused(
    projections: tuple[Projection, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(NetworkError, match=message):
        network(*projections, **options)


def test_two_populations_of_one_name_are_refused() -> None:
    with pytest.raises(NetworkError, match=r"population names must be unique; got \['a', 'a'\]"):
        Network((Population("a", 1), Population("a", 1)), (), "a", "a")


@pytest.mark.parametrize(("pre", "post", "role"), [(2, 0, "source"), (-1, 0, "source"), (0, 4, "target")])
def test_an_index_beyond_a_population_is_refused(pre: int, post: int, role: str) -> None:
    projection = Projection("in", "out", np.array([0, pre]), np.array([0, post]), np.zeros(2), np.ones(2))
    with pytest.raises(NetworkError, match=f"{role} index out of range"):
        network(projection)


# --- other weights ---


def layered() -> Network:
    return network(synapses("in", "hidden", [1.0, 1.5]), synapses("hidden", "out", [1.0]))


def test_other_weights_give_the_network_that_would_have_been_built_with_them() -> None:
    template = layered()
    weights = [np.arange(p.n_synapses) - 1.5 for p in template.projections]
    readout = np.ones((2, 1))
    copy = template.with_weights(weights, readout)
    for ours, old, weight in zip(copy.projections, template.projections, weights, strict=True):
        np.testing.assert_array_equal(ours.weight_pa, weight)
        assert ours.pre is old.pre
        assert ours.delay_ms is old.delay_ms
    assert copy.readout is readout
    assert template.readout is None
    assert copy.populations is template.populations
    assert copy.structure == template.structure
    assert copy.structure != layered().structure


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1.0], ShapeError, r"weight_pa has shape \(1,\); expected \(\d+,\)"),
        ("nan", NetworkError, r"weight\[0\] is nan; expected a finite number"),
    ],
)
def test_wrong_weights_are_refused(weights, error, message: str) -> None:
    template = layered()
    n = template.projections[0].n_synapses
    array = np.full(n, np.nan) if weights == "nan" else np.array(weights)
    with pytest.raises(error, match=message):
        template.with_weights([array, *(p.weight_pa for p in template.projections[1:])])


# --- plastic projections ---


def plastic(weight_pa: list[float], synapse: str = "stdp_synapse", **parameters: Any) -> Projection:
    index = np.zeros(len(weight_pa), np.int64)
    return Projection("hidden", "out", index, index, np.array(weight_pa), np.ones(len(weight_pa)), synapse, parameters)


@pytest.mark.parametrize(
    ("weights", "synapse", "parameters", "error", "message"),
    [
        ([1.0], "stdp_synapse", {"Wmux": 1.0}, UnknownNameError, r"'hidden' -> 'out'\) 'Wmux'\. Did you mean 'Wmax'"),
        ([1.0], "stdp_synapse", {"tau_minus": 1.0}, UnknownNameError, "tau_minus is a parameter of the target populat"),
        ([1.0], "static_synapse", {"Wmax": 1.0}, UnknownNameError, "static_synapse has no parameters; got 'Wmax'"),
        ([1.0], "stdp_synapse", {"Wmax": [1.0, 2.0]}, NetworkError, r"Wmax has shape \(2,\); expected \(\) or \(1,\)"),
        ([1.0], "stdp_synapse", {"lambda": float("nan")}, NetworkError, "lambda is nan; expected a finite number"),
        ([1.0], "stdp_synapse", {"alpha": "1"}, NetworkError, "alpha is '1'; expected a finite number"),
        ([1.0], "stdp_synapse", {"tau_plus": 0.0}, NetworkError, r"tau_plus is 0\.0; expected a value above 0 ms"),
        ([0.0], "stdp_synapse", {"Wmax": 0.0}, NetworkError, r"Wmax is 0\.0; expected a value other than 0\."),
        (
            [1.0, -2.0],
            "stdp_synapse",
            {},
            NetworkError,
            r"weight\[1\] is -2 and Wmax is 100; expected the same sign",
        ),
        ([-1.0, 0.0], "stdp_synapse", {"Wmax": -9.0}, NetworkError, r"weight\[1\] is 0 and Wmax is -9; .*Set Wmax"),
        ([1.0, 1.0], "stdp_synapse", {"Wmax": [5.0, -5.0]}, NetworkError, r"weight\[1\] is 1 and Wmax is -5"),
    ],
)
def test_wrong_parameters_of_synapses_are_refused(weights, synapse, parameters, error, message: str) -> None:
    with pytest.raises(error, match=message):
        plastic(weights, synapse, **parameters)


def test_a_spike_source_cannot_start_a_plastic_projection() -> None:
    index = np.zeros(1, np.int64)
    projection = Projection("in", "out", index, index, np.ones(1), np.ones(1), "stdp_synapse")
    with pytest.raises(NetworkError, match=r"stdp_synapse cannot start at a spike_generator.*parrot_neuron in between"):
        network(projection)


def test_other_weights_keep_the_parameters_of_synapses_and_their_sign() -> None:
    template = network(plastic([1.0, 2.0], Wmax=np.array([5.0, 6.0])))
    copy = template.with_weights([np.array([3.0, 0.0])])
    assert copy.projections[0].parameters is template.projections[0].parameters
    assert copy.structure == template.structure
    with pytest.raises(NetworkError, match="expected the same sign"):
        template.with_weights([np.array([3.0, -1.0])])


def test_networks_of_other_synapse_parameters_have_another_structure() -> None:
    one = network(plastic([1.0], Wmax=5.0))
    other = replace(one, projections=(replace(one.projections[0], parameters={"Wmax": 6.0}),))
    assert one.structure != other.structure


def test_a_dense_projection_may_be_plastic() -> None:
    projection = Projection.all_to_all("in", "out", np.ones((2, 4)), 1.0, "stdp_synapse", {"alpha": 2.0})
    assert (projection.synapse, projection.parameters) == ("stdp_synapse", {"alpha": 2.0})


def test_a_tuple_is_one_list_for_all_neurons_and_an_array_a_number_for_each() -> None:
    listed = Population("out", 2, "iaf_psc_exp_multisynapse", {"tau_syn": (2.0, 5.0), "C_m": np.array([200.0, 300.0])})
    assert np.shape(listed.parameters["tau_syn"]) == (1, 2)
    assert np.shape(listed.parameters["C_m"]) == (2,)


def several(**changes: Any) -> Network:
    populations = (Population("a", 2), Population("b", 1), Population("c", 3), Population("s", 2, "spike_generator"))
    return Network(populations, (), **{"input": ("c", "a"), "output": ("b", "c"), **changes})


def test_several_populations_are_joined_in_their_order() -> None:
    joined = several()
    assert joined.input_neurons.tolist() == [3, 4, 5, 0, 1]
    assert joined.output_neurons.tolist() == [2, 3, 4, 5]
    assert (joined.n_inputs, joined.n_outputs) == (5, 4)
    assert not joined.is_driven_by_spikes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input": ("a", "s")}, r"some emit given spikes, others are neurons"),
        ({"output": ("a", "a")}, r"output populations are \('a', 'a'\); expected at least one, and each once"),
        ({"output": ()}, r"output populations are \(\); expected at least one"),
        ({"output": ("a", "s")}, r"output population 's' emits given spikes"),
    ],
)
def test_populations_that_cannot_be_joined_are_refused(changes: Mapping[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        several(**changes)


@pytest.mark.parametrize("receptor", [-1, 1.5, np.ones(3, np.int64), "AMPA"])
def test_a_receptor_is_a_whole_number_or_one_for_each_synapse(receptor: Any) -> None:
    index = np.zeros(2, np.int64)
    Projection("a", "b", index, index, np.ones(2), np.ones(2), parameters={"receptor_type": np.array([1, 2])})
    with pytest.raises(NetworkError, match=r"receptor_type is .*; expected a whole number from 0, or one for each of"):
        Projection("a", "b", index, index, np.ones(2), np.ones(2), parameters={"receptor_type": receptor})


def test_gap_junctions_have_no_delay_and_need_a_kernel_of_their_own() -> None:
    index = np.zeros(1, np.int64)
    junction = Projection("a", "b", index, index, np.ones(1), np.full(1, 0.05), "gap_junction")
    alone = Network((Population("a", 1), Population("b", 1)), (junction,), "a", "b")
    assert alone.delay_range_steps == (10, 10)  # NEST's default delay, 1 ms, must be in the kernel's range
    assert alone.plays_alone.startswith("gap_junction: NEST iterates")
    assert not alone.random_models
