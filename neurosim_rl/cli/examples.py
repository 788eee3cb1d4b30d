"""Examples of each command, for its ``--help``."""

from __future__ import annotations

EXAMPLES = {
    "list": {
        "neurosim-rl list": "all kinds of parts, with their names",
        "neurosim-rl list optimizers": "one line for each optimizer",
        "neurosim-rl list optimizer cma-es": "its options with defaults and ranges",
    },
    "new": {"neurosim-rl new my-forager": "a project of your own in the folder my-forager"},
    "evolve": {
        "neurosim-rl evolve mountain-car": "with the task's own settings",
        "neurosim-rl evolve cart-pole --seed 3 --optimizer cma-es": "another seed and optimizer",
        "neurosim-rl evolve LunarLander-v3 --generations 50": "any Gymnasium environment",
        "neurosim-rl evolve hopper --set window_ms=16 --out runs/hopper": "any setting; a folder of your choice",
    },
    "train": {
        "neurosim-rl train target-reaching-vehicle": "reward-modulated STDP",
        "neurosim-rl train cart-pole --learner ppo --network snn": "gradients, for a spiking network",
    },
    "resume": {"neurosim-rl resume runs/mountain-car-seed1": "the rest of an interrupted run"},
    "submit": {
        "neurosim-rl submit hopper --seeds 1-10 --dry-run": "print the job script of ten runs",
        "neurosim-rl submit --study study.toml --profile cluster.toml": "a study, with a profile of the cluster",
    },
    "evaluate": {"neurosim-rl evaluate champion:cart-pole --episodes 20": "on 20 unseen starts"},
    "verify": {"neurosim-rl verify champion:mountain-car": "each spike, in NEST"},
    "plot": {
        "neurosim-rl plot runs/mountain-car-seed1": "all figures, into the run folder",
        "neurosim-rl plot champion:ant --figure raster --out figures": "one figure, of a shipped champion",
    },
    "analyse": {"neurosim-rl analyse champion:mountain-car --no-figures": "the table only"},
    "report": {
        "neurosim-rl report runs/mountain-car-seed1": "one page in the run folder",
        "neurosim-rl report champion:cart-pole --out cart-pole.html": "of a shipped champion",
    },
    "dashboard": {
        "neurosim-rl dashboard": "all runs of the folder runs; prints an address for the browser",
        "neurosim-rl dashboard studies --open": "runs of studies, at any depth, in a browser that is opened",
    },
    "record": {
        "neurosim-rl record champion:hopper --out hopper.gif": "the recorded episode next to the median",
        "neurosim-rl record champion:ant --out ant.mp4 --speed 0.5 --neuron 0:2": "slower, with two membranes",
    },
    "compare": {"neurosim-rl compare runs --csv runs.csv": "all runs of a folder"},
    "results": {"neurosim-rl results --task cart-pole --episodes 20": "the page of one task"},
    "study": {
        "neurosim-rl study study.toml": "run it, or the rest of it",
        "neurosim-rl study study.toml --table study.h5 --format csv": "print a finished table",
    },
    "dynamics": {"neurosim-rl dynamics stdp --out figures": "a synapse beside its closed form"},
    "export": {
        "neurosim-rl export champion:mountain-car --pynest loop.py": "a script that needs PyNEST only",
    },
    "nestml": {"neurosim-rl nestml neuron.nestml": "a module for the installed NEST"},
    "import": {"neurosim-rl import network.nir --task cart-pole --out network.h5": "a network from a NIR file"},
    "status": {"neurosim-rl status runs": "one line for each run of a folder"},
    "show": {
        "neurosim-rl show runs/mountain-car-seed1": "settings, progress and champion",
        "neurosim-rl show champion:ant --provenance": "how a champion was made",
    },
    "completion": {'eval "$(neurosim-rl completion bash)"': "completion in this shell; put it into ~/.bashrc"},
}
"""Command lines with what they do, by command."""


def examples_text(command: str) -> str:
    """Return the examples of a command as lines for its help."""
    lines = ["examples:"]
    for line, meaning in EXAMPLES[command].items():
        lines.append(f"  {line}\n      {meaning}")
    return "\n".join(lines)
