"""The way back: weights that a network has learnt become the genome that describes it."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError, ShapeError
from neurosim_rl.models import MODELS, SpikingModel
from neurosim_rl.models.spiking import SpikingModel as Base
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from tests.components import create

LEARNED = [n for n, c in MODELS.items() if issubclass(c, Base) and c.with_learned is not Base.with_learned]


def build(name: str, **options: Any) -> SpikingModel:
    context = {"n_inputs": 6, "n_outputs": 3, "spiking_input": True, "resolution_ms": 0.1, "readout_shape": (3, 1)}
    model = create("model", MODELS, {"name": name, **options}, **context)
    assert isinstance(model, SpikingModel)
    return model


def sample(model: SpikingModel, seed: int) -> Genome:
    return model.parameters.to_genome(model.parameters.sample(np.random.default_rng(seed)))


@pytest.mark.parametrize("name", LEARNED)
def test_weights_beyond_the_bounds_are_moved_into_them(name: str) -> None:
    model = build(name)
    genome = sample(model, 1)
    weights = [np.full(p.n_synapses, 1e9) for p in model.network(genome).projections]
    learned = model.with_learned(genome, weights)
    for parameter in model.parameters.parameters:
        if parameter.name != "readout":
            assert set(learned[parameter.name].ravel()) == {parameter.high}


def test_weights_that_no_gene_sets_are_ignored() -> None:
    model = build("sensorimotor")
    genome = sample(model, 1)
    weights = [p.weight_pa for p in model.network(genome).projections]
    changed = [w if k < 2 else 3.0 * w for k, w in enumerate(weights)]
    one, other = model.with_learned(genome, weights), model.with_learned(genome, changed)
    assert all(np.array_equal(one[key], other[key]) for key in genome)


@pytest.mark.parametrize("name", LEARNED)
def test_another_number_of_projections_or_synapses_is_refused(name: str) -> None:
    model = build(name)
    genome = sample(model, 1)
    weights = [p.weight_pa for p in model.network(genome).projections]
    with pytest.raises(ShapeError, match="weights_pa: projections has shape"):
        model.with_learned(genome, weights[:-1])
    with pytest.raises(ShapeError, match=r"projection '.*' -> '.*': weights_pa has shape"):
        model.with_learned(genome, [weights[0][:-1], *weights[1:]])


def test_tied_weights_have_no_way_back() -> None:
    model = build("feed-forward", mirror=True)
    with pytest.raises(ConfigurationError, match=r"model\.mirror = true ties weights"):
        model.with_learned({}, [])


def test_a_model_without_a_way_back_says_so() -> None:
    class Fixed(Base):
        parameters = None  # type: ignore[assignment]

        def network(self, genome: Genome) -> Network:
            raise NotImplementedError

    model = Fixed(n_inputs=1, n_outputs=1, spiking_input=True, resolution_ms=0.1, readout_shape=None)
    with pytest.raises(ConfigurationError, match="Fixed cannot turn learned weights into genes"):
        model.with_learned({}, [])
