"""Reader of NIR files: the graph as data, without the package ``nir``.

The file is examined first, in another process (see `neurosim_rl.runs.examination`): a stranger may have written it, and
a damaged one can let the HDF5 library loop for ever. The package ``nir`` would make an object of each node, and refuses
parameters without a shape, as snnTorch's scalars are written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurosim_rl.errors import ExchangeError
from neurosim_rl.runs.examiner import NotReadError, check_readable
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.regular_file import read_regular

LARGEST_FILE = 2**28
"""Largest NIR file that is read, in bytes."""
MOST_NUMBERS = 2**24
"""Most numbers in the nodes of a file; more weights are no controller that can be played."""
DAMAGE = (OSError, LookupError, RuntimeError, ValueError, TypeError, AttributeError, UnicodeError)
"""Errors of h5py, and of the reader below, for a damaged file."""


@dataclass(frozen=True)
class Node:
    """A node of a graph: the name of its type, and its parameters as arrays."""

    kind: str
    values: dict[str, np.ndarray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a parameter as floating-point numbers; raise LookupError without it."""
        return np.asarray(self.values[name], dtype=np.float64)


@dataclass(frozen=True)
class Graph:
    """Nodes by name, edges between them, and metadata. Graphs inside the graph are spread out."""

    nodes: dict[str, Node]
    edges: tuple[tuple[str, str], ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_graph(path: Path) -> Graph:
    """Return the graph of a NIR file.

    Raises
    ------
    ExchangeError
        When the file is missing, damaged, too large, or holds anything but a graph of numbers.
    """
    try:
        image = read_regular(path, LARGEST_FILE)
        check_readable(image)
        with h5py.File(io.BytesIO(image), "r") as file:
            return _graph(file["node"])
    except NotReadError as error:
        raise ExchangeError(f"{path} is not read as NIR: {error}. Expected the file of a network.") from error
    except DAMAGE as error:
        reason = printable(f"{type(error).__name__}: {error}")
        raise ExchangeError(f"{path} cannot be read as NIR: {reason}. Expected the file of a network.") from error


def _graph(group: h5py.Group) -> Graph:
    kind = _text(group["type"])
    if kind != "NIRGraph":
        raise ValueError(f"it holds a single node, a {kind}")
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []
    _spread(group, "", nodes, edges)
    n_numbers = sum(value.size for node in nodes.values() for value in node.values.values())
    if n_numbers > MOST_NUMBERS:
        raise ValueError(f"its nodes have {n_numbers} numbers, more than {MOST_NUMBERS}")
    metadata = {}
    if "metadata" in group:
        for name, entry in group["metadata"].items():
            metadata[name] = entry[()]
    return Graph(nodes, tuple(edges), metadata)


def _spread(group: h5py.Group, prefix: str, nodes: dict[str, Node], edges: list[tuple[str, str]]) -> None:
    """Add the nodes and edges of a graph, and those of graphs inside it.

    snnTorch writes a recurrent layer as a graph: its input and output become nodes that change nothing.
    """
    for name, entry in group["nodes"].items():
        kind = _text(entry["type"])
        if kind == "NIRGraph":
            _spread(entry, f"{prefix}{name}.", nodes, edges)
            nodes[f"{prefix}{name}"] = Node("NIRGraph")
        elif prefix and kind in ("Input", "Output"):
            nodes[f"{prefix}{name}"] = Node(f"inner {kind}")
        else:
            nodes[f"{prefix}{name}"] = Node(kind, dict(_parameters(entry)))
    for before, after in _edges(group):
        edges.append((f"{prefix}{before}", f"{prefix}{after}"))


def _parameters(group: h5py.Group) -> Iterator[tuple[str, np.ndarray]]:
    """Give the parameters of a node that are numbers."""
    for name, entry in group.items():
        if isinstance(entry, h5py.Dataset) and entry.dtype.kind in "biuf":
            yield name, np.asarray(entry[()])


def _edges(group: h5py.Group) -> list[tuple[str, str]]:
    if "edges" not in group or not group["edges"].size:
        return []
    pairs = group["edges"].asstr()[()]
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"its edges have the shape {pairs.shape}; expected pairs of names")
    return [(str(before), str(after)) for before, after in pairs]


def _text(dataset: h5py.Dataset) -> str:
    return str(dataset.asstr()[()])


def without_inner_graphs(graph: Graph) -> Graph:
    """Return the graph with edges that lead through the inputs and outputs of inner graphs instead of to these graphs.

    Raises
    ------
    ValueError
        When an inner graph has several inputs or outputs, or its edges never lead to a node.
    """
    inner = {name for name, node in graph.nodes.items() if node.kind == "NIRGraph"}
    if not inner:
        return graph
    entries = {name: _only(graph, name, "inner Input") for name in inner}
    exits = {name: _only(graph, name, "inner Output") for name in inner}
    edges = [(exits.get(before, before), entries.get(after, after)) for before, after in graph.edges]
    passing = {name for name, node in graph.nodes.items() if node.kind in ("inner Input", "inner Output")}
    for name in passing:
        before = [a for a, b in edges if b == name and a != name]
        after = [b for a, b in edges if a == name and b != name]
        edges = [edge for edge in edges if name not in edge]
        edges += [(a, b) for a in before for b in after]
        if len(edges) > MOST_NUMBERS:
            raise ValueError("its inner graphs have too many edges")
    nodes = {name: node for name, node in graph.nodes.items() if name not in inner | passing}
    return Graph(nodes, tuple(edges), graph.metadata)


def _only(graph: Graph, name: str, kind: str) -> str:
    """Return the only input or output of an inner graph."""
    found = []
    for other, node in graph.nodes.items():
        if node.kind == kind and other.rpartition(".")[0] == name:
            found.append(other)
    if len(found) != 1:
        raise ValueError(f"node {name!r}, a graph of its own, has {len(found)} nodes of type {kind[6:]}; expected one")
    return found[0]
