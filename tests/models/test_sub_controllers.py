"""Sub-controllers: who is connected to whom, and who silences whom."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge.drive import Currents
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import MODELS, SubControllers
from neurosim_rl.simulators import Simulator
from tests.components import create


def build(**options: Any) -> SubControllers:
    context = {"n_inputs": 12, "n_outputs": 4, "spiking_input": False, "resolution_ms": 0.1, "readout_shape": None}
    context |= {key: options.pop(key) for key in context.keys() & options.keys()}
    model = create("model", MODELS, {"name": "sub-controllers", "variables": [3, 1], **options}, **context)
    assert isinstance(model, SubControllers)
    return model


def weights_of(model: SubControllers, genes: np.ndarray) -> np.ndarray:
    """Return weights in pA as a matrix, shape (n_inputs, n_outputs); NaN where there is no synapse."""
    projection = model.network({"weights": genes}).projections[0]
    matrix = np.full((model.n_inputs, model.n_outputs), np.nan)
    matrix[projection.pre, projection.post] = projection.weight_pa
    return matrix


def test_each_sees_its_variables_and_has_every_other_output_neuron() -> None:
    model = build()
    assert model.parameters.size == 9 * 2 + 3 * 2
    matrix = weights_of(model, np.arange(24.0) + 1)
    there = ~np.isnan(matrix)
    expected = np.zeros((12, 4), bool)
    expected[:9, [0, 2]] = True
    expected[9:, [1, 3]] = True
    np.testing.assert_array_equal(there, expected)
    np.testing.assert_array_equal(matrix[there], 100.0 * (np.arange(24) + 1))


def test_what_was_learned_comes_back_as_genes_within_the_bounds() -> None:
    model = build(weight_limit=5.0, near_fields=1)
    network = model.network({"weights": np.linspace(-5, 5, 24)})
    learned = [p.weight_pa.copy() for p in network.projections]
    learned[0][:2] = [900.0, -120.0]
    genome = model.with_learned({"weights": np.zeros(24)}, learned)
    np.testing.assert_allclose(genome["weights"], [5.0, -1.2, *np.linspace(-5, 5, 24)[2:]])


def test_the_lowest_fields_of_the_first_ones_variables_drive_the_interneuron_which_inhibits_the_others() -> None:
    network = build(near_fields=2, near_weight_pa=250.0, inhibition_pa=2000.0).network({"weights": np.zeros(24)})
    assert [p.name for p in network.populations] == ["input", "interneuron", "output"]
    _, near, inhibition = network.projections
    assert near.pre.tolist() == [0, 1, 3, 4, 6, 7]
    assert set(near.weight_pa) == {250.0}
    assert inhibition.post.tolist() == [1, 3]
    assert set(inhibition.weight_pa) == {-2000.0}


def test_without_near_fields_there_is_no_interneuron() -> None:
    network = build().network({"weights": np.zeros(24)})
    assert [p.name for p in network.populations] == ["input", "output"]
    assert len(network.projections) == 1


@pytest.mark.parametrize(("near_fields", "others_are_silent"), [(0, False), (1, True)])
def test_an_active_near_field_silences_the_others(
    nest_simulator: Simulator, near_fields: int, others_are_silent: bool
) -> None:
    model = build(near_fields=near_fields, near_weight_pa=1000.0, output_current_pa=600.0)
    nest_simulator.build([model.network({"weights": np.zeros(24)})])
    active = np.array([0])
    far, near = np.zeros((1, 12)), np.zeros((1, 12))
    near[0, 3] = 1000.0  # the lowest field of the second variable
    free = nest_simulator.advance(Currents(far), 100.0, active)[0]
    assert (free > 2).all()
    nest_simulator.advance(Currents(near), 50.0, active)
    counts = nest_simulator.advance(Currents(near), 100.0, active)[0]
    assert (counts[[0, 2]] > 2).all()
    assert (counts[[1, 3]] == 0).all() == others_are_silent


def test_only_output_neurons_get_the_output_current() -> None:
    parameters = {"I_e": 50.0, "t_ref": 1.0}
    network = build(neuron_parameters=parameters, output_current_pa=600.0).network({"weights": np.zeros(24)})
    assert [p.parameters["I_e"] for p in network.populations] == [50.0, 650.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variables": [2, 3]}, r"does not divide 12 input neurons equally"),
        ({"variables": []}, r"expected numbers that sum to the number of observed variables"),
        ({"variables": [1.5, 1.5]}, r"expected whole numbers of variables, got 1\.5"),
        ({"n_outputs": 1}, r"needs at least 2 output neurons, .* got 1"),
        ({"near_fields": 4}, r"near_fields = 4; expected at most 3, the encoder's neurons"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        build(**options)
