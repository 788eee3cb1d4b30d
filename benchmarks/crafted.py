"""Files of a stranger: champions, run folders, studies, NIR files and settings, with something wrong in each."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Rng = np.random.Generator

MODULE = "strangers_module"
"""A module that leaves a file behind when it is imported."""
BAD_TEXTS = (
    "",
    "\x1b]0;owned\x07\x1b[31m",
    "a\nb\r\x08",
    "\u202eabc",
    "x" * 100_000,
    "{" * 5000,
    "[" * 20_000,
    "null",
    "3",
    '{"versions": 3, "command": 4}',
    '{"versions": {"a\\u001b[31m": "\\u001b]0;t\\u0007"}, "command": "\\u001b[2J", "host": 1}',
)
BAD_JSON = ("5", "null", '""', '"\\n"', '{"a": 1}', "[[]]", '"a\\u001b[31mb\\nneurosim-rl: fine"')
STAGES = ("recording", "unseen starts", "validation", "nowhere")
BAD_SETTINGS = (
    f'[environment]\nid = "{MODULE}:X-v0"\n',
    f'[environment]\nid = "{MODULE}.inner:X-v0"\n',
    '[environment]\nkwargs = {xml_file = "{outside}/secret"}\n',
    '[environment]\nkwargs = {deep = [["{outside}/secret"]]}\n',
    '[environment]\nid = "Nope\\u001b[31m-v0"\n',
    "[environment]\nobservation_low = [1.0, nan]\n",
    "seed = -1\n",
    "generations = 1000000000000\n",
    '[model]\nname = "feed-forward"\nhidden = [0]\n',
    '[model]\nname = "\\u001b[31m"\n',
    "a" * 1000 + " = 1\n",
    "x = " + "[" * 5000 + "]" * 5000 + "\n",
    "not toml",
    '"\\u001b]0;t\\u0007" = 1\n',
    '[ancestor]\nchampion = "{outside}/secret"\n',
)


@dataclass(frozen=True)
class Originals:
    """Good files to spoil, and the folder outside of everything that no command may touch."""

    run: Path
    study: Path
    nir: Path
    outside: Path


@dataclass(frozen=True)
class Crafted:
    """A file or folder: its kind (``champion``, ``run``, ``study``, ``nir`` or ``settings``), path and description."""

    kind: str
    path: Path
    what: str


def craft(number: int, rng: Rng, originals: Originals, folder: Path) -> Crafted:
    """Return the crafted file of a number: its kind follows from the number, all else is drawn."""
    kind = ("champion", "run", "nir", "champion", "settings", "study", "champion", "run", "nir", "run")[number % 10]
    return CRAFTS[kind](rng, originals, folder)


def _champion(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "champion.h5"
    shutil.copy(originals.run / "champion.h5", path)
    return Crafted("champion", path, spoil_file(rng, path, originals))


def _run(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "run"
    shutil.copytree(originals.run, path)
    names = sorted(str(p.relative_to(path)) for p in path.rglob("*") if p.is_file() and p.suffix != ".png")
    name = str(rng.choice(names))
    target = path / name
    way = rng.random()
    if way < 0.25:
        what = _replace(rng, target, originals)
    elif way < 0.35:
        place = path / str(rng.choice(["generations", "training", "figures", "lock", "events.log", "workers"]))
        _remove(place)
        place.symlink_to(
            originals.outside if place.suffix == "" and place.name != "lock" else originals.outside / "own"
        )
        what = f"{place.name} is a link out of the folder"
    elif target.suffix == ".h5":
        what = f"{name}: {spoil_file(rng, target, originals)}"
    elif name == "config.toml":
        text = target.read_text().partition("\n")[2]
        text = _spoil_settings(rng, text, originals)
        target.write_text(f"# neurosim-rl configuration, format 2, sha256 {_digest(text.encode())}\n{text}")
        what = f"config.toml: {text[:80]!r}"
    else:
        text = str(rng.choice(BAD_TEXTS))
        target.write_text(text)
        what = f"{name}: {text[:40]!r}"
    if rng.random() < 0.4:
        _remove(path / "champion.h5")  # a run that can be resumed
    return Crafted("run", path, what)


def _study(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "study"
    shutil.copytree(originals.study, path, ignore=shutil.ignore_patterns("runs"))
    if rng.random() < 0.6:
        return Crafted("study", path, spoil_file(rng, path / "study.h5", originals))
    settings = _bad_settings(rng, originals).replace("[", "[settings.", 1)
    name = str(rng.choice(["theirs", "up/../../x", "t\\u001b[31m"]))
    text = f'name = "{name}"\nseeds = "1"\n[grid]\ntask = ["cart-pole"]\n'
    if not settings.startswith("["):
        text += "[settings]\n"
    (path / "study.toml").write_text(f"{text}{settings}")
    return Crafted("study", path, f"study.toml: {settings[:80]!r}")


def _bad_settings(rng: Rng, originals: Originals) -> str:
    return str(rng.choice(BAD_SETTINGS)).replace("{outside}", str(originals.outside))


def _nir(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "network.nir"
    shutil.copy(originals.nir, path)
    return Crafted("nir", path, spoil_file(rng, path, originals))


def _settings_file(rng: Rng, originals: Originals, folder: Path) -> Crafted:
    path = folder / "settings.toml"
    if rng.random() < 0.2:
        path.touch()
        return Crafted("settings", path, _replace(rng, path, originals))
    text = _spoil_settings(rng, "", originals)
    path.write_text(text)
    return Crafted("settings", path, repr(text[:80]))


CRAFTS: dict[str, Callable[[Rng, Originals, Path], Crafted]] = {
    "champion": _champion,
    "run": _run,
    "study": _study,
    "nir": _nir,
    "settings": _settings_file,
}


def _spoil_settings(rng: Rng, text: str, originals: Originals) -> str:
    bad = _bad_settings(rng, originals)
    table, _, rest = bad.partition("\n")
    if text and table in text:  # the option becomes one of the table that is there
        key = rest.partition(" =")[0]
        lines = [line for line in text.split("\n") if not line.startswith(f"{key} =")]
        return "\n".join(lines).replace(table, f"{table}\n{rest.strip()}", 1)
    return f"{bad}{text}" if not bad.startswith("[") else f"{text}\n{bad}"


# --- one file ---


def spoil_file(rng: Rng, path: Path, originals: Originals) -> str:
    """Spoil one HDF5 file in place; return the description."""
    way = rng.random()
    if way < 0.08:
        return _replace(rng, path, originals)
    if way < 0.2:
        return _damage(rng, path)
    change = _CHANGES[int(rng.integers(len(_CHANGES)))]
    image = io.BytesIO(_content(path))
    try:
        with h5py.File(image, "r+") as file:
            what = change(rng, file, originals)
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:  # not for this file
        return f"nothing: {change.__name__} {type(error).__name__}"
    _write(path, image.getvalue())
    return what


def _damage(rng: Rng, path: Path) -> str:
    content = bytearray(_content(path))
    if rng.random() < 0.3:
        length = int(rng.integers(len(content)))
        _write(path, bytes(content[:length]))
        return f"cut to {length} bytes, with a new seal"
    n = int(rng.integers(1, 30))
    for place in rng.integers(len(content), size=n):
        content[place] = int(rng.integers(256))
    _write(path, bytes(content))
    return f"{n} bytes changed, with a new seal"


def _replace(rng: Rng, path: Path, originals: Originals) -> str:
    """Put something that is no file of its kind in a file's place."""
    what = str(rng.choice(["pipe", "zeros", "secret", "own", "sparse", "folder", "empty"]))
    _remove(path)
    if what == "pipe":
        os.mkfifo(path)
    elif what == "zeros":
        path.symlink_to("/dev/zero")
    elif what in ("secret", "own"):
        path.symlink_to(originals.outside / what)
    elif what == "sparse":
        with open(path, "wb") as file:
            file.truncate(2**40)
    elif what == "folder":
        path.mkdir()
    else:
        path.touch()
    return f"{path.name} is {what}"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return content[:-85] if b"neurosim-rl sha256" in content[-85:] else content


def _write(path: Path, content: bytes) -> None:
    seal = b"" if path.suffix == ".nir" else b"\nneurosim-rl sha256 " + _digest(content).encode() + b"\n"
    path.write_bytes(content + seal)


# --- changes of an HDF5 file ---


def _entries(file: h5py.File, kind: type) -> list[str]:
    found: list[str] = []
    file.visititems(lambda name, entry: found.append(name) if isinstance(entry, kind) else None)
    return sorted(found)


def _dataset(rng: Rng, file: h5py.File) -> tuple[str, np.ndarray]:
    """Return a random dataset's name and values, and remove it."""
    name = str(rng.choice(_entries(file, h5py.Dataset)))
    values = file[name][()]
    del file[name]
    return name, np.asarray(values)


def _external(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, values = _dataset(rng, file)
    source = str(originals.outside / "secret")
    n = max(values.size, 1)
    file.create_dataset(name, shape=(n,), dtype="f8", external=[(source, 0, 8 * n)])
    return f"{name} is in another file"


def _virtual(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, values = _dataset(rng, file)
    layout = h5py.VirtualLayout(shape=values.shape or (1,), dtype="f8")
    layout[...] = h5py.VirtualSource(str(originals.outside / "secret.h5"), "vector", shape=values.shape or (1,))
    file.create_virtual_dataset(name, layout)
    return f"{name} is virtual"


def _soft_link(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, _ = _dataset(rng, file)
    others = [*_entries(file, h5py.Dataset), name, "/", "nowhere"]
    file[name] = h5py.SoftLink(f"/{rng.choice(others)}".replace("//", "/"))
    return f"{name} is a soft link"


def _external_link(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, _ = _dataset(rng, file)
    file[name] = h5py.ExternalLink(str(originals.outside / "secret.h5"), "vector")
    return f"{name} is a link to another file"


def _second_name(rng: Rng, file: h5py.File, originals: Originals) -> str:
    groups = [*_entries(file, h5py.Group), "/"]
    file[f"{rng.choice(groups)}/again"] = file["/"] if rng.random() < 0.5 else file[str(rng.choice(groups))]
    return "a group is inside itself"


def _bomb(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, values = _dataset(rng, file)
    n = 2 ** int(rng.integers(24, 42))
    shape = (n,) if values.ndim < 2 else (n, *[1] * (values.ndim - 1))
    chunks = (min(n, 2**24), *[1] * (len(shape) - 1)) if rng.random() < 0.7 else None
    filters = {"compression": "gzip", "chunks": chunks} if chunks else {}
    dataset = file.create_dataset(name, shape=shape, dtype=values.dtype, **filters)
    if chunks:
        dataset[: 2**20] = np.zeros((2**20, *shape[1:]), values.dtype)
    return f"{name} has {n} values"


def _other_type(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, values = _dataset(rng, file)
    kind = str(
        rng.choice(["complex", "compound", "vlen", "reference", "text", "opaque", "empty", "f16", "enum", "time"])
    )
    numbers = np.nan_to_num(np.atleast_1d(values).astype("f8")) if values.dtype.kind in "biuf" else np.zeros(3)
    if kind == "complex":
        file[name] = numbers + 1j
    elif kind == "compound":
        file[name] = np.zeros(numbers.shape, [("a", "f8"), ("b", "i4")])
    elif kind == "vlen":
        file.create_dataset(name, (3,), dtype=h5py.vlen_dtype("f8"))
    elif kind == "reference":
        file.create_dataset(name, (3,), dtype=h5py.ref_dtype)
    elif kind == "text":
        file.create_dataset(name, data=["\x1b[31m"] * max(len(numbers), 1), dtype=h5py.string_dtype())
    elif kind == "opaque":
        file[name] = np.zeros(3, "V7")
    elif kind == "empty":
        file[name] = h5py.Empty("f8")
    elif kind == "enum":
        file[name] = np.zeros(3, h5py.enum_dtype({"a": 1, "b": 2, "c": 3}))
    elif kind == "time":
        file[name] = numbers.astype("M8[s]").astype(h5py.opaque_dtype("M8[s]"))
    else:
        file[name] = numbers.astype(np.longdouble)
    return f"{name} has values of type {kind}"


def _other_shape(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, values = _dataset(rng, file)
    changes: list[Callable[[np.ndarray], Any]] = [
        lambda v: v[None],
        np.ravel,
        lambda v: np.atleast_1d(v)[:0],
        lambda v: np.atleast_1d(v)[:-1],
        lambda v: np.concatenate([np.atleast_1d(v)] * 2),
        lambda v: v.ravel()[0],
        lambda v: np.swapaxes(np.atleast_2d(v), 0, 1),
    ]
    file[name] = changes[int(rng.integers(len(changes)))](values)
    return f"{name} has the shape {file[name].shape} instead of {values.shape}"


def _other_values(rng: Rng, file: h5py.File, originals: Originals) -> str:
    name, values = _dataset(rng, file)
    bad = (
        [0, -1, 1, 2**31, 2**62, -(2**62)] if values.dtype.kind in "iu" else [0.0, np.nan, np.inf, -1e308, 1e-320, 1e9]
    )
    value = bad[int(rng.integers(len(bad)))]
    if values.dtype.kind in "iuf":
        changed = np.atleast_1d(values).copy()
        if values.dtype.itemsize < 8 and values.dtype.kind in "iu":
            value = int(np.clip(value, np.iinfo(values.dtype).min, np.iinfo(values.dtype).max))
        changed.flat[int(rng.integers(max(changed.size, 1))) if rng.random() < 0.5 else slice(None)] = value
        file[name] = changed.reshape(values.shape)
    else:
        file.create_dataset(name, data=np.full(values.shape, str(rng.choice(BAD_TEXTS))), dtype=h5py.string_dtype())
    return f"{name} has the value {value}"


def _attribute(rng: Rng, file: h5py.File, originals: Originals) -> str:
    places = ["/", *_entries(file, h5py.Group)]
    name = str(rng.choice([place for place in places if len(file[place].attrs)]))
    key = str(rng.choice(sorted(file[name].attrs)))
    texts: list[Any] = [*BAD_TEXTS]
    values: list[Any] = [
        np.zeros(3),
        -3,
        10**12,
        1.5,
        True,
        np.nan,
        h5py.Empty("f8"),
        np.zeros(2, "V4"),
        1 + 2j,
        b"x\xff",
    ]
    value = texts[int(rng.integers(len(texts)))] if rng.random() < 0.4 else values[int(rng.integers(len(values)))]
    if key == "config" and rng.random() < 0.8:
        value = _spoil_settings(rng, file[name].attrs[key], originals)
    if rng.random() < 0.1:
        del file[name].attrs[key]
        return f"attribute {key} of {name} is missing"
    file[name].attrs[key] = value
    return f"attribute {key} of {name} is {str(value)[:60]!r}"


def _stages(rng: Rng, file: h5py.File, originals: Originals) -> str:
    """Put values of other types among the stages that are missing or failed."""
    name = str(rng.choice(["missing", "stage_failures"]))
    stage, value = str(rng.choice(STAGES)), str(rng.choice(BAD_JSON))
    text = f"[{value}]" if name == "missing" else f'{{"{stage}": {value}}}'
    if name in file:
        del file[name]
    file[name] = text
    return f"{name} is {text}"


def _settings(rng: Rng, file: h5py.File, originals: Originals) -> str:
    if "config" in file.attrs:
        file.attrs["config"] = _spoil_settings(rng, file.attrs["config"], originals)
        return f"config: {file.attrs['config'][:60]!r}"
    place = file["node/metadata"]
    text = _spoil_settings(rng, place["neurosim_rl"][()].decode(), originals)
    del place["neurosim_rl"]
    place["neurosim_rl"] = text
    return f"metadata: {text[:60]!r}"


def _deep(rng: Rng, file: h5py.File, originals: Originals) -> str:
    group = file
    for _ in range(int(rng.integers(40, 400))):
        group = group.create_group("g")
    return "a hundred groups inside each other"


def _removed(rng: Rng, file: h5py.File, originals: Originals) -> str:
    names = [*_entries(file, h5py.Dataset), *_entries(file, h5py.Group)]
    name = str(rng.choice(names))
    del file[name]
    return f"{name} is missing"


_CHANGES = (
    _external,
    _virtual,
    _soft_link,
    _external_link,
    _second_name,
    _bomb,
    _other_type,
    _other_type,
    _other_shape,
    _other_shape,
    _other_values,
    _other_values,
    _other_values,
    _attribute,
    _attribute,
    _stages,
    _settings,
    _settings,
    _deep,
    _removed,
)
