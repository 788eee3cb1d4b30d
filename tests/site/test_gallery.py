"""The gallery of the site: a page for each shipped champion, also without its pictures; pictures are made once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from docs import gallery_pictures
from docs.extension.gallery import champion_page_of_gallery, gallery_pages
from docs.gallery_pictures import FILM, RASTER, RESPONSES, STILL, WEIGHTS, champion_folder, main, pictures_of_champions
from neurosim_rl.errors import MissingExtraError
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions

SMALL = ("cart-pole", "cart-pole-linear")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pictures of two champions."""
    made = tmp_path_factory.mktemp("gallery")
    assert main(made, SMALL) == 0
    return made


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return gallery_pages()


def test_each_shipped_champion_has_a_page_with_its_numbers_and_command(pages: dict[str, str]) -> None:
    assert set(pages) == {"index.rst", *(f"{name}.rst" for name in shipped_champions())}
    for name in shipped_champions():
        champion, text = read_champion(f"champion:{name}"), pages[f"{name}.rst"]
        assert f"{champion.unseen.mean_return:.4g} (95 % interval" in text
        assert champion.provenance["command"] in text
        assert champion.sha256 in text
        assert f"neurosim-rl record champion:{name} --out {name}.mp4" in text
        assert f":link: {name}\n" in pages["index.rst"]


def test_a_page_shows_populations_synapses_and_the_replay(pages: dict[str, str]) -> None:
    champion = read_champion("champion:mountain-car")
    network, text = champion.optimizee().network(champion.vector), pages["mountain-car.rst"]
    assert f"{champion.verification.spikes_compared} spikes compared, 0 differ" in text
    for population in network.populations:
        assert f"* - {population.name}\n     - {population.size}\n     - ``{population.model}``" in text
    for projection in network.projections:
        n_excitatory = int((projection.weight_pa > 0).sum())
        cells = (projection.source, projection.target, str(len(projection.pre)), str(n_excitatory))
        assert "* - " + "\n     - ".join(cells) + "\n" in text
    assert "Populations" not in pages["mountain-car-linear.rst"]


def test_pictures_are_those_that_apply_and_are_on_the_pages(folder: Path) -> None:
    pictures = pictures_of_champions(folder)
    assert set(pictures["cart-pole"]) == {STILL, FILM, RASTER, RESPONSES, WEIGHTS}
    assert set(pictures["cart-pole-linear"]) == {STILL, FILM, RESPONSES, WEIGHTS}  # no neurons, no spikes
    assert not pictures["acrobot"]
    pages = gallery_pages(pictures)
    for name in SMALL:
        for file, path in pictures[name].items():
            address = f"/_build/gallery/{path.parent.name}/{file}"
            assert address in pages["index.rst" if file == STILL else f"{name}.rst"]
    with Image.open(pictures["cart-pole"][FILM]) as film:
        frames = [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(film)]
    assert len(set(frames)) > 5


def test_pictures_are_made_once_and_again_for_another_champion(folder: Path, tmp_path: Path) -> None:
    path = shipped_champions()["cart-pole"]
    own = champion_folder(folder, "cart-pole", path)
    before = {file.name: file.stat().st_mtime_ns for file in own.iterdir()}
    assert main(folder, ["cart-pole"]) == 0
    assert {file.name: file.stat().st_mtime_ns for file in own.iterdir()} == before
    other = tmp_path / "other.h5"
    other.write_bytes(path.read_bytes() + b"\n")
    assert champion_folder(folder, "cart-pole", other) != own
    assert own.name.endswith(hashlib.sha256(path.read_bytes() + str(gallery_pictures.LOOK).encode()).hexdigest()[:12])


def test_make_all_makes_what_is_missing_and_removes_what_is_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {name: shipped_champions()[name] for name in SMALL}
    monkeypatch.setattr(gallery_pictures, "shipped_champions", lambda: shipped)
    old = folder / "cart-pole-000000000000"
    old.mkdir()
    started = []

    def start(command: list[str], cwd: Path) -> Done:
        started.append(command)
        return Done()

    monkeypatch.setattr(gallery_pictures.subprocess, "Popen", start)
    gallery_pictures.make_all(folder, 2)
    assert not old.exists()
    assert started == []  # nothing is missing
    (champion_folder(folder, "cart-pole", shipped["cart-pole"]) / gallery_pictures.COMPLETE).unlink()
    gallery_pictures.make_all(folder, 2)
    assert [command[-1] for command in started] == ["cart-pole"]


class Done:
    """A process that has ended well."""

    def wait(self) -> int:
        return 0


def test_without_an_extra_a_page_has_what_the_file_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    champion = read_champion("champion:hopper")

    def missing(self: ChampionRecord) -> None:
        raise MissingExtraError("'mujoco' is not installed. Install it with: pip install 'neurosim-rl[mujoco]'")

    monkeypatch.setattr(ChampionRecord, "optimizee", missing)
    text = champion_page_of_gallery("hopper", champion, {})
    assert "Its network is not shown: 'mujoco' is not installed" in text
    assert champion.provenance["command"] in text
    assert f"{champion.unseen.mean_return:.4g}" in text

    def undrawn(subject: object) -> None:
        raise MissingExtraError("'mujoco' is not installed")

    monkeypatch.setattr(gallery_pictures, "PICTURES", {(STILL, FILM): undrawn})
    assert main(tmp_path, ["hopper"]) == 0
    assert "fewer pictures of hopper: 'mujoco' is not installed" in capsys.readouterr().err
    own = champion_folder(tmp_path, "hopper", shipped_champions()["hopper"])
    assert list(own.iterdir()) == []  # it is tried again when the extra is there
