"""Run PyNEST scripts one after the other in a process that has Python, NEST, NumPy and Gymnasium only.

Usage: ``python -I alone.py OUT SCRIPT [OPTION ...] -- SCRIPT [OPTION ...] -- ...``. Each writes its file into OUT.
"""

import runpy
import sys
from pathlib import Path

FORBIDDEN = {"neurosim_rl", "deap", "h5py", "l2l", "loky", "numba", "pandas", "torch"}
"""What this package needs, and the script must not."""


class Nothing:
    """A finder that refuses what a colleague may not have."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise for a forbidden package."""
        if name.partition(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main() -> None:
    """Run the scripts."""
    sys.meta_path.insert(0, Nothing)  # type: ignore[arg-type]
    out, words = Path(sys.argv[1]), sys.argv[2:]
    while words:
        end = words.index("--") if "--" in words else len(words)
        script, words = words[:end], words[end + 1 :]
        sys.argv = [*script, "--out", str(out / f"{Path(script[0]).stem}.npz")]
        runpy.run_path(script[0], run_name="__main__")


if __name__ == "__main__":
    main()
