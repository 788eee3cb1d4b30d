"""The command that makes the page of results."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, print_result
from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END


def results_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``results``."""
    parser.add_argument("--task", action="append", default=[], metavar="NAME", help="only this task; can be repeated")
    parser.add_argument("--episodes", type=int, default=100, metavar="N", help="unseen starts (default: 100)")
    parser.add_argument(
        "--champions",
        type=Path,
        metavar="DIR",
        help="folder of champions' files, or of runs (default: those of the package)",
    )
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="local processes (0: one for each core)")
    parser.add_argument(
        "--out", type=Path, default=Path("results"), metavar="DIR", help="folder for the page (default: results)"
    )
    add_json(parser)


def results_command(options: argparse.Namespace) -> int:
    """Make the page of results on all tasks: champions of every kind, published scores, simple policies."""
    from neurosim_rl.analysis.saving import make_folder
    from neurosim_rl.execution import create_executor
    from neurosim_rl.optimizees import TASKS
    from neurosim_rl.reports.all_tasks import champions_by_task, results, results_json
    from neurosim_rl.reports.all_tasks_page import write_page
    from neurosim_rl.settings.checks import lookup

    if not 1 <= options.episodes <= UNSEEN_END - DEFAULT_FIRST_SEED:
        raise ConfigurationError(f"--episodes {options.episodes}: expected at least 1.")
    if options.champions is not None and not options.champions.is_dir():
        raise RunFolderError(f"{options.champions} is not a folder of champions. Leave --champions out, or mend it.")
    for name in options.task:
        lookup("task", name, TASKS)
    champions = champions_by_task(options.champions)
    if not champions:
        raise RunFolderError(
            f"{options.champions} holds no champion; expected files NAME.h5, or finished runs NAME/champion.h5. Leave "
            "--champions out, or mend it."
        )
    make_folder(options.out)  # before all is played for nothing
    with create_executor(options.workers) as executor:
        found = results(
            champions,
            executor,
            tasks=options.task,
            episodes=options.episodes,
            on_task=lambda task: print(f"{task} ...", file=sys.stderr),
            on_left_out=lambda task, error: print(f"{task} is left out: {error}", file=sys.stderr),
        )
    paths = write_page(found, options.out, episodes=options.episodes, command=_command(options))
    if options.json:
        print_result({"episodes": options.episodes, "tasks": results_json(found)})
    else:
        print_result("\n".join(map(str, paths)))
    return 0


def _command(options: argparse.Namespace) -> str:
    """Return the command that makes the same page."""
    parts = ["neurosim-rl", "results", *(part for task in options.task for part in ("--task", task))]
    parts += [] if options.episodes == 100 else ["--episodes", str(options.episodes)]
    parts += [] if options.champions is None else ["--champions", str(options.champions)]
    return shlex.join(parts)
