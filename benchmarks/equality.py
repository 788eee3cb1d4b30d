"""Does the compiled simulator give NEST's spikes, membranes and weights? Random networks of all that it covers."""

from __future__ import annotations

from typing import Any

from benchmarks.plastic_networks import compare_plastic, random_plastic_case
from benchmarks.random_networks import compare, random_case

N_CASES = 300
N_PLASTIC_CASES = 240


def run() -> dict[str, Any]:
    """Compare all cases; count spikes that only one of the simulators has, and membranes that differ."""
    cases = [random_case(seed) for seed in range(N_CASES)]
    found = [compare(case) for case in cases]
    row = {
        "resolutions": len({case.networks[0].grid for case in cases}),
        "networks": sum(c.networks for c in found),
        "spikes": sum(c.spikes for c in found),
        "spikes_differing": sum(c.spikes_differing for c in found),
        "membranes": sum(c.membranes for c in found),
        "membranes_differing": sum(c.membranes_differing for c in found),
    }
    return {"about": f"{N_CASES} batches of random networks, compiled against NEST", "rows": [row]}


def plastic() -> dict[str, Any]:
    """Compare networks that learn: spikes that only one of the simulators has; weights and membranes that differ."""
    cases = [random_plastic_case(seed) for seed in range(N_PLASTIC_CASES)]
    found = [compare_plastic(case) for case in cases]
    row = {
        "resolutions": len({case.networks[0].grid for case in cases}),
        "networks": sum(c.networks for c in found),
        "spikes": sum(c.spikes for c in found),
        "spikes_differing": sum(c.spikes_differing for c in found),
        "plastic_synapses": sum(c.synapses for c in found),
        "changed": sum(c.synapses_changed for c in found),
        "weights": sum(c.weights for c in found),
        "weights_differing": sum(c.weights_differing for c in found),
        "membranes_differing": sum(c.membranes_differing for c in found),
    }
    return {"about": f"{N_PLASTIC_CASES} batches of random plastic networks, compiled against NEST", "rows": [row]}
