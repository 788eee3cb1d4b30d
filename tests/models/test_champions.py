"""Shipped champions: their files are checked on every run of the tests; changed ones and a choice are replayed."""

import numpy as np
import pytest

from neurosim_rl.evaluation.replay import verify
from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions
from tests.changed_champions import changed_champions
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


ALWAYS = (
    "acrobot-ppo-snn",
    "cart-pole-plastic",
    "inverted-pendulum",
    "mountain-car",
    "mountain-car-linear",
    "mountain-car-ppo-ann",
    "swimmer-spatial",
    "target-reaching-vehicle",
)
"""Replayed on every run of the tests: together they have every model, encoder, decoder and normalisation of all."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Replay all champions with ``--thorough`` (``make test-all``), else those of `ALWAYS` and changed ones."""
    if "replayed" in metafunc.fixturenames:
        everything = metafunc.config.getoption("thorough")
        names = shipped_champions() if everything else {*ALWAYS, *changed_champions()} & set(shipped_champions())
        chosen = [param for param in EVERY_CHAMPION if param.values[0] in names]
        metafunc.parametrize("replayed", chosen, ids=[str(param.values[0]) for param in chosen])


@pytest.fixture(scope="module")
def champions() -> dict[str, ChampionRecord]:
    """All shipped champions by name."""
    return {name: read_champion(f"champion:{name}") for name in sorted(shipped_champions())}


def test_the_promised_champions_are_shipped() -> None:
    assert set(REQUIRED_RETURN) == set(shipped_champions())


@pytest.mark.parametrize("table", ["model", "encoder", "decoder", "normalisation"])
def test_those_that_are_always_replayed_have_every_part(table: str, champions: dict[str, ChampionRecord]) -> None:
    parts = {name: getattr(champion.config, table).name for name, champion in champions.items()}
    assert {parts[name] for name in ALWAYS} == set(parts.values())


def test_champions_are_as_good_on_unseen_starts_as_required(champions: dict[str, ChampionRecord]) -> None:
    returns = {name: champion.unseen.mean_return for name, champion in champions.items()}
    assert {name: value for name, value in returns.items() if not value >= REQUIRED_RETURN[name]} == {}
    assert {len(champion.unseen.returns) for champion in champions.values()} == {100}


def test_champions_succeed_from_every_unseen_start_or_nearly_so(champions: dict[str, ChampionRecord]) -> None:
    rates = {name: champion.unseen.success_rate for name, champion in champions.items()}
    failing = {
        name: rate for name, rate in rates.items() if rate is not None and rate < REQUIRED_SUCCESS.get(name, 1.0)
    }
    assert failing == {}


def test_champions_beat_the_random_policy_and_the_simple_rule(champions: dict[str, ChampionRecord]) -> None:
    below = set()
    for name, champion in champions.items():
        assert champion.rule is not None, name
        assert champion.unseen.mean_return > champion.random.mean_return, name
        if champion.unseen.mean_return <= champion.rule.mean_return:
            below.add(name)
    assert below == BELOW_THE_RULE


def test_champions_say_how_they_were_made(champions: dict[str, ChampionRecord]) -> None:
    for name, champion in champions.items():
        assert {"nest-simulator", "numpy", "gymnasium", "neurosim-rl"} <= set(champion.provenance["versions"]), name
        assert {"evolve", "train"} & set(champion.provenance["command"].split()), name
        assert "--seed" in champion.provenance["command"], name


def test_a_champion_gets_the_returns_on_unseen_starts_that_its_file_says(
    replayed: str, champions: dict[str, ChampionRecord]
) -> None:
    champion = champions[replayed]
    stored = champion.unseen
    episodes = 2 if champion.config.task in ROBOTS else len(stored.returns)  # of 1000 steps
    again = evaluate_unseen(
        champion.optimizee(), champion.vector, SerialExecutor(), first_seed=stored.first_seed, episodes=episodes
    )
    np.testing.assert_array_equal(again.returns, stored.returns[:episodes])


def test_a_champion_s_recorded_spikes_are_those_of_nest(replayed: str, champions: dict[str, ChampionRecord]) -> None:
    champion = champions[replayed]
    optimizee = champion.optimizee()
    result = verify(optimizee, champion.vector, champion.recording)
    assert result.spikes_compared > 1000 or not optimizee.has_neurons
    assert result.identical
