"""HDF5 files are examined before they are read: numbers and text inside the file, and nothing else."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neurosim_rl.errors import RunFolderError
from neurosim_rl.runs import examination, examiner
from neurosim_rl.runs.examination import RefusedError, examine
from neurosim_rl.runs.files import COMPRESSED_UP_TO, compression, read_arrays, reading_h5, write_arrays

Change = Callable[[h5py.File, Path], None]


def image_of(change: Change, folder: Path) -> bytes:
    """Return a good file with one change."""
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs["format"], file.attrs["format_version"] = "neurosim-rl map", 2
        file["good"] = np.arange(3.0)
        file.create_dataset("small", data=np.arange(1000), compression="gzip", shuffle=True)
        file.create_dataset("texts", data=["a", "b"], dtype=h5py.string_dtype())
        change(file, folder)
    return image.getvalue()


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file with the seal that a stranger can compute, too."""
    path.write_bytes(content + b"\nneurosim-rl sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n")


def external(file: h5py.File, folder: Path) -> None:
    (folder / "secret").write_text("x" * 80)
    file.create_dataset("bad", (10,), "f8", external=[(str(folder / "secret"), 0, 80)])


def virtual(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((3,), "f8")
    layout[...] = h5py.VirtualSource(str(folder / "other.h5"), "good", (3,))
    file.create_virtual_dataset("bad", layout)


def soft_link(file: h5py.File, folder: Path) -> None:
    file["bad"] = h5py.SoftLink("/good")


def external_link(file: h5py.File, folder: Path) -> None:
    file["bad"] = h5py.ExternalLink(str(folder / "other.h5"), "good")


def circle(file: h5py.File, folder: Path) -> None:
    file["group/again"] = file["/"]
    file["group/more"] = file["group"]


def bomb(file: h5py.File, folder: Path) -> None:
    file.create_dataset("bad", (2**33,), "u1", compression="gzip", chunks=(2**24,))


def large_chunk(file: h5py.File, folder: Path) -> None:
    file.create_dataset("bad", (1,), "f8", compression="gzip", chunks=(2**28,), maxshape=(None,))


def nothing_stored(file: h5py.File, folder: Path) -> None:
    file.create_dataset("bad", (2**40,), "f8")


def other_filter(file: h5py.File, folder: Path) -> None:
    file.create_dataset("bad", data=np.arange(1000), compression="lzf")


def complex_numbers(file: h5py.File, folder: Path) -> None:
    file["bad"] = np.array([1 + 2j])


def references(file: h5py.File, folder: Path) -> None:
    file.create_dataset("bad", (1,), h5py.ref_dtype)


def ragged(file: h5py.File, folder: Path) -> None:
    file.create_dataset("bad", (1,), h5py.vlen_dtype("f8"))


def opaque(file: h5py.File, folder: Path) -> None:
    file["bad"] = np.zeros(2, "V7")


def empty(file: h5py.File, folder: Path) -> None:
    file["bad"] = h5py.Empty("f8")


def long_attribute(file: h5py.File, folder: Path) -> None:
    file.attrs["bad"] = np.zeros(5)


def compound_attribute(file: h5py.File, folder: Path) -> None:
    file["good"].attrs["bad"] = np.zeros((), [("a", "i4")])


def deep(file: h5py.File, folder: Path) -> None:
    group = file
    for _ in range(50):
        group = group.create_group("g")


def named_type(file: h5py.File, folder: Path) -> None:
    file["bad"] = np.dtype("f8")


REFUSED = (
    (external, "'/bad' keeps its values in another file"),
    (virtual, "'/bad' is virtual"),
    (soft_link, "'/bad' is a link"),
    (external_link, "'/bad' is a link"),
    (circle, "two names"),
    (bomb, "compressed datasets have more than"),
    (large_chunk, "compressed datasets have more than"),
    (nothing_stored, "most of which are not in the file"),
    (other_filter, "another filter than gzip"),
    (complex_numbers, "neither numbers nor text"),
    (references, "neither numbers nor text"),
    (ragged, "neither numbers nor text"),
    (opaque, "neither numbers nor text"),
    (empty, "has no values"),
    (long_attribute, "has 5 values; expected one"),
    (compound_attribute, "neither numbers nor text"),
    (deep, "levels deep"),
    (named_type, "neither a group nor a dataset"),
)


@pytest.mark.parametrize(("change", "message"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_anything_but_numbers_and_text_inside_the_file_is_refused(change: Change, message: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=message):
        examine(image_of(change, tmp_path))


def test_a_refused_file_of_ours_is_one_line_with_its_path(tmp_path: Path) -> None:
    write_sealed(tmp_path / "theirs.h5", image_of(external, tmp_path))
    with (
        pytest.raises(RunFolderError, match=r"theirs\.h5 is not read: dataset '/bad' keeps its values in another file"),
        reading_h5(tmp_path / "theirs.h5", "map") as file,
    ):
        file["bad"][()]


def test_what_may_be_read_is_read(tmp_path: Path) -> None:
    write_sealed(tmp_path / "theirs.h5", image_of(lambda file, folder: None, tmp_path))
    with reading_h5(tmp_path / "theirs.h5", "map") as file:
        assert file["small"][()].tolist() == list(range(1000))


def test_an_array_that_is_too_large_to_be_decompressed_again_is_written_as_it_is() -> None:
    small, large = np.zeros(10), np.broadcast_to(np.zeros(1), (COMPRESSED_UP_TO,))
    assert compression(small) == {"compression": "gzip", "shuffle": False}
    assert compression(large) == compression(small[:0]) == {}


def test_an_own_file_needs_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_arrays(tmp_path / "map.h5", "map", {"x": np.arange(3)})
    monkeypatch.setattr(examiner, "_ask", None)
    assert read_arrays(tmp_path / "map.h5", "map", dict)["x"].tolist() == [0, 1, 2]


def test_a_program_that_ends_for_want_of_work_refuses_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(examiner, "_PROGRAMS", {})
    first = examiner._program()
    monkeypatch.setattr(first, "poll", lambda: None)  # it ends unnoticed
    assert first.wait() == 0
    examiner.check_readable(image_of(lambda file, folder: None, tmp_path) + b"new")
    _end_programs()


def _end_programs() -> None:
    for process in examiner._PROGRAMS.values():
        process.kill()
        examiner._end(process)


@pytest.mark.parametrize(
    "fate", ["import os; os._exit(9)", "while True: pass", "x = bytearray(2**40)", "print('{}'[:1])"]
)
def test_a_file_that_ends_the_examining_process_is_refused_and_the_next_one_is_read(
    fate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "examination.py"
    source = Path(examination.__file__).read_text().replace("CPU_LIMIT_S = 3, 8", "CPU_LIMIT_S = 3, 1")
    hostile = f"def examine(image):\n    if b'hostile' in image:\n        {fate}\n\nif __name__"
    program.write_text(source.replace("if __name__", hostile))
    monkeypatch.setattr(examiner, "__file__", str(tmp_path / "examiner.py"))
    monkeypatch.setattr(examiner, "_PROGRAMS", {})
    with pytest.raises(examiner.NotReadError, match=r"limits of time and memory|too much memory"):
        examiner.check_readable(b"hostile")
    examiner.check_readable(b"friendly")
    _end_programs()


def test_the_examining_process_runs_nothing_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("runpy", "json", "h5py", "select"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(examiner, "_PROGRAMS", {})
    examiner.check_readable(image_of(lambda file, folder: None, tmp_path))
    _end_programs()
    assert not (tmp_path / "ran").exists()
