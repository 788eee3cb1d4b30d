"""The trace equations: against sums over pairs worked out by hand, and against both simulators."""

import math

import numpy as np
import pytest

from neurosim_rl.dynamics import PairedSpikes, PairRule, follow, simulated_weights
from neurosim_rl.errors import ConfigurationError, SimulatorError


def test_traces_jump_by_one_and_decay() -> None:
    course = follow(PairRule(tau_plus_ms=10.0, tau_minus_ms=40.0), 500.0, np.array([2, 4]), np.array([3]), 5, 1.0)
    fast, slow = math.exp(-0.1), math.exp(-1 / 40)
    np.testing.assert_allclose(course.pre_trace, [0, 1, fast, fast**2 + 1, fast**3 + fast], rtol=1e-14)
    np.testing.assert_allclose(course.post_trace, [0, 0, 1, slow, slow**2], rtol=1e-14)


def test_the_additive_rule_sums_over_all_pairs() -> None:
    rng = np.random.default_rng(1)
    pre, post = (np.flatnonzero(rng.random(400) < 0.2) + 1 for _ in range(2))
    rule = PairRule(rate=1e-4, alpha=1.3, mu_plus=0.0, mu_minus=0.0, tau_plus_ms=15.0, tau_minus_ms=25.0)
    gain = sum(math.exp((a - b) / 15.0) for a in pre for b in post if a < b)
    loss = sum(math.exp((b - a) / 25.0) for a in pre for b in post if b < a)
    assert set(pre) & set(post), "some spikes meet, and are no pairs"
    weight = follow(rule, 500.0, pre, post, 400, 1.0).weight[-1]
    assert weight == pytest.approx(500.0 + 1000.0 * 1e-4 * (gain - 1.3 * loss), rel=1e-12)


@pytest.mark.parametrize(("dt", "limit"), [(2, 1000.0), (-2, 0.0)])
def test_the_weight_stays_between_zero_and_the_largest(dt: int, limit: float) -> None:
    rule = PairRule(rate=0.9, mu_plus=0.0, mu_minus=0.0)
    course = follow(rule, 500.0, np.array([50]), np.array([50 + dt]), 60, 1.0)
    assert course.weight[-1] == limit
    assert rule.pair_change(500.0, dt) == limit - 500.0


def test_the_last_equation_as_printed_never_potentiates() -> None:
    """Equation 12 takes the smaller of both weights: with alpha = 1 the depressed one, whatever the traces."""
    pre_trace, post_trace = np.random.default_rng(1).random((2, 100))
    rule = PairRule()
    w_pot, w_dep = rule.potentiated(500.0, pre_trace), rule.depressed(500.0, post_trace)
    assert (np.minimum(np.maximum(0.0, w_dep), w_pot) == w_dep).all()
    assert np.max(w_dep) < 500.0
    assert np.min(w_pot) > 500.0


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize("seed", range(3))
def test_random_spike_trains_give_the_simulators_weights(simulator: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = []
    for mu_plus, mu_minus in ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.3, 1.0)):
        tau_plus_ms, tau_minus_ms = rng.uniform(5.0, 40.0, 2)
        rule = PairRule(1000.0, 0.03, rng.uniform(0.7, 1.3), mu_plus, mu_minus, tau_plus_ms, tau_minus_ms)
        pre, arrival = (np.flatnonzero(rng.random(600) < rate) + 3 for rate in (0.08, 0.3))
        assert np.isin(pre, arrival).any(), "some spikes meet"
        assert (np.diff(pre) == 1).any(), "some follow at once"
        pairs.append(PairedSpikes(rule, rng.uniform(100.0, 900.0), pre, arrival))
    every = list(range(1, 620))
    found = simulated_weights(pairs, every, simulator)
    for weights, pair in zip(found, pairs, strict=True):
        expected = follow(pair.rule, pair.weight, pair.pre_step, pair.arrival_step, 619, 1.0).weight
        at_spikes = np.concatenate([[0], pair.pre_step])
        latest = at_spikes[np.searchsorted(pair.pre_step, every, side="right")]
        reference = np.where(latest == 0, pair.weight, expected[latest - 1])
        np.testing.assert_allclose(weights, reference, rtol=1e-11)
        assert np.ptp(weights) > 50.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"alpha": -1.0}, r"PairRule\.alpha is -1\.0; expected a finite value from 0 up\. A negative value would turn"),
        ({"rate": float("nan")}, r"PairRule\.rate is nan; expected a finite value from 0 up"),
        ({"tau_plus_ms": 0.0}, r"PairRule\.tau_plus_ms is 0\.0; expected a finite value above 0"),
        ({"w_max": -5.0}, r"PairRule\.w_max is -5\.0; expected a finite value above 0"),
        ({"w_max": math.inf}, r"PairRule\.w_max is inf; expected a finite value above 0"),
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        PairRule(**values)


@pytest.mark.parametrize(
    ("weight", "pre", "post", "message"),
    [
        (math.nan, 2, 3, r"weight is nan; expected a value from 0 to the rule's w_max, 1000"),
        (1001.0, 2, 3, r"weight is 1001\.0; expected a value"),
        (500.0, 0, 3, r"pre_step holds 0; expected grid steps from 1 up"),
        (500.0, 2, -1, r"post_step holds -1; expected grid steps"),
    ],
)
def test_a_course_that_cannot_be_followed_is_refused(weight: float, pre: int, post: int, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        follow(PairRule(), weight, np.array([pre]), np.array([post]), 5, 1.0)


@pytest.mark.parametrize("step", [[2, 10], [10, 10], [12, 10]])
def test_spikes_that_cannot_be_told_are_refused(step: list[int]) -> None:
    with pytest.raises(SimulatorError, match=r"pre_step is .*; expected ascending steps from 3 up"):
        PairedSpikes(PairRule(), 500.0, np.array(step), np.array([5]))


@pytest.mark.parametrize("steps", [[], [0, 5], [5, 5]])
def test_steps_to_read_weights_at_ascend(steps: list[int]) -> None:
    pairs = PairedSpikes(PairRule(), 500.0, np.array([4]), np.array([5]))
    with pytest.raises(SimulatorError, match=r"steps are .*; expected ascending steps from 1 up"):
        simulated_weights([pairs], steps, "compiled")
