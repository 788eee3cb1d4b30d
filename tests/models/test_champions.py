"""Shipped champions: trained once, judged on every run of the tests."""

import numpy as np
import pytest

from neurosim_rl.evaluation.replay import verify
from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions
from tests.tasks import EVERY_CHAMPION, ROBOTS

REQUIRED_RETURN = {
    "acrobot": -80.0,
    "acrobot-dense": -79.0,
    "acrobot-linear": -82.0,
    "acrobot-ppo-ann": -150.0,
    "acrobot-ppo-snn": -84.0,
    "ant": 2334.0,
    "ant-linear": 2700.0,
    "ant-ppo-ann": 4600.0,
    "ant-ppo-snn": 4200.0,
    "ant-spatial": 1346.8,
    "ant-structured": 2400.0,
    "cart-pole": 500.0,
    "cart-pole-dense": 500.0,
    "cart-pole-linear": 500.0,
    "cart-pole-plastic": 500.0,
    "cart-pole-ppo-ann": 500.0,
    "cart-pole-ppo-snn": 500.0,
    "half-cheetah": 6100.0,
    "half-cheetah-dense": 4750.0,
    "half-cheetah-linear": 6200.0,
    "half-cheetah-ppo-ann": 3950.0,
    "half-cheetah-ppo-snn": 3050.0,
    "half-cheetah-spatial": 5300.0,
    "half-cheetah-structured": 5200.0,
    "hopper": 3000.0,
    "hopper-dense": 2800.0,
    "hopper-linear": 3400.0,
    "hopper-ppo-ann": 1000.0,
    "hopper-ppo-snn": 2850.0,
    "hopper-spatial": 2706.1,
    "hopper-structured": 3400.0,
    "inverted-pendulum": 950.0,
    "inverted-pendulum-dense": 1000.0,
    "inverted-pendulum-linear": 1000.0,
    "inverted-pendulum-ppo-ann": 1000.0,
    "inverted-pendulum-ppo-snn": 950.0,
    "mountain-car": -100.0,
    "mountain-car-continuous": 95.0,
    "mountain-car-continuous-dense": 94.0,
    "mountain-car-continuous-linear": 97.0,
    "mountain-car-continuous-ppo-ann": -0.1,
    "mountain-car-continuous-ppo-snn": 94.7,
    "mountain-car-dense": -99.0,
    "mountain-car-linear": -110.0,
    "mountain-car-ppo-ann": -126.0,
    "mountain-car-ppo-snn": -101.0,
    "pendulum": -170.0,
    "pendulum-dense": -160.0,
    "pendulum-linear": -850.0,
    "pendulum-ppo-ann": -330.0,
    "pendulum-ppo-snn": -250.0,
    "swimmer": 360.0,
    "swimmer-dense": 350.0,
    "swimmer-linear": 359.0,
    "swimmer-ppo-ann": 147.0,
    "swimmer-ppo-snn": 352.0,
    "swimmer-spatial": 358.0,
    "target-reaching-vehicle": 14.5,
    "walker2d": 2994.0,
    "walker2d-dense": 1580.0,
    "walker2d-linear": 3200.0,
    "walker2d-ppo-ann": 3100.0,
    "walker2d-ppo-snn": 3500.0,
    "walker2d-spatial": 2492.0,
    "walker2d-structured": 3500.0,
}
REQUIRED_SUCCESS = {
    "acrobot-ppo-ann": 0.95,
    "ant": 0.0,
    "ant-linear": 0.0,
    "ant-ppo-ann": 0.0,
    "ant-ppo-snn": 0.0,
    "ant-spatial": 0.0,
    "ant-structured": 0.0,
    "half-cheetah": 0.94,
    "half-cheetah-dense": 0.6,
    "half-cheetah-linear": 0.97,
    "half-cheetah-ppo-ann": 0.0,
    "half-cheetah-ppo-snn": 0.0,
    "half-cheetah-spatial": 0.87,
    "half-cheetah-structured": 0.85,
    "hopper": 0.0,
    "hopper-dense": 0.0,
    "hopper-linear": 0.0,
    "hopper-ppo-ann": 0.0,
    "hopper-ppo-snn": 0.0,
    "hopper-spatial": 0.0,
    "hopper-structured": 0.0,
    "mountain-car-continuous-ppo-ann": 0.0,
    "pendulum": 0.9,
    "pendulum-dense": 0.95,
    "pendulum-linear": 0.0,
    "pendulum-ppo-ann": 0.65,
    "pendulum-ppo-snn": 0.85,
    "swimmer": 0.5,
    "swimmer-dense": 0.0,
    "swimmer-linear": 0.4,
    "swimmer-ppo-ann": 0.0,
    "swimmer-ppo-snn": 0.0,
    "swimmer-spatial": 0.1,
    "target-reaching-vehicle": 0.95,
}
"""Where it is not every start."""
BELOW_THE_RULE = {
    "acrobot-linear",
    "acrobot-ppo-ann",
    "acrobot-ppo-snn",
    "mountain-car-continuous-dense",
    "mountain-car-continuous-linear",
    "mountain-car-continuous-ppo-ann",
    "mountain-car-continuous-ppo-snn",
    "mountain-car-ppo-ann",
    "pendulum-linear",
    "pendulum-ppo-ann",
    "pendulum-ppo-snn",
}
"""Shipped to be compared with; better ones of their tasks are shipped, too."""


@pytest.fixture(scope="module", params=EVERY_CHAMPION)
def named(request: pytest.FixtureRequest) -> tuple[str, ChampionRecord]:
    return request.param, read_champion(f"champion:{request.param}")


def test_the_promised_champions_are_shipped() -> None:
    assert set(REQUIRED_RETURN) == set(shipped_champions())


def test_a_champion_is_as_good_on_unseen_starts_as_its_file_says(named: tuple[str, ChampionRecord]) -> None:
    name, champion = named
    stored = champion.unseen
    episodes = 10 if champion.config.task in ROBOTS else len(stored.returns)  # of 1000 steps
    again = evaluate_unseen(
        champion.optimizee(), champion.vector, SerialExecutor(), first_seed=stored.first_seed, episodes=episodes
    )
    np.testing.assert_array_equal(again.returns, stored.returns[:episodes])
    assert len(stored.returns) == 100
    assert stored.mean_return >= REQUIRED_RETURN[name]


def test_a_champion_succeeds_from_every_unseen_start_or_nearly_so(named: tuple[str, ChampionRecord]) -> None:
    name, champion = named
    rate = champion.unseen.success_rate
    assert rate is None or rate >= REQUIRED_SUCCESS.get(name, 1.0)


def test_a_champion_s_recorded_spikes_are_those_of_nest(named: tuple[str, ChampionRecord]) -> None:
    _, champion = named
    optimizee = champion.optimizee()
    result = verify(optimizee, champion.vector, champion.recording)
    assert result.spikes_compared > 1000 or not optimizee.has_neurons
    assert result.identical


def test_a_champion_beats_the_random_policy_and_the_simple_rule(named: tuple[str, ChampionRecord]) -> None:
    name, champion = named
    assert champion.rule is not None
    assert champion.unseen.mean_return > champion.random.mean_return
    assert (champion.unseen.mean_return > champion.rule.mean_return) == (name not in BELOW_THE_RULE)


def test_a_champion_says_how_it_was_made(named: tuple[str, ChampionRecord]) -> None:
    _, champion = named
    assert {"nest-simulator", "numpy", "gymnasium", "neurosim-rl"} <= set(champion.provenance["versions"])
    assert {"evolve", "train"} & set(champion.provenance["command"].split())
    assert "--seed" in champion.provenance["command"]
