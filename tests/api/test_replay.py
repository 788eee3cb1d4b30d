"""Replays: arrays with names and units, spikes and membranes, against the champion's file and Neo."""

from __future__ import annotations

import sys

import gymnasium
import h5py
import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.errors import MissingExtraError, UnknownNameError
from neurosim_rl.networks.network import Network


def test_a_replay_is_the_recorded_trial_bit_for_bit(run: nrl.Run, replay: nrl.Replay) -> None:
    with h5py.File(run.path / "champion.h5") as file:
        recording = file["recording"]
        n = int(recording["lengths"][0])
        np.testing.assert_array_equal(replay.observations, recording["traces/observations"][0, : n + 1])
        np.testing.assert_array_equal(replay.actions, recording["traces/actions"][0, :n])
        np.testing.assert_array_equal(replay.rewards[:, 0], recording["traces/rewards"][0, :n])
        np.testing.assert_array_equal(replay.counts, recording["traces/counts"][0, :n])
        mine = recording["spikes/element"][()] == 0
        np.testing.assert_array_equal(replay.spikes.neuron, recording["spikes/neuron"][mine])
        time_ms = recording["spikes/step"][mine] * recording.attrs["resolution_ms"]
        np.testing.assert_array_equal(replay.spikes.time_ms, time_ms)
        assert replay.total_return == recording["returns"][0]
    assert len(replay) == n == replay.episode_lengths.sum()


def test_names_and_units(replay: nrl.Replay) -> None:
    observations = replay.observations
    assert observations.names == ("cart position", "cart velocity", "pole angle", "pole angular velocity")
    assert observations.units == ("m", "m/s", "rad", "rad/s")
    np.testing.assert_array_equal(observations["pole angle"], observations[:, 2])
    np.testing.assert_array_equal(observations.time_ms, 20.0 * np.arange(len(replay) + 1))
    assert replay.counts.names == ("push left", "push right")
    frame = observations.to_frame()
    assert frame.attrs["units"]["pole angle"] == "rad"
    assert frame.index.name == "time_ms"
    with pytest.raises(UnknownNameError, match="Did you mean 'pole angle'"):
        observations["pole angel"]


def test_the_environment_gives_the_same_observations_for_the_actions(replay: nrl.Replay) -> None:
    environment = gymnasium.make("CartPole-v1")
    observed = [environment.reset(seed=replay.seed)[0]]
    observed += [environment.step(int(action))[0] for action in replay.actions[:, 0]]
    np.testing.assert_array_equal(replay.observations, np.stack(observed))


def test_spikes_of_output_neurons_are_the_counts(replay: nrl.Replay) -> None:
    output = replay.spikes.of("output")
    assert set(output.population) == {"output"}
    assert len(output) == np.asarray(replay.counts).sum()
    frame = replay.spikes.to_frame()
    assert (frame.groupby("population").size().sum(), frame.columns.tolist()) == (
        len(replay.spikes),
        ["neuron", "time_ms", "population"],
    )
    with pytest.raises(UnknownNameError, match="Did you mean 'output'"):
        replay.spikes.of("outputs")


def test_neo_has_a_train_for_each_neuron_with_its_spikes(run: nrl.Run, replay: nrl.Replay) -> None:
    neo = pytest.importorskip("neo")
    block = replay.spikes.to_neo()
    assert isinstance(block, neo.Block)
    assert block.annotations == {"task": "cart-pole", "start_seed": replay.seed, "simulator": replay.simulator}
    (segment,) = block.segments
    network = run.champion.network
    assert len(segment.spiketrains) == network.n_neurons
    with h5py.File(run.path / "champion.h5") as file:
        spikes = file["recording/spikes"]
        mine = spikes["element"][()] == 0
        neuron, step = spikes["neuron"][mine], spikes["step"][mine]
        resolution_ms = file["recording"].attrs["resolution_ms"]
    for number, train in enumerate(segment.spiketrains):
        assert train.annotations["neuron"] == number
        assert str(train.units.dimensionality) == "ms"
        np.testing.assert_array_equal(train.magnitude, step[neuron == number] * resolution_ms)
        assert float(train.t_stop.rescale("ms").magnitude) == len(replay) * 20.0
    last = segment.spiketrains[-1]
    assert (last.name, last.annotations["population"], last.annotations["model"]) == (
        "output[1]",
        "output",
        network.population("output").model,
    )


def test_without_neo_the_error_names_the_extra(replay: nrl.Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neo", None)
    with pytest.raises(MissingExtraError, match=r"neurosim-rl\[neo\]"):
        replay.spikes.to_neo()


@pytest.mark.parametrize("simulator", [None, "nest"])
def test_membranes_are_reset_after_each_spike_and_stay_below_threshold(run: nrl.Run, simulator: str | None) -> None:
    """Independent of how they are recorded: NEST's defaults are a threshold of -55 mV and a reset to -70 mV."""
    replay = run.champion.replay(seed=11, simulator=simulator)
    membranes, spikes = replay.membranes, replay.spikes
    network: Network = run.champion.network
    assert len(membranes) == 100 * len(replay)
    assert membranes.units == ("mV",) * network.n_neurons
    assert membranes.names[network.first_neuron["output"]] == "output[0]"
    values = np.asarray(membranes)
    assert np.nanmax(values) < -55.0
    at = np.searchsorted(membranes.time_ms, spikes.time_ms - 1e-6)
    inside = at < len(values)
    np.testing.assert_allclose(values[at[inside], spikes.neuron[inside]], -70.0)


def test_both_simulators_give_the_same_membranes(run: nrl.Run) -> None:
    mine, nest = (np.asarray(run.champion.replay(seed=11, simulator=s).membranes) for s in ("compiled", "nest"))
    np.testing.assert_array_equal(mine, nest)


def test_pictures_are_the_environments_own(replay: nrl.Replay) -> None:
    pictures = replay.pictures(every=5)
    assert len(pictures) == 1 + len(replay) // 5
    environment = gymnasium.make("CartPole-v1", render_mode="rgb_array")
    environment.reset(seed=replay.seed)
    np.testing.assert_array_equal(pictures[0], environment.render())
    environment.close()


def test_a_replay_draws_itself(replay: nrl.Replay) -> None:
    for name in ("episode", "raster"):
        assert replay.plot(name).axes
    with pytest.raises(UnknownNameError, match="Did you mean 'raster'"):
        replay.plot("rasters")


def test_a_network_that_learns_in_its_trial_is_replayed_as_it_was_recorded() -> None:
    champion = nrl.load("champion:cart-pole-plastic")
    replay = champion.replay(seed=champion.recorded_seeds[0])
    assert len(replay.episode_lengths) == champion.record.recording.n_trial
    np.testing.assert_array_equal(replay.spikes.neuron, champion.record.recording.spikes.of(0).neuron)
