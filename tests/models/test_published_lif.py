"""Published neurons in NEST: spike for spike those of the published equations, stepped here by Euler's method."""

import numpy as np
import pytest

from neurosim_rl.bridge import Currents
from neurosim_rl.models.published_lif import RATE_LIMIT, input_unit_pa, neuron_parameters, weight_unit_pa
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.propagators import propagators

N_STEPS = 300
DT_S = 1e-3


def published(
    genes: dict[str, np.ndarray],
    weights: np.ndarray,
    inputs: np.ndarray,
    i: np.ndarray,
    *,
    later: int = 1,
    n_steps: int = N_STEPS,
) -> np.ndarray:
    """Return the spikes of ``LIFCell`` (Norse 1.1.0), shape (n_steps, n).

    Parameters
    ----------
    weights : array, shape (n_target, n_source)
    inputs : array, shape (n,)
        Added to the synaptic current in each step.
    i : array, shape (n,)
        Synaptic current at the beginning.
    later : int
        Steps by which a recurrent spike arrives later than published.
    """
    n = len(inputs)
    v, spikes = np.zeros(n), np.zeros((n_steps + 1 + later, n))
    for step in range(n_steps):
        i_new = i + inputs + weights @ spikes[step]  # row `step` holds the spikes of `later` + 1 steps ago
        v_decayed = v + DT_S * genes["tau_mem_inv"] * (genes["v_leak"] - v + i_new)
        i = i_new - DT_S * genes["tau_syn_inv"] * i_new
        fired = v_decayed - genes["v_th"] > 0
        v = np.where(fired, 0.0, v_decayed)
        spikes[step + 1 + later] = fired
    return spikes[1 + later :]


def simulated(simulator: str, genes: dict[str, np.ndarray], weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return the spikes of the network in a simulator of ours, shape (n_steps, n)."""
    n = len(inputs)
    rates = genes["tau_mem_inv"], genes["tau_syn_inv"]
    target, source = np.nonzero(weights)
    weight_pa = weights[target, source] * weight_unit_pa(*rates, 1.0)[target]
    network = Network(
        (Population("n", n, "iaf_psc_exp", neuron_parameters(**genes, step_ms=1.0)),),
        (Projection("n", "n", source, target, weight_pa, np.ones(len(source))),),
        "n",
        "n",
        resolution_ms=1.0,
    )
    with create_simulator(simulator) as opened:
        opened.build([network], record_spikes=True)
        for _ in range(N_STEPS // 10):
            opened.advance(Currents((inputs * input_unit_pa(rates[1]))[None]), 10.0, np.zeros(1, int))
        recorded: Spikes = opened.spikes()
    spikes = np.zeros((N_STEPS, n))
    spikes[recorded.step - 1, recorded.neuron] = 1.0
    return spikes


def random_network(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return genes, recurrent weights and inputs of a random network; inputs alone would hardly reach thresholds."""
    rng = np.random.default_rng(seed)
    n = 24
    rates = rng.uniform(10, 990, (2, n))
    if seed % 3 == 0:
        rates[1] = rates[0]  # equal time constants of membrane and synapse
    genes = {
        "v_th": rng.uniform(10.0, [250.0, 400.0][seed % 2], n),
        "v_leak": rng.uniform(0, 127, n),
        "tau_mem_inv": rates[0],
        "tau_syn_inv": rates[1],
    }
    weights = (rng.random((n, n)) < 0.15) * rng.uniform(0.1, 400, (n, n)) * np.where(rng.random(n) < 0.2, -1.0, 1.0)
    return genes, weights, DT_S * rates[1] * rng.normal(0, 80, n)


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize("seed", range(6))
def test_spikes_are_those_of_the_published_equations_with_recurrence_one_step_later(simulator: str, seed: int) -> None:
    """From the synaptic current that a constant input has led to, and for no input at all from rest."""
    genes, weights, inputs = random_network(seed)
    b = DT_S * genes["tau_syn_inv"]
    for x in (inputs, np.zeros_like(inputs)):
        expected = published(genes, weights, x, x / b - x)
        found = simulated(simulator, genes, weights, x)
        assert 200 < expected.sum() < 0.95 * expected.size
        np.testing.assert_array_equal(found, expected)
    alone = published(genes, 0 * weights, inputs, inputs / b - inputs)
    assert (alone != published(genes, weights, inputs, inputs / b - inputs)).any(
        axis=0
    ).sum() >= 3  # recurrence is heard


def test_without_recurrence_nothing_is_late() -> None:
    genes, weights, inputs = random_network(1)
    b = DT_S * genes["tau_syn_inv"]
    found = simulated("compiled", genes, 0 * weights, inputs)
    np.testing.assert_array_equal(found, published(genes, 0 * weights, inputs, inputs / b - inputs, later=0))
    assert found.sum() > 200


@pytest.mark.parametrize("seed", range(6))
def test_the_step_of_delay_does_matter(seed: int) -> None:
    genes, weights, inputs = random_network(seed)
    start = inputs / (DT_S * genes["tau_syn_inv"]) - inputs
    early, late = (published(genes, weights, inputs, start, later=later) for later in (0, 1))
    assert (early != late).any()


def test_from_no_synaptic_current_only_the_beginning_differs() -> None:
    """Theirs rises with the synaptic time constant, at most 100 ms here; then each neuron has the same rate."""
    genes, weights, inputs = random_network(2)
    genes["tau_syn_inv"] = np.maximum(genes["tau_syn_inv"], 50.0)
    expected = published(genes, 0 * weights, inputs, np.zeros_like(inputs), later=0)
    found = simulated("compiled", genes, 0 * weights, inputs)
    assert (expected[:50] != found[:50]).any()
    assert np.abs(expected[200:].sum(axis=0) - found[200:].sum(axis=0)).max() <= 1
    assert found[200:].sum() > 200


@pytest.mark.parametrize("ratio", [1.0, 1 + 1e-15, 1 + 1e-9, 1 + 1e-4, 0.5, 3.0])
@pytest.mark.parametrize("rate", [10.0, 100.0, 300.0])
def test_a_weight_moves_the_membrane_as_published_by_nests_own_propagator(rate: float, ratio: float) -> None:
    """NEST's P32 for these time constants, times the weight in pA, is what the published step gives: a w."""
    mem, syn = np.array([rate]), np.array([rate * ratio])
    p = {k: float(np.ravel(v)[0]) for k, v in neuron_parameters(mem, mem, mem, syn, 1.0).items()}
    _, p32 = propagators(p["tau_syn_ex"], p["tau_m"], p["C_m"], 1.0)
    assert p32 * weight_unit_pa(mem, syn, 1.0)[0] == pytest.approx(rate * 1e-3, rel=1e-7)


def test_the_fastest_neurons_keep_a_time_constant() -> None:
    fastest = np.array([1000.0])
    p = neuron_parameters(fastest, fastest, fastest, fastest, 1.0)
    np.testing.assert_allclose(p["tau_m"], -1 / np.log(1 - RATE_LIMIT))
    np.testing.assert_allclose(input_unit_pa(fastest), 1 / RATE_LIMIT)
    assert np.isfinite(weight_unit_pa(fastest, fastest, 1.0)).all()


def test_another_resolution_makes_other_steps_of_the_same_rates() -> None:
    """At 0.5 ms, a rate of 100 / s decays by 1 - 0.05 in a step."""
    rate = np.array([100.0])
    p = neuron_parameters(rate, rate, rate, rate, 0.5)
    np.testing.assert_allclose(np.exp(-0.5 / np.asarray(p["tau_m"])), 0.95)
    np.testing.assert_allclose(np.exp(-0.5 / np.asarray(p["tau_syn_ex"])), 0.95)
