"""Policies without neurons, all of them: what enters, what comes out, and nothing that depends on the batch."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.errors import ConfigurationError, DecodingError, EncodingError
from neurosim_rl.models import MODELS, Policy
from tests.components import create

LOW, HIGH = np.array([-1.2, 0.0]), np.array([0.6, 10.0])
TORQUES = Box(np.array([-2.0, 0.0]), np.array([2.0, 5.0]), dtype=np.float64)
POLICIES = [name for name, cls in MODELS.items() if issubclass(cls, Policy)]
every_policy = pytest.mark.parametrize("name", POLICIES)
every_space = pytest.mark.parametrize("space", [Discrete(3), Discrete(2, start=5), TORQUES])


def build(name: str, **options: Any) -> Policy:
    context = {"low": LOW, "high": HIGH, "action_space": Discrete(3), "n_spiking_genes": lambda: 60}
    context |= {key: options.pop(key) for key in context.keys() & options.keys()}
    model = create("model", MODELS, {"name": name, **options}, **context)
    assert isinstance(model, Policy)
    return model


def actions(policy: Policy, vectors: list[np.ndarray], observations: Any) -> np.ndarray:
    """Return what each genome does in one observation of its own."""
    genomes = [policy.parameters.to_genome(v) for v in vectors]
    rows = np.arange(len(vectors))
    return policy.act(genomes, rows.tolist())(np.asarray(observations, dtype=float), rows)


def samples(policy: Policy, n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(8)
    return [policy.parameters.sample(rng) for _ in range(n)]


@every_policy
def test_of_equal_outputs_the_first_wins_also_where_actions_are_not_counted_from_zero(name: str) -> None:
    for space, first in ((Discrete(3), 0), (Discrete(2, start=5), 5)):
        policy = build(name, action_space=space)
        assert actions(policy, [np.zeros(policy.parameters.size)], [[0.1, 3.0]]).tolist() == [first]


@every_policy
def test_a_bias_of_the_last_layer_chooses_its_action(name: str) -> None:
    policy = build(name)
    last = f"biases_{len(policy.sizes) - 2}"
    genome = {p.name: np.zeros(p.shape) for p in policy.parameters.parameters}
    for action in range(3):
        chosen = {**genome, last: np.eye(3)[action]}
        assert actions(policy, [policy.parameters.to_vector(chosen)], [[0.0, 0.0]]).tolist() == [action]


@every_policy
def test_box_actions_are_the_middle_at_zero_and_reach_neither_bound_but_by_saturation(name: str) -> None:
    policy = build(name, action_space=TORQUES, weight_unit=100.0)
    last = f"biases_{len(policy.sizes) - 2}"
    genome = {p.name: np.zeros(p.shape) for p in policy.parameters.parameters}
    vectors = [policy.parameters.to_vector({**genome, last: np.full(2, b)}) for b in (0.0, 10.0, -10.0)]
    assert actions(policy, vectors, np.zeros((3, 2))).tolist() == [[0.0, 2.5], [2.0, 5.0], [-2.0, 0.0]]


@every_policy
def test_beyond_the_bounds_an_observation_counts_as_the_bound(name: str) -> None:
    policy = build(name, action_space=TORQUES)
    vectors = samples(policy, 2)
    at_bounds = actions(policy, vectors, [[0.6, 0.0], [-1.2, 10.0]])
    assert actions(policy, vectors, [[9.0, -np.inf], [-9.0, np.inf]]).tolist() == at_bounds.tolist()


@every_policy
def test_raw_observations_are_neither_scaled_nor_cut(name: str) -> None:
    scaled = build(name, action_space=TORQUES, low=-np.ones(2), high=np.ones(2))
    raw = build(name, action_space=TORQUES, low=np.full(2, -np.inf), high=np.full(2, np.inf), observations="raw")
    vectors = samples(raw, 2)
    inside = [[0.5, -0.25], [-1.0, 0.75]]
    assert actions(raw, vectors, inside) == pytest.approx(actions(scaled, vectors, inside))
    assert actions(raw, vectors, [[1.5, 0.0], [0.0, -2.0]]) != pytest.approx(
        actions(scaled, vectors, [[1.5, 0.0], [0.0, -2.0]])
    )


@every_policy
def test_genes_lie_within_their_limits(name: str) -> None:
    policy = build(name, weight_limit=3.0, initial_limit=0.5)
    assert set(policy.parameters.low) == {-3.0}
    assert set(policy.parameters.high) == {3.0}
    assert np.abs(samples(policy, 1)[0]).max() <= 0.5
    assert np.abs(samples(build(name, weight_limit=2.0, initial_limit=99.0), 1)[0]).max() <= 2.0


@every_policy
def test_bounds_to_scale_by_must_be_finite(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"observation\[1\] has bounds \[0\.0, inf\].*observations = 'raw'"):
        build(name, high=np.array([0.6, np.inf]))


@every_policy
def test_bounds_of_actions_must_be_finite(name: str) -> None:
    with pytest.raises(DecodingError, match=r"action\[0\] has bounds \[-inf, inf\].*environment\.action_low"):
        build(name, action_space=Box(-np.inf, np.inf, (1,), np.float64))


@every_policy
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_unscaled_inputs_must_be_finite_and_scaled_ones_saturate(name: str, value: float) -> None:
    raw = build(name, observations="raw")
    with pytest.raises(EncodingError, match=r"observation\[1\] is -?(inf|nan); expected a finite value"):
        actions(raw, samples(raw, 1), [[0.0, value]])
    if not np.isnan(value):
        scaled = build(name)
        saturated = actions(scaled, samples(scaled, 1), [[0.0, HIGH[1] if value > 0 else LOW[1]]])
        assert actions(scaled, samples(scaled, 1), [[0.0, value]]).tolist() == saturated.tolist()
