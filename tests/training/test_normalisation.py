"""Runs whose normalisation runs on: by what was observed before, whatever the workers, batches and interruptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.environments import Step
from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.loop.episode_log import EpisodeLog
from neurosim_rl.optimizees import Configuration, create_optimizee, read_configuration
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.studies import parse_study, run_study
from neurosim_rl.training.ancestor import begin_run, settings_from
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.normalisation import observation_sums, task_at_generation
from neurosim_rl.training.run import Progress, run_to_end
from tests.histories import assert_same_run, generation

SMALL: dict[str, Any] = {
    "seed": 2,  # with which the champion is not of the first generation
    "generations": 4,
    "episodes": 2,
    "validation_episodes": 2,
    "workers": 1,
    "environment": {"kwargs": {"max_episode_steps": 15}},
    "normalisation": {"name": "running", "steps": 40},
    "model": {"name": "linear"},
    "optimizer": {"name": "cma-es", "population": 5},
}


def small(**layer: Any) -> Configuration:
    return check(configure("pendulum", SMALL, layer))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return the folder of a finished run."""
    config = small()
    folder = RunFolder.create(tmp_path_factory.mktemp("observing") / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    return folder


def history_of(folder: RunFolder) -> History:
    history = folder.history()
    assert history is not None
    return history


def test_each_generation_is_normalised_by_those_before_it(run: RunFolder) -> None:
    """The oracle plays each generation again, and adds up the recorded traces."""
    history, first = history_of(run), create_optimizee(run.config())
    settings = run.config().normalisation
    n = settings.steps
    sums = n * np.array(settings.mean)
    squares = n * (np.square(settings.deviation) + np.square(settings.mean))
    for number in range(4):
        generation, optimizee = history.of(number), task_at_generation(first, history, number)
        mean = sums / n
        np.testing.assert_allclose(optimizee.config.normalisation.mean, mean, rtol=1e-4, atol=1e-4)
        deviation = np.sqrt(squares / n - mean**2)
        np.testing.assert_allclose(optimizee.config.normalisation.deviation, deviation, rtol=1e-4)
        elements = first.training_elements(number, range(5))
        episodes = optimizee.play(list(generation.genomes), elements, record=True).episodes
        np.testing.assert_array_equal(episodes.returns.reshape(5, 2), generation.returns)
        assert episodes.traces is not None
        seen = episodes.traces.observations[:, 1:].reshape(-1, 3)
        n, sums, squares = n + len(seen), sums + seen.sum(axis=0), squares + np.square(seen).sum(axis=0)
    assert history.observed[:, 0].tolist() == [150.0] * 4
    assert n == 40 + 600


def test_a_run_ends_the_same_for_other_workers_and_batches_and_after_an_interruption(
    run: RunFolder, tmp_path: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    folder = RunFolder.create(tmp_path / "run", small(batch_size=3))
    with ProcessExecutor(2) as executor:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            run_to_end(folder.config(), folder, executor=executor, on_progress=interrupt)
        run_to_end(folder.config(), folder, executor=executor)
    assert_same_run(folder.path, run.path)
    np.testing.assert_array_equal(history_of(folder).observed, history_of(run).observed)
    mine, theirs = read_champion(folder.path), read_champion(run.path)
    assert mine.config.normalisation == theirs.config.normalisation
    np.testing.assert_array_equal(mine.unseen.returns, theirs.unseen.returns)


def test_the_champion_holds_the_statistics_that_it_was_judged_with(run: RunFolder) -> None:
    champion, first = read_champion(run.path), create_optimizee(run.config())
    as_met = task_at_generation(first, history_of(run), champion.generation)
    assert champion.config == read_configuration(as_met.config.to_toml())
    unseen = {"first_seed": champion.unseen.first_seed, "episodes": len(champion.unseen.returns)}
    again = evaluate_unseen(champion.optimizee(), champion.vector, SerialExecutor(), **unseen)
    np.testing.assert_array_equal(again.returns, champion.unseen.returns)
    assert champion.verification.identical


def test_a_run_that_goes_on_from_a_champion_weighs_all_that_this_one_was_normalised_by(
    run: RunFolder, tmp_path: Path
) -> None:
    champion = read_champion(run.path)
    n_observed = 40 + 150 * champion.generation
    assert champion.config.normalisation.steps == n_observed > 40
    brief = {"generations": 2, "validation_episodes": 1, "optimizer": {"name": "cma-es", "population": 5}}
    config = check(configure("pendulum", settings_from(str(run.path), "pendulum"), brief))
    assert config.normalisation == champion.config.normalisation
    folder = begin_run(tmp_path / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    later = task_at_generation(create_optimizee(config), history_of(folder), 1).config.normalisation
    n, *sums = history_of(folder).observed[0]
    expected = (n_observed * np.array(config.normalisation.mean) + sums[:3]) / (n_observed + n)
    np.testing.assert_allclose(later.mean, expected, rtol=1e-4, atol=1e-5)


def test_statistics_move_and_what_they_were_at_first_stays_in_the_run(run: RunFolder) -> None:
    first, history = create_optimizee(run.config()), history_of(run)
    tables = [task_at_generation(first, history, number).config.normalisation for number in range(4)]
    assert tables[0] == run.config().normalisation
    assert len({table.mean for table in tables}) == 4


STUDY = """
name = "running"
seeds = "1-2"

[grid]
task = ["pendulum"]
"model.name" = ["linear"]

[settings]
generations = 3
validation_episodes = 1
"environment.kwargs.max_episode_steps" = 15
"normalisation.name" = "running"
"optimizer.population" = 4
"""


def test_a_study_of_runs_that_keep_observing_knows_its_rows_again(tmp_path: Path) -> None:
    study = parse_study(STUDY, tmp_path / "study.toml")
    first = run_study(study, tmp_path / "out", SerialExecutor())
    runs = [RunFolder.open(path) for path in (tmp_path / "out" / "runs").iterdir()]
    assert any(read_champion(run.path).config.normalisation != run.config().normalisation for run in runs)
    again = run_study(
        study, tmp_path / "out", SerialExecutor(), on_row=lambda *_: pytest.fail("nothing was left to do")
    )
    assert again.names == first.names


def test_seeds_of_a_study_that_run_together_do_not_share_statistics(tmp_path: Path) -> None:
    study = parse_study(STUDY, tmp_path / "study.toml")
    run_study(study, tmp_path / "together", SerialExecutor(), together=2)
    run_study(study, tmp_path / "alone", SerialExecutor(), together=1)
    together, alone = (sorted((tmp_path / name / "runs").iterdir()) for name in ("together", "alone"))
    assert len(together) == 2
    for one, other in zip(together, alone, strict=True):
        assert_same_run(one, other)
        np.testing.assert_array_equal(
            history_of(RunFolder.open(one)).observed, history_of(RunFolder.open(other)).observed
        )


def test_spiking_networks_play_by_running_statistics_and_replay_in_nest(tmp_path: Path) -> None:
    spiking = {
        "model": {"name": "single-layer"},
        "encoder": {"name": "weighted", "n_neurons": 0},
        "decoder": {"name": "linear", "n_neurons": 0},
    }
    config = small(**spiking, generations=2)
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    assert champion.verification.identical


def test_an_episode_that_observed_something_infinite_does_not_stop_the_statistics() -> None:
    optimizee = create_optimizee(small())
    log = EpisodeLog([1, 2, 3], n_outputs=0)
    log.begin(np.arange(3), np.zeros((3, 2)))
    seen = np.array([[1.0, 2.0], [np.inf, 3.0], [4.0, 5.0]])
    ended = np.ones(3, bool)
    log.add(np.arange(3), np.zeros((3, 0), np.int64), np.zeros(3), Step(seen, np.zeros(3), ended, ended))
    episodes = log.episodes()
    assert observation_sums(optimizee, episodes.lengths, episodes.observed).tolist() == [[2, 5, 7, 17, 29]]


def test_histories_without_observations_have_an_empty_row_for_each_generation(folder: RunFolder) -> None:
    folder.add_generation(generation(0))
    folder.add_generation(generation(1))
    assert history_of(folder).observed.shape == (2, 0)
