"""``neurosim-rl results``: play all champions and write the page of results."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, print_output
from neurosim_rl.cli.messages import print_note, working
from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END


def results_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``results``."""
    parser.add_argument(
        "--task", action="append", default=[], metavar="NAME", help="task to play; can be repeated (default: all)"
    )
    parser.add_argument("--episodes", type=int, default=100, metavar="N", help="number of unseen starts (default: 100)")
    parser.add_argument(
        "--champions",
        type=Path,
        metavar="DIR",
        help="folder of champion files or of run folders (default: the shipped champions)",
    )
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="local processes (0 = one for each core)")
    parser.add_argument(
        "--out", type=Path, default=Path("results"), metavar="DIR", help="folder for the page (default: results)"
    )
    add_json(parser)


def results_command(options: argparse.Namespace) -> int:
    """Play all champions and write the page of results: champions, published scores, simple policies."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.execution import create_executor
    from neurosim_rl.optimizees import task_class
    from neurosim_rl.reports.all_tasks import champions_by_task, play_tasks, results_json
    from neurosim_rl.reports.all_tasks_page import overview_table, write_page
    from neurosim_rl.runs.files import make_folder

    if not 1 <= options.episodes <= UNSEEN_END - DEFAULT_FIRST_SEED:
        raise ConfigurationError(
            f"--episodes {options.episodes}: expected 1 to {UNSEEN_END - DEFAULT_FIRST_SEED} episodes."
        )
    if options.champions is not None and not options.champions.is_dir():
        raise RunFolderError(f"{options.champions} is not a folder. Name a folder of champions, or omit --champions.")
    for name in options.task:
        task_class(name)
    champions = champions_by_task(options.champions)
    if not champions:
        raise RunFolderError(
            f"{options.champions} holds no champion; expected files NAME.h5, or finished runs NAME/champion.h5. Name "
            "another folder, or omit --champions."
        )
    make_folder(options.out)  # a folder that cannot be made is an error before anything is played
    with working("play champions"), create_executor(options.workers) as executor:
        found = play_tasks(
            champions,
            executor,
            tasks=options.task,
            episodes=options.episodes,
            on_task=lambda task: print_note(f"{task} ..."),
            on_left_out=lambda task, error: print_note(f"{task} skipped: {error}"),
        )
    paths = write_page(found, options.out, episodes=options.episodes, command=_command(options))
    if options.json:
        print_output({"episodes": options.episodes, "tasks": results_json(found)})
        return 0
    print_output(TextPage((overview_table(found),)))
    for path in paths:
        print_output(str(path))
    return 0


def _command(options: argparse.Namespace) -> str:
    """Return the command that makes the same page."""
    parts = ["neurosim-rl", "results"]
    for task in options.task:
        parts += ["--task", task]
    if options.episodes != 100:
        parts += ["--episodes", str(options.episodes)]
    if options.champions is not None:
        parts += ["--champions", str(options.champions)]
    return shlex.join(parts)
