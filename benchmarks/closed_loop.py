"""One closed-loop window of the published MountainCar network: the published way against ours.

Published way (Yegenoglu et al. 2022, ``optimizee_mc.py``): one network in the kernel, 60 ``dc_generator``s, each step
sets all amplitudes to 0 one by one, clears the recorders, sets two amplitudes, simulates 20 ms, and reads three
recorders. Ours: a batch of networks in one kernel, ``I_e`` set where it changed, one recorder. Same weights,
same environment, same decoder; both run in turn in fresh processes.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.processes import in_fresh_process

BATCH = 32
LARGE_BATCH = 256
WINDOWS = 109
REPETITIONS = 5


def run() -> dict[str, Any]:
    """Measure both in turn, several times."""
    calls = {
        "published step, 1 network": "published_ms()",
        f"neurosim-rl on NEST, batch of {BATCH}": "ours_ms('nest')",
        f"neurosim-rl compiled, batch of {BATCH}": "ours_ms('compiled')",
        f"neurosim-rl compiled, EnvPool, batch of {BATCH}": "ours_ms('compiled', 'envpool')",
        f"neurosim-rl compiled, EnvPool, batch of {LARGE_BATCH}": "ours_ms('compiled', 'envpool', LARGE_BATCH)",
        f"simulator alone, NEST, batch of {BATCH}": "simulator_ms('nest')",
        f"simulator alone, compiled, batch of {BATCH}": "simulator_ms('compiled')",
    }
    measured: dict[str, list[float]] = {what: [] for what in calls}
    for _ in range(REPETITIONS):
        for what, call in calls.items():
            measured[what].append(in_fresh_process("closed_loop", f"[{call}]")[0])
    published, nest, compiled, fast, large, nest_alone, compiled_alone = measured.values()
    ratios = {
        "published / NEST": _ratios(published, nest),
        "published / compiled": _ratios(published, compiled),
        "published / compiled with EnvPool": _ratios(published, fast),
        f"published / compiled with EnvPool, {LARGE_BATCH}": _ratios(published, large),
        "published / compiled simulator alone": _ratios(published, compiled_alone),
        "simulator alone, NEST / compiled": _ratios(nest_alone, compiled_alone),
    }
    return {
        "about": f"ms for each network and 20 ms window, {WINDOWS} windows, {REPETITIONS} repetitions in turn",
        "rows": [_row(what, values) for what, values in measured.items()],
        "ratios": ratios,
        "summary": "ratios, repetition by repetition:\n"
        + "\n".join(f"  {k}: median {median(v):.1f}, {min(v):.1f} to {max(v):.1f}" for k, v in ratios.items()),
    }


def _ratios(slow: list[float], fast: list[float]) -> list[float]:
    return [a / b for a, b in zip(slow, fast, strict=True)]


def _row(what: str, values: list[float]) -> dict[str, Any]:
    return {"what": what, "median_ms": median(values), "min_ms": min(values), "max_ms": max(values)}


def _genomes(batch: int = BATCH, engine: str = "gymnasium") -> tuple[Any, list[np.ndarray]]:
    from neurosim_rl.optimizees import create_optimizee
    from neurosim_rl.training.configure import configure

    optimizee = create_optimizee(configure("mountain-car-yegenoglu2022", {"environment": {"engine": engine}}))
    return optimizee, [optimizee.parameters.to_vector(optimizee.create_individual()) for _ in range(batch)]


def ours_ms(simulator: str, engine: str = "gymnasium", batch: int = BATCH) -> float:
    """Return ms for each network and window of our loop, building included."""
    from neurosim_rl.simulators import create_simulator

    optimizee, vectors = _genomes(batch, engine)
    elements = optimizee.training_elements(0, range(batch))
    with create_simulator(simulator) as opened:
        optimizee.play(vectors[:1], elements[:1], simulator=opened)  # starting and compiling are not what is measured
        start = time.perf_counter()
        episodes = optimizee.play(vectors, elements, simulator=opened).episodes
    return (time.perf_counter() - start) * 1e3 / int(episodes.lengths.sum())


def simulator_ms(simulator: str) -> float:
    """Return ms for each network and window of the simulator alone: the drives of a real batch, played again."""
    from neurosim_rl.simulators import create_simulator

    optimizee, vectors = _genomes()
    networks = [optimizee.network(v) for v in vectors]
    elements = optimizee.training_elements(0, range(BATCH))
    with create_simulator("compiled") as opened:
        traces = optimizee.play(vectors, elements, simulator=opened, record=True).episodes.traces
    active = np.arange(BATCH)
    drives = [optimizee.encoder.encode(o, active, []) for o in traces.observations[:, :WINDOWS].swapaxes(0, 1)]
    with create_simulator(simulator) as opened:
        opened.build(networks)
        start = time.perf_counter()
        for drive in drives:
            opened.advance(drive, optimizee.config.window_ms, active)
    return (time.perf_counter() - start) * 1e3 / (BATCH * WINDOWS)


def published_ms() -> float:
    """Return ms for each window of the published loop, building left out (it is charged to ours only)."""
    import gymnasium
    import nest

    optimizee, vectors = _genomes()
    genome = optimizee.parameters.to_genome(vectors[0])
    nest.ResetKernel()
    nest.set_verbosity("M_ERROR")
    nest.SetKernelStatus({"resolution": 0.2, "rng_seed": 1})
    inputs, hidden, output = (nest.Create("iaf_psc_alpha", n, {"t_ref": 1.0}) for n in (60, 5, 3))
    generators = nest.Create("dc_generator", 60)
    recorders = nest.Create("spike_recorder", 3)
    nest.Connect(generators, inputs, "one_to_one")
    nest.Connect(output, recorders, "one_to_one")
    nest.Connect(inputs, hidden, syn_spec={"weight": genome["weights_0"].T * 100.0, "delay": 1.0})
    nest.Connect(hidden, output, syn_spec={"weight": genome["weights_1"].T * 100.0, "delay": 1.0})
    env = gymnasium.make("MountainCar-v0")
    (position, velocity), _ = env.reset(seed=0)
    start = time.perf_counter()
    for _ in range(WINDOWS):
        bins = [int((position + 1.2) / 1.8 * 30), 30 + int((velocity + 0.07) / 0.14 * 30)]
        for generator in generators:
            nest.SetStatus(generator, {"amplitude": 0.0})
        for recorder in (*recorders, *recorders):
            nest.SetStatus(recorder, {"n_events": 0})
        for index in bins:
            nest.SetStatus(generators[min(index, 59)], {"amplitude": 40_000.0})
        nest.Simulate(20.0)
        left, none, right = (nest.GetStatus(recorder, "n_events")[0] for recorder in recorders)
        action = 0 if left > max(none, right) else 2 if right > max(left, none) else 1
        (position, velocity), *_ = env.step(action)
    return (time.perf_counter() - start) * 1e3 / WINDOWS
