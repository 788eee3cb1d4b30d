"""Runs in TensorBoard: event files in the run folder, for ``tensorboard --logdir runs``."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from neurosim_rl.records.generation_summary import GenerationSummary
from neurosim_rl.reports.tracker import Tracker, champion_numbers
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.settings.checks import require_extra
from neurosim_rl.settings.regular_file import check_regular

VERSION = "brain.Event:2"
"""First record of an event file."""


class TensorBoardTracker(Tracker):
    """Curves, settings, figures and the champion's numbers as event files in ``RUN/tensorboard``.

    Each process writes a file of its own, event by event: what is written is on its way to the disk, and an error of
    the disk is raised here and at once. (The writers of TensorBoard and PyTorch write in a thread.)
    """

    def __init__(self, folder: RunFolder, record_id: str) -> None:
        super().__init__(folder, record_id)
        self._file: BinaryIO | None = None

    @classmethod
    def require(cls) -> None:
        """Raise MissingExtraError unless TensorBoard is installed."""
        require_extra("tensorboard", "track")

    def begin(self) -> int:
        """Open a file; return the number of generations in the files that are there."""
        from tensorboard.summary.writer.record_writer import RecordWriter

        path = self.folder.tensorboard_path
        n_known = _n_generations(path) if path.is_dir() else 0
        path.mkdir(exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._file = open(path / name, "xb")  # noqa: SIM115  # closed by `close`
        self._writer = RecordWriter(self._file)
        self._write(file_version=VERSION)
        if not n_known:
            self._write(_text_summary("settings", f"```toml\n{self.folder.config().to_toml()}\n```"))
        self.record_id = path.name
        return n_known

    def add(self, summary: GenerationSummary) -> None:
        """Write a point of each curve; the step is the number of the generation."""
        for name, value in summary.curves().items():
            self._write(_scalar_summary(name, value), step=summary.generation)

    def end(self, champion: ChampionRecord, figures: Sequence[Path]) -> None:
        """Write the champion's numbers and the figures."""
        for name, value in champion_numbers(champion).items():
            self._write(_scalar_summary(name, value), step=champion.generation)
        text = f"{self.folder.champion_path}\n\ngenome sha256 {champion.sha256}"
        self._write(_text_summary("champion", text), step=champion.generation)
        for path in figures:
            self._write(_image_summary(path), step=champion.generation)

    def close(self, is_finished: bool) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, summary: Any = None, step: int = 0, **other: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        event = Event(wall_time=time.time(), step=step, summary=summary, **other)
        self._writer.write(event.SerializeToString())
        self._writer.flush()


def _n_generations(path: Path) -> int:
    """Return the number of generations in the event files of a folder; raise OSError for a pipe or a device there."""
    from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator

    for file in path.glob("*tfevents*"):
        check_regular(file)  # TensorBoard would wait for ever for a pipe
    events = EventAccumulator(str(path), size_guidance={SCALARS: 0}).Reload()
    if "best_fitness" not in events.Tags()[SCALARS]:
        return 0
    return 1 + max(event.step for event in events.Scalars("best_fitness"))


def _scalar_summary(name: str, value: float) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(value=[Summary.Value(tag=name, simple_value=value)])


def _text_summary(name: str, text: str) -> Any:
    from tensorboard.plugins.text.summary import text_pb

    return text_pb(name, text)


def _image_summary(path: Path) -> Any:
    from PIL import Image
    from tensorboard.compat.proto.summary_pb2 import Summary

    with Image.open(path) as picture:
        width, height = picture.size
    image = Summary.Image(height=height, width=width, colorspace=4, encoded_image_string=path.read_bytes())
    return Summary(value=[Summary.Value(tag=f"figures/{path.stem}", image=image)])
