"""Learning rules as options: no learning, reward-modulated STDP, and (from `ppo`) training by gradients.

`NoLearning`, `RewardModulatedSTDP` and `PPO` share four attributes: ``learns`` (weights change while a network plays),
``trains`` (gradients change weights between generations), ``when`` (whether weights change in training only, or
always), and ``parameters`` (parameters of the rule that a genome holds).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from neurosim_rl.bridge.elementary import power_of_two
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.critics import CRITICS
from neurosim_rl.learning.ppo import PPO
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter
from neurosim_rl.settings.checks import lookup, unknown_name
from neurosim_rl.settings.options import Options, option

PREFIX = "rule_"
"""Beginning of the names of rule parameters in a genome."""


@dataclass(frozen=True)
class NoLearning:
    """No learning: weights are those of the genome. Trials may have several episodes, for comparison with learning."""

    when: ClassVar[str] = "always"
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    learns: ClassVar[bool] = False
    trains: ClassVar[bool] = False

    episodes: int = option(1, "episodes of a trial, in training, validation and reports", low=1)


def _value_of(base: float, genes: np.ndarray) -> np.ndarray:
    """Return the genes: they are the values of the parameter."""
    return genes


def _power_of_2(base: float, genes: np.ndarray) -> np.ndarray:
    """Return the configured value times 2 to the power of each gene."""
    return base * power_of_two(np.round(genes, 12))


def _whole_power_of_2(base: float, genes: np.ndarray) -> np.ndarray:
    """Return `_power_of_2`, rounded to whole numbers of at least 1."""
    return np.maximum(np.round(_power_of_2(base, genes)), 1.0)


@dataclass(frozen=True)
class _Encoding:
    """Encoding of a rule parameter as a gene: bounds, range in the first generation, unit, and gene to value."""

    low: float
    high: float
    initial: tuple[float, float]
    unit: str
    decode: Callable[[float, np.ndarray], np.ndarray]


_VALUE = _Encoding(-3.0, 3.0, (-1.0, 1.0), "1", _value_of)
_FACTOR = _Encoding(-4.0, 4.0, (-1.0, 1.0), "a factor of 2", _power_of_2)
_WHOLE = replace(_FACTOR, decode=_whole_power_of_2)

_ENCODINGS = {
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
"""Rule parameters that a genome may hold, with their encodings."""


@dataclass(frozen=True)
class RewardModulatedSTDP:
    """Reward-modulated spike-timing-dependent plasticity (R-STDP), applied after each window.

    Pairs of spikes change the eligibility e of a synapse, e decays, and the reward r turns e into a change of weight;
    with w in units of ``w_max_pa``::

        e  <-  e * exp(-window / tau_eligibility)
               + sum over pairs of the window of A+ exp(-dt / tau+) if dt > 0, of -A- exp(dt / tau-) if dt < 0
        w  <-  w + learning_rate * r * e * g(w)

    With ``tau_eligibility_ms = 0``, only the pairs of the present window count. This is the rule of Bing et al. 2019
    (Front. Neurorobot. 13:18), dw = eta r STDP g. With a trace, it is the rule of Izhikevich 2007 (Cereb. Cortex
    17:2443) and Florian 2007 (Neural Comput. 19:1468). The rule reads spikes from a simulator and sets weights in it,
    so it is the same in all simulators. Weights keep their sign unless ``keep_sign`` is false (0 counts as excitatory).
    Their absolute values stay between ``w_min_pa`` and ``w_max_pa``.

    The critic rewards each output neuron. Other neurons get the overall reward. With ``hidden_credit = "feedback"``,
    they get the sum of the rewards of output neurons, weighted by their own synapses onto these: a neuron that drives
    the supporters of a good action is rewarded as well (symmetric feedback, as in e-prop: Bellec et al. 2020, Nat.
    Commun. 11:3625). The synapses that carry feedback must be plastic, too.

    Weights that follow every reward keep fluctuating. With ``average``, the result of a trial is the mean of its
    weights over all windows (Polyak & Juditsky 1992, SIAM J. Control Optim. 30:838); the next trial begins with it.

    Every ``normalise_every`` windows, the weights onto each neuron are scaled to their first sum (homeostasis: if one
    synapse grows, the others shrink).

    A genome may hold any of learning_rate, a_plus, a_minus, tau_plus_ms, tau_minus_ms, tau_eligibility_ms, w_min_pa,
    w_max_pa and normalise_every (``evolve``). Genes of a_plus and a_minus are their values, between -3 and 3. For all
    others, the configured value is multiplied by 2 to the power of the gene, between -4 and 4; normalise_every is then
    rounded, to at least 1. If a genome gives w_min_pa above w_max_pa, both are w_max_pa.
    """

    learns: ClassVar[bool] = True
    trains: ClassVar[bool] = False

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
    learning_rate: float = option(0.01, "change of weight for eligibility 1 and reward 1, in units of w_max_pa", low=0)
    a_plus: float = option(1.0, "increase of eligibility by a pair of spikes with the source first")
    a_minus: float = option(1.0, "decrease of eligibility by a pair of spikes with the target first")
    tau_plus_ms: float = option(20.0, "time constant in ms of pairs with the source first", low=0.01)
    tau_minus_ms: float = option(20.0, "time constant in ms of pairs with the target first", low=0.01)
    tau_eligibility_ms: float = option(
        200.0, "time constant of eligibility in ms; 0 = only the pairs of the present window count", low=0
    )
    w_min_pa: float = option(0.0, "smallest absolute weight in pA, if signs are kept", low=0)
    w_max_pa: float = option(1000.0, "largest absolute weight in pA", low=1e-9)
    keep_sign: bool = option(True, "whether excitatory synapses stay excitatory, and inhibitory synapses inhibitory")
    soft_bounds: bool = option(False, "whether changes shrink in proportion to the distance to the bound (g)")
    normalise_every: int = option(0, "windows between normalisations of the weights onto each neuron; 0 = none", low=0)
    hidden_credit: str = option(
        "overall",
        "reward of neurons other than the output: overall = reward of the whole network; feedback = rewards of output "
        "neurons, carried back through the weights onto them",
        choices=("overall", "feedback"),
    )
    hidden_reward: float = option(1.0, "factor of the reward of neurons other than the output")
    reset_eligibility: bool = option(True, "whether eligibility is set to 0 at the end of each episode")
    average: bool = option(
        False, "whether the result of a trial is the mean of its weights over all windows, instead of the last weights"
    )
    evolve: tuple = option((), "parameters of the rule that the genome holds", items=str)
    critic: Options = option({"name": "reward"}, "critic, which rewards each window", registry=CRITICS)

    def __post_init__(self) -> None:
        """Check options against each other."""
        if not self.w_min_pa < self.w_max_pa:
            raise ConfigurationError(
                f"learning.w_min_pa = {self.w_min_pa:g} and learning.w_max_pa = {self.w_max_pa:g}; expected w_min_pa "
                "below w_max_pa. Change one of them."
            )
        for key in ("projections", "evolve"):
            names = getattr(self, key)
            if len(set(names)) < len(names):
                raise ConfigurationError(
                    f"learning.{key} = {list(names)}; expected each name once. Remove the repetition."
                )
        for name in self.evolve:
            if name not in _ENCODINGS:
                raise unknown_name("value in learning.evolve", name, _ENCODINGS)
            if _ENCODINGS[name] is not _VALUE and not getattr(self, name):
                raise ConfigurationError(
                    f"learning.{name} = 0 cannot be evolved: its gene is a factor, and 0 times a factor is 0. Set it "
                    "above 0, or remove it from learning.evolve."
                )

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the rule that the genome holds."""
        parameters = []
        for name in self.evolve:
            encoding = _ENCODINGS[name]
            parameters.append(
                Parameter(PREFIX + name, (1,), encoding.low, encoding.high, encoding.unit, encoding.initial)
            )
        return tuple(parameters)

    def values(self, genomes: Sequence[Genome]) -> dict[str, np.ndarray]:
        """Return the value of each parameter that can evolve, for each element, shape (n_batch,)."""
        values = {}
        for name, encoding in _ENCODINGS.items():
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


Rule = NoLearning | PPO | RewardModulatedSTDP
"""A learning rule: weights change while a network plays (``learns``), by gradients (``trains``), or not at all."""

LEARNING: dict[str, type[NoLearning] | type[PPO] | type[RewardModulatedSTDP]] = {
    "none": NoLearning,
    "ppo": PPO,
    "r-stdp": RewardModulatedSTDP,
}
"""Learning rules by name."""
