"""Kinds of controllers that the page of results compares: with neurons or without, and how they came about."""

from __future__ import annotations

from neurosim_rl.models import Linear
from neurosim_rl.runs.champion import ChampionRecord

CONTROLLERS = ("evolved SNN", "plastic SNN", "PPO SNN", "PPO ANN", "evolved ANN", "linear")
"""Kinds, in the order of the page: spiking ones first."""
IMPORTED = "imported SNN"
"""What came from a NIR file: how it was trained is not known."""


def controller_of(champion: ChampionRecord) -> str:
    """Return the kind of a champion: one of `CONTROLLERS`, `IMPORTED`, or such as ``"PPO SNN, then evolved"``.

    *Plastic* networks learned, by reward-modulated STDP, in training or in the episodes that are judged; evolution may
    have set their first weights and their rule. *Linear* is the policy of one weighted sum an output, however it was
    found. What no run evaluated was imported. What went on from a champion of another kind names that first:
    ``"linear, then evolved SNN"`` began as a linear policy (see `neurosim_rl.optimizees.rate_code`).
    """
    optimizee = champion.optimizee()
    if isinstance(optimizee.model, Linear):
        return "linear"
    if not champion.n_evaluations:
        return IMPORTED
    network = "SNN" if optimizee.has_neurons else "ANN"
    how = "PPO" if optimizee.learning.trains else "plastic" if optimizee.learning.learns else "evolved"
    before, kind = champion.ancestor_kind, f"{how} {network}"
    if before in ("", kind) or before.endswith((f", then {how}", f", then {kind}")):
        return before or kind
    return f"{before}, then {kind if before == 'linear' else how}"
