"""Recorded episodes of a champion as a file of Neo."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Write recorded episodes of a champion as a NIX file, with a segment for each (see `replay_block`).

    Parameters
    ----------
    champion : ChampionRecord
    path : path
        Ends with ``.nix``; its folder is made if need be.
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
    if path.suffix != ".nix":
        raise ConfigurationError(f"{path}: expected a name that ends with .nix. Other formats: docs/how-to/export.rst.")
    recording = champion.recorded()
    trials = chosen_trials(len(recording.lengths), episode)
    neo_io = require_extra("neo.io", "neo")
    require_extra("nixio", "neo")
    make_folder(path.parent)  # a folder that cannot be made is an error before the episodes are played again
    optimizee = champion.optimizee()
    replays = [Replay(optimizee, champion.vector, recording.trial(trial)) for trial in trials]
    block = _joined([replay_block(replay, membranes=membranes) for replay in replays])
    block.annotate(genome_sha256=champion.sha256, seed=champion.config.seed)
    with writing(path) as temporary, neo_io.NixIO(str(temporary), mode="ow") as file:
        file.write_block(block)
    return path


def _joined(blocks: Sequence[Any]) -> Any:
    """Return the first block with the segments of all, without what belongs to one segment only."""
    first, *others = blocks
    for block in others:
        first.segments.extend(block.segments)
    first.annotations.pop("start_seed", None)
    return first
