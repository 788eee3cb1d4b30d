"""Functions of the user's as teachers."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.teacher import Advice, Teacher
from neurosim_rl.settings.user_function import user_function

DOES = "The function gets observations, shape (n, n_observations), and returns n actions, or n actions and n values."


class FunctionTeacher(Teacher):
    """A function of observations that returns actions, or actions and values.

    Parameters
    ----------
    name : str
        ``module:function``, or ``file.py:function``.

    Raises
    ------
    ConfigurationError, PluginError
        As of `neurosim_rl.settings.user_function.user_function`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._function = user_function("learning", "teacher", name, DOES)

    def advise(self, observations: np.ndarray) -> Advice:
        """Return what the function answers."""
        answer: Any = self._function(observations.copy())  # it may change its argument
        parts = answer if isinstance(answer, tuple) else (answer, None)
        if len(parts) != 2:
            raise ConfigurationError(f"teacher {self._name} returned {len(parts)} values. {DOES}")
        actions, values = parts
        return Advice(np.asarray(actions), values=None if values is None else np.asarray(values))
