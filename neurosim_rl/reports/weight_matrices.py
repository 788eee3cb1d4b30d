"""Weight matrices of a controller: of its network with read-in and read-out, or of the layers of its policy."""

from __future__ import annotations

import numpy as np

from neurosim_rl.analysis.weight_matrix import WeightMatrix, network_matrices, policy_matrices
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.reports.labels import task_labels

__all__ = ["WeightMatrix", "weight_matrices"]


def weight_matrices(optimizee: ClosedLoop, vector: np.ndarray) -> list[WeightMatrix]:
    """Return the weight matrices of a controller; empty: its network has no synapses, no read-in and no read-out.

    Parameters
    ----------
    optimizee : ClosedLoop
    vector : array, shape (n_genes,)
        Genome of the controller.
    """
    model, labels = optimizee.model, task_labels(optimizee)
    if isinstance(model, Policy):
        return policy_matrices(model.layers(model.parameters.to_genome(vector)), labels)
    return network_matrices(optimizee.network(vector), labels)
