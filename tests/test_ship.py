"""Shipping a champion: what is left out, what is named, and what stays."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ship
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import verify
from neurosim_rl.runs.champion import ChampionRecord, read_champion

COMMAND = "neurosim-rl evolve mountain-car --start-from some/run --seed 3 --out some/where"


@pytest.fixture(scope="module")
def champion() -> ChampionRecord:
    return read_champion("champion:mountain-car")


def going_on(champion: ChampionRecord, sha256: str) -> ChampionRecord:
    config = champion.config.replace(ancestor={"champion": "some/run", "sha256": sha256})
    return ship.replace(champion, config=config, provenance={**champion.provenance, "command": COMMAND})


def test_fewer_episodes_are_shipped_and_are_still_those_of_nest(champion: ChampionRecord, tmp_path: Path) -> None:
    ship.shipped(champion, 2).write(tmp_path / "champion.h5")
    found = read_champion(tmp_path / "champion.h5")
    assert len(found.recording.start_seeds) == 2
    assert found.verification == champion.verification
    again = verify(found.optimizee(), found.vector, found.recording)
    assert again.identical
    assert again.spikes_compared == sum(len(champion.recording.spikes.of(k)) for k in range(2))
    np.testing.assert_array_equal(found.unseen.returns, champion.unseen.returns)


def test_a_folder_that_it_goes_on_from_becomes_the_shipped_champion_of_that_genome(champion: ChampionRecord) -> None:
    found = ship.shipped(going_on(champion, champion.sha256), 2)
    assert found.config.ancestor.champion == "champion:mountain-car"  # type: ignore[union-attr]
    command = shlex.split(found.provenance["command"])
    assert command[command.index("--start-from") + 1] == "champion:mountain-car"
    assert "--out" not in command
    assert "--seed" in command


def test_what_goes_on_from_an_unknown_champion_is_refused(champion: ChampionRecord) -> None:
    with pytest.raises(ConfigurationError, match=r"goes on from some/run, .* Ship that one first\."):
        ship.shipped(going_on(champion, "0" * 64), 2)


def test_in_another_folder_it_may_go_on_from_a_file_of_that(champion: ChampionRecord, tmp_path: Path) -> None:
    other = ship.replace(champion, vector=champion.vector * 0.5)
    other.write(tmp_path / "first.h5")
    found = ship.shipped(going_on(champion, other.sha256), 2, folder=tmp_path)
    assert found.config.ancestor.champion == str(tmp_path / "first.h5")  # type: ignore[union-attr]


def test_a_run_that_was_resumed_needs_the_command_that_makes_it_anew(champion: ChampionRecord) -> None:
    resumed = ship.replace(champion, provenance={**champion.provenance, "command": "neurosim-rl resume some/run"})
    with pytest.raises(ConfigurationError, match=r"was resumed\. Say by --command"):
        ship.shipped(resumed, 2)
    again = "neurosim-rl evolve mountain-car --seed 20"
    assert ship.shipped(resumed, 2, f"{again} --out some/run").provenance["command"] == again
