"""Learning rules: options, and which of them a genome may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.critics import CRITICS
from neurosim_rl.learning.ppo import PPO
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter
from neurosim_rl.settings.checks import lookup, unknown_name
from neurosim_rl.settings.options import Options, option

PREFIX = "rule_"
"""Of the names of rule parameters in a genome."""


@dataclass(frozen=True)
class NoLearning:
    """Weights stay as the genome says; trials may have several episodes all the same, to compare with what learns."""

    when: ClassVar[str] = "always"
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    learns: ClassVar[bool] = False
    trains: ClassVar[bool] = False

    episodes: int = option(1, "episodes of a trial, in training and in what is validated and reported", low=1)


@dataclass(frozen=True)
class _Gene:
    """How a rule parameter lies in a genome."""

    low: float
    high: float
    initial: tuple[float, float]
    unit: str
    decode: Callable[[float, np.ndarray], np.ndarray]


_FACTOR = _Gene(-4.0, 4.0, (-1.0, 1.0), "a factor of 2", lambda base, gene: base * np.exp2(np.round(gene, 12)))
_VALUE = _Gene(-3.0, 3.0, (-1.0, 1.0), "1", lambda base, gene: gene)
_WHOLE = replace(_FACTOR, decode=lambda base, gene: np.maximum(np.round(_FACTOR.decode(base, gene)), 1.0))

_GENES = {
    "learning_rate": _FACTOR,
    "a_plus": _VALUE,
    "a_minus": _VALUE,
    "tau_plus_ms": _FACTOR,
    "tau_minus_ms": _FACTOR,
    "tau_eligibility_ms": _FACTOR,
    "w_min_pa": _FACTOR,
    "w_max_pa": _FACTOR,
    "normalise_every": _WHOLE,
}


@dataclass(frozen=True)
class RewardModulatedSTDP:
    """Reward-modulated spike-timing-dependent plasticity, applied after each window.

    Pairs of spikes mark a synapse, an eligibility trace e keeps the mark, and the reward r turns it into a change of
    weight; with w scaled by ``w_max_pa``::

        e  <-  e * exp(-window / tau_eligibility)
               + sum over pairs of the window of A+ exp(-dt / tau+) if dt > 0, of -A- exp(dt / tau-) if dt < 0
        w  <-  w + learning_rate * r * e * g(w)

    With ``tau_eligibility_ms = 0`` only the window's own pairs count: this is the rule of Bing et al. 2019 (Front.
    Neurorobot. 13:18), dw = eta r STDP g. With a trace it is that of Izhikevich 2007 (Cereb. Cortex 17:2443) and
    Florian 2007 (Neural Comput. 19:1468). The rule reads spikes and sets weights in any simulator, so it is the same
    in all of them. Weights keep their sign unless ``keep_sign`` is off (0 counts as excitatory) and stay within
    ``w_min_pa`` and ``w_max_pa``.

    Output neurons get what the critic tells them. Others get the overall reward or, with ``hidden_credit =
    "feedback"``, the sum of what output neurons get, weighted by their own synapses onto them: a neuron that drives
    what spoke for a good action is rewarded with it (symmetric feedback, as in e-prop: Bellec et al. 2020, Nat. Commun.
    11:3625). The synapses on that way must learn, too.

    Weights that follow every reward never come to rest: with ``average`` a trial teaches their mean over its windows
    (Polyak & Juditsky 1992, SIAM J. Control Optim. 30:838), which is what the next one begins with.

    ``normalise_every`` windows, the weights onto each neuron are scaled to their first sum (homeostasis: what one
    synapse wins the others lose).

    A genome may hold any of learning_rate, a_plus, a_minus, tau_plus_ms, tau_minus_ms, tau_eligibility_ms, w_min_pa,
    w_max_pa and normalise_every (``evolve``): A+ and A- themselves, between -3 and 3; of the others the power of 2 that
    they are multiplied by, between -4 and 4 (windows between normalisations are rounded, to at least 1). Where a genome
    would have the smallest size above the largest, both are the largest.
    """

    learns: ClassVar[bool] = True
    trains: ClassVar[bool] = False

    episodes: int = option(50, "episodes of a trial, in which a network learns without a break", low=1)
    when: str = option(
        "training",
        "when networks learn: in training only (and are then judged with the weights that they learned), or always",
        choices=("training", "always"),
    )
    projections: tuple = option(
        (), "projections that learn, as source->target; empty: all onto the output population", items=str
    )
    learning_rate: float = option(0.01, "change of weight for eligibility 1 and reward 1, in units of w_max_pa", low=0)
    a_plus: float = option(1.0, "eligibility from a pair, source first")
    a_minus: float = option(1.0, "eligibility taken by a pair, target first")
    tau_plus_ms: float = option(20.0, "time constant of pairs, source first, in ms", low=0.01)
    tau_minus_ms: float = option(20.0, "time constant of pairs, target first, in ms", low=0.01)
    tau_eligibility_ms: float = option(200.0, "how long a synapse stays marked, in ms; 0: for its window", low=0)
    w_min_pa: float = option(0.0, "smallest size of a weight in pA, where signs are kept", low=0)
    w_max_pa: float = option(1000.0, "largest size of a weight in pA", low=1e-9)
    keep_sign: bool = option(True, "whether excitatory synapses stay excitatory, and inhibitory ones inhibitory")
    soft_bounds: bool = option(False, "whether changes shrink near the bound they go to (g in the rule)")
    normalise_every: int = option(0, "windows between normalisations of the weights onto each neuron; 0: none", low=0)
    hidden_credit: str = option(
        "overall",
        "what neurons other than the output get: the overall reward, or what the output neurons get, fed back through "
        "the weights onto them",
        choices=("overall", "feedback"),
    )
    hidden_reward: float = option(1.0, "factor of what neurons other than the output get")
    reset_eligibility: bool = option(True, "whether the end of an episode wipes the marks")
    average: bool = option(
        False, "whether a trial's result is the mean of its weights over all windows, instead of the last ones"
    )
    evolve: tuple = option((), "parameters of the rule that the genome holds", items=str)
    critic: Options = option({"name": "reward"}, "what actions are worth", registry=CRITICS)

    def __post_init__(self) -> None:
        """Check what involves several options."""
        if not self.w_min_pa < self.w_max_pa:
            raise ConfigurationError(
                f"learning.w_min_pa = {self.w_min_pa:g} and w_max_pa = {self.w_max_pa:g}; expected the first below."
            )
        for key in ("projections", "evolve"):
            names = getattr(self, key)
            if len(set(names)) < len(names):
                raise ConfigurationError(f"learning.{key} = {list(names)}; expected each name once.")
        for name in self.evolve:
            if name not in _GENES:
                raise unknown_name("value in learning.evolve", name, _GENES)
            if _GENES[name] is not _VALUE and not getattr(self, name):
                raise ConfigurationError(f"learning.{name} = 0 cannot be evolved: a factor leaves it 0.")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the genome holds of the rule."""
        genes = {name: _GENES[name] for name in self.evolve}
        return tuple(Parameter(PREFIX + n, (1,), g.low, g.high, g.unit, g.initial) for n, g in genes.items())

    def values(self, genomes: Sequence[Genome]) -> dict[str, np.ndarray]:
        """Return the rule's evolvable parameters of each element, shape (n_batch,)."""
        found = {}
        for name, gene in _GENES.items():
            base = float(getattr(self, name))
            if name in self.evolve:
                found[name] = gene.decode(base, np.array([g[PREFIX + name][0] for g in genomes]))
            else:
                found[name] = np.full(len(genomes), base)
        return found

    def plastic(self, network: Network) -> list[int]:
        """Return which projections learn.

        Raises
        ------
        UnknownNameError
            For a projection that the network does not have, with the nearest match.
        ConfigurationError
            When none would learn.
        """
        numbers = {f"{p.source}->{p.target}": k for k, p in enumerate(network.projections)}
        if self.projections:
            return [numbers[lookup("projection", str(name), _same(numbers))] for name in self.projections]
        onto_output = [k for k, p in enumerate(network.projections) if p.target == network.output]
        if not onto_output:
            raise ConfigurationError(f"no projection goes onto {network.output!r}. Set learning.projections.")
        return onto_output


def _same(numbers: Mapping[str, int]) -> dict[str, Any]:
    return {name: name for name in numbers}


Rule = NoLearning | PPO | RewardModulatedSTDP
"""How weights change: while a network plays (``learns``), by gradients (``trains``), or not at all."""

LEARNING: dict[str, type[NoLearning] | type[PPO] | type[RewardModulatedSTDP]] = {
    "none": NoLearning,
    "ppo": PPO,
    "r-stdp": RewardModulatedSTDP,
}
"""Learning rules by name."""
