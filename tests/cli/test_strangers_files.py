"""Files from strangers: a module that only a file names is imported by no command."""

import dataclasses
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.cli import main
from neurosim_rl.cli.main import OneLineParser
from neurosim_rl.cli.run_options import add_settings, requested
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion, shipped_champions
from neurosim_rl.settings import plugins
from neurosim_rl.training.configure import configure

STUDY = """
name = "theirs"
seeds = "1-2"
[grid]
task = ["cart-pole"]
"environment.id" = ["strangers_module:X-v0"]
[settings]
"environment.observation_low" = [-2.4, -3.0, -0.21, -3.0]
"environment.observation_high" = [2.4, 3.0, 0.21, 3.0]
"""
BOUNDS: dict[str, list[float]] = {
    "observation_low": [-2.4, -3.0, -0.21, -3.0],
    "observation_high": [2.4, 3.0, 0.21, 3.0],
}
"""Bounds of cart-pole's observations: facts of a task do not apply in another environment."""
SET_BOUNDS = [word for key, value in BOUNDS.items() for word in ("--set", f"environment.{key}={value}")]


@pytest.fixture
def strangers_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a module beside the files; importing it leaves the file that is returned."""
    canary = tmp_path / "imported"
    (tmp_path / "strangers_module.py").write_text(
        f"import gymnasium, pathlib\npathlib.Path({str(canary)!r}).touch()\n"
        "gymnasium.register('X-v0', entry_point='gymnasium.envs.classic_control:CartPoleEnv', max_episode_steps=9)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "_ALLOWED", {})
    monkeypatch.setattr("neurosim_rl.environments.spec._KNOWN", {})
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    yield canary
    sys.modules.pop("strangers_module", None)
    gymnasium.registry.pop("X-v0", None)


def theirs() -> Configuration:
    config = read_champion(shipped_champions()["cart-pole"]).config
    return config.replace(environment={**config.environment.table(), "id": "strangers_module:X-v0"})


@pytest.fixture
def champion(strangers_module: Path, tmp_path: Path) -> str:
    path = tmp_path / "champion.h5"
    dataclasses.replace(read_champion(shipped_champions()["cart-pole"]), config=theirs()).write(path)
    return str(path)


READERS = (
    ("evaluate", "--episodes", "1", "--workers", "1"),
    ("verify",),
    ("plot", "--out", "figures"),
    ("analyse", "--no-figures"),
    ("record", "--out", "film.gif"),
    ("export", "--nir", "network.nir"),
)


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_commands_that_need_the_environment_of_a_champion_name_its_module_and_import_nothing(
    command: tuple[str, ...], champion: str, strangers_module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([command[0], champion, *command[1:]])
    err = capsys.readouterr().err
    assert not strangers_module.exists()
    assert (code, err.count("\n")) == (2, 1)
    assert "champion.h5 needs module 'strangers_module'" in err
    assert "--plugin strangers_module" in err


def test_show_imports_nothing_and_says_what_the_champion_needs(
    champion: str, strangers_module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", champion]) == 0
    assert (
        "needs strangers_module, which only the run's file names. Other commands load nothing by that: add --plugin"
        in capsys.readouterr().out
    )
    assert not strangers_module.exists()


def test_show_makes_no_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("neurosim_rl.environments.spec.make", None)
    monkeypatch.setattr("neurosim_rl.environments.spec._KNOWN", {})
    assert main(["show", "champion:hopper-spatial"]) == 0
    assert "genes of model" in capsys.readouterr().out


def test_a_champion_with_its_plugin_plays(champion: str, strangers_module: Path) -> None:
    assert main(["evaluate", champion, "--episodes", "1", "--workers", "1", "--plugin", "strangers_module"]) == 0
    assert strangers_module.exists()


@pytest.mark.parametrize("source", ["config", "start", "run", "study"])
def test_runs_from_files_name_the_module_and_import_nothing(
    source: str, champion: str, strangers_module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if source == "config":
        (tmp_path / "theirs.toml").write_text('[environment]\nid = "strangers_module:X-v0"\n')
        words = ["evolve", "cart-pole", "--config", "theirs.toml"]
    elif source == "start":
        words = ["evolve", "cart-pole", "--start-from", champion]
    elif source == "run":
        RunFolder.create(tmp_path / "run", theirs())
        words = ["resume", "run", "--workers", "1"]
    else:
        (tmp_path / "theirs.toml").write_text(STUDY)
        words = ["study", "theirs.toml", "--workers", "1", "--no-figures"]
    assert main(words) == 2
    error = capsys.readouterr().err.strip().split("\n")[-1]
    assert "needs module 'strangers_module'" in error
    assert not strangers_module.exists()


def test_a_module_that_the_command_line_names_itself_needs_no_plugin(strangers_module: Path) -> None:
    parser = OneLineParser()
    add_settings(parser)
    words = ["cart-pole", "--set", "environment.id=strangers_module:X-v0", *SET_BOUNDS]
    assert requested(parser.parse_args(words)).environment.id == "strangers_module:X-v0"
    assert plugins.options_to_repeat() == ["--plugin", "strangers_module"]


def test_a_module_that_a_python_call_names_needs_no_plugin(strangers_module: Path) -> None:
    configure("cart-pole", environment={"id": "strangers_module:X-v0", **BOUNDS})
    assert strangers_module.exists()


def test_worker_processes_know_the_plugins(champion: str, strangers_module: Path) -> None:
    assert main(["evaluate", champion, "--episodes", "4", "--workers", "2", "--plugin", "strangers_module"]) == 0


def test_job_scripts_repeat_the_plugins(
    strangers_module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs.toml").write_text(STUDY)
    of_one_run = ["cart-pole", "--set", "environment.id=strangers_module:X-v0", *SET_BOUNDS]
    for words in (of_one_run, ["--study", "theirs.toml"]):
        assert main(["submit", *words, "--plugin", "strangers_module", "--dry-run"]) == 0
        assert "--plugin strangers_module" in capsys.readouterr().out


def test_control_characters_of_a_champion_are_shown_and_not_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    champion = read_champion(shipped_champions()["cart-pole"])
    provenance = {**champion.provenance, "command": "\x1b]0;owned\x07\u202eabc\nnext"}
    dataclasses.replace(champion, provenance=provenance).write(tmp_path / "theirs.h5")
    assert main(["show", str(tmp_path / "theirs.h5")]) == 0
    shown = capsys.readouterr().out
    assert r"by \x1b]0;owned\x07\u202eabc" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_control_characters_in_an_error_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "\x1b[31mabsent"]) == 2
    assert r"\x1b[31mabsent" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--format", "rst"]])
def test_the_table_of_a_finished_study_is_printed_and_nothing_is_written(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "studies"
    shutil.copy(folder / "elites" / "study.h5", tmp_path)
    table = tmp_path / "study.h5"
    assert main(["study", str(folder / "elites.toml"), "--table", str(table), *words]) == 0
    assert capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["study.h5"]


FORGED = "evolve\nneurosim-rl: verified\r\u2028\x1b]0;x\x07"


@pytest.mark.parametrize("option", [(), ("--provenance",)])
def test_a_text_of_a_champion_forges_no_line(
    option: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original = read_champion(shipped_champions()["cart-pole"])
    texts = {"versions": {FORGED: FORGED}, "command": FORGED, FORGED: [FORGED], "host": {"a": FORGED}}
    changes: dict[str, Any] = {"stage_failures": {FORGED: "x", "recording": "out of memory"}, "chosen_by": FORGED}
    path = tmp_path / "champion.h5"
    dataclasses.replace(original, provenance=texts, missing=(FORGED,), **changes).write(path)
    assert main(["show", str(path), *option]) == 0
    out = capsys.readouterr().out
    assert "evolve\\nneurosim-rl: verified\\r\\u2028\\x1b]0;x\\x07" in out
    assert not [line for line in out.splitlines() if line.startswith("neurosim-rl: verified")]


def test_a_cell_of_a_table_forges_no_row() -> None:
    table = TextTable(["name", "value"], [["a\nb", "1"]])
    assert str(table) == "name  value\na\\nb  1"
