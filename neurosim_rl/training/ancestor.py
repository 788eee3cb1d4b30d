"""Runs that go on from a champion: finding it, and making run folders that hold it."""

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
from neurosim_rl.runs.champion import PREFIX, ChampionRecord, read_champion
from neurosim_rl.runs.folder import RunFolder
from neurosim_rl.settings.options import Options

TAKEN_OVER = ("environment", "normalisation", "model", "encoder", "decoder", "window_ms", "resolution_ms")
"""Keys of a champion's configuration that say what its network is and what it sees and does."""
LEFT = ("engine", "first_steps", "growth", "max_steps")
"""Options of the environment that say how a champion was trained."""


def settings_from(target: str, task: str) -> dict[str, Any]:
    """Return the layer of a configuration with which a run goes on from a champion.

    It has the champion's network, its environment, and what stands between them. How the champion was trained is not
    taken over: optimizer, fitness, learning rule, starts, engine, curriculum (which it has passed).

    Parameters
    ----------
    target : str
        A run folder, a champion's file, or ``champion:NAME``.
    task : str
        Of the run.

    Raises
    ------
    ConfigurationError
        When the champion is of another task.
    """
    config = read_champion(target).config
    _check_task(target, config, task)
    tables = config.tables()
    layer = {key: tables[key] for key in TAKEN_OVER}
    for key in LEFT:
        del layer["environment"][key]
    champion = target if target.startswith(PREFIX) else str(Path(target).absolute())
    return {**layer, "ancestor": {"champion": champion}}


def with_ancestor(settings: Settings) -> Settings:
    """Return settings that hold the digest of the ancestor and whether its structure is fixed."""
    options = settings.ancestor
    if options is None or not options.champion:
        return settings
    structure = "fixed" if fixes_structure(options, settings.optimizer) else "free"
    sha256 = options.sha256 or read_champion(options.champion).sha256
    return settings.replace(ancestor=options.replace(sha256=sha256, structure=structure))


def fixes_structure(options: AncestorOptions, optimizer: Options) -> bool:
    """Return whether edges and signs stay as an ancestor has them, by what the optimizer can do."""
    if options.structure != "auto":
        return options.structure == "fixed"
    knows_structure: bool = optimizer.component.needs_space  # type: ignore[union-attr]
    return not knows_structure


def find_ancestor(config: Settings) -> Ancestor | None:
    """Return the champion that a run starts from; None: it begins anew.

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
    champion = read_champion(options.champion)
    _check_task(options.champion, champion.config, config.task)
    vector = _vector(champion, config)
    if options.sha256 not in ("", champion.sha256):
        raise ConfigurationError(
            f"{options.champion} holds champion {champion.sha256[:12]}; expected {options.sha256[:12]}: it was made "
            "anew. Leave ancestor.sha256 out to go on from this one."
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
    """Make a new run folder, which holds the champion that the run goes on from, if there is one.

    Raises
    ------
    RunFolderError
        When something is there already; nothing is overwritten.
    ConfigurationError
        As of `find_ancestor`.
    """
    return RunFolder.create(path, config, find_ancestor(config))


def _check_task(target: str, config: Settings, task: str) -> None:
    if config.task != task:
        raise ConfigurationError(f"{target} is a champion of task {config.task!r}; expected one of {task!r}.")


def _vector(champion: ChampionRecord, config: Settings) -> np.ndarray:
    """Return the genome that the run goes on from: the champion's, or that of a layer that begins as it."""
    theirs, ours = champion.optimizee(), create_optimizee(config)
    assert config.ancestor is not None
    named = config.ancestor.champion
    if isinstance(theirs.model, Linear) and ours.has_neurons:
        if theirs.model.observations != "raw":
            raise ConfigurationError(
                f"{named} has model.observations = {theirs.model.observations!r}; expected 'raw': a spiking layer sees "
                "normalised observations as they are. Train the policy anew with model.observations = 'raw'."
            )
        [(weights, biases)] = theirs.model.layers(theirs.parameters.to_genome(champion.vector))
        return rate_coded(ours, weights, biases)
    if champion.config.model.name != config.model.name:
        raise ConfigurationError(
            f"{named} has model {champion.config.model.name!r}; expected {config.model.name!r}. Leave --model "
            "out, or choose another champion. Only a spiking layer may begin as another model: as a linear policy."
        )
    evolved, wanted = theirs.parameters.describe(), ours.parameters.describe()
    if evolved != wanted:
        raise ConfigurationError(
            f"{named} has genes {evolved}; expected {wanted}. Use the settings of its model, encoder, decoder and "
            "learning rule (neurosim-rl evolve --start-from does)."
        )
    return champion.vector
