"""The note about a first generation whose individuals cannot be told apart."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.execution import SerialExecutor
from neurosim_rl.records.history import History
from neurosim_rl.reports.progress import progress_bar
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.flat_fitness import flat_fitness
from neurosim_rl.training.run import Progress, run_to_end

SMALL = {"generations": 2, "episodes": 1, "validation_episodes": 1, "finalists": 0, "optimizer": {"population": 4}}


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, list[Progress]]:
    """A run of networks without any drive, and its progress."""
    config = check(configure("mountain-car", SMALL, fitness={"name": "return"}, encoder={"peak_pa": 0.0}))
    folder = RunFolder.create(tmp_path_factory.mktemp("flat") / "run", config)
    seen: list[Progress] = []
    run_to_end(config, folder, executor=SerialExecutor(), on_progress=seen.append)
    return folder, seen


def first_generation(folder: RunFolder) -> History:
    history = folder.history()
    assert history is not None
    return history.of(0)


def test_silent_networks_are_told_once_by_the_bar_and_in_the_log(
    silent: tuple[RunFolder, list[Progress]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, (first, second) = silent
    assert first.note.startswith(
        "all 4 individuals of the first generation have the fitness -200: selection has nothing"
    )
    assert second.note == ""
    assert folder.log_path.read_text().count(first.note) == 1
    with progress_bar(2) as bar:
        bar.move(first)
    assert f"note: {first.note}" in capsys.readouterr().err
    with progress_bar(2, shown=False) as bar:
        bar.move(first)
    assert capsys.readouterr().err == ""


def test_one_other_fitness_is_enough_and_failed_individuals_do_not_count(
    silent: tuple[RunFolder, list[Progress]],
) -> None:
    generation = first_generation(silent[0])
    other = generation.fitness + np.array([0.0, 0.0, 0.0, 1e-9])
    assert flat_fitness(replace(generation, fitness=other)) == ""
    failed = np.array(["", "", "", "it broke"], object)
    assert flat_fitness(replace(generation, fitness=other, failure=failed)).startswith("all 3 individuals")
    alone = np.array(["", "it broke", "it broke", "it broke"], object)
    assert flat_fitness(replace(generation, failure=alone)) == ""
