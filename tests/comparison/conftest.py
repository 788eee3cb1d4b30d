"""Real, small runs to compare."""

import shutil
from pathlib import Path

import pytest

from neurosim_rl.cli import main

TINY = ["--generations", "2", "--population", "4", "--workers", "1", "--no-figures"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two seeds of two settings, all finished."""
    folder = tmp_path_factory.mktemp("comparison")
    for tie in ("first", "random"):
        for seed in ("1", "2"):
            settings = ["--set", "validation_episodes=2", "--set", f"decoder.tie={tie}", "--seed", seed]
            assert main(["evolve", "cart-pole", *TINY, *settings, "--out", str(folder / f"tie={tie}-seed{seed}")]) == 0
    return folder


@pytest.fixture
def runs(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished runs."""
    return shutil.copytree(finished, tmp_path / "runs")
