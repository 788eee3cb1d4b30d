"""Contract of environments: Gymnasium's own check, and episodes that depend on nothing but seed and actions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
from gymnasium.utils.env_checker import check_env

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec
from neurosim_rl.environments.contract import check_contract
from neurosim_rl.settings.plugins import allow_named
from neurosim_rl.testing.contract import Contract, name_of

STEP_LIMIT = 1000
"""Step limit of a class that is checked without being registered."""


def check_environment(
    environment: str | type[gymnasium.Env] | Callable[..., gymnasium.Env],
    *,
    max_steps: int = 0,
    action_low: tuple[float, ...] = (),
    action_high: tuple[float, ...] = (),
    **kwargs: Any,
) -> None:
    """Raise unless an environment keeps Gymnasium's contract, and one start with the same actions gives one episode.

    Gymnasium's ``check_env`` comes first. Then an episode is played alone, again after another episode, and in a
    second environment beside another episode: the three must be equal to the last bit. A reset without a seed must
    continue the random stream of the last seed.

    Parameters
    ----------
    environment : str, type or callable
        A registered id such as ``"CartPole-v1"`` or ``"my_module:Mine-v0"``, a class derived from ``gymnasium.Env``, or
        a function that returns an environment.
    max_steps : int
        Step limit of an environment that is registered without one.
    action_low, action_high : tuple of float
        Bounds of actions where the space has none.
    **kwargs
        Keyword arguments of the environment.

    Raises
    ------
    ContractError
    """
    if isinstance(environment, str):
        contract = Contract("check_environment", environment)
    else:
        contract = Contract.of("check_environment", environment)
        contract.expect(
            callable(environment),
            f"expected an id, a class or a function that makes an environment; got {environment!r}",
            "An environment that is made already cannot be made again: pass its class, or lambda: MyEnv(...).",
        )
    with _registered(environment) as environment_id:
        table = {
            "id": environment_id,
            "max_steps": max_steps,
            "action_low": list(action_low),
            "action_high": list(action_high),
            "kwargs": kwargs,
        }
        allow_named({"environment": table})  # the caller's own word
        with contract.works("making it"):
            spec = EnvironmentSpec.of(EnvironmentOptions.read(table, "environment"))
            made = spec.make()
        with contract.works("Gymnasium's check_env"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_env(made.unwrapped, skip_render_check=True)
        made.close()
        with contract.works("the contract of a batch"):
            check_contract(spec, restarts=True)


@contextmanager
def _registered(environment: Any) -> Iterator[str]:
    """Give the id of an environment; a class or a function is registered for the time of the check."""
    if isinstance(environment, str):
        yield environment
        return
    name = f"neurosim_rl_testing/{name_of(environment).strip('<>')}-v0"
    gymnasium.register(name, entry_point=environment, max_episode_steps=STEP_LIMIT)
    try:
        yield name
    finally:
        gymnasium.registry.pop(name, None)
