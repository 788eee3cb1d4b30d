"""NEST itself, imported without its side effects on the command line, the terminal and libraries to come."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("PYNEST_QUIET", "1")  # a banner before the JSON on standard output would spoil it

# NEST reads the command line. It takes our --debug for its own, and raises for a path that is not UTF-8.
_given, sys.argv = sys.argv, ["neurosim-rl"]
try:
    import nest
    from nest import nestkernel_api
finally:
    sys.argv = _given
    # NEST lets all libraries that are loaded later share their symbols. Two of them may hold a MuJoCo each: EnvPool's
    # and MuJoCo's own. One would call functions of the other, and end the process.
    sys.setdlopenflags(sys.getdlopenflags() & ~os.RTLD_GLOBAL)

__all__ = ["nest", "nestkernel_api"]
