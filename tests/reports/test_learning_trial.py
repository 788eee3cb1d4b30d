"""Replay of the trial in which a champion learned, and weights over training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.evaluation import learning_trial
from neurosim_rl.evaluation.learning_trial import weights_in_training
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.reports.figures import draw_figures
from neurosim_rl.reports.learning_trial import replay_learning_trial
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.learning.test_training import LEARNING, SETTINGS


def made(path: Path, *layers: dict[str, Any]) -> Path:
    config = check(configure("cart-pole", SETTINGS, *layers))
    run_to_end(config, RunFolder.create(path, config))
    return path


def drawn(target: Path, out: Path) -> set[str]:
    files, _ = draw_figures(Subject.of(str(target)), out, ["learning", "plasticity"])
    return {file.name for file in files}


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose lines of networks pass on what they learn."""
    return made(tmp_path_factory.mktemp("learned") / "run", {"episodes": 1})


@pytest.mark.parametrize("n_episodes", [2, 4])
def test_the_champions_last_trial_is_played_again_as_it_was(
    learned: Path, n_episodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_trial, "RECORDED_EPISODES", n_episodes)
    champion, folder = read_champion(str(learned)), RunFolder.open(learned)
    optimizee, history = create_optimizee(folder.config()), folder.history()
    assert history is not None
    record = replay_learning_trial(optimizee, champion, history)
    assert record is not None
    (course,) = record.weights
    then = history.of(champion.generation)
    row = int(np.flatnonzero(then.individual == champion.individual)[0])
    first, last = (optimizee.network(v).projections[0].weight_pa for v in (then.genomes[row], champion.vector))
    np.testing.assert_allclose(course.weight_pa[0], first, rtol=1e-6)
    assert np.flatnonzero(record.ended).tolist() == (np.cumsum(then.lengths[row][:n_episodes]) - 1).tolist()
    assert np.allclose(course.weight_pa[-1], last, rtol=1e-6) == (n_episodes == 4)


def test_weights_in_training_continue_from_trial_to_trial(learned: Path) -> None:
    folder = RunFolder.open(learned)
    optimizee, history = create_optimizee(folder.config()), folder.history()
    assert history is not None
    (course,) = weights_in_training(optimizee, history, 1)
    assert course.weight_pa.shape == (4, optimizee.network(history.genomes[0]).projections[0].n_synapses)
    assert (np.abs(np.diff(course.weight_pa, axis=0)).max(axis=1) > 0).all()
    genomes = history.genomes[history.individual == 1]
    for k, vector in enumerate(genomes):
        np.testing.assert_array_equal(course.weight_pa[k], optimizee.network(vector).projections[0].weight_pa)


def test_a_champion_that_learned_in_a_run_that_is_gone_has_no_learning_trial(learned: Path) -> None:
    champion = read_champion(str(learned / "champion.h5"))
    assert replay_learning_trial(create_optimizee(champion.config), champion, None) is None


def test_networks_that_always_learn_do_so_in_the_recorded_trial(tmp_path: Path) -> None:
    plastic = {"name": "r-stdp", **LEARNING, "when": "always"}
    path = made(tmp_path / "run", {"learning": plastic, "optimizer": {"name": "genetic", "population": 4}})
    champion = read_champion(str(path))
    record = replay_learning_trial(create_optimizee(champion.config), champion, None)
    assert record is not None
    traces = champion.recording.traces
    n = record.n_windows
    assert np.isfinite(traces.rewards[0, :n]).all()
    assert record.ended.sum() == learning_trial.RECORDED_EPISODES
    assert "plasticity.png" in drawn(path, tmp_path / "figures")
    assert "learning.png" not in drawn(path, tmp_path / "figures")


def test_a_run_that_passes_on_what_it_learns_has_both_figures(learned: Path, tmp_path: Path) -> None:
    both = {"learning.png", "plasticity.png"}
    assert both <= drawn(learned, tmp_path)
    assert not both & drawn(learned / "champion.h5", tmp_path)
