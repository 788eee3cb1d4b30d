"""Whole runs in which individuals fail, workers die, files are cut, or two processes want one folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import EvaluationError, NeurosimError, RunFolderError
from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.optimizees import TASKS, Configuration
from neurosim_rl.records.history import History
from neurosim_rl.reports.run import failures_text
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests import fragile
from tests.distribution import each_day
from tests.waiting import wait_until

TINY = {
    "seed": 2,  # with which `prepare` tries a good individual
    "generations": 3,
    "episodes": 1,
    "validation_episodes": 1,
    "environment": {"kwargs": {"max_episode_steps": 30}},
    "optimizer": {"name": "genetic", "population": 8},
}


@pytest.fixture(autouse=True)
def fragile_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, cls in fragile.TASKS.items():
        monkeypatch.setitem(TASKS, name, cls)


def tiny(task: str, **changes: object) -> Configuration:
    return check(configure(task, TINY, changes))


def run(path: Path, config: Configuration, workers: int = 1) -> RunFolder:
    folder = RunFolder.create(path, config)
    with SerialExecutor() if workers == 1 else ProcessExecutor(workers) as executor:
        run_to_end(config, folder, executor=executor)
    return folder


def history(folder: RunFolder) -> History:
    found = folder.history()
    assert found is not None
    return found


# --- individuals that fail ---


def test_bad_individuals_get_the_penalty_and_the_run_goes_on(tmp_path: Path, capsys) -> None:
    config = tiny("fragile", penalty_fitness=-77.0)
    folder = run(tmp_path / "run", config)
    found = history(folder)
    bad = found.genomes[:, 0] > 3.0
    assert 0 < bad.sum() < 12
    np.testing.assert_array_equal(found.fitness[bad], -77.0)
    np.testing.assert_array_equal(found.failure[~bad], "")
    assert np.isnan(found.returns[bad]).all()
    assert (found.fitness[~bad] > 0).all()
    for number in range(3):
        good = found.fitness[(found.generation == number) & ~bad]
        assert found.mean_fitness[number] == good.mean()
        assert found.best_fitness[number] == good.max()
    log = folder.log_path.read_text()
    assert log.count("gets the penalty fitness: ValueError: this individual is bad") == bad.sum()

    assert main(["show", str(folder.path), "--failures", "--json"]) == 0
    failures = json.loads(capsys.readouterr().out)
    assert len(failures) == bad.sum()
    assert "raise ValueError" in failures[0]["traceback"]
    np.testing.assert_array_equal(failures[0]["genome"], found.genomes[bad][0])
    assert main(["show", str(folder.path)]) == 0
    assert f"{bad.sum()} individuals failed; reasons: neurosim-rl show" in capsys.readouterr().out


def test_the_penalty_s_size_does_not_matter_to_a_search_that_counts_fitness_as_it_is(tmp_path: Path) -> None:
    raw = {"name": "ensemble-kalman", "population": 8, "shaping": "raw", "target": 50.0, "survivors": 1.0}
    penalties = -77.0, -1e6
    mild, hard = (
        history(run(tmp_path / str(size), tiny("fragile", generations=2, penalty_fitness=size, optimizer=raw)))
        for size in penalties
    )
    assert (mild.failure[:8] != "").any()
    np.testing.assert_array_equal(mild.genomes, hard.genomes)
    for found, size in zip((mild, hard), penalties, strict=True):
        np.testing.assert_array_equal(found.fitness[found.failure != ""], size)


def test_the_same_individuals_fail_for_any_number_of_workers(tmp_path: Path) -> None:
    one, two = (history(run(tmp_path / str(n), tiny("fragile"), workers=n)) for n in (1, 2))
    np.testing.assert_array_equal(one.genomes, two.genomes)
    np.testing.assert_array_equal(one.fitness, two.fitness)
    assert [bool(why) for why in one.failure] == [bool(why) for why in two.failure]


def test_a_fitness_that_is_not_a_number_gets_the_penalty(tmp_path: Path) -> None:
    found = history(run(tmp_path / "run", tiny("notanumber")))
    bad = found.lengths[:, 0] % 5 == 0
    assert bad.any()
    np.testing.assert_array_equal(found.fitness[bad], -1e6)
    assert set(found.failure[bad]) == {"its fitness is nan"}


def test_a_run_in_which_all_fail_stops_and_keeps_its_folder(tmp_path: Path) -> None:
    config = tiny("hopeless")
    folder = RunFolder.create(tmp_path / "run", config)
    with pytest.raises(EvaluationError, match="every individual failed; number 0 by ValueError: this"):
        run_to_end(config, folder, executor=SerialExecutor())
    assert folder.config() == config
    assert folder.holder() is None
    reason = "generation 0 ended by an error: every individual failed; number 0 by ValueError: this"
    assert reason in folder.log_path.read_text()
    text = failures_text(str(folder.path))
    assert text == f"No generation is finished, so no individual is recorded. See {folder.log_path} for errors."


def test_a_best_individual_that_fails_in_validation_does_not_end_the_run(tmp_path: Path) -> None:
    config = tiny("unvalidated")
    folder = RunFolder.create(tmp_path / "run", config)
    champion = run_to_end(config, folder, executor=SerialExecutor())
    assert "ValueError: no validation" in " ".join(champion.failures.values())
    assert champion.chosen_by == "training fitness"
    assert history(folder).n_generations == 3
    np.testing.assert_array_equal(history(folder).validation_return, -np.inf)


# --- two processes ---


def test_a_run_that_somebody_works_on_is_not_touched(tmp_path: Path) -> None:
    config = tiny("cart-pole")
    folder = RunFolder.create(tmp_path / "run", config)
    with folder.locked():
        with pytest.raises(RunFolderError, match=rf"is in use by process {os.getpid()} on"):
            run_to_end(config, folder, executor=SerialExecutor())
        assert folder.history() is None
    run_to_end(config, folder, executor=SerialExecutor())


# --- kills ---


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return run(tmp_path_factory.mktemp("whole") / "run", check(configure("cart-pole", TINY)))


def facts(folder: RunFolder) -> tuple[list[bytes], str]:
    """Return all that must not depend on interruptions."""
    found = history(folder)
    arrays = [getattr(found, name) for name in ("genomes", "fitness", "returns", "lengths", "validation_return")]
    return [array.tobytes() for array in arrays], read_champion(folder.path).sha256


@pytest.mark.parametrize(
    "number", each_day([signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP], signal.SIGKILL, signal.SIGUSR1)
)
def test_a_run_ended_by_a_signal_goes_on_to_the_same_end(whole: RunFolder, tmp_path: Path, number: int) -> None:
    folder = RunFolder.create(tmp_path / "run", whole.config())
    command = [sys.executable, "-m", "neurosim_rl.cli", "resume", str(folder.path), "--workers", "1", "--no-figures"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    wait_until(
        lambda: any(folder.segments_path.glob("0*.h5")) or process.poll() is not None, "a generation, or the end"
    )
    process.send_signal(number)
    told = process.communicate()[0]
    if number == signal.SIGKILL:
        assert process.returncode == -9
    elif process.returncode:  # it was not too late
        assert process.returncode == 130
        assert f"neurosim-rl resume {folder.path}" in told
    assert folder.holder() is None
    done = history(folder).n_generations
    run_to_end(folder.config(), folder, executor=SerialExecutor())
    assert done >= 1
    assert facts(folder) == facts(whole)


# --- damage ---


@pytest.fixture
def copy(whole: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of a run that was interrupted after two of its generations, the first of them in run.h5."""
    found = history(whole)
    folder = RunFolder.create(tmp_path / "copy", whole.config())
    folder.add_generation(found.of(0))
    folder.consolidate()
    folder.add_generation(found.of(1))
    shutil.copy(whole.champion_path, folder.champion_path)
    with folder.locked():
        pass
    return folder


@pytest.mark.parametrize("name", ["config.toml", "run.h5", "generations/000001.h5"])
def test_a_file_of_any_shorter_length_is_an_error_and_nothing_is_lost(copy: RunFolder, name: str) -> None:
    path = copy.path / name
    content = path.read_bytes()
    step = max(1, len(content) // 60)
    for length in {*range(0, len(content), step), *range(max(0, len(content) - 40), len(content))}:
        path.write_bytes(content[:length])
        with pytest.raises(NeurosimError, match=r"damaged"):
            run_to_end(copy.config(), copy, executor=SerialExecutor())
        assert path.read_bytes() == content[:length]
    assert copy.holder() is None


@pytest.mark.parametrize("name", ["champion.h5", "events.log", "lock"])
@pytest.mark.parametrize("share", each_day([0.0, 0.5, 0.99], 0.5))
def test_files_that_a_resumed_run_makes_anew_do_not_stop_it(
    whole: RunFolder, copy: RunFolder, name: str, share: float
) -> None:
    path = copy.path / name
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    if name == "champion.h5":
        with pytest.raises(RunFolderError, match="damaged"):
            read_champion(copy.path)
    run_to_end(copy.config(), copy, executor=SerialExecutor())
    assert facts(copy) == facts(whole)


@pytest.mark.parametrize("name", ["run.h5", "generations/000001.h5"])
def test_a_history_file_that_is_missing_is_told_or_made_again(whole: RunFolder, copy: RunFolder, name: str) -> None:
    (copy.path / name).unlink()
    if name == "run.h5":
        with pytest.raises(RunFolderError, match="lacks generations between 0 and 1"):
            run_to_end(copy.config(), copy, executor=SerialExecutor())
    else:
        run_to_end(copy.config(), copy, executor=SerialExecutor())
        assert facts(copy) == facts(whole)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_line(copy: RunFolder) -> None:
    for path in (copy.path, copy.segments_path):
        path.chmod(0o555)
    before = {path: path.stat().st_mtime_ns for path in copy.path.rglob("*")}
    for parent in takewhile(lambda parent: parent != Path(tempfile.gettempdir()), copy.path.parents):
        parent.chmod(0o755)
    command = [sys.executable, "-m", "neurosim_rl.cli", "resume", str(copy.path), "--workers", "1"]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "HOME": "/nonexistent"}
        )
    finally:
        for path in (copy.path, copy.segments_path):
            path.chmod(0o755)
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("neurosim-rl: error: cannot write")
    assert "Permission denied" in last
    assert {path: path.stat().st_mtime_ns for path in copy.path.rglob("*")} == before
