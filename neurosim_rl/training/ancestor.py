"""Runs that start from a champion: its settings, its genome, and run folders that hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.measures.controllers import controller_of
from neurosim_rl.models import Linear
from neurosim_rl.optimizees import AncestorOptions, Configuration, Settings, create_optimizee
from neurosim_rl.optimizees.rate_code import rate_coded
from neurosim_rl.runs.ancestor import Ancestor
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.folder import RunFolder
from neurosim_rl.settings.named_modules import CHAMPION
from neurosim_rl.settings.options import Options
from neurosim_rl.settings.plugins import require_file
from neurosim_rl.training.teacher import find_teacher

TAKEN_OVER = (
    *("environment", "normalisation", "model", "encoder", "background", "decoder"),
    *("window_ms", "resolution_ms"),
)
"""Keys of a champion's configuration that describe its network, its observations and its actions."""
LEFT = ("engine", "first_steps", "growth", "max_steps")
"""Options of the environment that describe how a champion was trained."""


def settings_from(target: str, task: str) -> dict[str, Any]:
    """Return the layer of settings for a run that starts from a champion.

    The layer has the champion's network, its environment, and the bridge between them. It has none of the settings by
    which the champion was trained: optimizer, fitness, learning rule, starts, engine and curriculum.

    Parameters
    ----------
    target : str
        A run folder, a champion's file, or ``champion:NAME``.
    task : str
        Task of the run.

    Raises
    ------
    ConfigurationError
        When the champion is of another task.
    """
    config = read_champion(target).config
    _check_task(target, config, task)
    tables = config.tables()
    layer = {key: tables[key] for key in TAKEN_OVER}
    # The champion has passed its curriculum; beginning it again would cut episodes that the champion can finish.
    for key in LEFT:
        del layer["environment"][key]
    # The run may be resumed from another working directory.
    champion = target if target.startswith(CHAMPION) else str(Path(target).absolute())
    return {**layer, "ancestor": {"champion": champion}}


def with_ancestor(settings: Settings) -> Settings:
    """Return the settings with the ancestor's digest, and with ``structure`` "fixed" or "free" instead of "auto"."""
    options = settings.ancestor
    if options is None or not options.champion:
        return settings
    trains = settings.learning.component.trains  # type: ignore[union-attr]
    # Gradients change all weights, those of 0 among them.
    structure = "fixed" if not trains and fixes_structure(options, settings.optimizer) else "free"
    sha256 = options.sha256 or _read(options).sha256
    return settings.replace(ancestor=options.replace(sha256=sha256, structure=structure))


def _read(options: AncestorOptions) -> ChampionRecord:
    """Return the champion that a configuration names, if the user named it too."""
    if not options.champion.startswith(CHAMPION):
        require_file(options.champion)
    return read_champion(options.champion)


def fixes_structure(options: AncestorOptions, optimizer: Options) -> bool:
    """Return whether edges and signs stay those of the ancestor; "auto" asks the optimizer."""
    if options.structure != "auto":
        return options.structure == "fixed"
    # Only an optimizer that knows the parameters by name can change edges and signs in a sensible way.
    knows_structure: bool = optimizer.component.needs_space  # type: ignore[union-attr]
    return not knows_structure


def find_ancestor(config: Settings) -> Ancestor | None:
    """Return the champion that a run starts from; None: no ancestor.

    Raises
    ------
    ConfigurationError
        When the champion is of another task, has other genes, or is not the one that the configuration means.
    """
    options = config.ancestor
    if options is None:
        return None
    if not options.champion:
        raise ConfigurationError("[ancestor] names no champion. Set ancestor.champion, or leave the table out.")
    champion = _read(options)
    _check_task(options.champion, champion.config, config.task)
    vector = _vector(champion, config)
    # A path may hold another champion by now: the digest is the identity.
    if options.sha256 not in ("", champion.sha256):
        raise ConfigurationError(
            f"{options.champion} holds champion {champion.sha256[:12]}; expected {options.sha256[:12]}: it was made "
            "anew. Leave ancestor.sha256 out to start from this one."
        )
    return Ancestor(
        vector,
        champion.n_evaluations,
        champion.n_episodes,
        champion.n_steps,
        champion.seconds,
        controller_of(champion),
    )


def begin_run(path: Path | str, config: Configuration) -> RunFolder:
    """Make a new run folder, with copies of its ancestor and its teacher if the configuration names them.

    Raises
    ------
    RunFolderError
        When the path is taken; nothing is overwritten.
    ConfigurationError
        As of `find_ancestor` and `neurosim_rl.training.teacher.find_teacher`.
    """
    # The folder has copies: the originals may be made anew or removed before the run is resumed.
    return RunFolder.create(path, config, find_ancestor(config), find_teacher(config))


def _check_task(target: str, config: Settings, task: str) -> None:
    if config.task != task:
        raise ConfigurationError(f"{target} is a champion of task {config.task!r}; expected one of {task!r}.")


def _vector(champion: ChampionRecord, config: Settings) -> np.ndarray:
    """Return the genome at which the run starts: the champion's, or that of a spiking layer with the same actions."""
    theirs, ours = champion.optimizee(), create_optimizee(config)
    assert config.ancestor is not None
    named = config.ancestor.champion
    if isinstance(theirs.model, Linear) and ours.has_neurons:
        if theirs.model.observations != "raw":
            raise ConfigurationError(
                f"{named} has model.observations = {theirs.model.observations!r}; expected 'raw': a spiking layer sees "
                "normalised observations as they are. Train the policy anew with model.observations = 'raw'."
            )
        # A linear policy has one layer: one matrix and one vector of biases.
        [(weights, biases)] = theirs.model.layers(theirs.parameters.to_genome(champion.vector))
        return rate_coded(ours, weights, biases)
    if champion.config.model.name != config.model.name:
        raise ConfigurationError(
            f"{named} has model {champion.config.model.name!r}; expected {config.model.name!r}. Leave --model "
            "out, or choose another champion. Only a spiking layer may begin as another model: as a linear policy."
        )
    # Names and sizes must be equal: genes of another meaning would fit by chance of their number alone.
    evolved, wanted = theirs.parameters.describe(), ours.parameters.describe()
    if evolved != wanted:
        raise ConfigurationError(
            f"{named} has genes {evolved}; expected {wanted}. Use the settings of its model, encoder, decoder and "
            "learning rule (neurosim-rl evolve --start-from does)."
        )
    return champion.vector
