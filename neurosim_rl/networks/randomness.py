"""Models of NEST that draw random numbers while they play, and networks that need a kernel for themselves.

NEST has one generator in each kernel: what one node draws, the next does not. A network with such models therefore
plays alone in its kernel, with a seed of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.synapses import GAP_JUNCTION

_NODES = """
ac_generator aeif_cond_alpha aeif_cond_alpha_astro aeif_cond_alpha_multisynapse aeif_cond_beta_multisynapse
aeif_cond_exp aeif_psc_alpha aeif_psc_delta aeif_psc_delta_clopath aeif_psc_exp amat2_psc_exp astrocyte_lr_1994
cm_default correlation_detector correlomatrix_detector correlospinmatrix_detector dc_generator eprop_iaf
eprop_iaf_adapt eprop_iaf_adapt_bsshslm_2020 eprop_iaf_bsshslm_2020 eprop_iaf_psc_delta eprop_iaf_psc_delta_adapt
eprop_readout eprop_readout_bsshslm_2020 glif_cond glif_psc glif_psc_double_alpha hh_cond_beta_gap_traub
hh_cond_exp_traub hh_psc_alpha hh_psc_alpha_clopath hh_psc_alpha_gap ht_neuron iaf_bw_2001 iaf_bw_2001_exact
iaf_chs_2007 iaf_chxk_2008 iaf_cond_alpha iaf_cond_alpha_mc iaf_cond_beta iaf_cond_exp iaf_cond_exp_sfa_rr
iaf_psc_alpha iaf_psc_alpha_multisynapse iaf_psc_alpha_ps iaf_psc_delta iaf_psc_delta_ps iaf_psc_exp iaf_psc_exp_htum
iaf_psc_exp_multisynapse iaf_psc_exp_ps iaf_psc_exp_ps_lossless iaf_tum_2000 ignore_and_fire izhikevich mat2_psc_exp
multimeter parrot_neuron parrot_neuron_ps rate_transformer_gauss rate_transformer_lin rate_transformer_sigmoid
rate_transformer_sigmoid_gg_1998 rate_transformer_tanh rate_transformer_threshold_lin siegert_neuron spike_generator
spike_recorder spike_train_injector spin_detector step_current_generator step_rate_generator voltmeter
volume_transmitter weight_recorder
"""
DETERMINISTIC_NODES = frozenset(_NODES.split())
"""Nodes of NEST 3.10 that draw no random numbers (by the source: no use of ``get_vp_specific_rng`` or the like).

Any other node counts as random, a model of a user's own too: alone in its kernel, it is right and slower.
"""

_SYNAPSES = """
    clopath_synapse cont_delay_synapse diffusion_connection eprop_learning_signal_connection
    eprop_learning_signal_connection_bsshslm_2020 eprop_synapse eprop_synapse_bsshslm_2020 gap_junction ht_synapse
    jonke_synapse rate_connection_delayed rate_connection_instantaneous sic_connection static_synapse
    static_synapse_hom_w stdp_dopamine_synapse stdp_facetshw_synapse_hom stdp_nn_pre_centered_synapse
    stdp_nn_restr_synapse stdp_nn_symm_synapse stdp_pl_synapse_hom stdp_synapse stdp_synapse_hom stdp_triplet_synapse
    tsodyks2_synapse tsodyks_synapse tsodyks_synapse_hom urbanczik_synapse vogels_sprekeler_synapse
"""
DETERMINISTIC_SYNAPSES = frozenset(_SYNAPSES.split())
"""Synapses of NEST 3.10 that draw no random numbers; their variants ``_lbl`` and ``_hpc`` are not listed."""

RANDOM_IF_SET = {"iaf_psc_exp": "delta", "iaf_tum_2000": "delta"}
"""Neurons with a deterministic threshold, unless this parameter makes it a soft one."""


def is_random_node(model: str, parameters: Mapping[str, Any]) -> bool:
    """Return whether a node of this model draws random numbers."""
    if model not in DETERMINISTIC_NODES:
        return True
    return model in RANDOM_IF_SET and bool(np.any(parameters.get(RANDOM_IF_SET[model], 0.0)))


def is_random_synapse(model: str) -> bool:
    """Return whether a synapse of this model draws random numbers."""
    return model.removesuffix("_lbl").removesuffix("_hpc") not in DETERMINISTIC_SYNAPSES


def random_models(
    populations: Sequence[Population], projections: Sequence[Projection], modules: Sequence[NestModule]
) -> tuple[str, ...]:
    """Return the models of a network that draw random numbers in NEST, by name.

    Parameters
    ----------
    populations : sequence of Population
    projections : sequence of Projection
    modules : sequence of NestModule
        They say which of their models are deterministic.
    """
    names = [p.model for p in populations if is_random_node(p.model, p.parameters)]
    names += [p.synapse for p in projections if is_random_synapse(p.synapse)]
    for module in modules:
        names = [name for name in names if name not in module.deterministic]
    return tuple(dict.fromkeys(names))


def reason_to_play_alone(random: Sequence[str], projections: Sequence[Projection]) -> str:
    """Return why a network needs a kernel of NEST for itself; empty: a batch of them may share one.

    Parameters
    ----------
    random : sequence of str
        The network's `random_models`.
    projections : sequence of Projection
    """
    if random:
        return f"{', '.join(random)}: NEST draws the random numbers of a kernel from one generator"
    if any(p.synapse == GAP_JUNCTION for p in projections):
        # Waveform relaxation: all of a kernel's neurons iterate until the last of them has converged.
        return f"{GAP_JUNCTION}: NEST iterates all neurons of a kernel together"
    return ""
