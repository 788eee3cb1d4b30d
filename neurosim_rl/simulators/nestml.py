"""Neurons and synapses in NESTML: built into a module for the installed NEST, in the user's cache folder.

A module's folder is named by the digest of its sources and of the versions of NEST and NESTML, so that one name is one
code. NEST's wheel needs five things for that, which `neurosim_rl.simulators.nest_config` puts right.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ExchangeError
from neurosim_rl.networks.built_modules import FACTS, facts_of, modules_folder, nest_version
from neurosim_rl.settings.checks import require_extra, unknown_name
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular
from neurosim_rl.simulators.nest_config import check_tools, write_nest_config

EXTRA = "nestml"
_RANDOM = re.compile(r"\brandom_(normal|uniform|poisson)\b")
_MODEL = re.compile(r"^\s*model\s+(\w+)\s*:", re.MULTILINE)
_GENERATION = "neurosim_rl.simulators.nestml_generation"


@dataclass(frozen=True)
class Pair:
    """A neuron and a synapse that are generated together: the synapse gets the neuron's spikes or variables.

    Parameters
    ----------
    neuron, synapse : str
        Names of the models.
    post_ports : tuple of str
        Input ports of the synapse that the neuron serves.
    """

    neuron: str
    synapse: str
    post_ports: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Pair:
        """Return the pair of a text such as ``neuron+synapse:post_spikes``.

        Raises
        ------
        ExchangeError
        """
        models, _, ports = text.partition(":")
        neuron, plus, synapse = models.partition("+")
        if not (plus and neuron and synapse):
            raise ExchangeError(
                f"--pair {text}: expected NEURON+SYNAPSE or NEURON+SYNAPSE:PORT, such as a+b:post_spikes."
            )
        return cls(neuron, synapse, tuple(filter(None, ports.split(","))))


@dataclass(frozen=True)
class BuiltModule:
    """A module in the cache.

    Parameters
    ----------
    name : str
        For ``nest_modules`` of a configuration.
    nodes, synapses : tuple of str
        Its models.
    library : path
        The shared library.
    is_new : bool
        Whether it was built just now.
    """

    name: str
    nodes: tuple[str, ...]
    synapses: tuple[str, ...]
    library: Path
    is_new: bool


def build_module(files: Sequence[Path], pairs: Sequence[Pair] = ()) -> BuiltModule:
    """Build models in NESTML into one module, unless the cache has it.

    Parameters
    ----------
    files : sequence of path
    pairs : sequence of Pair

    Raises
    ------
    ExchangeError
        When a file cannot be read, two files or models have one name, a pair names no model, a compiler, program or
        header is missing, NESTML refuses a model, or NEST cannot load the module.
    MissingExtraError
        When NESTML is not installed.
    """
    sources = {str(path): _read(path) for path in files}
    _check_names(sources, pairs)
    require_extra("pynestml", EXTRA)
    name = f"{Path(files[0]).stem}-{_digest(sources, pairs)[:12]}"
    folder = modules_folder() / name
    if (folder / FACTS).is_file():
        return _described(folder, is_new=False)
    check_tools()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as work:
        made = _build(Path(work), sources, pairs, Path(files[0]).stem)
        try:
            os.rename(made, folder)
        except OSError:  # another process was faster, with the same sources
            if not (folder / FACTS).is_file():
                raise
    return _described(folder, is_new=True)


def _read(path: Path) -> str:
    try:
        text = read_regular(Path(path), LARGEST_TEXT).decode("utf-8")
    except OSError as error:
        raise ExchangeError(f"cannot read {path}: {error.strerror or error}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path} is no text in UTF-8; expected a model in NESTML. Check the file.") from error
    if not re.search(_MODEL, text):
        raise ExchangeError(f"{path} has no line 'model NAME:'; expected a model in NESTML. Check the file.")
    return text


def _check_names(sources: dict[str, str], pairs: Sequence[Pair]) -> None:
    """Raise unless all files and models have names of their own, and the models of all pairs are there."""
    files: dict[str, str] = {}  # by the file's name, which is that of its copy in the module's folder
    models: dict[str, str] = {}
    for path, text in sources.items():
        if Path(path).name in files:
            raise ExchangeError(f"{files[Path(path).name]} and {path} have the same name. Rename one of them.")
        files[Path(path).name] = path
        for name in re.findall(_MODEL, text):
            if name in models:
                raise ExchangeError(f"model {name!r} is in {models[name]} and in {path}. Rename one of them.")
            models[name] = path
    for pair in pairs:
        for name in (pair.neuron, pair.synapse):
            if name not in models:
                raise unknown_name("model in --pair", name, models)


def _digest(sources: dict[str, str], pairs: Sequence[Pair]) -> str:
    parts = [nest_version(), metadata.version("nestml"), repr(tuple(pairs))]
    parts += [f"{Path(path).name}\n{text}" for path, text in sources.items()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _described(folder: Path, *, is_new: bool) -> BuiltModule:
    facts = facts_of(folder)
    library = folder / facts["library"]
    return BuiltModule(folder.name, tuple(facts["nodes"]), tuple(facts["synapses"]), library, is_new)


def _build(work: Path, sources: dict[str, str], pairs: Sequence[Pair], stem: str) -> Path:
    """Build in a temporary folder; return the folder with the finished module."""
    made, generated = work / "module", work / "generated"
    made.mkdir()
    generated.mkdir()
    inputs = []
    for path, text in sources.items():
        inputs.append(made / Path(path).name)
        inputs[-1].write_text(text, encoding="utf-8")
    library = f"{re.sub(r'[^a-zA-Z0-9_]', '_', stem)}_module"
    order = {
        "inputs": [str(path) for path in inputs],
        "target": str(generated),
        "install": str(made),
        "module": library,
        "nest_path": str(write_nest_config(work / "prefix")),
        "weights": _declaring(sources, r"w\s+real"),
        "delays": _declaring(sources, r"d\s+ms"),
        "pairs": [{"neuron": p.neuron, "synapse": p.synapse, "post_ports": list(p.post_ports)} for p in pairs],
    }
    made_library = made / f"{library}.so"
    _run("generate", order, work / "prefix" / "bin", made_library)
    models = _run("load", {"library": str(made_library)}, work / "prefix" / "bin")
    facts = {
        "nest": nest_version(),
        "nestml": metadata.version("nestml"),
        "library": made_library.name,
        **models,
        "deterministic": [] if any(map(_RANDOM.search, sources.values())) else [*models["nodes"], *models["synapses"]],
        "sources": {Path(p).name: {"sha256": _sha256(text), "text": text} for p, text in sources.items()},
    }
    (made / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return made


def _declaring(sources: dict[str, str], variable: str) -> dict[str, str]:
    """Return the first letter of a variable by the models that declare it: NESTML wants to know a synapse's weight."""
    found = {}
    for text in sources.values():
        parts = re.split(_MODEL, text)
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if re.search(rf"^\s+{variable}\b", body, re.MULTILINE):
                found[name] = variable[0]
    return found


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _run(step: str, order: dict[str, Any], first_in_path: Path, made: Path | None = None) -> dict[str, Any]:
    """Run a step in a process of its own: NESTML and NEST print, and may end their process.

    Parameters
    ----------
    step : str
    order : dict
    first_in_path : path
        Folder of programs that are found before others.
    made : path or None
        File that the step makes.

    Raises
    ------
    ExchangeError
        With the first line of what went wrong.
    """
    own = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{first_in_path}:{own}:{os.environ.get('PATH', '')}", "PYNEST_QUIET": "1"}
    command = [sys.executable, "-m", _GENERATION, step]
    done = subprocess.run(
        command, input=json.dumps(order), env=environment, capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines and lines[-1].startswith("{") and (made is None or made.is_file()):
        found: dict[str, Any] = json.loads(lines[-1])
        return found
    what = "NESTML or the compiler" if step == "generate" else "NEST, which cannot load the module,"
    raise ExchangeError(f"{what} says: {_first_error(done.stdout + done.stderr)}")


def _first_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        if re.search(r"\berror\b|^\S*Exception:", line, re.IGNORECASE):
            return line
    return lines[-1] if lines else "nothing"
