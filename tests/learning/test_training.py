"""Learning as a run: resumed and spread as one likes, replayed in NEST, and the mistakes one can make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.histories import assert_same_run

LEARNING = {
    "episodes": 4,
    "learning_rate": 0.003,
    "keep_sign": False,
    "critic": {"name": "loss", "weights": [0.0, 0.0, 1.0, 0.4], "gain": 3.0},
}
SETTINGS: dict[str, Any] = {
    "generations": 3,
    "episodes": 2,
    "validation_episodes": 3,
    "finalists": 2,
    "workers": 1,
    "window_ms": 20.0,
    "environment": {"max_steps": 40},
    "encoder": {"name": "poisson", "peak_hz": 200.0, "tuning": {"name": "gaussian", "n_fields": 4}},
    "decoder": {"name": "winner", "tie": "random", "neurons_per_action": 2},
    "model": {
        "name": "feed-forward",
        "hidden": [],
        "neuron": "iaf_psc_exp",
        "weight_unit_pa": 100.0,
        "weight_limit": 20.0,
        "initial_limit": 15.0,
    },
    "learning": {"name": "r-stdp", **LEARNING},
    "optimizer": {"name": "inherit", "population": 2},
}


def run(path: Path, *layers: dict[str, Any]) -> ChampionRecord:
    config = check(configure("cart-pole", SETTINGS, *layers))
    return run_to_end(config, RunFolder.create(path, config))


def test_each_generation_goes_on_from_what_the_last_one_learned(tmp_path: Path) -> None:
    champion = run(tmp_path / "run")
    history = RunFolder.open(tmp_path / "run").history()
    assert history is not None
    for number in (1, 2):
        np.testing.assert_array_equal(history.of(number).genomes, history.of(number - 1).learned)
        assert not np.array_equal(history.of(number).genomes, history.of(number).learned)
    assert history.returns.shape == (6, 2 * 4)
    assert history.n_episodes == champion.n_episodes == 48
    assert any(np.array_equal(champion.vector, genome) for genome in history.learned)


def test_the_worst_lines_begin_anew_from_the_best(tmp_path: Path) -> None:
    run(tmp_path / "run", {"optimizer": {"name": "inherit", "population": 2, "replaced": 0.5}})
    history = RunFolder.open(tmp_path / "run").history()
    assert history is not None
    first = history.of(0)
    best = int(first.fitness.argmax())
    np.testing.assert_array_equal(history.of(1).genomes, first.learned[[best, best]])


def test_workers_and_interruptions_change_nothing(tmp_path: Path) -> None:
    run(tmp_path / "whole")
    config = check(configure("cart-pole", SETTINGS, {"workers": 2}))
    folder = RunFolder.create(tmp_path / "cut", config)

    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_to_end(config, folder, on_progress=interrupt)
    run_to_end(config, folder)
    assert_same_run(tmp_path / "whole", folder.path)


def test_networks_that_always_learn_are_judged_and_replayed_learning(tmp_path: Path) -> None:
    plastic = {"name": "r-stdp", **LEARNING, "when": "always", "evolve": ["learning_rate", "a_minus"]}
    champion = run(tmp_path / "run", {"learning": plastic, "optimizer": {"name": "genetic", "population": 4}})
    assert champion.verification.identical
    assert champion.verification.spikes_compared > 100
    assert champion.unseen.returns.shape == (40,)  # ten trials of four episodes: assessed briefly
    optimizee = create_optimizee(champion.config)
    assert {"rule_learning_rate", "rule_a_minus"} <= {p.name for p in optimizee.parameters.parameters}
    assert len(champion.vector) == optimizee.parameters.size


def test_a_policy_without_neurons_cannot_learn() -> None:
    with pytest.raises(ConfigurationError, match="has none"):
        check(configure("cart-pole", SETTINGS, {"model": {"name": "dense"}}))


def test_inheriting_needs_learning(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Set learning\.name"):
        run(tmp_path / "run", {"learning": {"name": "none"}})


def test_tied_weights_that_have_learned_cannot_be_inherited() -> None:
    with pytest.raises(ConfigurationError, match=r"model\.mirror = false"):
        check(configure("cart-pole", SETTINGS, {"model": {"mirror": True}, "decoder": {"tie": "random"}}))


def test_an_unknown_rule_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="r-stdp"):
        check(configure("cart-pole", SETTINGS, {"learning": {"name": "rstdp"}}))
