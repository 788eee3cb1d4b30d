"""Linear algebra with the same bits on every processor.

The libraries behind NumPy's products and decompositions (BLAS, LAPACK) add in another order, or with fused products, on
another processor. In an optimizer, a last bit can become another search: some decompositions are not continuous.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.sums import WeightedSums

ROUNDING = 1e-14
"""A pivot below this share of its diagonal element is 0, up to rounding."""


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the matrix product of vectors or matrices, as ``numpy.dot``; each sum adds its terms in their order."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    rows = a.reshape(-1, a.shape[-1])
    columns = b.reshape(len(b), -1)
    n = len(rows)
    sums = WeightedSums(columns[None], np.zeros(n, np.int64))(rows, np.arange(n))
    return sums.reshape(a.shape[:-1] + b.shape[1:])[()]  # type: ignore[no-any-return]


def norm(x: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Return the Euclidean norm of all elements, or along an axis."""
    return np.sqrt(np.square(x).sum(axis=axis))  # type: ignore[no-any-return]


def covariance(samples: np.ndarray, rowvar: bool = False) -> np.ndarray:
    """Return the covariance matrix of samples, shape (n_samples, n_variables); ``rowvar`` as in ``numpy.cov``."""
    if rowvar:
        samples = samples.T
    deviations = samples - samples.mean(axis=0)
    return product(deviations.T, deviations) / (len(samples) - 1)


def triangular_root(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangular L with L L^T = matrix (Cholesky).

    Parameters
    ----------
    matrix : array, shape (n, n)
        Symmetric, without negative eigenvalues. Of a singular matrix, columns of L are 0.
    """
    rest = np.array(matrix, np.float64)
    least = ROUNDING * rest.diagonal()
    root = np.zeros_like(rest)
    for k in range(len(rest)):
        if rest[k, k] > least[k]:
            root[k:, k] = rest[k:, k] / np.sqrt(rest[k, k])
            rest[k:, k:] -= np.outer(root[k:, k], root[k:, k])
    return root


def solution(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return x with matrix x = right, shape (n, m), for a symmetric matrix with positive eigenvalues, shape (n, n)."""
    root, x = triangular_root(matrix), np.array(right, np.float64)
    n = len(root)
    for k in range(n):
        x[k] = (x[k] - (root[k, :k, None] * x[:k]).sum(axis=0)) / root[k, k]
    for k in reversed(range(n)):
        x[k] = (x[k] - (root[k + 1 :, k, None] * x[k + 1 :]).sum(axis=0)) / root[k, k]
    return x


def eigen_decomposition(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues in rising order and eigenvectors in columns, shapes (n,) and (n, n), as ``numpy.linalg.eigh``.

    Parameters
    ----------
    matrix : array, shape (n, n)
        Symmetric.
    """
    # Imported here because numba loads slowly.
    from neurosim_rl.optimizers.compiled_eigen import diagonalise, tridiagonalise

    rows = np.array(matrix, np.float64, order="C")
    values, beside = np.zeros(len(rows)), np.zeros(len(rows))
    tridiagonalise(rows, values, beside)
    diagonalise(values, beside, rows)
    order = np.argsort(values, kind="stable")
    return values[order], rows[order].T
