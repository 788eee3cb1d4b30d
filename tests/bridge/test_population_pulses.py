"""Population code as currents: weighted activities of fields, with genes of their own."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge import ENCODERS
from neurosim_rl.bridge.population_pulses import PopulationPulses
from neurosim_rl.errors import EncodingError, NetworkError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from tests.components import create

LOW, HIGH = np.array([-1.0, 0.0]), np.array([1.0, 8.0])


def pulses(high: Any = HIGH, **options: Any) -> PopulationPulses:
    table = {"name": "population-pulses", "n_fields": 3, "n_neurons": 4, **options}
    encoder = create("encoder", ENCODERS, table, low=LOW, high=high, window_ms=4.0, resolution_ms=1.0)
    assert isinstance(encoder, PopulationPulses)
    return encoder


def network(seed: int, **genes: Any) -> Network:
    read_in = np.random.default_rng(seed).normal(size=(7, 4))
    return Network((Population("n", 4),), (), "n", "n", read_in=read_in, bridge_genes=genes)


@pytest.mark.parametrize("learned", [False, True])
def test_currents_are_weighted_activities_plus_the_bias(learned: bool) -> None:
    encoder = pulses(learned=learned)
    shifts, widths = np.random.default_rng(0).uniform(0.2, 0.8, (2, 2, 3)) if learned else (0.0, 0.6)
    one = network(1, encoder_centres=shifts, encoder_widths=widths)
    encoder.start([network(2, encoder_centres=np.zeros((2, 3)), encoder_widths=np.ones((2, 3))), one])
    drive = encoder.encode(np.array([[0.5, 6.0]]), np.array([1]), [])
    scaled = np.array([[0.75], [0.75]])  # of both variables, in units of the range; the spacing is half of it
    distance = (scaled - (np.array([0.0, 0.5, 1.0]) + 0.5 * np.asarray(shifts))) / (0.5 * np.asarray(widths))
    assert one.read_in is not None
    expected = np.append(np.exp(-0.5 * distance**2).ravel(), 1.0) @ one.read_in
    np.testing.assert_allclose(drive.pa, [expected], atol=2e-9)


def test_fields_need_bounds_and_genes() -> None:
    with pytest.raises(EncodingError, match=r"observation\[1\] has bounds \[0\.0, inf\]; expected finite"):
        pulses(np.array([1.0, np.inf]))
    with pytest.raises(NetworkError, match="no gene 'encoder_centres'"):
        pulses(learned=True).start([network(1)])
