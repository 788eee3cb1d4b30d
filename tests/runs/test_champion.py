"""Champion files: an exact round trip, damage that is told, names that are looked up."""

import dataclasses
import hashlib
import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from neurosim_rl.errors import NeurosimError, RunFolderError, UnknownNameError
from neurosim_rl.optimizees import Configuration
from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs import champion as champion_module
from neurosim_rl.runs.champion import ChampionRecord, genome_sha256, read_champion
from neurosim_rl.runs.files import write_arrays
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.training.configure import configure
from tests.tasks import EVERY_CHAMPION

RNG = np.random.default_rng(4)


def evaluate_unseen(mean: float) -> UnseenReturns:
    return UnseenReturns(1000, RNG.normal(mean, 1, 20), RNG.integers(1, 200, 20), RNG.random(20) < 0.5)


def example(rule: bool = True) -> ChampionRecord:
    """Return a champion as a run of two recorded episodes of three windows would leave it."""
    observations, actions, rewards = RNG.normal(size=(2, 4, 4)), RNG.normal(size=(2, 3, 1)), RNG.normal(size=(2, 3))
    observations[1, 2:] = actions[1, 1:] = rewards[1, 1:] = np.nan
    counts = RNG.integers(0, 9, (2, 3, 2))
    counts[1, 1:] = -1
    element, neuron, step = np.array([0, 0, 1]), np.array([3, 9, 2]), np.array([5, 5, 70])
    recording = Recording(
        simulator="nest",
        start_seeds=np.array([1000, 1001]),
        returns=np.array([-3.0, -1.0]),
        lengths=np.array([3, 1]),
        episode_lengths=np.array([[2, 1], [1, 0]]),
        traces=Traces(observations, actions, counts, rewards),
        spikes=Spikes(element, neuron, step, 0.2),
    )
    config = configure("cart-pole", {"seed": 3, "generations": 7})
    return ChampionRecord(
        config=config,
        vector=RNG.normal(size=130),
        generation=5,
        individual=2,
        fitness=401.5,
        validation_return=float("nan"),
        n_evaluations=224,
        n_episodes=896,
        unseen=evaluate_unseen(450),
        random=evaluate_unseen(20),
        rule=evaluate_unseen(40) if rule else None,
        recording=recording,
        verification=Verification(2, 3, 0, 0),
        provenance=provenance(),
        n_steps=400_000,
        seconds=12.5,
    )


def assert_equal(one: Any, other: Any) -> None:
    """Compare dataclasses field by field, arrays exactly, NaN equal to NaN."""
    assert type(one) is type(other)
    if dataclasses.is_dataclass(one) and not isinstance(one, Configuration):
        for field in dataclasses.fields(one):
            assert_equal(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray | float):
        np.testing.assert_array_equal(one, other)
        assert np.asarray(one).dtype == np.asarray(other).dtype
    else:
        assert one == other


@pytest.fixture
def written(tmp_path: Path) -> tuple[ChampionRecord, Path]:
    champion, path = example(), tmp_path / "champion.h5"
    champion.write(path)
    return champion, path


def test_a_champion_is_read_back_exactly(written: tuple[ChampionRecord, Path]) -> None:
    champion, path = written
    assert_equal(read_champion(path), champion)
    assert_equal(read_champion(str(path)), champion)


def test_a_champion_without_a_simple_rule_is_read_back(tmp_path: Path) -> None:
    champion = example(rule=False)
    champion.write(tmp_path / "champion.h5")
    assert read_champion(tmp_path / "champion.h5").rule is None


def test_the_digest_is_that_of_the_genomes_bytes(written: tuple[ChampionRecord, Path]) -> None:
    champion, path = written
    digest = hashlib.sha256(b"".join(np.float64(gene).tobytes() for gene in champion.vector)).hexdigest()
    assert read_champion(path).sha256 == champion.sha256 == digest
    assert genome_sha256(champion.vector.astype(">f8")) == digest
    assert genome_sha256(np.stack([champion.vector, champion.vector], axis=1)[:, 0]) == digest


def test_a_champion_knows_its_task(written: tuple[ChampionRecord, Path]) -> None:
    champion = read_champion(written[1])
    assert champion.optimizee().parameters.size == champion.vector.size


def test_a_file_cut_anywhere_is_told_and_never_read_as_something_else(written: tuple[ChampionRecord, Path]) -> None:
    _, path = written
    whole = path.read_bytes()
    for length in sorted({0, 1, 8, 96, *range(0, len(whole), len(whole) // 100), len(whole) - 1}):
        path.write_bytes(whole[:length])
        with pytest.raises(RunFolderError, match=r"champion\.h5 is damaged or was cut short"):
            read_champion(path)


def test_a_file_with_overwritten_bytes_raises_nothing_but_our_errors(written: tuple[ChampionRecord, Path]) -> None:
    _, path = written
    whole = path.read_bytes()
    for start in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:start] + b"\xff" * 8 + whole[start + 8 :])
        try:
            read_champion(path)
        except NeurosimError:
            continue


@pytest.mark.parametrize("name", ["vector", "held_out", "random/returns", "recording/traces/actions", "verification"])
def test_a_file_that_lacks_a_part_is_told(written: tuple[ChampionRecord, Path], name: str) -> None:
    with h5py.File(written[1], "a") as file:
        del file[name]
    with pytest.raises(RunFolderError, match="is damaged"):
        read_champion(written[1])


@pytest.mark.parametrize(("attribute", "value"), [("config", 5), ("provenance", "{"), ("generation", "five")])
def test_a_file_with_a_broken_attribute_is_told(
    written: tuple[ChampionRecord, Path], attribute: str, value: object
) -> None:
    with h5py.File(written[1], "a") as file:
        file.attrs[attribute] = value
    with pytest.raises(RunFolderError, match="is damaged"):
        read_champion(written[1])


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    write_arrays(tmp_path / "map.h5", "map", {"x": 1})
    with pytest.raises(RunFolderError, match=r"is not a neurosim-rl champion file \(its format is 'neurosim-rl map'\)"):
        read_champion(tmp_path / "map.h5")


def test_the_champion_of_a_run_folder_is_found(tmp_path: Path) -> None:
    champion = example()
    folder = RunFolder.create(tmp_path / "run", champion.config)
    with pytest.raises(RunFolderError, match=r"has no champion yet: the run is not finished\. neurosim-rl resume"):
        read_champion(folder.path)
    champion.write(folder.champion_path)
    assert read_champion(folder.path).sha256 == champion.sha256


def test_a_target_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="absent does not exist"):
        read_champion(tmp_path / "absent")


def test_a_misspelt_shipped_champion_offers_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"cart-pole": Path("a"), "mountain-car": Path("b")}
    monkeypatch.setattr(champion_module, "shipped_champions", lambda: known)
    with pytest.raises(UnknownNameError, match=r"unknown champion 'cartpole'\. Did you mean 'cart-pole'"):
        read_champion("champion:cartpole")


def test_a_shipped_champion_is_loaded_by_name(
    written: tuple[ChampionRecord, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    champion, path = written
    monkeypatch.setattr(champion_module, "shipped_champions", lambda: {"mine": path})
    assert read_champion("champion:mine").sha256 == champion.sha256


@pytest.mark.parametrize("name", EVERY_CHAMPION)
def test_every_shipped_champion_fits_its_task_and_was_verified(name: str) -> None:
    champion = read_champion(f"champion:{name}")
    optimizee = champion.optimizee()
    assert champion.vector.shape == (optimizee.parameters.size,)
    assert champion.verification.identical
    assert (champion.verification.spikes_compared > 0) == optimizee.has_neurons


# --- a stranger's values, well sealed ---


def put(path: Path, name: str, value: object) -> None:
    """Replace a dataset, and seal the file again."""
    image = io.BytesIO(path.read_bytes()[:-85])
    with h5py.File(image, "r+") as file:
        if name in file:
            del file[name]
        file[name] = value
    content = image.getvalue()
    path.write_bytes(content + b"\nneurosim-rl sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("missing", '[{"a": 1}]', "missing has values that are no text"),
        ("missing", '[""]', "missing has values that are no text, or start with an empty line"),
        ("stage_failures", '{"recording": 5}', "stage_failures has values that are no text"),
        ("stage_failures", '{"recording": "\\n"}', "stage_failures has values that are no text, or start with"),
        ("held_out/returns", np.full(20, -np.inf), "returns has values that are infinite"),
        ("held_out/returns", np.full(20, 1e308), "returns has values that are infinite, or too large"),
        ("rule/lengths", np.full(20, np.inf), "lengths has values that are infinite"),
        ("recording/traces/rewards", np.full((2, 3), np.inf), "rewards has values that are infinite"),
        ("recording/spikes/step", np.array([5, 301, 70]), "has spikes after its last window"),  # 3 windows of 100 steps
        ("recording/spikes/step", np.array([5, 5, 101]), "has spikes after its last window"),  # the trial has 1 window
        ("recording/spikes/step", np.array([5, 2**30, 70]), "has spikes after its last window"),
    ],
)
def test_values_that_no_run_writes_are_told(
    written: tuple[ChampionRecord, Path], name: str, value: object, message: str
) -> None:
    put(written[1], name, value)
    with pytest.raises(RunFolderError, match=rf"champion\.h5 is damaged .*{message}"):
        read_champion(written[1])


def test_spikes_in_the_last_step_of_the_last_window_are_read(written: tuple[ChampionRecord, Path]) -> None:
    put(written[1], "recording/spikes/step", np.array([5, 300, 100]))
    assert read_champion(written[1]).recording.spikes.step.tolist() == [5, 300, 100]


def test_spikes_of_a_neuron_that_is_not_there_are_told_where_the_recording_is_asked_for(
    written: tuple[ChampionRecord, Path],
) -> None:
    champion = read_champion(written[1])
    n_neurons = champion.optimizee().network(champion.vector).n_neurons
    for number in (n_neurons - 1, n_neurons, 2**30):
        put(written[1], "recording/spikes/neuron", np.array([3, number, 2]))
        changed = read_champion(written[1])
        if number < n_neurons:
            assert changed.recorded().spikes.neuron.max() == number
            continue
        message = f"has spikes of neuron {number}; expected neurons below {n_neurons}"
        with pytest.raises(RunFolderError, match=message):
            changed.recorded()
        with pytest.raises(RunFolderError, match=message):
            _ = Subject.of(str(written[1])).recording
