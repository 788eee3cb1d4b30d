"""Results on all tasks: champions of every kind, what is published, and simple policies, in the same tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from neurosim_rl.errors import MissingExtraError
from neurosim_rl.evaluation.unseen_starts import baselines, evaluate_unseen
from neurosim_rl.execution import Executor
from neurosim_rl.measures.champion import measures
from neurosim_rl.measures.controllers import controller_of
from neurosim_rl.measures.energy import DEVICES, dense_operations
from neurosim_rl.measures.published import EXPERT, EXPERT_ACTORS, SCORES, VASILACHE, PublishedScore
from neurosim_rl.optimizees import ClosedLoop, create_optimizee, default_settings
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.settings.frozen_table import plain

OURS, PUBLISHED, SIMPLE = "ours", "published", "simple"


@dataclass(frozen=True)
class TableRow:
    """What a controller is worth in a task. None: not known, or there is none.

    Parameters
    ----------
    controller : str
    kind : str
        ``"ours"``, ``"published"`` or ``"simple"``.
    mean, sd : float or None
        Return of an episode, and its standard deviation over episodes.
    source : str
        The champion, or the citation.
    family : str
        Kind of controller (see `neurosim_rl.measures.controllers`); empty: not ours.
    interval : tuple of float, or None
        95 % interval of the mean return, over unseen starts.
    forward : float or None
        Mean sum of the part of the reward that the task lists beside it; a robot's for moving forward.
    episodes : int or None
        Unseen starts.
    parameters : int or None
        Numbers that training may change.
    weights : int or None
        Weights that are not 0.
    steps, seconds : float or None
        Environment steps of training, and its wall-clock time, validation included, in s.
    spikes : float or None
        Of all neurons, per environment step.
    energy_j : dict of str to float
        Estimated energy per environment step by device.
    spiking : bool
        Whether it is a spiking network.
    own_environment : bool
        Whether it was trained and played in the task's own environment: other returns are not comparable.
    """

    controller: str
    kind: str
    mean: float
    sd: float | None = None
    source: str = ""
    family: str = ""
    interval: tuple[float, float] | None = None
    forward: float | None = None
    episodes: int | None = None
    parameters: int | None = None
    weights: int | None = None
    steps: float | None = None
    seconds: float | None = None
    spikes: float | None = None
    energy_j: dict[str, float] = field(default_factory=dict)
    spiking: bool = False
    own_environment: bool = True


def champions_by_task(folder: Path | None = None) -> dict[str, dict[str, ChampionRecord]]:
    """Return all champions by task and name.

    Parameters
    ----------
    folder : path or None
        With files ``NAME.h5``, or run folders ``NAME`` (those that are finished); None: those that come with the
        package.
    """
    files = shipped_champions() if folder is None else _files(folder)
    found: dict[str, dict[str, ChampionRecord]] = {}
    for name, path in sorted(files.items()):
        champion = read_champion(path)
        found.setdefault(champion.config.task, {})[name] = champion
    return dict(sorted(found.items()))


def _files(folder: Path) -> dict[str, Path]:
    of_runs = {path.parent.name: path for path in folder.glob("*/champion.h5")}
    return of_runs | {path.stem: path for path in folder.glob("*.h5")}


def results(
    champions: Mapping[str, Mapping[str, ChampionRecord]],
    executor: Executor,
    *,
    tasks: Iterable[str] = (),
    episodes: int = 100,
    on_task: Callable[[str], None] = lambda task: None,
    on_left_out: Callable[[str, MissingExtraError], None] = lambda task, error: None,
) -> dict[str, list[TableRow]]:
    """Return the results of some tasks: champions, the best first, then what is published, then simple policies.

    Everything but what is published is played now, on the same unseen starts.

    Parameters
    ----------
    champions : mapping of str to mapping of str to ChampionRecord
        By task and name.
    executor : Executor
    tasks : iterable of str
        Empty: all of which there is a champion or a published score, but those that need an extra that is missing.
    episodes : int
        Unseen starts.
    on_task : callable
        Is told each task before it is played.
    on_left_out : callable
        Is told each task that needs an extra, and the error.

    Raises
    ------
    MissingExtraError
        When a task of `tasks` needs an extra that is missing.
    """
    wanted, found = list(tasks), {}
    for task in wanted or sorted({*champions, *SCORES}):
        on_task(task)
        try:
            found[task] = _results(task, champions.get(task, {}), executor, episodes)
        except MissingExtraError as error:
            if wanted:
                raise
            on_left_out(task, error)
    return found


def _results(task: str, own: Mapping[str, ChampionRecord], executor: Executor, episodes: int) -> list[TableRow]:
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": episodes}
    rows = [_ours(name, champion, executor, unseen) for name, champion in own.items()]
    simple = _simple(create_optimizee(default_settings(task)), unseen)
    return [*sorted(rows, key=lambda row: -row.mean), *_published(task), *simple]


def _ours(name: str, champion: ChampionRecord, executor: Executor, unseen: Mapping[str, int]) -> TableRow:
    optimizee, measured, family = champion.optimizee(), measures(champion), controller_of(champion)
    spikes = float(measured.spikes_per_step.mean())
    played = evaluate_unseen(optimizee, champion.vector, executor, **unseen)
    elsewhere = _other_environment(champion)
    return replace(
        _of_held_out(f"{family} ({champion.config.model.name}), {name}", OURS, played),
        family=family,
        parameters=measured.genes,
        weights=measured.non_zero_weights,
        steps=champion.n_steps if champion.n_evaluations else None,
        seconds=champion.seconds,
        spikes=None if math.isnan(spikes) else spikes,
        energy_j={device: float(values.mean()) for device, values in measured.energy_per_step_j.items()},
        source=f"{name}, seed {champion.config.seed}, genome {champion.sha256[:12]}{elsewhere}",
        spiking=optimizee.has_neurons,
        own_environment=not elsewhere,
    )


def _other_environment(champion: ChampionRecord) -> str:
    """Return what is to be said of an environment that is not the task's own: its returns are not comparable."""
    both = champion.config.environment, default_settings(champion.config.task).environment
    mine, own = ({"id": options.id, "kwargs": plain(options.kwargs)} for options in both)
    told = ", ".join(f"{key} = {mine[key]}" for key in mine if mine[key] != own[key])
    return f"; not the task's own environment: {told}" if told else ""


def _of_held_out(controller: str, kind: str, played: UnseenReturns) -> TableRow:
    return TableRow(
        controller,
        kind,
        played.mean_return,
        sd=float(np.std(played.returns, ddof=1)) if len(played.returns) > 1 else None,
        interval=played.ci95(),
        forward=None if played.partial_returns is None else float(played.partial_returns.mean()),
        episodes=len(played.returns) // played.n_trial,
    )


def _published(task: str) -> list[TableRow]:
    return [_as_published(score, EXPERT_ACTORS[task]) for score in SCORES.get(task, ())]


def _as_published(score: PublishedScore, expert: Sequence[int]) -> TableRow:
    """Return a published score; of a deep expert, weights and energies are those of the network that acts."""
    weights, source = score.weights, score.source
    energy_j = {} if score.loihi_j is None else {"loihi": score.loihi_j}
    if score.source == EXPERT:
        weights, units = dense_operations(expert)
        energy_j = {n: d.energy_j(weights, units) for n, d in DEVICES.items() if not d.spiking_only}
        source += "; weights and energies of the network that acts, " + "-".join(map(str, expert))
    return TableRow(
        score.controller,
        PUBLISHED,
        score.mean,
        score.sd,
        source,
        weights=weights,
        steps=score.steps,
        energy_j=energy_j,
        spiking=score.source == VASILACHE,
    )


def _simple(optimizee: ClosedLoop, unseen: Mapping[str, int]) -> list[TableRow]:
    random, rule = baselines(optimizee, **unseen)
    found = [] if rule is None else [_of_held_out(f"rule: {optimizee.rule_label}", SIMPLE, rule)]
    return [*found, _of_held_out("random actions", SIMPLE, random)]


def results_json(found: Mapping[str, list[TableRow]]) -> dict[str, list[dict]]:
    """Return results as JSON."""
    return {task: [asdict(row) for row in rows] for task, rows in found.items()}
