"""Spatial networks that evolve: whole runs, which depend on no worker and no interruption, and the committed study."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.execution import ProcessExecutor, SerialExecutor
from neurosim_rl.models import Spatial
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.reports.figures import draw_figures
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs import RunFolder
from neurosim_rl.studies.specification import read_study
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import Progress, run_to_end
from tests.tasks import NEEDS_MUJOCO

STUDY = Path(__file__).parents[2] / "benchmarks" / "studies" / "spatial.toml"
SMALL: dict[str, Any] = {
    "generations": 4,
    "episodes": 2,
    "validation_episodes": 2,
    "window_ms": 16.0,
    "resolution_ms": 1.0,
    "workers": 1,
    "environment": {"kwargs": {"max_episode_steps": 15}},
    "normalisation": {"name": "bounds", "steps": 50, "gain": 2.5},
    "model": {"name": "spatial", "grid": [3, 3], "v_th_limit": 200.0, "delay_per_step_ms": 1.0},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0},
    "optimizer": {"name": "structured-genetic", "population": 9},
}


def small(**layer: Any) -> Configuration:
    return check(configure("pendulum", SMALL, layer))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run."""
    path = tmp_path_factory.mktemp("spatial") / "run"
    config = small()
    run_to_end(config, RunFolder.create(path, config), executor=SerialExecutor())
    return path


def genomes(folder: RunFolder) -> np.ndarray:
    history = folder.history()
    assert history is not None
    return history.genomes


def test_a_run_ends_the_same_for_other_workers_and_batches_and_after_an_interruption(run: Path, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.n_done == 2:
            raise KeyboardInterrupt

    folder = RunFolder.create(tmp_path / "run", small(batch_size=4))
    with ProcessExecutor(2) as executor:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            run_to_end(folder.config(), folder, executor=executor, on_progress=interrupt)
        champion = run_to_end(folder.config(), folder, executor=executor)
    assert champion.verification.identical
    np.testing.assert_array_equal(genomes(folder), genomes(RunFolder.open(run)))
    assert (RunFolder.open(run).champion_path).exists()


def test_edges_come_and_go_and_signs_flip(run: Path) -> None:
    optimizee = create_optimizee(RunFolder.open(run).config())
    first, last = genomes(RunFolder.open(run))[:9], genomes(RunFolder.open(run))[-9:]
    space = optimizee.parameters
    edges = space.is_kind("edge")
    assert ((first[:, edges] != 0).any(axis=0) != (last[:, edges] != 0).any(axis=0)).any()
    assert set(np.unique(last[:, space.is_kind("sign")])) == {-1.0, 1.0}


def test_its_figures_are_drawn(run: Path, tmp_path: Path) -> None:
    files, _ = draw_figures(Subject.of(str(run)), tmp_path)
    assert {"fitness", "responses", "episode", "raster"} <= {path.stem for path in files}


@pytest.mark.parametrize("optimizer", ["cma-es", "openai-es", "genetic"])
def test_other_optimizers_take_the_same_genes(optimizer: str, tmp_path: Path) -> None:
    config = small(generations=2, optimizer={"name": optimizer, "population": 6})
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    assert champion.verification.identical


@pytest.mark.mujoco
@NEEDS_MUJOCO[1]
def test_the_committed_study_compares_wirings_with_as_many_connections() -> None:
    study = read_study(STUDY)
    assert study.n_runs == 5 * 2 * 5
    n_synapses: dict[str, int] = {}
    for cell in study.cells()[:2]:
        config = study.configuration(cell)
        assert config.optimizer.name == "structured-genetic"
        assert config.generations == 100
        optimizee = create_optimizee(config.replace(normalisation={"name": "bounds", "bound": [1.0] * 8}))
        assert isinstance(optimizee.model, Spatial)
        rng = np.random.default_rng(0)
        vectors = [optimizee.parameters.sample(rng) for _ in range(30)]
        weights = [optimizee.parameters.to_genome(vector)["weights"] for vector in vectors]
        n_synapses[optimizee.model.wiring] = int(np.count_nonzero(weights))
    assert n_synapses["spatial"] == pytest.approx(n_synapses["random"], rel=0.15)
