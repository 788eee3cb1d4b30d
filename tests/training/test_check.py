"""What a run would fail by is refused before it begins: by NEST, by the task, by the memory that is needed."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from benchmarks.refusals import KINDS, SIMULATORS, Refusal, outcome
from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError, NetworkError, NeurosimError, SimulatorError
from neurosim_rl.l2l_experiments.__main__ import main as l2l_main
from neurosim_rl.models import MODELS, FeedForward
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.optimizees import TASKS, CartPole, ClosedLoop, create_optimizee
from neurosim_rl.optimizees.nest_trial import MOST_SYNAPSES
from neurosim_rl.optimizees.run_size import TRIAL_UPDATES
from neurosim_rl.optimizees.trials import PlayedBatch
from neurosim_rl.simulators import create_simulator
from neurosim_rl.simulators.nest import NestSimulator
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure

V_RESET = "model.neuron_parameters={V_reset = -50.0}"
REASON = "NEST refuses the network: BadProperty: Setting status of a 'iaf_psc_alpha'"


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda x: getattr(x, "name", x))
def test_a_mistake_is_refused_in_one_line_without_a_folder_whatever_simulator_plays(
    kind: Refusal, simulator: str
) -> None:
    code, lines, is_made = outcome(kind, simulator)
    assert (code, len(lines), is_made) == (2, 1, False)
    assert kind.says in lines[0]


def test_every_command_that_begins_a_run_asks_nest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study.toml"
    study.write_text('seeds = "1-2"\n[settings]\ntask = "mountain-car"\nmodel.neuron_parameters.V_reset = -50.0\n')
    run = tmp_path / "run"
    for arguments in (
        ["evolve", "mountain-car", "--set", V_RESET, "--out", str(run)],
        ["train", "cart-pole", "--set", V_RESET, "--set", "model.neuron=iaf_psc_alpha", "--out", str(run)],
        ["submit", "mountain-car", "--dry-run", "--set", V_RESET, "--out", str(run)],
        ["submit", "mountain-car", "--dry-run", "--seeds", "1-2", "--set", V_RESET, "--out", str(run)],
    ):
        assert main(arguments) == 2, arguments
        assert REASON in capsys.readouterr().err, arguments
    assert l2l_main(["mountain-car", "--set", V_RESET, "--out", str(run)]) == 2
    assert REASON in capsys.readouterr().err
    assert not run.exists()


def test_training_by_gradients_and_runs_from_a_champion_ask_nest_too() -> None:
    wrong = {"resolution_ms": 0.0125, "window_ms": 0.025}
    with pytest.raises(NetworkError, match=r"resolution_ms is 0\.0125; expected a multiple of 0\.001 ms"):
        check(configure("cart-pole", wrong, learner="ppo"))
    wrong_neuron = {"model": {"neuron_parameters": {"V_reset": -50.0, "t_ref": 1.0}}}
    with pytest.raises(SimulatorError, match="Reset potential must be smaller"):
        check(configure("mountain-car", wrong_neuron, start_from="champion:mountain-car"))


@dataclass(frozen=True)
class WithTimeConstant(FeedForward):
    """A feed-forward network with a gene for the membrane's time constant: good at first, negative at the bound."""

    low: ClassVar[float] = -5.0

    @property
    def parameters(self) -> ParameterSpace:
        gene = Parameter("tau_m", (1,), self.low, 20.0, "1 ms", (10.0, 20.0))
        return ParameterSpace(*super().parameters.parameters, gene)

    def network(self, genome: Genome) -> Network:
        network = super().network(genome)
        parameters = {"tau_m": float(genome["tau_m"][0])}
        return replace(network, populations=tuple(replace(p, parameters=parameters) for p in network.populations))


@pytest.mark.parametrize("simulator", ["compiled", "nest"])
def test_a_gene_that_nest_refuses_only_at_its_bound_is_refused(monkeypatch, simulator: str) -> None:
    monkeypatch.setitem(MODELS, "with-time-constant", WithTimeConstant)
    config = configure("mountain-car", model={"name": "with-time-constant"}, simulator=simulator)
    with pytest.raises(SimulatorError, match="Membrane time constant must be > 0"):
        check(config)
    monkeypatch.setattr(WithTimeConstant, "low", 1.0)
    assert check(config) is config


def test_membranes_that_diverge_at_the_corners_alone_are_no_reason_to_refuse() -> None:
    # All weights far beyond what the exponential upstroke of the neuron bears; first genomes are near 0.
    steep = {"name": "feed-forward", "neuron": "aeif_psc_exp", "neuron_parameters": {}, "weight_limit": 1e9}
    config = configure("mountain-car", model={**steep, "initial_limit": 1.0}, encoder={"offset_pa": 3000.0})
    optimizee = create_optimizee(config)
    element = optimizee.training_elements(0, [0])[0]
    with create_simulator("nest") as simulator, pytest.raises(SimulatorError, match="NumericalInstability"):
        optimizee.play([optimizee.parameters.high], [element], simulator=simulator)
    assert check(config) is config


class FailingBeyond(WithTimeConstant):
    """A model that fails for extreme genomes, and does not say so by an error of this package."""

    def network(self, genome: Genome) -> Network:
        if genome["tau_m"][0] < 10.0:
            raise RuntimeError("no such network")
        return super().network(genome)


def test_a_model_that_fails_for_extreme_genomes_alone_is_no_reason_to_refuse(monkeypatch) -> None:
    monkeypatch.setitem(MODELS, "failing-beyond", FailingBeyond)
    config = configure("mountain-car", model={"name": "failing-beyond"})
    assert check(config) is config


def test_both_corners_play_a_window_in_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    spikes = []
    advance = NestSimulator.advance

    def noting(simulator: NestSimulator, *arguments: Any) -> np.ndarray:
        counts = advance(simulator, *arguments)
        spikes.append(int(counts.sum()))
        return counts

    monkeypatch.setattr(NestSimulator, "advance", noting)
    check(configure("mountain-car", simulator="compiled", model={"hidden": []}))
    first, low, high = spikes
    assert low == 0  # all synapses inhibit
    assert high > first >= 0


def test_nests_kernel_is_empty_and_free_after_a_check() -> None:
    with pytest.raises(NeurosimError, match="Reset potential"):
        check(configure("mountain-car", model={"neuron_parameters": {"V_reset": -50.0}}))
    check(configure("mountain-car"))
    import nest

    assert nest.network_size == 0
    with create_simulator("nest"):
        pass


def test_a_kernel_that_somebody_else_holds_is_noticed_before_the_run() -> None:
    with create_simulator("nest"), pytest.raises(SimulatorError, match="another NestSimulator is open"):
        check(configure("mountain-car"))


def test_nest_is_not_loaded_for_a_policy_without_neurons() -> None:
    code = (
        "import sys, neurosim_rl as nrl; from neurosim_rl.training.check import check; "
        "check(nrl.configure('mountain-car', model={'name': 'linear'})); print('nest' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Return a list to which each batch that is played adds the lengths of its episodes."""
    lengths: list[np.ndarray] = []
    play = ClosedLoop.play

    def noting(optimizee: ClosedLoop, *arguments: Any, **named: Any) -> PlayedBatch:
        batch = play(optimizee, *arguments, **named)
        lengths.append(batch.episodes.lengths)
        return batch

    monkeypatch.setattr(ClosedLoop, "play", noting)
    return lengths


def test_a_trial_is_cut_where_it_would_take_long(played: list[np.ndarray]) -> None:
    config = configure("mountain-car", window_ms=5_000.0)
    n_neurons = create_optimizee(config).network(np.zeros(create_optimizee(config).parameters.size)).n_neurons
    check(config)
    first, trial = played
    assert first == [1]  # one window in NEST
    n_updates = n_neurons * 25_000 * trial[0]
    assert trial[0] > 1
    assert n_updates <= TRIAL_UPDATES


def test_a_trial_of_many_episodes_has_two_in_a_check(played: list[np.ndarray]) -> None:
    config = configure("cart-pole", learner="r-stdp")
    assert config.learning.episodes > 2
    check(config)
    assert played[-1].size == 2


def test_a_large_network_is_built_in_part_and_wrong_weights_are_among_its_synapses(
    monkeypatch: pytest.MonkeyPatch, played: list[np.ndarray]
) -> None:
    built: list[Network] = []
    build = NestSimulator.build

    def noting(simulator: NestSimulator, networks: Sequence[Network], **named: Any) -> None:
        built.extend(networks)
        build(simulator, networks, **named)

    monkeypatch.setattr(NestSimulator, "build", noting)
    config = configure("mountain-car", model={"hidden": [2_000]}, optimizer={"population": 4}, batch_size=4)
    check(config)
    assert len(built) == 3
    limit_pa = config.model.weight_limit * config.model.weight_unit_pa
    for network, value in zip(built, (None, -limit_pa, limit_pa), strict=True):
        most = max(network.projections, key=lambda p: p.n_synapses)
        assert MOST_SYNAPSES <= most.n_synapses <= MOST_SYNAPSES + 4
        assert value is None or (most.weight_pa == value).all()
    assert len(played) == 1  # by the compiled simulator alone


class WrongRule(CartPole):
    """A task with a rule for another environment."""

    defaults: ClassVar = {**CartPole.defaults, "task": "wrong"}

    def rule(self, observations: np.ndarray) -> np.ndarray:
        return observations[:, 7]


class WrongLabels(CartPole):
    """A task with a label too many."""

    defaults: ClassVar = WrongRule.defaults
    action_labels: ClassVar = ("left", "right", "up")  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (WrongRule, r"the rule of task 'wrong' \(push .* fails in environment 'CartPole-v1': IndexError: index 7"),
        (WrongLabels, "task 'wrong' has 3 action_labels; expected 2, as its environment has. Correct WrongLabels"),
    ],
)
def test_a_task_with_facts_that_do_not_fit_its_environment_is_refused(monkeypatch, task, message: str) -> None:
    monkeypatch.setitem(TASKS, "wrong", task)
    with pytest.raises(ConfigurationError, match=message):
        check(configure("wrong"))
