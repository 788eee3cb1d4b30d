"""The run folder survives kills, full disks and damage: a file is whole, or the reader is told."""

import hashlib
import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neurosim_rl.errors import NeurosimError, RunFolderError
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.files import reading_h5, write_arrays, writing, writing_h5
from tests.histories import assert_equal, generation, with_generations

# --- kills ---

KILLED = """
import os, sys
from neurosim_rl.runs import RunFolder
from tests.histories import generation
folder = RunFolder.open(sys.argv[1])
setattr(os, sys.argv[2], lambda *arguments, **options: os._exit(9))
folder.add_generation(generation(2)) if sys.argv[3] == "add" else folder.consolidate()
"""


def kill(folder: RunFolder, at: str, action: str) -> None:
    """Let another process do something and die at once when it comes to a function of the module ``os``."""
    root = Path(__file__).parents[2]
    arguments = [sys.executable, "-c", KILLED, str(folder.path), at, action]
    assert subprocess.run(arguments, cwd=root, check=False).returncode == 9


def test_a_kill_before_the_renaming_loses_only_the_generation_under_way(folder: RunFolder) -> None:
    with_generations(folder, 0, 1)
    kill(folder, "replace", "add")
    assert any(path.suffix == ".tmp" for path in folder.segments_path.iterdir())
    assert_equal(folder.history(), History.join([generation(0), generation(1)]))
    with_generations(folder, 2)
    assert_equal(folder.history(), History.join([generation(k) for k in range(3)]))


def test_a_kill_before_run_h5_is_renamed_leaves_the_old_one(folder: RunFolder) -> None:
    with_generations(folder, 0)
    folder.consolidate()
    before = folder.history_path.read_bytes()
    with_generations(folder, 1)
    kill(folder, "replace", "consolidate")
    assert folder.history_path.read_bytes() == before
    assert_equal(folder.history(), History.join([generation(0), generation(1)]))


def test_a_kill_between_renaming_and_removing_leaves_no_generation_twice(folder: RunFolder) -> None:
    with_generations(folder, 0, 1)
    kill(folder, "unlink", "consolidate")
    assert folder.history_path.exists()
    assert len(list(folder.segments_path.iterdir())) == 2
    assert_equal(folder.history(), History.join([generation(0), generation(1)]))
    with_generations(folder, 2)
    folder.consolidate()
    assert list(folder.segments_path.iterdir()) == []
    assert_equal(folder.history(), History.join([generation(k) for k in range(3)]))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, RunFolderError])
def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail() -> None:
        with writing(path) as temporary:
            temporary.write_text("new")
            raise error("stop")

    with pytest.raises(error, match="stop"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_leaves_the_old_file(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with_generations(folder, 0)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunFolderError, match=r"000001\.h5: .*No space left on device\. Earlier files are intact"):
        with_generations(folder, 1)
    assert_equal(folder.history(), generation(0))
    assert [path.name for path in folder.segments_path.iterdir()] == ["000000.h5"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"cannot write .*absent/file"):
        write_arrays(tmp_path / "absent" / "file", "map", {"x": 1})
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match=r"cannot write .*file/below: .*/file is no folder\. Make it first"):
        write_arrays(tmp_path / "file" / "below", "map", {"x": 1})


# --- damage ---


def test_a_file_cut_anywhere_is_told_and_never_read_as_something_else(folder: RunFolder) -> None:
    with_generations(folder, 0)
    path = folder.segments_path / "000000.h5"
    whole = path.read_bytes()
    lengths = {*range(0, 64), *range(0, len(whole), len(whole) // 150), *range(len(whole) - 32, len(whole))}
    for length in sorted(lengths):
        path.write_bytes(whole[:length])
        with pytest.raises(RunFolderError, match=r"000000\.h5 is damaged or was cut short: .*Restore it from a copy"):
            folder.history()
    path.write_bytes(whole)
    assert_equal(folder.history(), generation(0))


def test_a_file_that_was_changed_anywhere_is_told(folder: RunFolder) -> None:
    with_generations(folder, 0)
    path = folder.segments_path / "000000.h5"
    whole = path.read_bytes()
    for start in range(0, len(whole), len(whole) // 150):
        changed = bytearray(whole)
        changed[start] ^= 1
        path.write_bytes(changed)
        with pytest.raises(RunFolderError, match=r"000000\.h5 (is damaged|is not a neurosim|was written by a newer)"):
            folder.history()


def test_a_file_of_the_first_format_is_still_read(folder: RunFolder) -> None:
    with_generations(folder, 0)
    path = folder.segments_path / "000000.h5"
    with h5py.File(path, "a") as file:  # as it was written before there were digests and failures
        file.attrs["format_version"] = 1
        del file["evaluations/failure"]
    history = folder.history()
    assert history is not None
    assert history.failure.tolist() == ["", "", ""]
    np.testing.assert_array_equal(history.genomes, generation(0).genomes)


def test_a_file_of_a_newer_format_is_told(folder: RunFolder) -> None:
    with_generations(folder, 0)
    with h5py.File(folder.segments_path / "000000.h5", "a") as file:
        file.attrs["format_version"] = 3
    with pytest.raises(RunFolderError, match=r"written by a newer neurosim-rl: format 3, and this one reads up to 2"):
        folder.history()


def test_a_configuration_of_a_newer_format_is_told(folder: RunFolder) -> None:
    text = folder.config_path.read_text()
    folder.config_path.write_text(text.replace("format 2", "format 7"))
    with pytest.raises(RunFolderError, match=r"config\.toml was written by a newer neurosim-rl: format 7"):
        folder.config()


def test_a_configuration_that_was_cut_or_changed_is_told(folder: RunFolder) -> None:
    whole = folder.config_path.read_bytes()
    changed = [whole[:length] for length in range(len(whole))]
    changed += [whole + b"x = 1", whole.replace(b"seed = 9", b"seed = 8")]
    for content in changed:
        folder.config_path.write_bytes(content)
        with pytest.raises(RunFolderError, match=r"config\.toml is damaged: it was cut or changed"):
            folder.config()
    folder.config_path.write_bytes(whole)
    assert folder.config().seed == 9


@pytest.mark.parametrize("content", ["text", "other hdf5", "other kind"])
def test_a_foreign_file_is_told(folder: RunFolder, content: str) -> None:
    path = folder.history_path
    if content == "text":
        path.write_text("Dear diary")
    elif content == "other hdf5":
        with h5py.File(path, "w") as file:
            file["x"] = 1
    else:
        write_arrays(path, "map", {"x": 1})
    with pytest.raises(RunFolderError, match=r"run\.h5 is (damaged|not a neurosim-rl history file \(its format is ')"):
        folder.history()


@pytest.mark.parametrize("name", ["evaluations/genomes", "generations/number", "generations"])
def test_a_file_that_lacks_a_table_is_told(folder: RunFolder, name: str) -> None:
    with_generations(folder, 0)
    with h5py.File(folder.segments_path / "000000.h5", "a") as file:
        del file[name]
    with pytest.raises(RunFolderError, match=r"000000\.h5 is damaged"):
        folder.history()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="absent does not exist"), reading_h5(tmp_path / "absent", "history"):
        pass


def test_errors_of_ours_pass_through_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with writing_h5(path, "map") as file:
        file["x"] = 1

    def fail() -> None:
        with reading_h5(path, "map"):
            raise NeurosimError("mine")

    with pytest.raises(NeurosimError, match=r"^mine$"):
        fail()


# --- folders of strangers ---


@pytest.mark.parametrize("name", ["lock", "events.log", "run.h5", "champion.h5", "generations", "figures", "other"])
def test_a_run_folder_with_a_link_out_of_it_is_refused(folder: RunFolder, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    path = folder.path / name
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    with pytest.raises(RunFolderError, match=f"{name} is a link out of the run folder"):
        RunFolder.open(folder.path)


def test_a_link_within_the_run_folder_and_a_link_to_the_folder_are_fine(folder: RunFolder, tmp_path: Path) -> None:
    (folder.path / "newest.h5").symlink_to(folder.history_path.name)
    (tmp_path / "link").symlink_to(folder.path)
    assert RunFolder.open(tmp_path / "link").config() == folder.config()


def write_lock(folder: RunFolder) -> None:
    with folder.locked():
        pass


def write_log(folder: RunFolder) -> None:
    folder.log("event")


def write_stage(folder: RunFolder) -> None:
    with folder.under_way("figures"):
        pass


WRITERS = {"lock": write_lock, "events.log": write_log, "stage": write_stage}


@pytest.mark.parametrize("name", WRITERS)
def test_no_link_and_no_pipe_takes_what_is_written(folder: RunFolder, tmp_path: Path, name: str) -> None:
    path, outside = folder.path / name, tmp_path / "outside"
    outside.write_text("theirs")
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    for make in (None, os.mkfifo, lambda place: os.mknod(place, stat.S_IFSOCK | 0o600)):
        if make is not None:
            path.unlink()
            make(path)
        with pytest.raises(RunFolderError, match=f"cannot write .*{name}: it is no regular file"):
            WRITERS[name](folder)
        assert folder.holder() is None
    assert outside.read_text() == "theirs"


def test_no_pipe_and_no_endless_file_is_read_as_a_stage(folder: RunFolder) -> None:
    os.mkfifo(folder.stage_path)
    assert folder.stage_left() == ""
    folder.stage_path.unlink()
    with open(folder.stage_path, "wb") as file:
        file.truncate(20 * 10**9)
    assert folder.stage_left() == ""
    with folder.under_way("figures"):
        assert folder.stage_left() == "figures"


def sealed(path: Path, content: bytes) -> None:
    path.write_bytes(content + b"\nneurosim-rl sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n")


def changed_history(folder: RunFolder, name: str, change: Callable[[np.ndarray], object]) -> None:
    """Change one array of a generation, and seal the file again."""
    with_generations(folder, 0)
    path = folder.segments_path / "000000.h5"
    image = io.BytesIO(path.read_bytes()[:-85])
    with h5py.File(image, "r+") as file:
        values = file[name][()]
        del file[name]
        file[name] = change(values)
    sealed(path, image.getvalue())


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("evaluations/genomes", lambda v: v[:-1], "genomes has the shape"),
        ("evaluations/genomes", np.ravel, "genomes is no array of numbers with 2 axes"),
        ("evaluations/fitness", lambda v: v + 1j, "neither numbers nor text"),
        ("evaluations/fitness", lambda v: v[:-1], "has the shape"),
        ("evaluations/generation", lambda v: v + 1, "not those of its generations"),
        ("generations/best_individual", lambda v: v + 99, "names an individual that is not there"),
        ("generations/number", lambda v: v - 5, "number has values outside"),
    ],
)
def test_arrays_that_do_not_belong_together_are_named(
    folder: RunFolder, name: str, change: Callable[[np.ndarray], object], message: str
) -> None:
    changed_history(folder, name, change)
    with pytest.raises(RunFolderError, match=rf"000000\.h5 is .*{message}"):
        folder.history()


@pytest.mark.parametrize("version", [-3, 0])
def test_a_format_that_never_was_is_refused(folder: RunFolder, version: int) -> None:
    with_generations(folder, 0)
    path = folder.segments_path / "000000.h5"
    image = io.BytesIO(path.read_bytes()[:-85])
    with h5py.File(image, "r+") as file:
        file.attrs["format_version"] = version
    sealed(path, image.getvalue())
    with pytest.raises(RunFolderError, match=rf"has format {version}; expected 1 to 2"):
        folder.history()
