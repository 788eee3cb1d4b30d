"""Functions that scripts copy: the same bits as those of the bridge, which this package plays with."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import decoders, normalisation, tuned_encoders, tunings
from neurosim_rl.bridge.compiled_elementary import exponential_of, hyperbolic_tangent_of
from neurosim_rl.exchange import pynest_decoding as decoding
from neurosim_rl.exchange import pynest_encoding as encoding
from neurosim_rl.exchange import pynest_observations as observing
from neurosim_rl.exchange.pynest_data import assignment
from neurosim_rl.exchange.source_text import SourceText

LOW, HIGH = np.array([-1.2, 0.0, -3.0]), np.array([0.6, 5.0, 3.0])
OBSERVATIONS = np.random.default_rng(1).uniform(LOW - 0.2, HIGH + 0.2, (40, 3))
BOX = Box(np.array([-2.0, 0.1]), np.array([1.0, 0.7]), dtype=np.float64)
COUNTS = np.random.default_rng(2).integers(0, 5, (60, 4))


def copied(module: str, name: str) -> dict:
    """Return the names that the copied text of a function defines."""
    source = SourceText()
    source.add(module, name)
    names: dict = {"np": np, "math": __import__("math")}
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
