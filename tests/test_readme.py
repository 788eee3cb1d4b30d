"""The README's commands and examples, as a reader would copy them."""

import re
import shlex
from pathlib import Path

import pytest

from neurosim_rl.cli.catalogue import catalogue
from neurosim_rl.cli.main import _parser
from neurosim_rl.cli.run_options import given_settings, sources
from neurosim_rl.training.configure import layered_settings

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.rst").read_text(encoding="utf-8")
JOINED = re.sub(r" \\\n +", " ", TEXT)
"""With commands that go on in further lines as one."""
COMMANDS = sorted(
    {line.split("  ")[0].strip() for line in re.findall(r"^ {4}(?:\S*/)?(neurosim-rl .+)$", JOINED, re.M)}
)
BLOCKS = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", TEXT, re.M)


def block(containing: str) -> str:
    source = next(b for b in BLOCKS if containing in b)
    return "\n".join(line[4:] for line in source.splitlines())


def test_there_is_something_to_test() -> None:
    assert len(COMMANDS) >= 7
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_is_understood(command: str) -> None:
    words = shlex.split(command)[1:]
    options = _parser(words[0]).parse_args(words)
    assert callable(options.command)
    if getattr(options, "task", None) and hasattr(options, "start_from"):
        own = {**sources(options), "files": [], "start_from": None}  # files and runs of the text do not exist here
        layered_settings(options.task, given_settings(options), **own)


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^ {4}make (\w+)", TEXT, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_benchmarks_of_the_readme_exist() -> None:
    from benchmarks.__main__ import BENCHMARKS

    for name in re.findall(r"``python -m benchmarks ([a-z-]+)``", TEXT):
        assert name in BENCHMARKS


def test_the_champions_of_the_readme_are_shipped() -> None:
    assert {"mountain-car", "cart-pole"} <= set(catalogue()["champions"])


def test_the_python_example_runs(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    source = block("run = nrl.evolve")
    assert len(source.strip().splitlines()) <= 10
    assert "generations=20" in source
    small = source.replace("generations=20", 'generations=1, episodes=1, optimizer={"population": 4}, progress=False')
    names: dict = {}
    exec(compile(small, "README.rst", "exec"), names)
    assert -200 <= names["champion"].evaluate(episodes=2).mean_return <= -80
    assert len(names["replay"].spikes.to_frame()) > 0
    assert (tmp_path / "runs" / "mountain-car-seed3" / "champion.h5").exists()


def test_the_l2l_example_uses_what_exists() -> None:
    source = block("experiment.run_experiment")
    imports = "\n".join(line for line in source.splitlines() if line.startswith(("import", "from")))
    names: dict = {}
    exec(imports, names)
    assert {"Experiment", "MountainCar", "GeneticAlgorithmOptimizer"} <= set(names)
    compile(source, "README.rst", "exec")


DOCUMENTS = ["README.rst", "CONTRIBUTING.rst", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.rst")))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_files_that_a_document_names_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = {
        path
        for path in re.findall(r"``([\w./-]+/[\w.-]+\.(?:py|rst|toml|ipynb))``", text)
        if not re.search(r"[A-Z]{3}", path)
    }
    homes = [ROOT, ROOT / "neurosim_rl"]
    assert [path for path in sorted(named) if not any((home / path).exists() for home in homes)] == []
