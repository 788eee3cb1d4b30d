"""Results on Gymnasium's MuJoCo robots: champions, what is published, and simple policies, in the same tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from neurosim_rl.analysis.energy import DEVICES, dense_operations
from neurosim_rl.evaluation import HeldOut, baselines, held_out
from neurosim_rl.execution import Executor
from neurosim_rl.measuring import measures
from neurosim_rl.optimizees import TASKS, ClosedLoop, configure, create_optimizee
from neurosim_rl.optimizees.robot import Robot
from neurosim_rl.published import EXPERT, EXPERT_ACTORS, SCORES, VASILACHE, PublishedScore
from neurosim_rl.runs.champion import Champion, load_champion, shipped_champions
from neurosim_rl.seeds import DEFAULT_FIRST_SEED

ROBOTS = tuple(sorted(name for name, cls in TASKS.items() if issubclass(cls, Robot)))
"""Tasks of the page."""

_KINDS = {
    "spatial": "spatial SNN",
    "single-layer": "one-layer SNN",
    "linear": "linear policy",
    "dense": "dense network",
}
OURS, PUBLISHED, SIMPLE = "ours", "published", "simple"


@dataclass(frozen=True)
class Result:
    """What a controller is worth in a task. None: not known, or there is none.

    Parameters
    ----------
    controller : str
    kind : str
        ``"ours"``, ``"published"`` or ``"simple"``.
    mean, sd : float or None
        Return of an episode, and its standard deviation over episodes.
    forward : float or None
        Mean sum of the reward for moving forward.
    episodes : int or None
        Unseen starts.
    weights : int or None
        Weights that are not 0.
    steps : float or None
        Environment steps of training.
    energy_j : dict of str to float
        Estimated energy per environment step by device.
    source : str
        The champion, or the citation.
    spiking : bool
        Whether it is a spiking network.
    """

    controller: str
    kind: str
    mean: float
    sd: float | None
    forward: float | None
    episodes: int | None
    weights: int | None
    steps: float | None
    energy_j: dict[str, float]
    source: str
    spiking: bool = False


def champions_by_task(folder: Path | None = None) -> dict[str, dict[str, Champion]]:
    """Return all champions of robots by task and name.

    Parameters
    ----------
    folder : path or None
        With files ``NAME.h5``; None: those that come with the package.
    """
    files = shipped_champions() if folder is None else {path.stem: path for path in folder.glob("*.h5")}
    found: dict[str, dict[str, Champion]] = {task: {} for task in ROBOTS}
    for name, path in sorted(files.items()):
        champion = load_champion(path)
        if champion.config.task in found:
            found[champion.config.task][name] = champion
    return found


def results(
    champions: Mapping[str, Mapping[str, Champion]],
    executor: Executor,
    *,
    tasks: Iterable[str] = ROBOTS,
    episodes: int = 100,
    on_task: Callable[[str], None] = lambda task: None,
) -> dict[str, list[Result]]:
    """Return the results of some tasks: champions, the best first, then what is published, then simple policies.

    Everything but what is published is played now, on the same unseen starts.

    Parameters
    ----------
    champions : mapping of str to mapping of str to Champion
        By task and name.
    executor : Executor
    tasks : iterable of str
    episodes : int
        Unseen starts.
    on_task : callable
        Is told each task before it is played.
    """
    found = {}
    for task in tasks:
        on_task(task)
        own = champions.get(task, {})
        unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": episodes}
        rows = [_ours(name, champion, executor, unseen) for name, champion in own.items()]
        optimizee = next((champion.optimizee() for champion in own.values()), create_optimizee(configure(task)))
        found[task] = [*sorted(rows, key=lambda row: -row.mean), *_published(task), *_simple(optimizee, unseen)]
    return found


def _ours(name: str, champion: Champion, executor: Executor, unseen: Mapping[str, int]) -> Result:
    optimizee = champion.optimizee()
    measured = measures(champion)
    energy_j = {device: float(values.mean()) for device, values in measured.energy_per_step_j.items()}
    model = champion.config.model["name"]
    result = _of_held_out(
        f"{_KINDS.get(model, model)}, {name}",
        OURS,
        held_out(optimizee, champion.vector, executor, **unseen),
        weights=measured.non_zero_weights,
        steps=champion.n_steps,
        energy_j=energy_j,
        source=f"{name}.h5, seed {champion.config.seed}, genome {champion.sha256[:12]}",
    )
    return replace(result, spiking=optimizee.has_neurons)


def _of_held_out(
    controller: str,
    kind: str,
    played: HeldOut,
    *,
    weights: int | None = None,
    steps: float | None = None,
    energy_j: Mapping[str, float] | None = None,
    source: str = "",
) -> Result:
    forward = None if played.partial_returns is None else float(played.partial_returns.mean())
    sd = float(np.std(played.returns, ddof=1)) if len(played.returns) > 1 else None
    n = len(played.returns)
    return Result(controller, kind, played.mean_return, sd, forward, n, weights, steps, dict(energy_j or {}), source)


def _published(task: str) -> list[Result]:
    return [_as_published(score, EXPERT_ACTORS[task]) for score in SCORES.get(task, ())]


def _as_published(score: PublishedScore, expert: Sequence[int]) -> Result:
    """Return a published score; of a deep expert, weights and energies are those of the network that acts."""
    weights, source = score.weights, score.source
    energy_j = {} if score.loihi_j is None else {"loihi": score.loihi_j}
    if score.source == EXPERT:
        weights, units = dense_operations(expert)
        energy_j = {n: d.energy_j(weights, units) for n, d in DEVICES.items() if not d.spiking_only}
        source += "; weights and energies of the network that acts, " + "-".join(map(str, expert))
    return Result(
        controller=score.controller,
        kind=PUBLISHED,
        mean=score.mean,
        sd=score.sd,
        forward=None,
        episodes=None,
        weights=weights,
        steps=score.steps,
        energy_j=energy_j,
        source=source,
        spiking=score.source == VASILACHE,
    )


def _simple(optimizee: ClosedLoop, unseen: Mapping[str, int]) -> list[Result]:
    random, nothing = baselines(optimizee, **unseen)
    assert nothing is not None  # a robot's rule is to do nothing
    return [
        _of_held_out("zero action", SIMPLE, nothing, weights=0),
        _of_held_out("random action", SIMPLE, random, weights=0),
    ]


def results_json(found: Mapping[str, list[Result]]) -> dict[str, list[dict]]:
    """Return results as JSON."""
    return {task: [asdict(row) for row in rows] for task, rows in found.items()}
