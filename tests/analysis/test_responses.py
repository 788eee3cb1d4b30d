from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from neurosim_rl.analysis import Labels, draw_responses, plot_actions, plot_counts
from neurosim_rl.analysis.agreement import actions_under, agreement
from neurosim_rl.analysis.maps import cell_edges, conditions
from neurosim_rl.analysis.responses import MOST_MAPS, shown_outputs
from neurosim_rl.analysis.style import colours, paler
from neurosim_rl.records.response_map import ResponseMap

TRAJECTORY = np.array([[-0.5, 0.0], [0.5, 0.4], [2.0, 3.0]])


def mesh_of(ax: Axes) -> QuadMesh:
    return next(c for c in ax.collections if isinstance(c, QuadMesh))


def values_of(ax: Axes) -> np.ndarray:
    values = mesh_of(ax).get_array()
    assert values is not None
    return values


def test_the_given_axes_are_returned(response_map: ResponseMap, labels: Labels) -> None:
    ax = Figure().subplots()
    assert plot_counts(response_map, 0, labels, ax=ax) is ax
    assert plot_actions(response_map, labels, ax=ax) is ax


@pytest.mark.parametrize("output", [0, 1, 2])
def test_a_map_shows_the_counts_of_its_neuron(response_map: ResponseMap, labels: Labels, output: int) -> None:
    ax = plot_counts(response_map, output, labels)
    assert np.array_equal(values_of(ax), response_map.counts[..., output])
    assert ax.get_title() == labels.outputs[output]


def test_the_axes_of_a_map_carry_names_units_and_the_range_of_the_cells(
    response_map: ResponseMap, labels: Labels
) -> None:
    ax = plot_counts(replace(response_map, axes=(1, 0)), 0, labels)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("velocity (m/s)", "position (m)")
    assert ax.get_xlim() == pytest.approx((-1.5, 1.5))
    assert ax.get_ylim() == pytest.approx((-1.0, 1.0))


def test_all_neurons_share_one_scale_of_whole_spikes(response_map: ResponseMap, labels: Labels) -> None:
    meshes = [mesh_of(plot_counts(response_map, k, labels)) for k in range(3)]
    assert {mesh.get_clim() for mesh in meshes} == {(-0.5, 4.5)}
    assert {mesh.get_cmap().N for mesh in meshes} == {5}


def test_a_network_that_never_spikes_still_has_a_scale(response_map: ResponseMap, labels: Labels) -> None:
    silent = replace(response_map, counts=np.zeros_like(response_map.counts))
    assert mesh_of(plot_counts(silent, 0, labels)).get_clim() == (-0.5, 1.5)


def test_the_scale_says_how_long_spikes_were_counted(response_map: ResponseMap, labels: Labels) -> None:
    ax = plot_counts(replace(response_map, window_ms=30.0), 0, labels)
    assert [other.get_ylabel() for other in ax.figure.axes if other is not ax] == ["spikes in 30 ms"]
    assert len(plot_counts(response_map, 0, labels, colorbar=False).figure.axes) == 1


def test_discrete_actions_have_their_own_colours_and_a_legend(response_map: ResponseMap, labels: Labels) -> None:
    ax = plot_actions(response_map, labels)
    mesh, legend = mesh_of(ax), ax.get_legend()
    assert np.array_equal(values_of(ax), response_map.actions[..., 0])
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["left", "none", "right"]
    drawn = mesh.to_rgba(np.arange(3))[:, :3]
    assert drawn == pytest.approx(np.array([paler(c) for c in colours(3)]))
    assert drawn == pytest.approx(np.array([to_rgb(patch.get_facecolor()) for patch in legend.get_patches()]))


def test_actions_are_counted_from_the_spaces_first(response_map: ResponseMap, labels: Labels) -> None:
    shifted = replace(response_map, actions=response_map.actions - 1)
    ax = plot_actions(shifted, replace(labels, first_action=-1))
    assert np.array_equal(values_of(ax), response_map.actions[..., 0])


def test_continuous_actions_are_centred_on_zero_and_carry_their_unit(
    response_map: ResponseMap, box_labels: Labels
) -> None:
    ax = plot_actions(replace(response_map, actions=-0.5 * response_map.actions), box_labels)
    assert mesh_of(ax).get_clim() == (-1.0, 1.0)
    assert [other.get_ylabel() for other in ax.figure.axes if other is not ax] == ["torque (N m)"]


def test_the_scale_of_actions_that_hardly_reach_a_bound_ends_at_the_bound(
    response_map: ResponseMap, box_labels: Labels
) -> None:
    ax = plot_actions(replace(response_map, actions=0.999999999353 * response_map.actions), box_labels)
    assert mesh_of(ax).get_clim() == (-2.0, 2.0)


def test_the_trajectory_is_drawn_from_start_to_end_and_kept_on_the_map(
    response_map: ResponseMap, labels: Labels
) -> None:
    lines = {line.get_label(): line for line in plot_actions(response_map, labels, trajectory=TRAJECTORY).lines}
    kept = np.array([[-0.5, 0.0], [0.5, 0.4], [1.5, 1.0]])
    assert np.asarray(lines["episode"].get_xydata()) == pytest.approx(kept)
    assert np.asarray(lines["start"].get_xydata()) == pytest.approx(kept[:1])
    assert np.asarray(lines["end"].get_xydata()) == pytest.approx(kept[-1:])


def path_on_map(values: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return an episode through the cells of the map's lower row, from the left, and the actions taken there."""
    steps = np.append(-1.45 + 0.1 * np.arange(30), 1.45)  # a third of the steps in each cell
    return np.column_stack([steps, np.full(31, -0.4)]), np.array(values)[:, None]


LEFT_TO_RIGHT = [0.0] * 10 + [1.0] * 10 + [2.0] * 10
"""Actions of the map's lower row: its cells are 0, 1 and 2."""


def test_agreement_is_the_share_of_steps_in_which_the_map_gives_the_action_taken(response_map: ResponseMap) -> None:
    path, taken = path_on_map(LEFT_TO_RIGHT)
    assert agreement(response_map, path, taken, discrete=True) == pytest.approx([1.0])
    assert agreement(response_map, path, taken[::-1], discrete=True) == pytest.approx([1 / 3])
    assert agreement(response_map, path, np.ones((30, 1)), discrete=True) == pytest.approx([1 / 3])


def test_continuous_actions_agree_when_they_have_one_sign(response_map: ResponseMap) -> None:
    signed = replace(response_map, actions=response_map.actions - 1.0)  # -1, 0 and 1
    path, taken = path_on_map([-0.3] * 10 + [0.0] * 10 + [5.0] * 10)
    assert agreement(signed, path, taken, discrete=False) == pytest.approx([1.0])
    assert agreement(signed, path, -taken, discrete=False) == pytest.approx([1 / 3])


def test_observations_beyond_the_map_belong_to_its_edge(response_map: ResponseMap) -> None:
    beyond = np.array([[-9.0, 9.0], [9.0, -9.0], [0.2, 0.1]])
    assert actions_under(response_map, beyond)[:, 0].tolist() == [0, 2, 1]


def dots_of(ax: Axes) -> PathCollection | None:
    return next((c for c in ax.collections if isinstance(c, PathCollection)), None)


def test_a_path_over_a_map_that_holds_along_it_is_coloured_by_the_action_taken(
    response_map: ResponseMap, labels: Labels
) -> None:
    path, taken = path_on_map([*LEFT_TO_RIGHT[:-1], 0.0])  # the last of 30 actions differs
    ax = plot_actions(response_map, labels, trajectory=path, taken=taken)
    dots = dots_of(ax)
    assert dots is not None
    assert np.asarray(dots.get_offsets()) == pytest.approx(path[:-1])
    drawn = dots.to_rgba(np.asarray(dots.get_array()))[:, :3]
    expected = [to_rgb(colours(3)[int(k)]) for k in taken[:, 0]]
    assert drawn == pytest.approx(np.array(expected))
    assert "in 97 % of the episode's steps" in ax.get_title()


def test_no_path_is_drawn_over_a_map_that_does_not_hold_along_it(response_map: ResponseMap, labels: Labels) -> None:
    path, taken = path_on_map([1.0] * 30)
    ax = plot_actions(response_map, labels, trajectory=path, taken=taken)
    assert dots_of(ax) is None
    assert not ax.lines
    assert "in 33 % of the episode's steps: no path drawn" in ax.get_title()


def test_an_episode_along_which_the_map_does_not_hold_has_axes_of_its_own(
    response_map: ResponseMap, labels: Labels
) -> None:
    path, taken = path_on_map([1.0] * 30)
    figure = draw_responses(response_map, labels, trajectory=path, taken=taken)
    (apart,) = [ax for ax in figure.axes if ax.get_title() == "actions taken in the episode"]
    assert not [c for c in apart.collections if isinstance(c, QuadMesh)]
    dots = dots_of(apart)
    assert dots is not None
    assert np.asarray(dots.get_array()).tolist() == [1.0] * 30
    of_map = next(ax for ax in figure.axes if "no path drawn" in ax.get_title())
    assert (apart.get_xlim(), apart.get_ylim()) == (of_map.get_xlim(), of_map.get_ylim())


def test_output_neurons_that_never_change_have_no_map_and_the_title_counts_them(
    response_map: ResponseMap, labels: Labels
) -> None:
    counts = response_map.counts.copy()
    counts[..., 1] = 7
    figure = draw_responses(replace(response_map, counts=counts), labels)
    assert [ax.get_title() for ax in figure.axes if ax.get_title()] == ["left", "right"]
    assert "without a map: 1 with the same count everywhere" in figure.subfigs[0].get_suptitle()
    silent = draw_responses(replace(response_map, counts=0 * counts), labels)
    (only,) = silent.subfigs
    assert "each output neuron has the same count everywhere" in only.get_suptitle()


def test_of_many_output_neurons_those_that_vary_most_have_a_map(response_map: ResponseMap, labels: Labels) -> None:
    n = MOST_MAPS + 4
    counts = response_map.counts[..., :1] * np.roll(np.arange(1, n + 1), 3)  # 14, 15, 16, 1, 2, ...
    wide = replace(response_map, counts=counts)
    assert shown_outputs(wide) == [0, 1, 2, *range(7, n)]
    figure = draw_responses(wide, replace(labels, outputs=tuple(f"output {k}" for k in range(n))))
    assert "without a map: 4 neurons that vary less" in figure.subfigs[0].get_suptitle()


def test_cells_reach_half_a_spacing_beyond_their_centres() -> None:
    assert cell_edges(np.array([0.1, 0.3, 0.5])) == pytest.approx((0.0, 0.6))


def test_a_map_says_how_it_was_made(response_map: ResponseMap, labels: Labels) -> None:
    assert "held for 3 windows of 20 ms" in conditions(response_map, labels)
    assert "held for one window of 20 ms" in conditions(replace(response_map, n_windows=1), labels)
    assert "other variables" not in conditions(response_map, labels)


def test_a_map_names_what_the_other_variables_were(response_map: ResponseMap, labels: Labels) -> None:
    names = ("position (m)", "angle (rad)", "velocity (m/s)")
    held = replace(response_map, axes=(0, 2), fixed=np.array([0.0, 0.25, 0.0]))
    assert "other variables: angle = 0.25" in conditions(held, replace(labels, observations=names))
    many = replace(labels, observations=tuple(f"variable {k}" for k in range(9)))
    assert "variable 5 = 0 and 3 more" in conditions(replace(response_map, fixed=np.zeros(9)), many)


def test_the_figure_holds_a_map_for_each_neuron_and_one_action_map(response_map: ResponseMap, labels: Labels) -> None:
    figure = draw_responses(response_map, labels, trajectory=TRAJECTORY)
    titles = [ax.get_title() for ax in figure.axes]
    assert [title for title in titles if title] == ["left", "none", "right"]
    assert [ax.get_ylabel() for ax in figure.axes].count("spikes in 20 ms") == 1
    assert sum(any(isinstance(c, QuadMesh) for c in ax.collections) for ax in figure.axes) == 3 + 1 + 1  # and the scale


def test_outputs_that_do_not_spike_have_no_maps_and_the_actions_tell_the_conditions(
    response_map: ResponseMap, labels: Labels
) -> None:
    (only,) = draw_responses(response_map, replace(labels, outputs=())).subfigs
    assert only.get_suptitle().startswith("Action\nfrom rest, each observation held for")


def test_many_neurons_and_dimensions_stand_in_rows_with_labels_at_the_edge(
    response_map: ResponseMap, box_labels: Labels
) -> None:
    wide = replace(
        response_map,
        counts=np.arange(36).reshape(2, 3, 6),
        actions=np.linspace(-1, 1, 30).reshape(2, 3, 5),
    )
    names = tuple(f"output {k}" for k in range(6))
    torques = tuple(f"torque {k} (N m)" for k in range(5))
    figure = draw_responses(wide, replace(box_labels, outputs=names, actions=torques), trajectory=TRAJECTORY)
    named = {ax.get_title(): ax for ax in figure.axes if ax.get_title()}
    assert tuple(named) == names
    assert [bool(named[name].get_ylabel()) for name in names] == [True, False, False, False, True, False]
    assert [bool(named[name].get_xlabel()) for name in names] == [False, False, True, True, True, True]
    assert set(torques) <= {ax.get_ylabel() for ax in figure.axes}
    assert [text.get_text() for text in figure.subfigs[1].legends[0].get_texts()] == ["episode", "start", "end"]
