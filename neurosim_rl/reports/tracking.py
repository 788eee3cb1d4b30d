"""Tracking of a run: trackers and a callback get each generation, and none of them can stop the run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from neurosim_rl.errors import NeurosimError
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.records.generation_summary import GenerationSummary, summaries
from neurosim_rl.records.history import History
from neurosim_rl.reports.mlflow import MLflowTracker
from neurosim_rl.reports.tensorboard import TensorBoardTracker
from neurosim_rl.reports.tracker import Tracker
from neurosim_rl.reports.wandb import WandbTracker
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular
from neurosim_rl.settings.user_code import note_code_of, place_of

TRACKERS: dict[str, type[Tracker]] = {
    "mlflow": MLflowTracker,
    "tensorboard": TensorBoardTracker,
    "wandb": WandbTracker,
}
OnGeneration = Callable[[GenerationSummary], object]
"""A function of a user's own that gets each finished generation."""


def check_trackers(names: Iterable[str]) -> list[str]:
    """Return the names of trackers, each once.

    Raises
    ------
    UnknownNameError
        With the nearest match.
    MissingExtraError
        When the library of one is not installed.
    """
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        lookup("tracker", name, TRACKERS).require()
    return chosen


class Tracking:
    """Trackers and a callback of one run; a context manager.

    Records begin with the first finished generation, within the run's lock. A tracker that continues a record gets the
    generations that the record does not have. Errors of a tracker or of the callback become one warning, and this one
    is not called again.

    Parameters
    ----------
    folder : RunFolder
    names : sequence of str
        Names of `TRACKERS`.
    on_generation : callable or None
        Called with the `GenerationSummary` of each generation that this process finishes.
    warn : callable
        Called with a line of warning.
    """

    def __init__(
        self, folder: RunFolder, names: Sequence[str], on_generation: OnGeneration | None, warn: Callable[[str], None]
    ) -> None:
        self._folder, self._warn, self._on_generation = folder, warn, on_generation
        note_code_of(on_generation)
        ids = _record_ids(folder)
        self._trackers = {name: TRACKERS[name](folder, ids.get(name, "")) for name in check_trackers(names)}
        self._last: GenerationSummary | None = None
        self._has_begun = self._is_finished = False
        left_out = sorted(set(ids) & set(TRACKERS) - set(self._trackers))
        if left_out and not self._trackers:
            options = " ".join(f"--track {name}" for name in left_out)
            warn(f"{folder.path} has a record in {', '.join(left_out)}, which ends here without {options}")

    def __enter__(self) -> Tracking:
        """Return the tracking itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the records."""
        if self._has_begun:
            for name, tracker in list(self._trackers.items()):
                self._call(name, tracker.close, self._is_finished)

    def after(self, generation: History) -> None:
        """Track a generation, which is in the run folder."""
        if self._has_begun:
            [self._last] = summaries(generation, self._last)
            for name, tracker in list(self._trackers.items()):
                self._call(name, tracker.add, self._last)
        else:
            self._begin()
        if self._on_generation is not None and self._last is not None:
            self._call("on_generation", self._on_generation, self._last)

    def end(self, champion: ChampionRecord, figures: Sequence[Path]) -> None:
        """Track the champion and the figures of the finished run."""
        if not self._has_begun:
            self._begin()
        self._is_finished = True
        for name, tracker in list(self._trackers.items()):
            self._call(name, tracker.end, champion, figures)

    def _begin(self) -> None:
        """Begin or continue all records, with the generations that they do not have."""
        self._has_begun = True
        if not self._trackers and self._on_generation is None:
            return
        history = self._folder.history()
        so_far = [] if history is None else summaries(history)
        self._last = so_far[-1] if so_far else None
        for name, tracker in list(self._trackers.items()):
            self._call(name, self._catch_up, tracker, so_far)
        self._call("the ids of its records", self._keep_ids)

    def _catch_up(self, tracker: Tracker, so_far: Sequence[GenerationSummary]) -> None:
        for summary in so_far[tracker.begin() :]:
            tracker.add(summary)

    def _keep_ids(self) -> None:
        ids = {name: tracker.record_id for name, tracker in self._trackers.items() if tracker.record_id}
        if ids:
            with writing(self._folder.tracking_path) as temporary:
                temporary.write_text(json.dumps({**_record_ids(self._folder), **ids}), encoding="utf-8")

    def _call(self, name: str, function: Callable[..., object], *arguments: object) -> None:
        """Call a function of a tracker; after an error, the run continues without the tracker."""
        try:
            function(*arguments)
        except Exception as error:  # nothing that merely tracks a run may end it
            self._trackers.pop(name, None)
            if name == "on_generation":
                self._on_generation = None
            reason = f"{type(error).__name__}: {first_line(str(error))}"  # databases add their SQL in further lines
            if place := place_of(error):
                reason = f"{reason} ({place})"
            text = printable(f"tracking by {name} failed, and the run continues without it: {reason}")
            self._warn(text)
            with suppress(NeurosimError):  # a full disk has room for no log either
                self._folder.log(text)


def _record_ids(folder: RunFolder) -> dict[str, str]:
    """Return the ids of a run's records by tracker; a file that is damaged, or not ours, gives none."""
    if not folder.tracking_path.exists():
        return {}
    try:
        content = json.loads(read_regular(folder.tracking_path, LARGEST_TEXT))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: value for name, value in content.items() if isinstance(value, str) and value.isprintable()}
