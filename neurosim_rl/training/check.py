"""Check of a configuration before its run: build every part and play one trial."""

from __future__ import annotations

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee, require_complete
from neurosim_rl.optimizees.behaviour import behaviour_of
from neurosim_rl.training.ancestor import find_ancestor
from neurosim_rl.training.evolution import create_search, inheritance, neighbourhood


def check(config: Configuration) -> Configuration:
    """Return the configuration, if a run of it can begin.

    Raises
    ------
    NeurosimError
        When a part, the optimizer, or the first training trial refuses its settings.
    """
    require_complete(config)
    # A mistake in an option is best found here, before there is a run folder or a worker.
    optimizee = create_optimizee(config)
    optimizee.check_environment()
    ancestor = find_ancestor(config)
    if optimizee.learning.trains:
        _check_trained(optimizee)
        search = None
    else:
        search = create_search(optimizee, neighbourhood(optimizee, ancestor))
    if ancestor is None:
        vector = optimizee.parameters.to_vector(optimizee.create_individual())
    else:
        vector = ancestor.vector
    played = optimizee.play([vector], optimizee.training_elements(0, [0])[:1])
    optimizee.scores(played.episodes)
    if search is not None and search.inherits:
        inheritance(played.learned, 1)
    if search is not None and search.wants_behaviour:
        behaviour_of(optimizee, played.episodes)
    return config


def _check_trained(optimizee: ClosedLoop) -> None:
    """Raise unless gradients can train the network, and training by gradients follows every setting."""
    # PyTorch and skrl are an optional extra: this import fails with its name.
    import neurosim_rl.gradient.training  # noqa: F401
    from neurosim_rl.gradient.conversion import create_network

    config, environment = optimizee.config, optimizee.config.environment
    fitness = optimizee.fitness
    # Training by gradients would ignore other values of these settings without a word.
    for setting, value, expected in (
        ("fitness.name", config.fitness.name, "return"),
        ("fitness.aggregate", fitness.aggregate, "mean"),
        ("starts", config.starts, "fresh"),
        ("timeout_s", config.timeout_s, 0),
        ("environment.first_steps", environment.first_steps, 0),
    ):
        if value != expected:
            raise ConfigurationError(
                f"{setting} = {value!r} with learning {config.learning.name!r}: training by gradients follows the "
                f"return, in episodes from new starts; expected {expected!r}. Leave it out, or evolve the network."
            )
    create_network(optimizee)
