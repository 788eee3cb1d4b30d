"""Distillation: a network learns from a teacher, by DAgger and truncated back-propagation through time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurosim_rl.environments import EnvironmentBatch, create_batch
from neurosim_rl.errors import ShapeError
from neurosim_rl.gradient.conversion import features
from neurosim_rl.gradient.one_thread import one_torch_thread, seed_torch
from neurosim_rl.gradient.step_memory import StepMemory, TaughtSteps
from neurosim_rl.gradient.student import Student
from neurosim_rl.gradient.teacher import Targets, Teacher
from neurosim_rl.gradient.trained import Trained, TrainingLog
from neurosim_rl.learning import Distil
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.seeds import training_start

TEACHERS_OWN = 10**6
"""Number added to a generation in the seeds of the steps that the teacher plays: other starts than the student's."""


class Distillation:
    """Generations of a student that learns from a teacher; the next one depends on the state and the steps so far.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task with the learning rule `Distil`.
    teacher : Teacher or None
        None: the given steps are all that is learned.
    steps : TaughtSteps or None
        Steps of the generations so far, or of a data set; None: none.
    first : array, shape (n_genes,), or None
        Genome at which the training begins; None: random weights.
    """

    def __init__(
        self,
        optimizee: ClosedLoop,
        teacher: Teacher | None,
        steps: TaughtSteps | None = None,
        first: np.ndarray | None = None,
    ) -> None:
        options = optimizee.learning
        assert isinstance(options, Distil)
        self._optimizee, self._options, self._teacher = optimizee, options, teacher
        self._first = first
        targets = Targets(optimizee.environment.action_space)
        n_inputs = len(optimizee.environment.observation_low)
        empty = TaughtSteps.empty(options.environments, n_inputs, targets.size)
        self._memory = StepMemory(empty if steps is None else steps, options.memory)
        self._lesson = _Lesson(optimizee, teacher, targets, empty)

    def generation(self, number: int, state: Mapping[str, np.ndarray] | None) -> tuple[Trained, TaughtSteps]:
        """Train for one generation; return its outcome, and the steps that it added.

        Parameters
        ----------
        number : int
        state : dict of str to array, or None
            State after the previous generation; None: the first generation.
        """
        with one_torch_thread():
            student = Student(self._optimizee, number, state, self._first)
            seed_torch(self._optimizee, 1, number)
            added = [] if number or self._teacher is None else [self._of_teacher(number)]
            if added:
                self._memory.add(added[0])
                student.values_are(added[0].values)
            if not number:
                student.learn(self._memory, self._options.first_updates)
            played, log = self._rounds(number, student)
            added += played
            trained = Trained(student.finished(), student.state(), *log.result())
            if not number and self._teacher is not None:  # the teacher's are steps of the environments, too
                trained = replace(trained, lengths=trained.lengths + self._options.teacher_steps)
            return trained, TaughtSteps.join(added or [self._lesson.empty])

    def _rounds(self, number: int, student: Student) -> tuple[list[TaughtSteps], TrainingLog]:
        """Let the student play and learn in turn."""
        options = self._options
        log, rounds = TrainingLog(options.environments, self._lesson.empty.features.shape[2]), []
        with create_batch(self._optimizee.environment, options.environments, training=True) as environments:
            play = _Play(self._lesson, environments, self._starts(number), student, log)
            for k in range(options.rounds):
                steps = play.go_on(options.steps)
                if self._teacher is not None:
                    rounds.append(steps.closed() if k == options.rounds - 1 else steps)
                    self._memory.add(rounds[-1])
                student.learn(self._memory, options.updates)
        return rounds, log

    def _of_teacher(self, number: int) -> TaughtSteps:
        """Return steps that the teacher plays."""
        with create_batch(self._optimizee.environment, self._options.environments, training=True) as environments:
            starts = self._starts(TEACHERS_OWN + number)
            return _Play(self._lesson, environments, starts, None, None).go_on(self._options.teacher_steps).closed()

    def _starts(self, number: int) -> list[int]:
        seed = self._optimizee.config.seed
        return [training_start(seed, number, k) for k in range(self._options.environments)]


@dataclass(frozen=True)
class _Lesson:
    """What is played: the task, the teacher (None: a data set's steps are learned), its targets, and no steps yet."""

    optimizee: ClosedLoop
    teacher: Teacher | None
    targets: Targets
    empty: TaughtSteps


class _Play:
    """Play in a batch of environments, from their starts on, by the student or the teacher; the teacher advises."""

    def __init__(
        self,
        lesson: _Lesson,
        environments: EnvironmentBatch,
        starts: list[int],
        student: Student | None,
        log: TrainingLog | None,
    ) -> None:
        self._lesson, self._teacher = lesson, lesson.teacher
        self._environments, self._student, self._log = environments, student, log
        self._observations = environments.reset(starts)
        self._ended = np.zeros(len(starts), bool)
        self._rows = np.arange(len(starts))
        if student is not None:
            student.start(len(starts))
        if self._teacher is not None:
            self._teacher.start(len(starts))

    def go_on(self, n_steps: int) -> TaughtSteps:
        """Play so many more steps; return them."""
        kept: dict[str, list[Any]] = {"features": [], "targets": [], "ended": [], "values": []}
        for _ in range(n_steps):
            inputs = features(self._lesson.optimizee, self._observations)
            actions = None if self._student is None else self._student.act(inputs, self._ended)
            if self._teacher is not None:
                advice = self._teacher.advise(self._observations)
                targets = self._lesson.targets.of(advice, len(self._rows))
                actions = self._lesson.targets.actions(targets) if actions is None else actions
                kept["targets"].append(targets)
                if advice.values is not None:
                    kept["values"].append(np.asarray(advice.values, np.float32).reshape(-1))
            kept["features"].append(inputs.numpy())
            kept["ended"].append(self._step(np.asarray(actions)))
        if len(kept["values"]) not in (0, n_steps):
            raise ShapeError("the teacher tells values at some observations only; expected always, or never.")
        return TaughtSteps(
            **{name: np.stack(rows) if rows else getattr(self._lesson.empty, name) for name, rows in kept.items()}
        )

    def _step(self, actions: np.ndarray) -> np.ndarray:
        """Step all environments; after an end another episode begins. Return where it ended."""
        step = self._environments.step(self._rows, actions)
        if self._log is not None:
            self._log.add(step)
        self._observations, self._ended = self._environments.following(step), step.ended
        return step.ended
