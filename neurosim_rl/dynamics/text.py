"""Results of the protocols as tables and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.dynamics.dc import DRIVEN, TARGET, DcRecord
from neurosim_rl.dynamics.stdp import StdpRecord


def simulator_label(name: str) -> str:
    """Return the name of a simulator for figures and tables."""
    return "NEST" if name == "nest" else name


def dc_json(record: DcRecord) -> dict[str, Any]:
    """Return protocol, spikes, intervals and distances; an interval of fewer than two spikes is None."""
    p = record.protocol
    return {
        "experiment": "dc",
        "simulator": record.simulator,
        "protocol": asdict(p),
        "driven_spikes_ms": record.spikes_ms(DRIVEN).tolist(),
        "target_spikes_ms": record.spikes_ms(TARGET).tolist(),
        "interval_ms": _rounded(record.interval_ms),
        "interval_closed_form_ms": _rounded(p.membrane.interval_ms(p.current_pa)),
        "interval_closed_form_on_grid_ms": _rounded(p.membrane.interval_on_grid_ms(p.current_pa, p.resolution_ms)),
        "driven_distance_mv": record.driven_distance_mv,
        "target_distance_mv": record.target_distance_mv,
    }


def _rounded(time_ms: float | None) -> float | None:
    """Return a time without its rounding errors; None for no time and for an infinite one."""
    if time_ms is None or not math.isfinite(time_ms):
        return None
    return round(time_ms, 9)


def dc_page(record: DcRecord) -> TextPage:
    """Return spikes, intervals and distances as a table."""
    found = dc_json(record)
    resolution = f"{record.protocol.resolution_ms:g} ms"
    rows = [
        ("spikes of the driven neuron (ms)", _listed(found["driven_spikes_ms"])),
        ("spikes of the target (ms)", _listed(found["target_spikes_ms"])),
        ("interspike interval of the driven neuron (ms)", _number(found["interval_ms"])),
        ("  t_ref + tau_m ln(R I / (R I - theta))", _number(found["interval_closed_form_ms"])),
        (f"  the same on the grid of {resolution}", _number(found["interval_closed_form_on_grid_ms"])),
        ("largest distance of membranes from closed forms (mV)", ""),
        ("  driven neuron, between all spikes", f"{found['driven_distance_mv']:.1e}"),
        ("  target, up to its first spike", f"{found['target_distance_mv']:.1e}"),
    ]
    return TextPage((TextTable(("", simulator_label(record.simulator)), rows),))


def stdp_json(record: StdpRecord) -> dict[str, Any]:
    """Return protocol, window, dependence on the weight, course, and distances from the closed forms."""
    window, dependence, course = record.window, record.dependence, record.course
    return {
        "experiment": "stdp",
        "simulator": record.simulator,
        "protocol": asdict(record.protocol),
        "window": {
            "dt_ms": window.dt_ms.tolist(),
            "change": window.change.tolist(),
            "expected": window.expected.tolist(),
            "largest_relative_distance": window.largest_relative_distance,
        },
        "dependence": {
            "dt_ms": dependence.dt_ms,
            "exponents": dependence.exponents.tolist(),
            "weight": dependence.weight.tolist(),
            "potentiation": dependence.change[0].tolist(),
            "depression": dependence.change[1].tolist(),
            "largest_distance": dependence.largest_distance,
        },
        "course": {
            "step_ms": course.step.tolist(),
            "weight": course.weight.tolist(),
            "reference": course.course.weight[course.step - 1].tolist(),
            "largest_relative_distance": course.largest_relative_distance,
        },
    }


def stdp_page(record: StdpRecord) -> TextPage:
    """Return distances from the closed forms, and some changes of the window, as tables."""
    window, rule = record.window, record.protocol.rule
    rows = []
    for dt, change, expected in zip(window.dt_ms, window.change, window.expected, strict=True):
        if abs(dt) in (1.0, 5.0, 10.0, 20.0, 50.0):
            rows.append((f"{dt:+g}", f"{change:+.6f}", f"{expected:+.6f}"))
    header = ("dt (ms)", simulator_label(record.simulator), "exponential")
    changes = TextTable(header, rows, right=header)
    course, exponents = record.course, ", ".join(f"{mu:g}" for mu in record.dependence.exponents)
    distances = TextTable(
        ("largest distance", ""),
        [
            (f"window, {len(window.dt_ms)} time differences (relative)", f"{window.largest_relative_distance:.1e}"),
            (
                f"dependence on the weight, mu = {exponents} (of {rule.w_max:g})",
                f"{record.dependence.largest_distance:.1e}",
            ),
            (
                f"course over {len(course.step)} pairs, from the reference (relative)",
                f"{course.largest_relative_distance:.1e}",
            ),
        ],
    )
    title = f"Change of a weight of {record.protocol.weight:g} by one pair of spikes"
    return TextPage((title, "", changes, "", distances))


def _listed(times_ms: list[float]) -> str:
    return ", ".join(f"{t:g}" for t in times_ms) or "none"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.6f}"
