"""Run a benchmark by name, or all quick ones; print tables or JSON."""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks import (
    closed_loop,
    compilation,
    controllers,
    crafted_files,
    dense_sweep,
    dependencies,
    endings,
    equality,
    evolution,
    executors,
    files_entered,
    gradients,
    gymnasium_environments,
    l2l_runner,
    neurogym_tasks,
    node_models,
    noise,
    plastic_loop,
    processors,
    profile,
    refusals,
    robots,
    robustness,
    scaling,
    solving,
    vehicle,
)
from benchmarks.table import machine, render
from neurosim_rl.errors import NeurosimError
from neurosim_rl.settings.checks import lookup

BENCHMARKS = {
    "closed-loop": closed_loop.run,
    "equality": equality.run,
    "plastic-equality": equality.plastic,
    "plastic-loop": plastic_loop.run,
    "controllers": controllers.run,
    "node-models": node_models.run,
    "noise": noise.run,
    "crafted-files": crafted_files.run,
    "profile": profile.run,
    "compilation": compilation.run,
    "dependencies": dependencies.run,
    "workers": scaling.workers,
    "executors": executors.run,
    "files-entered": files_entered.run,
    "gradients": gradients.run,
    "growth": scaling.growth,
    "gymnasium": gymnasium_environments.run,
    "memory": scaling.memory,
    "neurogym": neurogym_tasks.run,
    "kills": robustness.kills,
    "truncations": robustness.truncations,
    "refusals": refusals.run,
    "endings": endings.run,
    "l2l-runner": l2l_runner.run,
    "mountain-car-seeds": evolution.mountain_car_seeds,
    "published-recipe": evolution.published_recipe,
    "cart-pole-seeds": evolution.cart_pole_seeds,
    "evaluations-to-solved": solving.run,
    "dense-sweep": dense_sweep.run,
    "vehicle": vehicle.run,
    "processors": processors.run,
    "robots": robots.run,
    "robots-growth": robots.growth,
    "swimmers": robots.swimmers,
}
QUICK = ("closed-loop", "equality", "profile", "compilation", "workers", "growth")


def main() -> int:
    """Run the named benchmark, or all quick ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", help=f"one of {', '.join(BENCHMARKS)} (default: the quick ones)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    names = [options.name] if options.name else list(QUICK)
    try:
        results = {name: lookup("benchmark", name, BENCHMARKS)() for name in names}
    except NeurosimError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"machine": machine(), **results}, indent=2))
        return 0
    print(machine())
    for name, result in results.items():
        print(f"\n{name}: {result['about']}")
        print(render(result["rows"]))
        if "summary" in result:
            print(result["summary"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
