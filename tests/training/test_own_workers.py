"""Workers come from the user, not from a file: of a run folder and of --config only the execution's name counts."""

from pathlib import Path
from typing import Any

import pytest

import neurosim_rl as nrl
from neurosim_rl.cli import main, resume
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.options import default_of, option_fields
from neurosim_rl.training.configure import configure
from neurosim_rl.training.own_workers import resumed

OTHER: dict[str, Any] = {"prologue": "touch pwned", "directives": "--wrap=x", "address": "tcp://10.0.0.1:8786"}


def other(name: str) -> dict[str, Any]:
    """Return a table with other values than the defaults, of all options that go together."""
    table: dict[str, Any] = {"name": name}
    for key, field in option_fields(EXECUTIONS[name]).items():
        default = default_of(field)
        if key != "scheduler_file":  # not beside an address
            table[key] = OTHER.get(key, f"{default}x" if isinstance(default, str) else default + 1)
    return table


@pytest.fixture(autouse=True)
def _no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def foreign_run(path: Path, execution: dict[str, Any]) -> RunFolder:
    return RunFolder.create(path, configure("cart-pole", {"execution": execution, "workers": 3}))


WITH_OPTIONS = sorted(name for name in EXECUTIONS if option_fields(EXECUTIONS[name]))


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_of_a_run_folder_only_name_and_number_of_workers_are_taken(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = resumed(foreign_run(tmp_path / "run", other(name)))
    assert config.execution == configure("cart-pole", execution={"name": name}).execution
    assert config.workers == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert all(key in line for key in set(other(name)) - {"name"})
    assert line.endswith(f"in [tool.neurosim-rl.execution.{name!r}] of your pyproject.toml.")


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_of_a_configuration_s_file_only_the_name_is_taken(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "foreign.toml"
    file.write_text(configure("cart-pole", {"execution": other(name), "workers": 3}).to_toml())
    config = configure("cart-pole", files=[file])
    assert config.execution == configure("cart-pole", execution={"name": name}).execution
    assert "foreign.toml' sets options of [execution] that are not taken from a file: " in capsys.readouterr().err


def test_options_that_are_given_again_are_taken_and_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = foreign_run(tmp_path / "run", other("slurm-jobs"))
    assert resumed(folder, {"execution": other("slurm-jobs")}).execution == folder.config().execution
    assert resumed(folder, {"execution": {"name": "processes"}}).execution.name == "processes"
    assert capsys.readouterr().err == ""


def test_the_project_says_how_workers_start(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.neurosim-rl.execution.slurm-jobs]\nprologue = "module load NEST"\nworkers_per_job = 4\n'
    )
    folder = foreign_run(tmp_path / "run", other("slurm-jobs"))
    taken = resumed(folder, {"execution": {"workers_per_job": 8}}).execution
    assert (taken.prologue, taken.workers_per_job, taken.directives) == ("module load NEST", 8, "")
    new = configure("cart-pole", {"execution": {"name": "slurm-jobs", "prologue": "mine"}}).execution
    assert (new.prologue, new.workers_per_job) == ("mine", 4)
    assert configure("cart-pole").execution.table() == {"name": "processes"}


def test_a_wrong_option_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.neurosim-rl.execution]\nslurm-jobs = 3\n")
    with pytest.raises(ConfigurationError, match=r"\[tool\.neurosim-rl\.execution\] slurm-jobs = 3: expected a table"):
        configure("cart-pole", execution={"name": "slurm-jobs"})


def test_both_ways_to_resume_leave_a_foreign_address_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign_run(tmp_path / "run", other("dask"))
    seen = []

    def note(config: Any, *_: Any, **__: Any) -> int:
        seen.append(config.execution)
        return 0

    monkeypatch.setattr(resume, "run_with_bar", note)
    monkeypatch.setattr("neurosim_rl.api.evolving._run_to_end", note)
    assert main(["resume", "run"]) == 0
    nrl.resume("run")
    assert main(["resume", "run", "--set", "execution.address=tcp://me:1"]) == 0
    assert [each.address for each in seen] == ["", "", "tcp://me:1"]
