"""Runs that were recorded on another processor: genomes that differ in last bits are taken as recorded."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli.main import main
from neurosim_rl.errors import ResumedElsewhereWarning, RunFolderError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

SMALL = {
    "generations": 3,
    "episodes": 1,
    "validation_episodes": 1,
    "finalists": 0,
    "environment": {"kwargs": {"max_episode_steps": 10}},
    "optimizer": {"name": "openai-es", "population": 5},
}


def recorded(path: Path, difference: float) -> RunFolder:
    """Return a run that was interrupted after two generations, its genomes changed by about a relative difference."""
    config = check(configure("cart-pole", SMALL))
    here = RunFolder.create(path / "here", config)

    def stop(progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_to_end(config, here, executor=SerialExecutor(), on_progress=stop)
    history = here.history()
    assert history is not None
    there, rng = RunFolder.create(path / "there", config), np.random.default_rng(1)
    for number in (0, 1):
        generation = history.of(number)
        factor = 1 + difference * rng.uniform(-1, 1, generation.genomes.shape)
        there.add_generation(replace(generation, genomes=generation.genomes * factor))
    return there


def test_genomes_that_differ_in_last_bits_are_taken_as_recorded(tmp_path) -> None:
    folder = recorded(tmp_path, 1e-14)
    before = folder.history()
    with pytest.warns(ResumedElsewhereWarning, match="2 of 2 recorded generations differ in last bits"):
        run_to_end(folder.config(), folder, executor=SerialExecutor())
    after = folder.history()
    assert before is not None
    assert after is not None
    assert after.n_generations == 3
    np.testing.assert_array_equal(after.before(2).genomes, before.genomes)
    assert "the run continues from the recorded ones" in folder.log_path.read_text()


def test_resume_says_in_one_line_that_another_processor_recorded_the_run(tmp_path, capsys) -> None:
    folder = recorded(tmp_path, 1e-14)
    assert main(["resume", str(folder.path), "--no-figures", "--workers", "1"]) == 0
    lines = [line for line in capsys.readouterr().err.replace("\r", "\n").splitlines() if "last bits" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"neurosim-rl: {folder.path}: 2 of 2 recorded generations")


def test_genomes_that_differ_by_more_are_refused(tmp_path) -> None:
    folder = recorded(tmp_path, 1e-6)
    with pytest.raises(RunFolderError, match="generation 0 was made by another configuration or version"):
        run_to_end(folder.config(), folder, executor=SerialExecutor())
