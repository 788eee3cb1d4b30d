"""Optimizers on a real task: the compiled network in the closed loop, a few generations.

One of ours, one of another library, and one of L2L's, with generations of different sizes. That every optimizer asks
the same when it is told the same, and when it is resumed, is seen by ``test_search.py``.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from neurosim_rl.execution import Executor, ProcessExecutor, SerialExecutor
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.distribution import each_day
from tests.histories import assert_same_run

GENERATIONS = 3
SHORT: dict[str, Any] = {"generations": GENERATIONS, "episodes": 1, "validation_episodes": 2, "batch_size": 5}


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Executor]:
    with ProcessExecutor(2) as executor:
        yield executor


@pytest.mark.parametrize("name", each_day(["genetic", "cma-es", "l2l-face"], "genetic"))
def test_one_seed_gives_one_result_on_any_worker_count_and_after_an_interruption(
    name: str, two_workers: Executor, tmp_path
) -> None:
    config = check(configure("mountain-car", SHORT, {"optimizer": {"name": name}}))
    alone, together = (RunFolder.create(tmp_path / kind, config) for kind in ("alone", "together"))
    run_to_end(config, alone, executor=SerialExecutor())
    history = alone.history()
    assert history is not None
    assert history.n_generations == GENERATIONS
    assert np.isfinite(history.fitness).all()
    assert np.abs(history.genomes).max() <= 10.0

    def interrupt(progress: Progress) -> None:
        if progress.n_done == GENERATIONS - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_to_end(config, together, executor=two_workers, on_progress=interrupt)
    run_to_end(config, together, executor=two_workers)
    assert_same_run(alone.path, together.path)
