"""Python blocks of the site: each is run, here or by the test that this file names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import neurosim_rl as nrl
from neurosim_rl.cli import main
from neurosim_rl.l2l_experiments import fast_runner
from neurosim_rl.settings import plugins
from neurosim_rl.studies.planning import planned_runs
from neurosim_rl.studies.specification import parse_study
from neurosim_rl.testing import check_environment
from tests.documents import ROOT, documents, python_blocks

RUN_BY = {
    "README.rst": "tests/test_readme.py",
    "docs/how-to/environments.rst": "tests/site/test_python.py",
    "docs/how-to/export.rst": "tests/site/test_python.py",
    "docs/how-to/films.rst": "tests/site/test_python.py",
    "docs/how-to/l2l.rst": "tests/l2l_experiments/test_page.py",
    "docs/how-to/l2l_experiment.rst": "tests/site/test_python.py",
    "docs/how-to/networks.rst": "tests/models/test_pynest.py",
    "docs/how-to/plugins.rst": "tests/api/test_registering.py",
    "docs/how-to/teachers.rst": "tests/site/test_python.py",
    "docs/how-to/rules.rst": "tests/learning/test_own_rule.py",
    "docs/how-to/testing.rst": "tests/site/test_python.py",
    "docs/how-to/tracking.rst": "tests/site/test_python.py",
}
"""The test file that runs the Python of a document."""


def test_every_document_with_python_is_run_by_a_test_that_names_it() -> None:
    python = re.compile(r"^\.\. code-block:: python|^ {4}(import |from \S+ import |def |class )", re.MULTILINE)
    with_python = {path for path, text in documents().items() if python.search(text)}
    assert with_python == set(RUN_BY)
    for document, test in RUN_BY.items():
        assert Path(document).name in (ROOT / test).read_text(encoding="utf-8")


def test_a_run_is_tracked_and_ended_by_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard")
    monkeypatch.chdir(tmp_path)
    first, second = python_blocks(documents()["docs/how-to/tracking.rst"])
    small = 'generations=2, episodes=1, optimizer={"population": 4}, validation_episodes=2, progress=False, workers=1'
    names: dict[str, Any] = {}
    exec(compile(first.replace("seed=1", f"seed=1, {small}"), "tracking.rst", "exec"), names)
    assert list((tmp_path / "runs" / "cart-pole-seed1" / "tensorboard").iterdir())
    function, _, call = second.partition("\nnrl.evolve")
    exec(compile(function, "tracking.rst", "exec"), names)
    assert "on_generation=stop_early" in call
    summary = type("Summary", (), {"validation_return": 481.0})
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        names["stop_early"](summary)
    assert names["stop_early"](type("Summary", (), {"validation_return": 480.0})) is None


@pytest.mark.gradient
def test_a_policy_of_stable_baselines3_becomes_a_spiking_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("torch", "stable_baselines3"):
        pytest.importorskip(name, reason=f"needs {name}")
    monkeypatch.chdir(tmp_path)
    [block] = python_blocks(documents()["docs/how-to/teachers.rst"])
    small = '"normalisation": {"steps": 500}, "validation_episodes": 2, "finalists": 0, "workers": 1'
    names: dict[str, Any] = {}
    block = block.replace('"workers": 1', small).replace("20_000", "4_096")
    exec(compile(block, "teachers.rst", "exec"), names)
    assert names["run"].champion.evaluate(episodes=20).mean_return > 40
    assert "spikes_differing=0" in capsys.readouterr().out


def test_a_neo_file_is_read_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nixio", "elephant.statistics"):
        pytest.importorskip(name, reason=f"needs {name.partition('.')[0]}")
    monkeypatch.chdir(tmp_path)
    assert main(["export", "champion:mountain-car", "--neo", "episode.nix"]) == 0
    text = documents()["docs/how-to/export.rst"]
    block = text[text.index("    import neo\n") : text.index("* ``spiketrains``")]
    names: dict[str, Any] = {}
    exec(compile(re.sub("^ {4}", "", block, flags=re.MULTILINE), "export.rst", "exec"), names)
    replay = nrl.load("champion:mountain-car").replay(seed=1_000_000)
    seconds = len(replay.actions) * 0.02
    assert sum(float(rate) for rate in names["rates"]) == pytest.approx(len(replay.spikes) / seconds)


def test_an_environment_of_ones_own_is_evolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = documents()["docs/how-to/environments.rst"]
    block = text[text.index("    import gymnasium\n") : text.index("In the folder of the file::")]
    source = re.sub("^ {4}", "", block, flags=re.MULTILINE).replace("Docking-v0", "DocumentedDocking-v0")
    (tmp_path / "documented_docking.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    plugins.allow("documented_docking")
    name = "documented_docking:DocumentedDocking-v0"
    check_environment(name)
    small = {"generations": 1, "episodes": 1, "optimizer": {"population": 4}, "validation_episodes": 1, "finalists": 0}
    run = nrl.evolve(name, small, workers=1, progress=False, normalisation={"steps": 100})
    assert run.champion.unseen.mean_return < 10


def test_the_study_of_the_page_has_six_runs() -> None:
    text = documents()["docs/how-to/studies.rst"]
    block = text[text.index('    name = "two-encoders"') : text.index("``[grid]`` has")]
    study = parse_study(re.sub("^ {4}", "", block, flags=re.MULTILINE), Path("two-encoders.toml"))
    planned = planned_runs(study)
    assert [run.config.encoder.name for run in planned] == ["poisson", "latency"] * 3
    assert {run.config.generations for run in planned} == {10}


def test_episodes_are_exported_from_python_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("neo", "pynwb"):
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    (source,) = python_blocks(documents()["docs/how-to/export.rst"])
    names: dict[str, Any] = {}
    exec(compile(source, "export.rst", "exec"), names)
    assert (tmp_path / "episode.nwb").is_file()
    assert len(list((tmp_path / "tables").iterdir())) == 2
    assert len(names["steps"]) == len(names["replay"]) + 1
    assert sum(map(len, names["block"].segments[0].spiketrains)) == len(names["spikes"])


def test_checks_of_the_page_pass() -> None:
    text = documents()["docs/how-to/testing.rst"]
    block = text[text.index("    from neurosim_rl.bridge") : text.index("An encoder that forgets")]
    names: dict[str, Any] = {}
    exec(compile(re.sub("^ {4}", "", block, flags=re.MULTILINE), "testing.rst", "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        test()


def test_a_task_runs_in_the_experiment_of_l2l(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole, ours, guarded = python_blocks(documents()["docs/how-to/l2l_experiment.rst"])
    prepare, _, end = whole.partition("experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)\n")
    assert "pop_size=32" in prepare
    small = prepare.replace("pop_size=32", "pop_size=4").replace("n_iteration=10", "n_iteration=1")
    names: dict[str, Any] = {}
    exec(compile(small, "l2l_experiment.rst", "exec"), names)
    exec(compile(ours.replace("workers=4", "workers=1"), "l2l_experiment.rst", "exec"), names)
    results = names["trajectory"].results.all_results[0]
    assert len(results) == 4
    assert all(-300 <= fitness <= -80 for _, (fitness,) in results)
    exec(compile(end, "l2l_experiment.rst", "exec"), names)
    assert names["fast_runner"] is fast_runner
    imports = "\n".join(line for line in guarded.splitlines() if line.startswith("from"))
    exec(compile(imports, "l2l_experiment.rst", "exec"), names)
    compile(guarded, "l2l_experiment.rst", "exec")


def test_python_names_of_the_reference_are_all_public_names() -> None:
    page = documents()["docs/reference/python.rst"]
    named = set(re.findall(r"auto\w+:: neurosim_rl\.(\w+)$", page, re.MULTILINE))
    assert named | {"NeurosimError"} == set(nrl.__all__)


def test_the_film_of_the_page_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (source,) = python_blocks(documents()["docs/how-to/films.rst"])
    assert "steps=40" in source
    names: dict[str, Any] = {}
    exec(compile(source.replace("steps=40", "steps=4"), "films.rst", "exec"), names)
    assert (names["film"].steps, names["film"].fps) == (4, 20)
    assert (tmp_path / "pole.gif").read_bytes().startswith(b"GIF89a")
