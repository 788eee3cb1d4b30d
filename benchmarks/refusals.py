"""Wrong parameters and settings, each with every simulator: all are refused before the first generation."""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.cli.main import main

SIMULATORS = ("auto", "compiled", "nest")
SMALL = ("--generations", "1", "--population", "4", "--workers", "1", "--no-figures")
"""Options of a run that would end soon, if it began."""


@dataclass(frozen=True)
class Refusal:
    """One kind of mistake in the network or the grid of the task ``mountain-car``.

    Parameters
    ----------
    name : str
    settings : tuple of str
        For ``--set``.
    says : str
        Part of the message.
    """

    name: str
    settings: tuple[str, ...]
    says: str


def _neuron(values: str, says: str, model: str = "") -> Refusal:
    """Return a mistake in the parameters of all neurons, of NEST's model with a name or of the default."""
    settings = [f"model.neuron_parameters={{{values}}}"]
    if model:
        settings.append(f"model.neuron={model}")
    return Refusal(f"{model or 'iaf_psc_alpha'}: {values or 'the model itself'}", tuple(settings), says)


def _grid(says: str, **values: float) -> Refusal:
    """Return a mistake in the times of windows, steps and delays."""
    settings = []
    for name, value in values.items():
        settings.append(f"{name.replace('delay_ms', 'model.delay_ms')}={value!r}")
    return Refusal(", ".join(settings), tuple(settings), says)


KINDS = (
    _neuron("V_reset = -50.0", "Reset potential must be smaller than threshold"),
    _neuron("V_th = -75.0", "Reset potential must be smaller than threshold"),
    _neuron("tau_m = 0.0", "Membrane time constant must be > 0"),
    _neuron("tau_m = -5.0", "Membrane time constant must be > 0"),
    _neuron("C_m = 0.0", "Capacitance must be > 0"),
    _neuron("C_m = -250.0", "Capacitance must be > 0"),
    _neuron("tau_syn_ex = 0.0", "synaptic time constants must be > 0"),
    _neuron("tau_syn_ex = -2.0", "synaptic time constants must be > 0"),
    _neuron("tau_syn_in = 0.0", "synaptic time constants must be > 0"),
    _neuron("tau_syn_in = -2.0", "synaptic time constants must be > 0"),
    _neuron("t_ref = -1.0", "t_ref can't be negative"),
    _neuron("tau_minus = 0.0", "time constants must be strictly positive"),
    _neuron("tau_minus = -20.0", "time constants must be strictly positive"),
    _neuron("tau_minus_triplet = -110.0", "time constants must be strictly positive"),
    _neuron("tau_mem = 10.0", "tau_mem"),
    _neuron("v_th = -55.0", "v_th"),
    _neuron("frozen = 1.0", "frozen"),
    _neuron("t_spike = 3.0", "t_spike"),
    _neuron('tau_m = "ten"', "expected a number"),
    _neuron("tau_m = nan", "expected a number"),
    _neuron("tau_m = [10.0, 20.0]", "tau_m of iaf_psc_alpha is one number"),
    _neuron("", "iaf_psc_alfa is not a known model name", "iaf_psc_alfa"),
    _neuron("", "static_synapse is not a known model name", "static_synapse"),
    _neuron("V_reset = -50.0", "Reset potential must be smaller than threshold", "iaf_psc_exp"),
    _neuron("rho = -1.0", "Stochastic firing intensity must not be negative", "iaf_psc_exp"),
    _neuron("delta = -1.0", "Width of threshold region must not be negative", "iaf_psc_exp"),
    _neuron("V_reset = 0.0", "Reset potential must be smaller than threshold", "iaf_psc_delta"),
    _neuron("tau_syn_ex = 2.0", "tau_syn_ex", "iaf_psc_delta"),
    _neuron("Delta_T = -2.0", "Delta_T must be positive", "aeif_cond_exp"),
    _neuron("V_peak = -80.0", "V_peak >= V_th required", "aeif_cond_exp"),
    _neuron("g_Na = -1.0", "conductances must be non-negative", "hh_psc_alpha"),
    _neuron("tau_syn_ex = 0.0", "time constants must be strictly positive", "iaf_cond_exp"),
    _neuron("tau_1 = 0.0", "time constants must be strictly positive", "mat2_psc_exp"),
    _neuron("lambda_0 = -1.0", "lambda_0 must not be negative", "gif_psc_exp"),
    _neuron("tau_m = -1.0", "tau_m > 0 required", "ht_neuron"),
    _grid("multiple of 0.001 ms", resolution_ms=0.0125, delay_ms=0.0125, window_ms=20.0),
    _grid("multiple of 0.001 ms", resolution_ms=0.0015, delay_ms=0.0015, window_ms=3.0),
    _grid("delays must be multiples of the resolution", delay_ms=0.3),
    _grid("delays must be multiples of the resolution", delay_ms=0.1),
    _grid("not a multiple of the resolution", window_ms=20.1),
)


def run() -> dict[str, Any]:
    """Return a row for each kind of mistake: with which simulators it was refused in one line, without a folder."""
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        row: dict[str, Any] = {"kind": kind.name}
        for simulator in SIMULATORS:
            code, lines, is_made = outcome(kind, simulator)
            is_right = code == 2 and len(lines) == 1 and kind.says in lines[0] and not is_made
            row[simulator] = "refused" if is_right else f"code {code}: {lines[-1][:100]}"
        rows.append(row)
    refused = sum(row[simulator] == "refused" for row in rows for simulator in SIMULATORS)
    return {
        "about": "wrong parameters and settings: refused before the first generation, exit code 2, no folder",
        "rows": rows,
        "summary": f"{refused} of {len(KINDS) * len(SIMULATORS)}",
    }


def outcome(kind: Refusal, simulator: str) -> tuple[int, list[str], bool]:
    """Return exit code, error lines, and whether a run folder was made."""
    errors = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(errors), redirect_stdout(io.StringIO()):
        out = Path(folder) / "run"
        settings = []
        for setting in (*kind.settings, f"simulator={simulator}"):
            settings += ["--set", setting]
        code = main(["evolve", "mountain-car", *SMALL, *settings, "--out", str(out)])
        return code, errors.getvalue().splitlines(), out.exists()
