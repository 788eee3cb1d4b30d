"""A rule of one's own, that of ``docs/how-to/rules.rst``: checked, trained, evolved, drawn."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.learning import LEARNING, NoLearning
from neurosim_rl.testing import check_rule, check_task
from neurosim_rl.testing.learning_trial import play_learning, small_network
from tests.structure import ROOT

SMALL: dict[str, Any] = {
    "episodes": 1,
    "validation_episodes": 2,
    "finalists": 0,
    "workers": 1,
    "window_ms": 10.0,
    "environment": {"max_steps": 40},
    "optimizer": {"name": "inherit", "population": 2},
}


def blocks(document: str) -> list[str]:
    """Return the literal blocks of a document, without their indentation."""
    found: list[list[str]] = []
    inside = False
    for line in (ROOT / document).read_text(encoding="utf-8").splitlines():
        if line.endswith("::"):
            found.append([])
            inside = True
        elif inside and line and not line.startswith(" "):
            inside = False
        elif inside:
            found[-1].append(line[4:])
    return ["\n".join(lines) for lines in found]


@pytest.fixture
def hebbian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return the module that the page tells to save; its rule is registered for one test."""
    source, *_ = blocks("docs/how-to/rules.rst")
    assert len([line for line in source.splitlines() if line.strip()]) <= 35
    (tmp_path / "hebbian.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "hebbian", raising=False)
    yield importlib.import_module("hebbian")
    LEARNING.pop("reward-hebb")
    sys.modules.pop("hebbian")


def test_the_page_s_rule_keeps_the_contract(hebbian: ModuleType) -> None:
    _, check, use = blocks("docs/how-to/rules.rst")
    exec(compile(check, "docs/how-to/rules.rst", "exec"), {})
    compile(use, "docs/how-to/rules.rst", "exec")
    check_rule(hebbian.RewardHebb, evolve=["rate_pa"], projections=["hidden->output", "input->hidden"])


def test_without_a_rate_it_changes_nothing_but_what_is_beyond_its_limit(hebbian: ModuleType) -> None:
    first = small_network(1).projections[1].weight_pa
    assert (np.abs(first) > 3000.0).any()
    still = play_learning(hebbian.RewardHebb(rate_pa=0.0), "compiled", [1])
    np.testing.assert_array_equal(still.weights[0][1], np.clip(first, -3000.0, 3000.0))


def test_networks_are_trained_by_it_verified_in_nest_and_drawn(hebbian: ModuleType) -> None:
    run = nrl.train("cart-pole", SMALL, learner="reward-hebb", generations=2, learning={"episodes": 2}, progress=False)
    champion = run.champion
    assert champion.record.verification.identical
    record = champion.learning()
    assert record is not None
    assert record.eligibility[0].shape == (record.n_windows, 0)
    assert np.ptp(record.weights[0].weight_pa, axis=0).max() > 0
    figure = champion.plot("plasticity")
    assert any("reward" in axes.get_ylabel() for axes in figure.axes)
    assert not any("eligibility" in axes.get_ylabel() for axes in figure.axes)


def test_its_constants_evolve_and_both_simulators_play_the_same(hebbian: ModuleType) -> None:
    always = {"name": "reward-hebb", "when": "always", "evolve": ["rate_pa"]}
    check_task("cart-pole", learning=always, steps=15)
    parameters = nrl.configure("cart-pole", learning=always)
    assert parameters.learning.evolve == ("rate_pa",)


def test_what_is_wrong_with_a_rule_s_names_is_told(hebbian: ModuleType) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown value in learning\.evolve 'rate'\. Did you mean 'rate_pa'"):
        hebbian.RewardHebb(evolve=("rate",))
    with pytest.raises(ConfigurationError, match=r"learning\.rate_pa = 0 cannot be evolved"):
        hebbian.RewardHebb(evolve=("rate_pa",), rate_pa=0.0)


def test_a_rule_that_only_says_that_it_learns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pretends(NoLearning):
        learns = True

    monkeypatch.setitem(LEARNING, "pretends", Pretends)
    with pytest.raises(ConfigurationError, match="Pretends says that it learns; expected a class derived from"):
        nrl.configure("cart-pole", learning={"name": "pretends"})
