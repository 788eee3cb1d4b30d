"""Tasks in which some individuals fail, each in a way of its own."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim_rl.bridge.drive import Drive
from neurosim_rl.optimizees import CartPole
from neurosim_rl.records.episodes import Episodes


def is_bad(vector: np.ndarray) -> bool:
    """Return whether an individual is one of those that fail: about one of five random ones."""
    return bool(vector[0] > 3.0)


class FragileTask(CartPole):
    """Cart-pole with another name, which is that of the class."""

    def __init_subclass__(cls) -> None:
        cls.defaults = {**CartPole.defaults, "task": cls.__name__.lower()}


class Fragile(FragileTask):
    """Cart-pole, in which bad individuals raise an error."""

    def play(self, vectors: Sequence[np.ndarray], *arguments: Any, **options: Any) -> Any:
        if any(is_bad(vector) for vector in vectors):
            self.fail()
        return super().play(vectors, *arguments, **options)

    def fail(self) -> None:
        raise ValueError("this individual is bad")


class Exiting(Fragile):
    """They call ``sys.exit``."""

    def fail(self) -> None:
        sys.exit("enough")


class Dying(Fragile):
    """They end their process, as an abort in C++ does."""

    def fail(self) -> None:
        os._exit(134)


class Stuck(Fragile):
    """They never come back from one call, which keeps the interpreter to itself as a library in C may."""

    def fail(self) -> None:
        ctypes.PyDLL(None).sleep(600)


class Slow(FragileTask):
    """Each of their windows takes a while."""

    def play(self, vectors: Sequence[np.ndarray], *arguments: Any, **options: Any) -> Any:
        encode = self.encoder.encode

        def slowly(*given: Any) -> Drive:
            time.sleep(0.3)
            return encode(*given)

        if any(is_bad(vector) for vector in vectors):
            vars(self.encoder)["encode"] = slowly
        try:
            return super().play(vectors, *arguments, **options)
        finally:
            vars(self.encoder).pop("encode", None)


class NotANumber(FragileTask):
    """Episodes of a certain length have no fitness."""

    def scores(self, episodes: Episodes) -> np.ndarray:
        return np.where(episodes.lengths % 5 == 0, np.nan, episodes.returns)


class Unscored(FragileTask):
    """The fitness function raises for episodes of a certain length."""

    def scores(self, episodes: Episodes) -> np.ndarray:
        if (episodes.lengths % 5 == 0).any():
            raise ZeroDivisionError("no score")
        return episodes.returns


class Hopeless(Fragile):
    """Everybody raises an error, but for the single network with which a run is prepared."""

    def play(self, vectors: Sequence[np.ndarray], *arguments: Any, **options: Any) -> Any:
        if "deadline" in options:
            self.fail()
        return super().play(vectors, *arguments, **options)


class Unvalidated(FragileTask):
    """Everybody raises an error in validation and held-out evaluation."""

    def play(self, vectors: Sequence[np.ndarray], *arguments: Any, training: bool = True, **options: Any) -> Any:
        if not training:
            raise ValueError("no validation")
        return super().play(vectors, *arguments, training=training, **options)


TASKS = {cls.__name__.lower(): cls for cls in (Fragile, Dying, NotANumber, Hopeless, Unvalidated)}
"""Tasks that whole runs are made of, by name."""
