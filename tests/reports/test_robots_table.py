"""The site's table of robots, beside the champions that it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neurosim_rl.measures.champion import measures
from neurosim_rl.measures.published import SCORES, VASILACHE
from neurosim_rl.optimizees import TASKS
from neurosim_rl.optimizees.robot import Robot
from neurosim_rl.runs.champion import read_champion, shipped_champions
from tests.documents import documented_table

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "benchmarks" / "seeds"
TEXT = (ROOT / "docs" / "results" / "robots.rst").read_text(encoding="utf-8")
ROW = re.compile(r"^``([a-z0-9-]+)`` +(-?[\d.]+) \+- ([\d.]+) +(\d+) +([\d.]+)(?: +([\d.]+))?$", re.MULTILINE)
ROWS = {row[0]: row[1:] for row in ROW.findall(TEXT)}
SEEDS_ROW = re.compile(r"^``([a-z0-9-]+)`` +([\d.]+) +([\d.]+) +([\d.]+)$", re.MULTILINE)
SEEDS_ROWS = {row[0]: row[1:] for row in SEEDS_ROW.findall(TEXT)}


def test_all_robots_champions_are_in_the_table() -> None:
    robots = {
        name for name in shipped_champions() if issubclass(TASKS[read_champion(f"champion:{name}").config.task], Robot)
    }
    assert set(ROWS) == robots


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_says_what_the_champion_s_file_says(name: str) -> None:
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    champion = read_champion(f"champion:{name}")
    returns, weights = champion.unseen.returns, measures(champion).non_zero_weights
    assert champion.n_steps is not None
    told = f"{returns.mean():.1f}", f"{returns.std(ddof=1):.1f}", str(weights), f"{champion.n_steps / 1e6:.1f}"
    assert ROWS[name][:4] == told
    spatial = [score.mean for score in SCORES.get(champion.config.task, ()) if score.source == VASILACHE]
    assert ROWS[name][4] == "".join(f"{mean:.1f}" for mean in spatial)


def test_three_seeds_of_swimmer_and_hopper_are_told() -> None:
    kinds = ("", "-linear", "-spatial")
    assert set(SEEDS_ROWS) == {f"{task}{kind}" for task in ("swimmer", "hopper") for kind in kinds}


@pytest.mark.parametrize("name", sorted(SEEDS_ROWS))
def test_a_row_of_seeds_says_what_their_files_say(name: str) -> None:
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    files = (f"champion:{name}", *(str(SEEDS / f"{name}-seed{seed}.h5") for seed in (2, 3)))
    champions = [read_champion(file) for file in files]
    assert [champion.config.seed for champion in champions] == [1, 2, 3]
    assert SEEDS_ROWS[name] == tuple(f"{champion.unseen.returns.mean():.1f}" for champion in champions)


@pytest.mark.parametrize("row", documented_table("task              PPO, spiking"), ids=lambda row: row[0].strip("`"))
def test_a_row_of_training_by_gradients_says_what_the_files_say(row: list[str]) -> None:
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    task, *trained, evolved, published = row
    task = task.strip("`")
    for network, told in zip(("snn", "ann"), trained, strict=True):
        unseen = read_champion(f"champion:{task}-ppo-{network}").unseen
        low, high = unseen.ci95()
        assert told == f"{unseen.mean_return:.1f} ({low:.1f} to {high:.1f})"
    names = {task, f"{task}-spatial", f"{task}-structured"} & set(shipped_champions())
    best = max(names, key=lambda name: read_champion(f"champion:{name}").unseen.mean_return)
    assert evolved == f"{read_champion(f'champion:{best}').unseen.mean_return:.1f} (``{best}``)"
    assert ROWS[task][4] == published
