"""Random and hostile configurations, as settings of the command line, as TOML files, and as broken text."""

from __future__ import annotations

import dataclasses
import math
import string
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from neurosim_rl.cli.main import main
from neurosim_rl.optimizees import TASKS, Settings
from neurosim_rl.settings.options import default_of, option_fields

HOSTILE: tuple[Any, ...] = (
    *(0, 1, -1, 2, 3, 7, 1000, 10**6, 10**9, 10**18, 2**63, 10**300, -(10**9)),
    *(0.0, 0.1, 0.35, 1e-3, 1e-9, 5e-324, 1e12, 1e300, -1e300, math.nan, math.inf, 1 / 3),
    *(True, "", "x", "none", "auto", "\u00fc\u4e2d", "\x1b[31m", "a\nb", "../../etc/passwd", "evil:X-v0"),
    *([], [0], [-1], [8], [8, 8], [1e9], [10**9], [10**5, 10**5], [1.5], ["x"], [[1]], [3] * 50, [math.nan]),
    *({}, {"name": "none"}, {"name": "x"}, {"a": {"b": {"c": 1}}}, {"t_ref": -1.0}, {"tau_m": 0.0}),
)
NEURONS = ("iaf_psc_exp", "iaf_psc_delta", "aeif_cond_exp", "izhikevich", "parrot_neuron", "poisson_generator", "nope")
SIMPLE_TASKS = ("acrobot", "cart-pole", "mountain-car", "mountain-car-continuous", "pendulum", "cart-pole-sensorimotor")
"""Tasks without an extra."""


def prepare() -> None:
    """Import the parts of a run, and let a command end where the first generation would begin."""
    import neurosim_rl.execution
    import neurosim_rl.simulators.nest  # forked children have NEST
    import neurosim_rl.training.ancestor
    import neurosim_rl.training.check

    neurosim_rl.execution.create_executor = lambda *_: nullcontext()  # type: ignore[assignment, return-value]
    neurosim_rl.training.ancestor.begin_run = _begun  # type: ignore[assignment]


class BegunError(BaseException):
    """The configuration was accepted."""


def _begun(*_: Any) -> None:
    raise BegunError


def play(case: list[Any], folder: Path) -> int:
    """Begin a run of a case; return the exit code."""
    command, settings, text = case
    arguments = [*command, "--out", "run"]
    for setting in settings:
        arguments += ["--set", setting]
    if text is not None:
        (folder / "config.toml").write_text(text, encoding="utf-8", errors="surrogateescape")
        arguments += ["--config", "config.toml"]
    try:
        return main(arguments)
    except BegunError:
        return 0


def draw(rng: np.random.Generator) -> list[Any]:
    """Return a command, settings for ``--set``, and the text of a configuration file or None."""
    command = _command(rng)
    kind = rng.random()
    if kind < 0.1:
        return [command, [_noise(rng) for _ in range(rng.integers(1, 3))], None]
    changes = [_change(rng) for _ in range(rng.integers(1, 4))]
    if kind < 0.6:
        return [command, [f"{'.'.join(path)}={_toml(value)}" for path, value in changes], None]
    table = _table(changes)
    try:
        text = tomli_w.dumps(table)
    except Exception:  # a path through a value
        text = "seed = 1\n"
    return [command, [], _broken(text, rng) if kind > 0.85 else text]


def _command(rng: np.random.Generator) -> list[str]:
    """Return a command that begins a run, with its task."""
    kind = rng.random()
    if kind < 0.1:
        return ["train", "cart-pole", "--learner", str(rng.choice(["r-stdp", "ppo"]))]
    if kind < 0.2:
        return ["evolve", "cart-pole", "--start-from", "champion:cart-pole"]
    return ["evolve", str(rng.choice(SIMPLE_TASKS))]


def _change(rng: np.random.Generator) -> tuple[list[str], Any]:
    """Return the path of a random option, and a value."""
    name, field = _pick(option_fields(Settings), rng)
    registry, path = field.metadata["registry"], [name]
    if registry is None and field.metadata["options"] is None:
        return path, _value(field, rng)
    table: dict[str, Any] = {}
    if registry is not None:
        own = str(rng.choice(sorted(registry)))
        fields = option_fields(registry[own])
        if rng.random() < 0.6:
            table["name"] = own
    else:
        fields = option_fields(field.metadata["options"])
    for _ in range(rng.integers(0, 3) if fields else 0):
        key, inner = _pick(fields, rng)
        table[key] = _value(inner, rng)
    return path, table


def _pick(fields: Mapping[str, dataclasses.Field], rng: np.random.Generator) -> tuple[str, dataclasses.Field]:
    name = sorted(fields)[rng.integers(len(fields))]
    return name, fields[name]


def _value(field: dataclasses.Field, rng: np.random.Generator) -> Any:
    """Return a value of an option: near its range or its default, or a hostile one."""
    meta, kind = field.metadata, rng.random()
    if meta["choices"] and kind < 0.7:
        return str(rng.choice(meta["choices"]))
    bounds = [bound for bound in (meta["low"], meta["high"]) if bound is not None]
    if bounds and kind < 0.4:
        bound = bounds[rng.integers(len(bounds))]
        value = bound * float(rng.choice([1.0, 1.0, 2.0, 10.0, 0.5]))
        return [value, value] if meta["type"] is tuple else type_of(meta["type"], value)
    default = default_of(field)
    if isinstance(default, int | float) and not isinstance(default, bool) and kind < 0.7:
        return type_of(type(default), default * 10.0 ** rng.integers(-3, 8))
    if meta["type"] is str and kind < 0.5:
        return str(rng.choice(NEURONS))
    return HOSTILE[rng.integers(len(HOSTILE))]


def type_of(kind: type, value: float) -> Any:
    """Return a number of an option's kind."""
    return int(value) if kind is int else float(value)


def _table(changes: list[tuple[list[str], Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for path, value in changes:
        table[path[-1]] = value
    return table


def _toml(value: Any) -> str:
    """Return a value in TOML, in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return tomli_w.dumps({"v": value}).partition("=")[2].strip()


def _noise(rng: np.random.Generator) -> str:
    """Return text that is hardly a setting."""
    alphabet = [*string.printable, *("[", "{", "=", ".", '"', "'", "model.", "seed=", "\u00fc", "9" * 50)]
    return "".join(alphabet[k] for k in rng.integers(len(alphabet), size=rng.integers(1, 40)))


def _broken(text: str, rng: np.random.Generator) -> str:
    """Return a text with some characters replaced, repeated or left out."""
    pieces = list(text)
    for _ in range(rng.integers(1, 6)):
        place = int(rng.integers(len(pieces) + 1))
        noise = ["", "[", "]", "{", "=", "\x00", "\udcff", "\n", "9" * 5000, "[" * 3000, "a." * 2000, '"""', "1e", "#"]
        pieces[place : place + int(rng.integers(3))] = [noise[rng.integers(len(noise))]]
    return "".join(pieces)


assert set(SIMPLE_TASKS) <= set(TASKS)
