"""Texts and HTML of public objects."""

from __future__ import annotations

from typing import Any

import pytest

import neurosim_rl as nrl


def everything(run: nrl.Run, replay: nrl.Replay) -> dict[str, Any]:
    """Return what a user can come to hold, by name."""
    champion, record = run.champion, run.champion.record
    evaluation = champion.evaluate(2, workers=1)
    history = run._history()
    played = replay.optimizee.play(
        [replay.vector], replay.optimizee.evaluation_elements([1]), training=False, record=True
    )
    responses = champion.response_map(grid=4)
    objects: tuple[Any, ...] = (run, run.status, champion, run.individual(0), evaluation, evaluation.unseen, replay)
    objects += (
        replay.observations,
        replay.membranes,
        replay.spikes,
        replay.recording,
        replay.recording.spikes,
        replay.recording.traces,
    )
    objects += (responses, responses.map, record, record.verification, history, played.episodes, run.plot())
    objects += (champion.network, *champion.network.populations, *champion.network.projections)
    objects += (replay.optimizee.parameters, run.configuration)
    return {f"{type(value).__name__}{k}": value for k, value in enumerate(objects)}


def test_the_text_of_each_public_object_has_at_most_five_lines(run: nrl.Run, replay: nrl.Replay) -> None:
    long = {}
    for name, value in everything(run, replay).items():
        lines = repr(value).splitlines()
        if len(lines) > 5 or max(map(len, lines)) > 600:
            long[name] = repr(value)
    assert long == {}


def test_runs_champions_and_figures_show_numbers_and_pictures(run: nrl.Run) -> None:
    for shown in (run, run.champion):
        html = shown._repr_html_()
        assert "data:image/png;base64," in html
        assert "mean return" in html
        assert "&lt;" in html  # the text is escaped


def test_from_a_notebook_ten_lines_and_one_import_do_it_all(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Evolve, response map, replay with spikes as data, history as data frame."""
    lines = """
import neurosim_rl as nrl
run = nrl.evolve("cart-pole", seed=3, model={"hidden": [3]}, generations=1, optimizer={"population": 4}, workers=1)
history = run.history
maps = run.champion.response_map(grid=5).plot()
spikes = run.champion.replay(seed=5).spikes.to_frame()
""".strip()
    assert len(lines.splitlines()) <= 10
    names: dict[str, Any] = {}
    exec(lines, names)
    assert len(names["history"]) == 4
    assert len(names["spikes"]) > 0
    assert names["maps"].axes
