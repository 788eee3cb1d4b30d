"""Weights of a controller as matrices: of a network's projections, read-in and read-out, or of a policy's layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim_rl.analysis.labels import Labels, without_unit
from neurosim_rl.analysis.neuron_rows import population_in_words
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class WeightMatrix:
    """Weights from sources to targets.

    Parameters
    ----------
    title : str
    values : array, shape (n_source, n_target)
        NaN: no synapse.
    unit : str
        ``"1"``: none.
    source, target : str
        What the sources and targets are.
    source_names, target_names : tuple of str
        Their names; empty: they have numbers.
    """

    title: str
    values: np.ndarray
    unit: str
    source: str
    target: str
    source_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the values as a data frame (pandas): a row for each source, a column for each target."""
        import pandas as pd

        n_source, n_target = self.values.shape
        rows = pd.Index(self.source_names or range(n_source), name=self.source)
        columns = pd.Index(self.target_names or range(n_target), name=self.target)
        return pd.DataFrame(self.values, index=rows, columns=columns)


def network_matrices(network: Network, labels: Labels) -> list[WeightMatrix]:
    """Return the matrices of a network: read-in, projections in their order, read-out.

    Projections between the same populations share a matrix if their synapses are of one model and have one unit.
    """
    found = []
    if network.read_in is not None:
        observed = tuple(without_unit(label) for label in labels.observations)
        rows = (*observed, *["bias"] * (len(network.read_in) - len(observed)))  # the last row may hold biases
        names = rows if len(rows) == len(network.read_in) else ()
        target = f"target: {', '.join(population_in_words(network, name) for name in network.inputs)}"
        found.append(WeightMatrix("read-in", network.read_in, "pA", "observed variable", target, names))
    together: dict[tuple[str, str, str, str], list[Projection]] = {}
    for projection in network.own_projections:
        kind = (projection.source, projection.target, projection.synapse, network.weight_unit(projection))
        together.setdefault(kind, []).append(projection)
    for (source, target, _, unit), projections in together.items():
        spoken = population_in_words(network, source), population_in_words(network, target)
        values = _matrix(network, projections)
        found.append(WeightMatrix(" to ".join(spoken), values, unit, f"source: {spoken[0]}", f"target: {spoken[1]}"))
    if network.readout is not None:
        actions = tuple(without_unit(label) for label in labels.actions)
        names = actions if len(actions) == network.readout.shape[1] else ()
        found.append(WeightMatrix("read-out", network.readout, "1", "output neuron", "action", (), names))
    return found


def policy_matrices(layers: Sequence[tuple[np.ndarray, np.ndarray]], labels: Labels) -> list[WeightMatrix]:
    """Return the matrix of each layer of a policy without neurons; its last source is the bias.

    Parameters
    ----------
    layers : sequence of (array, array)
        Weights, shape (n_source, n_target), and biases, shape (n_target,), of each layer.
    labels : Labels
    """
    found = []
    for k, (weights, biases) in enumerate(layers):
        is_first, is_last = k == 0, k == len(layers) - 1
        source = "observed variable" if is_first else f"unit of layer {k}"
        target = "output" if is_last else f"unit of layer {k + 1}"
        names = (*(without_unit(label) for label in labels.observations), "bias") if is_first else ()
        outputs = tuple(without_unit(label) for label in labels.actions) if is_last else ()
        values = np.vstack([weights, biases])
        if len(names) != len(values):
            names = ()
        if len(outputs) != values.shape[1]:
            outputs = ()
        title = f"layer {k + 1} of {len(layers)}, biases in the last column"
        found.append(WeightMatrix(title, values, "1", source, target, names, outputs))
    return found


def _matrix(network: Network, projections: Sequence[Projection]) -> np.ndarray:
    """Return the weights of projections between the same populations, shape (n_source, n_target).

    Several synapses between two neurons are summed; NaN: no synapse.
    """
    first = projections[0]
    matrix = np.full((network.population(first.source).size, network.population(first.target).size), np.nan)
    for projection in projections:
        pre, post = np.asarray(projection.pre), np.asarray(projection.post)
        matrix[pre, post] = np.nan_to_num(matrix[pre, post])
        np.add.at(matrix, (pre, post), np.asarray(projection.weight_pa))
    return matrix
