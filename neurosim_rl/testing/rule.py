"""Contract of learning rules: the same weights in both simulators and in any batch, and none where none may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim_rl.errors import UnknownNameError
from neurosim_rl.learning import PlasticityRule, Rule
from neurosim_rl.learning.evolvable import PREFIX
from neurosim_rl.settings.options import option_fields
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.learning_trial import Learned, play_learning, small_network
from neurosim_rl.testing.making import first_of, maker_of, pickled

SEEDS = (0, 1, 2)
APART = (
    "Keep one row for each element (index with window.active), draw only from batch.rngs[element], and add up in a "
    "fixed order."
)


def check_rule(rule: type[Rule] | Callable[[], Rule], *, n_observations: int = 2, **options: Any) -> None:
    """Raise unless a learning rule keeps its contract, in trials of small networks with made-up rewards.

    Checked are its options, that NEST and the compiled simulator give the same weights and spikes, that an element
    alone learns as in a batch, that a new trial begins anew, seeds, pickling into workers, that weights are finite,
    that some change and those of other projections stay, that the simulator plays with the weights that the learner
    hands on, constants in genomes, and the error for an unknown projection.

    Parameters
    ----------
    rule : type or callable
        A class derived from `neurosim_rl.learning.PlasticityRule`, or a function without arguments that returns one.
    n_observations : int
        Number of observed variables of the made-up trials.
    **options
        Options of a class.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_rule", rule)
    make = maker_of(contract, rule, "learning", {}, options)
    made = first_of(contract, make, Rule)  # type: ignore[type-abstract]
    contract.expect(made.when in ("training", "always"), f"when is {made.when!r}; expected 'training' or 'always'")
    contract.expect(made.episodes >= 1, f"episodes is {made.episodes}; expected at least 1")
    if not made.learns:
        return  # nothing of it takes part in a loop
    contract.expect(
        isinstance(made, PlasticityRule),
        f"learns is true; expected a class derived from PlasticityRule, got {type(made).__name__}",
    )
    assert isinstance(made, PlasticityRule)

    def play(one: PlasticityRule, simulator: str = "compiled", seeds: tuple[int, ...] = SEEDS) -> Learned:
        with contract.works(f"learning in the simulator {simulator!r}"):
            return play_learning(one, simulator, seeds, n_observations)

    fields = option_fields(type(made))
    for name in made.evolvable:
        contract.expect(name in fields, f"evolvable names {name!r}, which is no option; valid: {', '.join(fields)}")
    together = play(made)
    _check_weights(contract, made, together)
    _compare(contract, "NEST and the compiled simulator differ", play(made, "nest"), together)
    _compare(contract, "a new trial of the same rule differs", together, play(made))
    _compare(contract, "a worker's copy differs", together, play(pickled(contract, make)()))
    for row, seed in enumerate(SEEDS):
        alone = play(made, seeds=(seed,))
        what = f"element {row} alone learns other weights than in a batch of {len(SEEDS)}"
        contract.same(what, together.weights[row], alone.weights[0], APART)
    if isinstance(rule, type):
        _check_names(contract, rule, options, play)


def _compare(contract: Contract, what: str, one: Learned, other: Learned) -> None:
    for expected, got in zip(one.weights, other.weights, strict=True):
        contract.same(f"{what}: weights", expected, got, APART)
    contract.same(f"{what}: spikes", one.spikes, other.spikes, APART)


def _check_weights(contract: Contract, rule: PlasticityRule, learned: Learned) -> None:
    """Raise unless plastic weights are finite, held, and changed, and all others stay."""
    before = [[p.weight_pa for p in small_network(seed).projections] for seed in SEEDS]
    plastic = rule.plastic(small_network(SEEDS[0]))
    changed = False
    for row, weights in enumerate(learned.weights):
        for number, (first, last) in enumerate(zip(before[row], weights, strict=True)):
            contract.expect(np.isfinite(last).all(), f"projection {number} has learned weights that are not finite")
            if number not in plastic:
                contract.same(f"projection {number} is not in learning.projections and changes", first, last)
            changed |= number in plastic and not np.array_equal(first, last)
        contract.same(
            "the simulator does not play with the learner's weights",
            learned.present[row],
            learned.held[row],
            "Change weights by set_weights only.",
        )
    contract.expect(changed, "no weight changes; expected that some do", "Call set_weights in update().")


def _check_names(
    contract: Contract, rule: type, options: dict[str, Any], play: Callable[[PlasticityRule], Learned]
) -> None:
    """Check names of projections, and each constant that a genome may hold."""
    unknown = maker_of(contract, rule, "learning", {}, {**options, "projections": ["hiden->output"]})
    contract.refuses(
        "a projection that does not exist",
        lambda: unknown().plastic(small_network(0)),
        UnknownNameError,
        "hidden->output",
        "Leave plastic() to the base class.",
    )
    names = [name for name in getattr(rule, "evolvable", {}) if getattr(rule, name, 1)]
    if not names:
        return
    with contract.works("evolving its constants"):
        evolved = maker_of(contract, rule, "learning", {}, {**options, "evolve": names})()
        genes = [parameter.name for parameter in evolved.parameters]
    contract.same("genes of evolved constants", [np.array(PREFIX + n) for n in names], [np.array(g) for g in genes])
    for weights in play(evolved).weights:
        contract.expect(
            all(np.isfinite(w).all() for w in weights), "evolved constants give weights that are not finite"
        )
