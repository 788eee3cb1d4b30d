"""Whole runs: determinism, resuming, and what a finished run leaves."""

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError, RunFolderError, UnknownNameError
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import finalists
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.conftest import ASSESSED, FEW_RECORDED
from tests.histories import assert_same_run

SMALL = {
    "generations": 3,
    "episodes": 2,
    "validation_episodes": 2,
    "batch_size": 3,
    "optimizer": {"name": "genetic", "population": 4},
}


def small(task: str = "cart-pole", **changes: object) -> Configuration:
    return check(configure(task, SMALL, changes))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    config = small()
    folder = RunFolder.create(tmp_path_factory.mktemp("run") / "finished", config)
    run_to_end(config, folder, executor=SerialExecutor())
    return folder


@pytest.mark.parametrize("batch_size", [1, 7, 32])
def test_batch_size_does_not_change_anything(finished: RunFolder, tmp_path, batch_size: int) -> None:
    config = small(batch_size=batch_size)
    folder = RunFolder.create(tmp_path / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    assert_same_run(finished.path, folder.path)


def test_two_workers_give_what_one_gives(finished: RunFolder, tmp_path) -> None:
    config = small()
    folder = RunFolder.create(tmp_path / "run", config)
    with ProcessExecutor(2) as executor:
        run_to_end(config, folder, executor=executor)
    assert_same_run(finished.path, folder.path)


@pytest.mark.parametrize(
    "optimizer", [{"name": "genetic"}, {"name": "l2l-genetic"}, {"name": "cma-es", "offer_mean": True}], ids=str
)
def test_a_resumed_run_ends_like_an_uninterrupted_one(tmp_path, optimizer: dict[str, object]) -> None:
    config = small(optimizer={**optimizer, "population": 5})
    whole = RunFolder.create(tmp_path / "whole", config)
    run_to_end(config, whole, executor=SerialExecutor())

    broken = RunFolder.create(tmp_path / "broken", config)

    def stop_after_two(progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_to_end(config, broken, executor=SerialExecutor(), on_progress=stop_after_two)
    history = broken.history()
    assert history is not None
    assert history.n_generations == 2
    run_to_end(config, broken, executor=SerialExecutor())
    assert_same_run(whole.path, broken.path)
    assert "resumed after 2 generations" in broken.log_path.read_text()


def test_resuming_what_another_configuration_made_is_refused(finished: RunFolder) -> None:
    config = finished.config().replace(seed=2)
    with pytest.raises(RunFolderError, match="generation 0 was made by another configuration"):
        run_to_end(config, finished, executor=SerialExecutor())


def test_either_simulator_gives_the_same_run(finished: RunFolder, tmp_path) -> None:
    assert finished.config().simulator == "compiled"
    config = small(simulator="nest")
    folder = RunFolder.create(tmp_path / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    assert_same_run(finished.path, folder.path)


def test_another_seed_gives_another_champion(finished: RunFolder, tmp_path) -> None:
    config = small(seed=2)
    folder = RunFolder.create(tmp_path / "run", config)
    champion = run_to_end(config, folder, executor=SerialExecutor())
    assert champion.sha256 != read_champion(finished.path).sha256


@pytest.mark.parametrize(("champion", "is_mean"), [("validation", True), ("fitness", False)])
def test_the_candidate_that_the_optimizer_names_is_validated(tmp_path, champion: str, is_mean: bool) -> None:
    config = small(optimizer={"name": "cma-es", "population": 5, "offer_mean": True}, champion=champion)
    folder = RunFolder.create(tmp_path / "run", config)
    run_to_end(config, folder, executor=SerialExecutor())
    history, optimizee = folder.history(), create_optimizee(config)
    assert history is not None
    fitness = history.fitness.reshape(3, 5)
    np.testing.assert_array_equal(history.best_fitness, fitness.max(axis=1))
    expected = [fitness[0].argmax(), 4, 4] if is_mean else fitness.argmax(axis=1)
    np.testing.assert_array_equal(history.best_individual, expected)
    for number, individual in enumerate(expected):
        vector = history.genomes[5 * number + individual]
        played = evaluate(optimizee, [vector], optimizee.validation_elements(), SerialExecutor(), training=False)
        assert history.validation_return[number] == played.returns.mean()


def test_a_poisson_driven_run_does_not_depend_on_the_batch_either(tmp_path) -> None:
    folders = []
    for batch_size in (1, 5):
        encoder = {"name": "poisson", "tuning": {"name": "gaussian", "n_fields": 4}}
        config = small(encoder=encoder, decoder={"tie": "random"}, batch_size=batch_size)
        folders.append(RunFolder.create(tmp_path / f"run{batch_size}", config))
        champion = run_to_end(config, folders[-1], executor=SerialExecutor())
        assert champion.verification.identical
    assert_same_run(*(folder.path for folder in folders))


def test_without_finalists_the_champion_is_the_best_in_validation(tmp_path) -> None:
    config = small(finalists=0)
    folder = RunFolder.create(tmp_path / "run", config)
    champion, history = run_to_end(config, folder, executor=SerialExecutor()), folder.history()
    assert history is not None
    assert champion.validation_return == history.validation_return.max()
    np.testing.assert_array_equal(champion.vector, history.of(champion.generation).genomes[champion.individual])


def test_the_champion_is_the_finalist_that_is_best_from_new_validation_starts(tmp_path) -> None:
    config = small(generations=6)
    folder = RunFolder.create(tmp_path / "run", config)
    champion, history = run_to_end(config, folder, executor=SerialExecutor()), folder.history()
    assert history is not None
    optimizee = create_optimizee(config)
    elements = optimizee.final_elements()
    known = {e.start_seed for e in (*optimizee.validation_elements(), *optimizee.training_elements(0, [0]))}
    assert len({e.start_seed for e in elements} - known) == 2 * config.validation_episodes
    found = finalists(history, config.finalists)
    assert len(found) > 1
    returns = [evaluate(optimizee, [f.vector], elements, SerialExecutor()).returns.mean() for f in found]
    assert np.array_equal(champion.vector, found[int(np.argmax(returns))].vector)
    assert "new validation starts" in folder.log_path.read_text()


def test_the_champion_by_fitness_is_the_best_in_training(tmp_path) -> None:
    config = small(champion="fitness", validation_episodes=0)
    folder = RunFolder.create(tmp_path / "run", config)
    champion = run_to_end(config, folder, executor=SerialExecutor())
    history = folder.history()
    assert history is not None
    assert champion.fitness == history.fitness.max()
    assert np.isnan(champion.validation_return)


def test_recorded_fitness_is_the_mean_of_the_recorded_returns(finished: RunFolder) -> None:
    history = finished.history()
    assert history is not None
    np.testing.assert_array_equal(history.fitness, history.returns.mean(axis=1))  # cart-pole's fitness is its return
    np.testing.assert_array_equal(history.best_fitness, history.fitness.reshape(3, -1).max(axis=1))


def test_users_champions_are_assessed_on_100_starts_and_10_are_recorded() -> None:
    assert ASSESSED == {"UNSEEN_EPISODES": 100, "RECORDED_EPISODES": 10}


def test_the_champion_s_recording_is_identical_in_nest(finished: RunFolder) -> None:
    result = read_champion(finished.path).verification
    assert result.episodes == FEW_RECORDED
    assert result.spikes_compared > 100
    assert result.spikes_differing == result.actions_differing == 0


def test_the_folder_holds_only_finished_files(finished: RunFolder) -> None:
    names = {path.name for path in finished.path.iterdir()}
    assert names == {"config.toml", "run.h5", "champion.h5", "events.log", "generations", "lock"}
    assert not list(finished.segments_path.iterdir())


def test_the_recorded_configuration_makes_the_same_run(finished: RunFolder) -> None:
    config = finished.config()
    assert config == small()
    assert config.model.hidden == (5,)
    first = create_optimizee(config)
    history = finished.history()
    assert history is not None
    np.testing.assert_array_equal(first.parameters.to_vector(first.create_individual()), history.genomes[0])


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"environment": {"id": "CartPol-v1"}}, EnvironmentSetupError, "Did you mean 'CartPole-v1'"),
        ({"optimizer": {"name": "genetik"}}, UnknownNameError, "Did you mean 'genetic'"),
        ({"model": {"hiden": [5]}}, UnknownNameError, "Did you mean 'hidden'"),
        ({"fitness": {"name": "max-observation", "index": 4}}, ConfigurationError, "there are 4 observed variables"),
        ({"decoder": {"tie": "neutral"}}, ConfigurationError, "none of 2 actions is in the middle"),
        ({"simulator": "nset"}, UnknownNameError, "Did you mean 'nest'"),
        ({"optimizer": {"elites": 4}}, ConfigurationError, "leaves no offspring"),
        ({"validation_episodes": 0}, ConfigurationError, "needs validation_episodes"),
    ],
)
def test_a_mistake_is_found_before_a_folder_is_made(changes: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        small(**changes)


def test_progress_reports_every_generation(tmp_path) -> None:
    config = small()
    told: list[Progress] = []
    run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor(), on_progress=told.append)
    assert [p.n_done for p in told] == [1, 2, 3]
    assert all(p.best_fitness >= p.mean_fitness for p in told)


def test_a_lost_generation_is_an_error_not_a_gap(finished: RunFolder, tmp_path) -> None:
    history = finished.history()
    assert isinstance(history, History)
    folder = RunFolder.create(tmp_path / "gap", finished.config())
    folder.add_generation(history.of(0))
    folder.add_generation(history.of(2))
    with pytest.raises(RunFolderError, match="lacks generations between 0 and 2"):
        folder.history()
