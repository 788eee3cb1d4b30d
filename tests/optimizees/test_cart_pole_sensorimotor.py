"""Cart pole with the sensorimotor network: the numbers of the published recipe, and the budget of the study."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from neurosim_rl.bridge import SpikeTrains
from neurosim_rl.optimizees import create_optimizee, learner_settings
from neurosim_rl.optimizers import Search
from neurosim_rl.studies.specification import read_study
from neurosim_rl.training.configure import configure

STUDY = Path(__file__).parents[2] / "benchmarks" / "studies" / "cart-pole-evol.toml"
MEANS = (-0.00645789, -0.03634136, 0.00529333, 0.04752025)
DEVIATIONS = (1.0, 0.53989509, 0.09129902, 0.82070579)


def test_the_published_recipe_has_its_published_numbers() -> None:
    optimizee = create_optimizee(configure("cart-pole-hasegan2022"))
    assert (optimizee.encoder.n_inputs, optimizee.decoder.n_outputs) == (80, 40)
    assert optimizee.parameters.size == 1800
    options = optimizee.config.optimizer
    assert (options.sigma, options.learning_rate, options.smallest) == (0.1, 1.0, -0.8)
    n_perturbed = options.population - options.centre
    assert n_perturbed == 10
    assert n_perturbed * optimizee.config.episodes * optimizee.config.generations == 80_000


def test_the_active_bins_are_those_of_the_published_distribution_and_spike_at_50_hz() -> None:
    optimizee = create_optimizee(configure("cart-pole-hasegan2022"))
    observation = np.array([0.3, -0.2, 0.05, 1.0])
    optimizee.encoder.start([optimizee.network(optimizee.parameters.low)])
    counts = np.zeros(80)
    for _ in range(20):
        drive = optimizee.encoder.encode(observation[None], np.zeros(1, np.int64), [])
        assert isinstance(drive, SpikeTrains)
        counts += np.bincount(drive.input, minlength=80)
    edges = norm.ppf(np.linspace(0, 1, 21))
    bins = [np.flatnonzero(edges <= z)[-1] for z in (observation - MEANS) / DEVIATIONS]
    assert np.flatnonzero(counts).tolist() == [20 * variable + k for variable, k in enumerate(bins)]
    assert set(counts[counts > 0]) == {50}


@pytest.mark.parametrize("spiking", ["left", "right"])
def test_half_of_the_motor_cells_votes_for_each_side(spiking: str) -> None:
    decoder = create_optimizee(configure("cart-pole-hasegan2022")).decoder
    counts = np.zeros((1, 40), np.int64)
    counts[0, 19 if spiking == "left" else 20] = 1
    assert decoder.decode(counts, np.zeros(1, np.int64), []).tolist() == [int(spiking == "right")]


def test_silence_gives_either_side_at_random() -> None:
    decoder = create_optimizee(configure("cart-pole-hasegan2022")).decoder
    rngs = [np.random.default_rng(k) for k in range(200)]
    actions = decoder.decode(np.zeros((200, 40), np.int64), np.arange(200), rngs)
    assert 70 < actions.sum() < 130


def test_settings_of_ours_differ_in_the_search_the_grid_and_the_mirror_alone() -> None:
    learner = learner_settings("cart-pole-sensorimotor", "r-stdp")
    theirs = create_optimizee(configure("cart-pole-hasegan2022")).config
    ours = create_optimizee(configure("cart-pole-sensorimotor")).config
    learning = create_optimizee(configure("cart-pole-sensorimotor", learner)).config
    for name in ("environment", "decoder", "fitness", "window_ms"):
        assert getattr(theirs, name) == getattr(ours, name)
    assert ours.model == theirs.model.replace(mirror=True)
    assert {**ours.encoder.tuning.table(), "means": None} == {**theirs.encoder.tuning.table(), "means": None}
    assert learning.model == theirs.model.replace(mirror=False)
    assert learning.encoder == theirs.encoder


def test_the_study_gives_each_recipe_at_most_8000_episodes_with_validation() -> None:
    study = read_study(STUDY)
    assert len(study.seeds) == 10
    for cell in study.cells():
        config = study.configuration(cell)
        optimizee = create_optimizee(config)
        n_individuals = len(Search(config.optimizer, optimizee, 1, 1).ask())
        n = config.generations * (n_individuals * config.episodes + len(optimizee.validation_elements()))
        n += config.finalists * len(optimizee.final_elements())
        assert 4000 < n <= 8000
