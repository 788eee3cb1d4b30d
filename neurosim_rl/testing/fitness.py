"""Contract of fitnesses: one score for each episode, which depends on nothing but that episode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from neurosim_rl.optimizees.fitness import Fitness
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.making import first_of, maker_of, pickled

N_EPISODES = 6


def check_fitness(fitness: type[Fitness] | Callable[[], Fitness], **options: Any) -> None:
    """Raise unless a fitness keeps its contract.

    Checked are its options, that each episode gets one finite score of its own in any batch, that episodes are not
    changed, aggregates, and pickling into workers.

    Parameters
    ----------
    fitness : type or callable
        A class derived from `neurosim_rl.optimizees.fitness.Fitness`, or a function without arguments that returns one.
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_fitness", fitness)
    make = maker_of(contract, fitness, "fitness", {}, options)
    made = first_of(contract, make, Fitness)  # type: ignore[type-abstract]
    episodes, untouched = made_up_episodes(N_EPISODES), made_up_episodes(N_EPISODES)
    with contract.works("scores()"):
        scores = np.asarray(made.scores(episodes))
    for field in fields(episodes):
        if getattr(episodes, field.name) is not None:
            before, after = getattr(untouched, field.name), getattr(episodes, field.name)
            contract.same(f"scores() changes episodes.{field.name}", before, after, "Copy what you change.")
    contract.expect(
        scores.shape == (N_EPISODES,), f"scores() has shape {scores.shape}; expected ({N_EPISODES},), one an episode"
    )
    contract.expect(np.isfinite(scores).all(), f"scores() gives {scores}; expected finite scores of finite episodes")
    for row in range(N_EPISODES):
        alone = np.asarray(made.scores(_row(episodes, row)))
        contract.same(f"episode {row} alone gets another score", scores[row], alone[0])
    contract.same("a worker's copy differs", scores, np.asarray(pickled(contract, make)().scores(episodes)))
    table = scores.reshape(2, -1)
    with contract.works("of_individuals()"):
        aggregated = np.asarray(made.of_individuals(table))
    contract.expect(aggregated.shape == (2,), f"of_individuals() has shape {aggregated.shape}; expected (2,)")
    lost = np.array(table)
    lost[0, 0] = np.nan
    contract.expect(
        np.isnan(made.of_individuals(lost)[0]), "a NaN score gives a fitness that is a number; expected NaN"
    )


def made_up_episodes(n: int) -> Episodes:
    """Return episodes of an environment with 4 observed variables, 2 actions and 3 output neurons."""
    rng = np.random.default_rng(1)
    ended = np.arange(n) % 2 == 0
    return Episodes(
        np.arange(n),
        rng.uniform(-200, 0, n),
        rng.integers(1, 100, n),
        ended,
        ~ended,
        rng.normal(0, 1, (n, 4)),
        rng.integers(0, 50, (n, 3)),
        rng.normal(0, 1, n),
        rng.uniform(0, 10, (n, 2)),
        rng.integers(0, 10, (n, 2)),
        rng.normal(0, 1, (n, 2, 4)),
    )


def _row(episodes: Episodes, row: int) -> Episodes:
    """Return one episode."""
    chosen: dict[str, Any] = {}
    for field in fields(episodes):
        value = getattr(episodes, field.name)
        chosen[field.name] = None if value is None else value[row : row + 1]
    return replace(episodes, **chosen)
