"""Do results depend on the processor? Runs in processes that are disguised as those of older processors."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy._core import _multiarray_umath  # type: ignore[attr-defined]

from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end

ROOT = Path(__file__).parents[1]
CHOICES: list[str] = _multiarray_umath.__cpu_dispatch__
"""NumPy's names of processor features for which it has other code; they depend on its version."""
AVX512 = [name for name in CHOICES if "AVX512" in name or name == "X86_V4"]
DISGUISES: dict[str, dict[str, str]] = {
    "BLAS of Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "NumPy without AVX512": {"NPY_DISABLE_CPU_FEATURES": " ".join(AVX512)},
    "NumPy without AVX2 and FMA3": {"NPY_DISABLE_CPU_FEATURES": " ".join(CHOICES)},
    "glibc without AVX512": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL"},
    "glibc without AVX2 and FMA": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"},
}
"""Environment variables with which this machine computes as an older one would."""
ALL_BUT_FMA = {key: value for name in tuple(DISGUISES)[:4] for key, value in DISGUISES[name].items()}
"""Variables of the first four disguises together."""

SMALL: dict[str, Any] = {
    "generations": 6,
    "episodes": 1,
    "validation_episodes": 2,
    "finalists": 0,
    "environment": {"kwargs": {"max_episode_steps": 20}},
}
INTERRUPTED_AFTER = 3
OPTIONS: dict[str, dict[str, Any]] = {
    "l2l-evolution-strategies": {"population": 9},
    "l2l-face": {"population": 8, "max_population": 16, "n_elite": 4},
    "l2l-grid-search": {"genes": [0, 1], "n_steps": 2},
}
"""Options of optimizers with which a generation is small, where not just ``population = 8`` does."""


def settings(optimizer: str, **others: Any) -> dict[str, Any]:
    """Return the settings of a small run."""
    return {**others, "optimizer": {"name": optimizer, **OPTIONS.get(optimizer, {"population": 8})}}


RUNS: dict[str, dict[str, Any]] = {
    **{name: settings(name) for name in OPTIMIZERS if name != "inherit"},
    "openai-es, tanh units": settings("openai-es", model={"name": "dense"}),
    "openai-es, Poisson": settings("openai-es", encoder={"name": "poisson"}),
}
"""Settings of the runs of `pendulum`, by name: every optimizer, and two other ways from observations to actions."""


def run(names: Sequence[str] = tuple(RUNS), disguises: Mapping[str, Mapping[str, str]] = DISGUISES) -> dict[str, Any]:
    """Play small runs here and under each disguise, and resume runs from here under each."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        play(root / "stopped", INTERRUPTED_AFTER, names)
        here = play(root / "whole", 0, names)
        found = {}
        for number, (disguise, variables) in enumerate(disguises.items()):
            print(f"{disguise} ...", file=sys.stderr)
            elsewhere = root / str(number)
            shutil.copytree(root / "stopped", elsewhere / "moved")
            found[disguise] = in_child(variables, elsewhere, names)
    rows = [_row(name, here[name], found) for name in names]
    alone, lines = control(), []
    for disguise, there in found.items():
        changed = [name for name, digest in there["control"].items() if digest != alone[name]]
        lines.append(f"{disguise} changes of the controls: {', '.join(changed) or 'none'}")
    about = "champions and genomes under disguises of the processor"
    return {"about": about, "rows": rows, "summary": "\n".join(lines)}


def _row(name: str, here: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"run": name}
    for disguise, there in found.items():
        row[disguise] = "same" if there["whole"][name] == here else "differs"
    ended = [there["moved"][name] for there in found.values()]
    row["resumed"] = f"{sum(end['generations'] == SMALL['generations'] for end in ended)} of {len(ended)}"
    row["and the same"] = f"{sum(end == here for end in ended)} of {len(ended)}"
    return row


def in_child(variables: Mapping[str, str], folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the controls and runs of a process with environment variables; it resumes the runs in ``moved``."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.processors", str(folder), *names],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


class _Interrupted(Exception):  # noqa: N818 - it is no error
    """A run has been interrupted as planned."""


def play(root: Path, stop_after: int, names: Sequence[str]) -> dict[str, Any]:
    """Play runs, or resume them where their folders exist; return what each has come to."""
    facts = {}
    for name in names:
        path = root / name.replace(", ", "-").replace(" ", "-")
        config = check(configure("pendulum", SMALL, RUNS[name]))
        folder = RunFolder(path) if path.exists() else RunFolder.create(path, config)

        def stop(progress: Progress) -> None:
            if progress.n_done == stop_after:
                raise _Interrupted

        try:
            run_to_end(config, folder, executor=SerialExecutor(), on_progress=stop)
        except _Interrupted:
            continue
        except Exception as error:
            facts[name] = {"generations": stop_after, "error": str(error)}
            continue
        history = folder.history()
        assert history is not None
        facts[name] = {
            "champion": read_champion(folder.path).sha256,
            "genomes": hashlib.sha256(history.genomes.tobytes()).hexdigest(),
            "generations": history.n_generations,
        }
    return facts


def control() -> dict[str, str]:
    """Return digests of what NumPy and the environment compute alone; disguises must change the first, and only it."""
    rng = np.random.default_rng(1)
    x, a = rng.uniform(0.1, 3.0, 20_000), rng.normal(size=(60, 60))
    values = {
        "exponentials": np.exp(x),
        "hyperbolic tangents": np.tanh(x),
        "powers": np.power(x, 1.7),
        "products": a @ a,
        "eigenvectors": np.linalg.eigh(a @ a.T)[1],
        "sines": np.sin(x),
        "environment": np.array(_steps(rng)),
    }
    return {name: hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest() for name, value in values.items()}


def _steps(rng: np.random.Generator) -> list[list[float]]:
    environment = gymnasium.make("Pendulum-v1")
    environment.reset(seed=1)
    seen = []
    for _ in range(200):
        observation, reward, *_ = environment.step(rng.uniform(-2, 2, 1).astype(np.float32))
        seen.append([*observation.tolist(), float(reward)])
    return seen


if __name__ == "__main__":
    place, chosen = Path(sys.argv[1]), sys.argv[2:]
    ends = {"whole": play(place / "whole", 0, chosen), "moved": play(place / "moved", 0, chosen)}
    print(json.dumps({"control": control(), **ends}))
