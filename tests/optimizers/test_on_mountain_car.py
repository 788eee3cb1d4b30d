"""Every optimizer on a real task: the compiled network in the closed loop, a few generations."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.champion import Champion
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.experiment import evolve, prepare
from neurosim_rl.optimizees import configure
from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.records import RunFolder

GENERATIONS = 3
SHORT: dict[str, Any] = {"generations": GENERATIONS, "episodes": 1, "validation_episodes": 2}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_evolves_networks_for_mountain_car(name: str, tmp_path) -> None:
    config = prepare(configure("mountain-car", SHORT, {"optimizer": {"name": name}}))
    folder = RunFolder.create(tmp_path / "run", config)
    champion = evolve(config, folder, executor=SerialExecutor())
    history = folder.history()
    assert isinstance(champion, Champion)
    assert history is not None
    assert history.n_generations == GENERATIONS
    assert np.isfinite(history.fitness).all()
    assert np.abs(history.genomes).max() <= 10.0
