"""Data sets in Minari's format: steps that somebody else played, for plain imitation."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import h5py
import numpy as np

from neurosim_rl.errors import ConfigurationError, ShapeError
from neurosim_rl.gradient.conversion import features
from neurosim_rl.gradient.step_memory import TaughtSteps
from neurosim_rl.gradient.teacher import Advice, Targets
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs.examiner import NotReadError, check_readable

_EPISODE = re.compile(r"episode_(\d+)")


@dataclass(frozen=True)
class DataSet:
    """Episodes of observations and actions.

    Minari's format is an HDF5 file, ``data/main_data.hdf5``, with a group for each episode (``episode_0``, ...):
    actions, and observations, of which there is one more. Other entries are not read.
    Source: minari.farama.org, *Dataset Standards*.

    Parameters
    ----------
    observations : list of array, each of shape (n_steps, n_observations)
    actions : list of array, each of shape (n_steps,) or (n_steps, n_dimensions)
    """

    observations: list[np.ndarray]
    actions: list[np.ndarray]

    @classmethod
    def read(cls, content: bytes, student: ClosedLoop, name: str) -> DataSet:
        """Return the data set of a file.

        Parameters
        ----------
        content : bytes
            Content of the file.
        student : ClosedLoop
            Task that gives the observations and actions which the data set should have.
        name : str
            Where it comes from, for messages.

        Raises
        ------
        ConfigurationError
            When it is damaged, holds no episode, or has other observations.
        """
        n_observations = len(student.environment.observation_low)
        observations, actions = [], []
        try:
            check_readable(content)
            with h5py.File(io.BytesIO(content), "r") as file:
                for episode in _in_order(list(file)):
                    played = np.asarray(file[episode]["actions"][()])
                    seen = np.asarray(file[episode]["observations"][()], dtype=np.float64)
                    actions.append(played)
                    observations.append(seen.reshape(len(seen), -1)[: len(played)])
        except NotReadError as error:
            raise ConfigurationError(f"data set {name} is not read: {error}.") from error
        except (OSError, LookupError, RuntimeError, ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"data set {name} is no data set in Minari's format, or damaged: {error}. Expected its "
                "data/main_data.hdf5, with observations and actions as arrays."
            ) from error
        if not observations:
            raise ConfigurationError(f"data set {name} holds no episode. Expected groups episode_0, episode_1, ...")
        if any(len(a) != len(b) for a, b in zip(actions, observations, strict=True)):
            raise ConfigurationError(f"data set {name} has fewer observations than actions. It is damaged.")
        if not all(np.isfinite(values).all() for values in (*observations, *actions)):
            raise ConfigurationError(f"data set {name} has values that are not finite; expected numbers.")
        found = {seen.shape[1] for seen in observations}
        if found != {n_observations}:
            raise ConfigurationError(
                f"data set {name} has observations of {sorted(found)} numbers; expected {n_observations}. It "
                "is of another environment."
            )
        n_steps, needed = sum(map(len, actions)), student.config.learning.sequence
        if n_steps < needed:
            raise ConfigurationError(
                f"data set {name} has {n_steps} steps; expected at least learning.sequence = {needed}. Set a shorter "
                "sequence."
            )
        return cls(observations, actions)

    def steps(self, student: ClosedLoop) -> TaughtSteps:
        """Return the steps as a student learns them, one episode after the other, as of one environment.

        Raises
        ------
        ConfigurationError
            When an action does not fit the task's.
        """
        targets = Targets(student.environment.action_space)
        try:
            wanted = [targets.of(Advice(actions), len(actions)) for actions in self.actions]
        except (ShapeError, ValueError) as error:
            raise ConfigurationError(f"the data set's actions do not fit: {error}") from error
        ended = [np.arange(len(actions)) == len(actions) - 1 for actions in self.actions]
        return TaughtSteps(
            features(student, np.concatenate(self.observations)).numpy()[:, None],
            np.concatenate(wanted)[:, None],
            np.concatenate(ended)[:, None],
            np.zeros((0, 1), np.float32),
        )


def _in_order(names: list[str]) -> list[str]:
    """Return the names of episodes in the order of their numbers."""
    numbers = {name: int(match[1]) for name in names if (match := _EPISODE.fullmatch(name))}
    return sorted(numbers, key=numbers.__getitem__)
