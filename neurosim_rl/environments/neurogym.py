"""Tasks of NeuroGym, which draw from a generator of their own that no ``reset`` seeds."""

from __future__ import annotations

from typing import Any

import gymnasium

_PACKAGE = "neurogym."


def with_seeds(env: gymnasium.Env) -> gymnasium.Env:
    """Return the environment, with starts that follow from the seed if it is a task of NeuroGym."""
    return SeededTrials(env) if type(env.unwrapped).__module__.startswith(_PACKAGE) else env


class SeededTrials(gymnasium.Wrapper):
    """Seeds the generator from which NeuroGym draws its trials.

    ``TrialEnv.reset(seed)`` seeds Gymnasium's generator only; trials come from another one, which ``TrialEnv.seed``
    makes (NeuroGym 2.3.1).
    """

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; without a seed, go on with the generator as it is."""
        inner: Any = self.unwrapped
        if seed is not None:
            inner.seed(seed % 2**32)  # the generator takes no more
        inner.performance = 0
        return self.env.reset(seed=seed, options=options)
