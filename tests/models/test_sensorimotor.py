"""The sensorimotor network: the published table, wiring of its own seed, plausible rates, NEST's spikes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import Sensorimotor
from neurosim_rl.models.sensorimotor import EXCITATORY_PA, INHIBITORY_PA, MEMBRANE
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.training.configure import configure


def model(**options) -> Sensorimotor:
    return Sensorimotor(n_inputs=80, n_outputs=40, spiking_input=True, resolution_ms=0.5, readout_shape=None, **options)


def network(seed: int = 0, **options) -> Network:
    made = model(**options)
    return made.network(made.parameters.to_genome(made.parameters.sample(np.random.default_rng(seed))))


def published() -> Network:
    made = model()
    return made.network(made.parameters.to_genome(np.ones(made.parameters.size)))


def hasegan(**layers) -> ClosedLoop:
    return create_optimizee(configure("cart-pole-hasegan2022", layers))


def test_it_has_the_published_populations() -> None:
    sizes = {p.name: p.size for p in network().populations}
    assert sizes.pop("input") == 80
    assert sizes == {"ES": 80, "EA": 40, "IA": 10, "IAL": 10, "EM": 40, "IM": 10, "IML": 10}


@pytest.mark.parametrize(
    ("source", "target", "convergence", "weight_mv"),
    [
        ("ES", "EA", 25, 10.0),
        ("EA", "EM", 20, 6.5),
        ("EA", "IA", 15, 5.85),
        ("EA", "IAL", 15, 5.94),
        ("IA", "EA", 4, -18.0),
        ("IAL", "EA", 4, -5.0),
        ("IA", "IAL", 2, -4.5),
        ("IAL", "IAL", 1, -5.5),
        ("EM", "IM", 16, 5.85),
        ("EM", "IML", 16, 2.94),
        ("IML", "IM", 2, -2.25),
        ("IM", "IM", 1, -4.5),
    ],
)
def test_a_pathway_has_its_published_convergence_and_weight(
    source: str, target: str, convergence: int, weight_mv: float
) -> None:
    found = published()
    projection = next(p for p in found.projections if (p.source, p.target) == (source, target))
    pairs = set(zip(projection.pre.tolist(), projection.post.tolist(), strict=True))
    assert len(pairs) == projection.n_synapses == convergence * found.population(target).size
    assert set(np.bincount(projection.post)) == {convergence}
    unit = EXCITATORY_PA if weight_mv > 0 else INHIBITORY_PA
    np.testing.assert_allclose(projection.weight_pa, weight_mv * unit)


@pytest.mark.parametrize(("unit_pa", "decay"), [(EXCITATORY_PA, "tau_syn_ex"), (INHIBITORY_PA, "tau_syn_in")])
def test_the_unit_of_current_gives_a_postsynaptic_potential_of_1_mv(unit_pa: float, decay: str) -> None:
    tau_s, tau_m = MEMBRANE[decay], MEMBRANE["tau_m"]
    t = np.linspace(0, 100, 100_001)
    potential = (
        (unit_pa / MEMBRANE["C_m"]) * tau_s * tau_m / (tau_m - tau_s) * (np.exp(-t / tau_m) - np.exp(-t / tau_s))
    )
    assert potential.max() == pytest.approx(1.0, abs=2e-3)


def test_delays_lie_in_the_published_ranges_give_or_take_half_a_grid_step() -> None:
    made = network()
    half = made.resolution_ms / 2
    for projection in made.projections:
        low, high = {"IAL": (3, 12), "IML": (3, 12)}.get(projection.source, (1.8, 2.2))
        assert projection.delay_ms.min() >= low - half
        assert projection.delay_ms.max() <= high + half


def test_first_weights_lie_within_half_of_the_published_and_are_never_negative() -> None:
    parameters = model().parameters
    assert {p.name: p.shape for p in parameters.parameters} == {"weights_motor": (800,), "weights_sensory": (1000,)}
    assert set(parameters.low) == {0.0}
    genes = parameters.sample(np.random.default_rng(3))
    assert 0.5 <= genes.min() < 0.51
    assert 1.49 < genes.max() <= 1.5
    for projection in network().projections:
        signs = set(np.sign(projection.weight_pa))
        assert signs == ({-1.0} if projection.source.startswith("IA") or projection.source.startswith("IM") else {1.0})


def test_only_the_learnt_weights_differ_between_genomes() -> None:
    one, other = network(0), network(1)
    same = [np.array_equal(a.weight_pa, b.weight_pa) for a, b in zip(one.projections, other.projections, strict=True)]
    learnt = [(p.source, p.target) for p, equal in zip(one.projections, same, strict=True) if not equal]
    assert learnt == [("ES", "EA"), ("EA", "EM")]


def wiring(net: Network) -> list[list[float]]:
    return [array.tolist() for p in net.projections for array in (p.pre, p.post, p.delay_ms)]


def test_wiring_follows_its_own_seed_and_no_other() -> None:
    assert wiring(network(seed=0)) == wiring(network(seed=5))
    one, other = (hasegan(seed=seed) for seed in (1, 2))
    vector = np.ones(1800)
    assert wiring(one.network(vector)) == wiring(other.network(vector)) == wiring(network())
    assert wiring(network(wiring_seed=2)) != wiring(network())


def test_every_pathway_has_a_draw_of_its_own() -> None:
    found = network()
    fast, low = (
        next(p for p in found.projections if (p.source, p.target) == ends) for ends in (("EA", "IA"), ("EA", "IAL"))
    )
    assert fast.pre.shape == low.pre.shape
    assert not np.array_equal(fast.pre, low.pre)


def test_a_population_smaller_than_a_convergence_is_fully_connected() -> None:
    made = Sensorimotor(n_inputs=6, n_outputs=3, spiking_input=False, resolution_ms=0.1, readout_shape=None)
    assert {p.name: p.shape for p in made.parameters.parameters} == {"weights_motor": (60,), "weights_sensory": (240,)}
    found = made.network(made.parameters.to_genome(np.ones(300)))
    assert (found.input, found.n_inputs, found.n_outputs) == ("ES", 6, 3)


def played(record: Callable[[], Simulator], n_windows: int = 8) -> tuple[np.ndarray, Spikes]:
    """Return counts (n_windows, n_elements, 40) and spikes of three networks that see random observations."""
    optimizee = hasegan()
    rng = np.random.default_rng(4)
    networks = [optimizee.network(optimizee.parameters.sample(rng)) for _ in range(3)]
    rows = np.arange(3)
    optimizee.encoder.start(networks)
    counts = []
    with record() as simulator:
        simulator.build(networks, record_spikes=True)
        for _ in range(n_windows):
            observations = rng.normal(0, [1.0, 0.5, 0.09, 0.8], (3, 4))
            counts.append(simulator.advance(optimizee.encoder.encode(observations, rows, []), 50.0, rows))
        return np.array(counts), simulator.spikes()


def test_nest_and_the_compiled_simulator_give_the_same_spikes() -> None:
    counts, spikes = played(lambda: create_simulator("compiled"))
    reference_counts, reference = played(lambda: create_simulator("nest"))
    assert counts.sum() > 100
    np.testing.assert_array_equal(counts, reference_counts)
    for name in ("element", "neuron", "step"):
        np.testing.assert_array_equal(getattr(spikes, name), getattr(reference, name))


def rates_hz(optimizee: ClosedLoop, n: int = 24) -> dict[str, float]:
    """Return the mean rate of each population while n first genomes play an episode each."""
    vectors = [optimizee.parameters.sample(np.random.default_rng(k)) for k in range(n)]
    elements = [e for k in range(n) for e in optimizee.evaluation_elements([k])]
    elements = [replace(e, individual=k) for k, e in enumerate(elements)]
    episodes, spikes = (played := optimizee.play(vectors, elements, record=True)).episodes, played.spikes
    found = optimizee.network(vectors[0])
    assert spikes is not None
    counts = np.bincount(spikes.neuron, minlength=found.n_neurons)
    seconds = episodes.lengths.sum() * optimizee.config.window_ms * 1e-3
    ends = np.cumsum([p.size for p in found.populations])[:-1]
    return {p.name: part.mean() / seconds for p, part in zip(found.populations, np.split(counts, ends), strict=True)}


def test_before_learning_association_and_motor_cells_have_about_the_published_target_rates() -> None:
    rates = rates_hz(hasegan())
    assert rates["EA"] == pytest.approx(5.5, rel=0.25)
    assert rates["EM"] == pytest.approx(6.0, rel=0.25)
    assert all(3 < rates[name] < 20 for name in ("IA", "IAL", "IM", "IML"))
    # One of a variable's 20 bins spikes, at 50 Hz; each of its spikes gives one of its sensory cell.
    assert rates["input"] == pytest.approx(2.5, rel=0.1)
    assert rates["ES"] == pytest.approx(rates["input"], rel=0.03)


def mirrored() -> ClosedLoop:
    layers = {"model": {"mirror": True}, "encoder": {"tuning": {"means": [0.0] * 4}}}
    return create_optimizee(configure("cart-pole-hasegan2022", layers))


def test_a_mirrored_network_spikes_as_its_mirror_image_when_the_observation_is_mirrored() -> None:
    optimizee = mirrored()
    network = optimizee.network(optimizee.parameters.sample(np.random.default_rng(1)))
    observations = np.random.default_rng(2).normal(0, [1.0, 0.5, 0.09, 0.8], (8, 4))
    both, rows = np.concatenate([observations, -observations]), np.arange(16)
    optimizee.encoder.start([network] * 16)
    with create_simulator("compiled") as simulator:
        simulator.build([network] * 16)
        counts = [simulator.advance(optimizee.encoder.encode(both, rows, []), 50.0, rows) for _ in range(10)]
    as_seen, in_mirror = np.split(np.array(counts), 2, axis=1)
    assert as_seen.sum() > 1000
    assert not np.array_equal(as_seen, in_mirror)
    np.testing.assert_array_equal(in_mirror, optimizee.decoder.reflection().apply(as_seen))


def test_a_mirrored_network_has_half_the_genes_and_the_published_convergence() -> None:
    optimizee = mirrored()
    assert optimizee.parameters.size == 900
    mirror, plain = optimizee.network(np.arange(1.0, 901.0) / 900), published()
    assert [p.n_synapses for p in mirror.projections] == [p.n_synapses for p in plain.projections]
    motor = next(p for p in mirror.projections if (p.source, p.target) == ("EA", "EM"))
    other = optimizee.decoder.reflection().places
    synapses = {(pre, post): w for pre, post, w in zip(motor.pre, motor.post, motor.weight_pa, strict=True)}
    assert len(synapses) == 800
    assert {(39 - pre, other[post]): w for (pre, post), w in synapses.items()} == synapses


def test_a_mirrored_network_needs_pairs_and_holds_nothing_learned() -> None:
    with pytest.raises(ConfigurationError, match=r"encoder\.tuning\.means\[0\] is not 0"):
        hasegan(model={"mirror": True}).parameters  # noqa: B018
    made = mirrored().model
    assert isinstance(made, Sensorimotor)
    assert not made.holds_learned
    with pytest.raises(ConfigurationError, match=r"model\.mirror = true ties weights"):
        made.with_learned({}, [])
    odd = replace(made, n_outputs=3, reflections=lambda: (Reflection.reversing(80), Reflection.reversing(3)))
    with pytest.raises(ConfigurationError, match="3 neurons of EM, some of which are their own mirror image"):
        odd.parameters  # noqa: B018
