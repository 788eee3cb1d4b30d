"""``neurosim-rl record``: record an episode of a champion as a film."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from neurosim_rl.cli.arguments import add_episode, add_json, add_run, add_time_range, print_output
from neurosim_rl.cli.messages import is_quiet, without_sign
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.seeds import UNSEEN_END

LAYOUTS = ("all", "environment")


def record_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``record``."""
    add_run(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="F", help="file to write, .gif or .mp4")
    parser.add_argument("--format", metavar="F", help="gif or mp4 (default: by the ending of the file's name)")
    add_episode(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="start seed of an episode to play, instead of --episode")
    parser.add_argument("--steps", type=int, default=300, metavar="N", help="most environment steps (default: 300)")
    add_time_range(parser)
    parser.add_argument(
        "--neuron",
        action="append",
        default=[],
        metavar="N",
        help="neurons with membranes: a population, some of its neurons (output[0:2]), or numbers (0:2); can be "
        "repeated (default: the first outputs)",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default="all",
        help="all: environment, spikes, membranes and actions; environment: its pictures alone (default: all)",
    )
    parser.add_argument(
        "--size", metavar="WxH", help="width and height in pixels, or the width (default: 960x540; environment: 320)"
    )
    parser.add_argument("--fps", type=float, default=20.0, metavar="N", help="pictures per second (default: 20)")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help="seconds of the environment in a second of the film (default: 1)",
    )
    add_json(parser)


def record_command(options: argparse.Namespace) -> int:
    """Record an episode of a champion as a film (GIF or MP4): environment, spikes, membranes, action."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.reports.film import FilmOptions, record_film
    from neurosim_rl.reports.progress import film_bar
    from neurosim_rl.reports.subject import Subject
    from neurosim_rl.reports.view import View
    from neurosim_rl.runs.champion import read_champion

    if options.seed is not None and options.episode is not None:
        raise ConfigurationError("--episode and --seed: expected one of them.")
    if options.seed is not None and not 0 <= options.seed < UNSEEN_END:
        raise ConfigurationError(f"--seed {options.seed}: expected a seed from 0 to {UNSEEN_END - 1}.")
    film_options = FilmOptions(
        steps=options.steps,
        size_px=_size(options.size),
        fps=options.fps,
        speed=options.speed,
        environment_only=options.layout == "environment",
        file_format=options.format,
    )
    champion = read_champion(options.run)
    view = View(options.episode, options.time_range, (), tuple(options.neuron))
    subject = replace(Subject(champion.config, None, champion, None), view=view)
    with without_sign(), film_bar(shown=not (is_quiet() or options.json)) as bar:
        film = record_film(subject, options.out, film_options, start_seed=options.seed, on_frame=bar.move)
    if options.json:
        print_output({**vars(film), "path": str(film.path)})
        return 0
    text = (
        f"{film.path}: {film.n_pictures} pictures of {film.steps} steps, {film.width_px}x{film.height_px}, "
        f"{film.fps:.4g} a second, start seed {film.start_seed}; return of the whole episode {film.episode_return:.4g}"
    )
    print_output(TextPage((text,)))
    return 0


def _size(text: str | None) -> tuple[int, int] | None:
    """Return width and height; a height of 0: that of the layout."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,9})(?:x(\d{1,9}))?", text)
    if match is None:
        raise ConfigurationError(f"--size {text}: expected WIDTHxHEIGHT in pixels, such as 960x540, or a width.")
    return int(match[1]), int(match[2] or 0)
