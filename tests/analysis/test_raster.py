from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import EventCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from neurosim_rl.analysis import Labels, draw_raster, plot_raster
from neurosim_rl.analysis.membranes import membrane_panels
from neurosim_rl.analysis.neuron_rows import NeuronRows
from neurosim_rl.analysis.panels import Trace
from neurosim_rl.analysis.population_rate import population_rates
from neurosim_rl.analysis.raster import MOST_BORDERS, MOST_SPIKES, plot_spikes
from neurosim_rl.analysis.signs import BOTH, EXCITATORY, INHIBITORY, NONE, SIGN_COLOURS, SIGN_NAMES, neuron_signs
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.spikes import Membranes, Spikes


def rows_of(ax: Axes) -> dict[float, list[float]]:
    """Return the drawn spike times in s by row."""
    rows = [c for c in ax.collections if isinstance(c, EventCollection)]
    return {row.get_lineoffset(): sorted(row.get_positions()) for row in rows}


def test_every_spike_stands_in_its_neurons_row_at_its_time_in_seconds(
    recording: Recording, network: Network, labels: Labels
) -> None:
    rows = rows_of(plot_raster(recording.spikes.of(0), network, labels))
    assert rows[0] == pytest.approx([0.002, 0.08])  # steps 10 and 400 of 0.2 ms
    assert rows[5] == pytest.approx([0.006])
    assert rows[8] == pytest.approx([0.004])
    assert sum(map(len, rows.values())) == 4


def test_the_given_axes_are_returned_with_a_unit(recording: Recording, network: Network, labels: Labels) -> None:
    ax = Figure().subplots()
    assert plot_raster(recording.spikes.of(0), network, labels, ax=ax) is ax
    assert ax.get_xlabel() == "biological time (s)"


def test_populations_are_named_at_their_middle(recording: Recording, network: Network, labels: Labels) -> None:
    ax = plot_raster(recording.spikes.of(0), network, labels)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["input (4)", "hidden 1 (2)", "output (3)"]
    assert ax.get_yticks().tolist() == [1.5, 4.5, 7.0]


def test_excitatory_and_inhibitory_neurons_differ_in_colour_and_have_a_legend(
    recording: Recording, network: Network, labels: Labels
) -> None:
    weights_pa = np.array([[1.0, 2.0], [-1.0, 0.0], [1.0, -1.0], [0.0, 0.0]])
    wired = replace(network, projections=(Projection.all_to_all("input", "hidden_1", weights_pa, 1.0),))
    signs = [EXCITATORY, INHIBITORY, BOTH, NONE]
    assert neuron_signs(wired).tolist() == [*signs, *[NONE] * 5]
    ax = plot_raster(recording.spikes.of(0), wired, labels)
    drawn = {c.get_lineoffset(): c.get_color() for c in ax.collections if isinstance(c, EventCollection)}
    for row, sign in enumerate(signs):
        assert np.asarray(drawn[row])[:3] == pytest.approx(to_rgb(SIGN_COLOURS[sign]))
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [SIGN_NAMES[sign] for sign in signs]


def test_only_the_chosen_neurons_have_rows(recording: Recording, network: Network, labels: Labels) -> None:
    ax = plot_raster(recording.spikes.of(0), network, labels, neurons=np.array([0, 5, 8]))
    rows = rows_of(ax)
    assert (rows[0], rows[1], rows[2]) == ([0.002, 0.08], [0.006], [0.004])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        "input (1 of 4)",
        "hidden 1 (1 of 2)",
        "output (1 of 3)",
    ]
    (right,) = ax.child_axes
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["position", "right"]


def test_inputs_are_named_by_variable_and_outputs_by_action(
    recording: Recording, network: Network, labels: Labels
) -> None:
    (right,) = plot_raster(recording.spikes.of(0), network, labels).child_axes
    names = {tick.get_text(): at for tick, at in zip(right.get_yticklabels(), right.get_yticks(), strict=True)}
    assert names == {"position": 0.5, "velocity": 2.5, "left": 6.0, "none": 7.0, "right": 8.0}


def test_rows_too_narrow_for_a_name_stay_nameless(recording: Recording, labels: Labels) -> None:
    network = Network((Population("input", 400), Population("output", 3)), (), input="input", output="output")
    names = replace(labels, inputs=("position",) * 200 + ("velocity",) * 200)
    (right,) = plot_raster(recording.spikes.of(0), network, names).child_axes
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["position", "velocity"]


def test_where_no_name_has_space_some_rows_have_their_numbers(recording: Recording, labels: Labels) -> None:
    network = Network((Population("neurons", 100),), (), input="neurons", output="neurons")
    names = replace(labels, inputs=(), outputs=tuple(f"output {k}" for k in range(100)))
    (right,) = plot_raster(recording.spikes.of(0), network, names, height_inch=100 * 0.05).child_axes
    shown = [tick.get_text() for tick in right.get_yticklabels()]
    assert shown[:3] == ["neuron 0", "neuron 3", "neuron 6"]  # a name needs 0.13 inches, three rows


@pytest.mark.parametrize("observed", [0, 1])
def test_the_figure_sets_an_observed_variable_the_action_and_population_rates_above_the_spikes(
    recording: Recording, network: Network, labels: Labels, observed: int
) -> None:
    figure = draw_raster(recording, network, labels, window_ms=20.0, observed=observed)
    top, middle, *rates, raster = figure.axes
    assert top.get_ylabel() == labels.observations[observed]
    assert np.asarray(top.lines[0].get_xdata()) == pytest.approx([0.0, 0.02, 0.04, 0.06, 0.08])
    assert middle.get_ylabel() == "action"
    assert [ax.get_ylabel().replace("\n", " ") for ax in rates] == [
        "mean rate, input (Hz)",
        "mean rate, hidden 1 (Hz)",
        "mean rate, output (Hz)",
    ]
    assert len(rows_of(raster)) == network.n_neurons


def test_population_rates_are_spikes_of_a_neuron_and_second(recording: Recording, network: Network) -> None:
    rates_hz = population_rates(recording.spikes.of(0), network, np.arange(5) * 0.02)
    # Spikes at 2 ms (input), 4 ms (output), 6 ms (hidden) and 80 ms (input), the end of the fourth window of 20 ms.
    assert rates_hz["input"] == pytest.approx([12.5, 0, 0, 12.5])
    assert rates_hz["hidden_1"] == pytest.approx([25, 0, 0, 0])
    assert rates_hz["output"] == pytest.approx([50 / 3, 0, 0, 0])


def test_only_the_chosen_episodes_spikes_are_drawn(recording: Recording, network: Network, labels: Labels) -> None:
    rows = rows_of(draw_raster(recording, network, labels, window_ms=20.0, episode=1).axes[-1])
    assert {row: times for row, times in rows.items() if times} == {3: pytest.approx([0.01])}


def test_a_long_episode_is_drawn_to_its_end_with_both_clocks(
    recording: Recording, network: Network, labels: Labels
) -> None:
    figure = draw_raster(recording, network, labels, window_ms=2000.0)
    figure.draw_without_rendering()
    assert figure.axes[-1].get_xlim() == pytest.approx((0.0, 8.0))
    (above,) = figure.axes[0].child_axes
    assert above.get_xlabel() == "environment step"
    assert above.get_xlim() == pytest.approx((0.0, 4.0))


def test_a_part_of_the_time_is_drawn(recording: Recording, network: Network, labels: Labels) -> None:
    figure = draw_raster(recording, network, labels, window_ms=20.0, steps=(1, 4))
    raster = figure.axes[-1]
    assert raster.get_xlim() == pytest.approx((0.02, 0.08))
    assert {row: times for row, times in rows_of(raster).items() if times} == {0: pytest.approx([0.08])}
    assert "steps 1 to 4 of 4" in figure.get_suptitle()


def test_windows_have_borders_unless_they_are_too_many(recording: Recording, network: Network, labels: Labels) -> None:
    def borders(n_windows: int) -> list[float]:
        edges_s = np.linspace(0.0, 0.08, n_windows + 1)
        ax = plot_spikes(recording.spikes.of(0), network, labels, edges_s)
        lines = next((c for c in ax.collections if c.get_label() == "windows"), None)
        return [] if lines is None else [float(np.asarray(path.vertices)[0, 0]) for path in lines.get_paths()]

    assert borders(4) == pytest.approx([0.0, 0.02, 0.04, 0.06, 0.08])
    assert borders(MOST_BORDERS + 1) == []


def test_where_spikes_would_run_into_one_another_rates_are_drawn(
    recording: Recording, network: Network, labels: Labels
) -> None:
    n = MOST_SPIKES + 1
    busy = Spikes(np.zeros(n, np.int64), np.full(n, 4), np.arange(1, n + 1), resolution_ms=0.2)
    edges_s = np.array([0.0, 0.02, 0.04, 0.06])
    ax = plot_spikes(busy, network, labels, edges_s)
    rates_hz = np.asarray(ax.collections[0].get_array())
    assert rates_hz.shape == (9, 3)
    assert rates_hz[4] == pytest.approx([5000.0, 5000.0, (n - 200) / 0.02])  # a spike in each step of 0.2 ms
    assert not np.delete(rates_hz, 4, axis=0).any()
    assert "rates" in ax.get_xlabel()
    fewer = plot_spikes(busy, network, labels, edges_s[:2])  # 100 spikes
    assert len(rows_of(fewer)[4]) == 100


def test_output_neurons_that_are_read_by_their_membranes_have_these_and_no_empty_rows(
    recording: Recording, network: Network, labels: Labels
) -> None:
    membranes = Membranes(np.arange(1, 401) * 0.2, np.full((1, 9, 400), -60.0))
    panels = membrane_panels(membranes, network.output_neurons, labels.actions)
    figure = draw_raster(recording, network, replace(labels, outputs=()), window_ms=20.0, membranes=panels, episode=1)
    names = [ax.get_ylabel().replace("\n", " ") for ax in figure.axes]
    assert names[2:5] == ["membrane, left (mV)", "membrane, none (mV)", "membrane, right (mV)"]
    assert not [name for name in names if "output" in name]
    assert len(rows_of(figure.axes[-1])) == 6
    assert np.asarray(figure.axes[2].lines[0].get_ydata()) == pytest.approx(np.full(400, -60.0))


def test_neurons_without_a_membrane_have_no_panel() -> None:
    v_mv = np.stack([np.full(3, np.nan), np.zeros(3)])[None]
    panels = membrane_panels(Membranes(np.arange(3.0), v_mv), [0, 1], ["source", "neuron"])
    assert [panel.label for panel in panels if isinstance(panel, Trace)] == ["membrane,\nneuron (mV)"]


def test_the_first_layer_of_a_network_with_biases_is_called_so(network: Network, labels: Labels) -> None:
    rows = NeuronRows.of(replace(network, bias_carrier=3), labels)
    assert [rows.spoken(name) for name, _ in rows.populations()] == ["first layer", "hidden 1", "output"]
