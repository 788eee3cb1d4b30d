"""Folders of runs: what is in them, and what ``runs.toml`` lists."""

from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import find_runs, read
from neurosim_rl.training.configure import configure


def test_a_study_s_folder_is_no_run_but_its_runs_are(tmp_path: Path) -> None:
    made = [RunFolder.create(tmp_path / "study" / "runs" / name, configure("mountain-car")).path for name in "ab"]
    (tmp_path / "study" / "study.toml").write_text('[grid]\ntask = ["cart-pole"]\n')
    RunFolder(tmp_path / "study").log("submitted as job 5")
    found = find_runs([tmp_path / "study"])
    assert [entry.path for entry in found] == made


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is neither a run folder nor a folder of runs"):
        find_runs([tmp_path])


@pytest.mark.parametrize("text", ["runs = 3", "[[runs]]\nfolder = 'a'", "[[runs]]\nfolder = 1\nsetting = ''\nseed = 1"])
def test_a_damaged_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "runs.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"expected \[\[runs\]\] with folder, setting and seed"):
        find_runs([tmp_path])


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "a/b", ".."])
def test_a_run_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "runs.toml").write_text(f'[[runs]]\nfolder = "{name}"\nsetting = "x"\nseed = 1\n')
    with pytest.raises(ConfigurationError, match=r"is no name of a folder beside runs\.toml"):
        read(tmp_path)
