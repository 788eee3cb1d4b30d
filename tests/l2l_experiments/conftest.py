"""Experiments of L2L's own runner: it sleeps nearly all the time, so all of them run at once."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator

import pytest

from tests.l2l_experiments.faulty import Setup
from tests.l2l_experiments.scripts import Script

SETUPS = {
    "harmless": Setup(faults={"1": "raise an error", "2": "return nan", "3": "call sys exit"}),
    "hopeless": Setup(faults={"0": "raise an error", "1": "return nan"}, population=2),
    "abort": Setup(faults={"1": "abort"}, population=2, options={"tries": 2}),
    "exit 0": Setup(faults={"1": "exit with 0 once"}, population=2),
    "killed": Setup(faults={"0": "kill itself once"}, population=2),
    "slow": Setup(faults={"0": "sleep"}, population=2, options={"timeout_s": 1.0, "tries": 1}),
    "Ctrl-C": Setup(faults={"0": "sleep", "1": "sleep"}, population=2),
    "SIGTERM": Setup(faults={"0": "sleep", "1": "sleep"}, population=2),
    "main killed": Setup(faults={"0": "sleep", "1": "sleep"}, population=2),
    "no modules": Setup(interpreter=f"{shlex.quote(sys.executable)} -I -S", population=2),
    "no start": Setup(interpreter="/bin/false", population=2),
    "no sign": Setup(interpreter="sh -c 'sleep 600'", population=2, options={"start_limit_s": 5.0}),
    **{
        f"{runner} {name}": Setup(runner, task=task, generations=2, workers=4)
        for task, name in (("", "function"), ("cart-pole", "cart-pole"))
        for runner in ("stock", "guarded")
    },
}


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Script]]:
    """The experiments, which have just begun or go on since the first test that asked."""
    root = tmp_path_factory.mktemp("scripts")
    scripts = {name: Script(root / name.replace(" ", "-"), setup) for name, setup in SETUPS.items()}
    yield scripts
    for script in scripts.values():
        script.process.kill()
        for process in script.processes():
            process.kill()
