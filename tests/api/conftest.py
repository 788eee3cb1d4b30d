"""Runs that tests of the front door share."""

from __future__ import annotations

from pathlib import Path

import pytest

import neurosim_rl as nrl

BRIEF = {
    "generations": 3,
    "episodes": 2,
    "validation_episodes": 2,
    "finalists": 0,
    "workers": 1,
    "model": {"hidden": [3]},
    "optimizer": {"name": "genetic", "population": 4},
}
"""A run of about a second."""


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> nrl.Run:
    """A finished run of cart-pole."""
    out = tmp_path_factory.mktemp("front-door") / "run"
    return nrl.evolve("cart-pole", BRIEF, seed=3, out=out, progress=False)


@pytest.fixture(scope="session")
def replay(run: nrl.Run) -> nrl.Replay:
    """The champion's replay of the first recorded trial."""
    return run.champion.replay(seed=run.champion.recorded_seeds[0])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
