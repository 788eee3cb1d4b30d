"""Colours that stand side by side stay apart for colour-blind readers, by simulation.

Protanopia and deuteranopia are the matrices of Machado, Oliveira & Fernandes 2009 (IEEE Trans. Vis. Comput. Graph.
15:1291, table 1, severity 1), for linear RGB. Distances are those of CIELAB (CIE 1976) under D65; 2.3 is just
noticeable (Mahy et al. 1994).
"""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from neurosim_rl.analysis.fitness import DARK
from neurosim_rl.analysis.paths import END_COLOURS
from neurosim_rl.analysis.signs import SIGN_COLOURS
from neurosim_rl.analysis.style import (
    BLUE,
    DIVERGING,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SEQUENTIAL,
    VERMILLION,
    WEIGHTS,
    YELLOW,
    colours,
    paler,
)

MACHADO = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
LEAST_DISTANCE = 15.0
TOGETHER: dict[str, list[Any]] = {
    "two": colours(2),
    "three": colours(3),
    "palette": colours(7),
    "pale map of two actions": [paler(colour) for colour in colours(2)],
    "pale map of three actions": [paler(colour) for colour in colours(3)],
    "signs of neurons": list(SIGN_COLOURS.values()),
    "fitness": [DARK, BLUE, VERMILLION, YELLOW],
    "fitness and validation": [BLUE, VERMILLION, GREEN, YELLOW],
    "ends of paths": list(END_COLOURS.values()),
    "learning": [BLUE, VERMILLION, GREEN],
    "lines": [BLUE, GREY],
    "results": [BLUE, ORANGE, GREY, "#000000"],
}
"""Colours of one figure that differ by colour alone."""


def lightness_and_hue(colour: Any, deficiency: str) -> np.ndarray:
    """Return L*, a* and b* of a colour as a reader with a deficiency sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(MACHADO[deficiency] @ linear, 0.0, 1.0)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    relative = np.array(to_xyz) @ seen / np.array([0.95047, 1.0, 1.08883])
    cut = 6 / 29
    f = np.where(relative > cut**3, np.cbrt(relative), relative / (3 * cut**2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: Any, other: Any, deficiency: str) -> float:
    return float(np.linalg.norm(lightness_and_hue(one, deficiency) - lightness_and_hue(other, deficiency)))


def test_the_simulation_knows_what_is_confused() -> None:
    assert lightness_and_hue("white", "none") == pytest.approx([100, 0, 0], abs=0.01)
    assert distance("black", "white", "none") == pytest.approx(100, abs=0.01)
    assert lightness_and_hue("red", "none") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)  # known values
    grey_like = distance(PURPLE, GREY, "none"), distance(PURPLE, GREY, "deuteranopia")
    assert grey_like[0] > 30 > LEAST_DISTANCE > grey_like[1]


@pytest.mark.parametrize("deficiency", MACHADO)
@pytest.mark.parametrize("name", TOGETHER)
def test_colours_of_one_figure_stay_apart(name: str, deficiency: str) -> None:
    for one, other in combinations(TOGETHER[name], 2):
        assert distance(one, other, deficiency) >= LEAST_DISTANCE, f"{one} and {other}"


@pytest.mark.parametrize("deficiency", MACHADO)
def test_a_sequential_map_gets_lighter_all_the_way(deficiency: str) -> None:
    lightness = [lightness_and_hue(colormaps[SEQUENTIAL](x)[:3], deficiency)[0] for x in np.linspace(0, 1, 33)]
    assert (np.diff(lightness) > 0).all()


@pytest.mark.parametrize("name", [DIVERGING, WEIGHTS])
@pytest.mark.parametrize("deficiency", MACHADO)
def test_a_diverging_map_is_lightest_in_its_middle_and_its_sides_stay_apart(deficiency: str, name: str) -> None:
    scale = colormaps[name]
    seen = np.array([lightness_and_hue(scale(x)[:3], deficiency) for x in np.linspace(0, 1, 33)])
    assert (np.diff(seen[:17, 0]) > 0).all()
    assert (np.diff(seen[16:, 0]) < 0).all()
    for away in (8, 12, 16):  # from a half of the largest value on
        assert np.linalg.norm(seen[16 - away] - seen[16 + away]) >= LEAST_DISTANCE
