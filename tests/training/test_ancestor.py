"""Runs that go on from a champion: structure and weights in turn, the same after interruptions, and mistakes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError, RunFolderError, UnknownNameError
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.optimizees import Configuration, create_optimizee, learner_settings
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.settings.layers import combine
from neurosim_rl.studies import parse_study, run_study
from neurosim_rl.training.ancestor import begin_run, find_ancestor, settings_from
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.histories import assert_same_run

BRIEF: dict[str, Any] = {
    "generations": 3,
    "validation_episodes": 2,
    "workers": 1,
    "environment": {"kwargs": {"max_episode_steps": 15}},
}
SPATIAL: dict[str, Any] = {
    **BRIEF,
    "window_ms": 16.0,
    "resolution_ms": 1.0,
    "normalisation": {"name": "bounds", "steps": 50, "gain": 2.5},
    "model": {"name": "spatial", "grid": [3, 3], "v_th_limit": 200.0},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0},
    "optimizer": {"name": "structured-genetic", "population": 9},
}


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that evolved structure and weights."""
    path = tmp_path_factory.mktemp("descent") / "structure"
    config = check(configure("pendulum", SPATIAL))
    run_to_end(config, RunFolder.create(path, config), executor=SerialExecutor())
    return path


def descending(champion: Path, **layer: Any) -> Configuration:
    """Return a configuration that goes on from a champion, whose weights evolve unless the layer says otherwise."""
    weights = {"generations": 3, "validation_episodes": 2, "optimizer": {"name": "cma-es", "population": 6}}
    return check(configure("pendulum", settings_from(str(champion), "pendulum"), combine(weights, layer)))


def run(path: Path, config: Configuration) -> ChampionRecord:
    return run_to_end(config, begin_run(path, config), executor=SerialExecutor())


def genomes(path: Path) -> np.ndarray:
    history = RunFolder.open(path).history()
    assert history is not None
    return history.genomes


@pytest.fixture(scope="module")
def weights(champion: Path) -> Path:
    """Return the folder of a run that went on with the champion's weights and neurons."""
    path = champion.with_name("weights")
    run(path, descending(champion))
    return path


def structure(path: Path, vectors: np.ndarray) -> np.ndarray:
    """Return which edges are there, and the signs, shape (n, n_edges + n_signs)."""
    space = create_optimizee(RunFolder.open(path).config()).parameters
    return np.concatenate([vectors[:, space.is_kind("edge")] != 0, vectors[:, space.is_kind("sign")] > 0], axis=1)


def test_the_champion_is_the_first_individual_of_a_run_that_goes_on_from_it(champion: Path, weights: Path) -> None:
    np.testing.assert_array_equal(genomes(weights)[0], read_champion(champion).vector)


def test_weights_and_neurons_change_while_the_structure_stays(champion: Path, weights: Path) -> None:
    wanted, found = read_champion(champion).vector[None], genomes(weights)
    expected = np.repeat(structure(champion, wanted), len(found), axis=0)
    np.testing.assert_array_equal(structure(champion, found), expected)
    space = create_optimizee(RunFolder.open(champion).config()).parameters
    moved = (found != wanted).any(axis=0)
    np.testing.assert_array_equal(moved, ~space.is_kind("sign") & ~(space.is_kind("edge") & (wanted[0] == 0)))


def test_structure_evolves_again_from_a_champion_whose_weights_did(weights: Path, tmp_path: Path) -> None:
    config = descending(weights, optimizer={"name": "structured-genetic", "population": 9})
    assert config.ancestor.structure == "free"  # type: ignore[union-attr]
    run(tmp_path / "run", config)
    found = structure(tmp_path / "run", genomes(tmp_path / "run"))
    assert (found[:9] == found[0]).all()
    assert (found[-9:] != found[0]).any()


def test_the_champion_replays_in_nest_and_the_record_tells_all_training(champion: Path, weights: Path) -> None:
    first, second = read_champion(champion), read_champion(weights)
    assert second.verification.identical
    history = RunFolder.open(weights).history()
    assert history is not None
    assert second.n_evaluations == first.n_evaluations + history.n_evaluations == 27 + 18
    assert second.n_episodes == first.n_episodes + history.n_episodes
    assert first.n_steps is not None
    assert second.n_steps == first.n_steps + history.n_steps


def test_an_interrupted_run_ends_the_same_without_the_run_that_it_goes_on_from(
    champion: Path, weights: Path, tmp_path: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    copy = tmp_path / "copy"
    shutil.copytree(champion, copy)
    folder = begin_run(tmp_path / "run", descending(copy, batch_size=4))
    shutil.rmtree(copy)
    with ProcessExecutor(2) as executor:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            run_to_end(folder.config(), folder, executor=executor, on_progress=interrupt)
        run_to_end(folder.config(), folder, executor=executor)
    assert_same_run(folder.path, weights)


@pytest.mark.parametrize("optimizer", ["openai-es", "multiplicative-es", "l2l-natural-evolution-strategies"])
def test_any_optimizer_may_search_the_weights(champion: Path, tmp_path: Path, optimizer: str) -> None:
    options = {"name": optimizer, "population": 6}
    run(tmp_path / "run", descending(champion, generations=2, optimizer=options))
    found = structure(tmp_path / "run", genomes(tmp_path / "run"))
    assert (found == structure(champion, read_champion(champion).vector[None])).all()


def test_the_champion_s_network_and_bridge_are_taken_over_but_not_its_curriculum(champion: Path) -> None:
    theirs, layer = RunFolder.open(champion).config(), settings_from(str(champion), "pendulum")
    config = descending(champion)
    for key in ("model", "encoder", "decoder", "normalisation", "window_ms", "resolution_ms", "environment"):
        assert getattr(config, key) == getattr(theirs, key)
    assert "first_steps" not in layer["environment"]
    assert settings_from("champion:cart-pole", "cart-pole")["environment"].get("engine", "gymnasium") == "gymnasium"
    assert config.generations == 3


def test_networks_without_structure_keep_all_genes_free(tmp_path: Path) -> None:
    config = check(configure("cart-pole", settings_from("champion:cart-pole", "cart-pole"), {"workers": 1}, FEW))
    run(tmp_path / "run", config)
    found = genomes(tmp_path / "run")
    np.testing.assert_array_equal(found[0], read_champion("champion:cart-pole").vector)
    assert (found.std(axis=0) > 0).all()


FEW: dict[str, Any] = {
    "generations": 2,
    "validation_episodes": 1,
    "environment": {"kwargs": {"max_episode_steps": 20}},
    "optimizer": {"name": "cma-es", "population": 4},
}


def test_lines_that_learn_go_on_from_a_champion(tmp_path: Path) -> None:
    layers = learner_settings("cart-pole", "r-stdp"), settings_from("champion:cart-pole", "cart-pole")
    few = {**FEW, "workers": 1, "optimizer": {"name": "inherit", "population": 2}}
    with pytest.raises(ConfigurationError, match="champion:cart-pole has genes"):
        check(configure("cart-pole", *layers, few, {"model": {"hidden": [4]}}))
    config = check(configure("cart-pole", *layers, few))
    run(tmp_path / "run", config)
    np.testing.assert_array_equal(genomes(tmp_path / "run")[0], read_champion("champion:cart-pole").vector)


# --- the command line, and studies ---


def test_the_command_goes_on_from_a_champion_and_show_tells(champion: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "run"
    few = ["--optimizer", "cma-es", "--population", "4", "--generations", "2", "--set", "validation_episodes=1"]
    arguments = ["--start-from", str(champion), *few, "--workers", "1", "--out", str(path), "--no-figures"]
    assert main(["evolve", "pendulum", *arguments]) == 0
    np.testing.assert_array_equal(genomes(path)[0], read_champion(champion).vector)
    capsys.readouterr()
    assert main(["show", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["ancestor"]
    ancestor = read_champion(champion)
    assert told == {
        "champion": str(champion),
        "sha256": ancestor.sha256,
        "structure": "fixed",
        "evaluations": 27,
        "training_episodes": ancestor.n_episodes,
        "training_steps": ancestor.n_steps,
    }
    assert main(["show", str(path)]) == 0
    assert f"starts from {champion} ({ancestor.sha256[:12]}), structure fixed" in capsys.readouterr().out


def test_a_run_s_configuration_goes_on_from_the_same_champion_again(champion: Path, weights: Path) -> None:
    again = check(configure("pendulum", vars(RunFolder.open(weights).config())))
    assert again == RunFolder.open(weights).config()


def test_a_study_goes_on_from_a_champion(tmp_path: Path) -> None:
    text = """
name = "on"
seeds = "1-2"

[grid]
task = ["cart-pole"]
"optimizer.name" = ["cma-es"]

[settings]
"ancestor.champion" = "champion:cart-pole"
generations = 1
validation_episodes = 1
"environment.kwargs.max_episode_steps" = 20
"optimizer.population" = 4
"""
    model = read_champion("champion:cart-pole").config
    lines = [f'"{key}" = {json.dumps(value)}' for key, value in _flat(model.tables()).items()]
    study = parse_study(text + "\n".join(lines), tmp_path / "study.toml")
    table = run_study(study, tmp_path / "out", SerialExecutor(), together=1)
    assert [row.problem for row in table.rows] == ["", ""]
    for path in (tmp_path / "out" / "runs").iterdir():
        np.testing.assert_array_equal(genomes(path)[0], read_champion("champion:cart-pole").vector)
    for row in table.rows:  # one generation of 4: what the shipped champion took is not among it
        assert (row.n_evaluations, row.evaluations.tolist()) == (4, [4])
        assert 0 < row.n_episodes <= row.n_steps <= 20 * row.n_episodes


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a champion's network, as a study writes them."""
    tables = {f"{key}.{k}": v for key in ("model", "encoder", "decoder") for k, v in config[key].items()}
    return {k: v for k, v in tables.items() if not isinstance(v, dict)} | {
        f"encoder.tuning.{k}": v for k, v in config["encoder"].get("tuning", {}).items()
    }


# --- mistakes ---


def test_a_champion_of_another_task_is_refused(champion: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is a champion of task 'pendulum'; expected one of 'cart-pole'"):
        settings_from(str(champion), "cart-pole")


def test_a_champion_of_another_model_is_refused(champion: Path) -> None:
    with pytest.raises(ConfigurationError, match="has model 'spatial'; expected 'linear'"):
        descending(champion, model={"name": "linear"})


def test_a_champion_of_another_shape_is_refused(champion: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"has genes .*sign \(9,\).*; expected .*sign \(12,\)"):
        descending(champion, model={"grid": [4, 3]})


def test_a_champion_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="does not exist"):
        settings_from(str(tmp_path / "none"), "pendulum")
    with pytest.raises(UnknownNameError, match="Did you mean 'cart-pole'"):
        settings_from("champion:cart-pol", "cart-pole")


def test_a_champion_that_was_made_anew_is_noticed(champion: Path, tmp_path: Path) -> None:
    config = descending(champion)
    assert config.ancestor is not None
    other = config.replace(ancestor=config.ancestor.replace(sha256="0" * 64))
    with pytest.raises(ConfigurationError, match="expected 000000000000: it was made anew"):
        begin_run(tmp_path / "run", other)
    assert not (tmp_path / "run").exists()


def test_a_table_without_a_champion_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"\[ancestor\] names no champion"):
        find_ancestor(configure("cart-pole", {"ancestor": {"spread": 0.2}}))


def test_ars_must_begin_at_the_champion(champion: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Set optimizer\.start = 'best'"):
        descending(champion, optimizer={"name": "ars"})
    assert descending(champion, optimizer={"name": "ars", "start": "best"}).ancestor.structure == "fixed"  # type: ignore[union-attr]


def test_an_unknown_kind_of_structure_is_refused(champion: Path) -> None:
    with pytest.raises(ConfigurationError, match="Valid: auto, fixed, free"):
        descending(champion, ancestor={"structure": "some"})


def test_a_run_folder_that_lost_what_it_goes_on_from_is_refused(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "run")
    for name in ("ancestor.h5", "champion.h5"):  # without its champion, the run is not finished
        (tmp_path / "run" / name).unlink()
    folder = RunFolder.open(tmp_path / "run")
    with pytest.raises(RunFolderError, match=r"ancestor\.h5 does not exist"):
        run_to_end(folder.config(), folder, executor=SerialExecutor())


def test_what_a_killed_command_leaves_of_a_folder_is_no_obstacle(champion: Path, tmp_path: Path) -> None:
    config = descending(champion)
    left = tmp_path / "run"
    left.mkdir()
    (left / "ancestor.h5").write_bytes(b"half of it")
    (left / ".ancestor.h5.17.tmp").write_bytes(b"half")
    found = begin_run(left, config).ancestor()
    assert found is not None
    np.testing.assert_array_equal(found.vector, read_champion(champion).vector)


@pytest.mark.gradient
def test_gradients_start_from_networks_that_they_can_train(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra [gradient]")
    brief = {"generations": 1, "validation_episodes": 2, "finalists": 0}
    still = {"updates": 1, "environments": 2, "rollouts": 2, "epochs": 1, "mini_batches": 1, "learning_rate": 0.0}
    source = "champion:cart-pole-ppo-snn"
    config = configure("cart-pole", brief, {"learning": still}, learner="ppo", start_from=source)
    champion = run_to_end(config, begin_run(tmp_path / "run", config), executor=SerialExecutor())
    # With a learning rate of 0, training leaves the network as it began, up to PyTorch's single precision.
    np.testing.assert_allclose(champion.vector, read_champion(source).vector, rtol=1e-6)
    assert champion.n_steps == 4 + (read_champion(source).n_steps or 0)
    with pytest.raises(ConfigurationError, match="'feed-forward' cannot be trained by gradients"):
        check(configure("cart-pole", learner="ppo", start_from="champion:cart-pole"))
