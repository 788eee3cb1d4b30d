"""Folders of runs: what is in them, and what ``runs.toml`` lists."""

import os
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


@pytest.mark.parametrize(
    "text",
    [
        "runs = 3",
        "[[runs]]\nfolder = 'a'",
        "[[runs]]\nfolder = 1\nsetting = ''\nseed = 1",
        "[[runs]]\nfolder = 'a'\nsetting = ''\nseed = inf",
    ],
)
def test_a_damaged_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "runs.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"expected \[\[runs\]\] with folder, setting and seed"):
        find_runs([tmp_path])


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "a/b", "..", ".", "", "a\\u0000"])
def test_a_run_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "runs.toml").write_text(f'[[runs]]\nfolder = "{name}"\nsetting = "x"\nseed = 1\n')
    with pytest.raises(ConfigurationError, match=r"is no name of a run's folder"):
        read(tmp_path)


def test_a_folder_that_cannot_be_read_and_one_too_deep_are_left_out(tmp_path: Path, monkeypatch) -> None:
    scandir = os.scandir

    def refuses(path: str):  # as folders of /proc do
        if os.path.basename(path) == "refused":
            raise OSError(22, "Invalid argument", path)
        return scandir(path)

    for name in ("refused", "a/b", "/".join("deep012345")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "config.toml").touch()
    monkeypatch.setattr(os, "scandir", refuses)
    assert [entry.path for entry in find_runs([tmp_path])] == [tmp_path / "a" / "b"]


def test_a_folder_with_too_many_folders_is_no_folder_of_runs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("neurosim_rl.runs.run_list.MOST_FOLDERS", 3)
    for name in "abc":
        (tmp_path / name).mkdir()
    with pytest.raises(RunFolderError, match="has more than 3 folders; expected a folder of runs"):
        find_runs([tmp_path])
