"""Where the time of a generation goes: a table, and stacked bars."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim_rl.analysis.style import DPI, colours, legend_beside, new_figure, styled
from neurosim_rl.environments.envpool_batch import EnvPoolBatch
from neurosim_rl.environments.gymnasium_batch import GymnasiumBatch
from neurosim_rl.optimizers import Search
from neurosim_rl.runs import RunFolder
from neurosim_rl.simulators.compiled import CompiledSimulator
from neurosim_rl.simulators.nest import NestSimulator
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

GENERATIONS = 8
CASES: dict[str, dict[str, Any]] = {
    "NEST, Gymnasium": {"simulator": "nest"},
    "compiled, Gymnasium": {"simulator": "compiled"},
    "compiled, EnvPool": {"simulator": "compiled", "environment": {"engine": "envpool"}},
}
PARTS = ("simulator", "environment", "bridge", "optimizer", "records", "rest")
FIGURE = Path("benchmarks") / "profile.png"


def run() -> dict[str, Any]:
    """Time the parts of a few generations of ``mountain-car`` in one process, and draw them."""
    rows = [{"case": case, **_shares(settings)} for case, settings in CASES.items()]
    _draw(rows)
    return {
        "about": f"mountain-car, {GENERATIONS} generations, one worker: share of time in %, and microseconds a window",
        "rows": rows,
        "summary": f"figure: {FIGURE}",
    }


def _shares(settings: dict[str, Any]) -> dict[str, Any]:
    config = check(configure("mountain-car", {"generations": GENERATIONS, "workers": 1}, settings))
    end = 0.0

    def note(progress: Any) -> None:
        nonlocal end
        end = time.perf_counter()

    with tempfile.TemporaryDirectory() as scratch, _timed_parts() as seconds:
        folder = RunFolder.create(Path(scratch) / "run", config)
        start = time.perf_counter()
        with _stopped_at_the_end(seconds, note) as on_progress:
            run_to_end(config, folder, on_progress=on_progress)
    total = end - start
    parts = {part: seconds[part] for part in PARTS[:-1]}
    parts["rest"] = total - sum(parts.values())
    shares = {f"{part}_percent": 100 * value / total for part, value in parts.items()}
    outside = 100 - shares["simulator_percent"] - shares["environment_percent"]
    return {**shares, "outside_percent": outside, "us_per_window": total * 1e6 / seconds["windows"]}


@contextmanager
def _stopped_at_the_end(seconds: dict[str, float], note: Callable[[Any], None]) -> Iterator[Callable[[Any], None]]:
    """Give a progress callback after whose last call nothing is added: what follows judges the champion."""
    kept: dict[str, float] = {}

    def on_progress(progress: Any) -> None:
        note(progress)
        kept.update(seconds)

    yield on_progress
    seconds.clear()
    seconds.update(kept)


@contextmanager
def _timed_parts() -> Iterator[dict[str, float]]:
    """Count the seconds in each part while the block runs."""
    from neurosim_rl.bridge import DECODERS, ENCODERS

    seconds: dict[str, float] = defaultdict(float)
    methods = [
        *((c, name, "simulator") for c in (CompiledSimulator, NestSimulator) for name in ("build", "advance")),
        *((c, name, "environment") for c in (GymnasiumBatch, EnvPoolBatch) for name in ("__enter__", "reset", "step")),
        (ENCODERS["current"], "encode", "bridge"),
        (DECODERS["winner"], "decode", "bridge"),
        *((Search, name, "optimizer") for name in ("__init__", "ask", "tell")),
        (RunFolder, "add_generation", "records"),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in methods]
    for owner, name, part in methods:
        setattr(owner, name, _timed(getattr(owner, name), part, seconds))
    try:
        yield seconds
    finally:
        for owner, name, method in before:
            setattr(owner, name, method)


def _timed(method: Callable[..., Any], part: str, seconds: dict[str, float]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return method(*args, **kwargs)
        finally:
            seconds[part] += time.perf_counter() - start
            if method.__name__ == "step":
                seconds["windows"] += len(args[1])  # running elements

    return wrapper


@styled
def _draw(rows: list[dict[str, Any]]) -> None:
    """Draw the shares as stacked bars."""
    figure = new_figure(8.0, 1.6 + 0.5 * len(rows))
    ax = figure.subplots()
    left = [0.0] * len(rows)
    labels = [f"{row['case']}\n{row['us_per_window']:.0f} µs a window" for row in rows]
    for part, colour in zip(PARTS, colours(len(PARTS)), strict=True):
        width = [row[f"{part}_percent"] for row in rows]
        ax.barh(labels, width, left=left, color=colour, label=part)
        left = [a + b for a, b in zip(left, width, strict=True)]
    ax.invert_yaxis()
    ax.set_xlim(0, 100)
    ax.set_xlabel("share of a generation's time (%)")
    ax.set_title(f"mountain-car, {GENERATIONS} generations, one process")
    legend_beside(ax)
    figure.savefig(FIGURE, dpi=DPI)
