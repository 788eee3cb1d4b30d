"""Does the compiled simulator give NEST's spikes and weights? Random networks of everything that it covers."""

from __future__ import annotations

from typing import Any

from benchmarks.plastic_networks import compare_plastic, random_plastic_case
from benchmarks.random_networks import compare, random_case

N_CASES = 300
N_PLASTIC_CASES = 240


def run() -> dict[str, Any]:
    """Compare all cases; count spikes that only one of the simulators has, and the largest membrane difference."""
    found = [compare(random_case(seed)) for seed in range(N_CASES)]
    row = {
        "networks": sum(c.networks for c in found),
        "spikes": sum(c.spikes for c in found),
        "spikes_differing": sum(c.spikes_differing for c in found),
        "largest_membrane_difference_mv": max(c.largest_mv for c in found),
    }
    return {"about": f"{N_CASES} batches of random networks, compiled against NEST", "rows": [row]}


def plastic() -> dict[str, Any]:
    """Compare networks that learn: spikes that only one of the simulators has, and the largest weight difference."""
    found = [compare_plastic(random_plastic_case(seed)) for seed in range(N_PLASTIC_CASES)]
    row = {
        "networks": sum(c.networks for c in found),
        "spikes": sum(c.spikes for c in found),
        "spikes_differing": sum(c.spikes_differing for c in found),
        "plastic_synapses": sum(c.synapses for c in found),
        "changed": sum(c.synapses_changed for c in found),
        "largest_relative_weight_difference": max(c.largest_relative for c in found),
    }
    return {"about": f"{N_PLASTIC_CASES} batches of random plastic networks, compiled against NEST", "rows": [row]}
