"""Calls to workers carry what the user's script registered; a worker that cannot have it says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cloudpickle
import gymnasium
import pytest

import neurosim_rl as nrl
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.errors import PluginError
from neurosim_rl.execution import calls
from neurosim_rl.settings import plugin_loading, plugins, registered_environments
from neurosim_rl.settings.plugin_loading import Plugin
from tests.execution.calls import subtract

SCRIPT = '''
import subprocess, sys
from dataclasses import dataclass

import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv

import neurosim_rl as nrl
from neurosim_rl.bridge import ENCODERS
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.execution.calls import packed_call
from neurosim_rl.optimizees import Settings


class Mine(CartPoleEnv):
    """Mine."""


@nrl.register("encoder", "of-a-script")
@dataclass
class OfAScript(CurrentEncoder):
    """Of a script."""


gymnasium.register("ByClass-v0", entry_point=Mine, max_episode_steps=7)
gymnasium.register("ByText-v0", entry_point="__main__:Mine", max_episode_steps=8)


def look():
    made = [gymnasium.make(name) for name in ("ByClass-v0", "ByText-v0")]
    text = Settings.read({"encoder": {"name": "of-a-script"}}).to_toml()
    return ENCODERS["of-a-script"] is OfAScript, [env.spec.max_episode_steps for env in made], text


if __name__ == "__main__":
    child = "import sys; from neurosim_rl.execution.calls import call; print(call(sys.stdin.buffer.read()))"
    blob = packed_call(look, ())
    done = subprocess.run([sys.executable, "-c", child], input=blob, stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode().strip() == str(look()), done.stdout.decode()
    print(done.stdout.decode())
'''


def test_classes_and_environments_of_a_script_reach_another_process_by_value(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("(True, [7, 8], "), done.stderr
    assert r"[plugins.__main__]\nsha256 = " in done.stdout


def test_a_call_of_a_process_without_own_parts_carries_none(no_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in registered_environments.ids():  # such as that of a benchmark, which another test imported
        monkeypatch.delitem(gymnasium.registry, name)
    surroundings, _ = cloudpickle.loads(calls.packed_call(subtract, (3, 1)))
    assert (surroundings.plugins, cloudpickle.loads(surroundings.own)[0], surroundings.script) == ((), (), "")
    assert calls.call(calls.packed_call(subtract, (3, 1))) == 2
    assert not plugin_loading._STATE.is_worker  # a call that comes back to its sender changes nothing there


OF_A_PLUGIN = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv


class Mine(CartPoleEnv):
    pass


for name in ("Kept-v0", "Replaced-v0"):
    gymnasium.register(name, entry_point="mine:Mine", max_episode_steps=9)
"""


def test_an_environment_that_a_script_registers_anew_or_of_a_plugins_class_is_sent_and_is_no_plugins(
    no_plugins: Path,
) -> None:
    (no_plugins / "mine.py").write_text(OF_A_PLUGIN)
    plugins.allow("mine")
    plugin_loading.load_plugins()
    before = sent()  # tests that this process has loaded may have registered theirs
    assert not {"Kept-v0", "Replaced-v0"} & set(before)
    del gymnasium.registry["Replaced-v0"]  # Gymnasium warns of a change
    gymnasium.register("Replaced-v0", entry_point="mine:Mine", max_episode_steps=5)
    gymnasium.register("Other-v0", entry_point="mine:Mine", max_episode_steps=7)
    assert sent() == {**before, "Other-v0": 7, "Replaced-v0": 5}
    owners = [plugin_loading.plugin_of_environment(name) for name in ("Kept-v0", "Replaced-v0", "Other-v0")]
    assert owners == [Plugin("mine", "mine"), None, None]


def sent() -> dict[str, int]:
    """Return the step limit of each environment that a call carries, by id."""
    surroundings, _ = cloudpickle.loads(calls.packed_call(subtract, (3, 1)))
    return {spec.id: spec.max_episode_steps for spec in cloudpickle.loads(surroundings.own)[1]}


def test_a_worker_without_the_module_of_a_plugin_names_it(no_plugins: Path) -> None:
    surroundings = calls.Surroundings((Plugin("absent", "absent"),), (), (), cloudpickle.dumps(((), [])), "", ("", 0))
    with pytest.raises(PluginError, match=r"plugin 'absent': there is no module 'absent' in the worker's folders"):
        calls.call(cloudpickle.dumps((surroundings, b"")))


def test_a_part_that_cannot_be_sent_is_named_before_it_is_sent(no_plugins: Path) -> None:
    nrl.register("figure", "of-a-lock")(Unsendable())
    with pytest.raises(
        PluginError, match=r"test_calls.py:\d+: figure 'of-a-lock' cannot be sent to workers .*--plugin"
    ):
        calls.packed_call(subtract, (3, 1))


class Unsendable:
    """A function with a lock."""

    __qualname__ = "Unsendable"

    def __call__(self, subject: object) -> None:
        """Draw nothing."""

    def __reduce__(self) -> str:
        raise TypeError("cannot pickle a lock")


def test_parts_of_a_module_that_is_no_plugin_are_sent_by_its_name(no_plugins: Path) -> None:
    nrl.register("encoder", "of-a-module")(CurrentEncoder)
    surroundings, _ = cloudpickle.loads(calls.packed_call(subtract, (3, 1)))
    (part,), _ = cloudpickle.loads(surroundings.own)
    assert (part.name, part.part) == ("of-a-module", CurrentEncoder)
