"""Figure of the two neurons under a constant current: membranes and spikes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple

from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.analysis.style import BLUE, GREY, VERMILLION, axes_or_new, new_figure, styled
from neurosim_rl.dynamics.dc import DRIVEN, TARGET, DcRecord

_SPIKE_MV = 6.0
"""Height of the mark of a spike above the threshold; the model itself has no spike shape."""


@styled
def plot_membrane(record: DcRecord, neuron: int, *, colour: str = BLUE, ax: Axes | None = None) -> Axes:
    """Plot the membrane of one neuron over time, with its closed form, threshold and spikes.

    Parameters
    ----------
    record : DcRecord
    neuron : int
        ``DRIVEN`` or ``TARGET``.
    colour : str
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, 8.0, 3.0)
    membrane = record.protocol.membrane
    threshold_mv = membrane.e_l_mv + membrane.theta_mv
    ax.axhline(threshold_mv, color=GREY, linestyle="--", label="threshold")
    ax.plot(record.time_ms, record.v_mv[neuron], color=colour, linewidth=2.5, label="membrane")
    closed: dict[str, Any] = {"color": "black", "linewidth": 1.0, "linestyle": (0, (4, 4))}
    ax.plot(record.time_ms, record.closed_form_mv(neuron), **closed, label="closed form")
    spikes_ms = record.spikes_ms(neuron)
    ax.vlines(spikes_ms, threshold_mv, threshold_mv + _SPIKE_MV, colors="black", linewidth=2.0, label="spike")
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("membrane potential (mV)")
    ax.set_xlim(0.0, record.protocol.duration_ms)
    ax.set_ylim(top=threshold_mv + 1.3 * _SPIKE_MV)
    return ax


@styled
def draw_dc(record: DcRecord) -> Figure:
    """Draw the driven neuron above the target, as in figure 8 of Labady 2023."""
    figure = new_figure(9.0, 6.0)
    driven, target = figure.subplots(2, 1, sharex=True)
    plot_membrane(record, DRIVEN, colour=BLUE, ax=driven).set_xlabel("")
    plot_membrane(record, TARGET, colour=VERMILLION, ax=target)
    p = record.protocol
    driven.set_title(f"driven neuron: {p.current_pa:g} pA")
    target.set_title(f"target: {p.weight_pa:g} pA at every spike of the driven neuron, after {p.delay_ms:g} ms")
    handles, labels = driven.get_legend_handles_labels()
    handles[labels.index("membrane")] = (handles[1], target.get_legend_handles_labels()[0][1])
    if len(record.spike_step[TARGET]):
        labels[labels.index("closed form")] = "closed form (of the target: until its first spike)"
    tuples = {tuple: HandlerTuple(ndivide=None)}
    figure.legend(handles, labels, handler_map=tuples, loc="outside lower center", ncols=len(labels))
    return figure


def write_dc(record: DcRecord, out: Path) -> Path:
    """Draw ``dc.png`` into a folder and return its path.

    Raises
    ------
    RunFolderError
        When it cannot be written.
    """
    make_folder(out)
    return save_figure(draw_dc(record), out / "dc.png")
