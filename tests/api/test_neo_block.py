"""Episodes in Neo files and CSV tables, against the recording, and read by Elephant."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurosim_rl as nrl
from neurosim_rl.api.csv_files import write_episode_tables
from neurosim_rl.api.neo_block import MOST_VALUES, known_unit, replay_block
from neurosim_rl.api.neo_file import write_neo
from neurosim_rl.api.replay import Replay
from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.evaluation.replay import record_membranes
from neurosim_rl.runs.champion import ChampionRecord, read_champion

EPISODE = 2


@pytest.fixture(scope="module")
def champion() -> ChampionRecord:
    return read_champion("champion:mountain-car")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, champion: ChampionRecord) -> Path:
    """Return a Neo file of the second recorded episode."""
    pytest.importorskip("nixio", reason="needs the extra [neo]")
    return write_neo(champion, tmp_path_factory.mktemp("neo") / "episode.nix", episode=EPISODE)


@pytest.fixture(scope="module")
def block(file: Path):  # type: ignore[no-untyped-def]
    import neo

    with neo.io.NixIO(str(file), mode="ro") as opened:
        return opened.read_block()


def test_spikes_of_the_file_are_those_of_the_recording(block, champion: ChampionRecord) -> None:  # type: ignore[no-untyped-def]
    spikes, (segment,) = champion.recorded().spikes.of(EPISODE - 1), block.segments
    network = champion.optimizee().network(champion.vector)
    assert len(segment.spiketrains) == network.n_neurons
    for number, train in enumerate(segment.spiketrains):
        assert train.annotations["neuron"] == number
        assert train.rescale("ms").magnitude == pytest.approx(spikes.time_ms[spikes.neuron == number], abs=1e-9)
    assert block.annotations["genome_sha256"] == champion.sha256
    assert segment.annotations["start_seed"] == champion.recorded().start_seeds[EPISODE - 1]


def test_membranes_of_the_file_are_those_of_a_replay(block, champion: ChampionRecord) -> None:  # type: ignore[no-untyped-def]
    seed = int(champion.recorded().start_seeds[EPISODE - 1])
    played = record_membranes(champion.optimizee(), champion.vector, seed)
    (membranes,) = [s for s in block.segments[0].analogsignals if s.annotations["kind"] == "membrane"]
    np.testing.assert_array_equal(membranes.magnitude, played.v_mv[0].T)
    assert str(membranes.units.dimensionality) == "mV"
    assert membranes.times.rescale("ms").magnitude == pytest.approx(played.time_ms)
    assert list(membranes.array_annotations["neuron_name"][[0, -1]]) == ["input[0]", "output[2]"]


def test_signals_of_the_file_have_the_recorded_values_and_units(block, champion: ChampionRecord) -> None:  # type: ignore[no-untyped-def]
    traces, n = champion.recorded().traces, int(champion.recorded().lengths[EPISODE - 1])
    signals = {s.name: s for s in block.segments[0].analogsignals}
    expected = {
        "position": (traces.observations[EPISODE - 1, : n + 1, 0], "m", "m"),
        "velocity": (traces.observations[EPISODE - 1, : n + 1, 1], "dimensionless", "m / step"),
        "action": (traces.actions[EPISODE - 1, :n, 0], "dimensionless", "1"),
        "reward": (traces.rewards[EPISODE - 1, :n], "dimensionless", "1"),
    }
    for name, (values, unit, told) in expected.items():
        signal = signals[name]
        np.testing.assert_array_equal(signal.magnitude[:, 0], values)
        assert (str(signal.units.dimensionality), signal.annotations["unit"]) == (unit, told)
        assert float(signal.sampling_period.rescale("ms")) == 20.0


def test_rates_of_elephant_are_those_of_the_recording(block, champion: ChampionRecord) -> None:  # type: ignore[no-untyped-def]
    statistics = pytest.importorskip("elephant.statistics", reason="needs Elephant (pip install elephant)")
    spikes, n = champion.recorded().spikes.of(EPISODE - 1), int(champion.recorded().lengths[EPISODE - 1])
    for number, train in enumerate(block.segments[0].spiketrains):
        rate_hz = float(statistics.mean_firing_rate(train).rescale("Hz"))
        assert rate_hz == pytest.approx((spikes.neuron == number).sum() / (n * 0.02))


def test_all_recorded_episodes_are_segments_of_one_block(champion: ChampionRecord, tmp_path: Path) -> None:
    neo = pytest.importorskip("neo")
    pytest.importorskip("nixio", reason="needs the extra [neo]")
    path = write_neo(champion, tmp_path / "all.nix", membranes=False)
    with neo.io.NixIO(str(path), mode="ro") as opened:
        segments = opened.read_block().segments
    seeds = champion.recorded().start_seeds
    assert [segment.annotations["start_seed"] for segment in segments] == seeds.tolist()
    assert not [s for segment in segments for s in segment.analogsignals if s.annotations["kind"] == "membrane"]


def test_what_cannot_be_written_is_refused(champion: ChampionRecord, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a name that ends with \.nix or \.nwb"):
        write_neo(champion, tmp_path / "episode.mat")
    with pytest.raises(ConfigurationError, match="episode 11: expected 1 to 10, the recorded episodes"):
        write_neo(champion, tmp_path / "episode.nix", episode=11)
    assert list(tmp_path.iterdir()) == []


def test_too_many_membranes_are_refused_before_they_are_played(
    champion: ChampionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("neo")
    monkeypatch.setattr("neurosim_rl.api.neo_block.MOST_VALUES", 1000)
    replay = Replay(champion.optimizee(), champion.vector, champion.recorded().trial(0))
    with pytest.raises(ConfigurationError, match=r"membranes of 24 neurons in 103 windows are 2\.5e\+05 values"):
        replay_block(replay)
    assert MOST_VALUES > 10 * 103 * 100 * 24


@pytest.mark.parametrize(
    ("unit", "known"),
    [("rad/s", "rad/s"), ("m / s", "m/s"), ("N m", "N*m"), ("1", "dimensionless"), ("x()", "dimensionless")],
)
def test_units_are_those_that_neo_knows(unit: str, known: str) -> None:
    assert known_unit(unit) == known


def test_csv_tables_have_all_that_was_recorded_with_units(champion: ChampionRecord, tmp_path: Path) -> None:
    recording = champion.recorded()
    steps_path, spikes_path = write_episode_tables(champion, tmp_path / "new", episode=EPISODE)
    assert (steps_path.name, spikes_path.name) == ("episode-2-steps.csv", "episode-2-spikes.csv")
    steps, spikes, n = pd.read_csv(steps_path), pd.read_csv(spikes_path), int(recording.lengths[1])
    assert list(steps) == [
        *("time_ms", "step", "position (m)", "velocity (m / step)", "action", "reward"),
        *("spikes of push left", "spikes of no push", "spikes of push right"),
    ]
    assert steps["time_ms"].to_numpy() == pytest.approx(20.0 * np.arange(n + 1))
    np.testing.assert_array_equal(steps["velocity (m / step)"], recording.traces.observations[1, : n + 1, 1])
    np.testing.assert_array_equal(steps["action"][:-1], recording.traces.actions[1, :n, 0])
    assert np.isnan(steps["action"].iloc[-1])
    np.testing.assert_array_equal(steps["spikes of push right"][:-1], recording.traces.counts[1, :n, 2])
    own = recording.spikes.of(1)
    np.testing.assert_array_equal(spikes["neuron"], own.neuron)
    assert spikes["time_ms"].to_numpy() == pytest.approx(own.time_ms)


def test_a_policy_without_neurons_has_steps_only(tmp_path: Path, capsys) -> None:
    command = ["export", "champion:mountain-car-linear", "--csv", str(tmp_path), "--episode", "1"]
    assert main(command) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "episode-1-steps.csv")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--csv", "d", "--dt", "1"], "--dt and --outputs concern NIR files. Leave them out with --csv."),
        (["--nir", "f.nir", "--episode", "1"], "--episode concerns --neo and --csv. Leave it out with --nir."),
        (["--csv", "d", "--no-membranes"], "--no-membranes concerns --neo. Leave it out with --csv."),
        (["--csv", "d", "--episode", "99"], "episode 99: expected 1 to 10, the recorded episodes."),
    ],
)
def test_options_of_another_target_are_refused(
    arguments: list[str], message: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "champion:mountain-car", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["--nir", "--pynest", "--neo", "--csv"])
def test_a_place_that_cannot_be_written_is_one_clear_line(target: str, tmp_path: Path, capsys, monkeypatch) -> None:
    pytest.importorskip("nixio")
    pytest.importorskip("nir")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    name = "file/in" + {"--nir": ".nir", "--pynest": ".py", "--neo": ".nix", "--csv": ""}[target]
    champion = "cart-pole-ppo-snn" if target == "--nir" else "mountain-car"
    assert main(["export", f"champion:{champion}", target, name]) == 2
    last = capsys.readouterr().err.rpartition("\r")[2].strip()
    made_first = r"cannot write file/in\.\w+: file is no folder\. Make it first, or choose another name\."
    made_here = r"cannot make the folder file(/in)?: (Not a directory|File exists)\. Choose another folder\."
    assert re.fullmatch(f"neurosim-rl: error: ({made_first}|{made_here})", last)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_ending_of_a_name_chooses_what_python_exports(tmp_path: Path) -> None:
    pytest.importorskip("nixio")
    champion = nrl.load("champion:mountain-car")
    path = champion.export(tmp_path / "new" / "episode.nix", episode=EPISODE, membranes=False)
    assert path.is_file()
    folder = champion.export(tmp_path / "tables", episode=EPISODE)
    assert sorted(file.name for file in folder.iterdir()) == ["episode-2-spikes.csv", "episode-2-steps.csv"]
    replay = champion.replay(seed=champion.recorded_seeds[EPISODE - 1])
    own = pd.read_csv(folder / "episode-2-steps.csv", index_col="time_ms")
    pd.testing.assert_frame_equal(replay.to_frame(), own, check_exact=False, check_dtype=False)
    with pytest.raises(ConfigurationError, match=r"x\.mat: expected a name that ends with \.py \(PyNEST\), \.nir"):
        champion.export(tmp_path / "x.mat")


def test_a_file_in_nwb_has_the_same_spikes_membranes_and_signals(
    champion: ChampionRecord, block, tmp_path: Path, capsys, caplog
) -> None:  # type: ignore[no-untyped-def]
    neo, pynwb = pytest.importorskip("neo"), pytest.importorskip("pynwb")
    path = write_neo(champion, tmp_path / "episode.nwb", episode=EPISODE)
    assert (capsys.readouterr(), caplog.records) == (("", ""), [])
    (expected,), (segment,) = block.segments, neo.io.NWBIO(str(path), mode="r").read_block().segments
    by_name = {train.name: train for train in segment.spiketrains}
    assert len(by_name) == len(expected.spiketrains) == len(segment.spiketrains)
    for train in expected.spiketrains:
        times_ms = by_name[train.name].rescale("ms").magnitude
        np.testing.assert_allclose(times_ms, train.magnitude, rtol=1e-12)
    signals = {signal.name.split()[-2]: signal for signal in segment.analogsignals}
    assert set(signals) == {"position", "velocity", "action", "reward", "membranes"}
    for signal in expected.analogsignals:
        np.testing.assert_array_equal(signals[signal.name].magnitude, signal.magnitude)
    assert str(signals["position"].dimensionality) == "m"
    assert str(signals["membranes"].dimensionality) == "mV"
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        assert champion.sha256 in file.read().identifier


def test_all_episodes_are_in_one_file_of_nwb(champion: ChampionRecord, tmp_path: Path) -> None:
    neo = pytest.importorskip("neo")
    pytest.importorskip("pynwb")
    path = write_neo(champion, tmp_path / "episodes.nwb", membranes=False)
    segments = neo.io.NWBIO(str(path), mode="r").read_block().segments
    seeds = champion.recorded().start_seeds.tolist()
    assert sorted(segment.name for segment in segments) == sorted(f"start seed {seed}" for seed in seeds)
