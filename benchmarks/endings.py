"""What a run keeps when an environment misbehaves after its last generation: its champion, and the reasons."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete

from neurosim_rl.cli import evolve
from neurosim_rl.errors import RunFolderError
from neurosim_rl.optimizees import TASKS, ClosedLoop
from neurosim_rl.reports import figures as run_figures
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.stages import FINALISTS, RANDOM, REPLAY, RULE, UNSEEN, VALIDATION
from neurosim_rl.training import champion as assessment
from neurosim_rl.training.configure import configure

FIGURES = "figure"
STAGES = (VALIDATION, FINALISTS, UNSEEN, RANDOM, RULE, REPLAY, FIGURES)
KINDS = ("raise", "nan", "exit", "limit", "abort")
STAGE, KIND, RUN = "ENDINGS_STAGE", "ENDINGS_KIND", "ENDINGS_RUN"
"""Names of environment variables: which stage of which run misbehaves, and how. Worker processes have them, too."""
LIMIT_S, NAP_S = 3.0, 0.7
"""Time limit, and what a slow step takes: six steps exceed the limit."""
MOST_RESUMES = 4
ROOT = Path(__file__).parent.parent
SETTINGS = {
    "seed": 2,
    "generations": 3,
    "episodes": 1,
    "validation_episodes": 1,
    "workers": 1,
    "window_ms": 2.0,
    "simulator": "compiled",
    "encoder": {"name": "current", "tuning": {"name": "linear"}, "offset_pa": 2000.0},
    "decoder": {"name": "winner", "tie": "first"},
    "model": {"name": "feed-forward", "hidden": [2], "weight_unit_pa": 3000.0},
    "optimizer": {"name": "genetic", "population": 4},
}


def misbehaves() -> str:
    """Return how this process has to misbehave in the stage under way; empty: not at all."""
    kind, under_way = os.environ.get(KIND, ""), RunFolder(os.environ.get(RUN, "")).stage_left()
    if not kind or not under_way or not under_way.startswith(os.environ[STAGE]):
        return ""
    if kind == "raise":
        raise ValueError("it broke")
    if kind == "exit":
        sys.exit("enough")
    if kind == "abort":
        os.abort()
    return kind


class Endings(gymnasium.Env):
    """Two numbers to look at; one action earns a reward that depends on them. Six steps."""

    observation_space, action_space = Box(-1.0, 1.0, (2,), np.float64), Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Draw the first two numbers."""
        super().reset(seed=seed)
        self.seen = self.np_random.uniform(-1.0, 1.0, 2)
        return self.seen, {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Pay the number that the action names, and draw the next two."""
        reward = float(self.seen[int(action)])
        self.seen = self.np_random.uniform(-1.0, 1.0, 2)
        kind = misbehaves()
        if kind == "limit":
            time.sleep(NAP_S)
        if kind == "nan":
            self.seen = np.full(2, np.nan)
        return self.seen, reward, False, False, {}


class EndingsTask(ClosedLoop):
    """A task that misbehaves in one stage of its run."""

    defaults: ClassVar = {"task": "endings", "environment": {"id": "Endings-v0"}}
    rule_label = "the larger number"

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return the index of the larger number."""
        return observations.argmax(axis=1)

    @property
    def map_axes(self) -> tuple[int, int]:  # type: ignore[override]  # a class variable of tasks
        """The axes of response maps; figures ask for them."""
        kind = misbehaves()
        if kind == "limit":
            time.sleep(100 * NAP_S)
        return (0, 1) if kind != "nan" else (np.nan, np.nan)  # type: ignore[return-value]


if __name__ != "__main__":  # a process of its own imports the module by its name
    gymnasium.register("Endings-v0", entry_point=f"{__name__}:Endings", max_episode_steps=6)
TASKS["endings"] = EndingsTask


def begin_or_resume(path: Path, *, figures: bool = True) -> int:
    """Run the task in a folder to its end, or resume it, as the command line does; return the exit code."""
    limit_s = LIMIT_S if os.environ.get(KIND) == "limit" else 0.0
    if path.exists():
        folder = RunFolder.open(path)
    else:
        folder = RunFolder.create(path, configure("endings", SETTINGS))
    drawn = [evolve.FIGURES] if figures else []
    return evolve.run_with_bar(folder.config().replace(timeout_s=limit_s), folder, None, drawn=drawn)


def brief() -> None:
    """Let this process assess champions briefly, with the time limit itself for replays and figures."""
    assessment.UNSEEN_EPISODES, assessment.RECORDED_EPISODES = 6, 2
    assessment.REPLAY_LIMIT = run_figures.FIGURE_LIMIT = 1


def champion_of(path: Path) -> ChampionRecord | None:
    """Return the champion of a folder; None: there is none."""
    try:
        return read_champion(path)
    except RunFolderError:
        return None


def in_a_process(path: Path, stage: str, kind: str) -> subprocess.CompletedProcess[str]:
    """Run or resume in a process of its own, in which a stage misbehaves."""
    environment = {**os.environ, STAGE: stage, KIND: kind, RUN: str(path)}
    command = [sys.executable, "-m", "benchmarks.endings", str(path)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace", check=False
    )


def case(path: Path, stage: str, kind: str) -> dict[str, Any]:
    """Return what is left of a run in which a stage misbehaves, resumed until its process ends by itself."""
    start = time.perf_counter()
    n_resumes, done = 0, in_a_process(path, stage, kind)
    while done.returncode < 0 and n_resumes < MOST_RESUMES:
        done, n_resumes = in_a_process(path, stage, kind), n_resumes + 1
    champion = champion_of(path)
    told = f"Failed, {stage}: " if stage != FIGURES else "no responses.png: "
    lines = [line for line in done.stdout.splitlines() if line.startswith(told)]
    return {
        "stage": stage,
        "kind": kind,
        "champion": champion is not None and champion.is_complete,
        "report": lines[0][:70] if lines else "nothing",
        "resumes": n_resumes,
        "exit code": done.returncode,
        "seconds": round(time.perf_counter() - start, 1),
    }


def run() -> dict[str, Any]:
    """Misbehave in each way in each stage."""
    with tempfile.TemporaryDirectory() as root:
        rows = [case(Path(root) / str(n), stage, kind) for n, (stage, kind) in enumerate(product(STAGES, KINDS))]
    n_kept = sum(row["champion"] for row in rows)
    n_told = sum(row["report"] != "nothing" for row in rows)
    return {
        "about": f"{len(rows)} runs of which one stage misbehaves: {n_kept} have a champion, {n_told} say what failed",
        "rows": rows,
    }


if __name__ == "__main__":
    from benchmarks import endings  # the module by its name: other processes look its classes up there

    endings.brief()
    sys.exit(endings.begin_or_resume(Path(sys.argv[1]), figures=os.environ[STAGE] == FIGURES))
