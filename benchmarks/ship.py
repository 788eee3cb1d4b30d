"""Puts a run's champion among those that come with the package, or into another folder of champions.

``python -m benchmarks.ship RUN NAME``
"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from neurosim_rl import models
from neurosim_rl.errors import ConfigurationError, NeurosimError
from neurosim_rl.optimizees import AncestorOptions
from neurosim_rl.records.recording import Recording
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions
from neurosim_rl.settings.named_modules import CHAMPION

RECORDED = 2
"""Trials that are shipped with a champion, of those that were recorded and replayed in NEST."""


def main() -> int:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="folder of a finished run")
    parser.add_argument("name", help="name of the champion, such as hopper or hopper-linear")
    parser.add_argument("--folder", type=Path, help="another folder than that of the package, such as benchmarks/seeds")
    parser.add_argument("--recorded", type=int, default=RECORDED, help="recorded trials to ship (%(default)s)")
    parser.add_argument("--command", help="of a run that was resumed: what makes it anew without a break")
    options = parser.parse_args()
    path = (options.folder or Path(models.__file__).parent / "champions") / f"{options.name}.h5"
    try:
        shipped(read_champion(options.run), options.recorded, options.command, options.folder).write(path)
    except NeurosimError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
    return 0


def shipped(
    champion: ChampionRecord, n_recorded: int, made_by: str | None = None, folder: Path | None = None
) -> ChampionRecord:
    """Return a champion with fewer recorded trials, which names the champions that it goes on from as they are shipped.

    The command is the one that makes the same run anew from the package alone: a folder that it goes on from is
    replaced by the shipped champion of the same genome; where its own folder was, and that it drew no figures, is left
    out.

    Parameters
    ----------
    champion : ChampionRecord
    n_recorded : int
        Trials that are kept of its recording.
    made_by : str or None
        The command; None: the one that the champion knows. A run that was resumed knows only that.
    folder : path or None
        Of champions that it may go on from, besides those of the package.

    Raises
    ------
    ConfigurationError
        When the champion that it goes on from is not shipped, or no command makes it anew.
    """
    config, command = champion.config, without(shlex.split(made_by or champion.provenance["command"]), "--out")
    command = [word for word in command if word != "--no-figures"]
    if "resume" in command:
        raise ConfigurationError("the run was resumed. Say by --command what makes it anew without a break.")
    if config.ancestor is not None:
        name = _shipped_name(config.ancestor, folder)
        config = config.replace(ancestor=config.ancestor.replace(champion=name))
        command = [*without(command, "--start-from"), "--start-from", name]
    return replace(
        champion,
        config=config,
        recording=first_trials(champion.recording, n_recorded),
        provenance={**champion.provenance, "command": shlex.join(command)},
    )


def _shipped_name(ancestor: AncestorOptions, folder: Path | None) -> str:
    if ancestor.champion.startswith(CHAMPION):
        return ancestor.champion
    files = sorted(folder.glob("*.h5")) if folder else []
    for name in (*(CHAMPION + name for name in shipped_champions()), *map(str, files)):
        if read_champion(name).sha256 == ancestor.sha256:
            return name
    raise ConfigurationError(
        f"the run goes on from {ancestor.champion}, whose champion is not shipped. Ship that one first."
    )


def without(command: list[str], option: str) -> list[str]:
    """Return a command without an option and its value."""
    if option not in command:
        return command
    at = command.index(option)
    return command[:at] + command[at + 2 :]


def first_trials(recording: Recording, n: int) -> Recording:
    """Return the first trials of a recording."""
    traces, spikes = recording.traces, recording.spikes
    kept = spikes.element < n
    return replace(
        recording,
        **{name: getattr(recording, name)[:n] for name in ("start_seeds", "returns", "lengths", "episode_lengths")},
        traces=replace(traces, **{name: values[:n] for name, values in vars(traces).items()}),
        spikes=replace(spikes, **{name: getattr(spikes, name)[kept] for name in ("element", "neuron", "step")}),
    )


if __name__ == "__main__":
    sys.exit(main())
