"""What runs compute does not depend on the code that BLAS and NumPy choose for a processor."""

from benchmarks import processors

CHOSEN = ("openai-es", "cma-es", "l2l-cross-entropy")
"""Optimizers with products, with eigenvectors, and with a covariance matrix of L2L."""


def test_a_run_is_the_same_on_an_older_processor_and_may_move_there() -> None:
    result = processors.run(CHOSEN, {"older": processors.ALL_BUT_FMA})
    expected = {"older": "same", "resumed": "1 of 1", "and the same": "1 of 1"}
    assert result["rows"] == [{"run": name, **expected} for name in CHOSEN]
