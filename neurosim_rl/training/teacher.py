"""The teacher of a run: checked, recorded by its digest, and measured before the first generation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurosim_rl.bridge import MeasuredNormalisation, RunningNormalisation
from neurosim_rl.environments import create_batch
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning import Distil
from neurosim_rl.optimizees import ClosedLoop, Configuration, Settings, create_optimizee
from neurosim_rl.seeds import random_play_start

N_ENVIRONMENTS = 16
"""Environments side by side in which a teacher plays to be measured."""


def with_teacher(settings: Settings) -> Settings:
    """Return the settings with the teacher's digest, and with observations standardised by those that it meets.

    Raises
    ------
    ConfigurationError, PluginError, RunFolderError
        When the teacher is missing, refused, or does not fit the task.
    """
    from neurosim_rl.gradient.data_set import DataSet  # loads PyTorch, an extra
    from neurosim_rl.gradient.teachers import open_teacher, teacher_path, teacher_sha256

    student = create_optimizee(settings)
    if issubclass(settings.normalisation.component or object, RunningNormalisation):
        raise ConfigurationError(
            "normalisation 'running' with learning 'distil': a student's steps are standardised once. Set "
            "normalisation.name = 'statistics'."
        )
    name = settings.learning.teacher
    teacher = open_teacher(name, student)
    path = teacher_path(name)
    if path is not None:
        settings = settings.replace(learning=settings.learning.replace(teacher_sha256=teacher_sha256(path)))
    normalisation = _open_normalisation(student, settings)
    if normalisation is not None:
        observed = (
            np.concatenate(teacher.observations) if isinstance(teacher, DataSet) else _observations_of(teacher, student)
        )
        options = normalisation.measured(observed).measured_options
        settings = settings.replace(normalisation=settings.normalisation.replace(**options))
    return settings


def _open_normalisation(student: ClosedLoop, settings: Settings) -> MeasuredNormalisation | None:
    """Return the normalisation, if it is still to be measured."""
    low, high = student.environment.observation_low, student.environment.observation_high
    normalisation = settings.normalisation.create(low=low, high=high)
    if isinstance(normalisation, MeasuredNormalisation) and not normalisation.is_measured:
        return normalisation
    return None


def _observations_of(teacher, student: ClosedLoop) -> np.ndarray:  # type: ignore[no-untyped-def]  # needs PyTorch
    """Return the observations of so many steps of the teacher's, shape (n, n_observations)."""
    options = student.config.normalisation
    rows = np.arange(N_ENVIRONMENTS)
    observed: list[np.ndarray] = []
    with create_batch(student.environment, N_ENVIRONMENTS, training=True) as environments:
        observations = environments.reset([random_play_start(options.seed, k) for k in range(N_ENVIRONMENTS)])
        teacher.start(N_ENVIRONMENTS)
        while len(observed) * N_ENVIRONMENTS < options.steps:
            observed.append(observations)
            step = environments.step(rows, teacher.advise(observations).actions)
            observations = step.observations
            if step.ended.any():
                ended = np.flatnonzero(step.ended)
                observations = observations.copy()
                observations[ended] = environments.restart(ended)
    teacher.close()
    return np.concatenate(observed)


def find_teacher(config: Configuration) -> Path | None:
    """Return the file of the teacher that a configuration names; None: it names none, or a function.

    Raises
    ------
    ConfigurationError
        When the file is not the one that the configuration means.
    """
    options = config.learning
    if options.component is not Distil:
        return None
    from neurosim_rl.gradient.teachers import teacher_path, teacher_sha256

    path = teacher_path(options.teacher)
    if path is not None and options.teacher_sha256 not in ("", teacher_sha256(path)):
        raise ConfigurationError(
            f"teacher {options.teacher} is not the file that learning.teacher_sha256 = "
            f"{options.teacher_sha256[:12]}... means: it was made anew. Leave teacher_sha256 out to learn from it."
        )
    return path
