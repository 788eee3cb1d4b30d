"""Arrowheads in the middle of synapses, which point to their targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import Affine2D
from mpl_toolkits.mplot3d.art3d import Line3DCollection

HEAD = 0.12
"""Length of an arrowhead in three dimensions, in steps of the grid."""
DIRECTIONS = 72
"""Directions of arrowheads in two dimensions: angles are rounded, and all heads of one direction are drawn at once."""


def draw_heads(ax: Any, middle: np.ndarray, along: np.ndarray, colours: Sequence[str], widths: np.ndarray) -> None:
    """Draw an arrowhead at the middle of each synapse.

    Parameters
    ----------
    ax : Axes
        Of two dimensions: with equal scales on both axes, unless all synapses run along one of them.
    middle, along : array, shape (n, 2) or (n, 3)
        Place of each head, and its direction: from the source to the target, not 0.
    colours : sequence of str
    widths : array, shape (n,)
        Widths of the lines in points; heads of wider lines are larger.
    """
    if not len(middle):
        return
    if middle.shape[1] == 3:
        heads = Line3DCollection(heads_in_space(middle, along), colors=list(np.repeat(colours, 2)), zorder=2)
        ax.add_collection3d(heads)
        return
    direction = np.round(np.arctan2(along[:, 1], along[:, 0]) / (2 * np.pi) * DIRECTIONS).astype(int) % DIRECTIONS
    for number in np.unique(direction):
        mine = np.flatnonzero(direction == number)
        # Matplotlib's triangle points up.
        turned = MarkerStyle("^", transform=Affine2D().rotate_deg(360.0 * number / DIRECTIONS - 90.0))
        shown = [colours[int(k)] for k in mine]
        ax.scatter(*middle[mine].T, s=12 + 10 * widths[mine], c=shown, marker=turned, linewidths=0, zorder=2)


def heads_in_space(middle: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Return two strokes for each head, from its tip at the middle backwards, shape (2 n, 2, 3)."""
    unit = along / np.linalg.norm(along, axis=1, keepdims=True)
    # A side at right angles to the line: with the axis that the line runs along least.
    least = np.eye(3)[np.argmin(np.abs(unit), axis=1)]
    side = np.cross(unit, least)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    strokes = []
    for sign in (1.0, -1.0):
        back = middle - HEAD * unit + sign * 0.5 * HEAD * side
        strokes.append(np.stack([middle, back], axis=1))
    return np.stack(strokes, axis=1).reshape(-1, 2, 3)
