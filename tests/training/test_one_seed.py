"""The main job with the versions of constraints.txt: one seed gives one result, in another year, too."""

import re
from importlib import metadata
from pathlib import Path

import pytest

from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
DECISIVE = ("nest-simulator", "numpy", "numba", "gymnasium", "deap", "L2LforHPC")
"""Packages that compute what the champion's genome depends on."""
CHAMPION = "a79b70f962b6506422fe57e4a4bb3405c11a4b153a31a6d9eea94125d73e7b98"
"""Digest of the genome that ``neurosim-rl evolve mountain-car --seed 1`` gives. A change of defaults changes it."""


def pinned() -> dict[str, str]:
    """Return the versions of constraints.txt."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", CONSTRAINTS.read_text(), flags=re.MULTILINE))


def test_every_decisive_package_is_pinned() -> None:
    assert set(DECISIVE) <= set(pinned())


def test_the_main_job_gives_the_champion_that_it_always_gave(tmp_path: Path) -> None:
    versions = pinned()
    other = [name for name in DECISIVE if metadata.version(name) != versions[name]]
    if other:
        pytest.skip(f"other versions than in constraints.txt: {', '.join(other)}")
    config = configure("mountain-car", seed=1, workers=1)
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config))
    assert champion.sha256 == CHAMPION
    assert champion.verification.identical
    assert champion.unseen.mean_return >= -110
