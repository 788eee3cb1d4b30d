"""Optimizees: each is one task, and an L2L ``Optimizee``."""

if __name__ != "neurosim_rl.optimizees":
    raise ImportError(
        "import neurosim_rl.optimizees, not optimizees: a twin module's pickles would not load elsewhere."
    )

from neurosim_rl.checks import lookup
from neurosim_rl.configuration import Configuration
from neurosim_rl.optimizees.acrobot import Acrobot
from neurosim_rl.optimizees.cart_pole import CartPole
from neurosim_rl.optimizees.changing_cart_pole import ChangingCartPole
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.element import Element
from neurosim_rl.optimizees.fitness import FITNESSES
from neurosim_rl.optimizees.mountain_car import MountainCar, MountainCarYegenoglu
from neurosim_rl.optimizees.mountain_car_continuous import MountainCarContinuous
from neurosim_rl.optimizees.pendulum import Pendulum

TASKS: dict[str, type[ClosedLoop]] = {
    "acrobot": Acrobot,
    "cart-pole": CartPole,
    "changing-cart-pole": ChangingCartPole,
    "mountain-car": MountainCar,
    "mountain-car-continuous": MountainCarContinuous,
    "mountain-car-yegenoglu2022": MountainCarYegenoglu,
    "pendulum": Pendulum,
}

__all__ = ["FITNESSES", "TASKS", "ClosedLoop", "Element", "configure", "create_optimizee", "solved_return"]


def configure(task: str, *layers: dict) -> Configuration:
    """Return a task's configuration: its defaults, then the layers, later ones winning.

    Raises
    ------
    UnknownNameError
        For an unknown task or key, with the nearest match.
    """
    return Configuration.from_layers({"task": task}, lookup("task", task, TASKS).defaults, *layers)


def create_optimizee(config: Configuration) -> ClosedLoop:
    """Return the optimizee of a configuration."""
    return lookup("task", config.task, TASKS)(None, config)


def solved_return(task: str) -> float | None:
    """Return the mean return that a task calls solved; None if it does not say, or is unknown."""
    return TASKS[task].solved_return if task in TASKS else None
