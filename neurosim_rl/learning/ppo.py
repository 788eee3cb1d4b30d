"""Options of learning by gradients; what they do stands in :mod:`neurosim_rl.gradient`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.parameters import Parameter
from neurosim_rl.settings.options import option

SURROGATE_NAMES = ("rectangular", "polynomial", "sigmoid", "gaussian")


@dataclass(frozen=True)
class PPO:
    """Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) of skrl; needs the extra ``[gradient]``.

    Models ``lif`` (spiking) and ``dense`` (without neurons) can be trained. Actor and critic share their hidden layers;
    the critic is not part of the genome. Spiking networks are trained by truncated back-propagation through time over
    each rollout, with surrogate gradients; their state is kept from one observation to the next until the episode ends.
    A generation is a number of updates from new starts. The individual that is recorded is the network after them; its
    returns are means over the episodes that ended in each environment (of what was collected, where none did), its
    lengths the steps made there. It sees ``environment.max_steps`` and ``environment.engine``; ``episodes`` and
    ``batch_size``, which count for evolution, have no part in training.

    Defaults are those of Zanatta et al. 2024 (Sci. Rep. 14:30648, table 1) where it has them; there, 512 environments
    take part. Tasks have settings of their own (``learners`` of each, in ``optimizees``); ``cart-pole`` has a learning
    rate of 1e-3, rewards scaled by 0.1, and four mini-batches.

    Where an episode is cut by the step limit, skrl adds the discounted value of its last observation but one to the
    reward, for lack of the one after it; with small steps they are much alike.
    """

    learns: ClassVar[bool] = False
    trains: ClassVar[bool] = True
    when: ClassVar[str] = "training"
    episodes: ClassVar[int] = 1
    parameters: ClassVar[tuple[Parameter, ...]] = ()

    updates: int = option(40, "updates in each generation", low=1)
    environments: int = option(64, "environments side by side", low=1)
    rollouts: int = option(16, "steps in each environment between updates", low=2)
    epochs: int = option(8, "passes through what was collected, in each update", low=1)
    mini_batches: int = option(
        1, "parts of what was collected that are learned from in turn, each all steps of some environments", low=1
    )
    learning_rate: float = option(3e-4, "of Adam", low=0)
    annealing: float = option(
        0.0, "share of the learning rate that is lost by the end of the run, a part in each generation", low=0, high=1
    )
    discount: float = option(0.99, "what a reward one step later is worth", low=0, high=1)
    gae_lambda: float = option(0.95, "of generalised advantage estimation", low=0, high=1)
    ratio_clip: float = option(0.2, "how far the ratio of new to old probabilities counts", low=0)
    kl_threshold: float = option(
        0.0, "divergence of new from old probabilities beyond which a pass ends; 0: none ends", low=0
    )
    value_clip: float = option(0.0, "how far values may move in an update; 0: any", low=0)
    value_loss_scale: float = option(2.0, "weight of the critic's loss", low=0)
    entropy_loss_scale: float = option(0.0, "weight of the entropy of actions", low=0)
    gradient_clip: float = option(1.0, "largest norm of the gradient; 0: any", low=0)
    reward_scale: float = option(1.0, "factor of rewards for the critic", low=1e-12)
    deviation: float = option(
        0.5, "standard deviation of continuous actions before training, in halves of their range", low=1e-9
    )
    surrogate: str = option("rectangular", "smooth curve whose derivative a spike gets", choices=SURROGATE_NAMES)
    width: float = option(0.5, "width of the surrogate", low=1e-9)
    learn_width: bool = option(False, "whether each layer learns the width of its surrogate")

    def __post_init__(self) -> None:
        """Check that mini-batches hold whole rollouts."""
        if self.environments % self.mini_batches:
            raise ConfigurationError(
                f"learning.environments = {self.environments} and mini_batches = {self.mini_batches}: expected a "
                "multiple, so that each holds whole rollouts."
            )
