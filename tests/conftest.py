"""Fixtures that several test modules share."""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import settings

from neurosim_rl.errors import ExchangeError
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings import plugins, user_code
from neurosim_rl.simulators import Simulator, create_simulator
from neurosim_rl.simulators.nest_config import check_tools
from neurosim_rl.training import champion as assessment
from neurosim_rl.training.configure import configure
from tests.leftovers import end, leftovers, mark_this_session, told
from tests.own_parts import forgotten_afterwards
from tests.slurm_cluster import SlurmCluster, missing_programs
from tests.toys import TOYS

os.environ.pop("COLUMNS", None)  # a worker of xdist has the width of a terminal, which its captured output does not
ASSESSED = {name: getattr(assessment, name) for name in ("UNSEEN_EPISODES", "RECORDED_EPISODES")}
"""How champions of users' runs are assessed."""

settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what ``make test-all`` says."""
    parser.addoption(
        "--thorough", action="store_true", help="run tests marked thorough too, and replay every shipped champion"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hear Ctrl-C, and let child processes hear it, also where a shell started the tests in the background.

    Loggers of libraries (L2L's Experiment sets them up) outlive the captured stream that one test gave them; that is
    no error of the next.
    """
    logging.raiseExceptions = False
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not _is_worker(config):
        mark_this_session()


def _is_worker(config: pytest.Config) -> bool:
    """Return whether this is a process of pytest-xdist, which belongs to the session of another."""
    return hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep files together where tests run side by side."""
    from tests.distribution import FilesTogether

    return FilesTogether(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only ``make test-all`` runs; where tests run side by side, distribute them.

    All that share the one Slurm go to one process, and so do notebooks; long files come first.
    """
    if not config.getoption("thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    if not config.pluginmanager.hasplugin("xdist"):
        return
    from tests.distribution import NOTEBOOKS, SLURM, order

    for item in items:
        if item.get_closest_marker("slurm") or "slurm" in getattr(item, "fixturenames", []):
            item.add_marker(pytest.mark.xdist_group(SLURM))
        elif item.get_closest_marker("notebook"):
            item.add_marker(pytest.mark.xdist_group(NOTEBOOKS))
    order(items)


CHROMIUM = Path("/usr/bin/chromium")
LEFT = pytest.StashKey[list[str]]()


@pytest.hookimpl(trylast=True)  # processes of pytest-xdist end before
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session when a process that it started is still there, and end the process."""
    if _is_worker(session.config):
        return
    left = leftovers()
    session.config.stash[LEFT] = told(left)
    if left:
        end(left)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the processes that the tests left behind."""
    lines = config.stash.get(LEFT, [])
    if lines:
        terminalreporter.section("processes left by the tests", red=True)
        terminalreporter.write("\n".join([*lines, ""]))


FEW_UNSEEN, FEW_RECORDED = 10, 3


@pytest.fixture(scope="session", autouse=True)
def _champions_are_assessed_briefly() -> Iterator[None]:
    """Let a run evaluate its champion on fewer unseen starts and record fewer episodes: half of a short run's time.

    Only in this process: a run of another process ends with the same champion, and with the full numbers.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assessment, "UNSEEN_EPISODES", FEW_UNSEEN)
        patch.setattr(assessment, "RECORDED_EPISODES", FEW_RECORDED)
        yield


@contextmanager
def fully_assessed() -> Iterator[None]:
    """In the ``with`` block, runs assess their champions as users' runs do."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ASSESSED.items():
            patch.setattr(assessment, name, value)
        yield


@pytest.fixture(autouse=True)
def _no_sign_of_life_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in this process show no sign of life: what they print then does not depend on the time they take."""
    monkeypatch.setattr("neurosim_rl.cli.sign_of_life.FIRST_SIGN_S", 10_000.0)


@pytest.fixture(autouse=True)
def _tests_that_build_in_nestml_have_its_tools(request: pytest.FixtureRequest) -> None:
    """Skip a test with the marker ``nestml`` where its tools are missing."""
    if request.node.get_closest_marker("nestml"):
        request.getfixturevalue("nestml_tools")


@pytest.fixture(scope="session")
def nestml_tools() -> None:
    """Skip what builds a model in NESTML where a tool for that is missing."""
    if importlib.util.find_spec("pynestml") is None:
        pytest.skip("needs NESTML (the extra [nestml])")
    try:
        check_tools()
    except ExchangeError as error:
        pytest.skip(str(error))


@pytest.fixture
def full_assessment() -> Iterator[None]:
    """Let a run assess its champion as users' runs do, and runs of other processes."""
    with fully_assessed():
        yield


@pytest.fixture
def nest_simulator() -> Iterator[Simulator]:
    """The reference simulator, open; this process's kernel is empty afterwards."""
    with create_simulator("nest") as simulator:
        yield simulator


@pytest.fixture
def toys() -> Iterator[None]:
    """Register the toy environments for one test."""
    for name, (entry_point, limit) in TOYS.items():
        gymnasium.register(name, entry_point=entry_point, max_episode_steps=limit)
    yield
    for name in TOYS:
        del gymnasium.registry[name]


@pytest.fixture(autouse=True)
def _the_folder_stays() -> Iterator[None]:
    # The first fixture of a test ends last: after ``monkeypatch``, which may go back to a folder of ``no_plugins``.
    folder = Path.cwd()
    yield
    os.chdir(folder)


def _plugins_as_they_were(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plugins, "_ALLOWED", dict(plugins._ALLOWED))
    patch.setattr(user_code, "_PLACES", set(user_code._PLACES))
    patch.setenv(plugins.VARIABLE, os.environ.get(plugins.VARIABLE, ""))


@pytest.fixture(scope="module", autouse=True)
def _plugins_of_a_modules_fixtures_end_with_it() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        _plugins_as_they_were(patch)
        patch.chdir(Path.cwd())  # goes back there at the end, whatever fixtures of the module did
        yield


@pytest.fixture(autouse=True)
def _plugins_of_a_test_end_with_it(_the_folder_stays: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _plugins_as_they_were(monkeypatch)


@pytest.fixture
def pynest_functions(_plugins_of_a_test_end_with_it: None) -> None:
    """Let settings name the functions of ``tests/models/pynest_functions.py``, as the user's own word."""
    plugins.allow("tests.models.pynest_functions")


@pytest.fixture
def no_plugins(tmp_path: Path) -> Iterator[Path]:
    """Work in an empty folder, without plugins; what a test loads and registers is forgotten."""
    with forgotten_afterwards(tmp_path):
        yield tmp_path


@pytest.fixture
def rngs() -> list[np.random.Generator]:
    """Generators for batches of up to 16 elements."""
    return [np.random.default_rng([7, element]) for element in range(16)]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A new run folder without generations."""
    return RunFolder.create(tmp_path / "run", configure("cart-pole", {"seed": 9}))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    """A private Slurm of two nodes with two processors each; ``SLURM_CONF`` points to it."""
    if missing := missing_programs():
        pytest.skip(f"needs Slurm and munge (apt-get install slurm-wlm munge); missing: {', '.join(missing)}")
    with pytest.MonkeyPatch.context() as patch, SlurmCluster(nodes=2, cpus=2) as cluster:
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        yield cluster
