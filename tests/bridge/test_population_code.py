"""Population code: fields, sums with soft reset by hand, probabilities, and fields that are genes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.bridge import ENCODERS
from neurosim_rl.bridge.population_code import PopulationEncoder, accumulated
from neurosim_rl.errors import ConfigurationError, NetworkError, ShapeError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from tests.components import create

LOW, HIGH = np.array([-1.0, 0.0]), np.array([1.0, 8.0])
FIRST = np.zeros(1, np.int64)


def population(**options: Any) -> PopulationEncoder:
    table = {"name": "population", "n_fields": 5, **options}
    window = {"window_ms": 20.0, "resolution_ms": 0.1}
    encoder = create("encoder", ENCODERS, table, low=LOW, high=HIGH, **window)
    assert isinstance(encoder, PopulationEncoder)
    return encoder


def network(shifts: Any = 0.0, widths: Any = 0.6) -> Network:
    genes = {"encoder_centres": np.broadcast_to(shifts, (2, 5)), "encoder_widths": np.broadcast_to(widths, (2, 5))}
    return Network((Population("n", 10),), (), "n", "n", bridge_genes=genes)


def test_fields_are_gaussians_between_the_bounds() -> None:
    # Centres of the second variable: 0, 2, 4, 6, 8; a width is 0.6 * 2.
    activity = population().activity(np.array([[-1.0, 5.0]]), FIRST)[0]
    assert activity[0] == 1.0
    np.testing.assert_allclose(activity[5:], np.exp(-0.5 * ((5.0 - np.arange(0, 9, 2)) / 1.2) ** 2), atol=1e-12)


def test_sums_with_soft_reset_by_hand() -> None:
    # 0.4: 0.4, 0.8, 1.2 spikes and leaves 0.201; 0.601, 1.001 spikes and leaves 0.002; 0.402.
    spikes = accumulated(np.array([1.0, 0.4, 0.0, 0.5]), 6)
    assert spikes.astype(int).tolist() == [[1] * 6, [0, 0, 1, 0, 1, 0], [0] * 6, [0, 1, 0, 1, 0, 1]]


@given(a=st.floats(0, 1), n=st.integers(1, 60))
def test_a_sum_spikes_as_often_as_it_holds_its_threshold(a: float, n: int) -> None:
    count = accumulated(np.array([a]), n).sum()
    assert abs(count - n * a / 0.999) <= 1 + 1e-9


def test_time_steps_divide_the_window_and_each_window_begins_anew() -> None:
    encoder = population(time_steps=4)
    for _ in range(2):
        drive = encoder.encode(np.array([[-1.0, 8.0]]), FIRST, [])
        assert set(drive.input.tolist()) == {0, 9}
        assert drive.step[drive.input == 0].tolist() == [1, 51, 101, 151]


def test_probabilities_are_activities_and_draws_the_elements_own() -> None:
    encoder = population(mode="probabilistic", time_steps=100)
    observation = np.array([[0.25, 3.0]])
    drive = encoder.encode(observation, np.array([1]), [np.random.default_rng(k) for k in range(2)])
    share = np.bincount(drive.input, minlength=10) / 100
    activity = encoder.activity(observation, FIRST)[0]
    assert (np.abs(share - activity) <= 4 * np.sqrt(activity * (1 - activity) / 100) + 1e-9).all()
    draws = np.random.default_rng(1).random((10, 100))
    assert len(drive.input) == (draws < activity[:, None]).sum()


def test_genes_shift_and_widen_the_fields_of_each_element() -> None:
    encoder = population(learned=True)
    encoder.start([network(), network(shifts=1.0), network(widths=1.2)])
    observations = np.tile([[0.0, 4.0]], (3, 1))
    plain, shifted, wide = encoder.activity(observations, np.arange(3)).reshape(3, 2, 5)
    np.testing.assert_array_equal(plain, population().activity(observations[:1], FIRST).reshape(2, 5))
    # Moved up by a spacing, each neuron answers as its upper neighbour did.
    np.testing.assert_allclose(shifted[:, :-1], plain[:, 1:], atol=1e-12)
    np.testing.assert_allclose(wide, plain**0.25, atol=1e-6)


def test_only_learned_fields_are_genes_and_start_within_their_bounds() -> None:
    assert population().parameters == ()
    centres, widths = population(learned=True, width=3.0).parameters
    assert (centres.name, centres.shape, widths.name, widths.shape) == (
        *("encoder_centres", (2, 5)),
        *("encoder_widths", (2, 5)),
    )
    assert widths.initial == (1.5, 4.0)


def test_a_network_without_the_genes_is_refused() -> None:
    encoder = population(learned=True)
    with pytest.raises(NetworkError, match="no gene 'encoder_centres' for the encoder or decoder"):
        encoder.start([Network((Population("n", 10),), (), "n", "n")])
    odd = {"encoder_centres": np.zeros((5, 2)), "encoder_widths": np.ones((5, 2))}
    with pytest.raises(ShapeError, match=r"encoder_centres has shape \(5, 2\); expected \(2, 5\)"):
        encoder.start([Network((Population("n", 10),), (), "n", "n", bridge_genes=odd)])


def test_the_mirror_image_is_the_population_in_reversed_order() -> None:
    encoder = population()
    assert encoder.reflection([0]).order == (4, 3, 2, 1, 0, 5, 6, 7, 8, 9)
    with pytest.raises(ConfigurationError, match="fields that evolve have no mirror image"):
        population(learned=True).reflection([0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_steps": 201}, "expected at most 200, the grid steps of a window"),
        ({"learned": True, "width": 5.0}, r"encoder\.width = 5 with learned = true; expected 0\.1 to 4"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        population(**options)
