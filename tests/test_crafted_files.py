"""A sample of crafted files: each is shown, or refused in one line (all: ``benchmarks/crafted_files.py``)."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import crafted, fuzz_nir
from neurosim_rl.cli import main
from neurosim_rl.errors import NeurosimError
from neurosim_rl.exchange.nir import read_nir
from neurosim_rl.optimizees import Settings
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion, shipped_champions
from tests.histories import with_generations

SECRET = "the-secret-of-somebody-else"
COMMANDS = {"champion": ["show"], "run": ["show", "status"]}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> crafted.Originals:
    """Make a run with a champion, and what no command may touch."""
    root = tmp_path_factory.mktemp("originals")
    champion = read_champion(shipped_champions()["cart-pole"])
    folder = RunFolder.create(root / "run", champion.config)
    with_generations(folder, 0, 1)
    champion.write(folder.champion_path)
    outside = root / "outside"
    outside.mkdir()
    for name in ("secret", "own"):
        (outside / name).write_text(SECRET * 40)
    shutil.copy(folder.champion_path, outside / "secret.h5")
    return crafted.Originals(root / "run", root / "study", root / "network.nir", outside)


@pytest.mark.parametrize("number", range(1, 121, 3))
def test_a_crafted_file_is_shown_or_refused_in_one_line(
    number: int, originals: crafted.Originals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(number)
    kind = "run" if number % 2 else "champion"
    made = crafted.CRAFTS[kind](rng, originals, tmp_path)
    before = {path: path.read_bytes() for path in originals.outside.iterdir()}
    for command in COMMANDS[kind]:
        code = main([command, str(made.path)])
        printed = capsys.readouterr()
        assert code in (0, 2), made.what
        assert printed.err.count("\n") == (code == 2), made.what
        assert SECRET not in printed.out + printed.err, made.what
        assert all(c.isprintable() or c == "\n" for c in printed.out + printed.err), made.what
    assert {path: path.read_bytes() for path in originals.outside.iterdir()} == before


@pytest.mark.parametrize("number", range(40))
def test_a_random_nir_file_is_read_or_refused(number: int, tmp_path: Path) -> None:
    path = tmp_path / "network.nir"
    path.write_bytes(fuzz_nir.draw(np.random.default_rng(number)))
    try:
        optimizee, vector = read_nir(path, "cart-pole", reset="zero")
    except NeurosimError:
        return
    assert isinstance(optimizee.config, Settings)
    assert np.all(np.isfinite(vector))
