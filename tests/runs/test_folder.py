"""The run folder: making and opening it, and histories that are read back exactly."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from neurosim_rl.errors import RunFolderError
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder, generation_files
from neurosim_rl.runs.files import read_arrays, write_arrays
from neurosim_rl.training.configure import configure
from tests.histories import assert_equal, generation, with_generations

# --- creating and opening ---


def test_a_new_folder_holds_its_configuration_and_a_log(folder: RunFolder) -> None:
    assert RunFolder.open(folder.path).config() == configure("cart-pole", {"seed": 9})
    folder.log("something happened")
    assert [line.split(" ", 1)[1] for line in folder.log_path.read_text().splitlines()] == [
        "created",
        "something happened",
    ]
    assert folder.history() is None


def test_an_empty_folder_may_become_a_run(tmp_path: Path) -> None:
    assert RunFolder.create(tmp_path, configure("mountain-car")).config_path.is_file()


def test_an_existing_folder_is_refused_and_left_as_it_is(folder: RunFolder) -> None:
    before = sorted(path.name for path in folder.path.iterdir())
    with pytest.raises(
        RunFolderError, match=r"exists\. Choose another folder with --out, or continue with: neurosim-rl res"
    ):
        RunFolder.create(folder.path, configure("mountain-car", {"seed": 10}))
    assert folder.config().seed == 9
    assert sorted(path.name for path in folder.path.iterdir()) == before


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_text("mine")
    with pytest.raises(RunFolderError, match=r"run exists\."):
        RunFolder.create(path, configure("mountain-car"))
    with pytest.raises(RunFolderError, match=r"cannot make .*inside"):
        RunFolder.create(path / "inside", configure("mountain-car"))
    assert path.read_text() == "mine"


def test_a_folder_that_is_missing_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"absent does not exist\. neurosim-rl evolve --out makes one"):
        RunFolder.open(tmp_path / "absent")
    with pytest.raises(RunFolderError, match=r"is not a run folder: it has no config\.toml"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize("content", [b"task = ", b"\xff\xfe", b"task = 5", b"tusk = 'x'"])
def test_a_damaged_configuration_is_told(folder: RunFolder, content: bytes) -> None:
    folder.config_path.write_bytes(content)
    with pytest.raises(RunFolderError, match=r"config\.toml is damaged"):
        folder.config()


def test_a_log_that_cannot_be_written_is_told(folder: RunFolder) -> None:
    folder.log_path.unlink()
    folder.log_path.mkdir()
    with pytest.raises(RunFolderError, match=r"cannot write .*events\.log"):
        folder.log("x")


# --- generations ---


def test_generations_are_read_back_exactly(folder: RunFolder) -> None:
    with_generations(folder, 0, 1, 2)
    history = folder.history()
    assert_equal(history, History.join([generation(k) for k in range(3)]))
    assert history is not None
    assert (history.n_generations, history.n_evaluations, history.n_episodes) == (3, 9, 18)
    assert_equal(history.of(1), generation(1))


def test_generations_may_differ_in_size(folder: RunFolder) -> None:
    parts = [generation(0, n=5), generation(1, n=2)]
    for part in parts:
        folder.add_generation(part)
    history = folder.history()
    assert_equal(history, History.join(parts))
    assert history is not None
    assert history.n_evaluated.tolist() == [5, 7]


def test_consolidating_changes_files_but_not_history(folder: RunFolder) -> None:
    with_generations(folder, 0, 1)
    folder.consolidate()
    assert list(folder.segments_path.iterdir()) == []
    with_generations(folder, 2)
    assert_equal(folder.history(), History.join([generation(k) for k in range(3)]))
    folder.consolidate()
    folder.consolidate()
    assert_equal(folder.history(), History.join([generation(k) for k in range(3)]))


def test_consolidating_nothing_makes_nothing(folder: RunFolder) -> None:
    folder.consolidate()
    assert not folder.history_path.exists()


def test_small_files_are_joined_from_time_to_time(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation_files, "CONSOLIDATE_EVERY", 3)
    counts = []
    for number in range(7):
        with_generations(folder, number)
        counts.append(len(list(folder.segments_path.iterdir())))
    assert counts == [1, 2, 0, 1, 2, 0, 1]
    assert_equal(folder.history(), History.join([generation(k) for k in range(7)]))


@pytest.mark.parametrize("numbers", [(1,), (0, 2), (0, 1, 3, 4)])
def test_a_missing_generation_is_told(folder: RunFolder, numbers: tuple[int, ...]) -> None:
    with_generations(folder, *numbers)
    with pytest.raises(RunFolderError, match=rf"lacks generations between 0 and {numbers[-1]}\. Restore them"):
        folder.history()


def test_a_lost_run_file_is_told(folder: RunFolder) -> None:
    with_generations(folder, 0, 1)
    folder.consolidate()
    with_generations(folder, 2)
    folder.history_path.unlink()
    with pytest.raises(RunFolderError, match="lacks generations between 0 and 2"):
        folder.history()


def test_files_of_others_among_the_generations_are_passed_over(folder: RunFolder) -> None:
    with_generations(folder, 0)
    for name in ("000000 (copy).h5", "notes.h5", ".000001.h5.77.tmp", "000001.h5.bak"):
        (folder.segments_path / name).write_text("not mine")
    assert_equal(folder.history(), generation(0))
    folder.consolidate()
    assert len(list(folder.segments_path.iterdir())) == 4


def test_arrays_are_read_back_by_name(tmp_path: Path) -> None:
    arrays = {"x": np.arange(3), "y": np.float64(2.5)}
    write_arrays(tmp_path / "file", "map", arrays)
    back = read_arrays(tmp_path / "file", "map", dict)
    assert back["x"].tolist() == [0, 1, 2]
    assert back["y"] == 2.5


def test_every_file_says_what_it_is(tmp_path: Path) -> None:
    write_arrays(tmp_path / "file", "map", {})
    with h5py.File(tmp_path / "file") as file:
        assert file.attrs["format"] == "neurosim-rl map"
        assert file.attrs["format_version"] == 2
