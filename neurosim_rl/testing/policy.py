"""Contract of policies without neurons: actions of the space that depend on nothing but the element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.errors import EncodingError
from neurosim_rl.models import Policy
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.genome import genomes_of
from neurosim_rl.testing.making import pickled

N_ROWS = 20
APART = "Sum in a fixed order, as neurosim_rl.models.layers does: a matrix product may change the last bit."


def check_policy(contract: Contract, make: Callable[[], Policy], policy: Policy) -> None:
    """Raise unless a policy acts in its space, alone as in a batch, and refuses NaN."""
    genomes = genomes_of(policy.parameters, N_ROWS)
    before = [{name: array.copy() for name, array in genome.items()} for genome in genomes]
    low, high = (np.where(np.isfinite(bound), bound, 1.0) for bound in (policy.low, policy.high))
    observations = np.random.default_rng(3).uniform(np.minimum(low, high), high, (N_ROWS, len(low)))
    actions = _act(contract, policy, genomes, observations)
    contract.expect(len(actions) == N_ROWS, f"act gives {len(actions)} actions for {N_ROWS} rows")
    space = policy.action_space
    for row, action in enumerate(actions):
        one = action if isinstance(space, Discrete) else np.reshape(action, space.shape or ()).astype(space.dtype)
        contract.expect(space.contains(one), f"act gives {action} in row {row}; expected an action of {space}")
    contract.expect(len(np.unique(actions, axis=0)) > 1, f"{N_ROWS} random genomes all act alike; expected differences")
    for genome, copy in zip(genomes, before, strict=True):
        contract.same("act changes a genome", list(copy.values()), list(genome.values()), "Copy what you change.")
    contract.same("the same genomes act otherwise", actions, _act(contract, make(), genomes, observations))
    copied = _act(contract, pickled(contract, make)(), genomes, observations)
    contract.same("a worker's copy acts otherwise", actions, copied)
    for row in range(N_ROWS):
        alone = _act(contract, policy, [genomes[row]], observations[row : row + 1])
        contract.same(f"row {row} alone acts otherwise than in a batch of {N_ROWS}", actions[row], alone[0], APART)
    bad = observations.copy()
    bad[1, -1] = np.nan
    index = bad.shape[1] - 1
    act = policy.act(genomes, range(N_ROWS))
    if policy.observations == "raw":
        contract.refuses(
            "NaN", lambda: act(bad, np.arange(N_ROWS)), EncodingError, f"observation[{index}] is nan", "Name it."
        )


def _act(contract: Contract, policy: Policy, genomes: list[Genome], observations: np.ndarray) -> np.ndarray:
    rows = np.arange(len(genomes))
    with contract.works("act"):
        return np.array(policy.act(genomes, rows.tolist())(observations, rows))
