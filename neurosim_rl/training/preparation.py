"""Before a run: its configuration with every option filled in, and every mistake found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurosim_rl.bridge import DECODERS, ENCODERS, NORMALISATIONS
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.learning import LEARNING
from neurosim_rl.models import MODELS
from neurosim_rl.optimizees import FITNESSES, ClosedLoop, create_optimizee
from neurosim_rl.optimizees.behaviour import behaviour_of
from neurosim_rl.runs.ancestor import AncestorOptions
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.settings.configuration import Configuration
from neurosim_rl.settings.options import resolve
from neurosim_rl.training.ancestor import find_ancestor
from neurosim_rl.training.evolution import create_search, fixes_structure, inheritance, neighbourhood

NO_OPTIMIZER = {"name": "none"}
"""The table ``[optimizer]`` of a run whose network is trained by gradients."""


def prepare(config: Configuration) -> Configuration:
    """Return the configuration with every option of every component filled in.

    Each part is built, and one network plays one episode, so that a mistake is found before a folder is made.
    """
    optimizee = create_optimizee(config)
    trains = optimizee.learning.trains
    if trains:
        _check_trained(optimizee)
    ancestor = find_ancestor(config)
    search = None if trains else create_search(optimizee, neighbourhood(optimizee, ancestor))
    resolved = config.replace(
        execution=resolve("execution", EXECUTIONS, config.execution),
        environment=vars(EnvironmentOptions.from_table(config.environment)),
        normalisation={
            **resolve("normalisation", NORMALISATIONS, config.normalisation),
            **optimizee.normalisation.settled,
        },
        encoder=resolve("encoder", ENCODERS, config.encoder),
        decoder=resolve("decoder", DECODERS, config.decoder),
        model={**resolve("model", MODELS, config.model), **optimizee.model.settled},
        fitness=resolve("fitness", FITNESSES, config.fitness),
        learning=resolve("learning", LEARNING, config.learning),
        optimizer=_no_optimizer(config) if search is None else search.table,
        ancestor={} if ancestor is None else _settled(config),
    )
    vector = optimizee.parameters.to_vector(optimizee.create_individual()) if ancestor is None else ancestor.vector
    resolved = resolved.replace(simulator=optimizee.choose_simulator(vector))
    played = optimizee.play([vector], optimizee.training_elements(0, [0])[:1])
    optimizee.scores(played.episodes)
    if search is not None and search.inherits:
        inheritance(played.learned, 1)
    if search is not None and search.wants_behaviour:
        behaviour_of(optimizee, played.episodes)
    return Configuration.from_toml(resolved.to_toml())  # exactly what a resumed run will read


def _check_trained(optimizee: ClosedLoop) -> None:
    """Raise unless gradients can train the network, and every setting means something to them."""
    import neurosim_rl.gradient.training  # noqa: F401  # loads PyTorch and skrl, or tells which extra is missing
    from neurosim_rl.gradient.conversion import create_network

    config, environment = optimizee.config, optimizee.environment.options
    if config.ancestor:
        raise ConfigurationError("training by gradients begins anew: expected no champion to go on from. Evolve it.")
    fitness = optimizee.fitness
    for setting, value, expected in (
        ("fitness.name", config.fitness["name"], "return"),
        ("fitness.aggregate", fitness.aggregate, "mean"),
        ("starts", config.starts, "fresh"),
        ("timeout_s", config.timeout_s, 0),
        ("environment.first_steps", environment.first_steps, 0),
    ):
        if value != expected:
            raise ConfigurationError(
                f"{setting} = {value!r} with learning {config.learning['name']!r}: training by gradients follows the "
                f"return, in episodes from new starts; expected {expected!r}. Leave it out, or evolve the network."
            )
    create_network(optimizee)


def _settled(config: Configuration) -> dict[str, Any]:
    """Return the table of an ancestor with all options, the champion's digest, and whether its structure is fixed."""
    options = AncestorOptions.from_table(config.ancestor)
    structure = "fixed" if fixes_structure(options, config.optimizer["name"]) else "free"
    return vars(replace(options, sha256=read_champion(options.champion).sha256, structure=structure))


def _no_optimizer(config: Configuration) -> dict[str, str]:
    """Return the table of no optimizer; raise if there is another."""
    if config.optimizer != NO_OPTIMIZER:
        raise ConfigurationError(
            f"optimizer {config.optimizer['name']!r} with learning {config.learning['name']!r}: gradients train one "
            "network, and no optimizer asks for others. Set optimizer.name = 'none' alone."
        )
    return dict(NO_OPTIMIZER)
