"""A clean slate for tests of plugins: what they load and register is forgotten afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gymnasium
import pytest

from neurosim_rl.settings import plugin_checks, plugin_loading, plugins, registry, user_code


@contextmanager
def forgotten_afterwards(folder: Path) -> Iterator[None]:
    """Work in a folder without any plugin; forget modules, parts and environments at the end."""
    modules, environments = set(sys.modules), dict(gymnasium.registry)
    parts = {kind: (dict(one._parts), dict(one._own)) for kind, one in registry.REGISTRIES.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "_ALLOWED", {})
        patch.setattr(plugins, "_NAMED_BY", {})
        patch.setattr(plugins, "_OWN_FILES", set())
        patch.setenv(plugins.VARIABLE, "")
        patch.setattr(plugin_loading, "_STATE", plugin_loading._State())
        patch.setattr(plugin_checks, "_NEEDED", {})
        patch.setattr(plugin_checks, "_TOLD", set())
        patch.setattr(user_code, "_PLACES", set())
        patch.setattr(registry, "WAITING", {})
        patch.setattr(sys, "path", list(sys.path))
        patch.chdir(folder)
        try:
            yield
        finally:
            for kind, (before, own) in parts.items():
                registry.REGISTRIES[kind]._parts, registry.REGISTRIES[kind]._own = before, own
            gymnasium.registry.clear()
            gymnasium.registry.update(environments)
            for name in set(sys.modules) - modules:
                if not name.startswith("neurosim_rl") and str(folder) in str(
                    getattr(sys.modules[name], "__file__", "")
                ):
                    del sys.modules[name]


LATENCY = '''
from dataclasses import dataclass

import gymnasium

import neurosim_rl as nrl
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder

gymnasium.register("Mine-v0", entry_point="gymnasium.envs.classic_control:CartPoleEnv", max_episode_steps=9)


@nrl.register("encoder", "my-latency")
@dataclass
class Latency(CurrentEncoder):
    """Spikes earlier."""

    longest_ms: float = nrl.option(10.0, "latency in ms", low=0)
'''
"""A plugin with an encoder and an environment."""
