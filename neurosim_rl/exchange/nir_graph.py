"""Reader of NIR graphs: a chain of layers as the genome and the options of the model ``lif``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import ExchangeError
from neurosim_rl.networks.parameters import Genome

OUT_OF_REACH = 1e6
"""Neurons with this threshold or a higher one do not spike."""
AGREEMENT = 1e-6
"""Relative difference up to which two numbers in single precision count as equal."""


class GraphReader:
    """Reads a chain of layers from a graph.

    Parameters
    ----------
    nir : module
    graph : nir.NIRGraph
    path : path
        Path of the file, for messages.
    dt_s : float
        Step of the software that wrote the file, in s.
    """

    def __init__(self, nir: Any, graph: Any, path: Path, dt_s: float) -> None:
        self._nir, self._graph, self._path, self._dt_s = nir, graph, path, dt_s
        self._recurrent: dict[str, np.ndarray] = {}

    def genome(self) -> tuple[Genome, dict[str, Any]]:
        """Return the genome, and the options of the model.

        Raises
        ------
        ExchangeError
            When the graph is no chain of layers, or its neurons are not those of the model ``lif``.
        """
        chain = self._chain()
        if len(chain) < 4 or len(chain) % 2:
            raise self._error(f"it has {len(chain)} nodes between input and output")
        genome: Genome = {}
        decays, thresholds, hidden, spiking = set(), set(), [], []
        for k in range(len(chain) // 2):
            sums, neurons = chain[2 * k], chain[2 * k + 1]
            is_last = 2 * k + 2 == len(chain)
            decay, gain, threshold = self._neurons(neurons)
            if threshold is not None and is_last:
                raise self._error(f"node {neurons!r} spikes")
            if threshold is None and not is_last:
                raise self._error(f"node {neurons!r} does not spike")
            weights, biases = self._affine(sums)
            # A tick of ``lif`` has no gain: the gain of the input becomes part of the weights.
            genome |= {f"weights_{k}": gain * weights, f"biases_{k}": gain * biases}
            decays.add(decay)
            if threshold is not None:
                thresholds.add(threshold)
                hidden.append(len(biases))
                spiking.append(neurons)
                if neurons in self._recurrent:
                    genome[f"recurrent_{k}"] = gain * self._recurrent[neurons]
        if len(decays) > 1 or len(thresholds) > 1:
            raise self._error(f"decays {sorted(decays)} and thresholds {sorted(thresholds)}")
        if set(self._recurrent) not in (set(), set(spiking)):
            raise self._error(f"recurrent are {sorted(self._recurrent)}; expected all of {spiking}, or none")
        shape = {"hidden": hidden, "decay": decays.pop(), "threshold": thresholds.pop()}
        return genome, {**shape, "recurrent": bool(self._recurrent)}

    def _error(self, problem: str) -> ExchangeError:
        return ExchangeError(
            f"{self._path}: {problem}; expected input, then Affine (or Linear) and LIF in turn, then Affine and LI (or "
            "LIF with an unreachable threshold), then output; one decay and one threshold, v_leak and v_reset of 0."
        )

    def _chain(self) -> list[str]:
        """Return the nodes from input to output without recurrent nodes, which are stored by their neurons."""
        if not isinstance(self._graph, self._nir.NIRGraph):
            raise self._error(f"it holds a single node, a {type(self._graph).__name__}")
        nodes = self._graph.nodes
        for name, node in nodes.items():
            if isinstance(node, self._nir.NIRGraph):
                raise self._error(f"node {name!r} is a graph of its own")
        name, following = self._input(), self._following()
        chain: list[str] = []
        while not isinstance(nodes[name], self._nir.Output):
            # A chain that is longer than the graph runs in a circle.
            if len(following[name]) != 1 or len(chain) > len(nodes):
                raise self._error(f"node {name!r} leads to {following[name]}")
            (name,) = following[name]
            chain.append(name)
        return chain[:-1]

    def _input(self) -> str:
        """Return the only input."""
        inputs = []
        for name, node in self._graph.nodes.items():
            if isinstance(node, self._nir.Input):
                inputs.append(name)
        if len(inputs) != 1:
            raise self._error(f"its inputs are {sorted(inputs)}")
        return inputs[0]

    def _following(self) -> dict[str, list[str]]:
        """Return the following nodes of each node; edges through recurrent nodes are left out."""
        edges = set(map(tuple, self._graph.edges))
        following: dict[str, list[str]] = {name: [] for name in self._graph.nodes}
        for before, after in sorted(edges):
            if before in following:
                following[before].append(after)
        for name, node in self._graph.nodes.items():
            if not isinstance(node, self._nir.Linear | self._nir.Affine):
                continue
            # A node of weights with an edge to and from the same neurons is recurrent.
            both_ways = sorted(after for after in following[name] if (after, name) in edges)
            if len(both_ways) > 1:
                raise self._error(f"node {name!r} has edges to and from each of {both_ways}")
            if both_ways:
                (neurons,) = both_ways
                if np.any(getattr(node, "bias", 0.0)):
                    raise self._error(f"node {name!r} is recurrent and has biases")
                self._recurrent[neurons] = np.asarray(node.weight, np.float64).T
                following[neurons].remove(name)
        return following

    def _affine(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and biases of a node."""
        node = self._graph.nodes[name]
        if not isinstance(node, self._nir.Affine | self._nir.Linear):
            raise self._error(f"node {name!r} is a {type(node).__name__}")
        weights = np.asarray(node.weight, np.float64).T
        return weights, np.asarray(getattr(node, "bias", np.zeros(weights.shape[1])), np.float64)

    def _neurons(self, name: str) -> tuple[float, float, float | None]:
        """Return decay, gain of the input, and threshold of a node; threshold None: the neurons do not spike."""
        node = self._graph.nodes[name]
        if not isinstance(node, self._nir.LIF | self._nir.LI):
            raise self._error(f"node {name!r} is a {type(node).__name__}")
        decay = self._common(name, 1 - self._dt_s / node.tau)
        gain = self._common(name, node.r * self._dt_s / node.tau)
        spikes = isinstance(node, self._nir.LIF)
        if np.any(node.v_leak) or (spikes and np.any(node.v_reset)):
            raise self._error(f"node {name!r} has a v_leak or v_reset")
        if not spikes:
            return decay, gain, None
        threshold = self._common(name, node.v_threshold)
        return decay, gain, threshold if threshold < OUT_OF_REACH else None

    def _common(self, name: str, values: np.ndarray) -> float:
        """Return the common value of all neurons, with the six digits of single precision."""
        first = float(np.ravel(values)[0])
        if not np.allclose(values, first, rtol=AGREEMENT, atol=0):
            raise self._error(f"neurons of node {name!r} differ")
        return float(f"{first:.6g}")
