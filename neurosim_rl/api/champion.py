"""A champion: the controller that a run chose, with its record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from neurosim_rl.api.controller import Controller
from neurosim_rl.api.evaluation import Evaluation, headline
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.stages import REPLAY
from neurosim_rl.settings.checks import require_extra
from neurosim_rl.settings.printable import KEPT, printable

if TYPE_CHECKING:
    import pandas as pd

    from neurosim_rl.api.display import Figures
    from neurosim_rl.records.learning_record import LearningRecord
    from neurosim_rl.records.recording import Verification
    from neurosim_rl.reports.film import Film


class Champion(Controller):
    """The controller that a run chose, with its record.

    Parameters
    ----------
    target : path or str
        Folder of a finished run, a champion's file, or ``champion:NAME``.

    Raises
    ------
    UnknownNameError
        For an unknown ``champion:NAME``, with the nearest match.
    RunFolderError
        When the folder or file is missing, damaged or foreign, or the run is not finished.

    Examples
    --------
    >>> champion = nrl.load("champion:hopper")  # doctest: +SKIP
    >>> champion.evaluate(episodes=100)  # doctest: +SKIP
    >>> champion.replay(seed=5).spikes.to_neo()  # doctest: +SKIP
    """

    def __init__(self, target: Path | str) -> None:
        self.target = str(target)
        self.record: ChampionRecord = read_champion(target)
        super().__init__(self.record.config, self.record.vector)

    @property
    def sha256(self) -> str:
        """Digest of the genome's bytes."""
        return self.record.sha256

    @property
    def unseen(self) -> Evaluation:
        """Returns on unseen starts, as the run reported them."""
        return Evaluation(self.record.unseen, self.configuration.task)

    @property
    def random_policy(self) -> Evaluation:
        """Returns of random actions on the same starts."""
        return Evaluation(self.record.random, self.configuration.task)

    @property
    def simple_rule(self) -> Evaluation | None:
        """Returns of the task's simple rule on the same starts; None: the task has none."""
        return None if self.record.rule is None else Evaluation(self.record.rule, self.configuration.task)

    @property
    def recorded_seeds(self) -> list[int]:
        """Start seeds of the trials that were recorded with the champion and are replayed by `verify`."""
        return self.record.recording.start_seeds.tolist()

    def verify(self) -> Verification:
        """Replay the recorded trials in NEST, each network alone, and count spikes and actions that differ."""
        from neurosim_rl.evaluation.replay import verify

        return verify(self._optimizee, self.vector, self.record.recorded())

    def export(self, path: Path | str, **options: Any) -> Path:
        """Write the champion, its network or its recorded episodes; the ending of the name says in which format.

        Parameters
        ----------
        path : path
            ``.py``: a PyNEST script; ``.nir``: the network as a NIR file; ``.nix``, ``.nwb``: the recorded episodes
            as a file of Neo; without an ending: a folder of CSV tables, two for each recorded episode.
        **options
            ``.nir``: see `Controller.export`. ``.nix``, ``.nwb``: ``episode`` (its number, from 1) and ``membranes``
            (False leaves them out). Tables: ``episode``.

        Raises
        ------
        ExchangeError
            When a file of that kind cannot hold the champion; says why. Or when the file cannot be written.
        ConfigurationError
            For another ending, or an episode that is not recorded.
        MissingExtraError
            For ``.nir`` without the extra ``[gradient]``, for a file of Neo without ``[neo]``.
        RunFolderError
            When tables or a file of Neo cannot be written.
        """
        if Path(path).suffix == ".nir":
            return super().export(path, **options)
        from neurosim_rl.api.exporting import export_record

        return export_record(self.record, Path(path), **options)

    def film(
        self,
        path: Path | str,
        *,
        seed: int | None = None,
        episode: int | None = None,
        time_range: str = "",
        neurons: Sequence[str] = (),
        **options: Any,
    ) -> Film:
        """Write an episode as a film of the environment, spikes, membranes and actions.

        Parameters
        ----------
        path : path
            Ends with ``.gif``, or ``.mp4`` (extra ``[video]``).
        seed : int or None
            Start seed of an episode, which is played now if it is not recorded.
        episode : int or None
            Number of the recorded episode, from 1; None: the one with the return nearest to the median.
        time_range : str
            Part of the episode in environment steps (``"0:50"``), or in s of biological time (``"0.5s:2s"``).
        neurons : sequence of str
            Neurons with membranes: a population, some of its neurons (``"output[0:2]"``), or numbers (``"0:2"``).
        **options
            See `neurosim_rl.reports.film.FilmOptions`.

        Raises
        ------
        ConfigurationError
            For options out of range, or both a seed and an episode.
        MissingExtraError, EnvironmentSetupError
            When the environment cannot draw here, or there is no FFmpeg for MP4.
        RunFolderError
            When the file cannot be written.
        """
        from neurosim_rl.reports.film import FilmOptions, record_film
        from neurosim_rl.reports.subject import Subject
        from neurosim_rl.reports.view import View

        if seed is not None and episode is not None:
            raise ConfigurationError("seed and episode: expected one of them.")
        subject = Subject(self.configuration, None, self.record, None, View(episode, time_range, (), tuple(neurons)))
        return record_film(subject, Path(path), FilmOptions(**options), start_seed=seed)

    def compare_with_pytorch(self) -> Any:
        """Return how the network in PyTorch, as gradients trained it, compares with the recorded trials.

        Raises
        ------
        ConfigurationError
            When gradients cannot train the model.
        MissingExtraError
            Without the extra ``[gradient]``.
        """
        require_extra("torch", "gradient")
        from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch

        return compare_with_pytorch(self._optimizee, self.vector, self.record.recorded())

    def measures(self, episodes: int = 0) -> pd.DataFrame:
        """Return weights, sparsity, spikes, operations and energy, one row a measure, dense networks beside (pandas).

        Parameters
        ----------
        episodes : int
            Unseen starts to play; 0: those that were recorded with the champion.
        """
        from neurosim_rl.api.measuring import measures_frame

        return measures_frame(self.record, episodes)

    def learning(self) -> LearningRecord | None:
        """Return reward, eligibility and weights, window by window, of the trial in which the champion learned.

        None where it does not learn while it plays, or learned in training and has no run folder.
        """
        from neurosim_rl.reports.learning_trial import replay_learning_trial

        history = RunFolder.open(self.target).history() if Path(self.target).is_dir() else None
        return replay_learning_trial(self._optimizee, self.record, history)

    def plot(self, name: str | None = None) -> Any:
        """Return one figure of the champion by its name, or, without a name, all that apply (see `figures`).

        Raises
        ------
        UnknownNameError
            For an unknown name, with the nearest match.
        ConfigurationError
            When the figure does not apply; says why.
        """
        from neurosim_rl.api.figures import named_figure

        return self.figures() if name is None else named_figure(self.target, name)

    def figures(self) -> Figures:
        """Return all figures that apply, by name; a notebook shows them."""
        from neurosim_rl.api.figures import all_figures

        return all_figures(self.target)

    @overload
    def report(self, path: None = None) -> str: ...

    @overload
    def report(self, path: Path | str, **options: Any) -> Path: ...

    def report(self, path: Path | str | None = None, **options: Any) -> str | Path:
        """Return the champion beside simple policies, and its verification, as text, or write its report as one page.

        Parameters
        ----------
        path : path or None
            File to write, such as ``run.html``: one page with everything in it, which needs no network; the path is
            returned. None: the text is returned.
        **options
            ``variables`` and ``film`` of `neurosim_rl.reports.run_page.page.run_page`.

        Raises
        ------
        RunFolderError
            When the file cannot be written.
        UnknownNameError
            For an unknown variable, with the nearest match.
        """
        if path is not None:
            from neurosim_rl.reports.run_page.page import write_run_page

            return write_run_page(self.target, Path(path), **options)
        from neurosim_rl.reports.champion import champion_page

        return printable(champion_page(self.record), KEPT)

    def __fspath__(self) -> str:
        """Return the path or ``champion:NAME``, so that functions take the object for its path."""
        return self.target

    @property
    def failures(self) -> dict[str, str]:
        """Reasons of stages of its choice and measurement that failed, in part or all, by stage; empty: none did."""
        return {stage: reason.partition("\n")[0] for stage, reason in self.record.failures.items()}

    @property
    def not_measured(self) -> tuple[str, ...]:
        """Stages of its measurement that the run has not done yet; `neurosim_rl.resume` does them."""
        return self.record.missing

    def __repr__(self) -> str:
        """Return three lines, and one more where stages failed."""
        config = self.configuration
        origin = f"from generation {self.record.generation}, {self.sha256[:12]}"
        lines = [f"<Champion of {config.task}, seed {config.seed}, {origin}", f" {headline(self.record.unseen)}"]
        lines.append(f" replay in NEST: {self._verdict()}")
        if self.failures:
            lines.append(f" failed, in part or all: {', '.join(self.failures)} (see failures)")
        return "\n".join(lines) + ">"

    def _verdict(self) -> str:
        """Return the result of the replay in NEST, in a few words."""
        verification = self.record.verification
        if REPLAY in self.not_measured:
            return "not measured"
        if not verification.episodes:
            return "failed"
        is_equal = not (verification.spikes_differing or verification.actions_differing)
        failed = f", {verification.failed} more failed" if verification.failed else ""
        return f"{verification.episodes} episodes {'identical' if is_equal else 'NOT identical'}{failed}"

    def _repr_html_(self) -> str:
        """Return headline numbers and the figure of a recorded episode, for notebooks."""
        from neurosim_rl.api.display import card

        return card(repr(self), lambda: self.plot("episode"))
