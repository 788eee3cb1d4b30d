"""``neurosim-rl new``: the project that it makes works in every command at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from neurosim_rl.cli import main
from neurosim_rl.runs.champion import read_champion
from tests.own_parts import forgotten_afterwards

SHORT = [*("--generations", "1", "--population", "3", "--set", "episodes=1", "--set", "validation_episodes=1")]
SHORT += ["--set", "finalists=0", "--no-figures"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new project; the tests work in its folder."""
    folder = tmp_path_factory.mktemp("new")
    with forgotten_afterwards(folder):
        assert main(["new", "my-forager"]) == 0
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder / "my-forager")
            yield Path()


def test_it_runs_with_one_and_two_workers_and_goes_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for workers in ("1", "2"):
        assert main(["evolve", "my-forager", *SHORT, "--workers", workers, "--out", workers]) == 0
    one, two = (read_champion(workers) for workers in ("1", "2"))
    assert one.sha256 == two.sha256
    assert one.verification.spikes_differing == 0
    assert list(one.provenance["plugins"]) == ["my_forager"]
    capsys.readouterr()
    assert main(["resume", "1", "--no-figures"]) == 0
    assert main(["show", "1"]) == 0
    assert "model my-forager-network" in capsys.readouterr().out
    assert main(["record", "1", "--out", "film.gif", "--steps", "2"]) == 0
    assert Path("film.gif").read_bytes().startswith(b"GIF")


@pytest.mark.thorough
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_it_learns_its_task(seed: str, project: Path) -> None:
    assert main(["evolve", "my-forager", "--seed", seed, "--out", f"seed{seed}", "--no-figures"]) == 0
    assert read_champion(f"seed{seed}").unseen.mean_return >= 10.0  # its solved_return; random actions get 0.5


def test_its_parts_are_listed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, line in (
        (["list"], "my-forager-network"),
        (["list", "encoders"], "my-forager-latency "),
        (["list", "encoders"], "(in my_forager.encoder)"),
        (["list", "tasks"], "Find food"),
        (["list", "model", "my-forager-network"], "inhibitory"),
        (["list", "model", "my-forager-network"], "Defined in my_forager.network."),
    ):
        assert main(arguments) == 0
        assert line in capsys.readouterr().out


@pytest.mark.parametrize("what", [["my-forager", *SHORT], ["--study", "study.toml"]])
def test_a_job_goes_to_its_folder_and_names_the_plugin(
    what: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["submit", *what, "--profile", "slurm.toml", "--dry-run"]) == 0
    script = capsys.readouterr().out
    assert f"\ncd {Path.cwd()} || exit 1" in script
    assert "--plugin my_forager" in script
    assert "#SBATCH --cpus-per-task=4" in script


def test_its_files_are_in_order(project: Path) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    for check in (["check", "--select", "E,F,I,B,UP"], ["format", "--check"]):
        done = subprocess.run([*ruff, *check, "--line-length", "120", "."], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    nbformat.validate(nbformat.read("notebook.ipynb", as_version=4))
    texts = [path.read_text() for path in project.rglob("*") if path.suffix in (".py", ".toml", ".rst", ".ipynb")]
    assert len(texts) >= 9
    assert not any(word in text for text in texts for word in ("@NAME@", "@PACKAGE@", "@LINE@"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My Forager", "project 'My Forager': expected small letters, digits and hyphens"),
        ("cart-pole", "project 'cart-pole': there is a task of this name"),
        ("numpy", "project 'numpy': there is a module 'numpy' already"),
        ("lambda", "project 'lambda': this is a word of Python's own"),
        ("full", "full exists and is not empty"),
    ],
)
def test_a_name_that_is_taken_or_no_name_is_refused(
    name: str, message: str, no_plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (no_plugins / "full").mkdir()
    (no_plugins / "full" / "file").touch()
    assert main(["new", name]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in no_plugins.iterdir()] == ["full"]
