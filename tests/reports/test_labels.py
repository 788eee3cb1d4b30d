import numpy as np
import pytest

from neurosim_rl.analysis.labels import without_unit
from neurosim_rl.bridge import ENCODERS, TUNINGS
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.bridge.weighted_encoders import WeightedEncoder
from neurosim_rl.optimizees import create_optimizee, learner_settings
from neurosim_rl.reports.labels import driving_variables, task_labels
from neurosim_rl.settings.options import read_component
from neurosim_rl.training.configure import configure
from tests.tasks import EVERY_TASK


@pytest.mark.parametrize("task", EVERY_TASK)
def test_every_task_names_each_variable_action_and_neuron(task: str) -> None:
    optimizee = create_optimizee(configure(task))
    labels = task_labels(optimizee)
    assert labels.observations == optimizee.observation_labels
    assert labels.actions == optimizee.action_labels
    assert len(labels.inputs) == (optimizee.encoder.n_inputs if optimizee.encoder.read_in_shape is None else 0)
    assert len(labels.outputs) == optimizee.decoder.n_outputs


def test_what_a_task_does_not_name_is_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    optimizee = create_optimizee(configure("mountain-car"))
    monkeypatch.setattr(type(optimizee), "observation_labels", ())
    monkeypatch.setattr(type(optimizee), "action_labels", ())
    labels = task_labels(optimizee)
    assert labels.observations == ("observation 0", "observation 1")
    assert labels.outputs == labels.actions == ("action 0", "action 1", "action 2")


def test_neurons_that_share_an_action_are_numbered() -> None:
    labels = task_labels(create_optimizee(configure("cart-pole", {"decoder": {"neurons_per_action": 2}})))
    assert labels.outputs == ("push left #1", "push left #2", "push right #1", "push right #2")


CONTINUOUS = {"environment": {"id": "MountainCarContinuous-v0"}, "decoder": {"name": "rate-difference"}}


def test_a_box_action_gives_neurons_that_raise_and_lower_it(monkeypatch: pytest.MonkeyPatch) -> None:
    optimizee = create_optimizee(configure("mountain-car-continuous", {"decoder": {"name": "rate-difference"}}))
    monkeypatch.setattr(type(optimizee), "action_labels", ("force (N)",))
    labels = task_labels(optimizee)
    assert not labels.discrete
    assert labels.actions == ("force (N)",)
    assert labels.outputs == ("raises force", "lowers force")


def test_neurons_of_a_linear_readout_are_numbered() -> None:
    config = configure("mountain-car", CONTINUOUS, {"decoder": {"name": "linear", "n_neurons": 2}})
    assert task_labels(create_optimizee(config)).outputs == ("output 0", "output 1")


def test_outputs_that_are_read_by_their_membranes_have_no_spikes_to_name() -> None:
    labels = task_labels(create_optimizee(configure("cart-pole", learner_settings("cart-pole", "ppo", "snn"))))
    assert labels.outputs == ()
    assert labels.actions == ("push left", "push right")


@pytest.mark.parametrize(
    ("tuning", "expected"),
    [
        ({"name": "gaussian", "n_fields": 3}, [0, 0, 0, 1, 1, 1]),
        ({"name": "one-hot", "n_bins": 2}, [0, 0, 1, 1]),
        ({"name": "linear"}, [0, 1]),
        ({"name": "opponent"}, [0, 1, 0, 1]),
    ],
)
def test_each_input_neuron_is_attributed_to_the_variable_that_drives_it(tuning: dict, expected: list[int]) -> None:
    encoder = CurrentEncoder(
        np.array([-1.0, 0.0]), np.array([1.0, 5.0]), 20.0, 0.2, tuning=read_component("tuning", TUNINGS, tuning)
    )
    assert driving_variables(encoder).tolist() == expected


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_every_encoder_can_be_attributed(name: str) -> None:
    n_neurons = {"n_neurons": 4} if issubclass(ENCODERS[name], WeightedEncoder) else {}
    optimizee = create_optimizee(configure("cart-pole", {"encoder": {"name": name, **n_neurons}}))
    variables = {without_unit(label) for label in optimizee.observation_labels}
    assert set(task_labels(optimizee).inputs) == (variables if optimizee.encoder.read_in_shape is None else set())


@pytest.mark.parametrize(
    ("label", "expected"), [("angle (rad)", "angle"), ("angle", "angle"), ("sin(angle) (1)", "sin(angle)")]
)
def test_only_a_unit_at_the_end_is_taken_off_a_label(label: str, expected: str) -> None:
    assert without_unit(label) == expected
