"""Runs in Weights & Biases: curves, settings and artifacts, online or offline as ``WANDB_MODE`` says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from neurosim_rl.records.generation_summary import GenerationSummary
from neurosim_rl.reports.tracker import Tracker, champion_numbers, flat_settings
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.settings.checks import require_extra

PROJECT = "neurosim-rl"
"""Project of the runs, unless ``WANDB_PROJECT`` names another."""


class WandbTracker(Tracker):
    """A run of Weights & Biases."""

    @classmethod
    def require(cls) -> None:
        """Raise MissingExtraError unless wandb is installed."""
        require_extra("wandb", "wandb")

    def begin(self) -> int:
        """Begin a run, or continue the one of before; return the number of its generations."""
        import wandb

        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=self.folder.path.resolve().name,
            id=self.record_id or None,
            resume="allow" if self.record_id else None,
            config=flat_settings(self.folder),
        )
        self.record_id = self._run.id
        return int(self._run.step)

    def add(self, summary: GenerationSummary) -> None:
        """Log a point of each curve; the step is the number of the generation."""
        self._run.log(summary.curves(), step=summary.generation)

    def end(self, champion: ChampionRecord, figures: Sequence[Path]) -> None:
        """Log the champion's numbers, its file and the figures."""
        import wandb

        self._run.summary.update({**champion_numbers(champion), "champion_sha256": champion.sha256})
        artifact = wandb.Artifact(f"champion-{self.record_id}", type="champion")
        artifact.add_file(str(self.folder.champion_path))
        artifact.add_file(str(self.folder.config_path))
        self._run.log_artifact(artifact)
        if figures:
            # Without a step: W&B does not log at a step that is past.
            self._run.log({f"figures/{path.stem}": wandb.Image(str(path)) for path in figures})

    def close(self, is_finished: bool) -> None:
        """Send what is left."""
        self._run.finish(exit_code=0 if is_finished else 1)
