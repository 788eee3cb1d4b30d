"""``neurosim-rl analyse``: measure a champion and draw its network."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, add_run, print_output
from neurosim_rl.cli.messages import print_note, working
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END


def analyse_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``analyse``."""
    add_run(parser)
    parser.add_argument(
        "--episodes",
        type=int,
        default=0,
        metavar="N",
        help="play N episodes on unseen starts (0 = use the recorded episodes, the default)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the figures (default: RUN/figures)")
    parser.add_argument("--no-figures", action="store_true", help="print the table only")
    add_json(parser)


def analyse_command(options: argparse.Namespace) -> int:
    """Measure a champion: weights, sparsity, spikes, operations, energy; draw its network and its gait."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.analysis.text_table import TextTable
    from neurosim_rl.measures.champion import measures
    from neurosim_rl.reports.measures import beside, measures_json, measures_table, sources_text
    from neurosim_rl.reports.own_measures import OWN_MEASURES, own_measures, own_measures_text
    from neurosim_rl.reports.subject import Subject
    from neurosim_rl.runs.champion import read_champion

    if not 0 <= options.episodes <= UNSEEN_END - DEFAULT_FIRST_SEED:
        raise ConfigurationError(
            f"--episodes {options.episodes}: expected at least 1, or 0 for the recorded episodes, and at most "
            f"{UNSEEN_END - DEFAULT_FIRST_SEED}."
        )
    champion = read_champion(options.run)
    out = _folder(options)
    with working("measures of the champion"):
        own = measures(champion, options.episodes)
    others = beside(champion, own)
    episodes = options.episodes or len(champion.recording.lengths)
    ours = own_measures(Subject.of(options.run)) if OWN_MEASURES else {}
    with working("figures"):
        files, left_out = _draw(options.run, out)
    if options.json:
        print_output(
            {
                "task": champion.config.task,
                "episodes": episodes,
                "champion": measures_json(own),
                "own": ours,
                "beside": {name: measures_json(other) for name, other in others.items()},
                "figures": [str(path) for path in files],
                "left_out": left_out,
            }
        )
        return 0
    title = f"{champion.config.task}, seed {champion.config.seed}: over {episodes} episodes, mean +- deviation"
    parts: list[str | TextTable] = [title, measures_table({"champion": own, **others})]
    if ours:
        parts.append(own_measures_text(ours))
    parts += ["Energies are estimates of these operations alone. Sources of the constants:", sources_text()]
    print_output(TextPage(tuple(parts)))
    for path in files:
        print_output(str(path))
    for name, reason in left_out.items():
        print_output(TextPage((f"no {name}.png: {reason}",)))
    return 0


def _folder(options: argparse.Namespace) -> Path | None:
    """Return the folder for the figures, made if need be; None: no figures are drawn."""
    from neurosim_rl.runs import RunFolder
    from neurosim_rl.runs.files import make_folder

    if options.no_figures:
        return None
    if options.out is None and not Path(options.run).is_dir():
        print_note("neurosim-rl: figures skipped: a champion file has no run folder. Add --out DIR.")
        return None
    out: Path = options.out or RunFolder.open(options.run).figures_path
    make_folder(out)  # a folder that cannot be made is an error before anything is played
    return out


def _draw(run: str, out: Path | None) -> tuple[list[Path], dict[str, str]]:
    """Draw the figures if there is a folder for them; return files and reasons as `draw_figures` does."""
    from neurosim_rl.reports.figures import ANALYSE, draw_figures, figures_of
    from neurosim_rl.reports.subject import Subject

    if out is None:
        return [], {}
    return draw_figures(Subject.of(run), out, figures_of(ANALYSE))
