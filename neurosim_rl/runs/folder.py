"""The run folder: every path and every file format.

::

    RUN/config.toml          the resolved configuration
    RUN/ancestor.h5          the ancestor: the genome at which the run starts, if it has one
    RUN/teacher.*            copy of the file of the teacher, if the network learns from one
    RUN/run.h5               every evaluation of finished generations
    RUN/generations/*.h5     generations that are not yet in run.h5 (same layout)
    RUN/training/N.h5        state of training by gradients after each of the last two generations
    RUN/training/steps-N.h5  steps that a student has to learn, from each generation
    RUN/champion.h5          the champion (see neurosim_rl.runs.champion)
    RUN/responses.h5         the champion's response map
    RUN/figures/*.png
    RUN/report.html          the report as one page
    RUN/tracking.json        ids of the run's records in trackers (see neurosim_rl.reports.tracking)
    RUN/tensorboard/*        its record in TensorBoard
    RUN/events.log           times of events: created, resumed, failures, finished
    RUN/lock                 held by the process that works on the run, with its name
    RUN/stage                name of the stage under way; left over: the process ended in that stage

Every file of settings or arrays is written to a temporary name and renamed: a reader never sees half a file. Each has
a digest: reading a file that was cut or changed is an error.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurosim_rl.errors import RunFolderError
from neurosim_rl.optimizees import Configuration, require_complete
from neurosim_rl.records.history import History
from neurosim_rl.runs.ancestor import Ancestor
from neurosim_rl.runs.config_file import read_config, write_config
from neurosim_rl.runs.files import writing
from neurosim_rl.runs.generation_files import GenerationFiles
from neurosim_rl.runs.locks import Holder, holder, locked, opened
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular

LOGGER = logging.getLogger("neurosim_rl.runs")
TEACHER = "teacher"
"""Name of the copy of the teacher's file, without its end."""


class RunFolder:
    """Folder of one run: its paths, and reading and writing of its files.

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
        self.report_path = self.path / "report.html"
        self.tracking_path = self.path / "tracking.json"
        self.tensorboard_path = self.path / "tensorboard"
        self.log_path = self.path / "events.log"
        self.lock_path = self.path / "lock"
        self.stage_path = self.path / "stage"
        self._generations = GenerationFiles(self.history_path, self.segments_path)

    def training_state_path(self, generation: int) -> Path:
        """Return the path of the state of training by gradients after a generation."""
        return self.path / "training" / f"{generation:06d}.h5"

    def steps_path(self, generation: int) -> Path:
        """Return the path of the steps that a generation adds to those that a student learns."""
        return self.path / "training" / f"steps-{generation:06d}.h5"

    def teacher_path(self) -> Path | None:
        """Return the copy of the teacher's file; None: there is none."""
        found = sorted(self.path.glob(f"{TEACHER}.*"))
        return found[0] if found else None

    @classmethod
    def create(
        cls, path: Path | str, config: Configuration, ancestor: Ancestor | None = None, teacher: Path | None = None
    ) -> RunFolder:
        """Make a new run folder.

        Parameters
        ----------
        path : path
        config : Configuration
        ancestor : Ancestor or None
            Champion at which the run starts, as `neurosim_rl.training.ancestor.begin_run` finds it; None: no ancestor.
        teacher : path or None
            File of the teacher; None: none.

        Raises
        ------
        RunFolderError
            When the path is taken; nothing is overwritten.
        """
        require_complete(config)
        folder = cls(path)
        try:
            if folder._holds_something():
                raise RunFolderError(
                    f"{folder.path} exists. Choose another folder with --out, "
                    f"or continue with: {command_line('resume', folder.path)}"
                )
            folder.path.mkdir(parents=True, exist_ok=True)
            # The configuration makes the folder a run. It comes last: a killed process leaves a run with its ancestor,
            # or no run at all, and the same command works again.
            if ancestor is not None:
                ancestor.write(folder.ancestor_path)
            for left in folder.path.glob(f"{TEACHER}.*"):  # of a killed process, perhaps of another kind
                left.unlink()
            if teacher is not None:
                with writing(folder.path / f"{TEACHER}{teacher.suffix}") as temporary:
                    shutil.copyfile(teacher, temporary)
            write_config(folder.config_path, config)
            folder.segments_path.mkdir()
        except OSError as error:
            raise RunFolderError(f"cannot make {folder.path}: {error}.") from error
        folder.log("created")
        return folder

    def _holds_something(self) -> bool:
        """Return whether the path is taken. Files of a killed `create` do not count."""
        if not self.path.is_dir():
            return self.path.exists()
        return any(not _is_left_behind(path.name) for path in self.path.iterdir())

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Open an existing run folder.

        Raises
        ------
        RunFolderError
            When the folder does not exist or is not a run folder.
        """
        folder = cls(path)
        if not folder.path.is_dir():
            raise RunFolderError(f"run folder {folder.path} does not exist. neurosim-rl evolve --out makes one.")
        if not folder.config_path.is_file():
            raise RunFolderError(f"{folder.path} is not a run folder: it has no config.toml.")
        folder.check_links()
        return folder

    def check_links(self) -> None:
        """Raise if a link in the folder leads out of it: reading and writing would go where nobody expects it.

        Raises
        ------
        RunFolderError
            Names the link.
        """
        # One level of folders is enough: a run has no deeper files. The runs of a study are in `runs`.
        inside = self.path.resolve()
        names_of_folders = ("", "generations", "training", "figures", "tensorboard", "runs")
        for folder in [self.path / name for name in names_of_folders]:
            try:
                names = os.listdir(folder)
            except OSError:  # not there, or not readable: then nothing of it is read
                continue
            for name in names:
                link = folder / name
                if link.is_symlink() and not link.resolve().is_relative_to(inside):
                    raise RunFolderError(
                        f"{printable(link)} is a link out of the run folder. Expected files of the run itself: copy "
                        "what it leads to, or remove it."
                    )

    def ancestor(self) -> Ancestor | None:
        """Return the champion at which the run started; None: no ancestor.

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
            When the file was cut, changed by hand, or written by a newer version.
        """
        return read_config(self.config_path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock for the duration of a block.

        Raises
        ------
        RunFolderError
            When another process holds it.
        """
        with locked(self.lock_path):
            yield

    def holder(self) -> Holder | None:
        """Return the process that works on the run now; None: no process."""
        return holder(self.lock_path)

    @contextmanager
    def under_way(self, stage: str) -> Iterator[None]:
        """Keep the name of a stage in the folder for the duration of a block, which may end this process."""
        try:
            with opened(self.stage_path, "w", os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
                file.write(stage)
        except OSError as error:
            raise self._unwritable(self.stage_path, error) from error
        try:
            yield
        finally:  # after an error or an interrupt, too: only the end of the process leaves the file
            self.forget_stage()

    def stage_left(self) -> str:
        """Return the stage in which a process that worked on the run has ended; empty: none.

        Of several figures in which one process after the other ended, all, one a line.
        """
        try:
            return read_regular(self.stage_path, LARGEST_TEXT).decode("utf-8", errors="replace")
        except OSError:
            return ""

    def forget_stage(self) -> None:
        """Remove the name of the stage."""
        with suppress(OSError):
            self.stage_path.unlink()

    def _unwritable(self, path: Path, error: OSError) -> RunFolderError:
        """Return the error for a file that cannot be written."""
        if not self.path.is_dir():
            return self._removed()
        return RunFolderError(f"cannot write {path}: {error}.")

    def _removed(self) -> RunFolderError:
        return RunFolderError(
            f"run folder {self.path} was removed during its run, with all that it held; expected it to stay until the "
            "end. Begin the run anew."
        )

    def log(self, event: str) -> None:
        """Append a line with the time to ``events.log``."""
        LOGGER.info("%s: %s", self.path, event)
        # Appended, not renamed: people follow this file with `tail -f`, and a cut last line does no harm.
        try:
            # A path or a message may hold bytes that are no text.
            with opened(self.log_path, "a", os.O_WRONLY | os.O_APPEND | os.O_CREAT) as log:
                log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {event}\n")
        except OSError as error:
            raise self._unwritable(self.log_path, error) from error

    def add_generation(self, generation: History) -> None:
        """Write a finished generation. When the call returns, the generation is on the disk."""
        try:
            self.segments_path.mkdir(exist_ok=True)
        except OSError as error:
            raise self._unwritable(self.segments_path, error) from error
        self._generations.add(generation)

    def consolidate(self) -> None:
        """Join the files of single generations into ``run.h5``, then remove them.

        Raises
        ------
        RunFolderError
            When the folder was removed.
        """
        if not self.path.is_dir():
            raise self._removed()
        self._generations.join()

    def history(self) -> History | None:
        """Return all finished generations; None before the first.

        Raises
        ------
        RunFolderError
            When a file is damaged or a generation is missing.
        """
        return self._generations.read()

    def history_paths(self) -> list[Path]:
        """Return the files of finished generations: `history_path`, if it is there, then those of single ones."""
        return self._generations.paths()

    def newest_generation(self) -> int:
        """Return the number of finished generations by names of files alone; 0: none, or all are in ``run.h5``."""
        return self._generations.newest()


def _is_left_behind(name: str) -> bool:
    """Return whether a `RunFolder.create` that was killed before the configuration may have left this file."""
    if name == "ancestor.h5" or name.startswith(f"{TEACHER}."):
        return True
    return name.startswith((".config.toml.", ".ancestor.h5.", f".{TEACHER}.")) and name.endswith(".tmp")
