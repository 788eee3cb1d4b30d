"""Eigenvalues and eigenvectors of a symmetric matrix, compiled.

Householder reflections to tridiagonal form, then rotations of the QL algorithm with implicit shifts. Source: Wilkinson
& Reinsch 1971, Handbook for Automatic Computation II, contributions II/2 (``tred2``) and II/4 (``imtql2``); Golub & Van
Loan 2013, Matrix Computations, 4th edition, sections 8.3.1 and 8.3.3. Sums have a fixed order, and `compiled` allows no
fused products.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim_rl.compilation import compiled

EPSILON = 2.0**-52
MOST_ITERATIONS = 60
"""Iterations for one eigenvalue. Two are usual; a matrix with NaN needs an end."""


@compiled
def tridiagonalise(a: np.ndarray, diagonal: np.ndarray, beside: np.ndarray) -> None:
    """Reduce a symmetric matrix to tridiagonal form.

    Parameters
    ----------
    a : float array, shape (n, n)
        The matrix. Changed in place: its rows become the vectors in which the matrix is tridiagonal.
    diagonal, beside : float array, shape (n,)
        Filled with the diagonal, and with the elements beside it: ``beside[k]`` couples k and k + 1; the last is 0.
    """
    n = len(a)
    reflections = np.zeros((n, n))
    factors = np.zeros(n)
    for k in range(n - 2):
        # The reflection I - factor v v^T maps column k, below the diagonal, onto its first element.
        v = reflections[k]
        size = 0.0
        for i in range(k + 1, n):
            size += abs(a[i, k])
        if size == 0.0:
            continue
        square = 0.0
        for i in range(k + 1, n):
            v[i] = a[i, k] / size
            square += v[i] * v[i]
        length = math.copysign(math.sqrt(square), v[k + 1])
        factors[k] = 1.0 / (square + v[k + 1] * length)
        v[k + 1] += length
        a[k + 1, k] = a[k, k + 1] = -length * size
        _reflect(a, v, factors[k], k + 1)
    for k in range(n):
        diagonal[k] = a[k, k]
        beside[k] = a[k + 1, k] if k + 1 < n else 0.0
    _accumulate(a, reflections, factors)


@compiled
def _reflect(a: np.ndarray, v: np.ndarray, factor: float, first: int) -> None:
    """Apply a reflection to both sides of the lower right part of a matrix, from index `first`."""
    n = len(a)
    p = np.zeros(n)
    # Row by row, so that the inner loop runs over independent sums.
    for i in range(first, n):
        for j in range(first, n):
            p[j] += factor * v[i] * a[i, j]
    along = 0.0
    for i in range(first, n):
        along += v[i] * p[i]
    for i in range(first, n):
        p[i] -= 0.5 * factor * along * v[i]
    for i in range(first, n):
        for j in range(first, n):
            a[i, j] -= v[i] * p[j] + p[i] * v[j]


@compiled
def _accumulate(a: np.ndarray, reflections: np.ndarray, factors: np.ndarray) -> None:
    """Replace the matrix by the product of all reflections, transposed."""
    n = len(a)
    a[:] = 0.0
    for i in range(n):
        a[i, i] = 1.0
    for k in range(n - 3, -1, -1):
        v = reflections[k]
        for row in range(k + 1, n):
            along = 0.0
            for i in range(k + 1, n):
                along += a[row, i] * v[i]
            for i in range(k + 1, n):
                a[row, i] -= factors[k] * along * v[i]


@compiled
def diagonalise(diagonal: np.ndarray, beside: np.ndarray, vectors: np.ndarray) -> None:
    """Find the eigenvalues of a symmetric tridiagonal matrix, and rotate vectors to its eigenvectors.

    Parameters
    ----------
    diagonal, beside : float array, shape (n,)
        Of `tridiagonalise`. Changed in place: `diagonal` becomes the eigenvalues, in no order.
    vectors : float array, shape (n, n)
        Its rows become the eigenvectors.
    """
    n = len(diagonal)
    for first in range(n):
        for _ in range(MOST_ITERATIONS):
            last = first
            while last < n - 1:
                if abs(beside[last]) <= EPSILON * (abs(diagonal[last]) + abs(diagonal[last + 1])):
                    break
                last += 1
            if last == first:
                break
            _chase(diagonal, beside, vectors, first, last)


@compiled
def _chase(diagonal: np.ndarray, beside: np.ndarray, vectors: np.ndarray, first: int, last: int) -> None:
    """Apply one implicit QL step with Wilkinson's shift to the part from `first` to `last`."""
    d, e = diagonal, beside
    g = (d[first + 1] - d[first]) / (2.0 * e[first])
    r = math.sqrt(g * g + 1.0)
    g = d[last] - d[first] + e[first] / (g + math.copysign(r, g))
    sine = cosine = 1.0
    p = 0.0
    for i in range(last - 1, first - 1, -1):
        f, b = sine * e[i], cosine * e[i]
        r = math.sqrt(f * f + g * g)
        e[i + 1] = r
        if r == 0.0:
            d[i + 1] -= p
            e[last] = 0.0
            return
        sine, cosine = f / r, g / r
        g = d[i + 1] - p
        r = (d[i] - g) * sine + 2.0 * cosine * b
        p = sine * r
        d[i + 1] = g + p
        g = cosine * r - b
        for k in range(vectors.shape[1]):
            upper, lower = vectors[i + 1, k], vectors[i, k]
            vectors[i + 1, k] = sine * lower + cosine * upper
            vectors[i, k] = cosine * lower - sine * upper
    d[first] -= p
    e[first] = g
    e[last] = 0.0
