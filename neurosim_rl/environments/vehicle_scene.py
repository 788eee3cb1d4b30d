"""Scenes of the vehicle: an arena with obstacles, a start and a target, drawn at random and checked to be solvable."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, cos, hypot, pi, sin

import numpy as np

from neurosim_rl.environments.vehicle_geometry import clearance_grid
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError
from neurosim_rl.settings.checks import as_floats, check_shape

ROBOT_RADIUS_M = 0.25
"""Radius of the robot: a circle that contains a Pioneer P3-DX (0.38 m wide, 0.46 m long) without its corners."""

TARGET_RADIUS_M = 0.3
"""Distance of the robot's centre from the target at which the target is reached."""

CELL_M = 0.2
"""Largest side of a cell of the grid in the search for a way to the target."""

ENDS_APART = 0.5
"""Smallest distance from start to target, as a share of the arena's side."""

ENDS_CLEARANCE_M = 0.6
"""Smallest distance of start and target from walls and obstacles."""

CIRCLE_RADII_M = (0.25, 0.5)
RECTANGLE_SIDES_M = (0.4, 1.0)

N_PLACES = 400
"""Number of positions tried for the obstacles of one scene."""
N_SCENES = 100
"""Number of scenes tried before an error."""


@dataclass(frozen=True)
class Scene:
    """A square arena from (0, 0) to (arena_m, arena_m), with its obstacles, the start and the target.

    Parameters
    ----------
    start : (float, float, float)
        x and y in m, and heading in rad, counter-clockwise from the x axis.
    target : (float, float)
        x and y in m.
    circles : array, shape (n_circles, 3)
        Centre x, y and radius of round obstacles, in m.
    rectangles : array, shape (n_rectangles, 5)
        Centre x, y, both sides in m, and the angle of the first side in rad, of rectangular obstacles.
    arena_m : float
        Side of the arena in m.
    segments : array, shape (4 + 4 n_rectangles, 4)
        Walls, then the sides of rectangles, as x, y, x, y of their ends in m; computed from the others.

    Raises
    ------
    ShapeError
        When an array has another shape.
    ConfigurationError
        When start or target lies outside the arena.
    """

    start: tuple[float, float, float]
    target: tuple[float, float]
    circles: np.ndarray
    rectangles: np.ndarray
    arena_m: float
    segments: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        check_shape("Scene.start", np.asarray(self.start), (3,))
        check_shape("Scene.target", np.asarray(self.target), (2,))
        if not all(0.0 <= value <= self.arena_m for value in (*self.start[:2], *self.target)):
            raise ConfigurationError(
                f"Scene.start = {self.start} or Scene.target = {self.target} lies outside the arena; expected x and y "
                f"from 0 to {self.arena_m:g} m. Change one of them."
            )
        for name, n_columns in (("circles", 3), ("rectangles", 5)):
            values = as_floats(f"Scene.{name}", getattr(self, name))
            if not values.size:
                values = values.reshape(0, n_columns)
            check_shape(f"Scene.{name}", values, ("n", n_columns))
            object.__setattr__(self, name, values)
        half = 0.5 * self.arena_m
        walls = rectangle_corners(half, half, self.arena_m, self.arena_m, 0.0)
        outlines = [walls, *(rectangle_corners(*rectangle) for rectangle in self.rectangles)]
        sides = [np.hstack([corners, np.roll(corners, -1, axis=0)]) for corners in outlines]
        object.__setattr__(self, "segments", np.ascontiguousarray(np.vstack(sides)))


def rectangle_corners(x: float, y: float, width_m: float, height_m: float, angle: float) -> np.ndarray:
    """Return the corners of a rectangle around (x, y), counter-clockwise, shape (4, 2), m."""
    along = 0.5 * width_m * np.array([-1.0, 1.0, 1.0, -1.0])
    across = 0.5 * height_m * np.array([-1.0, -1.0, 1.0, 1.0])
    # Without a matrix product: its last bits depend on the processor.
    corners_x = x + (along * cos(angle) - across * sin(angle))
    corners_y = y + (along * sin(angle) + across * cos(angle))
    return np.column_stack([corners_x, corners_y])


def is_solvable(scene: Scene) -> bool:
    """Return whether a grid search finds a way from start to target for the whole robot.

    True is certain. False is not: the search may miss a narrow way.
    """
    n_cells = ceil(scene.arena_m / CELL_M)
    cell = scene.arena_m / n_cells
    centres = (np.arange(n_cells) + 0.5) * cell
    # A cell is free if the robot fits around its centre with half a cell to spare. Then the robot also fits anywhere
    # between the centres of two free cells with a common side.
    free = clearance_grid(centres, scene.circles, scene.segments) >= ROBOT_RADIUS_M + 0.5 * cell
    from scipy.ndimage import label  # loaded here: SciPy takes long

    regions = label(free)[0]  # connected free cells have the same number above 0
    ends = []
    for place in (np.asarray(scene.start), np.asarray(scene.target)):
        cell_of_place = np.clip(np.floor_divide(place[:2], cell).astype(int), 0, n_cells - 1)
        ends.append(regions[tuple(cell_of_place)])
    start, target = ends
    return bool(start) and bool(start == target)


def random_scene(rng: np.random.Generator, *, n_obstacles: int, arena_m: float, gap_m: float) -> Scene:
    """Return a solvable scene with uniform positions and headings; obstacles are round or rectangular, equally likely.

    The distance from start to target is at least `ENDS_APART` times the side of the arena.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_obstacles : int
    arena_m : float
        Side of the arena.
    gap_m : float
        Smallest gap between the bounding circles of two obstacles, and between bounding circles and walls.

    Raises
    ------
    EnvironmentSetupError
        When none of `N_SCENES` scenes is solvable.
    """
    for _ in range(N_SCENES):
        scene = _attempt(rng, n_obstacles, arena_m, gap_m)
        if scene is not None and is_solvable(scene):
            return scene
    raise EnvironmentSetupError(
        f"no solvable scene found with {n_obstacles} obstacles and gaps of {gap_m:g} m in an arena of {arena_m:g} m, "
        f"among {N_SCENES}. Set a smaller n_obstacles or gap_m, or a larger arena_m."
    )


def _attempt(rng: np.random.Generator, n_obstacles: int, arena_m: float, gap_m: float) -> Scene | None:
    """Return a scene, solvable or not, or None if the obstacles did not fit."""
    start, target = _ends(rng, arena_m)
    # Circles with a gap of at least gap_m to new obstacles; start and target have a clearance of their own.
    taken = [(x, y, ENDS_CLEARANCE_M - gap_m) for x, y in (start, target)]
    obstacles: list[tuple[float, ...]] = []
    for _ in range(N_PLACES):
        if len(obstacles) == n_obstacles:
            circles = [obstacle for obstacle in obstacles if len(obstacle) == 3]
            rectangles = [obstacle for obstacle in obstacles if len(obstacle) == 5]
            return Scene((*start, rng.uniform(-pi, pi)), target, np.array(circles), np.array(rectangles), arena_m)
        shape, radius = _shape(rng)
        margin = radius + gap_m
        if 2.0 * margin > arena_m:
            return None
        x, y = rng.uniform(margin, arena_m - margin, 2).tolist()
        if all(hypot(x - other_x, y - other_y) >= margin + other for other_x, other_y, other in taken):
            taken.append((x, y, radius))
            obstacles.append((x, y, *shape))
    return None


def _ends(rng: np.random.Generator, arena_m: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return start and target, drawn until they are far enough from each other."""
    while True:
        x, y, to_x, to_y = rng.uniform(ENDS_CLEARANCE_M, arena_m - ENDS_CLEARANCE_M, 4).tolist()
        if hypot(to_x - x, to_y - y) >= ENDS_APART * arena_m:
            return (x, y), (to_x, to_y)


def _shape(rng: np.random.Generator) -> tuple[tuple[float, ...], float]:
    """Return a circle's radius, or a rectangle's sides and angle; and the radius of a bounding circle."""
    if rng.random() < 0.5:
        radius = rng.uniform(*CIRCLE_RADII_M)
        return (radius,), radius
    width, height = rng.uniform(*RECTANGLE_SIDES_M, 2).tolist()
    return (width, height, rng.uniform(0.0, pi)), 0.5 * hypot(width, height)
