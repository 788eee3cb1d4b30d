"""The user's project: a pyproject.toml where one works."""

from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.project import project_table


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nneurosim-rl = 3"])
def test_a_project_with_another_kind_of_table_is_one_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="expected a table, got 3"):
        project_table("execution", tmp_path)


def test_the_nearest_project_above_the_folder_counts(tmp_path: Path) -> None:
    inner = tmp_path / "inner" / "folder"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.neurosim-rl.execution.slurm-jobs]\nprologue = "outer"')
    assert project_table("execution", inner) == {"slurm-jobs": {"prologue": "outer"}}
    (tmp_path / "inner" / "pyproject.toml").write_text("[project]")
    assert project_table("execution", inner) == {}
