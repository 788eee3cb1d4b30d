"""NIR files with something wrong: cut, with changed bits, and with hostile graphs; a target of ``benchmarks.fuzz``."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Rng = np.random.Generator

NUMBERS = (0.0, -1.0, 1.0, 1e-300, 1e300, 1e-4, 1e9, np.nan, np.inf, -np.inf)
TEXTS = ("", "input", "output", "affine_0", "lif_0", "\x1b[31m", "a\nb", "x" * 5000, "NIRGraph", "Conv2d", "\u202e")
KINDS = (
    "Affine",
    "Linear",
    "LIF",
    "LI",
    "CubaLIF",
    "Conv2d",
    "NIRGraph",
    "Input",
    "Output",
    "Flatten",
    "",
    "__class__",
)
SIZES = (0, 1, 2, 3, 8, 64)


def prepare() -> None:
    """Import what the command needs; forked children have it."""
    from neurosim_rl.training import champion

    champion.UNSEEN_EPISODES, champion.RECORDED_EPISODES = 3, 1


def draw(rng: Rng) -> bytes:
    """Return the content of a random file."""
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        _network(rng, file)
        for _ in range(int(rng.integers(0, 4))):
            change = _CHANGES[int(rng.integers(len(_CHANGES)))]
            try:
                change(rng, file)
            except (KeyError, OSError, RuntimeError, TypeError, ValueError):  # not for this graph
                continue
    content = bytearray(image.getvalue())
    way = rng.random()
    if way < 0.15:
        del content[int(rng.integers(len(content))) :]
    elif way < 0.6:
        for place in rng.integers(len(content), size=int(rng.integers(1, 12))):
            content[place] ^= 1 << int(rng.integers(8))
    return bytes(content)


def play(case: bytes, folder: Path) -> int:
    """Import a file; return the exit code of the command."""
    from neurosim_rl.cli.main import main

    (folder / "network.nir").write_bytes(case)
    kwargs = "environment.kwargs={max_episode_steps = 20}"
    words = ["import", "network.nir", "--task", "cart-pole", "--set", kwargs, "--reset", "zero", "--out", "champion.h5"]
    code = main(words)
    return 0 if code == 1 and (folder / "champion.h5").exists() else code  # a replay that differs is no fault here


def cases(rng: Rng) -> bytes:
    """Return what `draw` does."""
    return draw(rng)


def _network(rng: Rng, file: h5py.File) -> None:
    """Write a good network of four inputs and two outputs."""
    n, is_recurrent = int(rng.integers(1, 9)), rng.random() < 0.4
    file["version"] = "1.0.8"
    node = file.create_group("node")
    node["type"] = "NIRGraph"
    nodes = node.create_group("nodes")
    _node(nodes, "input", "Input", shape=np.array([4]))
    _node(nodes, "affine_0", "Affine", weight=rng.normal(size=(n, 4)), bias=rng.normal(size=n))
    _neurons(nodes, "lif_0", n if rng.random() < 0.5 else None, 0.5)
    _node(nodes, "affine_1", "Affine", weight=rng.normal(size=(2, n)), bias=rng.normal(size=2))
    _neurons(nodes, "membranes", 2, 1e9)
    _node(nodes, "output", "Output", shape=np.array([2]))
    chain = ["input", "affine_0", "lif_0", "affine_1", "membranes", "output"]
    edges = list(pairwise(chain))
    if is_recurrent:
        _node(nodes, "back", "Affine", weight=rng.normal(size=(n, n)), bias=rng.normal(size=n))
        edges += [("lif_0", "back"), ("back", "lif_0")]
    node.create_dataset("edges", data=edges, dtype=h5py.string_dtype())


def _node(nodes: h5py.Group, name: str, kind: str, **parameters: np.ndarray) -> None:
    group = nodes.create_group(name)
    group["type"] = kind
    for key, value in parameters.items():
        group.create_dataset(key, data=value, **({"compression": "gzip"} if value.ndim else {}))


def _neurons(nodes: h5py.Group, name: str, n: int | None, threshold: float) -> None:
    values = {"tau": 5e-4, "r": 5.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": threshold}
    _node(nodes, name, "LIF", **{key: np.array(v) if n is None else np.full(n, v) for key, v in values.items()})


# --- changes ---


def _some_node(rng: Rng, file: h5py.File) -> h5py.Group:
    nodes = file["node/nodes"]
    group: h5py.Group = nodes[str(rng.choice(sorted(nodes)))]
    return group


def _pick(rng: Rng, values: tuple[Any, ...]) -> Any:
    return values[int(rng.integers(len(values)))]


def _another_type(rng: Rng, file: h5py.File) -> None:
    node = _some_node(rng, file)
    del node["type"]
    node["type"] = _pick(rng, KINDS)


def _another_value(rng: Rng, file: h5py.File) -> None:
    node = _some_node(rng, file)
    key = str(rng.choice(sorted(node)))
    values = np.array(node[key][()], dtype=np.float64)
    values.flat[: int(rng.integers(values.size)) + 1] = _pick(rng, NUMBERS)
    del node[key]
    node[key] = values


def _another_shape(rng: Rng, file: h5py.File) -> None:
    node = _some_node(rng, file)
    key = str(rng.choice(sorted(node)))
    shape = tuple(int(_pick(rng, SIZES)) for _ in range(int(rng.integers(0, 5))))
    del node[key]
    if rng.random() < 0.2:
        shape = (2 ** int(rng.integers(16, 40)), *shape)
        node.create_dataset(key, shape=shape, dtype="f4", compression="gzip")
    else:
        node[key] = np.full(shape, 0.5)


def _another_kind_of_value(rng: Rng, file: h5py.File) -> None:
    node = _some_node(rng, file)
    key = str(rng.choice(sorted(node)))
    del node[key]
    node[key] = _pick(rng, ("text", np.array([1 + 2j]), np.zeros(2, "V3"), h5py.Empty("f8"), True, 3, b"\xff\xfe"))


def _without_an_entry(rng: Rng, file: h5py.File) -> None:
    node = _some_node(rng, file)
    del node[str(rng.choice(sorted(node)))]


def _without_a_node(rng: Rng, file: h5py.File) -> None:
    del file["node/nodes"][str(rng.choice(sorted(file["node/nodes"])))]


def _other_edges(rng: Rng, file: h5py.File) -> None:
    edges = file["node/edges"].asstr()[()].tolist()
    names = [*sorted(file["node/nodes"]), *TEXTS]
    for _ in range(int(rng.integers(1, 6))):
        if edges and rng.random() < 0.4:
            edges.pop(int(rng.integers(len(edges))))
        else:
            edges.append([_pick(rng, tuple(names)), _pick(rng, tuple(names))])
    del file["node/edges"]
    file["node"].create_dataset("edges", data=edges, dtype=h5py.string_dtype())


def _inner_graph(rng: Rng, file: h5py.File) -> None:
    """Put the graph into itself, or an empty one into a node."""
    nodes = file["node/nodes"]
    name = str(rng.choice(sorted(nodes)))
    del nodes[name]
    for _ in range(int(_pick(rng, (1, 1, 2, 50)))):
        inner = nodes.create_group(name)
        inner["type"] = "NIRGraph"
        if rng.random() < 0.8:
            inner.create_dataset("edges", data=[["input", "lif"], ["lif", "output"]], dtype=h5py.string_dtype())
        nodes = inner.create_group("nodes")
    if rng.random() < 0.8:
        _node(nodes, "input", "Input", shape=np.array([4]))
        _neurons(nodes, "lif", 4, 0.5)
        _node(nodes, "output", "Output", shape=np.array([4]))


def _metadata(rng: Rng, file: h5py.File) -> None:
    group = file["node"].require_group("metadata")
    key = _pick(rng, ("neurosim_rl", "neurosim_rl_dt_s", "other"))
    group[key] = _pick(rng, (*NUMBERS, *TEXTS, "[" * 9000, 'task = "cart-pole"', 'task = "x"', b"\xff", np.zeros(3)))


_CHANGES: tuple[Callable[[Rng, h5py.File], None], ...] = (
    _another_type,
    _another_value,
    _another_value,
    _another_shape,
    _another_kind_of_value,
    _without_an_entry,
    _without_a_node,
    _other_edges,
    _other_edges,
    _inner_graph,
    _metadata,
)
