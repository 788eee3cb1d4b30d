"""Plans of arrays: which configuration each folder gets."""

from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError, RunFolderError, UnknownNameError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import read
from neurosim_rl.submission import ClusterProfile, parse_grid
from neurosim_rl.submission.plan import Plan, plan_array, plan_run, plan_study
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure

SETTINGS = parse_grid(["decoder.tie=first,random"])
CONFIGS = {s: configure("cart-pole", {"generations": 3}, *s.layers()) for s in SETTINGS}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_array(CONFIGS, (4, 7), tmp_path / "out", ClusterProfile())


def test_every_setting_meets_every_seed(plan: Plan) -> None:
    planned = {path.name: (config.decoder.tie, config.seed) for path, config in plan.runs.items()}
    assert planned == {
        "tie=first-seed4": ("first", 4),
        "tie=first-seed7": ("first", 7),
        "tie=random-seed4": ("random", 4),
        "tie=random-seed7": ("random", 7),
    }


def test_without_a_grid_folders_are_called_after_the_seed(tmp_path: Path) -> None:
    (only,) = parse_grid([])
    plan = plan_array({only: configure("cart-pole")}, (1, 2), tmp_path / "out", ClusterProfile())
    assert [path.name for path in plan.runs] == ["seed1", "seed2"]


def test_a_plan_makes_nothing_until_it_is_told_to(plan: Plan) -> None:
    assert "tie=random-seed7" in plan.text()
    assert not plan.out.exists()


def test_what_is_made_are_run_folders_scripts_and_the_list_of_runs(plan: Plan) -> None:
    plan.make()
    assert {path.name for path in plan.out.iterdir() if path.is_file()} == {"job.sbatch", "compare.sbatch", "runs.toml"}
    assert {path: RunFolder.open(path).config() for path in plan.runs} == plan.runs
    assert [(e.path, e.setting, e.seed) for e in read(plan.out)] == [
        (path, f"tie={config.decoder.tie}", config.seed) for path, config in plan.runs.items()
    ]


def test_a_seed_of_an_array_is_prepared_as_if_it_stood_alone() -> None:
    def config(seed: int) -> dict:
        return {"seed": seed, "decoder": {"tie": "random"}, "encoder": {"name": "poisson"}}

    alone = check(configure("mountain-car", config(7)))
    assert check(configure("mountain-car", config(1))).replace(seed=7) == alone


def test_settings_that_would_share_a_folder_are_refused(tmp_path: Path) -> None:
    configs = {setting: CONFIGS[SETTINGS[0]] for setting in parse_grid(["model.hidden=[3],3"])}
    with pytest.raises(ConfigurationError, match="two settings would share a folder"):
        plan_array(configs, (1,), tmp_path / "out", ClusterProfile())


def test_a_folder_with_anything_in_it_is_not_used_for_an_array(plan: Plan) -> None:
    plan.out.mkdir()
    (plan.out / "letter.txt").write_text("dear friend")
    with pytest.raises(RunFolderError, match="exists and is not empty"):
        plan.make()
    assert [path.name for path in plan.out.iterdir()] == ["letter.txt"]


def test_paths_in_a_script_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = plan_run(configure("cart-pole"), Path("runs/a"), ClusterProfile())
    assert f"\nrun={tmp_path}/runs/a\n" in plan.text()


def test_an_execution_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown execution 'slrm'\. Did you mean 'slurm'"):
        plan_run(configure("cart-pole"), tmp_path / "a", ClusterProfile(execution="slrm"))


def test_options_of_workers_are_repeated_in_the_script(tmp_path: Path) -> None:
    execution = {"name": "slurm-jobs", "prologue": "module load GCC", "workers_per_job": 2}
    config = configure("cart-pole", {"execution": execution})
    text = plan_run(config, tmp_path / "a", ClusterProfile()).text()
    said = """--set execution.name=slurm-jobs --set execution.workers_per_job=2 """
    assert said in text
    assert """ --set 'execution.prologue="module load GCC"' """ in text
    assert "prologue" not in plan_run(config, tmp_path / "a", ClusterProfile(execution="processes")).text()


def test_workers_are_no_axis_of_a_grid(tmp_path: Path) -> None:
    settings = parse_grid(["execution.name=dask,processes"])
    configs = {setting: configure("cart-pole", *setting.layers()) for setting in settings}
    with pytest.raises(ConfigurationError, match="--grid execution: expected the same workers for all runs"):
        plan_array(configs, (1,), tmp_path / "out", ClusterProfile())


def test_an_array_is_no_larger_than_slurm_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurosim_rl.submission.plan.largest_array", lambda: 3)
    assert len(plan_array(CONFIGS, (1,), tmp_path / "out", ClusterProfile()).runs) == 2
    with pytest.raises(ConfigurationError, match=r"an array of 4 runs: Slurm takes at most 3 \(MaxArraySize\)"):
        plan_array(CONFIGS, (1, 2), tmp_path / "out", ClusterProfile())


STUDY = '# sizes\r\nseeds = "1-2"\r\n[grid]\r\ntask = ["cart-pole", "mountain-car"]\r\n'


def test_of_a_study_its_file_and_its_script_are_made(tmp_path: Path) -> None:
    plan = plan_study(STUDY, tmp_path / "studies" / "sizes", ClusterProfile(), ["--no-figures"])
    assert not plan.is_array
    assert not plan.out.exists()
    plan.make()
    assert sorted(path.name for path in plan.out.iterdir()) == ["job.sbatch", "study.toml"]
    assert (plan.out / "study.toml").read_bytes() == STUDY.encode()
    assert "--no-figures &\n" in (plan.out / "job.sbatch").read_text()


def test_a_study_s_folder_is_new(tmp_path: Path) -> None:
    (tmp_path / "study.h5").touch()
    with pytest.raises(RunFolderError, match="exists and is not empty"):
        plan_study(STUDY, tmp_path, ClusterProfile()).make()
    assert [path.name for path in tmp_path.iterdir()] == ["study.h5"]


def test_a_study_s_execution_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown execution 'slrm'\. Did you mean 'slurm'"):
        plan_study(STUDY, tmp_path, ClusterProfile(execution="slrm"))
