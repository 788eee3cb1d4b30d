"""Gaussian fields that gradients train: the encoder's activities, their gradients, and the same actions in NEST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge.gaussian_fields import GaussianFields
from neurosim_rl.errors import ConfigurationError, ExchangeError
from neurosim_rl.evaluation.replay import record
from neurosim_rl.exchange.nir import write_nir
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.optimizees import ClosedLoop, create_optimizee, learner_settings
from neurosim_rl.training.configure import configure

pytestmark = pytest.mark.gradient
torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

BRIEF: dict[str, Any] = {
    "generations": 2,
    "model": {"hidden": [6]},
    "environment": {"kwargs": {"max_episode_steps": 20}},
    "encoder": {"name": "population-pulses", "n_fields": 4, "learned": True},
    "normalisation": {"name": "none"},
    "learning": {"updates": 1, "environments": 2, "rollouts": 8, "epochs": 1, "mini_batches": 1},
}


def task(**changes: Any) -> ClosedLoop:
    return create_optimizee(configure("cart-pole", learner_settings("cart-pole", "ppo", "snn"), BRIEF, changes))


def genes(seed: int) -> dict[str, np.ndarray]:
    """Return genes of 3 variables with 5 fields, some of them beyond their bounds."""
    rng = np.random.default_rng(seed)
    return {"encoder_centres": rng.normal(0, 1.5, (3, 5)), "encoder_widths": rng.normal(1, 1.5, (3, 5))}


def test_activities_are_those_of_the_encoder() -> None:
    from neurosim_rl.gradient.fields import FieldLayer

    fields, own = GaussianFields(np.zeros(3), np.ones(3), 5, 0.6, learned=True), genes(1)
    fields.start([Network((Population("n", 1),), (), "n", "n", bridge_genes=own)])
    layer = FieldLayer(fields).double()
    with torch.no_grad():
        layer.shifts.copy_(torch.as_tensor(own["encoder_centres"]))
        layer.widths.copy_(torch.as_tensor(own["encoder_widths"]))
        scaled = np.random.default_rng(2).random((7, 3))
        found = layer(torch.as_tensor(scaled)).numpy()
    np.testing.assert_allclose(found, fields.activity(scaled, np.zeros(7, np.int64)), atol=2e-12)


def test_gradients_are_those_of_differences() -> None:
    from neurosim_rl.gradient.fields import FieldLayer

    layer = FieldLayer(GaussianFields(np.zeros(2), np.ones(2), 3, 0.6, learned=True)).double()
    scaled = torch.rand((4, 2), dtype=torch.float64, generator=torch.Generator().manual_seed(1), requires_grad=True)

    def activity(inputs: Any, shifts: Any, widths: Any) -> Any:
        return torch.func.functional_call(layer, {"shifts": shifts, "widths": widths}, (inputs,))

    assert torch.autograd.gradcheck(activity, (scaled, layer.shifts, layer.widths))


def test_training_moves_the_fields_and_nest_acts_like_pytorch() -> None:
    from neurosim_rl.gradient.conversion import vector_of
    from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch
    from neurosim_rl.gradient.training import train_generation

    optimizee = task()
    trained = train_generation(optimizee, 0, None)
    vector = vector_of(optimizee, trained.network)
    genome = optimizee.parameters.to_genome(vector)
    assert genome["encoder_centres"].any()
    assert (genome["encoder_widths"] != np.float32(0.6)).any()
    for name in ("encoder_centres", "encoder_widths"):  # more than a generation moves them
        genome[name] = genome[name] + np.random.default_rng(3).uniform(0, 0.5, genome[name].shape)
    changed = optimizee.parameters.to_vector(genome)
    twin = compare_with_pytorch(optimizee, changed, record(optimizee, changed, [1]))
    assert twin.actions_compared > 5
    assert twin.actions_differing == 0
    assert twin.largest_difference_mv < 1e-8


@pytest.mark.parametrize("encoder", ["population", "latency", "delta"])
def test_other_codes_are_refused_in_one_line(encoder: str) -> None:
    with pytest.raises(ConfigurationError, match=r"model lif needs an encoder .* Set encoder\.name = 'pulses'"):
        _ = task(encoder={"name": encoder, "n_fields": 4} if encoder == "population" else {"name": encoder}).model


def test_nir_has_no_node_for_fields(tmp_path: Path) -> None:
    pytest.importorskip("nir", reason="needs the extra [gradient]")
    optimizee = task()
    with pytest.raises(ExchangeError, match="'population-pulses' makes 16 values of 4 observations; NIR has no"):
        write_nir(optimizee, optimizee.parameters.low, tmp_path / "x.nir")
