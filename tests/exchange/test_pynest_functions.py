"""Functions that scripts copy: the same bits as those of the bridge, which this package plays with."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import DECODERS, NO_SPIKE, decoders, normalisation, tuned_encoders, tunings
from neurosim_rl.bridge.centre_of_mass import CentreOfMass
from neurosim_rl.bridge.compiled_elementary import exponential_of, hyperbolic_tangent_of
from neurosim_rl.bridge.delta import DeltaEncoder
from neurosim_rl.bridge.first_spike import FirstSpike
from neurosim_rl.bridge.latency import LatencyEncoder
from neurosim_rl.bridge.population_code import PopulationEncoder
from neurosim_rl.bridge.population_vector import PopulationVector, preferred_directions
from neurosim_rl.environments.action_parts import taken
from neurosim_rl.environments.observed import Observed
from neurosim_rl.exchange import pynest_decoding as decoding
from neurosim_rl.exchange import pynest_encoding as encoding
from neurosim_rl.exchange import pynest_observations as observing
from neurosim_rl.exchange import pynest_spaces as spaces
from neurosim_rl.exchange.pynest_data import assignment
from neurosim_rl.exchange.pynest_decoder_pieces import DECODER_PIECES
from neurosim_rl.exchange.source_text import SourceText
from tests.components import create

LOW, HIGH = np.array([-1.2, 0.0, -3.0]), np.array([0.6, 5.0, 3.0])
OBSERVATIONS = np.random.default_rng(1).uniform(LOW - 0.2, HIGH + 0.2, (40, 3))
BOX = Box(np.array([-2.0, 0.1]), np.array([1.0, 0.7]), dtype=np.float64)
COUNTS = np.random.default_rng(2).integers(0, 5, (60, 4))


def copied(module: str, name: str) -> dict:
    """Return the names that the copied text of a function defines."""
    source = SourceText()
    source.add(module, name)
    names: dict = {"np": np, "math": __import__("math")}
    names |= {"Any": Any, "gymnasium": gymnasium}
    exec(source.take(), names)
    return names


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gaussian", {"n_fields": 5, "width": 0.6}),
        ("linear", {}),
        ("one-hot", {"n_bins": 7}),
        ("opponent", {}),
        ("signed", {}),
    ],
)
def test_the_activity_of_input_neurons_is_that_of_the_tuning(name: str, options: dict) -> None:
    scaled = (np.clip(OBSERVATIONS, LOW, HIGH) - LOW) / (HIGH - LOW)
    expected = tunings.TUNINGS[name](**options).activity(scaled)
    module = observing.__name__
    function = f"{name.replace('-', '_')}_activity"
    in_the_script = copied(module, function)[function]
    for function_of in (getattr(observing, function), in_the_script):
        found = [function_of(observation, LOW, HIGH, **options) for observation in OBSERVATIONS]
        np.testing.assert_array_equal(np.stack(found), expected)


def test_the_activity_of_quantile_bins_is_that_of_the_tuning() -> None:
    from scipy.special import ndtri

    tuning = tunings.QuantileTuning(n_bins=6, means=(0.1, 2.0, 0.0), deviations=(0.3, 1.0, 2.0)).within(LOW, HIGH)
    expected = tuning.activity((np.clip(OBSERVATIONS, LOW, HIGH) - LOW) / (HIGH - LOW))
    edges = ndtri(np.arange(1, 6) / 6)
    arguments = LOW, HIGH, edges, np.array(tuning.means), np.array(tuning.deviations)
    found = [observing.quantile_activity(observation, *arguments) for observation in OBSERVATIONS]
    np.testing.assert_array_equal(np.stack(found), expected)


def test_normalised_observations_are_those_of_the_bridge() -> None:
    bound, mean, deviation = (0.7, 2.0, 3.0), (0.1, 0.2, 0.3), (1.0, 0.1, 2.0)
    by_bounds = normalisation.BoundsNormalisation(LOW, HIGH, gain=2.5, bound=bound).apply(OBSERVATIONS)
    np.testing.assert_array_equal(observing.divide_by_bounds(OBSERVATIONS, np.array(bound), 2.5), by_bounds)
    standard = normalisation.StatisticsNormalisation(LOW, HIGH, mean=mean, deviation=deviation).apply(OBSERVATIONS)
    found = observing.standardise(OBSERVATIONS, np.array(mean), np.array(deviation), 5.0)
    np.testing.assert_array_equal(found, standard)


@pytest.mark.parametrize("kind", ["poisson", "regular"])
def test_input_spikes_are_those_of_the_encoder_in_all_windows(kind: str) -> None:
    options: dict[str, Any] = {"peak_hz": 400.0, "floor_hz": 3.0}
    encoders = {"poisson": tuned_encoders.PoissonEncoder, "regular": tuned_encoders.RegularEncoder}
    encoder: Any = encoders[kind](LOW, HIGH, window_ms=5.0, resolution_ms=0.1, **options)
    encoder.start([None])  # type: ignore[list-item]  # only their number counts
    theirs, ours, phase = np.random.default_rng(5), np.random.default_rng(5), np.full(encoder.n_inputs, 0.5)
    for observation in OBSERVATIONS[:8]:
        drive = encoder.encode(observation[None], np.array([0]), [theirs])
        expected = encoding.spikes_per_step(encoder.activity(observation[None])[0], **options, resolution_ms=0.1)
        if kind == "poisson":
            neuron, step = encoding.poisson_spikes(expected, 50, ours)
        else:
            neuron, step = encoding.regular_spikes(expected, 50, phase)
        np.testing.assert_array_equal(neuron, drive.input)
        np.testing.assert_array_equal(step, drive.step)


@pytest.mark.parametrize(("tie", "neutral"), [("neutral", 1), ("neutral", 0), ("first", None), ("random", None)])
def test_votes_and_ties_are_those_of_the_decoder(tie: str, neutral: int | None) -> None:
    index = -1 if neutral is None else neutral
    decoder = decoders.WinnerTakesAll(Discrete(2), 20.0, tie=tie, neutral_action=index, neurons_per_action=2)
    theirs, ours = np.random.default_rng(5), np.random.default_rng(5)
    for counts in COUNTS:
        if tie == "random":
            found = decoding.winning_or_drawn_action(counts, 2, ours)
        else:
            found = decoding.winning_action(counts, 2, neutral)
        assert found == decoder.decode(counts[None], np.array([0]), [theirs])[0]


def test_continuous_actions_are_those_of_the_decoders() -> None:
    low, high, rows = BOX.low, BOX.high, np.arange(len(COUNTS))
    difference = decoders.RateDifference(BOX, 20.0, full_scale_hz=150.0).decode(COUNTS, rows, [])
    found = [decoding.action_of_difference(counts, 1, 150.0 * 20.0 * 1e-3, low, high) for counts in COUNTS]
    np.testing.assert_array_equal(np.stack(found), difference)
    membranes = np.random.default_rng(3).normal(size=(60, 2)) * 2
    expected = decoders.MembraneReadout(BOX, 20.0).decode(membranes, rows, [])
    names = copied(decoding.__name__, "action_of_membranes")
    np.testing.assert_array_equal([names["action_of_membranes"](v, low, high) for v in membranes], expected)


ELEMENTARY = "neurosim_rl.bridge.compiled_elementary"
COPIED = {**copied(ELEMENTARY, "hyperbolic_tangent_of"), **copied(ELEMENTARY, "exponential_of")}


@given(st.floats(allow_nan=False))
def test_copied_elementary_functions_have_the_bits_of_the_compiled_ones(x: float) -> None:
    for name, compiled in (("exponential_of", exponential_of), ("hyperbolic_tangent_of", hyperbolic_tangent_of)):
        assert COPIED[name](x) == compiled(x)


VALUES = st.floats(allow_nan=False) | st.integers() | st.text(max_size=5) | st.booleans() | st.none()


@given(arrays(np.float64, st.tuples(st.integers(0, 3), st.integers(0, 12))), st.lists(VALUES, max_size=4))
def test_data_in_a_script_come_back_bit_for_bit(array: np.ndarray, values: list) -> None:
    names: dict = {"np": np}
    exec(assignment("DATA", {"weights": array, "values": values, "inner": {"a": array}}), names)
    for found in (names["DATA"]["weights"], names["DATA"]["inner"]["a"]):
        assert found.shape == array.shape
        assert np.array_equal(found, array, equal_nan=True)
        known = ~np.isnan(array)
        assert (np.signbit(found) == np.signbit(array))[known].all()
    assert names["DATA"]["values"] == values


LATENCIES = [
    ("linear_latencies", {"threshold": 0.2}, {"law": "linear", "threshold": 0.2}),
    ("logarithmic_latencies", {"threshold": 0.1, "tau_ms": 4.0}, {"law": "logarithmic", "tau_ms": 4.0}),
]


@pytest.mark.parametrize(("function", "constants", "options"), LATENCIES)
def test_latencies_are_those_of_the_encoder(function: str, constants: dict, options: dict) -> None:
    encoder = LatencyEncoder(LOW, HIGH, window_ms=5.0, resolution_ms=0.1, latest_ms=4.0, **options)
    if options["law"] == "linear":
        constants = {**constants, "latest_ms": encoder.latest_step * 0.1}
    names = copied(encoding.__name__, function)
    for observation in OBSERVATIONS:
        drive = encoder.encode(observation[None], np.zeros(1, int), [])
        latency_ms = names[function](encoder.activity(observation[None])[0], **constants)
        neuron, step = encoding.spikes_at(latency_ms, encoder.latest_step, 0.1)
        np.testing.assert_array_equal(neuron, drive.input)
        np.testing.assert_array_equal(step, drive.step)


@pytest.mark.parametrize("reference", ["first", "middle"])
def test_spikes_of_changes_are_those_of_the_encoder_in_all_windows(reference: str) -> None:
    encoder: Any = DeltaEncoder(LOW, HIGH, window_ms=2.0, resolution_ms=0.1, threshold=0.05, reference=reference)
    encoder.start([None])
    origin, level = (LOW + HIGH) / 2 if reference == "middle" else np.full(3, np.nan), np.zeros(3)
    constants = encoder.thresholds_of_variables, encoder.most_spikes, encoder.interval_steps
    assert encoder.most_spikes == 2  # so that changes of more thresholds than that occur
    for observation in [*OBSERVATIONS[:9], OBSERVATIONS[8], np.array([1e308, -1e308, 0.0])]:
        drive = encoder.encode(observation[None], np.zeros(1, int), [])
        neuron, step = encoding.spikes_of_changes(observation, origin, level, *constants)
        np.testing.assert_array_equal(neuron, drive.input)
        np.testing.assert_array_equal(step, drive.step)


@pytest.mark.parametrize("mode", ["deterministic", "probabilistic"])
def test_spikes_of_a_population_are_those_of_the_encoder(mode: str) -> None:
    encoder = PopulationEncoder(LOW, HIGH, window_ms=5.0, resolution_ms=0.1, n_fields=6, time_steps=7, mode=mode)
    theirs, ours = np.random.default_rng(5), np.random.default_rng(5)
    centres, deviations = encoder.fields.centres[0], encoder.fields.deviations[0]
    n_spikes = 0
    for observation in OBSERVATIONS:
        drive = encoder.encode(observation[None], np.zeros(1, int), [theirs])
        activity = observing.field_activity(observation, LOW, HIGH, centres, deviations)
        if mode == "deterministic":
            neuron, step = encoding.population_spikes(activity, 7, 50)
        else:
            neuron, step = encoding.drawn_population_spikes(activity, 7, 50, ours)
        np.testing.assert_array_equal(neuron, drive.input)
        np.testing.assert_array_equal(step, drive.step)
        n_spikes += len(step)
    assert n_spikes > 100


def test_the_first_spike_of_each_output_neuron_and_its_action_are_those_of_the_decoder() -> None:
    # Neurons 7, 3, 4, 9 are the outputs, in this order; 5 is none of them, and 9 is silent.
    neuron, step = np.array([5, 3, 7, 3, 4]), np.array([1, 8, 6, 2, 2])
    first = decoding.steps_of_first_spikes(neuron, step, np.array([7, 3, 4, 9]))
    assert first.tolist() == [6, 2, 2, NO_SPIKE]
    firsts = np.where(COUNTS == 0, NO_SPIKE, COUNTS)
    decoder = FirstSpike(Discrete(4), 20.0, tie="random")
    theirs, ours = np.random.default_rng(5), np.random.default_rng(5)
    expected = [decoder.decode(row[None], np.zeros(1, int), [theirs])[0] for row in firsts]
    assert [decoding.first_or_drawn_action(row, 1, ours) for row in firsts] == expected
    assert decoding.first_action(firsts[0] * 0 + NO_SPIKE, 2, neutral=1) == 1


def test_counts_of_output_neurons_are_in_their_order() -> None:
    assert decoding.counts_of(np.array([2, 9, 2, 5]), np.array([9, 2, 11])).tolist() == [1, 2, 0]


def test_population_codes_of_actions_are_those_of_the_decoders() -> None:
    low, high, rows = BOX.low, BOX.high, np.arange(len(COUNTS))
    vector = PopulationVector(BOX, 20.0, n_neurons=4, full_scale_hz=150.0).decode(COUNTS, rows, [])
    directions = preferred_directions(4, 2)
    found = [decoding.action_of_vector(counts, directions, 150.0 * 20.0 * 1e-3, low, high) for counts in COUNTS]
    np.testing.assert_array_equal(np.stack(found), vector)
    mean = CentreOfMass(BOX, 20.0, neurons_per_dimension=2).decode(COUNTS, rows, [])
    np.testing.assert_array_equal([decoding.action_of_mean(counts, 2, low, high) for counts in COUNTS], mean)


@pytest.mark.parametrize("kernel", ["exponential", "boxcar"])
def test_averages_are_those_of_the_decoder_in_all_windows(kernel: str) -> None:
    options = {"readout": {"name": "rate-difference"}, "kernel": kernel, "windows": 4}
    decoder: Any = create("decoder", DECODERS, {"name": "sliding-rate", **options}, action_space=BOX, window_ms=20.0)
    decoder.start([None])
    average, windows = np.zeros(4), np.zeros((4, 4))
    for number, counts in enumerate(COUNTS):
        expected = decoder.average(counts[None], np.zeros(1, int))[0]
        if kernel == "exponential":
            found = decoding.averaged(counts, average, decoder.share)
        else:
            found = decoding.averaged_windows(counts, windows, number)
        np.testing.assert_array_equal(found, expected)


NESTED = Dict(
    {"arm": Tuple([MultiDiscrete([2, 3], start=[0, 1]), BOX]), "grip": MultiBinary(2), "mode": Discrete(2, start=5)}
)


def test_actions_of_parts_are_those_of_the_decoder_and_taken_as_the_environment_takes_them() -> None:
    decoder: Any = create("decoder", DECODERS, {"name": "parts"}, action_space=NESTED, window_ms=20.0)
    counts = np.random.default_rng(2).integers(0, 5, (20, decoder.n_outputs))
    expected = decoder.decode(counts, np.arange(20), [])
    table = DECODER_PIECES["parts"](decoder, None).constants["PARTS"]  # type: ignore[arg-type]
    found = np.stack([decoding.action_of_parts(row, table) for row in counts])
    np.testing.assert_array_equal(found, expected)
    names = copied(spaces.__name__, "action_in")
    for row, theirs in zip(found, taken(expected, NESTED, NESTED), strict=True):
        ours = spaces.action_in(NESTED, row.tolist())
        assert ours in NESTED
        assert str(ours) == str(theirs) == str(names["action_in"](NESTED, row.tolist()))


def test_observations_of_any_space_are_the_variables_of_the_package() -> None:
    NESTED.seed(3)
    drawn = [NESTED.sample() for _ in range(20)]
    variables = [spaces.variables_of(observation, NESTED) for observation in drawn]
    np.testing.assert_array_equal(variables, Observed("x", NESTED).rows(drawn, len(variables[0])))
