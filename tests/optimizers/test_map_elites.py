"""MAP-Elites: who is in the archive, where children come from, what it must be told, and whole runs."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError, MissingExtraError, ShapeError
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.optimizees.behaviour import behaviour_of
from neurosim_rl.optimizers import Search
from neurosim_rl.reports.figures import draw_figures
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.components import search_of
from tests.histories import assert_same_run
from tests.optimizers.sphere import BEST, Sphere, sphere

pytest.importorskip("ribs", reason="needs the extra [map-elites]")

OPTIONS: dict[str, Any] = {"name": "map-elites", "population": 12, "cells": [5, 5, 1]}


def search(seed: int = 1, **options: Any) -> Search:
    return search_of({**OPTIONS, **options}, Sphere(), seed, 1000)


def behaviour(genomes: np.ndarray) -> np.ndarray:
    """Return the first two genes, in the ranges of joint use and gait frequency, and nothing of the third kind."""
    return np.stack([(genomes[:, 0] + 5) / 10, (genomes[:, 1] + 5) / 20, np.full(len(genomes), 0.5)], axis=1)


def run(running: Search, generations: int) -> list[np.ndarray]:
    asked = []
    for _ in range(generations):
        asked.append(running.ask())
        running.tell(sphere(asked[-1]), behaviour=behaviour(asked[-1]))
    return asked


def archive(running: Search) -> np.ndarray:
    optimizer: Any = running._optimizer
    return optimizer.elites


def test_each_cell_keeps_the_best_that_ever_fell_into_it() -> None:
    running = search()
    seen = np.concatenate(run(running, 30))
    cell = np.floor(behaviour(seen)[:, :2] / [0.2, 0.1]).astype(int).clip(0, 4) @ [5, 1]
    expected = [seen[cell == c][np.argmax(sphere(seen[cell == c]))] for c in np.unique(cell)]
    np.testing.assert_array_equal(archive(running), np.array(expected))
    assert len(expected) > 15


def test_elites_approach_the_best_of_their_cells() -> None:
    """In the cell of first genes from 3 to 5 and second from -3 to -1, the best is (3, -2, 3, 0.5)."""
    running = search()
    run(running, 400)
    elites = archive(running)
    mine = elites[(elites[:, 0] >= 3) & (elites[:, 1] >= -3) & (elites[:, 1] < -1)]
    assert len(mine) == 1
    assert sphere(mine)[0] > -((3 - BEST[0]) ** 2) - 1.5


def test_a_resumed_search_asks_as_the_uninterrupted_one_and_another_seed_does_not() -> None:
    asked, resumed, other = run(search(), 8), search(), search(seed=2)
    for genomes in asked[:5]:
        np.testing.assert_array_equal(resumed.ask(), genomes)
        resumed.tell(sphere(genomes), behaviour=behaviour(genomes))
    np.testing.assert_array_equal(np.stack(run(resumed, 3)), np.stack(asked[5:]))
    assert (run(other, 2)[1] != asked[1]).any()


def test_children_without_crossover_and_mutation_are_elites() -> None:
    running = search(crossover=0.0, change_value=0.0, random_share=0.0)
    first, second = run(running, 2)
    assert {tuple(genes) for genes in second} <= {tuple(genes) for genes in first}


def test_the_failed_and_those_of_unknown_behaviour_are_left_out() -> None:
    running = search()
    genomes = running.ask()
    fitness, described = sphere(genomes), behaviour(genomes)
    fitness[0], described[1, 2] = np.nan, np.nan
    running.tell(fitness, behaviour=described)
    assert not {tuple(genomes[0]), tuple(genomes[1])} & {tuple(elite) for elite in archive(running)}


def test_where_all_have_failed_all_are_created_anew() -> None:
    running = search()
    running.tell(np.full(12, np.nan), behaviour=np.full((12, 3), np.nan))
    assert running.ask().shape == (12, 4)
    assert np.abs(running.ask()).max() <= 5.0
    assert len(archive(running)) == 0


def test_without_behaviour_it_says_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="needs the behaviour of individuals"):
        search().tell(np.zeros(12))
    with pytest.raises(ShapeError, match=r"behaviour has shape \(12, 2\); expected \(12, 3\)"):
        search().tell(np.zeros(12), behaviour=np.zeros((12, 2)))


@pytest.mark.parametrize("cells", [[5, 5], [5, 5, 2.5]])
def test_cells_that_do_not_fit_are_refused(cells: list[float]) -> None:
    with pytest.raises(ConfigurationError, match=r"optimizer\.cells = .*: expected 3 whole numbers"):
        search(cells=cells)


def test_more_cells_than_memory_holds_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"makes 1e\+15 cells; expected at most 1000000"):
        search(cells=[10**5] * 3)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ribs.archives", None)
    with pytest.raises(MissingExtraError, match=r"neurosim-rl\[map-elites\]"):
        search()


# --- behaviour and whole runs, with a task that needs no further extra ---

SMALL: dict[str, Any] = {
    "generations": 4,
    "episodes": 2,
    "starts": "fixed",
    "validation_episodes": 2,
    "window_ms": 16.0,
    "resolution_ms": 1.0,
    "workers": 1,
    "environment": {"max_steps": 15},
    "normalisation": {"name": "bounds", "steps": 50, "gain": 2.5},
    "model": {"name": "spatial", "grid": [3, 3], "v_th_limit": 200.0},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0},
    "optimizer": {"name": "map-elites", "population": 9, "cells": [4, 4, 2]},
}


def test_behaviour_is_what_recorded_actions_and_spikes_say() -> None:
    pendulum = create_optimizee(configure("pendulum", SMALL, {"environment": {"max_steps": 60}}))
    vectors = [pendulum.parameters.sample(np.random.default_rng(k)) for k in range(20)]
    played = pendulum.play(vectors, pendulum.training_elements(0, range(20)), record=True)
    assert played.episodes.traces is not None
    actions, counts = played.episodes.traces.actions[:, :, 0], played.episodes.traces.counts
    found = behaviour_of(pendulum, played.episodes)
    np.testing.assert_allclose(found[:, 0], np.abs(actions).mean(axis=1) / 2.0)  # torques of up to 2 N m
    turns = (np.diff((actions < 0).astype(int), axis=1) != 0).sum(axis=1)
    np.testing.assert_allclose(found[:, 1], turns / 2 / 60)
    np.testing.assert_allclose(found[:, 2], 1 - counts.sum(axis=(1, 2)) / (60 * 16 * 9))
    assert (found.std(axis=0) > 0).all()


def test_discrete_actions_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="Discrete actions"):
        check(configure("cart-pole", {"optimizer": {"name": "map-elites"}}))


@pytest.mark.thorough
def test_a_run_ends_the_same_for_other_workers_and_batches_and_after_an_interruption(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    config = check(configure("pendulum", SMALL, {"batch_size": 4}))
    alone, together = (RunFolder.create(tmp_path / name, config) for name in ("alone", "together"))
    run_to_end(config, alone, executor=SerialExecutor())
    with ProcessExecutor(2) as executor:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            run_to_end(config, together, executor=executor, on_progress=interrupt)
        run_to_end(config, together, executor=executor)
    assert_same_run(alone.path, together.path)
    history = alone.history()
    assert history is not None
    assert history.behaviour.shape == (36, 3)
    drawn, _ = draw_figures(Subject.of(str(alone.path)), tmp_path / "figures")
    assert "archive.png" in {path.name for path in drawn}
