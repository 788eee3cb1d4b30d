"""Options of reward-modulated STDP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.critics import CRITICS
from neurosim_rl.learning.evolvable import FACTOR, VALUE, WHOLE, Evolvable
from neurosim_rl.learning.plasticity_rule import PlasticityRule
from neurosim_rl.settings.options import Options, option

LONGEST_TAU_MS = 1000.0
"""Longest time constant of pairs; each run holds a table of what is left of a trace after each grid step."""


@dataclass(frozen=True)
class STDPOptions(PlasticityRule):
    """Options of `neurosim_rl.learning.r_stdp.RewardModulatedSTDP`, whose docstring has the equations."""

    evolvable: ClassVar[Mapping[str, Evolvable]] = {
        "learning_rate": FACTOR,
        "a_plus": VALUE,
        "a_minus": VALUE,
        "tau_plus_ms": FACTOR,
        "tau_minus_ms": FACTOR,
        "tau_eligibility_ms": FACTOR,
        "w_min_pa": FACTOR,
        "w_max_pa": FACTOR,
        "normalise_every": WHOLE,
    }

    learning_rate: float = option(0.01, "change of weight for eligibility 1 and reward 1, in units of w_max_pa", low=0)
    a_plus: float = option(1.0, "increase of eligibility by a pair of spikes with the source first")
    a_minus: float = option(1.0, "decrease of eligibility by a pair of spikes with the target first")
    tau_plus_ms: float = option(
        20.0, "time constant in ms of pairs with the source first", low=0.01, high=LONGEST_TAU_MS
    )
    tau_minus_ms: float = option(
        20.0, "time constant in ms of pairs with the target first", low=0.01, high=LONGEST_TAU_MS
    )
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
    critic: Options = option({"name": "reward"}, "critic, which rewards each window", registry=CRITICS)

    def __post_init__(self) -> None:
        """Check options against each other."""
        if not self.w_min_pa < self.w_max_pa:
            raise ConfigurationError(
                f"learning.w_min_pa = {self.w_min_pa:g} and learning.w_max_pa = {self.w_max_pa:g}; expected w_min_pa "
                "below w_max_pa. Change one of them."
            )
        super().__post_init__()
