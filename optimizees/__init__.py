"""Optimizees: each is one task, and an L2L ``Optimizee``."""

if __name__ != "neurosim_rl.optimizees":
    raise ImportError(
        "import neurosim_rl.optimizees, not optimizees: a twin module's pickles would not load elsewhere."
    )

from collections.abc import Mapping
from typing import Any

from neurosim_rl.checks import lookup
from neurosim_rl.configuration import Configuration
from neurosim_rl.learning import LEARNING
from neurosim_rl.optimizees.acrobot import Acrobot
from neurosim_rl.optimizees.ant import Ant
from neurosim_rl.optimizees.cart_pole import CartPole
from neurosim_rl.optimizees.cart_pole_sensorimotor import CartPoleHasegan, CartPoleSensorimotor
from neurosim_rl.optimizees.changing_cart_pole import ChangingCartPole
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.element import Element
from neurosim_rl.optimizees.fitness import FITNESSES
from neurosim_rl.optimizees.half_cheetah import HalfCheetah
from neurosim_rl.optimizees.hopper import Hopper
from neurosim_rl.optimizees.inverted_pendulum import InvertedPendulum
from neurosim_rl.optimizees.mountain_car import MountainCar, MountainCarYegenoglu
from neurosim_rl.optimizees.mountain_car_continuous import MountainCarContinuous
from neurosim_rl.optimizees.pendulum import Pendulum
from neurosim_rl.optimizees.swimmer import Swimmer
from neurosim_rl.optimizees.target_reaching_vehicle import TargetReachingVehicle
from neurosim_rl.optimizees.walker2d import Walker2d

TASKS: dict[str, type[ClosedLoop]] = {
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
}

__all__ = [
    "FITNESSES",
    "TASKS",
    "ClosedLoop",
    "Element",
    "configure",
    "create_optimizee",
    "learner_settings",
    "reward_part",
    "solved_return",
]


def configure(task: str, *layers: Mapping[str, Any]) -> Configuration:
    """Return a task's configuration: its defaults, then the layers, later ones winning.

    Raises
    ------
    UnknownNameError
        For an unknown task or key, with the nearest match.
    """
    return Configuration.from_layers({"task": task}, lookup("task", task, TASKS).defaults, *layers)


def learner_settings(task: str, learner: str) -> Mapping[str, Any]:
    """Return the layer with which a task learns by a rule, instead of evolving: the task's own, or just its name.

    Raises
    ------
    UnknownNameError
        For an unknown task or learner, with the nearest match.
    """
    lookup("learner", learner, {name: rule for name, rule in LEARNING.items() if rule.learns})
    own = lookup("task", task, TASKS).learners
    return own.get(learner, {"learning": {"name": learner}, "optimizer": {"name": "inherit"}})


def create_optimizee(config: Configuration) -> ClosedLoop:
    """Return the optimizee of a configuration."""
    return lookup("task", config.task, TASKS)(None, config)


def reward_part(task: str) -> str:
    """Return the name of the part of the reward that a task lists beside it; empty if none, or it is unknown."""
    return TASKS[task].reward_part if task in TASKS else ""


def solved_return(task: str) -> float | None:
    """Return the mean return that a task calls solved; None if it does not say, or is unknown."""
    return TASKS[task].solved_return if task in TASKS else None
