"""Records of plugins in configurations: version, digest, parts; missing and changed plugins."""

from __future__ import annotations

import hashlib
import importlib
import linecache
import re
import sys
import tomllib
import types
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.errors import ConfigurationError, PluginError
from neurosim_rl.optimizees import Settings
from neurosim_rl.settings import plugin_loading, plugins
from neurosim_rl.settings.plugin_checks import check_recorded, require_environment
from neurosim_rl.settings.plugin_digests import digest_of
from tests.own_parts import LATENCY, forgotten_afterwards

OWN: dict[str, Any] = {"encoder": {"name": "my-latency"}, "environment": {"id": "Mine-v0"}}


@pytest.fixture
def text(no_plugins: Path) -> str:
    """The text of a configuration with parts of the plugin ``mine``, which is loaded."""
    (no_plugins / "mine.py").write_text(LATENCY)
    plugins.allow("mine")
    return Settings.read(OWN).to_toml()


def test_a_configuration_records_its_plugins_with_digest_and_parts(text: str, no_plugins: Path) -> None:
    sha256 = hashlib.sha256((no_plugins / "mine.py").read_bytes()).hexdigest()
    assert tomllib.loads(text)["plugins"] == {
        "mine": {"sha256": sha256, "parts": ["environment Mine-v0", "encoder my-latency"]}
    }
    assert Settings.from_toml(text) == Settings.read(OWN)
    assert "plugins" not in tomllib.loads(Settings.read({}).to_toml())


def test_a_plugin_that_is_missing_is_an_error_that_says_how_to_add_it(text: str, no_plugins: Path) -> None:
    with forgotten_afterwards(no_plugins):
        from neurosim_rl.bridge import ENCODERS

        del ENCODERS["my-latency"]
        message = (
            "run/config.toml needs plugin 'mine' for encoder 'my-latency', which neither the command line nor a "
            "pyproject.toml names; files alone load nothing. If you trust it, add --plugin mine (in Python: "
            "plugins=['mine'])."
        )
        with pytest.raises(PluginError, match=f"^{re.escape(message)}$"):
            Settings.from_toml(text, "run/config.toml")
        assert plugin_loading.loaded() == ()


def test_an_environment_that_is_missing_is_told_when_it_is_made(text: str) -> None:
    record = {"other": {"sha256": "0", "parts": ["environment Other-v0"]}}
    check_recorded(record, "theirs.h5")
    with pytest.raises(PluginError, match=r"theirs.h5 needs plugin 'other' for environment 'Other-v0'.*other"):
        require_environment("Other-v0")
    require_environment("CartPole-v1")


def test_a_plugin_that_has_changed_is_told_once(
    text: str, no_plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    then = digest_of("mine")
    Settings.from_toml(text, "config.toml")
    assert capsys.readouterr().err == ""
    (no_plugins / "mine.py").write_text(LATENCY + "# changed\n")
    for _ in range(2):
        Settings.from_toml(text, "config.toml")
    line = (
        f"plugin 'mine' has changed since config.toml was made: source {then[:12]} then, {digest_of('mine')[:12]} now"
    )
    assert capsys.readouterr().err == f"neurosim-rl: warning: {line}. Results may differ.\n"


def test_a_plugin_that_no_longer_registers_a_part_is_named_with_its_change(text: str, no_plugins: Path) -> None:
    then = digest_of("mine")
    with forgotten_afterwards(no_plugins):
        from neurosim_rl.bridge import ENCODERS

        del ENCODERS["my-latency"]
        (no_plugins / "mine.py").write_text(LATENCY.replace('"my-latency"', '"my-new-latency"'))
        sys.modules.pop("mine")
        plugins.allow("mine")
        message = (
            "champion.h5 needs encoder 'my-latency' of plugin 'mine', which has changed since, source "
            f"{then[:12]} then, {digest_of('mine')[:12]} now, and does not register it any more."
        )
        with pytest.raises(PluginError, match=f"^{re.escape(message)}"):
            Settings.from_toml(text, "champion.h5")


@pytest.mark.parametrize("place", ["other.py", "nets/other.py"])
def test_a_part_that_another_plugin_registers_now_is_told_once(
    place: str, text: str, no_plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = no_plugins / place
    path.parent.mkdir(exist_ok=True)
    with forgotten_afterwards(no_plugins):
        from neurosim_rl.bridge import ENCODERS

        del ENCODERS["my-latency"]
        path.write_text(LATENCY)
        plugins.allow(place)
        for _ in range(2):
            Settings.from_toml(text, "champion.h5")
    assert capsys.readouterr().err == (
        f"neurosim-rl: warning: encoder 'my-latency' comes from '{place}' now, from 'mine' when champion.h5 was made. "
        "Results may differ.\n"
    )


def test_a_plugin_that_a_path_names_is_the_one_that_its_module_named(
    text: str, no_plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with forgotten_afterwards(no_plugins):
        from neurosim_rl.bridge import ENCODERS

        del ENCODERS["my-latency"]
        (no_plugins / "nets").mkdir()
        (no_plugins / "mine.py").rename(no_plugins / "nets" / "mine.py")
        sys.modules.pop("mine")
        plugins.allow("nets/mine.py")
        Settings.from_toml(text, "champion.h5")
    assert capsys.readouterr().err == ""


def test_the_digest_of_a_package_is_of_all_its_modules(no_plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = no_plugins / "whole"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "part.py").write_text("A = 1")
    monkeypatch.syspath_prepend(str(no_plugins))
    before = digest_of("whole")
    (package / "part.py").write_text("A = 2")
    assert before != digest_of("whole") != ""
    assert digest_of("absent") == ""


def test_the_digest_of_a_file_is_of_the_modules_beside_it_that_it_uses_too(
    no_plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(no_plugins))
    plugin, unused = no_plugins / "mine.py", no_plugins / "unused.py"
    plugin.write_text("import numpy, beside\nENTRY = 'world:World'\nTEXT = 'a b: c'")
    used = [no_plugins / name for name in ("beside.py", "world.py", "deeper.py", "nets/__init__.py", "nets/one.py")]
    (no_plugins / "nets").mkdir()
    for path in (*used, unused):
        path.write_text("A = 1")
    (no_plugins / "beside.py").write_text("def late():\n    from deeper import A\n    import mine")
    (no_plugins / "deeper.py").write_text("import nets.one")
    digests = [digest_of("mine")]
    for path in used:
        path.write_text(path.read_text() + "\nB = 2")
        digests.append(digest_of("mine"))
    assert len(set(digests)) == len(digests) == 6
    unused.write_text("A = 2")
    assert digest_of("mine") == digests[-1]
    (no_plugins / "world.py").write_text("def")  # which is told when it is imported
    assert digest_of("mine") not in digests


def test_parts_of_a_script_that_is_not_there_cannot_be_found_again(no_plugins: Path) -> None:
    record = {"__main__": {"parts": ["encoder of-a-cell"]}}
    with pytest.raises(PluginError, match=r"needs encoder 'of-a-cell' of a script or notebook.* --plugin MODULE"):
        check_recorded(record, "config.toml")


def run_cell(number: int, text: str, main: types.ModuleType) -> None:
    """Run a cell as IPython does, which keeps its text."""
    name = f"cell-{number}"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), vars(main))


CELL = """
import neurosim_rl as nrl
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder

@nrl.register("encoder", "of-a-cell")
class OfACell(CurrentEncoder):
    def start(self, networks):
        super().start(networks)
"""


def test_a_cell_that_has_changed_is_told(
    no_plugins: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    run_cell(1, CELL, main)
    text = Settings.read({"encoder": {"name": "of-a-cell"}}).to_toml()
    record = tomllib.loads(text)["plugins"]["__main__"]
    assert record == {"sha256": hashlib.sha256(CELL.encode()).hexdigest(), "parts": ["encoder of-a-cell"]}
    run_cell(2, "OTHER = 1", main)  # which defines no part
    Settings.from_toml(text, "champion.h5")
    assert capsys.readouterr().err == ""
    changed = CELL + "        self.first = True\n"
    run_cell(3, changed, main)
    Settings.from_toml(text, "champion.h5")
    now = hashlib.sha256(changed.encode()).hexdigest()
    assert capsys.readouterr().err == (
        "neurosim-rl: warning: the script or notebook has changed since champion.h5 was made: source "
        f"{record['sha256'][:12]} then, {now[:12]} now. Results may differ.\n"
    )


def test_a_module_that_a_script_imports_is_told_when_it_has_changed(
    no_plugins: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (no_plugins / "mine.py").write_text(LATENCY)
    monkeypatch.syspath_prepend(str(no_plugins))
    importlib.import_module("mine")
    text = Settings.read(OWN).to_toml()
    assert tomllib.loads(text)["plugins"]["mine"]["parts"] == ["encoder my-latency"]
    (no_plugins / "mine.py").write_text(LATENCY + "# changed\n")
    Settings.from_toml(text, "champion.h5")
    assert "plugin 'mine' has changed since champion.h5 was made: source" in capsys.readouterr().err


@pytest.mark.parametrize(
    "record", [3, ["mine"], {"mine": 1}, {"mine": {"sha256": 1}}, {"mine": {"parts": "encoder"}}, {"m": {"parts": [1]}}]
)
def test_a_table_that_is_no_record_is_refused(record: object, no_plugins: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"theirs.toml: \[plugins\] .*is no record of plugins"):
        check_recorded(record, "theirs.toml")
