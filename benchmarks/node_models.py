"""Every node model of NEST as a population: which take spikes and emit spikes, and which cannot, and why.

Each model is built behind two spike sources, with the first receptor that it accepts, and driven harder until
it spikes. Two networks with other weights then play side by side in one kernel, and each alone: the spikes must be the
same. Networks of models that draw random numbers play alone; there the same seed must give the same spikes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.bridge import SpikeTrains
from neurosim_rl.errors import NeurosimError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.units import weight_unit
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators import create_simulator

DRIVES = ((2.0, 0.0), (300.0, 0.0), (20.0, 400.0), (3000.0, 0.0), (0.0, 40.0), (200.0, 2000.0))
"""Weight in the model's unit, and constant current ``I_e`` in pA where the model has one, tried one after the other."""
PARAMETERS: dict[str, dict[str, float]] = {"mcculloch_pitts_neuron": {"theta": -0.5}}
"""Parameters without which a model is silent: a binary neuron needs a threshold that its input exceeds."""
NOTES = {"cm_default": "needs compartments and receptors, which a PyNEST function can give it (model pynest)"}
RECEPTORS = range(4)
WINDOWS, WINDOW_MS, STEP_MS = 5, 40.0, 0.1
N_SOURCES, SIZE = 2, 3
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "node_models.rst"


@dataclass(frozen=True)
class Outcome:
    """What came of a model.

    Parameters
    ----------
    model : str
    plays : bool
        Whether it takes spikes, emits spikes, and does so alone as in a batch.
    note : str
        Receptor and unit of the weights, or why it does not play.
    """

    model: str
    plays: bool
    note: str


def outcome(model: str) -> Outcome:
    """Try one model."""
    import nest

    element = str(nest.GetDefaults(model, "element_type"))
    if element != "neuron":
        return Outcome(model, False, f"is no neuron: its element type is {element}")
    refusal = ""
    for receptor in RECEPTORS:
        try:
            return _driven(model, receptor, "I_e" in nest.GetDefaults(model))
        except NeurosimError as error:
            refusal = refusal or _short(str(error))
    return Outcome(model, False, NOTES.get(model, refusal))


def _short(text: str) -> str:
    """Return the reason in NEST's words, without its introduction."""
    reason = " ".join(text.split()).rpartition("not possible because: ")[2]
    return reason.removeprefix("NEST refuses the network: ").split(". ")[0].rstrip(".")[:110]


def _driven(model: str, receptor: int, takes_current: bool) -> Outcome:
    for weight, current_pa in DRIVES:
        networks = [_network(model, receptor, w, current_pa if takes_current else 0.0) for w in (weight, 1.25 * weight)]
        alone = [_played([network]) for network in networks]
        if not all(len(spikes) for spikes in alone):
            continue
        return Outcome(model, _agrees(networks, alone), f"receptor {receptor}, weights in {weight_unit(model)}")
    return Outcome(model, False, "emits no spikes")


def _network(model: str, receptor: int, weight: float, current_pa: float) -> Network:
    parameters: dict[str, Any] = {**PARAMETERS.get(model, {}), **({"I_e": current_pa} if current_pa else {})}
    populations = (Population("in", N_SOURCES, SPIKE_SOURCE), Population("out", SIZE, model, parameters))
    pre, post = np.indices((N_SOURCES, SIZE)).reshape(2, -1)
    weights, delays = np.full(len(pre), weight), np.full(len(pre), 1.0)
    chosen = {"receptor_type": receptor} if receptor else {}
    projection = Projection("in", "out", pre, post, weights, delays, parameters=chosen)
    return Network(populations, (projection,), "in", "out", STEP_MS)


def _played(networks: Sequence[Network]) -> Spikes:
    """Return the spikes of the model's neurons."""
    n_batch, every = len(networks), np.arange(10, round(WINDOW_MS / STEP_MS), 20)
    row, source, step = (a.ravel() for a in np.meshgrid(range(n_batch), range(N_SOURCES), every, indexing="ij"))
    drive = SpikeTrains(row, source, step, n_batch)
    with create_simulator("nest") as simulator:
        simulator.build(networks, record_spikes=True, noise_seeds=[1] if networks[0].random_models else None)
        for _ in range(WINDOWS):
            simulator.advance(drive, WINDOW_MS, np.arange(n_batch))
        spikes = simulator.spikes()
    mine = spikes.neuron >= N_SOURCES
    return Spikes(spikes.element[mine], spikes.neuron[mine], spikes.step[mine], spikes.resolution_ms)


def _agrees(networks: Sequence[Network], alone: Sequence[Spikes]) -> bool:
    if networks[0].plays_alone:
        again = [_played([network]) for network in networks]
    else:
        together = _played(networks)
        again = [together.of(element) for element in range(len(networks))]
    for one, other in zip(alone, again, strict=True):
        if not (np.array_equal(one.neuron, other.neuron) and np.array_equal(one.step, other.step)):
            return False
    return True


def models() -> list[str]:
    """Return the names of NEST's node models."""
    with create_simulator("nest"):
        import nest

        return [str(model) for model in nest.node_models]


def page(outcomes: Sequence[Outcome]) -> str:
    """Return the page of the documentation."""
    plays = [one for one in outcomes if one.plays]
    fails = [one for one in outcomes if not one.plays]
    lines = [
        "Neuron models of NEST",
        "=====================",
        "",
        f"Measured by ``python -m benchmarks node-models``: {len(plays)} of the {len(outcomes)} node models of NEST",
        "take spikes, emit spikes, and give the same spikes alone and in a batch. Each can be a population.",
        "",
        "Models that play",
        "----------------",
        "",
        *_table(plays, "receptor and weights"),
        "",
        "Models that do not, and why",
        "---------------------------",
        "",
        *_table(fails, "reason"),
        "",
    ]
    return "\n".join(lines)


def _table(outcomes: Sequence[Outcome], note: str) -> list[str]:
    names = [f"``{one.model}``" for one in outcomes]
    widths = max([5, *map(len, names)]), max([len(note), *(len(one.note) for one in outcomes)])
    rule = "  ".join("=" * width for width in widths)
    rows = [f"{name:<{widths[0]}}  {one.note}" for name, one in zip(names, outcomes, strict=True)]
    return [rule, f"{'model':<{widths[0]}}  {note}", rule, *rows, rule]


def run() -> dict[str, Any]:
    """Try all models, and write the page of the documentation."""
    outcomes = [outcome(model) for model in models()]
    PAGE.write_text(page(outcomes), encoding="utf-8")
    n_playing = sum(one.plays for one in outcomes)
    return {
        "about": "node models of NEST that take spikes, emit spikes, and give the same spikes alone and in a batch",
        "rows": [asdict(one) for one in outcomes],
        "summary": f"{n_playing} of {len(outcomes)} play; the page is {PAGE.name}",
        "n_playing": n_playing,
    }
