"""``neurosim-rl evolve``: evolve a controller."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim_rl.cli.arguments import print_output
from neurosim_rl.cli.messages import LOGGER, is_quiet, print_note, print_problem, without_sign, working
from neurosim_rl.cli.run_options import add_settings, add_track, requested
from neurosim_rl.cli.signals import raise_if_interrupted
from neurosim_rl.execution import Executor
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.command_line import command_line

if TYPE_CHECKING:
    from neurosim_rl.reports.progress import RunBar
    from neurosim_rl.runs.champion import ChampionRecord


FIGURES, REPORT = "figures", "report"
"""What may be drawn at the end of a run; also names of stages."""


def wanted(options: argparse.Namespace) -> list[str]:
    """Return what the options --no-figures and --no-report leave to be drawn."""
    if options.no_figures:
        return []
    return [FIGURES] if options.no_report else [FIGURES, REPORT]


def evolve_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evolve``."""
    add_settings(parser)
    add_track(parser)


def evolve_command(options: argparse.Namespace) -> int:
    """Evolve a controller for a task."""
    return begin(requested(options), options.out, drawn=wanted(options), track=options.track)


def begin(config: Configuration, out: Path | None, *, drawn: Sequence[str], track: Sequence[str]) -> int:
    """Make a run folder and run it to its end; return the exit code."""
    from neurosim_rl.execution import create_executor
    from neurosim_rl.reports.tracking import check_trackers
    from neurosim_rl.training.ancestor import begin_run
    from neurosim_rl.training.check import check
    from neurosim_rl.training.naming import free_folder, run_name
    from neurosim_rl.training.neutral_task import neutral_lines

    check_trackers(track)
    with working("one trial as a check"):
        check(config)
    for line in neutral_lines(config):
        print_note(line)
    path = out or free_folder(Path("runs") / run_name(config))
    with create_executor(config.workers, config.execution) as executor:  # without workers, no folder is made
        return run_with_bar(config, begin_run(path, config), executor, drawn=drawn, track=track)


def run_with_bar(
    config: Configuration,
    folder: RunFolder,
    executor: Executor | None,
    *,
    drawn: Sequence[str],
    track: Sequence[str] = (),
) -> int:
    """Run a folder's run to its end with a progress bar, then print and draw its champion; return the exit code.

    What is drawn are some of `FIGURES` and `REPORT`.
    """
    from neurosim_rl.reports.progress import progress_text
    from neurosim_rl.reports.tracking import Tracking
    from neurosim_rl.training.run import Progress, run_to_end

    print_note(f"{config.task}, seed {config.seed}, {config.generations} generations -> {folder.path}")
    files: list[Path] = []
    failures: dict[str, str] = {}
    left = folder.stage_left()  # before the run writes the names of its own stages
    try:
        with without_sign(), Tracking(folder, track, None, _warn) as tracking, _bar(config) as bar:

            def on_progress(progress: Progress) -> None:
                LOGGER.debug("generation %d: %s", progress.n_done, progress_text(progress))
                bar.move(progress)
                raise_if_interrupted()

            def on_stage(name: str) -> None:
                LOGGER.debug("stage: %s", name)
                bar.stage(name)
                raise_if_interrupted()

            champion = run_to_end(
                config,
                folder,
                executor=executor,
                on_progress=on_progress,
                on_stage=on_stage,
                on_generation=tracking.after,
            )
            for name in drawn:
                on_stage(name)
                DRAWING[name](folder, left, config, files, failures)
            tracking.end(champion, [file for file in files if file.suffix == ".png"])
    except KeyboardInterrupt:
        _print_interrupted(folder, track)
        return 130
    _print_end(folder, champion, files, failures)
    return 0 if champion.verification.identical else 1


def _print_interrupted(folder: RunFolder, track: Sequence[str]) -> None:
    """Print how an interrupted run goes on."""
    folder.log("interrupted")
    repeated = [word for name in track for word in ("--track", name)]
    command = command_line("resume", folder.path, *repeated)
    print_output(f"Interrupted. Finished generations are safe. Resume with: {command}")


def _draw(folder: RunFolder, left: str, config: Configuration, files: list[Path], failures: dict[str, str]) -> None:
    """Draw the figures of a finished run (see `draw_after_run`); Matplotlib is loaded here."""
    from neurosim_rl.reports.figures import FIGURE_LIMIT, draw_after_run

    made, failed = draw_after_run(folder, left, limit_s=FIGURE_LIMIT * config.timeout_s)
    files += made
    failures |= {f"{name}.png": reason for name, reason in failed.items()}


def _write_report(
    folder: RunFolder, left: str, config: Configuration, files: list[Path], failures: dict[str, str]
) -> None:
    """Write the report of a finished run (see `report_after_run`)."""
    from neurosim_rl.reports.run_page.after_run import PAGE_LIMIT, report_after_run

    path, failure = report_after_run(folder, left, limit_s=PAGE_LIMIT * config.timeout_s)
    if path is None:
        failures[folder.report_path.name] = failure
    else:
        files.append(path)


DRAWING = {FIGURES: _draw, REPORT: _write_report}
"""What draws each of them, and adds the files, and the reason of each that failed by the name of its file."""


def _print_end(folder: RunFolder, champion: ChampionRecord, files: Sequence[Path], failures: Mapping[str, str]) -> None:
    """Print the champion, the figures' paths, and what may be done next."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.reports.champion import champion_page

    print_output(champion_page(champion))
    for path in files:
        print_output(str(path))
    for name, reason in failures.items():
        print_output(TextPage((f"no {name}: {reason}",)))
    for line in next_steps(folder.path, champion, files):
        print_note(line)


def _bar(config: Configuration) -> AbstractContextManager[RunBar]:
    from neurosim_rl.reports.progress import progress_bar

    return progress_bar(config.generations, shown=not is_quiet())


def next_steps(run: Path, champion: ChampionRecord, files: Sequence[Path]) -> list[str]:
    """Return what may be done with a finished run that has drawn some files: a line for each command."""
    steps: list[tuple[tuple[object, ...], str]] = []
    if champion.missing or champion.failures:
        steps.append((("resume", run), "do failed or missing stages again"))
    if not any(file.suffix == ".png" for file in files):
        steps.append((("plot", run), "draw its figures"))
    if not any(file.suffix == ".html" for file in files):
        steps.append((("report", run), "see all of it on one page"))
    steps += [
        (("analyse", run), "measure weights, activity and energy"),
        (("verify", run, "--episodes", 3), "replay new episodes in NEST"),
        (("record", run, "--out", f"{run.name}.gif"), "see an episode"),
    ]
    return ["Next:", *(f"  {command_line(*words)}  ({meaning})" for words, meaning in steps)]


def _warn(text: str) -> None:
    print_problem(f"neurosim-rl: warning: {text}")
