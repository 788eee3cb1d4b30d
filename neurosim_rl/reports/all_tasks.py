"""Returns on all tasks, in one table each: champions of every kind, published scores, simple policies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import MissingExtraError
from neurosim_rl.evaluation.unseen_starts import baselines, evaluate_unseen
from neurosim_rl.execution import Executor
from neurosim_rl.measures.champion import measures
from neurosim_rl.measures.controllers import controller_of
from neurosim_rl.measures.energy import DEVICES, dense_operations
from neurosim_rl.measures.published import EXPERT, EXPERT_ACTORS, SCORES, VASILACHE, PublishedScore
from neurosim_rl.optimizees import ClosedLoop, Configuration, Settings, create_optimizee, default_settings
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.reports.table_row import OURS, PUBLISHED, SIMPLE, TableRow
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.settings.frozen_table import plain


def champions_by_task(folder: Path | None = None) -> dict[str, dict[str, ChampionRecord]]:
    """Return all champions by task and name.

    Parameters
    ----------
    folder : path or None
        Folder of champion files ``NAME.h5`` or of finished run folders ``NAME``; None: the shipped champions.
    """
    files = shipped_champions() if folder is None else _files(folder)
    found: dict[str, dict[str, ChampionRecord]] = {}
    for name, path in sorted(files.items()):
        champion = read_champion(path)
        found.setdefault(champion.config.task, {})[name] = champion
    return dict(sorted(found.items()))


def _files(folder: Path) -> dict[str, Path]:
    files = {path.parent.name: path for path in folder.glob("*/champion.h5")}
    files |= {path.stem: path for path in folder.glob("*.h5")}
    return files


def play_tasks(
    champions: Mapping[str, Mapping[str, ChampionRecord]],
    executor: Executor,
    *,
    tasks: Iterable[str] = (),
    episodes: int = 100,
    on_task: Callable[[str], None] = lambda task: None,
    on_left_out: Callable[[str, MissingExtraError], None] = lambda task, error: None,
) -> dict[str, list[TableRow]]:
    """Return the rows of some tasks: champions, the best first, then published scores, then simple policies.

    Champions and simple policies are played on the same unseen starts.

    Parameters
    ----------
    champions : mapping of str to mapping of str to ChampionRecord
        By task and name.
    executor : Executor
    tasks : iterable of str
        Empty: all tasks with a champion or a published score, except those that need a missing extra.
    episodes : int
        Number of unseen starts.
    on_task : callable
        Called with each task before it is played.
    on_left_out : callable
        Called with each task that needs a missing extra, and the error.

    Raises
    ------
    MissingExtraError
        When a task of `tasks` needs a missing extra.
    """
    wanted = list(tasks)
    found: dict[str, list[TableRow]] = {}
    for task in wanted or sorted({*champions, *SCORES}):
        on_task(task)
        try:
            found[task] = _rows(task, champions.get(task, {}), executor, episodes)
        except MissingExtraError as error:
            if wanted:
                raise
            on_left_out(task, error)
    return found


def _rows(task: str, own: Mapping[str, ChampionRecord], executor: Executor, episodes: int) -> list[TableRow]:
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": episodes}
    of_champions = [champion_row(name, champion, executor, unseen) for name, champion in own.items()]
    of_champions.sort(key=lambda row: -row.mean)
    simple = _simple_rows(create_optimizee(default_settings(task)), unseen)
    return [*of_champions, *published_rows(task), *simple]


def champion_row(name: str, champion: ChampionRecord, executor: Executor, unseen: Mapping[str, int]) -> TableRow:
    """Return the row of a champion, played on unseen starts.

    Parameters
    ----------
    name : str
    champion : ChampionRecord
    executor : Executor
    unseen : mapping of str to int
        ``first_seed`` and ``episodes``.
    """
    optimizee, measured, family = champion.optimizee(), measures(champion), controller_of(champion)
    spikes = float(measured.spikes_per_step.mean())
    returns = evaluate_unseen(optimizee, champion.vector, executor, **unseen)
    difference = _environment_difference(champion)
    source = f"{name}, seed {champion.config.seed}, genome {champion.sha256[:12]}"
    if difference:
        source += f"; not the task's own environment: {difference}"
    return replace(
        _row(f"{family} ({champion.config.model.name}), {name}", OURS, returns),
        family=family,
        parameters=measured.genes,
        weights=measured.non_zero_weights,
        steps=champion.n_steps if champion.n_evaluations else None,
        seconds=champion.seconds,
        spikes=None if math.isnan(spikes) else spikes,
        energy_j={device: float(values.mean()) for device, values in measured.energy_per_step_j.items()},
        source=source,
        spiking=optimizee.has_neurons,
        own_environment=not difference,
    )


def _environment_difference(champion: ChampionRecord) -> str:
    """Return where the champion's environment differs from the task's own; empty: nowhere."""
    mine = _environment(champion.config)
    own = _environment(default_settings(champion.config.task))
    differences = []
    for key, value in mine.items():
        if value != own[key]:
            differences.append(f"{key} = {value}")
    return ", ".join(differences)


def _environment(config: Configuration | Settings) -> dict[str, Any]:
    options = config.environment
    return {"id": options.id, "kwargs": plain(options.kwargs), "wrappers": plain(options.wrappers)}


def _row(controller: str, kind: str, returns: UnseenReturns) -> TableRow:
    sd = float(np.std(returns.returns, ddof=1)) if len(returns.returns) > 1 else None
    forward = None if returns.partial_returns is None else float(returns.partial_returns.mean())
    return TableRow(
        controller,
        kind,
        returns.mean_return,
        sd=sd,
        interval=returns.ci95(),
        forward=forward,
        episodes=len(returns.returns) // returns.n_trial,
    )


def published_rows(task: str) -> list[TableRow]:
    """Return the rows of a task's published scores."""
    return [_published_row(score, EXPERT_ACTORS[task]) for score in SCORES.get(task, ())]


def _published_row(score: PublishedScore, expert: Sequence[int]) -> TableRow:
    """Return the row of a published score; weights and energies of a deep expert are those of its acting network."""
    weights, source = score.weights, score.source
    energy_j = {} if score.loihi_j is None else {"loihi": score.loihi_j}
    if score.source == EXPERT:
        weights, units = dense_operations(expert)
        energy_j = {}
        for name, device in DEVICES.items():
            if not device.spiking_only:
                energy_j[name] = device.energy_j(weights, units)
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


def _simple_rows(optimizee: ClosedLoop, unseen: Mapping[str, int]) -> list[TableRow]:
    random, rule = baselines(optimizee, **unseen)
    rows = [_row("random actions", SIMPLE, random)]
    if rule is not None:
        rows.insert(0, _row(f"rule: {optimizee.facts.rule_label}", SIMPLE, rule))
    return rows


def results_json(found: Mapping[str, list[TableRow]]) -> dict[str, list[dict]]:
    """Return the rows of each task as JSON."""
    content = {}
    for task, rows in found.items():
        content[task] = [asdict(row) for row in rows]
    return content
