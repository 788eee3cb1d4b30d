"""Base class of rules that change weights while a network plays: options, evolvable constants, and their learner."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.evolvable import PREFIX, VALUE, Evolvable
from neurosim_rl.learning.learner import LearningBatch, PlasticLearner
from neurosim_rl.learning.rule import Rule
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter
from neurosim_rl.settings.checks import lookup, unknown_name
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class PlasticityRule(Rule):
    """Base class of rules that change weights while a network plays.

    A rule is a frozen dataclass with the options of the configuration's table ``learning``. It remembers nothing of a
    trial: `start` returns a `PlasticLearner`, which does.
    """

    learns: ClassVar[bool] = True
    evolvable: ClassVar[Mapping[str, Evolvable]] = {}
    """Options that a genome may hold, by name, with their encodings. Each is a number."""

    episodes: int = option(50, "episodes of a trial, in which a network learns without a break", low=1)
    when: str = option(
        "training",
        "training = networks learn in training only, and validation and reports use the learned weights; always = "
        "networks also learn in validation and reports, from the genome's weights",
        choices=("training", "always"),
    )
    projections: tuple = option(
        (), "projections that learn, as source->target; empty = all onto the output population", items=str
    )
    evolve: tuple = option((), "parameters of the rule that the genome holds", items=str)

    def __post_init__(self) -> None:
        """Check that names occur once, and that a genome can hold what it is to hold."""
        for key in ("projections", "evolve"):
            names = getattr(self, key)
            if len(set(names)) < len(names):
                raise ConfigurationError(
                    f"learning.{key} = {list(names)}; expected each name once. Remove the repetition."
                )
        for name in self.evolve:
            if name not in self.evolvable:
                raise unknown_name("value in learning.evolve", name, self.evolvable)
            if self.evolvable[name] is not VALUE and not getattr(self, name):
                raise ConfigurationError(
                    f"learning.{name} = 0 cannot be evolved: its gene is a factor, and 0 times a factor is 0. Set it "
                    "above 0, or remove it from learning.evolve."
                )

    @abstractmethod
    def start(self, batch: LearningBatch) -> PlasticLearner:
        """Return a new learner for a batch of trials; it is then attached to the simulator."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the rule that the genome holds."""
        parameters = []
        for name in self.evolve:
            encoding = self.evolvable[name]
            parameters.append(
                Parameter(PREFIX + name, (1,), encoding.low, encoding.high, encoding.unit, encoding.initial)
            )
        return tuple(parameters)

    def values(self, genomes: Sequence[Genome]) -> dict[str, np.ndarray]:
        """Return the value of each parameter that can evolve, for each element, shape (n_batch,)."""
        values = {}
        for name, encoding in self.evolvable.items():
            base = float(getattr(self, name))
            if name in self.evolve:
                genes = np.array([genome[PREFIX + name][0] for genome in genomes])
                values[name] = encoding.decode(base, genes)
            else:
                values[name] = np.full(len(genomes), base)
        return values

    def plastic(self, network: Network) -> list[int]:
        """Return the indices of the projections that learn.

        Raises
        ------
        UnknownNameError
            For a projection that the network does not have, with the nearest match.
        ConfigurationError
            When no projection would learn.
        """
        if self.projections:
            numbers = {f"{p.source}->{p.target}": k for k, p in enumerate(network.own_projections)}
            return [lookup("projection", str(name), numbers) for name in self.projections]
        onto_output = [k for k, p in enumerate(network.own_projections) if p.target in network.outputs]
        if not onto_output:
            raise ConfigurationError(
                f"the network has no projection onto {network.output!r}, so none would learn. Set learning.projections."
            )
        return onto_output
