"""Comparisons of real, small runs: finished, not finished, damaged and missing."""

import shutil
import statistics
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.comparison.groups import Group, group_runs
from neurosim_rl.comparison.run_summary import RunSummary
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.runs.run_list import Entry, read, to_toml
from neurosim_rl.training.configure import configure
from tests.histories import with_generations


def test_runs_are_grouped_by_what_differs_apart_from_the_seed(finished: Path) -> None:
    groups = group_runs([finished])
    assert [(g.setting, [r.seed for r in g.runs]) for g in groups] == [
        ("tie=first", [1, 2]),
        ("tie=random", [1, 2]),
    ]
    assert {r.state for g in groups for r in g.runs} == {"finished"}


def test_a_result_tells_what_the_champion_is_worth(finished: Path) -> None:
    champion = read_champion(finished / "tie=random-seed2")
    result = group_runs([finished])[1].runs[1]
    assert result.champion_sha256 == champion.sha256
    assert result.mean_return == np.mean(champion.unseen.returns)
    assert result.ci95 == champion.unseen.ci95()
    assert result.success_rate == np.mean(champion.unseen.returns >= 475)  # what Gymnasium calls solved
    assert result.fitness == champion.fitness
    assert (result.n_generations, result.n_evaluations) == (2, 8)


def test_settings_are_summarized_by_median_and_quartiles() -> None:
    config = configure("cart-pole")
    returns = [500.0, 100.0, 480.0, 475.0, 474.0]
    results = tuple(
        RunSummary(Path(str(k)), "s", k, "finished", config=config, mean_return=v) for k, v in enumerate(returns)
    )
    group = Group("s", (*results, RunSummary(Path("open"), "s", 9, config=config)))
    expected = statistics.quantiles(returns, n=4, method="inclusive")
    assert group.quartiles == pytest.approx(expected)
    assert group.n_solved == 3  # 475 is solved
    assert (group.table()["n_seeds"], group.table()["n_finished"]) == (6, 5)


def test_a_task_without_a_limit_has_no_solved_runs() -> None:
    group = Group("", (RunSummary(Path("a"), "", 1, "finished", config=configure("pendulum"), mean_return=-1.0),))
    assert group.n_solved is None


def test_a_run_that_is_not_finished_is_told(runs: Path) -> None:
    (runs / "tie=random-seed1" / "champion.h5").unlink()
    started = RunFolder.create(runs / "started", configure("cart-pole", {"seed": 3}))
    result = next(r for g in group_runs([runs]) for r in g.runs if r.path.name == "tie=random-seed1")
    assert (result.state, result.n_generations, result.mean_return) == ("not finished", 2, None)
    with started.locked():
        state = {r.path.name: r.state for g in group_runs([runs]) for r in g.runs}
    assert state["started"] == "running"


@pytest.mark.parametrize("name", ["champion.h5", "run.h5", "config.toml"])
def test_a_damaged_run_is_told_and_the_others_are_compared(runs: Path, name: str) -> None:
    path = runs / "tie=first-seed2" / name
    path.write_bytes(path.read_bytes()[:200])
    results = [r for g in group_runs([runs]) for r in g.runs]
    (damaged,) = [r for r in results if r.state == "damaged"]
    assert damaged.path == path.parent
    assert name in damaged.problem
    assert [r.state for r in results].count("finished") == 3


def test_a_run_that_lost_its_configuration_is_still_listed(runs: Path) -> None:
    (runs / "tie=first-seed2" / "config.toml").unlink()
    assert [(g.setting, len(g.runs)) for g in group_runs([runs])][-1] == ("tie=random", 2)
    assert {g.setting for g in group_runs([runs])} == {"tie=first", "tie=random", "unknown setting"}


def test_a_listed_run_that_is_gone_is_missing(runs: Path) -> None:
    entries = [Entry(runs / f"tie={tie}-seed{seed}", tie, seed) for tie in ("first", "random") for seed in (1, 2)]
    (runs / "runs.toml").write_text(to_toml(entries))
    assert read(runs) == entries
    shutil.rmtree(runs / "tie=first-seed2")
    first, random = group_runs([runs])
    assert [(r.seed, r.state) for r in first.runs] == [(1, "finished"), (2, "missing")]
    assert [r.state for r in random.runs] == ["finished", "finished"]


def test_run_folders_can_be_named_one_by_one(finished: Path) -> None:
    one, other = (finished / f"tie=random-seed{seed}" for seed in (1, 2))
    (group,) = group_runs([one, other])
    assert (group.setting, [r.path for r in group.runs]) == ("", [one, other])


def test_progress_of_a_run_is_read_while_it_goes_on(tmp_path: Path) -> None:
    folder = with_generations(RunFolder.create(tmp_path / "a", configure("cart-pole")), 0, 1)
    with folder.locked():
        ((result,),) = (group.runs for group in group_runs([tmp_path]))
    assert (result.state, result.n_generations, result.n_evaluations) == ("running", 2, 6)
