"""Options of distillation: a network learns from a teacher; :mod:`neurosim_rl.gradient` does the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.gradient_rule import SURROGATE_NAMES, GradientRule
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Distil(GradientRule):
    """Distillation by DAgger (Ross, Gordon & Bagnell 2011, AISTATS, algorithm 3.1); needs the extra ``[gradient]``.

    The student plays, the teacher says at each observation what it would do, and the student learns to do the same:
    truncated back-propagation through time over sequences of steps, with surrogate gradients. First the teacher plays.
    All steps are kept (up to ``memory``), so the student also learns how to come back from its own mistakes.

    The loss of a step is the squared difference of actions, each relative to half its range, or the cross-entropy of
    the teacher's probabilities (its choice, if it tells no probabilities) for discrete actions. Where the teacher tells
    values, the student's critic learns them, standardised.

    A generation is a number of rounds: ``steps`` steps in each environment, then ``updates`` updates of Adam. Episodes
    last from round to round, and begin anew with each generation. A sequence begins anywhere in the kept steps, with
    the network at rest; its first ``settling`` steps do not count in the loss. The network of a generation has the mean
    of the weights of past updates (``averaging``), which also drives; with ``sparsity`` it lacks all weights that are
    cut in the end, from the first generation on.

    Observations are standardised by those that the teacher meets, measured before the run.

    The teacher is the champion of a run (a folder, a file, or ``champion:NAME``), a policy of Stable-Baselines3
    (``.zip``), a network in ONNX (``.onnx``) or TorchScript (``.pt``), a user's function (``module:function``), or a
    data set in Minari's format (``.hdf5``): then nothing but its steps is learned, and the student does not play.
    """

    method: ClassVar[str] = "distilled"
    has_teacher: ClassVar[bool] = True

    teacher: str = option("", "the teacher: RUN, champion:NAME, F.zip, F.onnx, F.pt, F.hdf5, or module:function")
    teacher_sha256: str = option("", "digest of the teacher; empty = taken at the beginning of the run")
    teacher_steps: int = option(500, "steps in each environment that the teacher plays first", low=1)
    environments: int = option(16, "environments side by side", low=1)
    rounds: int = option(5, "rounds in each generation", low=1)
    steps: int = option(200, "steps of the student in each environment in a round", low=1)
    updates: int = option(60, "updates after each round", low=1)
    first_updates: int = option(400, "updates after the teacher's own steps", low=0)
    batch: int = option(64, "sequences in an update", low=1)
    sequence: int = option(32, "steps of a sequence", low=1)
    settling: int = option(4, "first steps of a sequence that do not count", low=0)
    memory: int = option(1_000_000, "largest number of steps that are kept; then the oldest are dropped", low=1)
    learning_rate: float = option(1e-3, "learning rate of Adam", low=0)
    annealing: float = option(
        0.9, "share of the learning rate lost by the end of the run, linearly over generations", low=0, high=1
    )
    gradient_clip: float = option(1.0, "largest norm of the gradient; 0 = no limit", low=0)
    averaging: float = option(
        0.995, "share of the mean weights that an update keeps; 0 = the weights themselves", low=0, high=0.999999
    )
    value_loss_scale: float = option(0.5, "weight of the critic's loss, where the teacher tells values", low=0)
    spike_cost: float = option(0.0, "weight of the mean number of spikes of a hidden neuron in a tick", low=0)
    sparsity: float = option(
        0.0,
        "share of each layer's weights that are 0 in the end; the smallest are cut in the first half",
        low=0,
        high=1,
    )
    surrogate: str = option("arctan", "surrogate gradient of a spike", choices=SURROGATE_NAMES)
    width: float = option(1.0, "width of the surrogate in the first generation", low=1e-9)
    final_width: float = option(0.0, "width in the last generation, reached geometrically; 0 = unchanged", low=0)
    learn_width: bool = option(False, "whether each layer learns the width of its surrogate")

    def __post_init__(self) -> None:
        """Check that sequences fit into rounds, and that options of the surrogate agree."""
        shortest = self.memory // self.environments
        if not self.teacher.endswith(".hdf5"):  # a data set has steps of its own
            shortest = min(shortest, self.steps * self.rounds, self.teacher_steps)
        if self.sequence > shortest:
            raise ConfigurationError(
                f"learning.sequence = {self.sequence}: expected at most {shortest}, the steps that are kept or played "
                "without a break (learning.memory divided by learning.environments, learning.steps times "
                "learning.rounds, learning.teacher_steps). Set a shorter sequence."
            )
        if self.settling >= self.sequence:
            raise ConfigurationError(
                f"learning.settling = {self.settling}: expected fewer steps than learning.sequence = {self.sequence}, "
                "so that some count. Set fewer."
            )
        if self.learn_width and self.final_width:
            raise ConfigurationError(
                "learning.learn_width and learning.final_width exclude each other: a width is learned or prescribed. "
                "Set one of them."
            )
