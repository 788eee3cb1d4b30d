"""Optimizees: each is one task, and an L2L ``Optimizee``."""

if __name__ != "neurosim_rl.optimizees":
    raise ImportError(
        "import neurosim_rl.optimizees, not optimizees: a twin module's pickles would not load elsewhere."
    )

from collections.abc import Mapping
from typing import Any

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
    "read_configuration",
    "require_complete",
    "reward_part",
    "solved_return",
    "task_settings",
    "trains_by_gradients",
]


def default_settings(task: str) -> Settings:
    """Return a task's own settings, some of which may be open.

    Raises
    ------
    UnknownNameError
        For an unknown task, with the nearest match.
    """
    return task_settings(task)


def task_settings(task: str, *layers: Mapping[str, Any], learner: Mapping[str, Any] | None = None) -> Settings:
    """Return a task's settings with layers above its own.

    In another environment than the task's own, the task's own layers leave out what they say about that environment
    (see `neurosim_rl.optimizees.task.Task.settings_of_environment`).

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
    """
    task_class = lookup("task", task, TASKS)
    own = [{"task": task}, task_class.defaults, learner or {}]
    # The layers above decide about the environment, and with it about what applies of the task's own.
    environment = merge(*own, *layers).get("environment")
    environment_id = environment.get("id") if isinstance(environment, Mapping) else None
    return Settings.read(*layers_in(environment_id, task_class, own), *layers)


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
    own = lookup("task", task, TASKS).learners
    if rule.trains:
        general = {"learning": {"name": learner}, **lookup("network", network, TRAINED_NETWORKS)}
        return combine(general, own.get(learner, {}))
    return own.get(learner, {"learning": {"name": learner}, "optimizer": {"name": "inherit"}})


def create_optimizee(config: Settings) -> ClosedLoop:
    """Return the optimizee of a configuration, or of settings that are partly open.

    Raises
    ------
    UnknownNameError
        For an unknown task, with the nearest match.
    """
    return lookup("task", config.task, TASKS)(None, config)


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
    """Return the mean return at which a task is solved; None: not defined, or an unknown task.

    Parameters
    ----------
    task : str
    environment_id : str
        In another environment than the task's own, the return is Gymnasium's for that environment; empty: its own.
    """
    if task not in TASKS:
        return None
    if environment_id and not TASKS[task].is_at_home(environment_id):
        return reward_threshold(environment_id)
    return TASKS[task].solved_return
