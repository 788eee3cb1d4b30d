"""Parts of large networks that are tried in NEST."""

import numpy as np

from neurosim_rl.networks.projection import Projection
from neurosim_rl.optimizees.nest_trial import MOST_SYNAPSES, with_fewer_synapses


def projection(n: int) -> Projection:
    rng = np.random.default_rng(1)
    pre, post = np.divmod(np.arange(n), 1000)
    weight_pa, delay_ms = rng.uniform(0.0, 9.0, n), rng.integers(1, 50, n) * 0.1
    parameters: dict[str, float | np.ndarray] = {"Wmax": rng.uniform(10.0, 20.0, n), "lambda": 0.1}
    return Projection("a", "b", pre, post, weight_pa, delay_ms, "stdp_synapse", parameters)


def test_a_part_of_a_projection_has_the_extreme_values_of_the_whole() -> None:
    whole = projection(10 * MOST_SYNAPSES)
    part = with_fewer_synapses(whole)
    assert MOST_SYNAPSES <= part.n_synapses <= MOST_SYNAPSES + 6
    for mine, all_values in (
        (part.weight_pa, whole.weight_pa),
        (part.delay_ms, whole.delay_ms),
        (part.parameters["Wmax"], whole.parameters["Wmax"]),
    ):
        assert (np.min(mine), np.max(mine)) == (np.min(all_values), np.max(all_values))
    places = part.pre * 1000 + part.post
    assert (part.weight_pa == whole.weight_pa[places]).all()
    assert (part.parameters["Wmax"] == np.asarray(whole.parameters["Wmax"])[places]).all()
    assert part.parameters["lambda"] == 0.1


def test_a_small_projection_stays_as_it_is() -> None:
    small = projection(MOST_SYNAPSES)
    assert with_fewer_synapses(small) is small
