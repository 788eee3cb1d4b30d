"""Networks of a user's function as data: what it makes in NEST's kernel, read back.

The function is called once for each genome, in an empty kernel. What it has made is then a `Network` like any other: a
batch holds many of them, and the compiled simulator may play them. What data cannot express stays a call of the
function, for each batch element (`LiveNetwork`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import nest_kernel as kernel
from neurosim_rl.simulators.nest_construction import Construction
from neurosim_rl.simulators.nest_library import nest
from neurosim_rl.simulators.nest_read_nodes import NodeRun, NotDataError, node_statuses, population_of, runs_of
from neurosim_rl.simulators.nest_read_synapses import ConnectionGroup, groups_of, projection_of

AUTO, DATA, CALL = "auto", "data", "call"
"""Read the network as data where that is possible; always, or raise; or call the function for each element."""
_OF_KERNEL = (
    "use_wfr",
    "wfr_comm_interval",
    "wfr_interpolation_order",
    "wfr_max_iterations",
    "wfr_tol",
    "eprop_learning_window",
    "eprop_reset_neurons_on_update",
    "eprop_update_interval",
    "rng_type",
    "structural_plasticity_synapses",
    "structural_plasticity_update_interval",
)
"""Properties of the kernel, and of no node or connection, that change what a network does."""


def harvest(construction: Construction, how: str = AUTO) -> Network:
    """Return the network that a function makes.

    Parameters
    ----------
    construction : Construction
    how : str
        ``"auto"``, ``"data"`` or ``"call"``.

    Raises
    ------
    NetworkError
        When the function fails, or `how` is ``"data"`` and data cannot express the network; says why.
    SimulatorError
        When NEST's kernel holds nodes that somebody else made.
    """
    with kernel.scratch(construction.nest_modules):
        made = construction.made()
        runs = runs_of(made)
        status = node_statuses(runs)
        groups = groups_of(runs)
        models = {run.model: construction_base(run.model, made.copies) for run in runs}
        synapses = {group.model: made.copies.get(group.model, group.model) for group in groups}
        changed = {model: dict(nest.GetDefaults(model)) for model in synapses}
        min_delay_ms, of_kernel = float(nest.min_delay), _of_kernel()
        kernel.reset(construction.nest_modules)
        read = _Reading(runs, status, groups, models, synapses, changed)
        _check_take_drive(construction.name, runs, models)
        populations, projections, reason = read.all()
        reason = reason or _kernel_that_data_lack(of_kernel)
    if how == CALL:
        reason = reason or "model.play = 'call'"
    if reason and how == DATA:
        raise NetworkError(f"{construction.name}: data cannot express the network: {reason}. Set model.play = 'auto'.")
    common: dict[str, Any] = {
        "populations": tuple(populations),
        "projections": tuple(projections),
        **_ends(runs),
        "resolution_ms": construction.resolution_ms,
        "nest_modules": construction.nest_modules,
    }
    if not reason:
        return Network(**common)
    return LiveNetwork(
        **common,
        min_delay_ms=min_delay_ms,
        construct=lambda: _made_again(construction),
        node_ids={run.name: run.ids for run in runs},
        reason=reason,
    )


def _of_kernel() -> dict[str, Any]:
    return {name: nest.get(name) for name in _OF_KERNEL}


def _kernel_that_data_lack(made: Mapping[str, Any]) -> str:
    """Return the first property in which the function's kernel differs from the open one; empty: in none."""
    fresh = _of_kernel()
    for name, value in made.items():
        if value != fresh[name]:
            return f"nest.{name} = {value!r} is a property of the kernel, {fresh[name]!r} by default"
    return ""


def _ends(runs: Sequence[NodeRun]) -> dict[str, str | tuple[str, ...]]:
    """Return the populations for input and output as `Network` takes them, in the order of the function's return."""
    ends = {
        "input": tuple(run.name for run in sorted(runs, key=lambda r: r.input) if run.input >= 0),
        "output": tuple(run.name for run in sorted(runs, key=lambda r: r.output) if run.output >= 0),
    }
    return {role: names[0] if len(names) == 1 else names for role, names in ends.items()}


def _check_take_drive(name: str, runs: Sequence[NodeRun], models: Mapping[str, str]) -> None:
    for run in runs:
        base = models[run.model]
        if run.input >= 0 and base != SPIKE_SOURCE and "I_e" not in nest.GetDefaults(base):
            raise NetworkError(
                f"{name} returned inputs of {base}, which takes no current I_e and no given spikes. Return neurons "
                "with I_e for an encoder that gives currents, or spike_generators for one that gives spikes."
            )


def _made_again(construction: Construction) -> None:
    construction.made()


def construction_base(model: str, copies: Mapping[str, str]) -> str:
    """Return the model of NEST that a function's copy is made of."""
    return copies.get(model) or str(nest.GetDefaults(model).get("type_id", model))


class _Reading:
    """Nodes and connections that were read, to be compared with the defaults of a fresh kernel."""

    def __init__(
        self,
        runs: Sequence[NodeRun],
        status: Mapping[str, Mapping[str, list[Any]]],
        groups: Sequence[ConnectionGroup],
        models: Mapping[str, str],
        synapses: Mapping[str, str],
        changed: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._runs, self._status, self._groups = runs, status, groups
        self._models, self._synapses, self._changed = models, synapses, changed

    def all(self) -> tuple[list[Population], list[Projection], str]:
        """Return populations, projections, and the first thing that data cannot express; empty: there is none."""
        populations, projections, reasons = [], [], []
        for run in self._runs:
            base = self._models[run.model]
            try:
                populations.append(population_of(run, self._status[run.name], base, nest.GetDefaults(base)))
            except NotDataError as reason:
                reasons.append(str(reason))
                populations.append(Population(run.name, len(run.ids), base))
        for group in self._groups:
            base, target = self._synapses[group.model], self._models[group.target.model]
            try:
                projections.append(
                    projection_of(group, base, target, self._changed[group.model], nest.GetDefaults(base))
                )
            except NotDataError as reason:
                reasons.append(str(reason))
        return populations, projections, reasons[0] if reasons else ""
