"""Runs: history, individuals, figures, against the files read by h5py."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import neurosim_rl as nrl
from neurosim_rl.api.history import history_frame
from neurosim_rl.errors import ConfigurationError, RunFolderError, UnknownNameError
from neurosim_rl.records.history import History
from tests.histories import generation


@pytest.fixture(scope="module")
def tables(run: nrl.Run) -> dict[str, np.ndarray]:
    """The datasets of ``run.h5``, by name."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(run.path / "run.h5") as file:
        for group in ("evaluations", "generations"):
            found |= {name: values[()] for name, values in file[group].items() if isinstance(values, h5py.Dataset)}
    return found


def test_history_has_a_row_for_each_individual_as_the_file_has_it(run: nrl.Run, tables: dict[str, np.ndarray]) -> None:
    frame = run.history
    assert len(frame) == 3 * 4
    for name in ("generation", "individual", "fitness"):
        np.testing.assert_array_equal(frame[name], tables[name])
    np.testing.assert_array_equal(frame.mean_return, tables["returns"].mean(axis=1))
    np.testing.assert_array_equal(frame.mean_length_steps, tables["lengths"].mean(axis=1))
    np.testing.assert_array_equal(frame.n_steps, tables["lengths"].sum(axis=1))
    best = frame[frame.is_best]
    np.testing.assert_array_equal(best.individual, tables["best_individual"])
    np.testing.assert_array_equal(best.fitness, tables["best_fitness"])
    np.testing.assert_array_equal(best.validation_return, tables["validation_return"])
    assert frame.validation_return[~frame.is_best].isna().all()
    np.testing.assert_array_equal(best.generation_seconds, tables["seconds"])
    assert (frame.failure == "").all()


def test_history_marks_the_champion_and_has_units(run: nrl.Run) -> None:
    frame = run.history
    (row,) = frame[frame.is_champion].to_dict("records")
    with h5py.File(run.path / "champion.h5") as file:
        assert (row["generation"], row["individual"]) == (file.attrs["generation"], file.attrs["individual"])
        assert row["fitness"] == file.attrs["fitness"]
    assert frame.attrs["units"]["mean_length_steps"] == "environment steps of an episode"
    assert (frame.attrs["task"], frame.attrs["seed"]) == ("cart-pole", 3)


def test_history_says_why_an_individual_failed() -> None:
    history = History.join([generation(0), generation(1)])
    frame = history_frame(history)
    assert frame.failure.tolist() == ["", "ValueError: 0", "", "", "ValueError: 1", ""]
    assert frame.mean_length_steps.isna().tolist() == [False, True, False] * 2


def test_episodes_that_ended_count_where_columns_are_environments() -> None:
    part = generation(0, 1)
    in_environments = History(**{**vars(part), "lengths": np.array([[30, 30]]), "ended": np.array([4])})
    assert history_frame(in_environments).mean_length_steps.tolist() == [15.0]


def test_a_history_without_generations_has_the_same_columns(run: nrl.Run) -> None:
    assert history_frame(None).columns.tolist() == run.history.columns.tolist()
    assert isinstance(history_frame(None), pd.DataFrame)


def test_individuals_are_controllers_with_the_recorded_genes(run: nrl.Run, tables: dict[str, np.ndarray]) -> None:
    rows = (tables["generation"] == 1) & (tables["individual"] == 2)
    np.testing.assert_array_equal(run.individual(1, 2).vector, tables["genomes"][rows][0])
    last_best = run.individual(-1)
    (best,) = run.history[run.history.is_best & (run.history.generation == 2)].index
    np.testing.assert_array_equal(last_best.vector, tables["genomes"][best])
    np.testing.assert_array_equal(run.genes(), tables["genomes"])
    np.testing.assert_array_equal(run.genes("weights_0")[best], last_best.genome["weights_0"])


def test_a_generation_individual_or_gene_that_is_not_there_is_refused(run: nrl.Run) -> None:
    with pytest.raises(RunFolderError, match="generation 3: expected 0 to 2"):
        run.individual(3)
    with pytest.raises(RunFolderError, match="individual 4: expected 0 to 3"):
        run.individual(0, 4)
    with pytest.raises(UnknownNameError, match="Did you mean 'weights_0'"):
        run.genes("weight_0")
    with pytest.raises(RunFolderError, match="pass on nothing that they learned"):
        run.individual(0, learned=True)


def test_a_figure_by_its_name_and_all_that_apply(run: nrl.Run) -> None:
    assert isinstance(run.plot("fitness"), Figure)
    figures = run.plot()
    assert {"fitness", "responses", "episode", "raster"} <= set(figures)
    assert "archive" in figures.left_out
    assert figures._repr_html_().count("<img") == len(figures)
    with pytest.raises(UnknownNameError, match="Did you mean 'fitness'"):
        run.plot("fitnes")
    with pytest.raises(ConfigurationError, match=r"figure 'archive' of .*Choose another"):
        run.plot("archive")


def test_a_figure_shows_itself_in_a_notebook(run: nrl.Run) -> None:
    assert run.plot("fitness")._repr_png_().startswith(b"\x89PNG")


def test_status_and_report(run: nrl.Run) -> None:
    status = run.status
    assert (status.state, status.generations, status.evaluations, status.failed) == ("finished", 3, 12, 0)
    assert status.best_fitness == run.history.fitness.max()
    assert "3 of 3 generations, 12 evaluations" in run.report()
