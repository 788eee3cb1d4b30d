import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.analysis.page.document import LARGEST_PAGE
from neurosim_rl.analysis.page.packing import unpacked
from neurosim_rl.cli import main
from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.reports.run_page import film, responses
from neurosim_rl.reports.run_page import page as report_of_run
from neurosim_rl.reports.run_page.headline import headline_widget
from neurosim_rl.reports.run_page.network import columns_of, sign_of
from neurosim_rl.reports.run_page.page import run_page
from neurosim_rl.reports.run_page.settings import flattened
from neurosim_rl.reports.run_page.widget import median_trial
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.analysis.test_document import data_of
from tests.analysis.test_markup import HOSTILE, Found
from tests.recordings import two_episodes

SMALL = {
    "generations": 2,
    "episodes": 1,
    "validation_episodes": 1,
    "workers": 1,
    "optimizer": {"population": 4},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small finished run."""
    config = configure("cart-pole", SMALL)
    path = tmp_path_factory.mktemp("pages") / "run"
    run_to_end(config, RunFolder.create(path, config))
    return path


@pytest.fixture(scope="module")
def page_of_run(run: Path) -> str:
    """Return the report of the run, with small maps and a short film."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "GRID", 3)
        patch.setattr(responses, "FINE_GRID", 3)
        patch.setattr(responses, "MOST_STEPS", 3)
        patch.setattr(film, "MOST_PICTURES", 4)
        assert main(["report", str(run)]) == 0
    return (run / "report.html").read_text(encoding="utf-8")


def texts_of(page: str, identifier: str) -> str:
    """Return the text of a section, its elements apart by one space."""
    found = re.search(rf'<section id="{identifier}".*?</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(" ".join(Found(found.group(0)).texts).split())


def test_the_headline_has_the_champions_numbers(run: Path, page_of_run: str) -> None:
    champion = read_champion(run)
    low, high = champion.unseen.ci95()
    text = texts_of(page_of_run, "headline")
    assert f"mean return {champion.unseen.mean_return:.2f} 95 % interval {low:.1f} to {high:.1f}" in text
    assert f"random policy {champion.random.mean_return:.2f}" in text
    assert champion.rule is not None
    assert f"{champion.rule.mean_return:.2f}" in text


def test_curves_are_those_of_the_history(run: Path, page_of_run: str) -> None:
    history = RunFolder.open(run).history()
    assert history is not None
    charts = {chart["id"]: chart for chart in data_of(page_of_run)["charts"]}
    best = next(s for s in charts["fitness-chart"]["series"] if s["name"].startswith("best"))
    assert best["x"] == [1, 2]  # counted as the progress bar counts
    np.testing.assert_allclose(best["y"], history.best_fitness, rtol=1e-6)
    validation = charts["validation-chart"]["series"][0]
    np.testing.assert_allclose(validation["y"], history.validation_return, rtol=1e-6)
    assert dict(map(tuple, charts["validation-chart"]["levels"]))["solved"] == 475


def test_spikes_and_rates_of_the_episode_are_those_of_the_median_trial(run: Path, page_of_run: str) -> None:
    champion, episode = read_champion(run), data_of(page_of_run)["episode"]
    trial = median_trial(champion.recording)
    spikes = champion.recording.spikes.of(trial)
    np.testing.assert_array_equal(unpacked(episode["spikes"]["neuron"]), spikes.neuron)
    np.testing.assert_array_equal(unpacked(episode["spikes"]["step"]), spikes.step)
    n_windows, window_ms = episode["nWindows"], episode["windowMs"]
    assert n_windows == champion.recording.lengths[trial]
    for population, rate in zip(episode["populations"], episode["rates"], strict=True):
        mine = (spikes.neuron >= population["first"]) & (spikes.neuron < population["first"] + population["size"])
        mean_hz = 1000 * np.count_nonzero(mine) / (population["size"] * n_windows * window_ms)
        assert np.mean(rate["values"]) == pytest.approx(mean_hz, rel=1e-3, abs=1e-9)
    angle = next(v for v in episode["variables"] if v["name"] == "pole angle (rad)")
    expected = champion.recording.traces.observations[trial, : n_windows + 1, 2]
    np.testing.assert_allclose(angle["values"], expected, rtol=1e-3)


def test_membranes_are_those_of_a_replay(run: Path, page_of_run: str) -> None:
    import neurosim_rl as nrl

    membranes = data_of(page_of_run)["episode"]["membranes"]
    champion = read_champion(run)
    seed = int(champion.recording.start_seeds[median_trial(champion.recording)])
    replayed = nrl.load(run).champion.replay(seed=seed).membranes
    values = unpacked(membranes["values"])
    every = round(membranes["stepMs"] / champion.config.resolution_ms)
    for row, name in zip(values, membranes["names"], strict=True):
        own = np.asarray(replayed[name.partition(":")[0]]).ravel()[every - 1 :: every]
        np.testing.assert_allclose(row * membranes["unitMv"], own[: len(row)], atol=0.51 * membranes["unitMv"])


def test_every_map_answers_the_recorded_observation_with_the_recorded_action(page_of_run: str) -> None:
    found = data_of(page_of_run)["responses"]
    assert len(found["pairs"]) == 6
    assert len(found["maps"]) == 3 * 6
    for entry in found["maps"]:
        assert entry["before"] == entry["window"]
        assert entry["answer"] == entry["action"]
        ends = unpacked(entry["spikes"]["ends"])
        assert ends.shape == (9,)
        assert ends[-1] == len(unpacked(entry["spikes"]["neuron"]))
    assert "in 3 of 3 steps" in texts_of(page_of_run, "responses")


def test_weights_are_those_of_the_network(run: Path, page_of_run: str) -> None:
    champion = read_champion(run)
    network = champion.optimizee().network(champion.vector)
    for projection, entry in zip(network.projections, data_of(page_of_run)["weights"], strict=True):
        matrix = unpacked(entry["matrix"])
        np.testing.assert_allclose(matrix[projection.post, projection.pre], projection.weight_pa, rtol=1e-6)
        assert entry["unit"] == "pA"
    text = texts_of(page_of_run, "network")
    for population in network.populations:
        assert f"Population {population.name}" in text
    assert "delay: 1 ms" in text


def test_settings_that_differ_from_the_tasks_defaults_are_shown_beside_them(page_of_run: str) -> None:
    text = texts_of(page_of_run, "settings")
    assert "optimizer.population 4 32" in text
    assert re.search(r"\bgenerations 2 30\b", text)


def test_verification_and_provenance_are_those_of_the_champion(run: Path, page_of_run: str) -> None:
    champion = read_champion(run)
    assert f"spikes compared {champion.verification.spikes_compared}" in texts_of(page_of_run, "verification")
    text = texts_of(page_of_run, "provenance")
    assert champion.sha256 in text
    assert f"numpy {champion.provenance['versions']['numpy']}" in text


def test_the_film_shows_pictures_of_the_environment(page_of_run: str) -> None:
    shown = data_of(page_of_run)["film"]
    assert len(shown["frames"]) == len(shown["steps"]) >= 2
    assert all(frame.startswith("data:image/webp;base64,") for frame in shown["frames"])
    assert len(set(shown["frames"])) > 1


def test_the_page_is_small_and_asks_for_no_address(page_of_run: str) -> None:
    assert len(page_of_run.encode()) <= LARGEST_PAGE
    for name, attributes in Found(page_of_run).elements:
        assert name not in ("link", "iframe", "base")
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith("#")


def test_texts_of_a_strangers_champion_stay_texts(run: Path, tmp_path: Path) -> None:
    champion = read_champion(run)
    provenance = {**champion.provenance, "command": HOSTILE, "host": HOSTILE, HOSTILE: HOSTILE}
    hostile = replace(champion, provenance=provenance, stage_failures={"replay": HOSTILE}, chosen_by=HOSTILE)
    hostile.write(tmp_path / "hostile.h5")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "GRID", 2)
        patch.setattr(responses, "FINE_GRID", 2)
        patch.setattr(responses, "MOST_STEPS", 1)
        text = run_page(str(tmp_path / "hostile.h5"), film=False).html()
    own = [attributes for name, attributes in Found(text).elements if name == "script"]
    assert [set(attributes) for attributes in own].count(set()) == len(own) - 1
    assert not any(key.startswith("on") for _, attributes in Found(text).elements for key in attributes)
    assert "img" not in {name for name, _ in Found(text).elements}
    assert HOSTILE in "".join(Found(text).texts)


def test_a_champion_that_always_acts_alike_is_told_beside_its_return() -> None:
    subject = Subject.of("champion:mountain-car")
    champion = subject.finished_champion
    traces = champion.recording.traces
    alike = replace(traces, actions=np.where(np.isnan(traces.actions), np.nan, 1.0))
    constant = replace(champion, recording=replace(champion.recording, traces=alike))
    for told, shown in ((True, replace(subject, champion=constant)), (False, subject)):
        assert ("The action is 1 in each recorded step" in str(headline_widget(shown).section)) == told


def test_an_unfinished_run_has_its_curves_and_says_what_is_missing(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / "champion.h5").unlink()
    text = run_page(str(copy)).html()
    assert "generations 2 of 2" in texts_of(text, "headline")
    assert "the run is not finished and has no champion yet" in texts_of(text, "episode")
    assert [chart["id"] for chart in data_of(text)["charts"]] == ["fitness-chart", "validation-chart"]


def test_a_policy_without_neurons_has_maps_and_no_network() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "GRID", 3)
        patch.setattr(responses, "FINE_GRID", 3)
        patch.setattr(responses, "MOST_STEPS", 2)
        text = run_page("champion:cart-pole-linear", film=False).html()
    data = data_of(text)
    assert data["responses"]["nNeurons"] == 0
    assert "weights" not in data
    assert "a linear policy has no neurons" in texts_of(text, "network")


def test_variables_of_the_maps_are_chosen_by_name(run: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "GRID", 2)
        patch.setattr(responses, "FINE_GRID", 2)
        patch.setattr(responses, "MOST_STEPS", 1)
        page = run_page(str(run), variables=["cart velocity", "pole angle"], film=False)
    assert page.data["responses"]["pairs"] == [(1, 2)]
    with pytest.raises(UnknownNameError, match="Did you mean 'pole angle'"):
        run_page(str(run), variables=["pole angel", "cart position"])
    with pytest.raises(ConfigurationError, match="expected at least two"):
        run_page(str(run), variables=["pole angle"])


def test_python_writes_the_same_page_or_returns_text(run: Path, tmp_path: Path) -> None:
    import neurosim_rl as nrl

    loaded = nrl.load(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "GRID", 2)
        patch.setattr(responses, "FINE_GRID", 2)
        patch.setattr(responses, "MOST_STEPS", 1)
        path = loaded.report(tmp_path / "own.html", film=False)
    assert path == tmp_path / "own.html"
    assert json.dumps(loaded.champion.sha256).strip('"') in path.read_text(encoding="utf-8")
    assert "2 of 2 generations" in loaded.report()


def test_the_median_trial_has_as_many_better_as_worse_ones() -> None:
    recording = two_episodes()
    assert median_trial(recording) == 0
    five = replace(recording, returns=np.array([3.0, 9.0, 1.0, 5.0, 7.0]))
    assert median_trial(five) == 3


def test_nested_settings_have_keys_with_dots() -> None:
    tables = {"a": 1, "b": {"name": "x", "c": {"d": [1.5, True]}}, "e": {}}
    assert flattened(tables) == {"a": "1", "b.name": "x", "b.c.d": "[1.5, true]", "e": "{}"}


def test_populations_stand_in_the_order_of_their_distance_from_the_input() -> None:
    def arrow(source: str, target: str, weight_pa: float) -> Projection:
        zero = np.zeros(1, np.int64)
        return Projection(source, target, zero, zero, np.array([weight_pa]), np.ones(1))

    populations = tuple(Population(name, 1) for name in ("out", "in", "e", "i", "alone"))
    projections = (arrow("in", "e", 1.0), arrow("e", "i", 1.0), arrow("i", "e", -1.0), arrow("e", "out", 0.5))
    network = Network(populations, projections, input="in", output="out")
    assert columns_of(network) == {"in": 0, "e": 1, "i": 2, "out": 2, "alone": 0}
    assert [sign_of(projection) for projection in projections] == [
        "excitatory",
        "excitatory",
        "inhibitory",
        "excitatory",
    ]


def test_a_page_that_would_be_too_large_leaves_out_its_largest_parts(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GRID", 2), ("MOST_STEPS", 1)):
        monkeypatch.setattr(responses, name, value)
    monkeypatch.setattr(film, "MOST_PICTURES", 3)
    whole = run_page(str(run))
    monkeypatch.setattr(report_of_run, "LARGEST_PAGE", len(whole.html().encode()) - 1)
    page = run_page(str(run))
    assert set(whole.data) - set(page.data) == {"film"}
    assert "Left out" in texts_of(page.html(), "film")
