"""Making runs from Python: folders, settings, interruptions."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import ConfigurationError, RunFolderError, UnknownNameError
from neurosim_rl.reports import progress
from neurosim_rl.runs.candidate import Candidate
from neurosim_rl.runs.stages import MEASUREMENTS, VALIDATION
from neurosim_rl.training import run as training_run
from neurosim_rl.training.naming import free_folder
from tests.api.conftest import BRIEF
from tests.histories import assert_same_run


def test_without_out_a_run_is_under_runs_by_task_and_seed(here: Path) -> None:
    brief = {**BRIEF, "generations": 1}
    first, second = (nrl.evolve("cart-pole", brief, seed=7, progress=False) for _ in range(2))
    assert (first.path, second.path) == (Path("runs/cart-pole-seed7"), Path("runs/cart-pole-seed7-2"))
    assert first.champion.sha256 == second.champion.sha256
    linear = nrl.evolve("cart-pole", generations=1, workers=1, validation_episodes=1, model={"name": "linear"}, seed=7)
    assert linear.path == Path("runs/cart-pole-linear-seed7")


def test_the_next_free_suffix_is_taken(tmp_path: Path) -> None:
    base = tmp_path / "x"
    assert free_folder(base) == base
    base.mkdir()
    (tmp_path / "x-2").touch()
    assert free_folder(base) == tmp_path / "x-3"


def interrupt_after(n_generations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C come when so many generations are written, as it does in a notebook's cell."""
    add = training_run.RunFolder.add_generation

    def write_then_interrupt(folder: Any, generation: Any) -> None:
        add(folder, generation)
        if int(generation.number[0]) + 1 == n_generations:
            raise KeyboardInterrupt

    monkeypatch.setattr(training_run.RunFolder, "add_generation", write_then_interrupt)


def test_an_interrupted_run_says_how_it_continues_and_ends_with_the_same_champion(
    run: nrl.Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        message = r'2 of 3 generations are kept. Continue with: nrl.resume\("runs/cart-pole-seed3"\)'
        with pytest.raises(KeyboardInterrupt, match=message):
            nrl.evolve("cart-pole", BRIEF, seed=3, progress=False)
    broken = nrl.load("runs/cart-pole-seed3")
    assert isinstance(broken, nrl.Run)
    assert broken.status.state == "stopped"
    assert len(broken.history) == 2 * 4
    assert not broken.history.is_champion.any()
    with pytest.raises(RunFolderError, match=r"no champion yet: 2 of 3 .* nrl.resume\("):
        broken.champion  # noqa: B018
    assert "stopped: 2 of 3" in repr(broken)
    assert "<img" in broken._repr_html_()

    resumed = nrl.resume(broken, progress=False, workers=1)
    assert_same_run(resumed.path, run.path)


def test_a_finished_run_is_resumed_to_itself(run: nrl.Run) -> None:
    before = run.champion.record.provenance, (run.path / "champion.h5").stat().st_mtime_ns
    again = nrl.resume(str(run.path), progress=False)
    assert (again.champion.record.provenance, (again.path / "champion.h5").stat().st_mtime_ns) == before


def test_a_resumed_run_keeps_its_settings(run: nrl.Run) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown setting of a resumed run 'worker'. Did you mean 'workers'\?"):
        nrl.resume(run, worker=2)
    with pytest.raises(
        UnknownNameError, match=r"resumed run 'seed'.*Valid: batch_size, execution, max_hours, timeout_s, workers"
    ):
        nrl.resume(run, seed=2)


def test_mistakes_are_found_before_a_folder_is_made(here: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'cart-pole'"):
        nrl.evolve("cartpole")
    with pytest.raises(UnknownNameError, match="Did you mean 'generations'"):
        nrl.evolve("cart-pole", generation=3)
    with pytest.raises(UnknownNameError, match="Did you mean 'hidden'"):
        nrl.evolve("cart-pole", model={"hiden": [8]})
    with pytest.raises(UnknownNameError, match="Did you mean 'r-stdp'"):
        nrl.train("cart-pole", learner="rstdp")
    assert not list(here.iterdir())


def test_a_complete_configuration_is_taken_as_it_is(run: nrl.Run) -> None:
    assert nrl.Controller(run.configuration).configuration is run.configuration
    with pytest.raises(ConfigurationError, match="takes no settings beside it"):
        nrl.evolve(run.configuration, generations=2)


def test_keywords_win_over_layers_and_files(here: Path) -> None:
    Path("f.toml").write_text("seed = 5\ngenerations = 9\nepisodes = 3\n")
    made = nrl.configure("cart-pole", {"generations": 8}, {"seed": 4}, files=["f.toml"], seed=6)
    assert (made.seed, made.generations, made.episodes) == (6, 8, 3)
    assert nrl.configure("cart-pole", {"model": {"hidden": [8]}}) == nrl.configure("cart-pole", model={"hidden": [8]})


def test_training_by_a_rule_and_starting_from_a_champion_are_configured_as_on_the_command_line(run: nrl.Run) -> None:
    trained = nrl.configure("cart-pole", learner="r-stdp")
    assert trained.to_toml().count('name = "r-stdp"') == 1
    again = nrl.configure("cart-pole", start_from=run, workers=1)
    assert run.champion.sha256 in again.to_toml()
    with pytest.raises(ConfigurationError, match="only a learner trains one"):
        nrl.configure("cart-pole", network="snn")


def test_the_bar_speaks_of_validation(capsys: pytest.CaptureFixture[str]) -> None:
    from neurosim_rl.reports.progress import progress_bar

    candidate = Candidate(np.zeros(2), generation=0, individual=0, fitness=1.0, validation_return=12.5)
    with progress_bar(2) as bar:
        bar.move(training_run.Progress(1, 20.0, 10.0, 3, candidate))
    text = capsys.readouterr().err
    assert "best 20, mean 10, validation 12.5, 3 failed" in text
    assert "1/2" in text
    with progress_bar(2, shown=False) as bar:
        bar.move(training_run.Progress(1, 20.0, 10.0, 0, candidate))
        bar.stage("finalists")
    assert not capsys.readouterr().err


def test_the_bar_ticks_seldom_in_a_file_which_keeps_each_drawing(tmp_path: Path) -> None:
    assert progress.FILE_TICK_S > progress.TICK_S
    read_end, write_end = os.pipe()
    with (tmp_path / "job.log").open("w") as log, os.fdopen(read_end), os.fdopen(write_end, "w") as pipe:
        assert progress.is_file(log)
        assert not progress.is_file(pipe)
    assert not progress.is_file(io.StringIO())


def test_the_bar_names_stages_and_shows_that_a_long_one_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    refreshed = threading.Event()

    class Recorded:
        def set_postfix_str(self, text: str, refresh: bool) -> None:
            if refresh:
                shown.append(text)

        def refresh(self) -> None:
            refreshed.set()

    monkeypatch.setattr(progress, "TICK_S", 0.01)
    bar = progress.RunBar(Recorded())
    for name in (VALIDATION, "finalists", *MEASUREMENTS, "figures"):
        bar.stage(name)
    assert refreshed.wait(60)
    bar.close()
    baselines = ["baselines: random policy", "baselines: rule"]
    assert shown == ["finalists", "unseen starts", "recording", *baselines, "replay in NEST", "figures"]
    assert "progress-bar" not in {thread.name for thread in threading.enumerate()}
