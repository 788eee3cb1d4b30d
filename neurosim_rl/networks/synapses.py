"""Synapse models with parameters: NEST's names and defaults, and checks of the values.

The weights of a *plastic* model change during the simulation. Models that are not listed here are passed to NEST
without checks of their parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurosim_rl.errors import NetworkError, UnknownNameError
from neurosim_rl.settings.checks import unknown_name

STATIC = "static_synapse"
STDP = "stdp_synapse"
DOPAMINE = "stdp_dopamine_synapse"
GAP_JUNCTION = "gap_junction"

WITHOUT_DELAY = frozenset({GAP_JUNCTION, "rate_connection_instantaneous", "diffusion_connection"})
"""Models that act at once: their entries of ``delay_ms`` have no meaning, and NEST gets none."""
DEFAULT_DELAY_MS = 1.0
"""NEST's default delay of every synapse model: the kernel's range of delays must hold it, for those without any too."""
RECEPTOR = "receptor_type"
"""Parameter of every synapse model: the receptor of the target that gets the spike, a whole number from 0."""

SYNAPSES: dict[str, dict[str, float]] = {
    STATIC: {},
    STDP: {"tau_plus": 20.0, "lambda": 0.01, "alpha": 1.0, "mu_plus": 1.0, "mu_minus": 1.0, "Wmax": 100.0},
    DOPAMINE: {
        "A_plus": 1.0,
        "A_minus": 1.5,
        "tau_plus": 20.0,
        "tau_c": 1000.0,
        "tau_n": 200.0,
        "b": 0.0,
        "Wmin": 0.0,
        "Wmax": 200.0,
    },
}
"""NEST's default of each parameter: ``tau_...`` in ms, ``Wmin`` and ``Wmax`` in pA, others without unit.

``stdp_synapse`` (Guetig et al. 2003, J. Neurosci. 23:3697; ``models/stdp_synapse.h`` of NEST 3.10). Here w is the
weight over ``Wmax``; K_plus and K_minus are the traces of the source's and the target's spikes, with the time constants
``tau_plus`` of the synapse and ``tau_minus`` of the target population (default 20 ms). NEST counts the whole delay as
dendritic, between synapse and soma::

    a spike of the target reaches the synapse:  w += lambda * (1 - w)**mu_plus * K_plus, at most 1
    a spike of the source:                      w -= alpha * lambda * w**mu_minus * K_minus, at least 0

Both changes happen at a spike of the source: first one for each spike of the target since the source's last spike,
then one for the source's spike itself.

``stdp_dopamine_synapse`` (Izhikevich 2007, Cereb. Cortex 17:2443; Potjans et al. 2010, Front. Comput. Neurosci.
4:141): pairs of spikes change an eligibility trace c, by ``A_plus`` and ``A_minus``; c decays with ``tau_c``. Each
spike of the population `modulator` adds 1 / ``tau_n`` to the concentration of dopamine n, which decays with ``tau_n``.
The weight changes by c (n - ``b``) in each ms, within ``Wmin`` and ``Wmax``. Each parameter has one value for a whole
projection.
"""


def check_parameters(label: str, synapse: str, parameters: Mapping[str, float | np.ndarray], n_synapses: int) -> None:
    """Raise an error for an unknown parameter of a projection, or one with a wrong shape or value.

    A parameter is one number, or an array with one number for each synapse.

    Raises
    ------
    UnknownNameError
        For an unknown parameter; names the nearest match.
    NetworkError
        For a wrong shape or value.
    """
    known = SYNAPSES.get(synapse)
    for key, value in parameters.items():
        if key == RECEPTOR:
            _check_receptors(label, value, n_synapses)
            continue
        if known is not None and key not in known:
            raise _unknown(label, synapse, key, known)
        if np.shape(value) not in ((), (n_synapses,)):
            raise NetworkError(f"{label}: {key} has shape {np.shape(value)}; expected () or ({n_synapses},).")
        if np.asarray(value).dtype.kind not in "biuf" or not np.isfinite(value).all():
            raise NetworkError(f"{label}: {key} is {value!r}; expected a finite number.")
        if synapse == DOPAMINE and np.ndim(value):
            raise NetworkError(f"{label}: {key} has a value for each synapse; {DOPAMINE} has one for all.")
        if known is not None and key.startswith("tau_") and np.min(value, initial=np.inf) <= 0:
            raise NetworkError(f"{label}: {key} is {value!r}; expected a value above 0 ms.")
    if synapse == STDP and not np.all(parameters.get("Wmax", 1.0)):
        raise NetworkError(f"{label}: Wmax is {parameters['Wmax']!r}; expected a value other than 0.")


def _check_receptors(label: str, receptor: float | np.ndarray, n_synapses: int) -> None:
    values = np.asarray(receptor)
    if values.shape not in ((), (n_synapses,)) or values.dtype.kind not in "iu" or np.min(values, initial=0) < 0:
        raise NetworkError(
            f"{label}: {RECEPTOR} is {receptor!r}; expected a whole number from 0, or one for each of the {n_synapses} "
            "synapses. See nest.GetDefaults(model, 'receptor_types') of the target's model."
        )


def _unknown(label: str, synapse: str, key: str, known: Mapping[str, float]) -> UnknownNameError:
    if key == "tau_minus":
        return UnknownNameError(f"{label}: tau_minus is a parameter of the target population. Set it there.")
    if known:
        return unknown_name(f"parameter of {synapse} ({label})", key, known)
    return UnknownNameError(
        f"{label}: {synapse} has no parameters; got {key!r}. Choose a plastic synapse, such as {STDP}."
    )


def check_signs(label: str, synapse: str, parameters: Mapping[str, float | np.ndarray], weight_pa: np.ndarray) -> None:
    """Raise an error unless weights of ``stdp_synapse`` have the sign of ``Wmax``, as NEST requires.

    A weight of 0 counts as positive.

    Parameters
    ----------
    weight_pa : array, shape (..., n_synapses)

    Raises
    ------
    NetworkError
        Names the first weight with another sign.
    """
    if synapse != STDP:
        return
    largest = np.asarray(parameters.get("Wmax", SYNAPSES[STDP]["Wmax"]))
    wrong = (np.asarray(weight_pa) < 0) != (largest < 0)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0].tolist())
        bound = np.broadcast_to(largest, wrong.shape)[place]
        raise NetworkError(
            f"{label}: weight{list(place)} is {np.asarray(weight_pa)[place]:g} and Wmax is {bound:g}; expected the "
            "same sign (0 counts as positive). Set Wmax."
        )
