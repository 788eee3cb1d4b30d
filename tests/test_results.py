"""The page of results, from champions that are good for nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.experiment import evolve, prepare
from neurosim_rl.measuring import measures
from neurosim_rl.optimizees import configure
from neurosim_rl.published import EXPERT_ACTORS, SCORES
from neurosim_rl.results import ROBOTS, Result, _published, champions_by_task, results
from neurosim_rl.results_page import page
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import load_champion
from tests.tasks import NEEDS_MUJOCO

pytestmark = NEEDS_MUJOCO
TASK = "inverted-pendulum"
SMALL: dict[str, Any] = {
    "generations": 2,
    "validation_episodes": 1,
    "workers": 1,
    "normalisation": {"steps": 100},
    "environment": {"kwargs": {"max_episode_steps": 12}},
    "optimizer": {"population": 4},
}


@pytest.fixture(scope="module")
def champions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a spiking champion and a linear one, and one of another task."""
    folder = tmp_path_factory.mktemp("champions")
    for name, model in (("pole", {}), ("pole-linear", {"model": {"name": "linear"}})):
        config = prepare(configure(TASK, SMALL, model))
        champion = evolve(config, RunFolder.create(folder / "run" / name, config), executor=SerialExecutor())
        assert champion.n_steps == RunFolder.open(folder / "run" / name).history().lengths.sum()  # type: ignore[union-attr]
        shutil.copy(folder / "run" / name / "champion.h5", folder / f"{name}.h5")
    load_champion("champion:cart-pole").write(folder / "cart-pole.h5")
    return folder


@pytest.fixture(scope="module")
def rows(champions: Path) -> list[Result]:
    found = results(champions_by_task(champions), SerialExecutor(), tasks=[TASK], episodes=4)
    assert list(found) == [TASK]
    return found[TASK]


def test_champions_of_robots_are_found_by_their_task(champions: Path) -> None:
    found = champions_by_task(champions)
    assert tuple(found) == ROBOTS
    assert {task: list(own) for task, own in found.items() if own} == {TASK: ["pole", "pole-linear"]}


def test_ours_are_played_on_the_same_starts_as_zero_and_random_actions(rows: list[Result], champions: Path) -> None:
    by_name = {row.controller: row for row in rows}
    assert set(by_name) == {"one-layer SNN, pole", "linear policy, pole-linear", "zero action", "random action"}
    champion = load_champion(champions / "pole.h5")
    own = by_name["one-layer SNN, pole"]
    first = champion.held_out.returns[:4]
    assert (own.mean, own.sd) == (first.mean(), np.std(first, ddof=1))
    measured = measures(champion)
    assert own.weights == measured.non_zero_weights
    assert own.steps == champion.n_steps
    assert own.energy_j["loihi"] == measured.energy_per_step_j["loihi"].mean()
    assert champion.rule is not None
    assert by_name["zero action"].mean == champion.rule.returns[:4].mean()
    assert by_name["linear policy, pole-linear"].weights == 4
    assert "loihi" not in by_name["linear policy, pole-linear"].energy_j
    assert all(row.episodes == 4 for row in rows)
    ours = [row.mean for row in rows if row.kind == "ours"]
    assert ours == sorted(ours, reverse=True)


@pytest.mark.parametrize("task", sorted(SCORES))
def test_published_scores_stand_beside_with_what_is_known(task: str) -> None:
    found = {row.controller: row for row in _published(task)}
    assert found["spatial SNN, published"].energy_j.keys() == {"loihi"}
    (expert,) = (row for name, row in found.items() if name.startswith("deep expert"))
    sizes = EXPERT_ACTORS[task]
    assert expert.weights == sum(sizes[k] * sizes[k + 1] for k in range(3))
    assert expert.energy_j["arm"] == pytest.approx((expert.weights + sum(sizes[1:])) * 0.9e-9)
    assert "-".join(map(str, sizes)) in expert.source


def result(controller: str, mean: float, kind: str = "ours", spiking: bool = True, **known: Any) -> Result:
    unknown: dict[str, Any] = {
        "sd": None,
        "forward": None,
        "episodes": None,
        "weights": None,
        "steps": None,
        "energy_j": {},
    }
    return Result(controller, kind, mean, **{**unknown, **known}, source="", spiking=spiking)


def test_the_page_says_what_is_better_than_our_best_spiking_network() -> None:
    known: dict[str, Any] = {"sd": 2.0, "forward": 9.5, "weights": 1208, "steps": 2.5e6, "energy_j": {"loihi": 4.91e-7}}
    rows = [
        result("spatial", 10.0, **known),
        result("one layer", 12.0),
        result("linear", 15.0, spiking=False),
        result("expert", 20.0, "published", False),
        result("zero", 0.0, "simple", False),
    ]
    text = page({"swimmer": rows}, episodes=7, command="neurosim-rl results", versions={"numpy": "2"})
    assert "Better than our best spiking network (one layer): linear; expert." in text
    assert "7 unseen starts" in text
    (line,) = (line for line in text.splitlines() if line.startswith("spatial "))
    cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
    assert cells == ["spatial", "10.0 +- 2.0", "9.5", "1 208", "2.5 M", "491", "-", "-"]
    assert max(map(len, text.split("Constants of energy")[0].splitlines())) <= 120


def test_a_task_without_a_spiking_champion_says_so() -> None:
    text = page({"ant": [result("zero", 995.0, "simple", False)]}, episodes=1, command="x", versions={})
    assert "There is no spiking champion of this task." in text


def test_the_best_network_says_that_nothing_is_better() -> None:
    rows = [result("spatial", 10.0), result("zero", 1.0, "simple", False)]
    assert "(spatial): none of these." in page({"hopper": rows}, episodes=1, command="x", versions={})


def test_one_command_makes_the_page(champions: Path, tmp_path: Path, capsys) -> None:
    arguments = ["results", "--task", TASK, "--champions", str(champions), "--episodes", "2", "--workers", "1"]
    assert main([*arguments, "--out", str(tmp_path / "page"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    kept = json.loads((tmp_path / "page" / "mujoco.json").read_text())
    assert kept["tasks"] == printed["tasks"]
    assert kept["command"] == f"neurosim-rl results --task {TASK} --episodes 2 --champions {champions}"
    text = (tmp_path / "page" / "mujoco.rst").read_text()
    assert f"\n{TASK}\n-----------------\n" in text
    assert "one-layer SNN, pole" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "inverted-pendulun"], "Did you mean 'inverted-pendulum'"),
        (["--task", "cart-pole"], "unknown robot's task 'cart-pole'"),
        (["--episodes", "0"], "expected at least 1"),
        (["--champions", "/nowhere"], "is not a folder of champions"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], message: str, capsys) -> None:
    assert main(["results", *arguments]) == 2
    assert message in capsys.readouterr().err
