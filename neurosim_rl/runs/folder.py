"""The run folder: every path and every file format.

::

    RUN/config.toml          the resolved configuration
    RUN/ancestor.h5          the genome that the run goes on from, if it does not begin anew
    RUN/run.h5               every evaluation of finished generations
    RUN/generations/*.h5     generations that are not yet in run.h5 (same layout)
    RUN/training/*.h5        what training by gradients goes on from, after the last two generations
    RUN/champion.h5          the champion (see neurosim_rl.runs.champion)
    RUN/responses.h5         the champion's response map
    RUN/figures/*.png
    RUN/events.log           what happened when
    RUN/lock                 held by the process that works on the run; names it

Every file is written to a temporary name and renamed: a reader never sees half of one. Each carries a digest: a reader
is told if it was cut or changed.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from neurosim_rl.errors import NeurosimError, RunFolderError
from neurosim_rl.optimizees import Configuration, read_configuration
from neurosim_rl.records.history import History
from neurosim_rl.runs.ancestor import Ancestor
from neurosim_rl.runs.files import FORMAT, check_format, reading_h5, writing, writing_h5
from neurosim_rl.runs.locks import Holder, holder, locked

CONSOLIDATE_EVERY = 100
"""Generations after which the small files are joined, so that neither files nor rewriting grow."""

_HEADER = re.compile(r"# neurosim-rl configuration, format (\d+), sha256 ([0-9a-f]{64})\n")


def _sealed(text: str) -> str:
    """Return a configuration's text under a line with its digest: TOML that was cut can still be valid TOML."""
    return f"# neurosim-rl configuration, format {FORMAT}, sha256 {_digest(text)}\n{text}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class RunFolder:
    """A run's folder.

    Parameters
    ----------
    path : path
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.config_path = self.path / "config.toml"
        self.ancestor_path = self.path / "ancestor.h5"
        self.history_path = self.path / "run.h5"
        self.segments_path = self.path / "generations"
        self.champion_path = self.path / "champion.h5"
        self.responses_path = self.path / "responses.h5"
        self.figures_path = self.path / "figures"
        self.log_path = self.path / "events.log"
        self.lock_path = self.path / "lock"

    def training_state_path(self, generation: int) -> Path:
        """Return the file of what training by gradients goes on from after a generation."""
        return self.path / "training" / f"{generation:06d}.h5"

    @classmethod
    def create(cls, path: Path | str, config: Configuration, ancestor: Ancestor | None = None) -> RunFolder:
        """Make a new run folder.

        Parameters
        ----------
        path : path
        config : Configuration
            Of which `neurosim_rl.training.ancestor.begin_run` finds the ancestor.
        ancestor : Ancestor or None
            What the run goes on from; None: it begins anew.

        Raises
        ------
        RunFolderError
            When something is there already; nothing is overwritten.
        """
        folder = cls(path)
        if folder._holds_something():
            raise RunFolderError(
                f"{folder.path} exists. Choose another folder with --out, "
                f"or go on with: neurosim-rl resume {folder.path}"
            )
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            if ancestor is not None:
                ancestor.write(folder.ancestor_path)
            with writing(folder.config_path) as temporary:
                temporary.write_text(_sealed(config.to_toml()), encoding="utf-8")
            folder.segments_path.mkdir()
        except OSError as error:
            raise RunFolderError(f"cannot make {folder.path}: {error}.") from error
        folder.log("created")
        return folder

    def _holds_something(self) -> bool:
        """Return whether the path is taken; what a killed `create` leaves behind does not count."""
        if not self.path.is_dir():
            return self.path.exists()
        return any(not _is_left_behind(path.name) for path in self.path.iterdir())

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Open an existing run folder.

        Raises
        ------
        RunFolderError
            When it does not exist or is none.
        """
        folder = cls(path)
        if not folder.path.is_dir():
            raise RunFolderError(f"run folder {folder.path} does not exist. neurosim-rl evolve --out makes one.")
        if not folder.config_path.is_file():
            raise RunFolderError(f"{folder.path} is not a run folder: it has no config.toml.")
        return folder

    def ancestor(self) -> Ancestor | None:
        """Return what the run goes on from; None: it began anew.

        Raises
        ------
        RunFolderError
            When the file is missing or damaged.
        """
        return Ancestor.read(self.ancestor_path) if self.config().ancestor else None

    def config(self) -> Configuration:
        """Return the run's configuration.

        Raises
        ------
        RunFolderError
            When it was cut, changed by hand, or written by a newer version.
        """
        try:
            text = self.config_path.read_text(encoding="utf-8")
            header = _HEADER.match(text)
            if header is not None:
                check_format(self.config_path, int(header[1]))
            if header is None or _digest(text[header.end() :]) != header[2]:
                raise RunFolderError(
                    f"{self.config_path} is damaged: it was cut or changed after the run began. Restore it, or make a "
                    f"new run from its settings: neurosim-rl evolve TASK --config {self.config_path}"
                )
            return read_configuration(text)
        except RunFolderError:
            raise
        except (OSError, UnicodeDecodeError, NeurosimError) as error:
            raise RunFolderError(f"{self.config_path} is damaged: {error}") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Work on the run, alone.

        Raises
        ------
        RunFolderError
            When another process does.
        """
        with locked(self.lock_path):
            yield

    def holder(self) -> Holder | None:
        """Return who works on the run now; None: nobody."""
        return holder(self.lock_path)

    def log(self, event: str) -> None:
        """Append a line to ``events.log``."""
        try:
            with open(self.log_path, "a", encoding="utf-8") as log:
                log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {event}\n")
        except OSError as error:
            raise RunFolderError(f"cannot write {self.log_path}: {error}.") from error

    def _segments(self) -> list[Path]:
        return sorted(path for path in self.segments_path.glob("*.h5") if path.stem.isdecimal())

    def add_generation(self, generation: History) -> None:
        """Write a finished generation; it is safe when this returns."""
        number = int(generation.number[0])
        self.segments_path.mkdir(exist_ok=True)
        with writing_h5(self.segments_path / f"{number:06d}.h5", "history") as file:
            generation.write(file)
        if (number + 1) % CONSOLIDATE_EVERY == 0:
            self.consolidate()

    def consolidate(self) -> None:
        """Join the small files into ``run.h5``, then remove them."""
        segments = self._segments()
        history = self.history()
        if history is None or not segments:
            return
        with writing_h5(self.history_path, "history") as file:
            history.write(file)
        for path in segments:
            path.unlink()

    def history(self) -> History | None:
        """Return all finished generations, or None before the first.

        Raises
        ------
        RunFolderError
            When a file is damaged or a generation is missing.
        """
        parts = []
        if self.history_path.exists():
            parts.append(_read_history(self.history_path))
        known = parts[0].n_generations if parts else 0
        # A kill between writing run.h5 and removing the small files leaves both.
        parts += [_read_history(p) for p in self._segments() if int(p.stem) >= known]
        if not parts:
            return None
        history = History.join(parts)
        if not np.array_equal(history.number, np.arange(history.n_generations)):
            raise RunFolderError(f"{self.path} lacks generations between 0 and {history.number[-1]}. Restore them.")
        return history


def _is_left_behind(name: str) -> bool:
    """Return whether a killed `RunFolder.create` may have left a file of that name, beside no configuration."""
    return name == "ancestor.h5" or (name.startswith((".config.toml.", ".ancestor.h5.")) and name.endswith(".tmp"))


def _read_history(path: Path) -> History:
    with reading_h5(path, "history") as file:
        return History.read(file)
