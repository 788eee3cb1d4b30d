"""Runs in MLflow: curves, settings and artifacts, in the store that MLflow's own variables name."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.records.generation_summary import GenerationSummary
from neurosim_rl.reports.tracker import Tracker, champion_numbers, flat_settings
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.settings.checks import require_extra

EXPERIMENT = "neurosim-rl"
"""Experiment of the runs, unless ``MLFLOW_EXPERIMENT_NAME`` names another."""
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""How long MLflow waits for a server, unless the user says otherwise; its own defaults hold a run for many minutes."""
MOST_AT_ONCE = 100
"""Parameters in one request; MLflow takes no more."""


class MLflowTracker(Tracker):
    """A run of MLflow: where ``MLFLOW_TRACKING_URI`` says, else in MLflow's own default, ``mlflow.db``."""

    @classmethod
    def require(cls) -> None:
        """Raise MissingExtraError unless MLflow is installed."""
        require_extra("mlflow", "track")

    def begin(self) -> int:
        """Create a run, or find the one of before; return the number of its generations."""
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)
        from mlflow.tracking import MlflowClient

        # The store is the user's word, never the folder's: a run folder names nothing but the run's id.
        self._client = MlflowClient()
        if self.record_id:
            self._client.update_run(self.record_id, status="RUNNING")
            points = self._client.get_metric_history(self.record_id, "best_fitness")
            return 1 + max((point.step for point in points), default=-1)
        self.record_id = self._create()
        return 0

    def _create(self) -> str:
        from mlflow.entities import Param

        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        experiment = self._client.get_experiment_by_name(name)
        number = self._client.create_experiment(name) if experiment is None else experiment.experiment_id
        run_id: str = self._client.create_run(number, run_name=self.folder.path.resolve().name).info.run_id
        parameters = [Param(key, str(value)) for key, value in flat_settings(self.folder).items()]
        for first in range(0, len(parameters), MOST_AT_ONCE):
            self._client.log_batch(run_id, params=parameters[first : first + MOST_AT_ONCE])
        self._client.log_artifact(run_id, str(self.folder.config_path))
        return run_id

    def add(self, summary: GenerationSummary) -> None:
        """Log a point of each curve; the step is the number of the generation."""
        self._log(summary.curves(), summary.generation)

    def _log(self, numbers: dict[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now_ms = int(time.time() * 1000)
        metrics: list[Any] = [Metric(name, value, now_ms, step) for name, value in numbers.items()]
        self._client.log_batch(self.record_id, metrics=metrics)

    def end(self, champion: ChampionRecord, figures: Sequence[Path]) -> None:
        """Log the champion's numbers, its file and the figures."""
        self._log(champion_numbers(champion), champion.generation)
        self._client.set_tag(self.record_id, "champion_sha256", champion.sha256)
        self._client.log_artifact(self.record_id, str(self.folder.champion_path))
        for path in figures:
            self._client.log_artifact(self.record_id, str(path), "figures")

    def close(self, is_finished: bool) -> None:
        """Set the state of the run."""
        self._client.set_terminated(self.record_id, "FINISHED" if is_finished else "KILLED")
