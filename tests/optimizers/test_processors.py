"""Searches and runs do not depend on the code that BLAS, NumPy and glibc choose for a processor."""

import importlib
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks import processors
from tests.optimizers.sphere import sphere
from tests.optimizers.test_search import SEARCHES, SMALL, evolve, search

ROOT = Path(__file__).parents[2]


def digests() -> dict[str, str]:
    """Return a digest of each optimizer's genomes on the sphere, in steps: many fitnesses are equal."""
    found = {}
    for name in SEARCHES:
        size = {} if name in SMALL else {"population": 24}
        genomes = evolve(search(name, generations=12, **size), 12, lambda genomes: np.round(sphere(genomes) / 20))
        found[name] = sha256(b"".join(generation.tobytes() for generation in genomes)).hexdigest()
    return found


def digests_in_a_process(**variables: str) -> dict[str, str]:
    code = "import json; from tests.optimizers.test_processors import digests; print(json.dumps(digests()))"
    child = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(child.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_every_search_is_the_same_on_an_older_processor_and_after_others() -> None:
    # The child loads scikit-learn in the middle of its searches; here it is loaded before.
    importlib.import_module("neurosim_rl.optimizers.l2l_gaussian")
    assert digests_in_a_process(**processors.ALL_BUT_FMA) == digests()


def test_a_run_may_move_to_an_older_processor() -> None:
    (row,) = processors.run(("cma-es",), {"older": processors.ALL_BUT_FMA})["rows"]
    assert row == {"run": "cma-es", "older": "same", "resumed": "1 of 1", "and the same": "1 of 1"}
