"""Loading of plugins: from the working folder, a file, a project, a distribution; errors with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neurosim_rl.bridge import ENCODERS
from neurosim_rl.errors import PluginError
from neurosim_rl.settings import plugin_loading, plugins
from neurosim_rl.settings.plugin_records import version_of
from neurosim_rl.settings.user_code import place_of
from tests.own_parts import LATENCY

pytestmark = pytest.mark.usefixtures("no_plugins")


def test_a_module_of_the_working_folder_is_imported_by_the_first_look_at_a_name_and_not_before(
    no_plugins: Path,
) -> None:
    (no_plugins / "mine.py").write_text(LATENCY)
    plugins.allow("mine")
    assert "mine" not in sys.modules
    assert ENCODERS["my-latency"].__module__ == "mine"
    assert plugin_loading.plugin_of_environment("Mine-v0") == plugin_loading.Plugin("mine", "mine")


def test_a_file_is_a_plugin_with_the_modules_beside_it(no_plugins: Path) -> None:
    (no_plugins / "nets").mkdir()
    (no_plugins / "nets" / "beside.py").write_text("NAME = 'my-latency'")
    (no_plugins / "nets" / "mine.py").write_text(LATENCY.replace('"my-latency")', "NAME)") + "")
    text = (no_plugins / "nets" / "mine.py").read_text()
    (no_plugins / "nets" / "mine.py").write_text(f"from beside import NAME\n{text}")
    plugins.allow("nets/mine.py")
    assert "my-latency" in ENCODERS


@pytest.mark.parametrize("name", ["nets/mine", "nets/mine/", "nets/mine/__init__.py"])
def test_a_folder_of_a_package_is_a_plugin_and_allows_its_modules(name: str, no_plugins: Path) -> None:
    package = no_plugins / "nets" / "mine"
    package.mkdir(parents=True)
    (package / "encoder.py").write_text(LATENCY)
    (package / "__init__.py").write_text("from mine.encoder import Latency")
    plugins.allow(name)
    assert ENCODERS["my-latency"].__module__ == "mine.encoder"
    assert plugin_loading.loaded() == (plugin_loading.Plugin(name, "mine"),)
    plugins.require({"model": {"build": "mine.encoder:build"}})


def test_a_file_allows_its_functions_by_the_name_of_its_module(no_plugins: Path) -> None:
    (no_plugins / "nets").mkdir()
    (no_plugins / "nets" / "mine.py").touch()
    theirs = {"model": {"build": "mine:build"}}
    with pytest.raises(PluginError, match="needs module 'mine'"):
        plugins.require(theirs)
    plugins.allow("nets/mine.py")
    plugins.require(theirs)
    plugins.permit("nets/os")  # a path that is only allowed makes no module callable
    with pytest.raises(PluginError, match="needs module 'os'"):
        plugins.require({"model": {"build": "os:system"}})


def test_a_project_above_the_working_folder_has_its_plugins_at_its_own_place(
    no_plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (no_plugins / "mine.py").write_text(LATENCY)
    (no_plugins / "pyproject.toml").write_text('[tool.neurosim-rl]\nplugins = ["mine"]\n')
    (no_plugins / "deeper").mkdir()
    monkeypatch.chdir(no_plugins / "deeper")
    assert "my-latency" in ENCODERS


def test_a_distribution_names_plugins_by_entry_points(no_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (no_plugins / "mine.py").write_text(LATENCY)
    information = no_plugins / "mine_parts-1.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-parts\nVersion: 1.2\n")
    (information / "entry_points.txt").write_text("[neurosim_rl.plugins]\nparts = mine\n")
    (information / "top_level.txt").write_text("mine\n")
    monkeypatch.syspath_prepend(str(no_plugins))
    plugins.installed.cache_clear()
    try:
        assert "my-latency" in ENCODERS
        plugins.require({"model": {"build": "mine:build"}})
        from neurosim_rl.settings import plugin_records

        plugin_records._distributions.cache_clear()
        assert version_of("mine") == "1.2"
    finally:
        plugins.installed.cache_clear()
        plugin_records._distributions.cache_clear()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_typo", "plugin 'my_typo': there is no module 'my_typo' in /.* or elsewhere on Python's path"),
        ("typo.py", "plugin 'typo.py': there is no file /.*typo.py. Correct the path."),
        ("my-net.py", "plugin 'my-net.py': no module can have the name 'my-net'"),
        ("json.py", "plugin 'json.py': there is a module 'json' already, .*json/__init__.py. Rename the file."),
    ],
)
def test_a_plugin_that_is_not_there_is_told(name: str, message: str, no_plugins: Path) -> None:
    for file in ("my-net.py", "json.py"):
        (no_plugins / file).touch()
    plugins.allow(name)
    for _ in range(2):  # the second look is no more lenient
        with pytest.raises(PluginError, match=message):
            ENCODERS.get("current")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\nx = y", "mine.py:2: NameError: name 'y' is not defined"),
        ("def f(:\n    pass", "mine.py:1: SyntaxError: "),
        ("import absent_package", "mine.py:1: ModuleNotFoundError: No module named 'absent_package'"),
        ("import helper", "helper.py:3: ZeroDivisionError: division by zero"),
        ("import json\n\njson.loads('{')", "mine.py:3: JSONDecodeError: Expecting property name"),
        ("raise SystemExit(3)", "mine.py:1: SystemExit: 3"),
        (
            "import neurosim_rl as nrl\n@nrl.register('encoder', 'current')\nclass A: pass",
            "mine.py:2: encoder 'current' is taken",
        ),
    ],
)
def test_an_error_in_the_users_module_has_its_file_and_line(code: str, message: str, no_plugins: Path) -> None:
    (no_plugins / "mine.py").write_text(code)
    (no_plugins / "helper.py").write_text("\n\n1 / 0")
    plugins.allow("mine")
    with pytest.raises(PluginError, match=f"^plugin 'mine': {message}"):
        ENCODERS.get("current")


def test_an_error_of_a_part_that_plays_has_its_place_and_others_have_none(no_plugins: Path) -> None:
    (no_plugins / "mine.py").write_text("def fail():\n    return 1 / 0\n")
    plugins.allow("mine")
    plugin_loading.load_plugins()
    import mine  # type: ignore[import-not-found]

    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        mine.fail()
    assert place_of(caught.value) == "mine.py:2"
    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        1 / 0  # noqa: B018
    assert place_of(caught.value) == ""


def test_a_plugin_may_look_names_up_while_it_is_imported(no_plugins: Path) -> None:
    (no_plugins / "mine.py").write_text("from neurosim_rl.bridge import ENCODERS\nFOUND = sorted(ENCODERS)\n")
    plugins.allow("mine")
    assert "current" in ENCODERS
    assert "current" in sys.modules["mine"].FOUND
