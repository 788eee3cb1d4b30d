"""Two neurons under a constant current, against the closed forms."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from neurosim_rl.dynamics import DcProtocol, Membrane, run_dc
from neurosim_rl.dynamics.dc import DRIVEN, TARGET
from neurosim_rl.dynamics.dc_figure import draw_dc
from neurosim_rl.dynamics.text import dc_json, dc_page
from neurosim_rl.errors import ConfigurationError


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize(
    "protocol",
    [
        DcProtocol(),
        DcProtocol(current_pa=800.0, weight_pa=300.0, delay_ms=0.5),
        DcProtocol(current_pa=600.0, resolution_ms=0.5, membrane=Membrane(tau_m=15.0, tau_syn_ms=1.0, t_ref_ms=3.0)),
    ],
)
def test_membranes_are_the_closed_forms_and_spikes_come_at_their_interval(protocol: DcProtocol, simulator: str) -> None:
    record = run_dc(protocol, simulator)
    interval_ms = protocol.membrane.interval_on_grid_ms(protocol.current_pa, protocol.resolution_ms)
    spikes_ms = record.spikes_ms(DRIVEN)
    np.testing.assert_allclose(np.diff(spikes_ms), interval_ms, atol=1e-6)
    assert spikes_ms[0] == pytest.approx(interval_ms - protocol.membrane.t_ref_ms)
    assert len(spikes_ms) == int((protocol.duration_ms + protocol.membrane.t_ref_ms + 1e-9) / interval_ms)
    assert record.interval_ms == pytest.approx(interval_ms)
    exact_ms = protocol.membrane.interval_ms(protocol.current_pa)
    assert 0 <= interval_ms - exact_ms < protocol.resolution_ms
    assert record.driven_distance_mv < 1e-12
    assert record.target_distance_mv < 1e-12
    assert record.v_mv.shape == (2, round(protocol.duration_ms / protocol.resolution_ms))
    assert np.ptp(record.v_mv[TARGET]) > 1.0


def test_both_simulators_record_the_same_bits() -> None:
    nest, compiled = run_dc(simulator="nest"), run_dc(simulator="compiled")
    np.testing.assert_array_equal(nest.v_mv, compiled.v_mv)
    for ours, theirs in zip(nest.spike_step, compiled.spike_step, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert len(nest.spikes_ms(TARGET)) == 3


def test_a_membrane_that_is_off_is_found() -> None:
    record = run_dc(simulator="compiled")
    record.v_mv[DRIVEN, 500] += 1e-3
    record.v_mv[TARGET, 200] -= 2e-3
    assert record.driven_distance_mv == pytest.approx(1e-3)
    assert record.target_distance_mv == pytest.approx(2e-3)


def test_a_refractory_period_off_the_grid_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"t_ref_ms is 2\.05; expected a multiple of the resolution, 0\.1 ms"):
        DcProtocol(membrane=Membrane(t_ref_ms=2.05))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"current_pa": float("nan")}, r"current_pa is nan; expected a finite value"),
        ({"weight_pa": float("inf")}, r"weight_pa is inf; expected a finite value"),
        ({"resolution_ms": 0.0}, r"resolution_ms is 0\.0; expected a finite time above 0"),
        ({"resolution_ms": float("nan")}, r"resolution_ms is nan; expected a finite time above 0"),
        ({"duration_ms": -1.0}, r"duration_ms is -1\.0; expected a finite time above 0"),
    ],
)
def test_protocols_that_cannot_be_simulated_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"DcProtocol\.{message}"):
        replace(DcProtocol(), **values)


def test_a_weak_current_leaves_the_neurons_silent() -> None:
    record = run_dc(DcProtocol(current_pa=300.0), "compiled")
    assert record.interval_ms is None
    assert record.driven_distance_mv < 1e-12
    assert record.target_distance_mv == 0.0
    told = dc_json(record)
    assert told["driven_spikes_ms"] == []
    assert told["interval_closed_form_ms"] is told["interval_closed_form_on_grid_ms"] is None
    assert "spikes of the target (ms)" in str(dc_page(record))


def test_the_figure_shows_both_membranes_their_spikes_and_the_threshold() -> None:
    record = run_dc(simulator="compiled")
    axes = draw_dc(record).axes
    assert axes[1].get_xlabel() == "time (ms)"
    for neuron, ax in enumerate(axes):
        assert ax.get_ylabel() == "membrane potential (mV)"
        threshold, membrane, closed_form = ax.lines
        drawn, recorded = np.asarray(closed_form.get_ydata()), np.asarray(membrane.get_ydata())
        known = np.isfinite(drawn)
        assert drawn[known] == pytest.approx(recorded[known])
        assert known.all() == (neuron == DRIVEN)  # the reset of the target discards part of its potentials
        np.testing.assert_array_equal(threshold.get_ydata(), -55.0)
        np.testing.assert_array_equal(membrane.get_ydata(), record.v_mv[neuron])
        (spikes,) = ax.collections
        assert isinstance(spikes, LineCollection)
        marks = [segment[0, 0] for segment in spikes.get_segments()]
        assert marks == record.spikes_ms(neuron).tolist()
