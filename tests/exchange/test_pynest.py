"""Champions as PyNEST scripts: run without this package, they give the recorded spikes and actions."""

import ast
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.exchange.pynest import pynest_script, write_pynest
from neurosim_rl.runs.champion import read_champion

RUN = {
    "mountain-car": [],
    "mountain-car-continuous-ppo-snn": [],
    "cart-pole-plastic": ["--steps", "60"],
    **({"swimmer": ["--steps", "60"]} if find_spec("mujoco") else {}),
}
"""Champions to run: currents and votes; pulses, delta neurons and membranes; drawn input spikes; a robot."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the files that the scripts wrote, in one process."""
    folder = tmp_path_factory.mktemp("scripts")
    words: list[str] = []
    for name, options in RUN.items():
        script = folder / f"{name}.py"
        assert main(["export", f"champion:{name}", "--pynest", str(script)]) == 0
        words += [str(script), *options, "--"]
    command = [sys.executable, "-I", str(Path(__file__).with_name("alone.py")), str(folder), *words[:-1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "printed").write_text(done.stdout)
    return folder


@pytest.mark.parametrize("name", RUN)
def test_a_script_gives_the_recorded_spikes_and_actions(name: str, played: Path) -> None:
    champion = read_champion(f"champion:{name}")
    recording, config = champion.recording, champion.config
    with np.load(played / f"{name}.npz") as file:
        neuron, step, actions, rewards = (file[key] for key in ("neuron", "step", "actions", "rewards"))
    n_windows = len(actions)
    assert n_windows == (60 if RUN[name] else recording.lengths[0])
    spikes, traces = recording.spikes.of(0), recording.traces
    among = spikes.step <= n_windows * round(config.window_ms / config.resolution_ms)
    np.testing.assert_array_equal(neuron, spikes.neuron[among])
    np.testing.assert_array_equal(step, spikes.step[among])
    np.testing.assert_array_equal(actions, traces.actions[0, :n_windows])
    np.testing.assert_array_equal(rewards, traces.rewards[0, :n_windows])
    assert len(step) > 100


def test_a_script_prints_its_return_beside_the_recorded_one(played: Path) -> None:
    returned = read_champion("champion:mountain-car").recording.returns[0]
    line = f"start 1000000: return {returned:g} (recorded: {returned:g}), 103 steps, "
    assert line in (played / "printed").read_text()  # behind the greeting of NEST


@pytest.mark.parametrize("name", ["acrobot", "cart-pole-ppo-snn", "pendulum"])
def test_a_script_imports_nest_numpy_and_gymnasium_only_and_its_lines_are_short(name: str) -> None:
    text = pynest_script(read_champion(f"champion:{name}"), "a.py")
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert imported == {"argparse", "gymnasium", "math", "nest", "numpy", "typing"}
    assert max(map(len, text.splitlines())) <= 120
    assert "$" not in text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cart-pole-dense", "model 'dense': it has no neurons, so NEST has nothing to simulate"),
        ("target-reaching-vehicle", "environment 'neurosim_rl/TargetReachingVehicle-v0': it is a part of neurosim-rl"),
    ],
)
def test_a_champion_that_a_script_cannot_hold_is_one_line_with_the_reason(
    name: str, reason: str, tmp_path: Path, capsys
) -> None:
    assert main(["export", f"champion:{name}", "--pynest", str(tmp_path / "a.py")]) == 2
    error = capsys.readouterr().err
    assert f"a PyNEST script cannot hold {reason}" in error
    assert error.count("\n") == 1


def test_both_kinds_of_file_at_once_and_options_of_the_other_kind_are_refused(tmp_path: Path, capsys) -> None:
    command = ["export", "champion:mountain-car", "--pynest", str(tmp_path / "a.py")]
    assert main([*command, "--dt", "0.1"]) == 2
    assert "--dt and --outputs concern NIR files" in capsys.readouterr().err
    assert main([*command[:3], str(tmp_path / "missing" / "a.py")]) == 2
    path = tmp_path / "missing" / "a.py"
    expected = (
        f"neurosim-rl: error: cannot write {path}: {path.parent} is no folder. Make it first, or choose another name.\n"
    )
    assert capsys.readouterr().err == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--episode", "0"], "--episode 0: 10 episodes are recorded"),
        (["--episode", "11"], "--episode 11: 10 episodes are recorded"),
        (["--seed", "-1"], "--seed and --steps: expected at least 0"),
        (["--steps", "-1"], "--seed and --steps: expected at least 0"),
    ],
)
def test_a_script_refuses_episodes_seeds_and_steps_that_there_are_not(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    write_pynest(read_champion("champion:mountain-car"), path)
    script = runpy.run_path(str(path))
    monkeypatch.setattr(sys, "argv", [str(path), *words])
    with pytest.raises(SystemExit, match="2"):
        script["main"]()
    assert f"error: {message}" in capsys.readouterr().err
