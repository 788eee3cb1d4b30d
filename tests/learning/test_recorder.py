"""The record of a trial: what learning was told, and what became of the weights."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim_rl.learning import LearningRecorder, PlasticLearner
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory
from tests.learning.test_learner import N_HIDDEN, N_OUT, N_WINDOWS, learn, network

PROJECTIONS = ("input->hidden", "hidden->output")
RATE = 0.02
W_MAX_PA = 8000.0


@pytest.fixture(scope="module")
def kept() -> tuple[LearningRecord, list[list[np.ndarray]]]:
    """Return the record of the first of two elements, and its weights after each window as the learner had them."""
    recorder, weights = LearningRecorder(), []

    def watch(learner: PlasticLearner) -> None:
        weights.append([np.copy(w) for w in learner.weights_pa(0, network(1))])

    learn("compiled", [1, 2], watch, recorder=recorder, projections=PROJECTIONS, learning_rate=RATE)
    return recorder.record(), weights


def test_it_knows_every_weight_after_every_window(kept: tuple[LearningRecord, list[list[np.ndarray]]]) -> None:
    record, weights = kept
    assert [course.label for course in record.weights] == list(PROJECTIONS)
    for number, course in enumerate(record.weights):
        assert course.weight_pa.shape == (N_WINDOWS + 1, network(1).projections[number].n_synapses)
        np.testing.assert_allclose(course.weight_pa[0], network(1).projections[number].weight_pa, rtol=1e-6)
        np.testing.assert_allclose(course.weight_pa[1:], [w[number] for w in weights], rtol=1e-6)
    assert record.n_windows == N_WINDOWS
    assert np.flatnonzero(record.ended).tolist() == [5]


def test_reward_times_eligibility_is_what_weights_changed_by(
    kept: tuple[LearningRecord, list[list[np.ndarray]]],
) -> None:
    record, _ = kept
    course, eligibility = record.weights[0], record.eligibility[0]  # hidden neurons all get the reward
    expected = RATE * W_MAX_PA * record.reward[:, None] * eligibility
    inside = (course.weight_pa[1:] > 0) & (course.weight_pa[1:] < W_MAX_PA)
    assert np.abs(expected[inside]).max() > 1.0
    np.testing.assert_allclose(np.diff(course.weight_pa, axis=0)[inside], expected[inside], atol=2e-3)


def test_the_matrix_has_each_synapse_in_its_place() -> None:
    pre, post = np.array([0, 2, 2]), np.array([1, 0, 0])
    course = WeightHistory("a", "b", pre, post, 3, 2, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    nan = np.nan
    np.testing.assert_array_equal(course.matrix_pa(0), [[nan, 1.0], [nan, nan], [5.0, nan]])
    np.testing.assert_array_equal(course.matrix_pa(-1), [[nan, 4.0], [nan, nan], [11.0, nan]])


def test_matrices_of_full_projections_are_full(kept: tuple[LearningRecord, list[list[np.ndarray]]]) -> None:
    matrix = kept[0].weights[1].matrix_pa(0)
    assert matrix.shape == (N_HIDDEN, N_OUT)
    assert np.isfinite(matrix).all()
