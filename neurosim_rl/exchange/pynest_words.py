"""The words at the top of a PyNEST script: title, question, origin, and what comes back."""

from __future__ import annotations

import textwrap
from pathlib import PurePath

from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.settings.printable import printable

WIDTH = 120


def words(champion: ChampionRecord, optimizee: ClosedLoop, network: Network, file_name: str) -> dict[str, str]:
    """Return the words of the frame by their place; a file may come from a stranger, so names are made printable."""
    config = optimizee.config
    # Sources of given spikes and devices, such as noise_generator, are no neurons.
    n_neurons = sum(p.size for p in network.populations if not p.model.endswith(("_generator", "_generator_ps")))
    title = f"{config.task}: a spiking network of {n_neurons} neurons in a closed loop"
    parts = ["encoder", "network", "spikes", "decoder"]
    if config.normalisation.name != "none":
        parts.insert(0, "normalisation")
    if optimizee.decoder.reads_membrane:
        parts[-2] = "membranes"
    episodes = champion.recording.start_seeds
    return {
        "title": _plain(title),
        "underline": "-" * len(_plain(title)),
        "question": _wrapped(f"How do {n_neurons} spiking neurons control {config.environment.id}?"),
        "environment": _plain(config.environment.id),
        "window_ms": f"{config.window_ms:g}",
        "path": " -> ".join(parts),
        "origin": _wrapped(_origin(champion)),
        "file": _plain(PurePath(file_name).name),
        "promise": _wrapped(_promise(champion)),
        "last_episode": str(len(episodes)),
    }


def _origin(champion: ChampionRecord) -> str:
    return (
        f"The network is the champion of a run of neurosim-rl: task {champion.config.task}, seed "
        f"{champion.config.seed}, generation {champion.generation}, genome {champion.sha256[:12]}. The script does "
        "without neurosim-rl. It needs NEST, NumPy and Gymnasium:"
    )


def _promise(champion: ChampionRecord) -> str:
    versions = champion.provenance.get("versions", {})
    known = [f"{name} {versions[key]}" for key, name in _SHOWN.items() if key in versions]
    return (
        "Spikes and actions of a recorded episode are those of the recording, bit for bit. The recording was made with "
        f"{', '.join(known) or 'versions that are not known'}. Other versions, and an environment's own arithmetic on "
        "another processor, may give others."
    )


_SHOWN = {"nest-simulator": "NEST", "numpy": "NumPy", "gymnasium": "Gymnasium", "mujoco": "MuJoCo"}
"""Versions that matter for the script, by their names in a champion's provenance."""


def _plain(text: str) -> str:
    """Return text that cannot end the script's docstring, in printable ASCII characters."""
    return printable(text).encode("ascii", "backslashreplace").decode().replace("\\", "/").replace('"', "'")


def _wrapped(text: str) -> str:
    return textwrap.fill(_plain(text), WIDTH, break_long_words=False, break_on_hyphens=False)
