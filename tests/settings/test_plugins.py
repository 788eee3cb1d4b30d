"""Plugins: what files name is used only if the user names it too."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.api.registering import HOMES, LATE
from neurosim_rl.errors import PluginError
from neurosim_rl.settings import plugins
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.settings.named_modules import PART_MODULES, names_in

NAMES_A_MODULE = {"environment": {"id": "strangers_module:X-v0"}}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin without plugins, in an empty folder, and leave none behind."""
    monkeypatch.setattr(plugins, "_ALLOWED", {})
    monkeypatch.setattr(plugins, "_NAMED_BY", {})
    monkeypatch.setattr(plugins, "_OWN_FILES", set())
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.chdir(tmp_path)


def test_a_module_that_only_a_file_names_is_refused_with_the_file_and_the_option() -> None:
    with pytest.raises(
        PluginError, match=r"run/config.toml needs module 'strangers_module'.*--plugin strangers_module"
    ):
        plugins.require(NAMES_A_MODULE, "run/config.toml")


def test_the_file_that_named_a_module_is_remembered() -> None:
    plugins.note(NAMES_A_MODULE, "theirs.h5")
    with pytest.raises(PluginError, match=r"^theirs.h5 needs module"):
        plugins.require(NAMES_A_MODULE)


@pytest.mark.parametrize("plugin", ["strangers_module", "strangers_module.environments"])
def test_an_allowed_module_and_modules_inside_it_pass(plugin: str) -> None:
    plugins.allow(plugin)
    plugins.require({"environment": {"id": f"{plugin}.deeper:X-v0"}})


@pytest.mark.parametrize("plugin", ["strangers", "strangers_module.part", "strangers_module2"])
def test_a_module_of_a_similar_name_or_a_part_of_it_does_not_allow_it(plugin: str) -> None:
    plugins.allow(plugin)
    with pytest.raises(PluginError, match="needs module"):
        plugins.require(NAMES_A_MODULE)


@pytest.mark.parametrize("folder", [".", "below/deeper"])
def test_the_project_of_the_working_folder_or_above_allows_its_plugins(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.neurosim-rl]\nplugins = ["strangers_module"]\n')
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / folder)
    plugins.require(NAMES_A_MODULE)
    assert plugins.options_to_repeat() == []
    assert plugins.options_to_repeat(with_project=True) == ["--plugin", "strangers_module"]


def test_a_projects_list_that_is_no_list_of_names_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.neurosim-rl]\nplugins = 3\n")
    with pytest.raises(PluginError, match="plugins = 3: expected a list of names"):
        plugins.allowed()


def test_a_loaded_module_is_allowed_because_it_runs_nothing_anew() -> None:
    plugins.require({"environment": {"id": "json:X-v0"}})


@pytest.mark.parametrize("value", ["/etc/passwd", "../up.xml", "~/body.xml", "a\\b", "there.xml"])
def test_a_path_that_only_a_file_names_is_refused_wherever_it_is_in_the_arguments(value: str, tmp_path: Path) -> None:
    (tmp_path / "there.xml").touch()
    settings = {"environment": {"id": "Ant-v5", "kwargs": {"deep": [{"xml_file": value}]}}}
    with pytest.raises(PluginError, match="needs file"):
        plugins.require(settings)
    plugins.allow_named(settings)
    plugins.require(settings)


def test_a_champion_to_start_from_that_only_a_file_names_is_refused() -> None:
    settings = {"ancestor": {"champion": "/somewhere/champion.h5"}}
    plugins.note(settings, "theirs.toml")
    with pytest.raises(PluginError, match=r"^theirs.toml needs file '/somewhere/champion.h5'"):
        plugins.require_file("/somewhere/champion.h5")
    plugins.allow_named(settings)
    plugins.require_file("/somewhere/champion.h5")
    assert plugins.options_to_repeat() == []  # a resumed run has a copy


def test_names_of_gymnasiums_own_files_and_other_words_are_no_paths() -> None:
    kwargs = {"xml_file": "walker2d.xml", "render_mode": "rgb_array", "include": True, "sizes": [1, 2]}
    assert plugins.names_in({"environment": {"id": "neurosim_rl/ChangingCartPole-v0", "kwargs": kwargs}}) == ()


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m"])
def test_a_name_that_no_module_can_have_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="expected the name of a module"):
        plugins.allow(name)


def test_processes_that_are_started_know_the_plugins() -> None:
    plugins.allow("my_module", "my file.xml")
    code = "from neurosim_rl.settings.plugins import given; print(*given(), sep='|')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "my_module|my file.xml\n"


def test_commands_and_calls_that_continue_repeat_the_plugins() -> None:
    assert (command_line("study"), plugins.python_argument()) == ("neurosim-rl study", "")
    plugins.allow("mine", "my file.xml")
    assert command_line("study") == "neurosim-rl study --plugin mine --plugin 'my file.xml'"
    assert plugins.python_argument() == ", plugins=['mine', 'my file.xml']"


def test_a_function_is_never_called_because_a_file_names_it_not_even_of_a_loaded_module() -> None:
    theirs = {"model": {"name": "pynest", "build": "os:system"}}
    with pytest.raises(PluginError, match=r"theirs.toml needs module 'os'"):
        plugins.require(theirs, "theirs.toml")
    mine = {"model": {"build": "nets/my_net.py:build"}}
    plugins.allow_named(mine)
    plugins.require(mine)
    assert plugins.given() == ("nets/my_net.py",)


def test_names_of_parts_are_modules_that_must_be_allowed() -> None:
    settings = {"task": "tasks:Mine", "encoder": {"name": "codes:A", "tuning": {"name": "tunings.deep:B"}}}
    assert plugins.names_in(settings) == ("tasks", "codes", "tunings.deep")
    assert plugins.names_in({"task": "cart-pole", "ancestor": {"champion": "champion:hopper"}}) == ()


@pytest.mark.parametrize(
    "module",
    [
        "neurosim_rl.__main__",
        "neurosim_rl.cli.__main__",
        "neurosim_rl.l2l_experiments.__main__",
        "neurosim_rl.bridge.__main__",
        "neurosim_rl.testing.making",
        "neurosim_rl_other",
        "gymnasium.utils.play",
        "gymnasium.envs.__main__",
        "gymnasium.wrappers_of_mine",
    ],
)
@pytest.mark.parametrize(
    "settings",
    [
        lambda module: {"encoder": {"name": f"{module}:X"}},
        lambda module: {"environment": {"id": f"{module}:X-v0"}},
        lambda module: {"environment": {"wrappers": [{"name": f"{module}:X"}]}},
        lambda module: {"environment": {"kwargs": {"deep": [{"env_id": f"{module}:X-v0"}]}}},
        lambda module: {"environment": {"wrappers": [{"name": "TimeLimit", "more": {"env_id": f"{module}:X-v0"}}]}},
    ],
    ids=["part", "environment", "wrapper", "argument", "argument of a wrapper"],
)
def test_a_module_that_holds_no_parts_is_not_loaded_because_a_file_names_it(
    monkeypatch: pytest.MonkeyPatch, module: str, settings: Callable[[str], dict[str, Any]]
) -> None:
    monkeypatch.delitem(sys.modules, module, raising=False)  # a loaded one runs nothing anew
    with pytest.raises(PluginError, match=f"c.h5 needs module '{module}', which neither"):
        plugins.require(settings(module), "c.h5")


def test_parts_of_the_packages_own_modules_need_no_plugin() -> None:
    for module in ("neurosim_rl.bridge.latency", "gymnasium", "gymnasium.wrappers", "gymnasium.envs.classic_control"):
        assert not names_in({"encoder": {"name": f"{module}:X"}, "environment": {"kwargs": {"env_id": f"{module}:Y"}}})


def test_every_kind_of_part_is_in_a_module_that_files_may_name() -> None:
    homes = {home for kind, home in HOMES.items() if kind not in LATE}
    assert homes <= set(PART_MODULES)
