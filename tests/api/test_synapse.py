"""One plastic synapse, and surrogate gradients."""

from __future__ import annotations

import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import UnknownNameError


def test_the_window_of_a_synapse_is_exponential() -> None:
    found = nrl.stdp("compiled", tau_plus_ms=10.0, n_weights=2, n_pairs=1, largest_dt_ms=20.0).to_frame()
    after = found[found.dt_ms > 0].set_index("dt_ms").change
    np.testing.assert_allclose(after[11.0] / after[1.0], np.exp(-1.0), rtol=1e-9)


def test_a_synapse_draws_itself_and_names_its_parameters() -> None:
    synapse = nrl.stdp("compiled", n_weights=2, n_pairs=1)
    assert synapse.plot("window").axes
    assert len(repr(synapse).splitlines()) <= 5
    with pytest.raises(UnknownNameError, match="Did you mean 'tau_plus_ms'"):
        nrl.stdp(tau_plus=10.0)
    with pytest.raises(UnknownNameError, match="Did you mean 'window'"):
        synapse.plot("windows")


@pytest.mark.gradient
def test_slopes_are_the_derivatives_of_the_smooth_curves() -> None:
    pytest.importorskip("torch")
    x = np.linspace(-1.0, 1.0, 2001)
    surrogate = nrl.surrogate("sigmoid", 0.2)
    np.testing.assert_allclose(np.gradient(surrogate.smooth(x), x)[1:-1], surrogate.slope(x)[1:-1], atol=1e-4)
    with pytest.raises(UnknownNameError, match="Did you mean 'gaussian'"):
        nrl.surrogate("gausian")


@pytest.mark.gradient
def test_without_spikes_credit_is_the_slope_times_the_leaks() -> None:
    """The read-out is the sum of s(t) d**(T - t). From tick to tick v(t + 1) = d v(t) (1 - s(t)) + I(t + 1)."""
    pytest.importorskip("torch")
    surrogate, decay = nrl.surrogate("gaussian", 0.5), 0.5
    current = np.array([0.1, 0.2, 0.05, 0.1])
    membrane, gradient = surrogate.credit(current, decay=decay, threshold=1.0)
    v = [sum(current[u] * decay ** (t - u) for u in range(t + 1)) for t in range(4)]
    np.testing.assert_allclose(membrane, v)
    slope = surrogate.slope(np.array(v) - 1.0)
    from_tick_to_tick = decay * (1 - np.array(v) * slope)
    expected = np.zeros(4)
    for u in range(4):
        for t in range(u, 4):
            expected[u] += decay ** (3 - t) * slope[t] * np.prod(from_tick_to_tick[u:t])
    np.testing.assert_allclose(gradient, expected)
