"""Networks of the model ``lif`` as files of the Neuromorphic Intermediate Representation (NIR).

Source: Pedersen et al. 2024, Nat. Commun. 15:8122.

Neurons of NIR are defined in continuous time: tau dv/dt = v_leak - v + R I, with a spike where v is above v_threshold.
Back-ends in discrete time, such as snnTorch, take steps dt by Euler's method: v <- (1 - dt/tau) v + (R dt/tau) I.
Therefore a tick of the model ``lif`` is a step with decay = 1 - dt/tau and R = tau/dt; weights stay the same. The graph
is a chain::

    input -> affine_0 -> lif_0 -> affine_1 -> ... -> affine_n -> output neurons -> output

A recurrent layer has a ``linear`` node from the layer back to itself. Output neurons are leaky integrators (``LI``) or,
for back-ends without them, ``LIF`` with an unreachable threshold. A network spikes at the threshold here, and above the
threshold in NIR. Metadata hold the task, the normalisation of observations, the ticks and the step.

snnTorch computes the same spikes. A NIR file does not say how neurons reset, so the reader is told: to ``"zero"``
(snnTorch's ``reset_mechanism="zero"``), by ``"subtract"``, v <- v - v_threshold with the spike, or by
``"subtract-next"``, where the next step subtracts. The last is snnTorch's default (``reset_mechanism="subtract"``,
``reset_delay=True``). Back-ends with another step need a file for that step (`dt_s`). Back-ends that ignore R, or have
no neurons without spikes, compute other results.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import ExchangeError, RunFolderError
from neurosim_rl.exchange.nir_file import read_graph, without_inner_graphs
from neurosim_rl.exchange.nir_graph import AGREEMENT, GraphReader
from neurosim_rl.models import LIF
from neurosim_rl.models.lif import NEVER_MV, RESETS
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.optimizees import TRAINED_NETWORKS, ClosedLoop, Settings, create_optimizee, task_settings
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.checks import lookup, require_extra
from neurosim_rl.settings.plugins import note
from neurosim_rl.settings.printable import printable

DT_S = 1e-4
"""Default step of back-ends in s, as in snnTorch; only its ratio to tau matters."""
METADATA, METADATA_DT = "neurosim_rl", "neurosim_rl_dt_s"
"""Keys of the metadata: the configuration as TOML, and the step in s."""


def write_nir(
    optimizee: ClosedLoop, vector: np.ndarray, path: Path, *, outputs: str = "li", dt_s: float = DT_S
) -> None:
    """Write a network as a NIR file.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task with the model ``lif``.
    vector : array, shape (n_genes,)
    path : path
    outputs : str
        Output neurons: ``"li"``, or ``"lif"`` with an unreachable threshold.
    dt_s : float
        Step of the software that will read the file, in s, above 0.

    Raises
    ------
    ExchangeError
        For another model, a step that is not above 0, or when the file cannot be written. The file is written complete
        or not at all.
    """
    _check_step(dt_s)
    nir, model = require_extra("nir", "gradient"), optimizee.model
    if not isinstance(model, LIF):
        raise ExchangeError(
            f"model {optimizee.config.model.name!r} cannot be written as NIR; expected model 'lif'. "
            "Make one with: neurosim-rl train TASK --learner ppo."
        )
    n_observed = len(optimizee.environment.observation_low)
    if model.sizes[0] != n_observed:
        raise ExchangeError(
            f"encoder {optimizee.config.encoder.name!r} makes {model.sizes[0]} values of {n_observed} observations; "
            "NIR has no node for that. Expected encoder 'pulses'. Set encoder.name = 'pulses' and train again."
        )
    graph = _graph(nir, model, optimizee.parameters.to_genome(vector), outputs, dt_s)
    graph.metadata = {METADATA: optimizee.config.to_toml(), METADATA_DT: dt_s}
    try:
        with writing(path) as temporary:
            nir.write(temporary, graph)
    except RunFolderError as error:
        raise ExchangeError(str(error)) from error


def _check_step(dt_s: float) -> None:
    if not (math.isfinite(dt_s) and dt_s > 0):
        raise ExchangeError(f"a step of {dt_s} s: expected a number above 0. Omit --dt for the step of snnTorch.")


def _graph(nir: Any, model: LIF, genome: Genome, outputs: str, dt_s: float) -> Any:
    """Return the graph of a network."""
    sizes, n_hidden = model.sizes, len(model.hidden)
    nodes: dict[str, Any] = {"input": nir.Input(input_type={"input": np.array([sizes[0]])})}
    chain = ["input"]
    edges: list[tuple[str, str]] = []
    output_threshold: float | None = None if outputs == "li" else NEVER_MV
    for k, n in enumerate(sizes[1:]):
        nodes[f"affine_{k}"] = nir.Affine(weight=genome[f"weights_{k}"].T.copy(), bias=genome[f"biases_{k}"])
        name, threshold = "membranes", output_threshold
        if k < n_hidden:
            name, threshold = f"lif_{k}", model.threshold
        nodes[name] = _neurons(nir, n, dt_s / (1 - model.decay), dt_s, threshold)
        chain += [f"affine_{k}", name]
        if model.recurrent and k < n_hidden:
            nodes[f"recurrent_{k}"] = nir.Linear(weight=genome[f"recurrent_{k}"].T.copy())
            edges += [(name, f"recurrent_{k}"), (f"recurrent_{k}", name)]
    nodes["output"] = nir.Output(output_type={"output": np.array([sizes[-1]])})
    return nir.NIRGraph(nodes, [*pairwise([*chain, "output"]), *edges])


def _neurons(nir: Any, n: int, tau: float, dt_s: float, threshold: float | None) -> Any:
    """Return a node of neurons; threshold None: leaky integrators."""
    shared = {"tau": np.full(n, tau), "r": np.full(n, tau / dt_s), "v_leak": np.zeros(n)}
    if threshold is None:
        return nir.LI(**shared)
    return nir.LIF(**shared, v_threshold=np.full(n, threshold))


def read_nir(
    path: Path,
    task: str | None,
    *layers: Mapping[str, Any],
    dt_s: float | None = None,
    reset: str | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> tuple[ClosedLoop, np.ndarray]:
    """Return the optimizee and the genome of a NIR file.

    Parameters
    ----------
    path : path
    task : str or None
        Task of the network; None: the task in the metadata.
    *layers : mapping
        Settings that replace those of the metadata, or those of the task's spiking network.
    dt_s : float or None
        Step of the software that wrote the file, in s; None: the step in the metadata, else `DT_S`.
    reset : str or None
        A name of `RESETS`: what neurons do after a spike in the software that wrote the file. None: as in the metadata,
        else ``"zero"``, with a warning, because the file does not say.
    warn : callable
        Called with the warning.

    Raises
    ------
    ExchangeError
        When the file is no NIR file, its graph is no chain of layers, or its neurons are not those of model ``lif``.
    """
    if reset is not None:
        lookup("reset", reset, {name: name for name in RESETS})
    graph = read_graph(path)
    if dt_s is None:
        dt_s = _kept_step(graph.metadata, path)
    _check_step(dt_s)
    try:
        flat = without_inner_graphs(graph)
    except ValueError as error:
        raise ExchangeError(f"{path}: {printable(error)}. Write the network as one graph.") from error
    genome, shape = GraphReader(flat, path, dt_s).genome()
    kept = _kept_settings(graph.metadata, path)
    if kept is None and reset is None:
        warn(
            f"{path} does not say how its neurons reset after a spike; taken: to zero. snnTorch's default is to "
            "subtract the threshold in the next step, which is another network: reset subtract-next (--reset "
            "subtract-next). Say reset zero (--reset zero) if it is right."
        )
    shape["reset"] = reset or _kept_reset(kept)
    if kept is not None:
        shape |= _exact(kept, shape)
    layer: dict[str, Any] = {"model": {"name": "lif", **shape}}
    if shape["reset"] != "zero":
        layer["learning"] = {"name": "none"}  # gradients train networks with the hard reset only
    settings = _settings(kept, task, path, layer, *layers)
    # The completed configuration holds the measured values of the normalisation, which are then never measured again.
    optimizee = create_optimizee(create_optimizee(settings).completed())
    return optimizee, optimizee.parameters.to_vector(genome)


def _kept_step(metadata: Mapping[str, Any], path: Path) -> float:
    try:
        return float(metadata.get(METADATA_DT, DT_S))
    except (TypeError, ValueError) as error:
        raise ExchangeError(f"{path}: {METADATA_DT} is no number ({error}). Add --dt S.") from error


def _kept_settings(metadata: Mapping[str, Any], path: Path) -> Settings | None:
    text = metadata.get(METADATA)
    if text is None:
        return None
    try:
        settings = Settings.from_toml(text.decode() if isinstance(text, bytes) else str(text))
    except UnicodeDecodeError as error:
        raise ExchangeError(
            f"{path}: its settings are no text ({error}). Add --task NAME, or export it anew."
        ) from error
    note(settings.tables(), str(path))
    return settings


def _kept_reset(kept: Settings | None) -> str:
    return "zero" if kept is None or kept.model.name != "lif" else str(kept.model.reset)


def _exact(kept: Settings, shape: Mapping[str, Any]) -> dict[str, float]:
    """Return decay and threshold of the metadata where they agree with those of the graph, which has fewer digits."""
    if kept.model.name != "lif":
        return {}
    exact = {"decay": kept.model.decay, "threshold": kept.model.threshold}
    return {name: value for name, value in exact.items() if math.isclose(value, shape[name], rel_tol=AGREEMENT)}


def _settings(kept: Settings | None, task: str | None, path: Path, *layers: Mapping[str, Any]) -> Settings:
    if kept is not None and task in (None, kept.task):
        return Settings.read(kept.tables(), *layers)
    if task is None:
        raise ExchangeError(f"{path} does not name the task of its network. Add --task NAME.")
    return task_settings(task, TRAINED_NETWORKS["snn"], *layers)
