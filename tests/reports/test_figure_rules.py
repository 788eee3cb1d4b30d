"""Rules that every figure of a champion keeps: no empty panel, names on all axes, scales that fit the values."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from neurosim_rl.analysis.style import DIVERGING, WEIGHTS
from neurosim_rl.reports.figures import FIGURES
from neurosim_rl.reports.subject import Subject
from neurosim_rl.reports.view import View

CHAMPIONS = ("mountain-car", "pendulum", "mountain-car-ppo-snn", "cart-pole-plastic")
RECORDED = ("episode", "raster", "weights", "intervals", "balance", "triggered")
"""Figures that need no simulation of many networks; maps and gaits have tests of their own."""


@pytest.fixture(scope="module", params=CHAMPIONS)
def subject(request: pytest.FixtureRequest) -> Subject:
    return replace(Subject.of(f"champion:{request.param}"), view=View(episode=1, time_range="0:30"))


def drawn(subject: Subject, name: str) -> list[Axes]:
    return FIGURES[name].draw(subject).axes


@pytest.mark.parametrize("name", RECORDED)
def test_no_panel_is_empty(subject: Subject, name: str) -> None:
    for ax in drawn(subject, name):
        assert ax.has_data(), f"{name}: {ax.get_title()} {ax.get_ylabel()}"


@pytest.mark.parametrize("name", RECORDED)
def test_every_panel_says_what_its_vertical_axis_or_scale_is(subject: Subject, name: str) -> None:
    for ax in drawn(subject, name):
        assert ax.get_ylabel(), f"{name}: {ax.get_title()}"


@pytest.mark.parametrize("name", RECORDED)
def test_the_lowest_panels_say_what_their_horizontal_axis_is(subject: Subject, name: str) -> None:
    figure = FIGURES[name].draw(subject)
    figure.draw_without_rendering()
    panels = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    lowest = min(ax.get_position().y0 for ax in panels)
    for ax in panels:
        if ax.get_position().y0 < lowest + 0.01:
            assert ax.get_xlabel(), f"{name}: {ax.get_title()}"


@pytest.mark.parametrize("name", RECORDED)
def test_values_of_both_signs_have_a_scale_around_zero(subject: Subject, name: str) -> None:
    for ax in drawn(subject, name):
        if ax.get_label() == "<colorbar>":
            continue
        for shown in (*ax.images, *(c for c in ax.collections if isinstance(c, QuadMesh))):
            values: np.ndarray = np.ma.compressed(np.ma.masked_invalid(np.ma.asarray(shown.get_array())))
            if (values < 0).any():
                low, high = shown.get_clim()
                assert low == -high
                assert shown.get_cmap().name == (WEIGHTS if name == "weights" else DIVERGING)
