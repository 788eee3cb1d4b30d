"""Champions and controllers: evaluation, response maps, networks."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import h5py
import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import ConfigurationError, GenomeError, UnknownNameError


def test_evaluation_gives_what_the_run_reported_on_the_same_starts(run: nrl.Run) -> None:
    champion = run.champion
    evaluation = champion.evaluate(episodes=len(champion.unseen.returns), workers=1)
    with h5py.File(run.path / "champion.h5") as file:
        np.testing.assert_array_equal(evaluation.returns, file["held_out/returns"][()])
        np.testing.assert_array_equal(evaluation.lengths, file["held_out/lengths"][()])
    assert evaluation.mean_return == champion.unseen.mean_return == pytest.approx(evaluation.returns.mean())
    low, high = evaluation.ci95
    assert low <= evaluation.mean_return <= high
    frame = evaluation.to_frame()
    assert frame["start_seed"].tolist() == [1_000_000 + k for k in range(len(evaluation.returns))]
    assert frame["success"].mean() == evaluation.success_rate


def test_evaluation_is_the_same_in_nest(run: nrl.Run) -> None:
    mine, nest = (run.champion.evaluate(3, first_seed=50, simulator=name, workers=1) for name in (None, "nest"))
    np.testing.assert_array_equal(mine.returns, nest.returns)
    assert mine.to_frame()["start_seed"].tolist() == [50, 51, 52]


@pytest.mark.parametrize(("episodes", "first_seed"), [(0, 5), (1, -1), (2, 2**30 - 1)])
def test_starts_of_training_are_refused(run: nrl.Run, episodes: int, first_seed: int) -> None:
    with pytest.raises(ConfigurationError, match="at least one episode, and seeds from 0 to 1073741823"):
        run.champion.evaluate(episodes, first_seed=first_seed, workers=1)


def test_starts_on_which_a_run_trained_by_number_are_refused() -> None:
    champion = nrl.Controller(nrl.configure("mountain-car-yegenoglu2022", workers=1))
    with pytest.raises(ConfigurationError, match="this run trained on seeds 0 to "):
        champion.evaluate(1, first_seed=0, workers=1)


def test_a_champion_verifies_itself_in_nest(run: nrl.Run) -> None:
    verification = run.champion.verify()
    assert verification.identical
    assert verification == run.champion.record.verification


def test_the_network_has_the_genes_as_weights(run: nrl.Run) -> None:
    champion = run.champion
    first = champion.network.projections[0]
    unit_pa = np.abs(first.weight_pa).max() / np.abs(champion.genome["weights_0"]).max()
    np.testing.assert_allclose(champion.genome["weights_0"].ravel() * unit_pa, first.weight_pa)


def test_a_response_map_names_its_variables(run: nrl.Run) -> None:
    responses = run.champion.response_map(grid=6, axes=("cart position", "pole angle"), fixed={"cart velocity": 0.5})
    assert responses.names == ("cart position (m)", "pole angle (rad)")
    assert responses.actions.shape == (6, 6, 1)
    assert responses.map.fixed[1] == 0.5
    frame = responses.to_frame()
    assert len(frame) == 36
    np.testing.assert_array_equal(frame["cart position (m)"].to_numpy()[:6], responses.x)
    np.testing.assert_array_equal(frame["action"], responses.actions[..., 0].ravel())
    assert responses.plot().axes
    replay = run.champion.replay(seed=3)
    assert "of the episode's steps" in responses.plot_actions(replay.observations, taken=replay.actions).get_title()
    with pytest.raises(UnknownNameError, match="Did you mean 'pole angle'"):
        run.champion.response_map(axes=("pole angel", 0))
    with pytest.raises(ConfigurationError, match="observed variable 4: expected a number from 0 to 3"):
        run.champion.response_map(axes=(0, 4))
    with pytest.raises(ConfigurationError, match="expected two observed variables"):
        run.champion.response_map(axes=(0,))


def test_a_controller_is_drawn_by_its_seed_or_made_of_genes() -> None:
    drawn, again, other = (nrl.Controller("cart-pole", seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(drawn.vector, again.vector)
    assert not np.array_equal(drawn.vector, other.vector)
    by_name = nrl.Controller(drawn.configuration, drawn.genome)
    np.testing.assert_array_equal(by_name.vector, drawn.vector)
    with pytest.raises(GenomeError, match=r"genome has shape \(2,\); expected"):
        nrl.Controller(drawn.configuration, np.zeros(2))


def test_input_currents_are_those_of_the_receptive_fields() -> None:
    controller = nrl.Controller("mountain-car")
    current_pa = controller.input_currents(np.array([[-0.5, 0.0], [0.4, 0.0]]))
    assert current_pa.shape == (2, controller.network.n_inputs)
    assert (current_pa >= 0).all()
    assert not np.array_equal(*current_pa)


def test_the_environment_of_a_task_is_gymnasiums(run: nrl.Run) -> None:
    environment = run.champion.make_environment()
    ours, _ = environment.reset(seed=9)
    environment.close()
    theirs, _ = gymnasium.make("CartPole-v1").reset(seed=9)
    np.testing.assert_array_equal(ours, theirs)


def test_without_neurons_what_needs_them_says_so() -> None:
    champion = nrl.load("champion:cart-pole-linear")
    assert champion.replay(seed=1).total_return == champion.evaluate(1, first_seed=1, workers=1).mean_return
    for ask in (lambda: champion.network, lambda: champion.replay(seed=1).spikes):
        with pytest.raises(ConfigurationError, match="model 'linear' has no neurons"):
            ask()
    with pytest.raises(ConfigurationError, match="no neurons to simulate"):
        champion.evaluate(1, simulator="nest")


def test_measures_have_a_row_each_and_columns_beside(run: nrl.Run) -> None:
    measures = run.champion.measures()
    assert measures.loc["genes", "champion"] == len(run.champion.vector)
    assert {"champion", "dense, as many weights"} <= set(measures.columns)
    assert measures.loc["energy_per_step_j loihi", "champion"] > 0


def test_a_champion_becomes_a_script_by_the_name_of_the_file(tmp_path: Path) -> None:
    path = nrl.load("champion:acrobot").export(tmp_path / "acrobot.py")
    assert "\nimport nest\n" in path.read_text()


def test_weights_are_the_genes_as_matrices_with_units_and_names() -> None:
    champion = nrl.load("champion:mountain-car")
    first, second = champion.weights()
    assert (first.title, second.title) == ("input to hidden 1", "hidden 1 to output")
    assert first.unit == second.unit == "pA"
    for matrix, projection in zip((first, second), champion.network.projections, strict=True):
        np.testing.assert_array_equal(matrix.values[projection.pre, projection.post], projection.weight_pa)
    ours = nrl.load("champion:ant-ppo-snn")
    assert [matrix.title for matrix in ours.weights()] == ["read-in", "first layer to output"]
    assert ours.weights()[0].source_names[-1] == "bias"


def test_weights_of_a_policy_are_its_layers() -> None:
    champion = nrl.load("champion:cart-pole-linear")
    (layer,) = champion.weights()
    assert np.isin(layer.values, champion.vector).all()
    assert layer.values.size == len(champion.vector)
    assert layer.source_names[-1] == "bias"
