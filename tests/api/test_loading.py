"""What `load` gives for names and paths, and what it says of others."""

from __future__ import annotations

from pathlib import Path

import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import RunFolderError, UnknownNameError


def test_each_kind_of_target_gives_its_class(run: nrl.Run) -> None:
    assert isinstance(nrl.load(run.path), nrl.Run)
    assert isinstance(nrl.load(str(run.path / "champion.h5")), nrl.Champion)
    assert isinstance(nrl.load("champion:mountain-car"), nrl.Champion)
    assert nrl.load(run.path / "champion.h5").sha256 == run.champion.sha256


def test_unknown_targets_get_the_nearest_match(here: Path, run: nrl.Run) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'hopper'"):
        nrl.load("champion:hoper")
    with pytest.raises(RunFolderError, match=r"hopper does not exist: expected a run folder.*'champion:hopper'\?"):
        nrl.load("hopper")
    with pytest.raises(RunFolderError, match=r"does not exist.*Did you mean '.*/run'\?"):
        nrl.load(run.path.with_name("runn"))


def test_a_folder_of_runs_says_what_it_holds(run: nrl.Run, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"It holds runs: run; load one of them, or compare all: nrl.compare"):
        nrl.load(run.path.parent)
    with pytest.raises(RunFolderError, match="is neither a run folder nor a study's: expected a run folder"):
        nrl.load(tmp_path)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_bytes(b"something else")
    with pytest.raises(RunFolderError, match=r"x.h5 is damaged"):
        nrl.load(tmp_path / "x.h5")


def test_runs_side_by_side_are_a_data_frame(run: nrl.Run, here: Path) -> None:
    other = nrl.evolve(run.configuration.replace(seed=4), out="other", progress=False)
    frame = nrl.compare([run, "other"])
    assert frame["seed"].tolist() == [3, 4]
    assert frame["mean_return"].tolist() == [run.champion.unseen.mean_return, other.champion.unseen.mean_return]
    assert (frame["state"] == "finished").all()
    assert nrl.compare(run)["champion_sha256"].tolist() == [run.champion.sha256]
    with pytest.raises(RunFolderError, match="neither a run folder nor a folder of runs"):
        nrl.compare("nowhere")


@pytest.mark.gradient
def test_a_network_comes_back_from_its_nir_file(tmp_path: Path) -> None:
    pytest.importorskip("nir")
    champion = nrl.load("champion:cart-pole-ppo-snn")
    again = nrl.load(champion.export(tmp_path / "x.nir"))
    assert isinstance(again, nrl.Controller)
    one, other = (c.evaluate(3, workers=1).returns for c in (champion, again))
    assert one.tolist() == other.tolist()
    seed = champion.recorded_seeds[0]
    replay = champion.replay(seed=seed, simulator="nest")
    outputs = champion.pytorch_outputs(replay.observations[:-1])
    ends = champion.configuration.window_ms * range(1, len(replay) + 1)[-1]
    assert len(outputs) == len(replay) == ends / champion.configuration.window_ms
    assert not champion.compare_with_pytorch().actions_differing
