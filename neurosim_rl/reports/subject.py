"""The subject of figures: a run folder, finished or not, or a champion with its task, network and labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from neurosim_rl.analysis.labels import Labels
from neurosim_rl.errors import RunFolderError
from neurosim_rl.models import SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.records.recording import Recording
from neurosim_rl.reports.labels import task_labels
from neurosim_rl.reports.view import View
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.settings.command_line import command_line


class DoesNotApply(Exception):  # noqa: N818  # a figure that does not apply is no error
    """The figure does not apply to the subject; the message gives the reason."""


@dataclass(frozen=True)
class Subject:
    """A run or a champion, as figures see it.

    Properties raise `DoesNotApply` where the subject lacks the data: a figure asks
    for the data that it needs, and is left out with the reason.

    Parameters
    ----------
    config : Configuration
    history : History or None
        None: a champion without its run.
    champion : ChampionRecord or None
        None: the run is not finished.
    folder : RunFolder or None
        None: a champion without its run.
    view : View
        Episode, time, variables and neurons to show.
    """

    config: Configuration
    history: History | None
    champion: ChampionRecord | None
    folder: RunFolder | None
    view: View = field(default_factory=View)

    @classmethod
    def of(cls, target: str) -> Subject:
        """Read a run folder, a champion file, or a shipped champion (``champion:NAME``).

        Raises
        ------
        RunFolderError
            When the run has no finished generation, or a file is missing or damaged.
        UnknownNameError
            For an unknown shipped champion.
        """
        if not Path(target).is_dir():
            champion = read_champion(target)
            return cls(champion.config, None, champion, None)
        folder = RunFolder.open(target)
        history = folder.history()
        if folder.champion_path.exists():
            # The champion was validated with the normalisation of its own generation, which its file holds.
            champion = read_champion(target)
            return cls(champion.config, history, champion, folder)
        if history is None:
            raise RunFolderError(
                f"{target} has no finished generation to draw. Continue the run: {command_line('resume', target)}"
            )
        return cls(folder.config(), history, None, folder)

    @property
    def finished_champion(self) -> ChampionRecord:
        """The champion.

        Raises
        ------
        DoesNotApply
            When the run is not finished.
        """
        if self.champion is None:
            raise DoesNotApply("the run is not finished and has no champion yet")
        return self.champion

    @cached_property
    def recording(self) -> Recording:
        """The champion's recorded trials, at least one.

        Raises
        ------
        DoesNotApply
            When the run is not finished, or no trial is recorded.
        RunFolderError
            When neurons that the champion does not have spike in it.
        """
        champion = self.finished_champion
        if champion.recording.is_empty:
            raise DoesNotApply("no episode of the champion is recorded")
        return champion.recorded()

    @property
    def trial(self) -> int:
        """Index of the recorded trial to show; errors as of `recording` and `View.trial`.

        Unless the view names one, its return is the nearest to the median on unseen starts.
        """
        recording, unseen = self.recording, self.finished_champion.unseen
        of_trials = unseen.returns.reshape(-1, unseen.n_trial).mean(axis=1)
        measured = of_trials[np.isfinite(of_trials)]  # a trial that failed has no return
        return self.view.trial(recording, float(np.median(measured)) if len(measured) else None)

    @property
    def steps(self) -> tuple[int, int]:
        """First environment step of the trial to show, and the one after the last; errors as of `View.steps`."""
        return self.view.steps(int(self.recording.lengths[self.trial]), self.config.window_ms)

    @property
    def shown_variables(self) -> list[int]:
        """Numbers of the observed variables to show: the chosen ones, or the first on the task's response map."""
        return self.view.variable_numbers(self.labels) or [self.optimizee.facts.map_axes[0]]

    @property
    def run_history(self) -> History:
        """All individuals of the run.

        Raises
        ------
        DoesNotApply
            For a champion without its run.
        """
        if self.history is None:
            raise DoesNotApply("a champion file does not hold the other individuals; name its run folder")
        return self.history

    @cached_property
    def optimizee(self) -> ClosedLoop:
        """The task."""
        return create_optimizee(self.config)

    @cached_property
    def labels(self) -> Labels:
        """Names of observed variables, actions and neurons."""
        return task_labels(self.optimizee)

    @cached_property
    def network(self) -> Network:
        """The champion's network.

        Raises
        ------
        DoesNotApply
            When the run is not finished, or the policy has no neurons.
        """
        champion = self.finished_champion
        if not self.optimizee.has_neurons:
            raise DoesNotApply(f"a {self.config.model.name} policy has no neurons")
        return self.optimizee.network(champion.vector)

    @property
    def positions(self) -> np.ndarray:
        """Positions of the neurons on their grid, shape (n_neurons, n_axes).

        Raises
        ------
        DoesNotApply
            When the neurons have no position.
        """
        model = self.optimizee.model
        positions = model.positions if isinstance(model, SpikingModel) else None
        if positions is None:
            options = self.config.model
            wiring = f" with wiring = {options.wiring!r}" if "wiring" in options.values() else ""
            raise DoesNotApply(f"neurons of model {options.name!r}{wiring} have no position on a grid")
        return positions

    @property
    def title(self) -> str:
        """Task and seed."""
        return f"{self.config.task}, seed {self.config.seed}"
