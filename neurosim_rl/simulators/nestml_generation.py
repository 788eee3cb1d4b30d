"""Steps of building a NESTML module, each a process of its own: ``generate`` and compile, and ``load`` it in NEST.

An order comes as JSON on standard input; the last line of standard output is the result.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def _generate(order: dict[str, Any]) -> dict[str, Any]:
    """Generate code of NESTML files, compile it, and put the library into a folder."""
    from pynestml.frontend.pynestml_frontend import generate_nest_target

    options: dict[str, Any] = {"nest_path": order["nest_path"]}
    if order["pairs"]:
        options["neuron_synapse_pairs"] = order["pairs"]
    if order["weights"]:
        options["weight_variable"] = order["weights"]
    if order["delays"]:
        options["delay_variable"] = order["delays"]
    generate_nest_target(
        input_path=order["inputs"],
        target_path=order["target"],
        install_path=order["install"],
        module_name=order["module"],
        logging_level="ERROR",
        codegen_opts=options,
    )
    return {}


def _load(order: dict[str, Any]) -> dict[str, Any]:
    """Install a library in NEST; return the models that it brings."""
    nest = importlib.import_module("neurosim_rl.simulators.nest_modules")
    return nest.models_of(order["library"])  # type: ignore[no-any-return]


if __name__ == "__main__":
    step = {"generate": _generate, "load": _load}[sys.argv[1]]
    result = step(json.load(sys.stdin))
    print()
    print(json.dumps(result))
