"""``python -m neurosim_rl.l2l_experiments``, as a user types it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.l2l_experiments.__main__ import main
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

TINY = ["--generations", "2", "--population", "4", "--workers", "1", "--seed", "5", "--set", "episodes=1"]


def test_the_table_is_that_of_our_own_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cart-pole", "--out", str(tmp_path / "l2l"), "--runner", "neurosim-rl", *TINY]) == 0
    lines = capsys.readouterr().out.splitlines()
    layers = {"generations": 2, "workers": 1, "seed": 5, "episodes": 1, "champion": "fitness", "validation_episodes": 0}
    config = configure("cart-pole", {"optimizer": {"name": "l2l-genetic", "population": 4}, **layers})
    folder = RunFolder.create(tmp_path / "own", config)
    run_to_end(config, folder)
    history = folder.history()
    assert history is not None
    for number, line in enumerate(lines[1:3]):
        fitness = history.fitness[history.generation == number]
        generation, n_evaluations, best, mean = (float(word) for word in line.split())
        assert (generation, n_evaluations, best) == (number, len(fitness), fitness.max())
        assert mean == pytest.approx(fitness.mean(), rel=1e-5)
    best = int(np.argmax(history.fitness))
    individual, generation = history.individual[best], history.generation[best]
    assert lines[3] == f"Best: individual {individual} of generation {generation}, fitness {history.fitness[best]:g}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cart-pool"], "unknown task 'cart-pool'. Did you mean 'cart-pole'?"),
        (["cart-pole", "--set", "episodes=0"], "episodes = 0 is out of range"),
        (["cart-pole", "--runner", "neurosim-rl", "--srun", "srun"], "--srun 'srun' applies to --runner l2l"),
        (["cart-pole", "--srun", "/no/srun -n 1"], "--srun '/no/srun -n 1': expected a command on PATH"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_makes_no_folder(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cart-pole", "--out", str(tmp_path)]) == 2
    assert f"--out {tmp_path} exists already; expected the name of a new folder." in capsys.readouterr().err
