"""Reader of NIR graphs: a chain of layers as the genome and the options of the model ``lif``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import ExchangeError
from neurosim_rl.exchange.nir_file import Graph
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.settings.printable import printable

OUT_OF_REACH = 1e6
"""Neurons with this threshold or a higher one do not spike."""
AGREEMENT = 1e-6
"""Relative difference up to which two numbers in single precision count as equal."""
LARGEST, MULTIPLIED = 1e100, ("weight", "bias", "r")
"""Largest absolute value of parameters that are multiplied with one another: products and sums stay finite."""
WEIGHTS, NEURONS = ("Affine", "Linear"), ("LIF", "LI")
"""Types of nodes that are read."""


class GraphReader:
    """Reads a chain of layers from a graph.

    Parameters
    ----------
    graph : Graph
    path : path
        Path of the file, for messages.
    dt_s : float
        Step of the software that wrote the file, in s.
    """

    def __init__(self, graph: Graph, path: Path, dt_s: float) -> None:
        self._nodes, self._edges = graph.nodes, set(graph.edges)
        self._path, self._dt_s = path, dt_s
        self._recurrent: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def genome(self) -> tuple[Genome, dict[str, Any]]:
        """Return the genome, and the options of the model.

        Raises
        ------
        ExchangeError
            When the graph is no chain of layers, or its neurons are not those of the model ``lif``.
        """
        self._check_nodes()
        chain = self._chain()
        if len(chain) < 4 or len(chain) % 2:
            raise self._error(f"it has {len(chain)} nodes between input and output")
        genome: Genome = {}
        decays, thresholds, hidden, spiking = set(), set(), [], []
        n_before: int | None = None
        for k in range(len(chain) // 2):
            sums, neurons = chain[2 * k], chain[2 * k + 1]
            is_last = 2 * k + 2 == len(chain)
            weights, biases = self._affine(sums)
            if n_before not in (None, len(weights)):
                raise self._error(f"node {sums!r} has {len(weights)} inputs; {n_before} neurons lead to it")
            n_before = len(biases)
            decay, gain, threshold = self._neurons(neurons, n_before)
            if threshold is not None and is_last:
                raise self._error(f"node {neurons!r} spikes")
            if threshold is None and not is_last:
                raise self._error(f"node {neurons!r} does not spike")
            if neurons in self._recurrent and not is_last:
                back, more = self._recurrent[neurons]
                if back.shape != (n_before, n_before):
                    raise self._error(f"recurrent weights of {neurons!r} have the shape {back.shape}")
                genome[f"recurrent_{k}"] = gain * back
                # A recurrent node adds its biases in every step, as the layer's own node of weights does.
                biases = biases + more
            # A tick of ``lif`` has no gain: the gain of the input becomes part of the weights.
            genome |= {f"weights_{k}": gain * weights, f"biases_{k}": gain * biases}
            decays.add(decay)
            if threshold is not None:
                thresholds.add(threshold)
                hidden.append(n_before)
                spiking.append(neurons)
        if len(decays) > 1 or len(thresholds) > 1:
            raise self._error(f"decays {sorted(decays)} and thresholds {sorted(thresholds)}")
        if set(self._recurrent) not in (set(), set(spiking)):
            raise self._error(f"recurrent are {sorted(self._recurrent)}; expected all of {spiking}, or none")
        shape = {"hidden": hidden, "decay": decays.pop(), "threshold": thresholds.pop()}
        return genome, {**shape, "recurrent": bool(self._recurrent)}

    def _error(self, problem: str) -> ExchangeError:
        return ExchangeError(
            f"{self._path}: {printable(problem)}; expected input, then Affine (or Linear) and LIF in turn, then Affine "
            "and LI (or LIF with an unreachable threshold), then output; one decay and one threshold, v_leak and "
            "v_reset of 0."
        )

    def _check_nodes(self) -> None:
        """Raise for a node of a type that is not read; names it, wherever it is in the graph."""
        for name, node in self._nodes.items():
            if node.kind not in (*WEIGHTS, *NEURONS, "Input", "Output"):
                raise self._error(f"node {name!r} is a {node.kind}")

    def _chain(self) -> list[str]:
        """Return the nodes from input to output without recurrent nodes, which are stored by their neurons."""
        name, following = self._input(), self._following()
        chain: list[str] = []
        while self._nodes[name].kind != "Output":
            # A chain that is longer than the graph runs in a circle.
            if len(following[name]) != 1 or len(chain) > len(self._nodes):
                raise self._error(f"node {name!r} leads to {following[name]}")
            (name,) = following[name]
            chain.append(name)
        return chain[:-1]

    def _input(self) -> str:
        """Return the only input."""
        inputs = [name for name, node in self._nodes.items() if node.kind == "Input"]
        if len(inputs) != 1:
            raise self._error(f"its inputs are {sorted(inputs)}")
        return inputs[0]

    def _following(self) -> dict[str, list[str]]:
        """Return the following nodes of each node; edges through recurrent nodes are left out."""
        following: dict[str, list[str]] = {name: [] for name in self._nodes}
        for before, after in sorted(self._edges):
            for name in (before, after):
                if name not in following:
                    raise self._error(f"an edge has the unknown node {name!r}")
            following[before].append(after)
        for name, node in self._nodes.items():
            if node.kind not in WEIGHTS:
                continue
            # A node of weights with an edge to and from the same neurons is recurrent.
            both_ways = [after for after in following[name] if (after, name) in self._edges]
            if len(both_ways) > 1:
                raise self._error(f"node {name!r} has edges to and from each of {both_ways}")
            if both_ways:
                (neurons,) = both_ways
                if neurons in self._recurrent:
                    raise self._error(f"node {neurons!r} has two recurrent nodes")
                self._recurrent[neurons] = self._affine(name)
                following[neurons].remove(name)
        return following

    def _affine(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and biases of a node."""
        node = self._nodes[name]
        if node.kind not in WEIGHTS:
            raise self._error(f"node {name!r} is a {node.kind}")
        weights = self._parameter(name, "weight").T
        if weights.ndim != 2 or not weights.size:
            raise self._error(f"weights of node {name!r} have the shape {weights.shape}")
        biases = self._parameter(name, "bias") if node.kind == "Affine" else np.zeros(weights.shape[1])
        if biases.shape not in ((), (1,), (weights.shape[1],)):
            raise self._error(f"biases of node {name!r} have the shape {biases.shape}")
        return weights, np.broadcast_to(biases, weights.shape[1])

    def _neurons(self, name: str, n_neurons: int) -> tuple[float, float, float | None]:
        """Return decay, gain of the input, and threshold of a node; threshold None: the neurons do not spike."""
        node = self._nodes[name]
        if node.kind not in NEURONS:
            raise self._error(f"node {name!r} is a {node.kind}")
        tau, r = self._of_neurons(name, "tau", n_neurons), self._of_neurons(name, "r", n_neurons)
        if np.any(tau <= 0):
            raise self._error(f"node {name!r} has a tau that is not above 0")
        decay = self._common(name, 1 - self._dt_s / tau)
        gain = self._common(name, r * self._dt_s / tau)
        if not 0 < decay < 1:
            raise self._error(f"node {name!r} has tau {tau.flat[0]:g} s, not above the step of {self._dt_s:g} s (--dt)")
        zeros = ["v_leak"] if node.kind == "LI" else ["v_leak", "v_reset"]
        for key in zeros:
            if key in node.values and np.any(self._of_neurons(name, key, n_neurons)):
                raise self._error(f"node {name!r} has a v_leak or v_reset")
        if node.kind == "LI":
            return decay, gain, None
        threshold = self._common(name, self._of_neurons(name, "v_threshold", n_neurons))
        return decay, gain, threshold if threshold < OUT_OF_REACH else None

    def _of_neurons(self, name: str, key: str, n_neurons: int) -> np.ndarray:
        """Return a parameter of neurons: one number for each, or one without a shape for all, as snnTorch has them."""
        values = self._parameter(name, key)
        if values.size != 1 and values.shape != (n_neurons,):
            raise self._error(f"{key} of node {name!r} has the shape {values.shape}; expected ({n_neurons},)")
        return values

    def _parameter(self, name: str, key: str) -> np.ndarray:
        node = self._nodes[name]
        if key not in node.values:
            raise self._error(f"node {name!r} has no {key}")
        values = node[key]
        if not np.all(np.isfinite(values)):
            raise self._error(f"{key} of node {name!r} is not finite")
        if key in MULTIPLIED and np.any(np.abs(values) > LARGEST):
            raise ExchangeError(
                f"{self._path}: {key} of node {printable(name)!r} holds {np.abs(values).max():g}; expected at most "
                f"{LARGEST:g}, because currents in pA and their sums would overflow. Train the network with smaller "
                "weights."
            )
        return values

    def _common(self, name: str, values: np.ndarray) -> float:
        """Return the common value of all neurons, with the six digits of single precision."""
        first = float(np.ravel(values)[0])
        if not np.allclose(values, first, rtol=AGREEMENT, atol=0):
            raise self._error(f"neurons of node {name!r} differ")
        return float(f"{first:.6g}")
