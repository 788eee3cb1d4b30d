"""Tasks whose observations are normalised: measured once, kept in the configuration, the same for policies."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import Configuration, create_optimizee, read_configuration
from neurosim_rl.optimizees.random_play import FIRST_EPISODES, random_observations
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.seeds import UNSEEN_END, VALIDATION_END, random_play_start
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

SMALL: dict[str, Any] = {
    "generations": 2,
    "episodes": 1,
    "validation_episodes": 2,
    "workers": 1,
    "environment": {"id": "CartPole-v1", "observation_low": [], "observation_high": []},
    "optimizer": {"name": "genetic", "population": 6},
}
WEIGHTED = {"encoder": {"name": "weighted"}}


def small(normalisation: dict[str, Any], **changes: Any) -> Configuration:
    return configure("cart-pole", SMALL, {"normalisation": {"steps": 100, **normalisation}}, changes)


def cart_pole() -> EnvironmentSpec:
    return EnvironmentSpec.of(EnvironmentOptions(id="CartPole-v1"))


def episode_starts(observed: np.ndarray) -> np.ndarray:
    """Return where episodes of CartPole start: the cart moves by no more than 0.02 m times its velocity otherwise."""
    jumps = np.abs(np.diff(observed[:, 0]) - 0.02 * observed[:-1, 1]) > 1e-6
    return np.concatenate([[0], 1 + np.flatnonzero(jumps)])


def test_random_play_goes_through_whole_episodes_until_there_are_steps_enough() -> None:
    observed = random_observations(cart_pole(), 300, seed=3)
    more = random_observations(cart_pole(), 2000, seed=3)
    np.testing.assert_array_equal(more[: len(observed)], observed)
    for n_steps, states in ((300, observed), (2000, more)):
        starts = episode_starts(states)
        assert (np.abs(states[starts]) <= 0.05).all()
        assert starts[-1] < n_steps <= len(states)
        assert len(states) / len(starts) == pytest.approx(22, abs=7)  # as long as chance lasts
    assert len(episode_starts(random_observations(cart_pole(), 1, seed=3))) == FIRST_EPISODES
    assert not (np.abs(observed[:, 2]) > 0.2095).any()  # the state in which the pole has fallen is not acted upon


def test_random_play_is_drawn_from_its_seed_and_never_from_unseen_starts() -> None:
    one, same, other = (random_observations(cart_pole(), 50, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one[:9], other[:9])
    assert min(random_play_start(1, episode) for episode in range(200)) >= VALIDATION_END > UNSEEN_END


@pytest.mark.parametrize("name", ["bounds", "statistics"])
def test_what_was_measured_is_written_into_the_configuration_and_not_measured_again(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = check(small({"name": name}, **WEIGHTED))
    observed = random_observations(cart_pole(), 100, seed=0)
    expected = {
        "bounds": {"bound": np.abs(observed).max(axis=0)},
        "statistics": {"mean": observed.mean(axis=0), "deviation": observed.std(axis=0)},
    }[name]
    for key, values in expected.items():
        np.testing.assert_allclose(getattr(config.normalisation, key), values, rtol=1e-5)
    monkeypatch.setattr("neurosim_rl.optimizees.random_play.random_observations", None)
    again = create_optimizee(read_configuration(config.to_toml()))
    assert again.normalisation.measured_options == create_optimizee(config).normalisation.measured_options


def test_all_seeds_of_a_setting_see_the_same() -> None:
    one, other = (check(small({"name": "statistics"}, seed=seed, **WEIGHTED)) for seed in (1, 2))
    assert one.normalisation == other.normalisation
    assert one.normalisation != check(small({"name": "statistics", "seed": 5}, **WEIGHTED)).normalisation


@pytest.mark.parametrize("name", ["bounds", "statistics"])
@pytest.mark.parametrize(
    "changes",
    [WEIGHTED, {"encoder": {"name": "current"}}, {"model": {"name": "dense"}}, {"model": {"name": "linear"}}],
    ids=["weighted", "current", "dense", "linear"],
)
def test_a_run_ends_with_a_champion_that_holds_it_and_replays(
    name: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    """CartPole's velocities have no bounds; nothing but the measured ones are given."""
    config = check(small({"name": name}, **changes))
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    assert champion.verification.identical
    read = read_champion(tmp_path / "run")
    assert read.config.normalisation == config.normalisation
    probed = response_map(read.optimizee(), read.vector, n_grid=4)
    assert np.isfinite(probed.x).all()
    assert np.isfinite(probed.actions).all()


def test_encoders_see_normalised_observations_and_everybody_else_does_not() -> None:
    """Where an input gene is 1 and all others 0, the current is 300 pA times the normalised variable."""
    optimizee = create_optimizee(
        small({"name": "statistics", "mean": [0, 0, 0.1, 0], "deviation": [1, 1, 0.01, 1]}, **WEIGHTED)
    )
    genome = optimizee.parameters.to_genome(np.zeros(optimizee.parameters.size))
    genome["read_in"][2] = 1.0
    network = optimizee.network(optimizee.parameters.to_vector(genome))
    optimizee.encoder.start([network])
    seen = optimizee.normalisation.apply(np.array([[9.0, 9.0, 0.12, 9.0]]))
    drive = optimizee.encoder.encode(seen, np.zeros(1, int), [])
    np.testing.assert_allclose(drive.pa, np.full((1, 16), 600.0))  # type: ignore[union-attr]
    played = optimizee.play([np.zeros(optimizee.parameters.size)], optimizee.evaluation_elements([7]), record=True)
    assert played.episodes.traces is not None
    assert np.abs(played.episodes.traces.observations[0, 0]).max() <= 0.05


def test_dense_and_linear_policies_see_normalised_observations() -> None:
    """The policy pushes right where the angle is above its mean, 0.1 rad."""
    options = {"name": "statistics", "mean": [0, 0, 0.1, 0], "deviation": [1, 1, 0.01, 1]}
    optimizee = create_optimizee(small(options, model={"name": "linear"}))
    genome = {"weights_0": np.zeros((4, 2)), "biases_0": np.zeros(2)}
    genome["weights_0"][2, 1] = 1.0
    probed = response_map(optimizee, optimizee.parameters.to_vector(genome), n_grid=10)
    angles = probed.x if probed.axes[0] == 2 else probed.y
    np.testing.assert_allclose(angles.mean(), 0.1)
    right = probed.actions[..., 0] == 1
    np.testing.assert_array_equal(
        right.T if probed.axes[0] == 2 else right, (angles > 0.1)[:, None] & np.ones(10, bool)
    )


def test_means_have_no_mirror_image() -> None:
    current = {"name": "current", "tuning": {"name": "opponent"}}
    mirrored = {"name": "feed-forward", "mirror": True}
    with pytest.raises(ConfigurationError, match="normalisation 'statistics' does not keep the mirror symmetry"):
        _ = create_optimizee(small({"name": "statistics"}, encoder=current, model=mirrored)).parameters
    bounds = create_optimizee(small({"name": "bounds"}, encoder=current, model=mirrored))
    free = create_optimizee(small({"name": "bounds"}, encoder=current, model={"name": "feed-forward"}))
    assert bounds.parameters.size < free.parameters.size


@pytest.mark.parametrize("name", ["bounds", "statistics", "running"])
@pytest.mark.parametrize("value", [float("inf"), -float("inf"), 1e200])
def test_infinite_observations_of_random_play_are_refused_in_one_line(toys: None, name: str, value: float) -> None:
    changes = {"environment": {"id": "Diverging-v0", "kwargs": {"first": value}}, "model": {"mirror": False}}
    with pytest.raises(EnvironmentSetupError, match=r"Diverging-v0 returned observation\[0\] = .* in random play"):
        small({"name": name}, **changes, decoder={"tie": "first"})
