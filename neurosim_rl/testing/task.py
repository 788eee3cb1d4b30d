"""Contract of tasks: complete defaults, facts that fit the environment, and trials that are the same anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cloudpickle
import numpy as np
from gymnasium.spaces import Box

from neurosim_rl.optimizees import TASKS, ClosedLoop, Settings
from neurosim_rl.optimizees.facts import check_facts
from neurosim_rl.optimizees.trials import Element, PlayedBatch
from neurosim_rl.settings.checks import lookup
from neurosim_rl.testing.contract import Contract

N_INDIVIDUALS = 2
LARGEST_PICKLE = 10_000
"""Most bytes of a pickled task: workers make its parts again."""


def check_task(task: str | type[ClosedLoop], *, steps: int = 4, **settings: Any) -> None:
    """Raise unless a task keeps its contract.

    Checked are that its defaults make a complete configuration, its labels and its rule against the environment,
    individuals (flat, within bounds, by the seed), scores and successes, pickling into workers, and that a short
    generation plays the same in NEST and in the compiled simulator, and an individual alone as in the generation.

    Parameters
    ----------
    task : str or type
        A registered name, or a class derived from `neurosim_rl.optimizees.ClosedLoop`.
    steps : int
        Environment steps of each training trial of the check.
    **settings
        Tables above the task's defaults.

    Raises
    ------
    ContractError
    """
    contract = Contract("check_task", task) if isinstance(task, str) else Contract.of("check_task", task)
    with contract.works("looking it up"):
        cls = lookup("task", task, TASKS) if isinstance(task, str) else task
    contract.expect(
        isinstance(cls, type) and issubclass(cls, ClosedLoop), f"expected a class derived from ClosedLoop; got {cls!r}"
    )
    optimizee = _completed(contract, cls, settings)
    _check_facts(contract, optimizee)
    _check_individuals(contract, cls, optimizee)
    _check_playing(contract, optimizee, steps)


def _completed(contract: Contract, cls: type[ClosedLoop], settings: dict[str, Any]) -> ClosedLoop:
    """Return the task with its complete configuration."""
    name = cls.defaults.get("task")
    contract.expect(isinstance(name, str) and name, f"defaults['task'] is {name!r}; expected the task's name")
    with contract.works("completing the defaults", "Correct the class's defaults."):
        return cls(None, cls(None, Settings.read(cls.defaults, settings)).completed())


def _check_facts(contract: Contract, optimizee: ClosedLoop) -> None:
    """Check labels, axes of maps and the rule against the environment."""
    with contract.works("its facts"):
        check_facts(optimizee, optimizee.training_elements(0, [0])[0].start_seed)
    facts, n = optimizee.facts, len(optimizee.environment.observation_low)
    for what, given in (("map_axes", facts.map_axes), ("mirrored", facts.mirrored)):
        contract.expect(all(0 <= k < n for k in given) or n < 2, f"{what} is {given}; expected variables below {n}")
    contract.expect(
        len(facts.map_fixed) in (0, n), f"map_fixed has {len(facts.map_fixed)} values; expected {n} or none"
    )
    if not facts.rule_label:
        return
    low, high = (np.where(np.isfinite(bound), bound, 0.0) for bound in optimizee.normalisation.shown_bounds)
    observations = np.random.default_rng(0).uniform(low, high, (20, n))
    before = observations.copy()
    with contract.works("its rule"):
        actions = facts.rule(observations)
    contract.same("its rule changes the observations", before, observations, "Copy what you change.")
    space = optimizee.environment.action_space
    contract.expect(len(actions) == 20, f"its rule gives {len(actions)} actions for 20 observations")
    for action in actions:
        one = np.reshape(action, space.shape).astype(space.dtype) if isinstance(space, Box) else action
        contract.expect(space.contains(one), f"its rule gives {action}; expected an action of {space}")


def _check_individuals(contract: Contract, cls: type[ClosedLoop], optimizee: ClosedLoop) -> None:
    """Check individuals in L2L's form, their seed, and a worker's copy."""
    one, other, third = (cls(None, optimizee.config.replace(seed=seed)) for seed in (1, 1, 2))
    with contract.works("create_individual()"):
        individual = one.create_individual()
    for name, array in individual.items():
        flat = isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype == np.float64
        contract.expect(flat, f"create_individual()[{name!r}] is no flat array of float64, as L2L's are")
    vector = one.parameters.to_vector(individual)
    contract.same("create_individual() leaves the bounds", one.parameters.clip(vector), vector)
    again, new = (t.parameters.to_vector(t.create_individual()) for t in (other, third))
    contract.same("the same seed gives another individual", vector, again, "Draw from self._individual_rng only.")
    contract.expect((vector != new).any(), "another seed gives the same individual; expected another one")


def _play(contract: Contract, optimizee: ClosedLoop, individuals: list[int], steps: int, **config: Any) -> PlayedBatch:
    """Return a short generation: the first training trial of some individuals, with the vectors of all."""
    played = type(optimizee)(None, optimizee.config.replace(**config)) if config else optimizee
    rng = np.random.default_rng(3)
    vectors = [played.parameters.sample(rng) for _ in range(N_INDIVIDUALS)]
    elements: list[Element] = []
    for row, individual in enumerate(individuals):
        element = optimizee.training_elements(0, [individual])[0]
        elements.append(replace(element, individual=row, max_steps=steps))
    where = config.get("simulator", optimizee.config.simulator)
    with contract.works(f"playing a generation with simulator {where!r}"):
        return played.play([vectors[individual] for individual in individuals], elements, record=True)


def _check_playing(contract: Contract, optimizee: ClosedLoop, steps: int) -> None:
    learning = {"episodes": 1} if "episodes" in optimizee.config.learning.values() else {}
    short = type(optimizee)(None, optimizee.config.replace(learning=learning))
    everyone = list(range(N_INDIVIDUALS))
    together = _play(contract, short, everyone, steps)
    with contract.works("its fitness"):
        scores = short.scores(together.episodes)
    n = len(together.episodes.returns)
    contract.expect(
        np.shape(scores) == (n,) and not np.isnan(scores).any(),
        f"scores() gives {scores}; expected a number for each of {n} episodes",
    )
    successes = short.facts.successes(together.episodes)
    if successes is not None:
        contract.expect(
            np.shape(successes) == (n,) and np.asarray(successes).dtype == bool,
            f"successes() gives {successes}; expected true or false for each of {n} episodes",
        )
    with contract.works("pickling it for a worker"):
        blob = cloudpickle.dumps(short)
        copy = cloudpickle.loads(blob)
    contract.expect(
        len(blob) <= LARGEST_PICKLE,
        f"its pickle has {len(blob)} bytes; expected at most {LARGEST_PICKLE}",
        "A worker makes the parts again: pickle the configuration only.",
    )
    _compare(contract, "a worker's copy plays otherwise", together, _play(contract, copy, everyone, steps))
    for individual in everyone:
        alone = _play(contract, short, [individual], steps)
        contract.same(
            f"individual {individual} alone gets another return than in a generation",
            together.episodes.returns[individual],
            alone.episodes.returns[0],
        )
        assert together.spikes is not None
        assert alone.spikes is not None
        mine = together.spikes.of(individual)
        contract.same(
            f"individual {individual} alone spikes otherwise than in a generation",
            [mine.neuron, mine.step],
            [alone.spikes.neuron, alone.spikes.step],
        )
    if short.config.simulator == "compiled":
        in_nest = _play(contract, short, everyone, steps, simulator="nest")
        _compare(contract, "NEST and the compiled simulator differ", in_nest, together)


def _compare(contract: Contract, what: str, one: PlayedBatch, other: PlayedBatch) -> None:
    for name in ("returns", "lengths", "spikes"):
        contract.same(f"{what}: {name}", getattr(one.episodes, name), getattr(other.episodes, name))
    assert one.spikes is not None
    assert other.spikes is not None
    for name in ("element", "neuron", "step"):
        contract.same(f"{what}: spikes", getattr(one.spikes, name), getattr(other.spikes, name))
