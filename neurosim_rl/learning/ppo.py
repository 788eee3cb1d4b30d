"""Options of training by gradients (PPO); :mod:`neurosim_rl.gradient` does the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning.gradient_rule import SURROGATE_NAMES, GradientRule
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class PPO(GradientRule):
    """Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) by skrl; needs the extra ``[gradient]``.

    PPO trains the models ``lif`` (spiking) and ``dense`` (without spikes). Actor and critic share their hidden layers;
    the critic is not part of the genome. Spiking networks are trained by truncated back-propagation through time over
    each rollout, with surrogate gradients. Their state is kept from one observation to the next until the episode ends.

    A generation is a number of updates, beginning at new starts. Its recorded individual is the network after these
    updates. Its returns are means over the episodes that ended in each environment (if none ended: the rewards
    collected there), and its lengths are the numbers of steps there. ``environment.max_steps`` and
    ``environment.engine`` apply; ``episodes`` and ``batch_size`` are options of evolution and do not.

    Defaults are those of Zanatta et al. 2024 (Sci. Rep. 14:30648, table 1) as far as published, except for the
    number of environments (published: 512). Tasks have settings of their own (``learners`` in ``optimizees``).

    At the step limit, the discounted value of the last observation is added to the last reward (Pardo et al. 2018).
    A spiking critic sees this observation in the state in which the episode's last action left it.
    """

    method: ClassVar[str] = "PPO"

    updates: int = option(40, "updates in each generation", low=1)
    environments: int = option(64, "environments side by side", low=1)
    rollouts: int = option(16, "steps in each environment between updates", low=2)
    epochs: int = option(8, "passes over the collected steps in each update", low=1)
    mini_batches: int = option(
        1, "mini-batches of the collected steps; each holds all steps of some environments", low=1
    )
    learning_rate: float = option(3e-4, "learning rate of Adam", low=0)
    annealing: float = option(
        0.0, "share of the learning rate lost by the end of the run, linearly over generations", low=0, high=1
    )
    discount: float = option(0.99, "discount factor of rewards for each step", low=0, high=1)
    gae_lambda: float = option(0.95, "lambda of generalised advantage estimation", low=0, high=1)
    ratio_clip: float = option(0.2, "clip range of the ratio of new to old action probabilities", low=0)
    kl_threshold: float = option(
        0.0, "KL divergence of new from old action probabilities that ends a pass; 0 = none", low=0
    )
    value_clip: float = option(0.0, "clip range of values in an update; 0 = none", low=0)
    value_loss_scale: float = option(2.0, "weight of the critic's loss", low=0)
    entropy_loss_scale: float = option(0.0, "weight of the entropy of actions", low=0)
    gradient_clip: float = option(1.0, "largest norm of the gradient; 0 = no limit", low=0)
    reward_scale: float = option(1.0, "factor of rewards in training", low=1e-12)
    deviation: float = option(
        0.5, "initial standard deviation of continuous actions, relative to half their range", low=1e-9
    )
    surrogate: str = option("rectangular", "surrogate gradient of a spike", choices=SURROGATE_NAMES)
    width: float = option(0.5, "width of the surrogate", low=1e-9)
    learn_width: bool = option(False, "whether each layer learns the width of its surrogate")

    def __post_init__(self) -> None:
        """Check that each mini-batch holds the whole rollouts of some environments."""
        if self.environments % self.mini_batches:
            raise ConfigurationError(
                f"learning.environments = {self.environments} is not a multiple of learning.mini_batches = "
                f"{self.mini_batches}; expected one, so that each mini-batch holds whole rollouts. Change one of them."
            )
