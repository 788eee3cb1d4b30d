"""Comparisons of real, small runs: finished, not finished, damaged and missing."""

import csv
import json
import shutil
import statistics
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.comparison import Group, Result, compare
from neurosim_rl.configuration import Configuration
from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import load_champion
from neurosim_rl.runs.run_list import Entry, find_runs, read, to_toml
from neurosim_rl.settings import labels_of
from tests.histories import with_generations

TINY = ["--generations", "2", "--population", "4", "--workers", "1", "--no-figures"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two seeds of two settings, all finished."""
    folder = tmp_path_factory.mktemp("comparison")
    for tie in ("first", "random"):
        for seed in ("1", "2"):
            settings = ["--set", "validation_episodes=2", "--set", f"decoder.tie={tie}", "--seed", seed]
            assert main(["evolve", "cart-pole", *TINY, *settings, "--out", str(folder / f"tie={tie}-seed{seed}")]) == 0
    return folder


@pytest.fixture
def runs(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished runs."""
    return shutil.copytree(finished, tmp_path / "runs")


def test_runs_are_grouped_by_what_differs_apart_from_the_seed(finished: Path) -> None:
    groups = compare([finished])
    assert [(g.setting, [r.seed for r in g.results]) for g in groups] == [
        ("tie=first", [1, 2]),
        ("tie=random", [1, 2]),
    ]
    assert {r.state for g in groups for r in g.results} == {"finished"}


def test_a_study_s_folder_is_no_run_but_its_runs_are(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "study" / "runs")
    (tmp_path / "study" / "study.toml").write_text('[grid]\ntask = ["cart-pole"]\n')
    RunFolder(tmp_path / "study").log("submitted as job 5")
    found = find_runs([tmp_path / "study"])
    assert {entry.path for entry in found} == set((tmp_path / "study" / "runs").iterdir())


def test_a_result_tells_what_the_champion_is_worth(finished: Path) -> None:
    champion = load_champion(finished / "tie=random-seed2")
    result = compare([finished])[1].results[1]
    assert result.champion_sha256 == champion.sha256
    assert result.mean_return == np.mean(champion.held_out.returns)
    assert result.ci95 == champion.held_out.ci95()
    assert result.success_rate == np.mean(champion.held_out.returns >= 475)  # what Gymnasium calls solved
    assert result.fitness == champion.fitness
    assert (result.n_generations, result.n_evaluations) == (2, 8)


def test_settings_are_summarized_by_median_and_quartiles() -> None:
    config = Configuration(task="cart-pole")
    returns = [500.0, 100.0, 480.0, 475.0, 474.0]
    results = tuple(
        Result(Path(str(k)), "s", k, "finished", config=config, mean_return=v) for k, v in enumerate(returns)
    )
    group = Group("s", (*results, Result(Path("open"), "s", 9, config=config)))
    expected = statistics.quantiles(returns, n=4, method="inclusive")
    assert group.quartiles == pytest.approx(expected)
    assert group.n_solved == 3  # 475 is solved
    assert (group.table()["n_seeds"], group.table()["n_finished"]) == (6, 5)


def test_a_task_without_a_limit_has_no_solved_runs() -> None:
    group = Group("", (Result(Path("a"), "", 1, "finished", config=Configuration(task="pendulum"), mean_return=-1.0),))
    assert group.n_solved is None


def test_a_run_that_is_not_finished_is_told(runs: Path) -> None:
    (runs / "tie=random-seed1" / "champion.h5").unlink()
    started = RunFolder.create(runs / "started", Configuration(task="cart-pole", seed=3))
    result = next(r for g in compare([runs]) for r in g.results if r.path.name == "tie=random-seed1")
    assert (result.state, result.n_generations, result.mean_return) == ("not finished", 2, None)
    with started.locked():
        state = {r.path.name: r.state for g in compare([runs]) for r in g.results}
    assert state["started"] == "running"


@pytest.mark.parametrize("name", ["champion.h5", "run.h5", "config.toml"])
def test_a_damaged_run_is_told_and_the_others_are_compared(runs: Path, name: str) -> None:
    path = runs / "tie=first-seed2" / name
    path.write_bytes(path.read_bytes()[:200])
    results = [r for g in compare([runs]) for r in g.results]
    (damaged,) = [r for r in results if r.state == "damaged"]
    assert damaged.path == path.parent
    assert name in damaged.problem
    assert [r.state for r in results].count("finished") == 3


def test_a_run_that_lost_its_configuration_is_still_listed(runs: Path) -> None:
    (runs / "tie=first-seed2" / "config.toml").unlink()
    assert [(g.setting, len(g.results)) for g in compare([runs])][-1] == ("tie=random", 2)
    assert {g.setting for g in compare([runs])} == {"tie=first", "tie=random", "unknown setting"}


def test_a_listed_run_that_is_gone_is_missing(runs: Path) -> None:
    entries = [Entry(runs / f"tie={tie}-seed{seed}", tie, seed) for tie in ("first", "random") for seed in (1, 2)]
    (runs / "runs.toml").write_text(to_toml(entries))
    assert read(runs) == entries
    shutil.rmtree(runs / "tie=first-seed2")
    first, random = compare([runs])
    assert [(r.seed, r.state) for r in first.results] == [(1, "finished"), (2, "missing")]
    assert [r.state for r in random.results] == ["finished", "finished"]


def test_run_folders_can_be_named_one_by_one(finished: Path) -> None:
    one, other = (finished / f"tie=random-seed{seed}" for seed in (1, 2))
    (group,) = compare([one, other])
    assert (group.setting, [r.path for r in group.results]) == ("", [one, other])


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is neither a run folder nor a folder of runs"):
        find_runs([tmp_path])


@pytest.mark.parametrize("text", ["runs = 3", "[[runs]]\nfolder = 'a'", "[[runs]]\nfolder = 1\nsetting = ''\nseed = 1"])
def test_a_damaged_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "runs.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"expected \[\[runs\]\] with folder, setting and seed"):
        find_runs([tmp_path])


def labels(*tables: dict) -> list[str]:
    return labels_of([Configuration.from_layers(table) for table in tables])


def test_what_does_not_change_results_makes_no_setting() -> None:
    assert labels({"seed": 1, "workers": 1}, {"seed": 2, "workers": 2, "batch_size": 3, "timeout_s": 9.0}) == ["", ""]


def test_components_that_differ_are_told_by_name_alone() -> None:
    one, other = ({"name": "current", "peak_pa": 1.0}, {"name": "poisson", "rate_hz": 2.0})
    assert labels({"encoder": one}, {"encoder": other}) == ["encoder=current", "encoder=poisson"]


def test_a_key_that_one_lacks_is_told_where_it_stands() -> None:
    assert labels({"model": {"name": "m", "hidden": [8, 4]}}, {"model": {"name": "m"}}) == ["hidden=[8, 4]", ""]


def test_keys_that_end_alike_are_told_in_full() -> None:
    one, other = ({"encoder": {"size": k}, "model": {"size": k}} for k in (1, 2))
    assert labels(one, other) == ["model.size=1, encoder.size=1", "model.size=2, encoder.size=2"]


def test_tasks_are_told_and_their_settings_compared_within_each() -> None:
    tables = [{"task": "a", "window_ms": 5.0}, {"task": "b", "window_ms": 9.0}, {"task": "b", "window_ms": 8.0}]
    assert labels(*tables) == ["a", "b, window_ms=9.0", "b, window_ms=8.0"]


def test_the_command_prints_a_table_and_draws_a_figure(runs: Path, capsys, tmp_path: Path) -> None:
    (runs / "tie=first-seed2" / "run.h5").write_bytes(b"")
    file = tmp_path / "runs.csv"
    assert main(["compare", str(runs), "--csv", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:5]] == [[f"tie={t}", s] for t in ("first", "random") for s in "12"]
    assert [line.split()[-1] for line in (lines[1], *lines[3:5])] == ["finished"] * 3
    assert "damaged: run.h5" in lines[2]
    assert lines[-2].split()[:3] == ["tie=first", "2", "1"]
    assert lines[-1].split()[:3] == ["tie=random", "2", "2"]
    assert (runs / "compare.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(file.open(newline="")))
    assert [(row["seed"], row["state"]) for row in rows][:2] == [("1", "finished"), ("2", "damaged")]


def test_json_tells_the_same(runs: Path, capsys, tmp_path: Path) -> None:
    assert main(["compare", str(runs), "--json", "--out", str(tmp_path / "figures")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [run["champion_sha256"] for run in told["runs"]] == [
        r.champion_sha256 for g in compare([runs]) for r in g.results
    ]
    assert [setting["n_finished"] for setting in told["settings"]] == [2, 2]
    assert (tmp_path / "figures" / "compare.png").exists()
    assert not (runs / "compare.png").exists()


def test_runs_without_a_generation_are_told_without_a_figure(tmp_path: Path, capsys) -> None:
    RunFolder.create(tmp_path / "a", Configuration(task="cart-pole"))
    assert main(["compare", str(tmp_path)]) == 0
    assert "0/100" in capsys.readouterr().out
    assert not (tmp_path / "compare.png").exists()


def test_progress_of_a_run_is_read_while_it_goes_on(tmp_path: Path) -> None:
    folder = with_generations(RunFolder.create(tmp_path / "a", Configuration(task="cart-pole")), 0, 1)
    with folder.locked():
        ((result,),) = (group.results for group in compare([tmp_path]))
    assert (result.state, result.n_generations, result.n_evaluations) == ("running", 2, 6)
