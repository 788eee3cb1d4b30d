"""Every encoder, decoder and background in PyNEST scripts, several populations, gap junctions, wrappers: run alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.bridge import BACKGROUNDS, DECODERS, ENCODERS
from neurosim_rl.exchange.pynest import write_pynest
from neurosim_rl.records.recording import Recording
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.configure import configure
from tests.exchange.short_champions import SETTINGS, short_champion
from tests.exchange.test_pynest import RUN

EPISODE = 1


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Recording]]:
    """The folder with the files that the scripts wrote, in one process, and the recordings."""
    folder, recordings = tmp_path_factory.mktemp("scripts"), {}
    words: list[str] = []
    for name in SETTINGS:
        champion = short_champion(name)
        write_pynest(champion, folder / f"{name}.py")
        recordings[name] = champion.recording
        words += [str(folder / f"{name}.py"), "--episode", str(EPISODE + 1), "--"]
    command = [sys.executable, "-I", str(Path(__file__).with_name("alone.py")), str(folder), *words[:-1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, recordings


@pytest.mark.parametrize("name", SETTINGS)
def test_a_script_gives_the_recorded_spikes_and_actions(name: str, played: tuple[Path, dict[str, Recording]]) -> None:
    folder, recordings = played
    recording = recordings[name]
    spikes, n_windows = recording.spikes.of(EPISODE), recording.lengths[EPISODE]
    with np.load(folder / f"{name}.npz") as file:
        np.testing.assert_array_equal(file["neuron"], spikes.neuron)
        np.testing.assert_array_equal(file["step"], spikes.step)
        np.testing.assert_array_equal(file["actions"], recording.traces.actions[EPISODE, :n_windows])
        np.testing.assert_array_equal(file["rewards"], recording.traces.rewards[EPISODE, :n_windows])
    assert len(spikes.step) > 50
    text = (folder / f"{name}.py").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 120
    assert "$" not in text


def test_scripts_are_run_with_every_encoder_decoder_and_background() -> None:
    shipped = [read_champion(f"champion:{name}").config for name in RUN]
    configs = [*shipped, *(configure(task, settings) for task, settings in SETTINGS.values())]
    played = {kind: {getattr(c, kind).name for c in configs} for kind in ("encoder", "decoder", "background")}
    for kind, registry in (("encoder", ENCODERS), ("decoder", DECODERS), ("background", BACKGROUNDS)):
        known = set(registry)
        if kind == "decoder":
            played[kind] |= {config.decoder.readout.name for config in configs if config.decoder.name == "sliding-rate"}
        assert played[kind] == known, kind
