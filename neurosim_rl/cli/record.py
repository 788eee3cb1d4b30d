"""``neurosim-rl record``: record an episode of a champion as an animated GIF."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, add_run, print_output
from neurosim_rl.cli.messages import working
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.seeds import UNSEEN_END


def record_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``record``."""
    add_run(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="F.gif", help="file to write")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="start seed (default: that of the first recorded episode)"
    )
    parser.add_argument("--steps", type=int, default=300, metavar="N", help="most environment steps (default: 300)")
    parser.add_argument("--width", type=int, default=320, metavar="N", help="width in pixels (default: 320)")
    parser.add_argument("--fps", type=float, default=20.0, metavar="N", help="most pictures per second (default: 20)")
    add_json(parser)


def record_command(options: argparse.Namespace) -> int:
    """Record an episode of a champion as an animated GIF."""
    from neurosim_rl.reports.video import record_video
    from neurosim_rl.runs.champion import read_champion

    if options.seed is not None and not 0 <= options.seed < UNSEEN_END:
        raise ConfigurationError(f"--seed {options.seed}: expected a seed from 0 to {UNSEEN_END - 1}.")
    with working("an episode and its pictures"):
        video = record_video(
            read_champion(options.run),
            options.out,
            start_seed=options.seed,
            steps=options.steps,
            width_px=options.width,
            fps=options.fps,
        )
    if options.json:
        print_output({**vars(video), "path": str(video.path)})
        return 0
    print_output(
        f"{video.path}: {video.n_pictures} pictures of {video.steps} steps, start seed {video.start_seed}; return of "
        f"the whole episode {video.episode_return:.4g}"
    )
    return 0
