"""Linear algebra in a fixed order, against exact fractions and the definitions."""

from fractions import Fraction

import numpy as np
import pytest

from neurosim_rl.optimizers import compiled_eigen
from neurosim_rl.optimizers.algebra import covariance, eigen_decomposition, norm, product, solution, triangular_root


def exactly(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the matrix product in fractions, rounded once."""
    sums = np.zeros((len(a), b.shape[1]))
    for i, row in enumerate(a.tolist()):
        for j, column in enumerate(b.T.tolist()):
            sums[i, j] = float(sum(Fraction(x) * Fraction(y) for x, y in zip(row, column, strict=True)))
    return sums


def symmetric(n: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, n))
    if kind == "diagonal":
        return np.diag(a[0])
    if kind == "one eigenvalue many times":
        return 0.7 * np.eye(n) + np.outer(a[0], a[0])
    if kind == "singular":
        return np.outer(a[0], a[0]) + np.outer(a[-1], a[-1])
    return a @ a.T if kind == "positive" else a + a.T


KINDS = ("positive", "of both signs", "diagonal", "one eigenvalue many times", "singular")


def test_products_are_those_of_fractions_up_to_rounding() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(5, 40)), rng.normal(size=(40, 3))
    np.testing.assert_allclose(product(a, b), exactly(a, b), rtol=1e-13)
    np.testing.assert_array_equal(product(a[0], b), product(a, b)[0])
    np.testing.assert_array_equal(product(a, b[:, 1]), product(a, b)[:, 1])
    assert product(a[0], b[:, 1]) == product(a, b)[0, 1]


def test_products_add_their_terms_in_order() -> None:
    terms = np.array([1e17, 1.0, -1e17, 1.0])
    assert product(terms, np.ones(4)) == 1.0
    assert product(terms[[0, 2, 1, 3]], np.ones(4)) == 2.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 40])
def test_eigenvectors_turn_a_matrix_into_its_eigenvalues(n: int, kind: str) -> None:
    matrix = symmetric(n, kind)
    values, vectors = eigen_decomposition(matrix)
    size = np.abs(matrix).max()
    assert (np.diff(values) >= 0).all()
    np.testing.assert_allclose(exactly(vectors.T, vectors), np.eye(n), atol=1e-13)
    np.testing.assert_allclose(exactly(vectors * values, vectors.T), matrix, atol=1e-13 * n * size)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix), atol=1e-13 * n * size)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_decomposition_of_what_is_not_finite_ends(bad: float) -> None:
    with np.errstate(invalid="ignore"):
        values, _ = eigen_decomposition(np.full((5, 5), bad))
    assert values.shape == (5,)


@pytest.mark.parametrize("kind", ["positive", "one eigenvalue many times", "singular"])
@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_a_triangular_root_times_itself_is_the_matrix(n: int, kind: str) -> None:
    matrix = symmetric(n, kind)
    root = triangular_root(matrix)
    np.testing.assert_array_equal(root, np.tril(root))
    np.testing.assert_allclose(exactly(root, root.T), matrix, atol=1e-12 * np.abs(matrix).max())


def test_a_solution_solves() -> None:
    matrix, right = symmetric(9, "positive"), np.random.default_rng(2).normal(size=(9, 4))
    np.testing.assert_allclose(exactly(matrix, solution(matrix, right)), right, atol=1e-9)


def test_norm_and_covariance_follow_their_definitions() -> None:
    samples = np.random.default_rng(3).normal(size=(30, 4))
    np.testing.assert_allclose(covariance(samples), np.cov(samples, rowvar=False), rtol=1e-13)
    np.testing.assert_allclose(covariance(samples.T, rowvar=True), covariance(samples))
    assert norm(np.array([3.0, 4.0])) == 5.0
    np.testing.assert_array_equal(norm(np.array([[3.0, 5.0], [4.0, 12.0]]), axis=0), [5.0, 13.0])


def test_compiled_code_has_the_bits_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no fused products, and adds in the order that is written."""
    matrix = symmetric(12, "positive")
    compiled = eigen_decomposition(matrix)
    for kernel, dispatcher in list(vars(compiled_eigen).items()):
        if hasattr(dispatcher, "py_func"):
            monkeypatch.setattr(compiled_eigen, kernel, dispatcher.py_func)
    for one, other in zip(compiled, eigen_decomposition(matrix), strict=True):
        np.testing.assert_array_equal(one, other)
