"""Environments: options and spaces, batches of environments, and our own Gymnasium environments, registered here."""

import gymnasium

from neurosim_rl.environments.batch import EnvironmentBatch, Step
from neurosim_rl.environments.gymnasium_batch import GymnasiumBatch
from neurosim_rl.environments.spec import EnvironmentOptions, EnvironmentSpec, make

__all__ = [
    "EnvironmentBatch",
    "EnvironmentOptions",
    "EnvironmentSpec",
    "GymnasiumBatch",
    "Step",
    "create_batch",
    "make",
]

gymnasium.register(
    "neurosim_rl/ChangingCartPole-v0",
    entry_point="neurosim_rl.environments.changing_cart_pole:ChangingCartPoleEnv",
    max_episode_steps=500,
)
gymnasium.register(
    "neurosim_rl/TargetReachingVehicle-v0",
    entry_point="neurosim_rl.environments.vehicle:TargetReachingVehicleEnv",
    max_episode_steps=400,
)


def create_batch(spec: EnvironmentSpec, n_batch: int, *, training: bool, reward_part: str = "") -> EnvironmentBatch:
    """Return a batch of environments.

    Training uses the configured engine and truncates episodes at ``max_steps``. Validation and reports always use
    Gymnasium, or compiled steps that equal it to the last bit, and the environment's own limit; only they record a
    part of the reward separately.
    """
    if training and spec.options.engine == "envpool":
        from neurosim_rl.environments.envpool_batch import EnvPoolBatch

        return EnvPoolBatch(spec, n_batch, spec.options.max_steps)
    # Imported here: a process that only makes environments needs no compiler.
    from neurosim_rl.environments.classic_batch import ClassicBatch, is_classic

    kind = ClassicBatch if is_classic(spec) else GymnasiumBatch
    return kind(spec, n_batch, spec.options.max_steps) if training else kind(spec, n_batch, reward_part=reward_part)
