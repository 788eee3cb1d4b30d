"""Optimizees: each is one task, and an L2L ``Optimizee``."""

if __name__ != "neurosim_rl.optimizees":
    raise ImportError(
        "import neurosim_rl.optimizees, not optimizees: a twin module's pickles would not load elsewhere."
    )

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import gymnasium

from neurosim_rl.errors import UnknownNameError
from neurosim_rl.learning import LEARNING
from neurosim_rl.optimizees.acrobot import Acrobot
from neurosim_rl.optimizees.ant import Ant
from neurosim_rl.optimizees.cart_pole import CartPole
from neurosim_rl.optimizees.cart_pole_sensorimotor import CartPoleHasegan, CartPoleSensorimotor
from neurosim_rl.optimizees.changing_cart_pole import ChangingCartPole
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.configuration import AncestorOptions, Configuration, Settings, require_complete
from neurosim_rl.optimizees.fitness import FITNESSES
from neurosim_rl.optimizees.half_cheetah import HalfCheetah
from neurosim_rl.optimizees.hopper import Hopper
from neurosim_rl.optimizees.inverted_pendulum import InvertedPendulum
from neurosim_rl.optimizees.mountain_car import MountainCar, MountainCarYegenoglu
from neurosim_rl.optimizees.mountain_car_continuous import MountainCarContinuous
from neurosim_rl.optimizees.neutral import Neutral, environment_layer, fitted_layer, is_environment_id
from neurosim_rl.optimizees.other_environment import layers_in, reward_threshold
from neurosim_rl.optimizees.pendulum import Pendulum
from neurosim_rl.optimizees.swimmer import Swimmer
from neurosim_rl.optimizees.target_reaching_vehicle import TargetReachingVehicle
from neurosim_rl.optimizees.trials import Element
from neurosim_rl.optimizees.walker2d import Walker2d
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.layers import combine, merge
from neurosim_rl.settings.registry import Registry

TASKS: Registry[type[ClosedLoop]] = Registry(
    "task",
    ClosedLoop,
    {
        "acrobot": Acrobot,
        "ant": Ant,
        "cart-pole": CartPole,
        "cart-pole-hasegan2022": CartPoleHasegan,
        "cart-pole-sensorimotor": CartPoleSensorimotor,
        "changing-cart-pole": ChangingCartPole,
        "half-cheetah": HalfCheetah,
        "hopper": Hopper,
        "inverted-pendulum": InvertedPendulum,
        "mountain-car": MountainCar,
        "mountain-car-continuous": MountainCarContinuous,
        "mountain-car-yegenoglu2022": MountainCarYegenoglu,
        "pendulum": Pendulum,
        "swimmer": Swimmer,
        "target-reaching-vehicle": TargetReachingVehicle,
        "walker2d": Walker2d,
    },
)

_TRAINED: dict[str, Any] = {
    "optimizer": {"name": "none"},
    "normalisation": {"name": "statistics"},
    "generations": 10,
    "starts": "fresh",
    "fitness": {"name": "return"},
}
TRAINED_NETWORKS: dict[str, dict[str, Any]] = {
    "ann": {**_TRAINED, "model": {"name": "dense", "hidden": [64], "activation": "elu", "observations": "raw"}},
    "snn": {
        **_TRAINED,
        "window_ms": 10.0,
        "resolution_ms": 1.0,
        "model": {"name": "lif", "hidden": [64]},
        "encoder": {"name": "pulses", "n_neurons": 0},
        "decoder": {"name": "membrane"},
    },
}
"""Networks for training by gradients, as layers above a task's defaults: those of Zanatta et al. 2024, 64 neurons or
units."""

TRAINED_BY: dict[str, dict[str, Any]] = {
    "distil": {"generations": 40, "normalisation": {"name": "statistics", "steps": 8000, "limit": 10.0}}
}
"""Layers of learners above those of their networks, for all tasks."""

__all__ = [
    "FITNESSES",
    "TASKS",
    "TRAINED_NETWORKS",
    "AncestorOptions",
    "ClosedLoop",
    "Configuration",
    "Element",
    "Settings",
    "create_optimizee",
    "default_settings",
    "learner_settings",
    "own_model",
    "read_configuration",
    "require_complete",
    "reward_part",
    "solved_return",
    "task_class",
    "task_settings",
    "trains_by_gradients",
]


def task_class(name: str) -> type[ClosedLoop]:
    """Return the class of a task; the id of a registered environment without a task has the neutral one.

    Raises
    ------
    UnknownNameError
        For a name that is neither, with the nearest match of both.
    """
    if name in TASKS:
        return TASKS[name]
    if is_environment_id(name):
        return Neutral
    folded = {known.casefold(): known for known in (*gymnasium.registry, *TASKS)}
    # Ids share their ends (-v0): a lower bound than this would call an environment of the user's a slip of the pen.
    match = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    hint = f" Did you mean {folded[match[0]]!r}?" if match else ""
    own = name if re.fullmatch(r"[\w-]+-v\d+", name) else "My-v0"
    raise UnknownNameError(
        f"unknown task {name!r}.{hint} Valid: {', '.join(sorted(TASKS))}, and the id of each Gymnasium environment, "
        f"such as LunarLander-v3. An environment of your own has its module before the id: my_module:{own}."
    )


def default_settings(task: str) -> Settings:
    """Return a task's own settings, some of which may be open.

    Raises
    ------
    UnknownNameError
        For an unknown task, with the nearest match.
    """
    return task_settings(task)


def own_model(task: str) -> str:
    """Return the name of the model in a task's own settings."""
    name: str = Settings.read({"model": task_class(task).defaults.get("model", {})}).model.name
    return name


def task_settings(task: str, *layers: Mapping[str, Any], learner: Mapping[str, Any] | None = None) -> Settings:
    """Return a task's settings with layers above its own.

    In another environment than the task's own, the task's own layers leave out what they say about that environment
    (see `neurosim_rl.optimizees.task.Task.settings_of_environment`). A neutral task's own settings fit the spaces of
    the environment, which is made for that.

    Parameters
    ----------
    task : str
    *layers : mapping
        Later layers win over earlier ones, and over the task's own.
    learner : mapping or None
        The task's own layer above its defaults (see `learner_settings`).

    Raises
    ------
    UnknownNameError, ConfigurationError
        As of `Settings.read`; for an unknown task, too.
    EnvironmentSetupError
        When the environment of a neutral task cannot be made.
    """
    own_class = task_class(task)
    own = [{"task": task}, own_class.defaults, learner or {}]
    if own_class is Neutral:
        return Settings.read(*_fitted(task, own, layers), *layers)
    # The layers above decide about the environment, and with it about what applies of the task's own.
    environment = merge(*own, *layers).get("environment")
    environment_id = environment.get("id") if isinstance(environment, Mapping) else None
    return Settings.read(*layers_in(environment_id, own_class, own), *layers)


def _fitted(task: str, own: list[Mapping[str, Any]], layers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a neutral task's own layers, with settings that fit the environment below those of the learner."""
    named = {"environment": {"id": task}}
    # Checks keys before the environment is made; those of the bridge belong to parts that only its spaces decide.
    first = Settings.read(named, *own, *[_without_bridge(layer) for layer in layers])
    limited = merge(named, {"environment": first.environment.table()}, environment_layer(first.environment.table()))
    trains = first.learning.component.trains  # type: ignore[union-attr]
    fitted = fitted_layer(limited["environment"], "" if trains else first.model.name)
    return [named, *own[:-1], merge(fitted, environment_layer(first.environment.table())), own[-1]]


def _without_bridge(layer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in layer.items() if key not in ("encoder", "decoder")}


def learner_settings(task: str, learner: str, network: str = "snn") -> Mapping[str, Any]:
    """Return the layer of settings for learning by a rule instead of evolving: the task's own, or just the rule's name.

    Parameters
    ----------
    task, learner : str
    network : str
        Network for training by gradients: ``"snn"``, spiking, or ``"ann"``, without neurons. Other rules ignore it.

    Raises
    ------
    UnknownNameError
        For an unknown task, learner or network, with the nearest match.
    """
    # The rule "none" is no learner.
    rules = {name: rule for name, rule in LEARNING.items() if rule.learns or rule.trains}
    rule = lookup("learner", learner, rules)
    own = task_class(task).learners
    if rule.trains:
        general = {"learning": {"name": learner}, **lookup("network", network, TRAINED_NETWORKS)}
        return combine(general, TRAINED_BY.get(learner, {}), own.get(learner, {}))
    return own.get(learner, {"learning": {"name": learner}, "optimizer": {"name": "inherit"}})


def create_optimizee(config: Settings) -> ClosedLoop:
    """Return the optimizee of a configuration, or of settings that are partly open.

    Raises
    ------
    UnknownNameError
        For an unknown task, with the nearest match.
    """
    # A file's environment may be one that this process has not registered: it says so when it is made.
    if config.task not in TASKS and config.task == config.environment.id:
        return Neutral(None, config)
    return task_class(config.task)(None, config)


def read_configuration(text: str, source: str = "") -> Configuration:
    """Return the configuration of the TOML text of a run folder or a champion.

    In files of older versions the simulator or measured statistics may be open; they are closed here.

    Parameters
    ----------
    text : str
    source : str
        The file of the text, for messages.

    Raises
    ------
    UnknownNameError, ConfigurationError
        As of `Settings.read`.
    """
    settings = Settings.from_toml(text, source)
    if settings.open_keys():
        return create_optimizee(settings).completed()
    return Configuration(**vars(settings))


def trains_by_gradients(learner: str | None) -> bool:
    """Return whether a learner trains networks by gradients; False for an unknown name."""
    return learner is not None and learner in LEARNING and LEARNING[learner].trains


def reward_part(task: str) -> str:
    """Return the part of the reward that reports show beside the return; empty: none, or an unknown task."""
    return TASKS[task].reward_part if task in TASKS else ""


def solved_return(task: str, environment_id: str = "") -> float | None:
    """Return the mean return at which a task is solved; None: not defined, or an unknown task or environment.

    Parameters
    ----------
    task : str
    environment_id : str
        In another environment than the task's own, the return is Gymnasium's for that environment; empty: its own.
    """
    if task not in TASKS:
        return reward_threshold(environment_id or task)
    if environment_id and not TASKS[task].is_at_home(environment_id):
        return reward_threshold(environment_id)
    return TASKS[task].solved_return
