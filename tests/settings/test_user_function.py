"""Functions of the user's by name: from modules and files, which are plugins from then on; errors in one line."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.errors import ConfigurationError, PluginError
from neurosim_rl.optimizees import Settings
from neurosim_rl.settings import plugin_loading, plugins
from neurosim_rl.settings import user_function as user_functions

user_function = partial(user_functions.user_function, "model", "build", does="It returns nodes.")
pytestmark = pytest.mark.usefixtures("no_plugins")
BUILD = "import beside\n\ndef build(nest, genome, rng):\n    return beside.NODES\n"


@pytest.fixture
def nets(no_plugins: Path) -> Path:
    """A folder with a module, and one that it imports, below the working folder."""
    folder = no_plugins / "nets"
    folder.mkdir()
    (folder / "my_net.py").write_text(BUILD)
    (folder / "beside.py").write_text("NODES = (1, 2)")
    return folder


def named(build: str) -> Any:
    """Return the function that a setting of the user's own names."""
    plugins.allow_named({"model": {"build": build}})
    return user_function(build)


def test_a_function_of_a_file_is_loaded_once_and_the_file_is_a_plugin(nets: Path) -> None:
    function = named("nets/my_net.py:build")
    assert function(None, None, None) == (1, 2)
    assert user_function("nets/my_net.py:build") is function
    assert sys.modules["my_net"].build is function  # as pickles of other processes look for it
    assert plugin_loading.Plugin("nets/my_net.py", "my_net") in plugin_loading.loaded()


def test_a_function_of_a_module_in_the_working_folder_is_that_of_its_file(
    nets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(nets)
    assert named("my_net:build") is named("my_net.py:build")


def test_a_file_that_the_command_line_names_as_a_plugin_too_is_loaded_once(nets: Path) -> None:
    (nets / "my_net.py").write_text(f"{BUILD}\nbeside.TIMES = getattr(beside, 'TIMES', 0) + 1\n")
    plugins.allow("nets/my_net.py")
    named("nets/my_net.py:build")
    assert sys.modules["beside"].TIMES == 1


def test_a_worker_finds_a_file_by_the_name_that_the_sender_gave_it(
    nets: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(plugin_loading, "_STATE", plugin_loading._State())
    sent = [plugin_loading.Plugin("nets/my_net.py", "my_net")]
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    plugins.permit("nets/my_net.py")
    plugin_loading.load_in_worker(sent, [str(nets)])
    assert user_function("nets/my_net.py:build")(None, None, None) == (1, 2)


def test_a_configuration_records_the_file_of_its_function_with_a_digest(nets: Path) -> None:
    (nets / "my_net.py").write_text(f"{BUILD}\nbuild.genes = {{'w': {{'low': 0.0, 'high': 1.0}}}}\n")
    settings = {"model": {"name": "pynest", "build": "nets/my_net.py:build"}}
    named("nets/my_net.py:build")
    # The function's file uses one beside it: both count.
    files = b"".join(f"{name}\n".encode() + (nets / name).read_bytes() for name in ("beside.py", "my_net.py"))
    sha256 = hashlib.sha256(files).hexdigest()
    record = tomllib.loads(Settings.read(settings).to_toml())["plugins"]
    assert record == {"nets/my_net.py": {"sha256": sha256, "parts": ["build nets/my_net.py:build"]}}


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        ("nets/my_net.py:biuld", ConfigurationError, r"module 'nets/my_net.py' has no function 'biuld'. Did you mean"),
        ("nets/my_net.py:beside", ConfigurationError, "has no function 'beside'"),
        ("nets/typo.py:build", PluginError, r"there is no file /.*/nets/typo\.py\. Correct the path"),
        ("nets/json.py:build", PluginError, r"there is a module 'json' already, .*json/__init__.py. Rename the file"),
        ("nets/broken.py:build", PluginError, r"nets/broken\.py:2: NameError: name 'oops' is not defined"),
        ("typo:build", PluginError, "there is no module 'typo' in /.* or elsewhere on Python's path"),
    ],
)
def test_a_function_that_is_not_there_gets_one_line_with_the_way_out(
    build: str, error: type, message: str, nets: Path
) -> None:
    (nets / "json.py").touch()
    (nets / "broken.py").write_text("x = 1\noops\n")
    with pytest.raises(error, match=message):
        named(build)
