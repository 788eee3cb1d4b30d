"""Contract of parameter spaces: sampled genomes lie within their bounds, and wrong ones are refused."""

from __future__ import annotations

import numpy as np

from neurosim_rl.errors import GenomeError
from neurosim_rl.networks.parameters import Genome, ParameterSpace
from neurosim_rl.testing.contract import Contract


def check_genomes(contract: Contract, space: ParameterSpace) -> None:
    """Raise unless genomes of a space can be drawn, and wrong ones are refused."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        with contract.works("sampling a genome"):
            vector = space.sample(rng)
        contract.same("a sampled genome leaves the bounds", space.clip(vector), vector, "Check Parameter.initial.")
    unlimited = np.flatnonzero(~(np.isfinite(space.low) & np.isfinite(space.high)))
    contract.expect(not unlimited.size, f"gene {unlimited[:1]} has no finite bounds; optimizers need them")
    advice = "Let ParameterSpace turn vectors into genomes."
    contract.refuses(
        "a genome with a gene missing", lambda: space.to_genome(vector[:-1]), GenomeError, "genome has shape", advice
    )
    wrong = np.append(vector[:-1], np.nan)
    contract.refuses("a gene of NaN", lambda: space.to_genome(wrong), GenomeError, "is nan", advice)


def genomes_of(space: ParameterSpace, n: int) -> list[Genome]:
    """Return random genomes."""
    rng = np.random.default_rng(2)
    return [space.to_genome(space.sample(rng)) for _ in range(n)]
