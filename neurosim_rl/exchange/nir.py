"""Networks of the model ``lif`` in the Neuromorphic Intermediate Representation, NIR.

Source: Pedersen et al. 2024, Nat. Commun. 15:8122.

NIR's neurons live in continuous time; tau dv/dt = v_leak - v + R I, spiking where v is above v_threshold. Back-ends
that work in discrete time, such as snnTorch, take a step dt by Euler's method: v <- (1 - dt/tau) v + (R dt/tau) I. So
a tick of the model ``lif`` is a step with decay = 1 - dt/tau and R = tau/dt; weights stay as they are. The graph is a
chain::

    input -> affine_0 -> lif_0 -> affine_1 -> ... -> affine_n -> output neurons -> output

with a ``linear`` node from a recurrent layer back to it. Output neurons are of NIR's ``LI``, leaky integrators, or, for
back-ends without that, of ``LIF`` with a threshold out of reach. A network spikes at the threshold here, and above it
in NIR. What is no part of the graph (task, normalisation of observations, ticks, the step) goes along as metadata.

snnTorch reads it with the same spikes. Back-ends that take another step need files for it (`dt_s`); those that ignore
R, or have no neurons without spikes, compute something else, whatever the step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import ExchangeError, RunFolderError
from neurosim_rl.models import LIF
from neurosim_rl.models.lif import NEVER_MV
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.optimizees import TRAINED_NETWORKS, ClosedLoop, Settings, create_optimizee, default_settings
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.checks import require_extra

DT_S = 1e-4
"""Step of back-ends in s, by default snnTorch's; only its ratio to tau matters."""
OUT_OF_REACH = 1e6
"""Thresholds from here on are those of neurons that do not spike."""
METADATA, METADATA_DT = "neurosim_rl", "neurosim_rl_dt_s"
AGREEMENT = 1e-6
"""Relative difference of numbers that are the same, once held in single precision."""


def write_nir(
    optimizee: ClosedLoop, vector: np.ndarray, path: Path, *, outputs: str = "li", dt_s: float = DT_S
) -> None:
    """Write a network as a NIR file.

    Parameters
    ----------
    optimizee : ClosedLoop
        One whose model is ``lif``.
    vector : array, shape (n_genes,)
    path : path
    outputs : str
        Output neurons: ``"li"``, or ``"lif"`` with a threshold out of reach.
    dt_s : float
        Step of the software that shall read it, in s, above 0.

    Raises
    ------
    ExchangeError
        For another model, a step that is not above 0, or when the file cannot be written; it is written whole or not at
        all.
    """
    _check_step(dt_s)
    nir, model = require_extra("nir", "gradient"), optimizee.model
    if not isinstance(model, LIF):
        raise ExchangeError(
            f"model {optimizee.config.model.name!r} cannot be written as NIR: it has other neurons, or none; "
            "expected 'lif'. neurosim-rl train TASK --learner ppo makes one."
        )
    graph = _graph(nir, model, optimizee.parameters.to_genome(vector), outputs, dt_s)
    graph.metadata = {METADATA: optimizee.config.to_toml(), METADATA_DT: dt_s}
    try:
        with writing(path) as temporary:
            nir.write(temporary, graph)
    except (OSError, RunFolderError) as error:
        raise ExchangeError(f"cannot write {path}: {error}.") from error


def _check_step(dt_s: float) -> None:
    if not (math.isfinite(dt_s) and dt_s > 0):
        raise ExchangeError(f"a step of {dt_s} s: expected a number above 0. Leave --dt out for snnTorch's.")


def _graph(nir: Any, model: LIF, genome: Genome, outputs: str, dt_s: float) -> Any:
    sizes, n_hidden = model.sizes, len(model.hidden)
    nodes: dict[str, Any] = {"input": nir.Input(input_type={"input": np.array([sizes[0]])})}
    chain = ["input"]
    edges: list[tuple[str, str]] = []
    for k, n in enumerate(sizes[1:]):
        nodes[f"affine_{k}"] = nir.Affine(weight=genome[f"weights_{k}"].T.copy(), bias=genome[f"biases_{k}"])
        name = f"lif_{k}" if k < n_hidden else "membranes"
        threshold = model.threshold if k < n_hidden else NEVER_MV
        spikes_at = None if k == n_hidden and outputs == "li" else threshold
        nodes[name] = _neurons(nir, n, dt_s / (1 - model.decay), dt_s, spikes_at)
        chain += [f"affine_{k}", name]
        if model.recurrent and k < n_hidden:
            nodes[f"recurrent_{k}"] = nir.Linear(weight=genome[f"recurrent_{k}"].T.copy())
            edges += [(name, f"recurrent_{k}"), (f"recurrent_{k}", name)]
    nodes["output"] = nir.Output(output_type={"output": np.array([sizes[-1]])})
    return nir.NIRGraph(nodes, [*pairwise([*chain, "output"]), *edges])


def _neurons(nir: Any, n: int, tau: float, dt_s: float, threshold: float | None) -> Any:
    shared = {"tau": np.full(n, tau), "r": np.full(n, tau / dt_s), "v_leak": np.zeros(n)}
    return nir.LI(**shared) if threshold is None else nir.LIF(**shared, v_threshold=np.full(n, threshold))


def read_nir(
    path: Path, task: str | None, *layers: Mapping[str, Any], dt_s: float | None = None
) -> tuple[ClosedLoop, np.ndarray]:
    """Return the optimizee and the genome of a NIR file.

    Parameters
    ----------
    path : path
    task : str or None
        The task; None: the one that the file's metadata name.
    *layers : mapping
        Settings over those of the metadata, or of the task's spiking network.
    dt_s : float or None
        Step of the software that wrote it, in s; None: what the metadata say, else `DT_S`.

    Raises
    ------
    ExchangeError
        When it is no NIR file, no chain of layers, or its neurons are not those of the model ``lif``.
    """
    nir = require_extra("nir", "gradient")
    try:
        graph = nir.read(path)
    except Exception as error:  # nir and h5py raise whatever they come upon
        raise ExchangeError(f"{path} cannot be read as NIR: {type(error).__name__}: {error}") from error
    metadata = getattr(graph, "metadata", None) or {}
    dt_s = float(metadata.get(METADATA_DT, DT_S)) if dt_s is None else dt_s
    _check_step(dt_s)
    genome, shape = _Reader(nir, graph, path, dt_s).genome()
    text = metadata.get(METADATA)
    kept = None if text is None else Settings.from_toml(text.decode() if isinstance(text, bytes) else str(text))
    if kept is not None:
        shape |= _exact(kept, shape)
    settings = _settings(kept, task, path, {"model": {"name": "lif", **shape}}, *layers)
    optimizee = create_optimizee(create_optimizee(settings).completed())
    return optimizee, optimizee.parameters.to_vector(genome)


def _exact(kept: Settings, shape: Mapping[str, Any]) -> dict[str, float]:
    """Return numbers of the metadata where what was read agrees with them, which has fewer digits."""
    if kept.model.name != "lif":
        return {}
    exact = {"decay": kept.model.decay, "threshold": kept.model.threshold}
    return {name: value for name, value in exact.items() if math.isclose(value, shape[name], rel_tol=AGREEMENT)}


def _settings(kept: Settings | None, task: str | None, path: Path, *layers: Mapping[str, Any]) -> Settings:
    if kept is not None and task in (None, kept.task):
        return Settings.read(kept.tables(), *layers)
    if task is None:
        raise ExchangeError(f"{path} does not say for which task its network is. Set --task.")
    return Settings.read(default_settings(task).tables(), TRAINED_NETWORKS["snn"], *layers)


class _Reader:
    """Reads a chain of layers from a graph.

    Parameters
    ----------
    nir : module
    graph : nir.NIRGraph
    path : path
        For messages.
    dt_s : float
        Step of the software that wrote it, in s.
    """

    def __init__(self, nir: Any, graph: Any, path: Path, dt_s: float) -> None:
        self._nir, self._graph, self._path, self._dt_s = nir, graph, path, dt_s
        self._recurrent: dict[str, np.ndarray] = {}

    def _fail(self, problem: str) -> ExchangeError:
        return ExchangeError(
            f"{self._path}: {problem}; expected input, then Affine (or Linear) and LIF in turn, then Affine and LI (or "
            "LIF with a threshold out of reach), then output; one decay and one threshold, v_leak and v_reset of 0."
        )

    def genome(self) -> tuple[Genome, dict[str, Any]]:
        """Return the genome, and options of the model."""
        chain = self._chain()
        if len(chain) < 4 or len(chain) % 2:
            raise self._fail(f"it has {len(chain)} nodes between input and output")
        genome: Genome = {}
        decays, thresholds, hidden, spiking = set(), set(), [], []
        for k in range(len(chain) // 2):
            sums, neurons, is_last = chain[2 * k], chain[2 * k + 1], 2 * k + 2 == len(chain)
            decay, gain, threshold = self._neurons(neurons)
            if (threshold is None) != is_last:
                raise self._fail(f"node {neurons!r} {'spikes' if is_last else 'does not spike'}")
            weights, biases = self._affine(sums)
            genome |= {f"weights_{k}": gain * weights, f"biases_{k}": gain * biases}
            decays.add(decay)
            if threshold is not None:
                thresholds.add(threshold)
                hidden.append(len(biases))
                spiking.append(neurons)
                if neurons in self._recurrent:
                    genome[f"recurrent_{k}"] = gain * self._recurrent[neurons]
        if len(decays) > 1 or len(thresholds) > 1:
            raise self._fail(f"decays {sorted(decays)} and thresholds {sorted(thresholds)}")
        if set(self._recurrent) not in (set(), set(spiking)):
            raise self._fail(f"recurrent are {sorted(self._recurrent)} where all of {spiking} can be, or none")
        shape = {"hidden": hidden, "decay": decays.pop(), "threshold": thresholds.pop()}
        return genome, {**shape, "recurrent": bool(self._recurrent)}

    def _chain(self) -> list[str]:
        """Return the nodes from input to output, and take note of recurrent ones."""
        if not isinstance(self._graph, self._nir.NIRGraph):
            raise self._fail(f"it holds a single node, a {type(self._graph).__name__}")
        nodes, edges = self._graph.nodes, set(map(tuple, self._graph.edges))
        begins = sorted(name for name, node in nodes.items() if isinstance(node, self._nir.Input))
        if len(begins) != 1:
            raise self._fail(f"its inputs are {begins}")
        for name, node in nodes.items():
            if isinstance(node, self._nir.NIRGraph):
                raise self._fail(f"node {name!r} is a graph of its own")
        following = {name: [b for a, b in edges if a == name] for name in nodes}
        for name, node in nodes.items():
            back = {(a, b) for a, b in edges if a == name and (b, a) in edges}
            if isinstance(node, self._nir.Linear | self._nir.Affine) and back:
                if len(back) > 1:
                    raise self._fail(f"node {name!r} goes to and fro between {sorted(b for _, b in back)}")
                ((_, neurons),) = back
                if np.any(getattr(node, "bias", 0.0)):
                    raise self._fail(f"node {name!r} is recurrent and has biases")
                self._recurrent[neurons] = np.asarray(node.weight, np.float64).T
                following[neurons].remove(name)
        chain: list[str] = []
        (name,) = begins
        while not isinstance(nodes[name], self._nir.Output):
            if len(following[name]) != 1 or len(chain) > len(nodes):
                raise self._fail(f"node {name!r} goes to {following[name]}")
            (name,) = following[name]
            chain.append(name)
        return chain[:-1]

    def _affine(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        node = self._graph.nodes[name]
        if not isinstance(node, self._nir.Affine | self._nir.Linear):
            raise self._fail(f"node {name!r} is a {type(node).__name__}")
        weights = np.asarray(node.weight, np.float64).T
        return weights, np.asarray(getattr(node, "bias", np.zeros(weights.shape[1])), np.float64)

    def _neurons(self, name: str) -> tuple[float, float, float | None]:
        """Return decay, gain of its input, and threshold (None: it does not spike) of a node."""
        node = self._graph.nodes[name]
        if not isinstance(node, self._nir.LIF | self._nir.LI):
            raise self._fail(f"node {name!r} is a {type(node).__name__}")
        decay, gain = self._one(name, 1 - self._dt_s / node.tau), self._one(name, node.r * self._dt_s / node.tau)
        spikes = isinstance(node, self._nir.LIF)
        if np.any(node.v_leak) or (spikes and np.any(node.v_reset)):
            raise self._fail(f"node {name!r} has a v_leak or v_reset")
        threshold = self._one(name, node.v_threshold) if spikes else OUT_OF_REACH
        return decay, gain, threshold if threshold < OUT_OF_REACH else None

    def _one(self, name: str, values: np.ndarray) -> float:
        """Return the one value of all neurons, to the six digits that single precision holds."""
        first = float(np.ravel(values)[0])
        if not np.allclose(values, first, rtol=AGREEMENT, atol=0):
            raise self._fail(f"neurons of node {name!r} differ")
        return float(f"{first:.6g}")
