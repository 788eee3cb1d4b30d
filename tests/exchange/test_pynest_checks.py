"""What a PyNEST script cannot hold: one line with the reason."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest

from neurosim_rl.bridge import BACKGROUNDS, DECODERS, ENCODERS, NORMALISATIONS, TUNINGS, Background
from neurosim_rl.bridge.latency import LatencyEncoder
from neurosim_rl.errors import ExchangeError
from neurosim_rl.exchange.pynest import pynest_script
from neurosim_rl.exchange.pynest_background_pieces import BACKGROUND_PIECES
from neurosim_rl.exchange.pynest_checks import check_exportable
from neurosim_rl.exchange.pynest_decoder_pieces import DECODER_PIECES
from neurosim_rl.exchange.pynest_encoder_pieces import ENCODER_PIECES
from neurosim_rl.exchange.pynest_environment_pieces import acting_piece
from neurosim_rl.exchange.pynest_network_data import network_constants
from neurosim_rl.exchange.pynest_normalisation_pieces import NORMALISATION_PIECES
from neurosim_rl.exchange.pynest_piece import chosen_piece
from neurosim_rl.exchange.pynest_tuning_piece import TUNINGS_IN_WORDS
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.training.configure import configure
from tests.exchange.short_champions import recorded

WRAPPER = "tests.environments.test_wrappers:Doubled"


@dataclass
class Own(LatencyEncoder):
    """An encoder that no script knows, although its base class has a piece."""


@dataclass
class OwnBackground(Background):
    """A background that no script knows."""


def task(**settings: Any) -> ClosedLoop:
    return create_optimizee(configure("cart-pole", settings))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"model": {"name": "dense"}}, r"model 'dense': it has no neurons"),
        ({"environment": {"wrappers": [WRAPPER]}}, rf"wrapper '{WRAPPER}': scripts know those of"),
        ({"learning": {"name": "r-stdp", "when": "always"}}, r"learning 'r-stdp': weights change in every trial"),
    ],
)
def test_a_task_that_a_script_cannot_hold_is_refused_with_the_reason(settings: dict, reason: str) -> None:
    with pytest.raises(ExchangeError, match=f"a PyNEST script cannot hold {reason}"):
        check_exportable(task(**settings))


def test_an_environment_of_a_script_needs_a_module(toys: None) -> None:
    name = next(name for name, spec in gymnasium.registry.items() if "toys" in str(spec.entry_point))
    optimizee = create_optimizee(configure("cart-pole", {"environment": {"id": name}}))
    with pytest.raises(ExchangeError, match=rf"a script cannot find it; environment.id = 'tests.toys:{name}'"):
        check_exportable(optimizee)


@pytest.mark.parametrize(
    ("pieces", "registry"),
    [
        (ENCODER_PIECES, ENCODERS),
        (DECODER_PIECES, DECODERS),
        (NORMALISATION_PIECES, NORMALISATIONS),
        (TUNINGS_IN_WORDS, TUNINGS),
        (BACKGROUND_PIECES, BACKGROUNDS),
    ],
)
def test_every_part_of_the_package_has_a_piece(pieces: dict, registry: dict) -> None:
    assert set(pieces) == set(registry)


def test_a_component_without_text_is_refused_with_those_that_have_one() -> None:
    optimizee, network = task(), create_optimizee(configure("cart-pole")).network(np.zeros(130))
    with pytest.raises(ExchangeError, match=r"encoder 'current': scripts know poisson"):
        chosen_piece("encoder", {"poisson": ENCODER_PIECES["poisson"]}, optimizee, network)


@pytest.mark.parametrize(("kind", "part"), [("encoder", Own), ("background", OwnBackground)])
def test_a_part_of_a_users_own_is_refused_in_one_line(kind: str, part: type, monkeypatch: pytest.MonkeyPatch) -> None:
    registry: Any = {"encoder": ENCODERS, "background": BACKGROUNDS}[kind]
    monkeypatch.setitem(registry, "own", part)
    champion = recorded("cart-pole", **{kind: {"name": "own"}})
    with pytest.raises(ExchangeError, match=rf"cannot hold {kind} 'own': scripts know .*\. Export another champion\.$"):
        pynest_script(champion, "a.py")


def test_networks_that_are_no_data_or_have_dopamine_are_refused() -> None:
    ends = (Population("in", 1), Population("out", 1)), (), "in", "out"
    with pytest.raises(ExchangeError, match=r"cannot hold the network: a function makes it.*\(it draws\)"):
        network_constants(LiveNetwork(*ends, reason="it draws"))
    synapse = Projection.all_to_all("in", "out", np.ones((1, 1)), 1.0, "stdp_dopamine_synapse", None, "out")
    with pytest.raises(ExchangeError, match=r"cannot hold projection 'in' -> 'out': stdp_dopamine_synapse needs"):
        network_constants(Network(ends[0], (synapse,), "in", "out"))


def test_whole_numbers_that_no_float64_tells_apart_are_refused() -> None:
    huge = gymnasium.spaces.Box(0, 2**60, (1,), np.int64)
    spec: Any = SimpleNamespace(own_action_space=gymnasium.spaces.Tuple([huge]))
    with pytest.raises(ExchangeError, match=r"its whole numbers have no exact float64"):
        acting_piece(spec)
