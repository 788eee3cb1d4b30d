"""Neutral task: any Gymnasium environment by its id, with settings that fit its spaces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import gymnasium
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.actions import n_action_outputs
from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec
from neurosim_rl.errors import EnvironmentSetupError
from neurosim_rl.models import MODELS, Policy
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.other_environment import OtherEnvironment
from neurosim_rl.optimizees.task import Task

DEFAULT_STEPS = 1000
"""Step limit of an environment that has none."""
LEAST_HIDDEN, MOST_HIDDEN = 16, 64
TICKS, DECAY = 4, 0.7
"""Pulses in a window, and the factor of a membrane from one to the next: hidden neurons answer by 0 to 4 spikes."""
FIRST_CURRENTS = 2.5
"""Largest first weights, in units of `LIF.initial_limit`: the step size follows from their spread, too."""
MOST_CORRELATED = 500
"""Largest number of genes whose correlations are learned."""
MOST_VARIABLES = 4096
"""Largest number of observed variables, and of outputs: each has a weight to or from every hidden neuron."""
GENERATIONS, EPISODES, VALIDATION_EPISODES = 300, 4, 40


class Neutral(ClosedLoop):
    """Any Gymnasium environment for which no task is made; the task's name is the environment's id.

    The task knows only what the environment says: its spaces, its step limit, and the return at which its registration
    calls it solved. There is no rule, no mirror symmetry, and no part of the reward that reports show.

    Observation
    -----------
    All numbers of the observation space, flattened (`neurosim_rl.environments.observed.Observed`).

    Action
    ------
    ``Discrete``, ``Box``, ``MultiDiscrete``, ``MultiBinary``, and a ``Tuple`` or ``Dict`` of these.

    Encoding
    --------
    A weighted sum of all observations into each neuron of the first layer, as a pulse in each tick. Numbers are
    standardised by random play, and choices and bits stay 0 and 1.

    Decoding
    --------
    Membranes of output neurons: the highest one of a choice, and the hyperbolic tangent for each number. They sum up
    the spikes of four ticks, so that hidden neurons answer by a rate.

    Genome
    ------
    Weights and biases of ``lif``.

    Fitness
    -------
    Mean return of some episodes from new starts in each generation.

    Episode end
    -----------
    That of the environment, or `DEFAULT_STEPS` if it has no step limit.
    """

    defaults: ClassVar[Mapping[str, Any]] = {
        "window_ms": 2.0,
        "resolution_ms": 1.0,
        "model": {"name": "lif", "hidden": [LEAST_HIDDEN]},
        "encoder": {"name": "pulses", "n_neurons": 0},
        "decoder": {"name": "membrane"},
        "normalisation": {"name": "statistics"},
        "fitness": {"name": "return"},
        "optimizer": {"name": "cma-es"},
    }

    @cached_property
    def facts(self) -> Task:
        """Facts about the configured environment: almost none."""
        return OtherEnvironment(self.config.environment.id, "")


def is_environment_id(name: str) -> bool:
    """Return whether a name is the id of a registered environment, or names one of a module (``module:Id-v0``)."""
    return name in gymnasium.registry or ":" in name


def environment_layer(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the environment that it leaves open: a step limit, where it has none."""
    options = EnvironmentOptions.read(table, "environment")
    if options.max_steps or EnvironmentSpec.of(options.replace(max_steps=DEFAULT_STEPS)).has_limit:
        return {}
    return {"environment": {"max_steps": DEFAULT_STEPS}}


def fitted_layer(table: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the settings that fit an environment's spaces: network, bridge, optimizer and budget.

    Parameters
    ----------
    table : mapping
        The table ``[environment]``, with a step limit if the environment has none.
    model : str
        Name of the model that evolves. Other spiking models than ``lif`` get receptive fields and spike counts.
        Policies without neurons keep the bridge, and so do networks that gradients train (empty).

    Raises
    ------
    EnvironmentSetupError
        When an observation or action has too many numbers to search their weights.
    """
    spec = EnvironmentSpec.of(EnvironmentOptions.read(table, "environment"))
    _check_few(spec.options.id, "observed variables", len(spec.observation_low))
    _check_few(spec.options.id, "values of actions", n_action_outputs(spec.action_space))
    layer = {"normalisation": {"name": "none" if spec.observed.is_choice else "statistics"}, **_budget(spec)}
    if model not in MODELS or issubclass(MODELS[model], Policy):
        return layer
    return layer | (_lif(spec) if model == "lif" else _counting(spec))


def _check_few(name: str, what: str, n: int) -> None:
    if n > MOST_VARIABLES:
        raise EnvironmentSetupError(
            f"{name} has {n} {what}; expected at most {MOST_VARIABLES}, since each has a weight for every hidden "
            "neuron. Wrap the environment (environment.wrappers), or write a task of your own."
        )


def _lif(spec: EnvironmentSpec) -> dict[str, Any]:
    """Return the settings of a network of one hidden layer, read by its membranes."""
    # First currents reach the threshold from few active variables, such as the one of a choice, as well as from many.
    share = len(spec.observation_low) / max(spec.observed.n_at_once, 1)
    first = round(FIRST_CURRENTS * math.sqrt(share), 3)
    model = {"name": "lif", "hidden": [_hidden(spec)], "decay": DECAY, "initial_limit": first}
    return {
        "window_ms": 2.0 * TICKS,
        "resolution_ms": 1.0,
        "model": model,
        "encoder": {"name": "pulses", "n_neurons": 0, "ticks": TICKS},
    }


def _counting(spec: EnvironmentSpec) -> dict[str, Any]:
    """Return the bridge of networks whose spikes are counted: receptive fields, and the decoders that fit the space."""
    space = spec.action_space
    tuning: dict[str, Any] = {"name": "linear"} if spec.observed.is_choice else {"name": "gaussian"}
    decoder: dict[str, Any] = {"name": "parts"}
    if isinstance(space, Discrete):
        decoder = {"name": "winner", "tie": "first"}
    elif isinstance(space, Box):
        decoder = {"name": "rate-difference"}
    return {
        "window_ms": 20.0,
        "resolution_ms": 0.2,
        "encoder": {"name": "current", "tuning": tuning},
        "decoder": decoder,
    }


def _hidden(spec: EnvironmentSpec) -> int:
    """Return the number of hidden neurons: twice as many as outputs, within limits."""
    return min(max(2 * n_action_outputs(spec.action_space), LEAST_HIDDEN), MOST_HIDDEN)


def _budget(spec: EnvironmentSpec) -> dict[str, Any]:
    """Return population, generations and episodes by the number of genes of the network that the task proposes."""
    n_hidden, n_outputs = _hidden(spec), n_action_outputs(spec.action_space)
    n_genes = (len(spec.observation_low) + 1) * n_hidden + (n_hidden + 1) * n_outputs
    # Twice Hansen's population (2016, arXiv:1604.00772, equation 48), and the mean: returns from few starts are noisy.
    population = 2 * (4 + int(3 * math.log(n_genes))) + 1
    return {
        "generations": GENERATIONS,
        "episodes": EPISODES,
        "validation_episodes": VALIDATION_EPISODES,
        "optimizer": {
            "name": "cma-es",
            "population": population,
            "covariance": "full" if n_genes <= MOST_CORRELATED else "separable",
            "offer_mean": True,
        },
    }
