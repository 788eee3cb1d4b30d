"""Training by gradients: the generations of a run in which PPO or a teacher changes one network."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
import torch

from neurosim_rl.errors import RunFolderError
from neurosim_rl.gradient.conversion import create_network, first_network, vector_of
from neurosim_rl.gradient.data_set import DataSet
from neurosim_rl.gradient.distillation import Distillation
from neurosim_rl.gradient.one_thread import one_torch_thread
from neurosim_rl.gradient.step_memory import TaughtSteps
from neurosim_rl.gradient.student import FINISHED
from neurosim_rl.gradient.teachers import open_teacher
from neurosim_rl.gradient.trained import Trained
from neurosim_rl.gradient.training import train_generation
from neurosim_rl.gradient.training_state import Arrays
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.history import History, nothing_learned
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.files import read_arrays, write_arrays
from neurosim_rl.training.normalisation import NormalisedTask, observation_sums

KIND, STEPS_KIND = "training state", "training steps"
"""Kinds of files of the state of training, and of steps that a student learns (see `neurosim_rl.runs.files`)."""


class GradientTraining:
    """Generations of one individual each: the network after further updates.

    The run folder keeps the state of training after each of the last two generations. Results depend on the processor,
    unlike those of evolution, because PyTorch's sums do.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task with a `GradientRule`, as at the beginning of the run.
    folder : RunFolder
    """

    def __init__(self, optimizee: ClosedLoop, folder: RunFolder) -> None:
        self._observing, self._folder = NormalisedTask(optimizee), folder
        self._state: dict[str, np.ndarray] | None = None
        has_teacher = optimizee.learning.has_teacher
        self._method: _Method = _FromTeacher(folder) if has_teacher else _ByReward(folder)

    @property
    def optimizee(self) -> ClosedLoop:
        """The task of the next generation, normalised by the observations of all generations before."""
        return self._observing.optimizee

    def replay(self, history: History) -> None:
        """Load the state after the last recorded generation.

        Raises
        ------
        RunFolderError
            When the state is missing, damaged, or that of another configuration.
        """
        # Unlike an optimizer of genomes, training cannot be replayed from recorded fitnesses: it needs the weights and
        # the moments of the gradient descent.
        path = self._folder.training_state_path(int(history.number[-1]))
        self._state = read_arrays(path, KIND, dict)
        self._observing.add(history)
        self._method.replay(int(history.number[-1]))
        if not self._state_has(history.genomes[-1]):
            raise RunFolderError(
                f"{path} does not hold the network that the record ends with; expected the state of this run, made "
                "with its configuration. Begin a new run."
            )

    def _state_has(self, vector: np.ndarray) -> bool:
        """Return whether the state holds the network of this genome."""
        assert self._state is not None
        with one_torch_thread():  # also restores PyTorch's global random generator, from which layers draw weights
            network = create_network(self.optimizee)
        prefix = self._method.prefix
        kept = {}
        for name, value in self._state.items():
            if name.startswith(prefix):
                kept[name.removeprefix(prefix)] = torch.from_numpy(np.array(value))
        try:
            network.load_state_dict(kept, strict=False)
        except RuntimeError:  # other shapes
            return False
        return np.array_equal(vector_of(self.optimizee, network), vector)

    def generation(self, number: int, validate: Callable[[np.ndarray], float]) -> History:
        """Train for the next generation, and validate the network after it."""
        start = time.perf_counter()
        optimizee = self.optimizee
        trained = self._method.generation(optimizee, number, self._state)
        self._state = trained.state
        vector = vector_of(optimizee, trained.network)
        validation = validate(vector)
        # Before the generation itself is written: a process that is killed in between repeats this generation from the
        # state before. After a kill in the other order, there would be a generation that cannot be continued.
        self._keep(number)
        observed = observation_sums(optimizee, trained.lengths, trained.observed)
        generation = _history(trained, vector, number, validation, observed, time.perf_counter() - start)
        self._observing.add(generation)
        return generation

    def _keep(self, number: int) -> None:
        assert self._state is not None
        path = self._folder.training_state_path(number)
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"cannot write {path.parent}: {error}.") from error
        self._method.keep(number)
        write_arrays(path, KIND, self._state)
        # The state of the generation before stays: it is the last one of which the generation is surely written.
        self._folder.training_state_path(number - 2).unlink(missing_ok=True)


class _Method(Protocol):
    """What trains one network for a generation."""

    prefix: str
    """First characters of the names that the weights of a generation's network have in the state."""

    def replay(self, last: int) -> None:
        """Continue after so many recorded generations; `last` is the number of the last one."""

    def generation(self, optimizee: ClosedLoop, number: int, state: Arrays | None) -> Trained:
        """Train for a generation."""

    def keep(self, number: int) -> None:
        """Write what later generations need beside the state."""


def _first_genome(folder: RunFolder) -> np.ndarray | None:
    """Return the genome at which the training begins; None: random weights."""
    ancestor = folder.ancestor()
    return None if ancestor is None else ancestor.vector


class _ByReward:
    """Training by PPO: the state is all that a generation needs."""

    prefix = "parameter.network."

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def replay(self, last: int) -> None:
        """Need nothing more."""

    def generation(self, optimizee: ClosedLoop, number: int, state: Arrays | None) -> Trained:
        first = None if state is not None else _first_genome(self._folder)
        return train_generation(optimizee, number, state, partial(first_network, vector=first))

    def keep(self, number: int) -> None:
        """Write nothing more."""


class _FromTeacher:
    """Training by a teacher: the steps of all generations are learned."""

    prefix = f"{FINISHED}."

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._distillation: Distillation | None = None
        self._earlier: TaughtSteps | None = None
        self._added: TaughtSteps | None = None

    def replay(self, last: int) -> None:
        paths = map(self._folder.steps_path, range(last + 1))
        self._earlier = TaughtSteps.join([read_arrays(path, STEPS_KIND, TaughtSteps) for path in paths])

    def generation(self, optimizee: ClosedLoop, number: int, state: Arrays | None) -> Trained:
        if self._distillation is None:
            self._distillation = self._begin(optimizee)
        trained, self._added = self._distillation.generation(number, state)
        return trained

    def _begin(self, optimizee: ClosedLoop) -> Distillation:
        teacher = open_teacher(optimizee.config.learning.teacher, optimizee, self._folder.teacher_path())
        if isinstance(teacher, DataSet):
            return Distillation(optimizee, None, teacher.steps(optimizee), _first_genome(self._folder))
        return Distillation(optimizee, teacher, self._earlier, _first_genome(self._folder))

    def keep(self, number: int) -> None:
        # Before the state: where the state of a generation is, its steps are, too.
        assert self._added is not None
        write_arrays(self._folder.steps_path(number), STEPS_KIND, vars(self._added))


def _history(
    trained: Trained, vector: np.ndarray, number: int, validation: float, observed: np.ndarray, seconds: float
) -> History:
    fitness = np.array([trained.returns.mean()])
    return History(
        generation=np.array([number]),
        individual=np.array([0]),
        genomes=vector[None],
        learned=nothing_learned(1),
        behaviour=np.zeros((1, 0)),
        fitness=fitness,
        returns=trained.returns[None],
        lengths=trained.lengths[None],
        terminated=trained.terminated[None],
        failure=np.array([""], dtype=object),
        number=np.array([number]),
        best_fitness=fitness,
        mean_fitness=fitness,
        best_individual=np.array([0]),
        validation_return=np.array([validation]),
        seconds=np.array([seconds]),
        observed=observed,
        ended=np.array([trained.n_ended]),
    )
