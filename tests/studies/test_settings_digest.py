"""Digests of settings: those of old tables stay valid, and what may change a result changes the digest."""

from __future__ import annotations

from typing import Any

import pytest

from neurosim_rl.optimizees import read_configuration
from neurosim_rl.studies.settings_digest import SPECIAL, settings_digest
from neurosim_rl.training.configure import configure

PLAIN = "c9f1740d70c2658c"
GENETIC_BEFORE = {
    "tournament": 4,
    "crossover_probability": 0.7,
    "mutation_probability": 0.7,
    "gene_probability": 0.2,
    "mutation_sigma": 1.0,
}
"""Defaults of ``genetic`` in the versions before."""


LIF = {
    "model": {"name": "lif"},
    "encoder": {"name": "pulses", "n_neurons": 0},
    "decoder": {"name": "membrane"},
}


def ppo(**options: Any) -> dict[str, Any]:
    return {"learning": {"name": "ppo", **options}, "optimizer": {"name": "none"}}


@pytest.mark.parametrize(
    ("task", "settings", "digest"),
    [
        ("cart-pole", {}, PLAIN),
        ("cart-pole", {"seed": 5, "workers": 2, "batch_size": 3, "timeout_s": 3.0}, PLAIN),
        ("cart-pole", {"execution": {"name": "dask"}}, PLAIN),
        ("cart-pole", {"learning": {"name": "none", "episodes": 1}}, PLAIN),
        ("cart-pole", {"environment": {"growth": 3.0}}, PLAIN),
        ("cart-pole", {"environment": {"first_steps": 20}}, "ef66076bc2770ecf"),
        ("cart-pole", {"environment": {"first_steps": 20, "growth": 1.5}}, "ea506d0b4d069cd3"),
        ("cart-pole", {"learning": {"name": "none", "episodes": 3}}, "a61d26d915c3dbbd"),
        ("cart-pole", {"learning": {"name": "r-stdp", "evolve": ["learning_rate"]}}, "baf504e71b63f83c"),
        ("cart-pole", {"background": {"name": "poisson"}}, "1a8c4f61781c0ed8"),
        ("cart-pole", {"max_hours": 2.0}, "95d33b2b0e3d2417"),
        ("cart-pole", {"stop_when_solved": True}, "d3ef39af5ae4de3a"),
        ("cart-pole", {"ancestor": {"champion": "champion:cart-pole"}}, "a08b7cf26fcebdda"),
        ("cart-pole", {"normalisation": {"name": "running"}}, "3f89e7dd9eee7b27"),
        ("cart-pole-sensorimotor", {}, "e0a93e2c18a548ba"),
        ("cart-pole-sensorimotor", {"model": {"mirror": False}}, "6613b5b829b53015"),
        ("cart-pole", LIF, "ca27a82cdf7c1cb0"),
        ("cart-pole", ppo(), "1e4de9158bb90816"),
        ("cart-pole", ppo(annealing=0.3), "ad60818383cc1f20"),
        ("cart-pole", ppo(kl_threshold=0.1), "9e97b791450b4b80"),
        ("cart-pole", ppo(deviation=0.4), "ef6712ccac4ae8c1"),
    ],
)
def test_a_digest_is_that_of_the_versions_before_for_every_special_case(
    task: str, settings: dict[str, Any], digest: str
) -> None:
    before = {"optimizer": GENETIC_BEFORE} if configure(task, settings).optimizer.name == "genetic" else {}
    config = configure(task, {**before, **settings})
    assert settings_digest(config) == digest
    assert settings_digest(read_configuration(config.to_toml())) == digest


def test_special_cases_are_about_keys_that_a_configuration_has() -> None:
    others = (LIF, ppo(), {"learning": {"name": "r-stdp"}}, {"optimizer": {"name": "cma-es"}})
    tables = [configure(task).tables() for task in ("cart-pole", "cart-pole-sensorimotor")]
    tables += [configure("cart-pole", settings).tables() for settings in others]
    for one in SPECIAL:
        name, _, last = one.key.partition(".")
        assert any(name in table and (not last or last in table[name]) for table in tables), one.key
