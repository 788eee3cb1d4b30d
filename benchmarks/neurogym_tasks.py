"""Tasks of NeuroGym by their ids, in a virtual environment of their own: a small generation each; one learns."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gymnasium_environments import row, write_table
from neurosim_rl.seeds import DEFAULT_FIRST_SEED

VERSION = "2.3.1"
NEEDS = ("natsort", "pydantic-settings", "loguru", "tomlkit")
"""What NeuroGym imports beyond the packages that are here. Its pins, Gymnasium 0.29 and NumPy 2.2, are left out."""
ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "how-to" / "neurogym.rst"
LEARNT = "PerceptualDecisionMaking-v0"
SETTINGS: dict[str, Any] = {
    "generations": 60,
    "model": {"recurrent": True, "decay": 0.95, "hidden": [32]},
    "environment": {"max_steps": 220},
    "optimizer": {"population": 48},
}
"""A recurrent network, and episodes of ten trials."""


def run() -> dict[str, Any]:
    """Make the virtual environment, play all tasks in it, and write the table into the page."""
    with tempfile.TemporaryDirectory() as root:
        python = _environment(Path(root))
        done = subprocess.run(
            [python, "-m", "benchmarks.neurogym_tasks"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    write_table(PAGE, "neurogym", found["rows"])
    n_play = sum(r["outcome"] == "plays" for r in found["rows"])
    return {
        "about": f"one generation of each task of NeuroGym {VERSION}; a recurrent network on {LEARNT}",
        **found,
        "summary": f"{n_play} of {len(found['rows'])} play; {found['correct']:.1%} of {found['trials']} trials of "
        f"{LEARNT} are correct. The table is in {PAGE.name}",
    }


def _environment(folder: Path) -> str:
    """Make a virtual environment with NeuroGym, which sees the packages of this one; return its Python."""
    venv.create(folder, with_pip=False)
    home = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (home / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(home)]
    subprocess.run([*pip, "--no-deps", f"neurogym=={VERSION}"], check=True)
    subprocess.run([*pip, *NEEDS], check=True)
    return str(folder / "bin" / "python")


def _inside() -> dict[str, Any]:
    """Play the tasks; this runs where NeuroGym is installed."""
    import gymnasium

    importlib.import_module("neurogym")  # registers its tasks
    names = [name for name, spec in gymnasium.registry.items() if str(spec.entry_point).startswith("neurogym.")]
    rows = [row(name) for name in names]
    correct, trials = _learnt()
    return {"rows": rows, "correct": correct, "trials": trials}


def _learnt() -> tuple[float, int]:
    """Evolve a network, and return its share of correct trials from unseen starts, and their number."""
    import neurosim_rl as nrl

    with tempfile.TemporaryDirectory() as folder:
        run = nrl.evolve(LEARNT, SETTINGS, out=Path(folder) / "run", progress=False, seed=1)
        return share_correct(run.champion)


def share_correct(champion: Any, episodes: int = 100) -> tuple[float, int]:
    """Return the share of correct trials of a champion in episodes from unseen starts, and the number of trials."""
    outcomes: list[float] = []
    env = champion.make_environment()
    for seed in range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + episodes):
        env.reset(seed=seed)
        for action in np.asarray(champion.replay(seed).actions).ravel():
            info = env.step(int(action))[-1]
            if info["new_trial"]:
                outcomes.append(float(info["performance"]))
    return sum(outcomes) / len(outcomes), len(outcomes)


if __name__ == "__main__":
    print(json.dumps(_inside()))
