"""Units of weights and recorded variables."""

import pytest

from neurosim_rl.networks.units import common_weight_unit, variable_unit, weight_unit


@pytest.mark.parametrize(
    ("unit", "models"),
    [
        ("pA", "iaf_psc_alpha iaf_psc_exp_multisynapse aeif_psc_exp hh_psc_alpha_gap glif_psc gif_psc_exp eprop_iaf"),
        ("mV", "iaf_psc_delta aeif_psc_delta pp_psc_delta izhikevich iaf_psc_delta_ps"),
        ("nS", "iaf_cond_exp aeif_cond_alpha hh_cond_exp_traub glif_cond gif_cond_exp iaf_chxk_2008"),
        ("1", "parrot_neuron ignore_and_fire ht_neuron lin_rate_ipn"),
        ("model unit", "my_neuron"),
    ],
)
def test_weights_have_the_unit_that_nest_documents_for_the_model(unit: str, models: str) -> None:
    assert {weight_unit(model) for model in models.split()} == {unit}


def test_weights_onto_several_models_have_one_unit_or_none() -> None:
    assert common_weight_unit(["iaf_psc_exp", "iaf_psc_alpha"]) == "pA"
    assert common_weight_unit(["iaf_psc_exp", "iaf_cond_exp"]) == "units of the targets"


def test_recorded_variables_have_the_unit_of_their_name() -> None:
    assert [variable_unit(name) for name in ("V_m", "g_ex", "I_syn_ex", "w", "Act_m")] == ["mV", "nS", "pA", "pA", "1"]
