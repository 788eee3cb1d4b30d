"""L2L's Gaussian with noise, sampled with the same bits on every processor; loads scikit-learn."""

from __future__ import annotations

import numpy as np
from l2l.optimizers.crossentropy.distribution import NoisyGaussian

from neurosim_rl.optimizers.algebra import product, triangular_root


class PortableNoisyGaussian(NoisyGaussian):
    """L2L's ``NoisyGaussian`` with another root of the covariance matrix C.

    Samples are m + L z with standard normal z and L L^T = C. L2L takes L from NumPy's ``multivariate_normal``, by
    LAPACK's singular values; here L is triangular.
    """

    def sample(self, n_individuals: int) -> np.ndarray:
        """Return samples, shape (n_individuals, n_genes)."""
        noise = self.random_state.standard_normal((n_individuals, len(self.mean)))
        samples: np.ndarray = self.mean + product(noise, triangular_root(self.noisy_cov).T)
        return samples
