"""An encoder without neurons and a spiking controller, joined by a hybrid unit and trained together by PPO.

Run ``python -m benchmarks.hybrid``. A layer of ELU units takes the observations of CartPole. The hybrid unit (Zhao et
al. 2022) sums up its signal in a window, filters it, rectifies it and turns it into spikes, whose rate drives the
network of Zanatta et al. 2024. Pieces of the unit are designed, or all of them are learned with the rest.

Once trained, encoder and unit are a fixed function of the observation. They are put in front of the environment, and
the controller plays behind them as any spiking network of the package does: on unseen starts, and in NEST.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box

from benchmarks.table import print_tables
from neurosim_rl.bridge.actions import n_action_outputs
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.gradient.conversion import features, vector_of
from neurosim_rl.gradient.hybrid import ExponentialFilter, Hybrid, HybridUnit, Scale, SpikeDiscretisation, Window
from neurosim_rl.gradient.layers import Affine
from neurosim_rl.gradient.networks import Neurons, SpikingActorCritic
from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch
from neurosim_rl.gradient.training import train_generation
from neurosim_rl.optimizees import ClosedLoop, create_optimizee, learner_settings
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure

TASK = "cart-pole"
PIECES = ("designed", "learned")
HIDDEN = 64
N_REPLAYED = 10
"""Episodes that are replayed in NEST."""
_NUMBER = count()


def main() -> int:
    """Train, play on unseen starts, replay in NEST, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hybrid", description=__doc__)
    parser.add_argument("--pieces", nargs="+", choices=PIECES, default=list(PIECES), help="of the unit")
    parser.add_argument("--channels", type=int, default=16, metavar="N", help="units of the encoder")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--generations", type=int, default=10, metavar="N", help="of 40 updates each")
    parser.add_argument("--episodes", type=int, default=100, metavar="N", help="unseen starts")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    layer = {"seed": options.seed, "generations": options.generations}
    sizes = {"channels": options.channels, "episodes": options.episodes}

    def make() -> dict[str, list[dict[str, Any]]]:
        return {"trainings": [run(pieces == "learned", layer, **sizes) for pieces in options.pieces]}

    return print_tables(parser.prog, make, options.json)


def run(learn: bool, *layers: dict[str, Any], channels: int = 16, episodes: int = 100) -> dict[str, Any]:
    """Return a row of the table: a training with designed or learned pieces, and what its controller is worth.

    Parameters
    ----------
    learn : bool
        Whether the pieces of the unit are learned.
    *layers : dict
        Above the configuration of ``neurosim-rl train cart-pole --learner ppo --network snn``.
    channels : int
        Units of the encoder.
    episodes : int
        Unseen starts.
    """
    optimizee = _optimizee({"model": {"hidden": [HIDDEN]}}, *layers)
    network, n_steps = trained(optimizee, lambda task: create_hybrid(task, channels, learn))
    behind = controller(optimizee, network, channels)
    vector = vector_of(behind, network.network)
    played = evaluate_unseen(behind, vector, SerialExecutor(), first_seed=DEFAULT_FIRST_SEED, episodes=episodes)
    recording = record(behind, vector, range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + min(episodes, N_REPLAYED)))
    replayed, twin = verify(behind, vector, recording), compare_with_pytorch(behind, vector, recording)
    return {
        "pieces": "learned" if learn else "designed",
        "in front": _n_learned(network.encoder) + _n_learned(network.unit),
        "controller": behind.parameters.size,
        "training steps": n_steps,
        "mean return": f"{played.mean_return:.1f}",
        "95 % interval": "{:.1f} to {:.1f}".format(*played.ci95()),
        "spikes in NEST": replayed.spikes_compared,
        "spikes differing": replayed.spikes_differing,
        "actions differing": replayed.actions_differing + twin.actions_differing,
        "membranes differ by (mV)": twin.largest_difference_mv,
    }


def create_hybrid(optimizee: ClosedLoop, channels: int, learn: bool) -> Hybrid:
    """Return encoder, unit and controller with random weights.

    Parameters
    ----------
    optimizee : ClosedLoop
        Whose observations enter, and whose actions leave.
    channels : int
        Units of the encoder.
    learn : bool
        Whether the pieces of the unit are learned: weights of the window, decays of the filter, gains and offsets
        before the rectification, thresholds of the spikes.
    """
    environment = optimizee.environment
    n_inputs, n_outputs = len(environment.observation_low), n_action_outputs(environment.action_space)
    encoder = torch.nn.Sequential(Affine(n_inputs, channels), torch.nn.ELU())
    unit = HybridUnit(
        window=Window(2, learn),
        filter=ExponentialFilter(channels, 0.5, learn),
        nonlinearity=Scale(channels, torch.relu) if learn else torch.relu,
        discretisation=SpikeDiscretisation(channels, learn=learn),
    )
    return Hybrid(encoder, unit, SpikingActorCritic(channels, (HIDDEN,), n_outputs, Neurons()))


def trained(optimizee: ClosedLoop, create: Callable[[ClosedLoop], Hybrid]) -> tuple[Hybrid, int]:
    """Return the network after all generations, and the environment steps that it took."""
    state, n_steps = None, 0
    for generation in range(optimizee.config.generations):
        found = train_generation(optimizee, generation, state, create)
        state, n_steps = found.state, n_steps + int(found.lengths.sum())
    assert isinstance(found.network, Hybrid)
    return found.network.double(), n_steps


class Encoded(gymnasium.ObservationWrapper):
    """An environment that is observed through a function.

    Parameters
    ----------
    env : gymnasium.Env
    encode : callable
        Takes and gives an array of one dimension.
    n : int
        Numbers that it gives.
    """

    def __init__(self, env: gymnasium.Env, encode: Callable[[np.ndarray], np.ndarray], n: int) -> None:
        super().__init__(env)
        self.observation_space = Box(-np.inf, np.inf, (n,), np.float64)
        self._encode = encode

    def observation(self, observation: np.ndarray) -> np.ndarray:
        """Return what the function makes of an observation."""
        return self._encode(observation)


def controller(optimizee: ClosedLoop, network: Hybrid, channels: int) -> ClosedLoop:
    """Return the task as the spiking controller sees it, behind encoder and unit."""
    own_id, number = str(optimizee.config.environment.id), next(_NUMBER)

    def encode(observation: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            found: np.ndarray = network.encoded(features(optimizee, observation[None], torch.float64))[0].numpy()
        return found

    encoded_id = f"benchmarks/Encoded{number}-v0"  # environments of one id share a pool
    gymnasium.register(
        encoded_id,
        entry_point=lambda **kwargs: Encoded(gymnasium.make(own_id).unwrapped, encode, channels),
        max_episode_steps=optimizee.environment.step_limit,
    )
    environment = {"id": encoded_id, "observation_low": [], "observation_high": []}
    return _optimizee({"model": {"hidden": [HIDDEN]}, "environment": environment, "normalisation": {"name": "none"}})


def _optimizee(*layers: dict[str, Any]) -> ClosedLoop:
    return create_optimizee(check(configure(TASK, learner_settings(TASK, "ppo", "snn"), *layers)))


def _n_learned(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


if __name__ == "__main__":
    sys.exit(main())
