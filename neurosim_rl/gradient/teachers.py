"""Teachers by their names: champions, files of other libraries, functions of the user's, data sets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.gradient.champion_teacher import ChampionTeacher
from neurosim_rl.gradient.data_set import DataSet
from neurosim_rl.gradient.function_teacher import FunctionTeacher
from neurosim_rl.gradient.onnx_teacher import OnnxTeacher
from neurosim_rl.gradient.stable_baselines3 import stable_baselines3_teacher
from neurosim_rl.gradient.teacher import Teacher
from neurosim_rl.gradient.torchscript_teacher import TorchScriptTeacher
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs.champion import champion_path, read_champion
from neurosim_rl.settings.named_modules import CHAMPION, PROGRAMS, is_function_name
from neurosim_rl.settings.plugins import require, require_file
from neurosim_rl.settings.regular_file import read_regular

LARGEST_TEACHER = 2**30
"""Largest file of a teacher, in bytes."""

Read = Callable[[bytes, ClosedLoop, str], Teacher | DataSet]

_FILES: dict[str, Read] = {
    ".zip": stable_baselines3_teacher,
    ".onnx": OnnxTeacher,
    ".hdf5": DataSet.read,
    **dict.fromkeys(PROGRAMS, TorchScriptTeacher),
}
"""Readers of files by the ends of their names."""


def open_teacher(name: str, student: ClosedLoop, kept: Path | None = None) -> Teacher | DataSet:
    """Return the teacher, or the data set, that a configuration names.

    Programs (TorchScript, functions) run only if the user names them, by ``--teacher``, a setting, or ``--plugin``.
    Other files are opened only if the user names them, or from the run folder's own copy. Nothing is unpickled.

    Parameters
    ----------
    name : str
        The option ``learning.teacher`` (see `neurosim_rl.learning.Distil`).
    student : ClosedLoop
        Task of the student.
    kept : path or None
        Copy of the file in the run folder; None: there is none yet.

    Raises
    ------
    ConfigurationError
        When nothing is named, the name is of no known kind, or the teacher does not fit the task.
    PluginError
        When only a file names the program, or another file.
    RunFolderError
        When the file is missing or damaged.
    """
    if is_function_name(name):
        return FunctionTeacher(name)
    if name.endswith(PROGRAMS):
        require({"learning": {"teacher": name}})
    path = kept or teacher_path(name)
    if path is None:
        raise _unknown(name)
    # The run folder may be a stranger's: a copy of another kind, such as a program, is not what the name allows.
    if kept is not None and kept.suffix != _end_of(name):
        raise RunFolderError(f"{kept} is no copy of teacher {name}. Restore the run folder from a copy.")
    content = _content(path)
    _check_digest(name, content, student.config.learning.teacher_sha256)
    if path.suffix == ".h5":
        return ChampionTeacher(read_champion(path), student, name)
    return _FILES[path.suffix](content, student, name)


def teacher_path(name: str) -> Path | None:
    """Return the file that a name means; None: the name is a function's, or of no known kind.

    Raises
    ------
    PluginError
        When only a file names it.
    UnknownNameError, RunFolderError
        For a champion that does not exist.
    """
    if name.startswith(CHAMPION):
        return champion_path(name)
    if not name or is_function_name(name):
        return None
    require_file(name)
    path = Path(name)
    if path.is_dir() or path.suffix == ".h5":
        return champion_path(name)
    return path if path.suffix in _FILES else None


def _end_of(name: str) -> str:
    """Return the end of the file's name that a teacher's name promises: a run folder and champions are ``.h5``."""
    end = Path(name).suffix
    return end if end in _FILES and not name.startswith(CHAMPION) else ".h5"


def teacher_sha256(path: Path) -> str:
    """Return the digest of a teacher's file, 64 hexadecimal digits; errors as of `open_teacher`."""
    return hashlib.sha256(_content(path)).hexdigest()


def checked_path(name: str, sha256: str) -> Path | None:
    """Return the file that a name means, if it is the one of a digest; None: as of `teacher_path`.

    Raises
    ------
    ConfigurationError
        For another file; an empty digest fits all.
    """
    path = teacher_path(name)
    if path is not None:
        _check_digest(name, _content(path), sha256)
    return path


def _check_digest(name: str, content: bytes, sha256: str) -> None:
    if sha256 not in ("", hashlib.sha256(content).hexdigest()):
        raise ConfigurationError(
            f"the file of teacher {name} is not the one that learning.teacher_sha256 = {sha256[:12]}... means: it was "
            "made anew. Leave teacher_sha256 out to learn from it, in a new run."
        )


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, LARGEST_TEACHER)
    except OSError as error:
        raise RunFolderError(f"teacher {path} is not read: {error}. Check the path.") from error


def _unknown(name: str) -> ConfigurationError:
    known = "a run folder, champion:NAME, a file (.h5, .zip, .onnx, .pt, .hdf5), or module:function"
    if not name:
        return ConfigurationError(f"learning.teacher is not set: expected {known}. Name one with --teacher.")
    return ConfigurationError(f"learning.teacher = {name!r}: expected {known}. Correct the name.")
