"""Recorded episodes of a champion as a file of Neo, in the formats NIX and NWB."""

from __future__ import annotations

import datetime
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim_rl.api.csv_files import chosen_trials
from neurosim_rl.api.neo_block import replay_block
from neurosim_rl.api.replay import Replay
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import make_folder, writing
from neurosim_rl.settings.checks import require_extra


def write_neo(champion: ChampionRecord, path: Path, *, episode: int | None = None, membranes: bool = True) -> Path:
    """Write recorded episodes of a champion with Neo, with a segment for each (see `replay_block`).

    NWB has no annotations of segments and signals, and renames signals; it wants the time when a session began, which
    is the time of the export here.

    Parameters
    ----------
    champion : ChampionRecord
    path : path
        Ends with ``.nix``, or ``.nwb`` (Neurodata Without Borders); its folder is made if need be.
    episode : int or None
        Number of the recorded episode from 1; None: all.
    membranes : bool
        Whether to play the episodes again and to record membranes.

    Raises
    ------
    ConfigurationError
        For another end of the name, an episode that is not recorded, and as `replay_block`.
    MissingExtraError
        Without the extra ``[neo]``.
    RunFolderError
        When the file cannot be written.
    """
    if path.suffix not in FORMATS:
        raise ConfigurationError(
            f"{path}: expected a name that ends with .nix or .nwb. Other formats: docs/how-to/export.rst."
        )
    recording = champion.recorded()
    trials = chosen_trials(len(recording.lengths), episode)
    library, write = FORMATS[path.suffix]
    require_extra("neo.io", "neo")
    require_extra(library, "neo")
    make_folder(path.parent)  # a folder that cannot be made is an error before the episodes are played again
    optimizee = champion.optimizee()
    replays = [Replay(optimizee, champion.vector, recording.trial(trial)) for trial in trials]
    block = _joined([replay_block(replay, membranes=membranes) for replay in replays])
    block.annotate(genome_sha256=champion.sha256, seed=champion.config.seed)
    with writing(path) as temporary:
        write(block, temporary)
    return path


def _write_nix(block: Any, path: Path) -> None:
    neo_io = require_extra("neo.io", "neo")
    with neo_io.NixIO(str(path), mode="ow") as file:
        file.write_block(block)


def _write_nwb(block: Any, path: Path) -> None:
    neo_io = require_extra("neo.io", "neo")
    block.annotate(
        session_start_time=datetime.datetime.now(datetime.UTC),
        session_description=block.name,
        identifier=f"{block.annotations['genome_sha256']} {', '.join(segment.name for segment in block.segments)}",
    )
    with _silent():
        neo_io.NWBIO(str(path), mode="w").write_block(block)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep back what Neo and PyNWB print of names that they change and of the temporary name of the file."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


FORMATS: Mapping[str, tuple[str, Callable[[Any, Path], None]]] = {
    ".nix": ("nixio", _write_nix),
    ".nwb": ("pynwb", _write_nwb),
}
"""The library and the writer of each format, by the ending of a name."""


def _joined(blocks: Sequence[Any]) -> Any:
    """Return the first block with the segments of all, without what belongs to one segment only."""
    first, *others = blocks
    for block in others:
        first.segments.extend(block.segments)
    first.annotations.pop("start_seed", None)
    return first
