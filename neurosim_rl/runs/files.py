"""Safe files: written to a temporary name and renamed, and checked when read.

`reading_h5` is the only reader of the package's own HDF5 files. Files may come from strangers: each is examined first
(see `neurosim_rl.runs.examination`), so that it holds numbers and text inside itself and nothing else.

An HDF5 file of neurosim-rl ends with a seal: the digest of all bytes before it. Other HDF5 readers ignore these last
bytes. `reading_h5` compares them, so a file that was cut or changed anywhere is an error.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py

from neurosim_rl.errors import NeurosimError, RunFolderError
from neurosim_rl.runs.examiner import NotReadError, check_readable, trust
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.regular_file import read_regular

FORMAT = 2
"""Version of the file formats. Files of version 1 have no seal."""

LARGEST_FILE = 2**30
"""Largest size of a file that is read, in bytes; histories may be larger."""
COMPRESSED_UP_TO = 2**25
"""Largest array that is written compressed, in bytes. Readers limit what comes out of compressed data."""

_SEAL = b"\nneurosim-rl sha256 "
_SEAL_LENGTH = len(_SEAL) + 65  # 64 hexadecimal digits and a line end


def make_folder(out: Path) -> None:
    """Make a folder if it does not exist.

    Raises
    ------
    RunFolderError
        When it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"cannot make the folder {out}: {error.strerror}. Choose another folder.") from error


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, and rename it to `path` after a block without errors.

    Raises
    ------
    RunFolderError
        When the disk is full or the folder is not writable; the old file, if any, is untouched.
    """
    # A rename is atomic only within one file system, hence the same folder. The process number keeps two writers of
    # one file apart.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    if not path.parent.is_dir():
        raise RunFolderError(f"cannot write {path}: {path.parent} is no folder. Make it first, or choose another name.")
    try:
        yield temporary
        # Some file systems store a rename before the data: without fsync, a power cut could leave an empty file under
        # the final name.
        with open(temporary, "rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        # The system's words alone: the rest of an OSError is the temporary name, which nobody knows.
        raise RunFolderError(f"cannot write {path}: {error.strerror or error}. Earlier files are intact.") from error
    finally:
        with suppress(OSError):  # such as a file in place of the folder: told above
            temporary.unlink(missing_ok=True)


@contextmanager
def writing_h5(path: Path, kind: str) -> Iterator[h5py.File]:
    """Give an HDF5 file to fill, and write it to `path` after a block without errors.

    The file is made in memory: HDF5 itself may crash the process when the disk is full.
    """
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs["format"] = f"neurosim-rl {kind}"
        file.attrs["format_version"] = FORMAT
        yield file
    content = image.getvalue()
    trust(content)
    with writing(path) as temporary:
        temporary.write_bytes(content + _SEAL + hashlib.sha256(content).hexdigest().encode() + b"\n")


@contextmanager
def reading_h5(path: Path, kind: str) -> Iterator[h5py.File]:
    """Open an HDF5 file of neurosim-rl.

    Parameters
    ----------
    path : path
    kind : str
        Kind of file, as given to `writing_h5`.

    Raises
    ------
    RunFolderError
        When the file is missing, truncated, changed, of another kind or a newer version, or lacks an entry that the
        block reads.
    """
    # The digest and the content come from one read: nobody can change the file in between.
    image = _image(path, kind)
    try:
        is_sealed = _is_sealed(image)
        if is_sealed:
            image = image[:-_SEAL_LENGTH]
        check_readable(image)
        with h5py.File(io.BytesIO(image), "r") as file:
            _recognize(path, kind, file)
            # A cut may remove just the seal and leave valid HDF5.
            if file.attrs["format_version"] >= 2 and not is_sealed:
                raise OSError("its end is missing")
            yield file
    except NeurosimError:
        raise
    except NotReadError as error:
        raise RunFolderError(
            f"{path} is not read: {error}. Expected a file as neurosim-rl writes it: numbers and text inside the file."
        ) from error
    # Damaged HDF5 raises any of these. The block of the caller is inside the try: its reads of entries count too.
    except (OSError, LookupError, RuntimeError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise RunFolderError(f"{path} is damaged or was cut short: {error}. Restore it from a copy.") from error


def _image(path: Path, kind: str) -> bytes:
    if not path.exists():
        raise RunFolderError(f"{path} does not exist.")
    try:
        return read_regular(path, largest_file(kind))
    except OSError as error:
        raise RunFolderError(f"{path} is not read: {error}. Expected a neurosim-rl {kind} file.") from error


def largest_file(kind: str) -> int:
    """Return the largest size of a file that is read, in bytes: it comes into memory as a whole."""
    if kind != "history":
        return LARGEST_FILE
    # The history of a long run may be larger. Half of the memory leaves room for its arrays.
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(LARGEST_FILE, memory // 2)


def _recognize(path: Path, kind: str, file: h5py.File) -> None:
    found = file.attrs.get("format", "none")
    if found != f"neurosim-rl {kind}":
        raise RunFolderError(f"{path} is not a neurosim-rl {kind} file (its format is '{printable(str(found)[:80])}').")
    check_format(path, int(file.attrs["format_version"]))


def check_format(path: Path, version: int) -> None:
    """Raise if a file is of a newer version than this program, or of none.

    Raises
    ------
    RunFolderError
        Names both versions.
    """
    if version < 1:
        raise RunFolderError(f"{path} has format {version}; expected 1 to {FORMAT}. It is damaged: restore it.")
    if version > FORMAT:
        raise RunFolderError(
            f"{path} was written by a newer neurosim-rl: format {version}, and this one reads up to {FORMAT}. "
            "Install the newer one; the file is unchanged."
        )


def _is_sealed(image: bytes) -> bool:
    """Return whether a file ends with a seal; raise OSError if the seal does not match the content."""
    content, seal = image[:-_SEAL_LENGTH], image[-_SEAL_LENGTH:]
    if not seal.startswith(_SEAL):
        return False
    if seal != _SEAL + hashlib.sha256(content).hexdigest().encode() + b"\n":
        raise OSError("its content does not match the digest at its end")
    return True


def compression(array: Any, *, shuffle: bool = False) -> dict[str, Any]:
    """Return the options of h5py that compress an array; none for one that readers would refuse to decompress."""
    if not 0 < array.nbytes <= COMPRESSED_UP_TO:
        return {}
    return {"compression": "gzip", "shuffle": shuffle}


def write_arrays(path: Path, kind: str, arrays: dict[str, Any]) -> None:
    """Write arrays and scalars as datasets of one HDF5 file."""
    with writing_h5(path, kind) as file:
        for name, value in arrays.items():
            file.create_dataset(name, data=value)


def read_arrays(path: Path, kind: str, build: Callable[..., Any]) -> Any:
    """Return ``build(**arrays)`` of the arrays that `write_arrays` wrote."""
    with reading_h5(path, kind) as file:
        arrays = {name: file[name][()] for name in file}
        # Within the block: arrays that do not fit `build` make the file a damaged one.
        return build(**arrays)
