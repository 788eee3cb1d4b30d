"""The contract of models: ours keep it, and each way to break it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge.actions import Act
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.models import MODELS, Dense, FeedForward, Model, Policy, SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_model

TORQUES = Box(np.array([-2.0, 0.0]), np.array([2.0, 5.0]), dtype=np.float64)
OF_LIF: dict[str, Any] = {"n_outputs": 3, "readout_shape": None, "read_in_shape": (4, 65), "reads_membrane": True}
OF_FUNCTION = {"build": "tests.models.pynest_functions:feed_forward"}
NEEDED: dict[str, dict[str, Any]] = {"lif": OF_LIF, "pynest": OF_FUNCTION}
CASES: list[tuple[str, dict[str, Any]]] = [(name, NEEDED.get(name, {})) for name in MODELS]
POLICIES = [name for name, cls in MODELS.items() if issubclass(cls, Policy)]
CASES += [(name, {"action_space": space}) for name in POLICIES for space in (Discrete(2, start=5), TORQUES)]
CASES += [(name, {"observations": "raw"}) for name in POLICIES]
APART = [
    name
    for name, cls in MODELS.items()
    if issubclass(cls, SpikingModel) and name not in ("lif", "pynest", "single-layer", "spatial")
]
CASES += [(name, {"spiking_input": True, "readout_shape": (3, 2)}) for name in APART]
CASES += [(name, {"read_in_shape": (4, 6)}) for name in APART]
CASES += [("feed-forward", {"mirror": True})]

SOURCES = ("of_spikes", "with_hidden")
CASES += [("pynest", {"spiking_input": True, "build": f"tests.models.pynest_functions:{name}"}) for name in SOURCES]


@pytest.mark.usefixtures("pynest_functions")
@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_model_keeps_the_contract(name: str, options: dict[str, Any]) -> None:
    check_model(MODELS[name], **options)


@dataclass(frozen=True)
class Direct(SpikingModel):
    """Synapses from each input neuron to each output neuron."""

    weight_unit_pa: float = option(500.0, "weight in pA of a gene of 1", low=0)

    @property
    def parameters(self) -> ParameterSpace:
        return ParameterSpace(Parameter("weights", (self.n_inputs, self.n_outputs), -9.0, 9.0, "500 pA", (0.0, 9.0)))

    def weights(self, genome: Genome) -> np.ndarray:
        return genome["weights"] * self.weight_unit_pa

    def network(self, genome: Genome) -> Network:
        populations = Population("in", self.n_inputs), Population("out", self.n_outputs)
        projection = Projection.all_to_all("in", "out", self.weights(genome), 1.0)
        return Network(populations, (projection,), "in", "out", resolution_ms=self.resolution_ms)

    @property
    def counts(self) -> tuple[int, int]:
        return self.n_inputs + self.n_outputs, self.n_inputs * self.n_outputs


class Unseeded(Direct):
    def weights(self, genome: Genome) -> np.ndarray:
        return super().weights(genome) * np.random.default_rng().random()


class Mutates(Direct):
    def weights(self, genome: Genome) -> np.ndarray:
        genome["weights"] *= self.weight_unit_pa
        return genome["weights"].copy()


class Ignores(Direct):
    def weights(self, genome: Genome) -> np.ndarray:
        return np.full((self.n_inputs, self.n_outputs), 1000.0)


class Weak(Direct):
    def weights(self, genome: Genome) -> np.ndarray:
        return 1e-6 * genome["weights"]


class Misfits(Direct):
    def network(self, genome: Genome) -> Network:
        return replace(super().network(genome), output="in")


class OffGrid(Direct):
    def network(self, genome: Genome) -> Network:
        return replace(super().network(genome), resolution_ms=0.2)


class Miscounts(Direct):
    @property
    def counts(self) -> tuple[int, int]:
        return self.n_inputs, 0


class UnknownNeuron(Direct):
    def network(self, genome: Genome) -> Network:
        network = super().network(genome)
        return replace(network, populations=(network.populations[0], Population("out", self.n_outputs, "iaf_psc_alpa")))


class Delays(Direct):
    """Delays by the genome, so that the smallest one of a batch changes the order of spikes: not the same layout."""

    def network(self, genome: Genome) -> Network:
        delays = np.round(1.0 + np.abs(genome["weights"]), 1)
        network = super().network(genome)
        return replace(network, projections=(replace(network.projections[0], delay_ms=delays.ravel()),))


class WrongWayBack(Direct):
    @property
    def holds_learned(self) -> bool:
        return True

    def with_learned(self, genome: Genome, weights_pa: Any) -> Genome:
        return genome


@dataclass(frozen=True)
class NotMirrored(Direct):
    """Says that it has a mirror."""

    mirror: bool = option(True, "whether weights are tied")


class Unbounded(Direct):
    @property
    def parameters(self) -> ParameterSpace:
        return ParameterSpace(Parameter("weights", (self.n_inputs, self.n_outputs), -np.inf, np.inf, "1", (0.0, 9.0)))


def test_a_model_of_ones_own_may_keep_it() -> None:
    check_model(Direct, weight_unit_pa=300.0)
    check_model(lambda: Direct(4, 2, False, 0.1, None))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Unseeded, "the same genome gives another network: expected .* got .*Draw wiring from a seed"),
        (Mutates, r"network\(\) changes its genome"),
        (Ignores, "3 random genomes give the same network; expected genes that count"),
        (Weak, r"no output neuron spikes with inputs of up to 100000 pA"),
        (Misfits, "the network has outputs 6; expected 3, as its task asks"),
        (OffGrid, r"the network has resolution_ms 0\.2; expected 0\.1"),
        (Miscounts, r"counts is \(6, 0\); the network has 9 neurons and 18 synapses"),
        (UnknownNeuron, r"playing it in NEST fails: SimulatorError: .*iaf_psc_alpa"),
        (Delays, r"playing a batch .* fails: NetworkError: .*smallest delay"),
        (WrongWayBack, r"with_learned\(\) gives a genome of other weights than the learned"),
        (NotMirrored, "mirrored currents do not give mirrored spikes"),
        (Unbounded, "parameters fails: GenomeError|has no finite bounds"),
    ],
)
def test_a_broken_spiking_model_is_told(broken: type[Model], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_model(broken)


class Averages(Dense):
    """Observations minus the mean of the batch."""

    def act(self, genomes: Any, individuals: Any) -> Act:
        act = super().act(genomes, individuals)
        return lambda observations, active: act(observations - observations.mean(axis=0), active)


class Overshoots(Dense):
    def act(self, genomes: Any, individuals: Any) -> Act:
        act = super().act(genomes, individuals)
        return lambda observations, active: act(observations, active) + 2


class Stubborn(Dense):
    def act(self, genomes: Any, individuals: Any) -> Act:
        return lambda observations, active: np.zeros(len(active), int)


class Guesses(Dense):
    def act(self, genomes: Any, individuals: Any) -> Act:
        return lambda observations, active: np.random.default_rng().integers(0, 3, len(active))


class Blind(Dense):
    def _check_finite(self, observations: np.ndarray) -> None:
        pass


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Averages, "row . alone acts otherwise than in a batch of 20"),
        (Overshoots, r"act gives .* in row .*; expected an action of Discrete\(3\)"),
        (Stubborn, "20 random genomes all act alike"),
        (Guesses, "the same genomes act otherwise"),
        (Blind, r"NaN .*expected EncodingError"),
    ],
)
def test_a_broken_policy_is_told(broken: type[Policy], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_model(broken, observations="raw")


def test_a_mirror_of_ones_own_is_played() -> None:
    def made(mirror: bool) -> FeedForward:
        reflections = Reflection.reversing(4), Reflection.reversing(2)
        return FeedForward(4, 2, False, 0.1, None, lambda: reflections, hidden=(3,), mirror=mirror)

    check_model(lambda: made(True))


def test_a_class_that_is_no_dataclass_is_told() -> None:
    with pytest.raises(ContractError, match="check_model: dict: expected a dataclass, whose options are fields"):
        check_model(dict)  # type: ignore[arg-type]
