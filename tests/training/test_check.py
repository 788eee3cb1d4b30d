"""What a run would fail by is refused before it begins: by NEST, by the task, by the memory that is needed."""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from benchmarks.refusals import KINDS, SIMULATORS, Refusal, outcome
from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError, NeurosimError, SimulatorError
from neurosim_rl.l2l_experiments.__main__ import main as l2l_main
from neurosim_rl.models import MODELS, FeedForward
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome, Parameter, ParameterSpace
from neurosim_rl.optimizees import TASKS, CartPole
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure

V_RESET = "model.neuron_parameters={V_reset = -50.0}"
REASON = "NEST refuses the network: BadProperty: Setting status of a 'iaf_psc_alpha' with node ID 1: Reset potential"


@pytest.mark.parametrize(
    ("kind", "simulator"), [(kind, SIMULATORS[n % 3]) for n, kind in enumerate(KINDS)], ids=lambda x: getattr(x, "name", x)
)
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
    with pytest.raises(SimulatorError, match="NEST refuses the network: KernelException: Resolution must be"):
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
    # All weights at once on one side: an exponential upstroke that NEST's integrator cannot follow.
    steep = {"name": "feed-forward", "neuron": "aeif_psc_exp", "neuron_parameters": {}, "weight_limit": 1e9}
    config = configure("mountain-car", model={**steep, "initial_limit": 1.0}, encoder={"offset_pa": 3000.0})
    network = TASKS["mountain-car"](None, config).network
    parameters = TASKS["mountain-car"](None, config).parameters
    with create_simulator("nest") as simulator, pytest.raises(SimulatorError, match="NumericalInstability"):
        simulator.build([network(parameters.low)])
        _one_window(simulator, network(parameters.low))
    assert check(config) is config


def _one_window(simulator, network: Network) -> None:
    from neurosim_rl.bridge.drive import Currents

    simulator.advance(Currents(np.full((1, network.n_inputs), 5000.0)), 20.0, np.arange(1))


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


def test_a_long_trial_is_cut_and_a_huge_network_is_tried_in_part() -> None:
    # 50 episodes of learning, windows of 50 000 steps, 2.1 million synapses: each is tried within seconds.
    check(configure("cart-pole", learner="r-stdp"))
    check(configure("mountain-car", window_ms=10_000.0))
    check(configure("mountain-car", model={"hidden": [20_000]}, optimizer={"population": 4}, batch_size=1))


class WrongRule(CartPole):
    """A task with a rule for another environment."""

    def rule(self, observations: np.ndarray) -> np.ndarray:
        return observations[:, 7]


class WrongLabels(CartPole):
    """A task with a label too many."""

    action_labels = ("left", "right", "up")


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
