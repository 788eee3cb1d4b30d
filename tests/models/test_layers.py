"""Layers without spikes: sums worked out by hand, and no bit of them that depends on what else is in the batch."""

import math

import numpy as np
import pytest

from neurosim_rl.models.layers import ACTIVATIONS, Layer, relu, tanh

RNG = np.random.default_rng(3)


def test_each_element_gets_the_sums_of_its_own_individual() -> None:
    weights = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[10.0, 0.0], [0.0, -10.0]])]
    biases = [np.array([0.5, -0.5]), np.array([0.0, 1.0])]
    layer = Layer(weights, biases, [1, 0, 1])
    values = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 3.0]])
    assert layer.sums(values, np.arange(3)).tolist() == [[10.0, -19.0], [7.5, 9.5], [0.0, -29.0]]
    assert layer.sums(values[[1]], np.array([1])).tolist() == [[7.5, 9.5]]
    assert layer.sums(values[[0, 2]], np.array([0, 2])).tolist() == [[10.0, -19.0], [0.0, -29.0]]
    assert layer.sums(values, np.arange(3)).tolist() == [[10.0, -19.0], [7.5, 9.5], [0.0, -29.0]]


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n_inputs", [2, 37])
def test_sums_are_added_up_in_the_order_of_the_inputs_whatever_shares_the_batch(n_inputs: int, n_outputs: int) -> None:
    n_batch = 50
    weights, biases = list(RNG.normal(size=(n_batch, n_inputs, n_outputs))), list(RNG.normal(size=(n_batch, n_outputs)))
    values = RNG.normal(size=(n_batch, n_inputs))
    layer = Layer(weights, biases, range(n_batch))
    together = layer.sums(values, np.arange(n_batch))
    for k in range(n_batch):
        for output in range(n_outputs):
            total = float(biases[k][output])
            for value, weight in zip(values[k].tolist(), weights[k][:, output].tolist(), strict=True):
                total += value * weight
            assert together[k, output] == total
        assert Layer([weights[k]], [biases[k]], [0]).sums(values[[k]], np.zeros(1, int)).tolist() == [
            together[k].tolist()
        ]
        assert layer.sums(values[k:], np.arange(k, n_batch)).tolist() == together[k:].tolist()


def test_activations_are_what_they_are_called() -> None:
    sums = np.array([[-800.0, -1.0, 0.0, 0.25, 800.0]])
    assert relu(sums).tolist() == [[0.0, 0.0, 0.0, 0.25, 800.0]]
    assert tanh(sums)[0] == pytest.approx([-1.0, math.tanh(-1.0), 0.0, math.tanh(0.25), 1.0], abs=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_gives_a_value_the_same_alone_and_in_any_batch(name: str) -> None:
    sums = RNG.normal(size=(33, 7)) * 3
    whole = ACTIVATIONS[name](sums)
    for row in range(33):
        assert ACTIVATIONS[name](sums[[row]]).tolist() == [whole[row].tolist()]
    assert ACTIVATIONS[name](sums[3:]).tolist() == whole[3:].tolist()


def test_tanh_is_rounded_so_that_processors_agree() -> None:
    values = tanh(RNG.normal(size=1000))
    assert np.array_equal(values, np.round(values, 12))
