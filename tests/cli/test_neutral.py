"""The command line takes the id of an environment for a task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neurosim_rl.cli import main

BRIEF = [
    *("--generations", "1", "--population", "4", "--workers", "1", "--no-figures"),
    *("--set", "episodes=1", "--set", "validation_episodes=1"),
]


def test_an_environment_evolves_by_its_id_and_other_commands_take_its_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    assert main(["evolve", "FrozenLake-v1", *BRIEF, "--out", run]) == 0
    said = capsys.readouterr()
    assert "FrozenLake-v1 has no task of its own" in said.err
    assert "estimate: " in said.err
    assert "(solved: 0.7)" in said.out
    assert main(["show", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "FrozenLake-v1"
    assert main(["evaluate", run, "--episodes", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["episodes"] == 2
    assert main(["verify", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["spikes_differing"] == 0
    assert main(["resume", run]) == 0


def test_a_misspelt_environment_is_one_line_with_the_nearest_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evolve", "FrozenLak"]) == 2
    assert "unknown task 'FrozenLak'. Did you mean 'FrozenLake-v1'?" in capsys.readouterr().err
