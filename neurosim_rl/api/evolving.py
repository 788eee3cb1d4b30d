"""Making a run: evolve, train, resume."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from neurosim_rl.api.run import Run
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import Configuration
from neurosim_rl.reports.progress import progress_bar
from neurosim_rl.reports.tracking import OnGeneration, Tracking, check_trackers
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.settings.plugins import allow, python_argument
from neurosim_rl.training.configure import configure
from neurosim_rl.training.naming import free_folder, run_name
from neurosim_rl.training.own_workers import resumed
from neurosim_rl.training.run import FREE_KEYS


def evolve(
    task: str | Configuration,
    *layers: Mapping[str, Any],
    out: Path | str | None = None,
    files: Sequence[Path | str] = (),
    start_from: PathLike[str] | str | None = None,
    progress: bool = True,
    plugins: Sequence[str] = (),
    track: Sequence[str] | str = (),
    on_generation: OnGeneration | None = None,
    **settings: Any,
) -> Run:
    """Evolve a controller for a task, and return the finished run.

    Parameters
    ----------
    task : str or Configuration
        Name of a task, or a complete configuration.
    *layers, files, start_from, **settings
        Settings, as for `configure`: ``seed=3, model={"hidden": [8]}, generations=50``.
    out : path or None
        Run folder to make; None: ``runs/TASK-seedN``, with the next free suffix.
    progress : bool
        Whether to show a bar.
    plugins : sequence of str
        Modules and files that files may use (see `configure`).
    track : str or sequence of str
        Names of trackers that record the run, too: ``"tensorboard"``, ``"mlflow"``, ``"wandb"`` (extra ``[track]``).
    on_generation : callable or None
        Called with each finished generation, a `GenerationSummary`. An error in it becomes a warning, and it is not
        called again; the run continues.

    Raises
    ------
    UnknownNameError, ConfigurationError
        For wrong settings; then no folder is made.
    RunFolderError
        When `out` holds something already.
    KeyboardInterrupt
        When the cell or script is interrupted. Finished generations are kept; the message says how to resume.

    Examples
    --------
    >>> run = nrl.evolve("mountain-car", seed=3, model={"hidden": [8]})  # doctest: +SKIP
    """
    allow(*plugins)
    for key in ("learner", "network"):
        if key in settings:
            raise ConfigurationError(f"{key} = {settings[key]!r}: evolve has no learner. Use nrl.train(task, ...).")
    if not isinstance(task, Configuration):
        task = configure(task, *layers, files=files, start_from=start_from, **settings)
    elif layers or files or start_from is not None or settings:
        raise ConfigurationError(
            "a complete configuration takes no settings beside it: expected the name of a task. Change a copy with "
            "configuration.replace(seed=4), or configure the task anew."
        )
    return _begin(task, out, progress, track, on_generation)


def train(
    task: str,
    *layers: Mapping[str, Any],
    learner: str = "r-stdp",
    network: str | None = None,
    out: Path | str | None = None,
    files: Sequence[Path | str] = (),
    start_from: PathLike[str] | str | None = None,
    progress: bool = True,
    plugins: Sequence[str] = (),
    track: Sequence[str] | str = (),
    on_generation: OnGeneration | None = None,
    **settings: Any,
) -> Run:
    """Train a controller by a learning rule instead of evolution, and return the finished run.

    Parameters
    ----------
    task : str
    learner : str
        ``"r-stdp"``: reward-modulated plasticity within trials; ``"ppo"``: surrogate gradients; ``"distil"``: the same,
        from a teacher (both: extra ``[gradient]``).
    network : str or None
        What gradients train: ``"snn"``, spiking (default), or ``"ann"``, without neurons.
    *layers, out, files, start_from, progress, plugins, track, on_generation, **settings
        As for `evolve`; errors too.

    Examples
    --------
    >>> run = nrl.train("cart-pole", learner="ppo", network="snn", seed=2)  # doctest: +SKIP
    """
    allow(*plugins)
    sources: dict[str, Any] = {"files": files, "learner": learner, "network": network, "start_from": start_from}
    configuration = configure(task, *layers, **sources, **settings)
    return _begin(configuration, out, progress, track, on_generation)


def resume(
    run: Run | Path | str,
    *,
    progress: bool = True,
    plugins: Sequence[str] = (),
    track: Sequence[str] | str = (),
    on_generation: OnGeneration | None = None,
    **settings: Any,
) -> Run:
    """Continue an interrupted run to its end; a finished one is returned as it is.

    Stages of the champion's measurement that failed are done again.

    Parameters
    ----------
    run : Run or path
    progress : bool
        Whether to show a bar.
    plugins : sequence of str
        Modules and files that the run may use.
    track, on_generation
        As for `evolve`. A tracker continues the record that it has of the run.
    **settings
        Those of `FREE_KEYS`, on which no result depends. From the folder comes only the name of the execution.

    Raises
    ------
    ConfigurationError
        For a setting that a run keeps.
    RunFolderError
        When there is no such run, or another process works on it.

    Examples
    --------
    >>> run = nrl.resume("runs/mountain-car-seed3")  # doctest: +SKIP
    """
    allow(*plugins)
    for key in settings:
        if key not in FREE_KEYS:
            raise unknown_name("setting of a resumed run", key, FREE_KEYS)
    folder = RunFolder.open(Path(run))
    found = Run(folder.path)
    if found.status.state == "finished" and not found.champion.failures:
        return found
    return _run_to_end(resumed(folder, settings), folder, progress, _names(track), on_generation)


def _names(track: Sequence[str] | str) -> list[str]:
    """Return the names of trackers, which are installed."""
    return check_trackers([track] if isinstance(track, str) else track)


def _begin(
    configuration: Configuration,
    out: Path | str | None,
    progress: bool,
    track: Sequence[str] | str,
    on_generation: OnGeneration | None,
) -> Run:
    from neurosim_rl.training.ancestor import begin_run
    from neurosim_rl.training.check import check
    from neurosim_rl.training.neutral_task import neutral_lines

    names = _names(track)
    check(configuration)
    if out is not None and not str(out):
        raise ConfigurationError("out is empty: expected a folder, or None for one under runs/.")
    for line in neutral_lines(configuration) if progress else ():
        print(line, file=sys.stderr)
    path = free_folder(Path("runs") / run_name(configuration)) if out is None else Path(out)
    return _run_to_end(configuration, begin_run(path, configuration), progress, names, on_generation)


def _run_to_end(
    configuration: Configuration,
    folder: RunFolder,
    progress: bool,
    track: Sequence[str],
    on_generation: OnGeneration | None,
) -> Run:
    from neurosim_rl.training.run import run_to_end

    run = Run(folder.path)
    n_done = run.status.generations
    try:
        with (
            Tracking(folder, track, on_generation, partial(warnings.warn, stacklevel=2)) as tracking,
            progress_bar(configuration.generations, n_done, shown=progress) as bar,
        ):
            champion = run_to_end(
                configuration,
                folder,
                on_progress=bar.move,
                on_stage=bar.stage,
                on_generation=tracking.after,
            )
            tracking.end(champion, _figures(folder, configuration) if track else [])
    except KeyboardInterrupt:
        # Finished generations are on disk. The exception stays one, so that later cells or lines do not run.
        folder.log("interrupted")
        status = run.status
        raise KeyboardInterrupt(
            f"{status.generations} of {status.generations_wanted} generations are kept. Continue with: "
            f'nrl.resume("{folder.path}"{python_argument()})'
        ) from None
    return run


def _figures(folder: RunFolder, configuration: Configuration) -> list[Path]:
    """Draw the figures of a finished run for its trackers."""
    from neurosim_rl.reports.figures import FIGURE_LIMIT, draw_after_run

    return draw_after_run(folder, "", limit_s=FIGURE_LIMIT * configuration.timeout_s)[0]
