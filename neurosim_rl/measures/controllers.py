"""Kinds of controllers on the page of results: by network and by training method."""

from __future__ import annotations

from neurosim_rl.models import Linear
from neurosim_rl.runs.champion import ChampionRecord

CONTROLLERS = ("evolved SNN", "plastic SNN", "PPO SNN", "PPO ANN", "evolved ANN", "linear")
"""Kinds in the order of the page: spiking networks first."""
IMPORTED = "imported SNN"
"""Kind of networks from NIR files: the training method is not known."""


def controller_of(champion: ChampionRecord) -> str:
    """Return the kind of a champion: one of `CONTROLLERS`, `IMPORTED`, or such as ``"PPO SNN, then evolved"``.

    *Plastic* networks learn by reward-modulated STDP, in training or in evaluation; evolution may set their initial
    weights and their learning rule. *Distilled* networks (``"distilled SNN"``, ``"distilled ANN"``) learned from a
    teacher. *Linear* policies have one weighted sum for each output, whatever the training method. A champion without
    evaluations was imported. A champion of a run that started from a champion of another kind names that kind first:
    ``"linear, then evolved SNN"`` started from a linear policy (see `neurosim_rl.optimizees.rate_code`).
    """
    optimizee = champion.optimizee()
    if isinstance(optimizee.model, Linear):
        return "linear"
    if not champion.n_evaluations:
        return IMPORTED
    network = "SNN" if optimizee.has_neurons else "ANN"
    if optimizee.learning.trains:
        how = optimizee.learning.method
    elif optimizee.learning.learns:
        how = "plastic"
    else:
        how = "evolved"
    before, kind = champion.ancestor_kind, f"{how} {network}"
    if not before:
        return kind
    if before == kind or before.endswith((f", then {how}", f", then {kind}")):
        return before
    # The network is named once: "PPO SNN, then evolved". A linear policy has none, so the kind names it.
    return f"{before}, then {kind}" if before == "linear" else f"{before}, then {how}"
