import shutil
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim_rl.cli import main
from neurosim_rl.errors import RunFolderError, UnknownNameError
from neurosim_rl.reports import figures, kept_response_map
from neurosim_rl.reports.figures import FIGURES, PLOT, ReportFigure, draw_figures, figures_of
from neurosim_rl.reports.kept_response_map import champion_response_map
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.reports.view import View
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

SMALL = {
    "generations": 2,
    "episodes": 1,
    "validation_episodes": 1,
    "workers": 1,
    "optimizer": {"population": 4},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small finished run; tests copy it before they change it."""
    config = configure("cart-pole", SMALL)
    path = tmp_path_factory.mktemp("figures") / "run"
    run_to_end(config, RunFolder.create(path, config))
    return path


@pytest.fixture
def run(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the small run, whose response map is coarse."""
    monkeypatch.setattr(kept_response_map, "GRID", 4)
    return Path(shutil.copytree(finished, tmp_path / "run"))


OF_SOME_TASKS = {"paths", "learning", "plasticity", "archive"}


def drawn(target: Path | str, out: Path) -> list[Path]:
    files, _ = draw_figures(Subject.of(str(target)), out)
    return files


def test_a_finished_run_gives_every_figure_as_an_image(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    paths, left_out = draw_figures(Subject.of(str(run)), out)
    assert paths == [out / f"{name}.png" for name in figures_of(PLOT) if name not in OF_SOME_TASKS]
    assert set(left_out) == OF_SOME_TASKS
    assert sorted(out.iterdir()) == sorted(paths)
    for path in paths:
        image = matplotlib.image.imread(path)
        assert image.shape[0] > 500
        assert image.std() > 0.01


def test_an_unfinished_run_gives_only_its_fitness(run: Path, tmp_path: Path) -> None:
    (run / "champion.h5").unlink()
    assert drawn(run, tmp_path / "out") == [tmp_path / "out" / "fitness.png"]


def test_a_champions_file_gives_all_but_the_fitness(run: Path, tmp_path: Path) -> None:
    paths = drawn(run / "champion.h5", tmp_path)
    assert [path.stem for path in paths] == ["responses", "episode", "raster"]
    assert not (run / "responses.h5").exists()


def test_a_run_without_a_generation_is_refused(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run", configure("cart-pole", SMALL))
    with pytest.raises(RunFolderError, match=r"no finished generation.*neurosim-rl resume"):
        Subject.of(str(tmp_path / "run"))


def test_an_unknown_champion_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown champion 'nobody'"):
        Subject.of("champion:nobody")


def test_a_file_in_the_place_of_the_folder_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(RunFolderError, match=r"cannot make the folder .*out: File exists\. Choose another"):
        drawn(run, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "in the way"


def test_a_new_figure_is_one_entry(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(subject: Subject) -> Figure:
        raise DoesNotApply("there is none")

    mine = {"mine": ReportFigure(lambda subject: Figure(), "nothing"), "none": ReportFigure(none, "nothing")}
    monkeypatch.setattr(figures, "FIGURES", mine)
    assert draw_figures(Subject.of(str(run)), tmp_path) == ([tmp_path / "mine.png"], {"none": "there is none"})


def test_only_the_named_figures_are_drawn(run: Path, tmp_path: Path) -> None:
    subject = Subject.of(str(run))
    assert draw_figures(subject, tmp_path, ["episode"]) == ([tmp_path / "episode.png"], {})
    with pytest.raises(UnknownNameError, match=r"unknown figure 'rastr'.*'raster'"):
        draw_figures(subject, tmp_path, ["rastr"])


def test_the_response_map_is_kept_in_the_run_folder_and_used_again(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = champion_response_map(Subject.of(str(run)))
    monkeypatch.setattr(kept_response_map, "response_map", lambda *_, **__: pytest.fail("it was made again"))
    kept = champion_response_map(Subject.of(str(run)))
    assert {name: type(value) for name, value in vars(kept).items()} == {k: type(v) for k, v in vars(made).items()}
    assert all(np.array_equal(value, vars(made)[name]) for name, value in vars(kept).items())


def test_the_map_of_another_champion_is_made_again(run: Path) -> None:
    subject = Subject.of(str(run))
    assert subject.champion is not None
    silent = replace(subject.champion, vector=np.zeros_like(subject.champion.vector))
    assert not champion_response_map(replace(subject, champion=silent)).counts.any()
    loud = replace(subject.champion, vector=np.full_like(subject.champion.vector, 5.0))
    assert champion_response_map(replace(subject, champion=loud)).counts.any()


def test_a_damaged_map_is_made_again(run: Path) -> None:
    subject = Subject.of(str(run))
    made = champion_response_map(subject)
    (run / "responses.h5").write_bytes(b"not HDF5")
    assert np.array_equal(champion_response_map(subject).counts, made.counts)
    assert (run / "responses.h5").stat().st_size > 1000


def test_a_map_that_cannot_be_kept_is_returned_all_the_same(run: Path, tmp_path: Path) -> None:
    subject = replace(Subject.of(str(run)), folder=RunFolder(tmp_path / "missing"))
    assert champion_response_map(subject).counts.shape == (4, 4, 2)
    assert not (tmp_path / "missing").exists()


def test_large_networks_get_a_coarser_map(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_response_map, "SMALL_NETWORK", 10)
    assert champion_response_map(Subject.of(str(run))).counts.shape == (2, 2, 2)


def test_returns_are_compared_with_the_solved_return_the_rule_and_the_random_policy(run: Path) -> None:
    champion = read_champion(run)
    assert champion.rule is not None
    figure = FIGURES["fitness"].draw(Subject.of(str(run)))
    (ax,) = figure.axes
    heights = {float(np.asarray(line.get_ydata())[0]) for line in ax.lines[-3:]}
    assert heights == {475.0, champion.rule.mean_return, champion.random.mean_return}


@pytest.mark.parametrize(("fitness", "n_axes"), [("return", 1), ("return-with-progress", 2), ("max-observation", 2)])
def test_a_fitness_that_is_no_return_gets_its_own_axes(run: Path, fitness: str, n_axes: int) -> None:
    subject = Subject.of(str(run))
    config = subject.config.replace(fitness={"name": fitness})
    figure = FIGURES["fitness"].draw(replace(subject, config=config))
    assert len(figure.axes) == n_axes


def test_the_champion_is_starred_in_a_finished_run_only(run: Path) -> None:
    finished = FIGURES["fitness"].draw(Subject.of(str(run)))
    (run / "champion.h5").unlink()
    unfinished = FIGURES["fitness"].draw(Subject.of(str(run)))
    labels = [{c.get_label() for c in figure.axes[0].collections} for figure in (finished, unfinished)]
    assert "champion's fitness" in labels[0]
    assert "champion's fitness" not in labels[1]


@pytest.mark.parametrize("episode", [None, 2])
def test_the_drawn_trajectory_is_the_recorded_episode_next_to_the_median_or_the_chosen_one(
    run: Path, episode: int | None
) -> None:
    champion = read_champion(run)
    subject = replace(Subject.of(str(run)), view=View(episode=episode))
    figure = FIGURES["responses"].draw(subject)
    (path,) = (line for ax in figure.axes for line in ax.lines if line.get_label() == "episode")
    returns, median = champion.recording.returns, np.median(champion.unseen.returns)
    shown = 1 if episode else int(np.abs(returns - median).argmin())
    length = int(champion.recording.lengths[shown])
    observed = champion.recording.traces.observations[shown, : length + 1, 2]
    assert np.asarray(path.get_xdata()) == pytest.approx(np.clip(observed, -0.21, 0.21))


def test_a_map_over_chosen_variables_has_these_on_its_axes_and_is_not_kept(run: Path) -> None:
    subject = replace(Subject.of(str(run)), view=View(variables=("cart velocity", "pole angle")))
    assert champion_response_map(subject).axes == (1, 2)
    assert not (run / "responses.h5").exists()
    with pytest.raises(DoesNotApply, match="two different variables, and 1 are chosen"):
        champion_response_map(replace(subject, view=View(variables=("0", "0"))))


def test_the_paths_of_the_vehicle_end_as_recorded() -> None:
    subject = Subject.of("champion:target-reaching-vehicle")
    figure = FIGURES["paths"].draw(subject)
    assert subject.champion is not None
    recording = subject.champion.recording
    assert len(figure.axes) == len(recording.start_seeds) == 10
    for ax, seed, n_steps, gained in zip(
        figure.axes, recording.start_seeds, recording.lengths, recording.returns, strict=True
    ):
        # Arrival gives 10 and a collision -10, besides at most 11 m that were gained.
        outcome = "late" if n_steps == 400 and 0 <= gained <= 11 else "reached" if gained > 5 else "collided"
        assert ax.get_title() == f"{seed}: {outcome} after {n_steps / 10:.1f} s"


@pytest.mark.mujoco
def test_where_bounds_are_unknown_the_map_spans_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mujoco", reason="needs the extra [mujoco]")
    monkeypatch.setattr(kept_response_map, "GRID", 4)
    normalised = Subject.of("champion:hopper-ppo-snn")
    subject = replace(normalised, config=normalised.config.replace(normalisation={"name": "none"}))
    assert subject.champion is not None
    angle = subject.champion.recording.traces.observations[..., 1]
    step = (np.nanmax(angle) - np.nanmin(angle)) / 4
    assert champion_response_map(subject).x == pytest.approx(np.nanmin(angle) + step * (np.arange(4) + 0.5))


def test_plot_draws_the_figures_that_it_is_asked_for(run: Path, tmp_path: Path, capsys) -> None:
    arguments = ["plot", str(run), "--out", str(tmp_path / "out"), "--figure", "episode", "--figure", "paths"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.out.split() == [str(tmp_path / "out" / "episode.png")]
    last = captured.err.strip().rpartition("\r")[2]  # on a busy machine it follows signs of life
    assert last.strip() == "neurosim-rl: no paths.png: environment CartPole-v1 has no vehicle"


def test_plot_takes_format_episode_time_variables_and_neurons(run: Path, tmp_path: Path, capsys) -> None:
    choice = ["--format", "svg", "--episode", "3", "--time-range", "2:6", "--variable", "cart position"]
    arguments = ["plot", str(run), "--out", str(tmp_path), "--figure", "raster", *choice, "--neuron", "output"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "raster.svg")]
    recorded = read_champion(run).recording
    view = View(3, "2:6", ("cart position",), ("output",))
    figure = FIGURES["raster"].draw(replace(Subject.of(str(run)), view=view))
    assert f"start seed {recorded.start_seeds[2]}, steps 2 to 6" in figure.get_suptitle()
    assert figure.axes[0].get_ylabel() == "cart position (m)"
    names = [ax.get_ylabel().replace("\n", " ") for ax in figure.axes]
    assert names[2:5] == ["membrane, push left (mV)", "membrane, push right (mV)", "mean rate, output (Hz)"]
    assert main(["plot", str(run), "--out", str(tmp_path / "none"), "--format", "bmp"]) == 2
    assert "unknown figure format 'bmp'" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_membranes_of_outputs_that_do_not_spike_are_those_that_the_decoder_read() -> None:
    subject = Subject.of("champion:mountain-car-ppo-snn")
    figure = FIGURES["raster"].draw(replace(subject, view=View(time_range="0:20")))
    drawn = [ax.lines[0] for ax in figure.axes if ax.get_ylabel().startswith("membrane")]
    # The decoder takes the action of the highest membrane at the end of each window of 10 ms.
    at_ends = []
    for line in drawn:
        times_s, v_mv = np.asarray(line.get_xydata()).T
        at_ends.append(v_mv[np.searchsorted(times_s, np.arange(1, 21) * 0.01 - 1e-6)])
    taken = subject.recording.traces.actions[subject.trial, :20, 0]
    assert np.argmax(at_ends, axis=0).tolist() == taken.tolist()


def test_the_title_says_which_membranes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = replace(Subject.of("champion:mountain-car-ppo-snn"), view=View(time_range="0:5", neurons=("0:9",)))
    figure = FIGURES["raster"].draw(subject)
    assert "membranes of 8 of 9 neurons" in figure.get_suptitle()
    assert sum(ax.get_ylabel().startswith("membrane") for ax in figure.axes) == 8
    monkeypatch.setattr("neurosim_rl.reports.shown_membranes.MOST_VALUES", 1000)
    figure = FIGURES["raster"].draw(replace(subject, view=View()))
    assert "without membranes: those of 68 neurons" in figure.get_suptitle()
    assert not [ax for ax in figure.axes if ax.get_ylabel().startswith("membrane")]
