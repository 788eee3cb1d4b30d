"""The observations that a teacher meets, to standardise those of its student."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge import MeasuredNormalisation, RunningNormalisation
from neurosim_rl.environments import create_batch
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.gradient.data_set import DataSet
from neurosim_rl.gradient.one_thread import one_torch_thread, seed_torch
from neurosim_rl.gradient.teacher import Targets, Teacher
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import random_play_start
from neurosim_rl.settings.options import Options

N_ENVIRONMENTS = 16
"""Environments side by side in which a teacher plays to be measured."""


def measured_by_teacher(teacher: Teacher | DataSet, student: ClosedLoop) -> Options:
    """Return the options of the student's normalisation; open statistics become those of the teacher's observations.

    Raises
    ------
    ConfigurationError
        For a normalisation that changes in training, and actions that cannot be learned from a teacher.
    ShapeError
        When the teacher's answers do not fit.
    """
    options = student.config.normalisation
    if issubclass(options.component or object, RunningNormalisation):
        raise ConfigurationError(
            "normalisation 'running' with learning 'distil': a student's steps are standardised once. Set "
            "normalisation.name = 'statistics'."
        )
    low, high = student.environment.observation_low, student.environment.observation_high
    normalisation = options.create(low=low, high=high)
    if not isinstance(normalisation, MeasuredNormalisation) or normalisation.is_measured:
        return options
    observed = teacher.observations if isinstance(teacher, DataSet) else _played(teacher, student)
    return options.replace(**normalisation.measured(np.concatenate(observed)).measured_options)


def check_fits(teacher: Teacher | DataSet, student: ClosedLoop) -> None:
    """Raise unless a data set fits the student's task, or a teacher answers a first observation of it.

    Raises
    ------
    ConfigurationError, ShapeError
    """
    if isinstance(teacher, DataSet):
        teacher.steps(student)
        return
    with create_batch(student.environment, 1, training=True) as environments:
        observations = environments.reset([random_play_start(0, 0)])
    teacher.start(1)
    Targets(student.environment.action_space).of(teacher.advise(observations), 1)


def _played(teacher: Teacher, student: ClosedLoop) -> list[np.ndarray]:
    """Return the observations of so many steps of the teacher's, each of shape (n_environments, n_observations)."""
    options, targets = student.config.normalisation, Targets(student.environment.action_space)
    rows = np.arange(N_ENVIRONMENTS)
    observed: list[np.ndarray] = []
    with one_torch_thread(), create_batch(student.environment, N_ENVIRONMENTS, training=True) as environments:
        seed_torch(student, 2)  # a program may draw random numbers
        observations = environments.reset([random_play_start(options.seed, k) for k in range(N_ENVIRONMENTS)])
        teacher.start(N_ENVIRONMENTS)
        while len(observed) * N_ENVIRONMENTS < options.steps:
            observed.append(observations)
            wanted = targets.of(teacher.advise(observations), N_ENVIRONMENTS)
            observations = environments.following(environments.step(rows, targets.actions(wanted)))
    return observed
