"""The figure: paths of the champion among the food, played again from its recorded actions."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import neurosim_rl as nrl
from neurosim_rl.reports.subject import Subject

N_PATHS = 3


@nrl.register("figure", "forager-paths")
def paths(subject: Subject) -> Figure:
    """Paths of the animal in recorded episodes, and the food that it ate."""
    recording = subject.recording
    seeds = recording.start_seeds[:N_PATHS].tolist()
    figure = Figure(figsize=(3.2 * len(seeds), 3.6), layout="constrained")
    axes = figure.subplots(1, len(seeds), squeeze=False, sharey=True)[0]
    for ax, seed, actions in zip(axes, seeds, recording.traces.actions, strict=False):
        path, eaten = _walk(subject, seed, actions[np.isfinite(actions[:, 0])])
        ax.plot(*path.T, ".", color="tab:blue", markersize=4)  # no line: it would cross the square at each edge
        ax.plot(*path[0], "s", color="black")
        ax.plot(*eaten.T, "o", color="tab:green", markersize=8, fillstyle="none")
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="x (sides)", title=f"start {seed}: {len(eaten)} eaten")
    axes[0].set_ylabel("y (sides)")
    figure.suptitle(f"{subject.title}: square = start, circle = food eaten")
    return figure


def _walk(subject: Subject, seed: int, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of an episode, shape (n_steps + 1, 2), and those at which food was eaten."""
    env = subject.optimizee.environment.make()
    env.reset(seed=seed)
    path, eaten = [env.unwrapped.position], []
    for action in actions:
        _, reward, *_ = env.step(action)
        path.append(env.unwrapped.position)
        eaten += [env.unwrapped.position] * int(reward)  # once for each portion
    env.close()
    return np.array(path), np.array(eaten).reshape(-1, 2)
